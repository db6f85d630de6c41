//! Networks of EPANET and SWMM.

use super::*;

#[tokio::test]
async fn a_water_network_in_feet_comes_out_in_metres() {
    let Some(file) = shared("networks/ky4.inp") else { return };
    let undecided = Answer::of(&file, None).await;
    assert!(undecided.refusal().en.contains("nodes, links"), "{undecided:?}");
    let nodes = Answer::of(&file, Some("nodes")).await;
    assert_eq!(nodes.header.as_ref().unwrap().driver, "EPANET");
    let kinds = counts(&nodes, "kind");
    assert_eq!((kinds["junction"], kinds["reservoir"], kinds["tank"]), (959, 1, 4));
    assert!(notes(&nodes).is_empty(), "{:?}", notes(&nodes));
    let first = find(&nodes, "name", "J-1");
    assert_eq!(flat(first).bounds, Some([4_971_350.0, 3_905_604.0, 4_971_350.0, 3_905_604.0]));
    assert!(near(value(&nodes, first, "elevation_m"), 611.3897 * 0.3048));
    assert!(near(value(&nodes, first, "demand_lps"), 2.49 * 3.785_411_784 / 60.0));

    let links = Answer::of(&file, Some("links")).await;
    let kinds = counts(&links, "kind");
    assert_eq!((kinds["pipe"], kinds["pump"]), (1156, 2));
    assert!(note(&links, "units").contains("GPM: diameters were inches"), "{}", note(&links, "units"));
    let pipe = find(&links, "name", "P-1");
    assert!(near(value(&links, pipe, "diameter_mm"), 152.4));
    assert!(near(value(&links, pipe, "length_m"), 1760.131 * 0.3048));
    let bends: usize = links.records.iter().map(|record| flat(record).positions - 2).sum();
    assert_eq!(bends, 2812);
    // The drawing is in feet, and drawn as long as told: the last word on the order of bends.
    let drawn = drawn_length(pipe);
    assert!((drawn - 1760.131).abs() < 5.0, "{drawn}");
}

/// Length of a line as drawn.
fn drawn_length(record: &Record) -> f64 {
    let numbers: Vec<f64> =
        record.wkb[9..].chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect();
    let places: Vec<_> = numbers.chunks_exact(2).collect();
    places.windows(2).map(|pair| (pair[0][0] - pair[1][0]).hypot(pair[0][1] - pair[1][1])).sum()
}

#[tokio::test]
async fn a_network_without_places_is_still_a_network() {
    let Some(file) = shared("networks/Net3.inp") else { return };
    let nodes = Answer::of(&file, Some("nodes")).await;
    let kinds = counts(&nodes, "kind");
    assert_eq!((kinds["junction"], kinds["reservoir"], kinds["tank"]), (92, 2, 3));
    let links = Answer::of(&file, Some("links")).await;
    let kinds = counts(&links, "kind");
    assert_eq!((kinds["pipe"], kinds["pump"]), (117, 2));
    assert_eq!(*value(&links, find(&links, "kind", "pump"), "detail"), Value::Text("HEAD 1".into()));
}

#[tokio::test]
async fn a_sewer_network_is_read_with_its_sections() {
    let Some(file) = shared("networks/sewer_swmm.inp") else { return };
    let links = Answer::of(&file, Some("links")).await;
    assert_eq!(links.header.as_ref().unwrap().driver, "SWMM");
    let kinds = counts(&links, "kind");
    assert_eq!(kinds.get("pump"), Some(&1));
    let conduit = find(&links, "name", "C2.1");
    assert!(near(value(&links, conduit, "diameter_mm"), 304.8));
    assert!(near(value(&links, conduit, "length_m"), 666.0 * 0.3048));
    assert_eq!(flat(conduit).positions, 4, "two ends and two bends");
    let nodes = Answer::of(&file, Some("nodes")).await;
    let kinds = counts(&nodes, "kind");
    assert_eq!((kinds["outfall"], kinds["storage"]), (1, 1));
    assert!(note(&nodes, "units").contains("lengths were feet"));
}

#[tokio::test]
async fn what_does_not_hang_together_is_said() {
    let text = "[TITLE]\n[JUNCTIONS]\nA 10 0\nB 11 0\nC 12 0\nD 13 0\nE x 0\n[PIPES]\nP1 A B 100 50\nP2 B Z 100 50\n\
        P3 B C 100 nope\nP4\n[OPTIONS]\nUNITS LPS\n[COORDINATES]\nA 0 0\nB 100 0\nD 5 here\n[VERTICES]\nP1 50 10\n";
    let nodes = read("small.inp", text, Some("nodes")).await;
    assert_eq!(nodes.read, Some(5), "{nodes:?}");
    assert_eq!(notes(&nodes), [("no_position".to_owned(), 2), ("unconnected".to_owned(), 2)].into());
    assert_eq!(nodes.unreadable, [(5, "line 7: 'x' is not a number".to_owned())]);
    assert_eq!(note(&nodes, "no_position"), "line 18 is no position");
    assert!(note(&nodes, "separate_parts").contains("3 parts"), "{}", note(&nodes, "separate_parts"));
    let links = read("small.inp", text, Some("links")).await;
    assert_eq!(flat(find(&links, "name", "P1")).positions, 3);
    let loose = find(&links, "name", "P2");
    assert_eq!(loose.notes[0].en, "there is no node Z");
    assert!(loose.wkb.is_empty());
    let said: Vec<_> = links.unreadable.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(said, ["line 11: 'nope' is not a number", "line 12: its first node is missing"]);
    let unknown = text.replace("LPS", "BUCKETS");
    assert!(read("units.inp", &unknown, Some("nodes")).await.refusal().en.contains("BUCKETS"));
    assert!(read("no.inp", "[TITLE]\nhello\n", None).await.refusal().en.contains("[PIPES]"));
}
