//! Power grids of pandapower, in both layouts.

use super::*;

#[tokio::test]
async fn grids_with_geojson_in_a_column() {
    for (name, buses, lines, transformers, first_line, length) in [
        ("mv_oberrhein", 179, 181, 2, "Line 0", 586.3662),
        ("lv_schutterwald", 2_940, 3_000, 14, "L_w540665543", 23.5),
    ] {
        let Some(file) = shared(&format!("networks/{name}.json")) else { return };
        assert!(Answer::of(&file, None).await.refusal().en.contains("buses, lines, transformers"));
        for (layer, count) in [("buses", buses), ("lines", lines), ("transformers", transformers)] {
            let answer = Answer::of(&file, Some(layer)).await;
            assert_eq!((answer.records.len(), answer.unreadable.len()), (count, 0), "{name} {layer}");
            assert!(answer.records.iter().all(|record| !record.wkb.is_empty()), "{name} {layer}");
            assert!(notes(&answer).is_empty(), "{name} {layer}: {:?}", notes(&answer));
        }
        let answer = Answer::of(&file, Some("lines")).await;
        let line = find(&answer, "name", first_line);
        assert!(near(value(&answer, line, "length_m"), length));
        assert!(flat(line).positions >= 2);
    }
}

/// The layout before 3.0, tables as they are and as text.
fn old(bus_as_text: bool) -> String {
    let bus = r#"{"columns":["name","vn_kv","in_service"],"index":[7,8,9],"data":[["a",0.4,true],["b",0.4,false],["c",0.4,true]]}"#;
    let bus = if bus_as_text { serde_json::to_string(bus).unwrap() } else { bus.to_owned() };
    let geodata = r#"{"columns":["x","y","coords"],"index":[7,8],"data":[[1.5,2.5,null],[3,4,null]]}"#;
    let lines = r#"{"columns":["name","from_bus","to_bus","length_km"],"index":[0,1,2],"data":[["drawn",7,8,0.1],["straight",7,8,null],["loose",8,99,0.2]]}"#;
    let routes = r#"{"columns":["coords"],"index":[0],"data":[[[[1.5,2.5],[2,2],[3,4]]]]}"#;
    format!(
        r#"{{"_class":"pandapowerNet","_object":{{"bus":{{"_object":{bus}}},"bus_geodata":{{"_object":{geodata}}},
        "line":{{"_object":{lines}}},"line_geodata":{{"_object":{routes}}}}}}}"#
    )
}

#[tokio::test]
async fn grids_with_tables_of_positions() {
    for as_text in [true, false] {
        let buses = read("grid.json", &old(as_text), Some("buses")).await;
        assert_eq!(flat(find(&buses, "name", "a")).bounds, Some([1.5, 2.5, 1.5, 2.5]));
        assert_eq!(find(&buses, "name", "c").notes[0].code, "no_position");
        assert!(buses.header.as_ref().unwrap().crs.is_none(), "nothing says what the numbers are");
        let lines = read("grid.json", &old(as_text), Some("lines")).await;
        assert_eq!(flat(find(&lines, "name", "drawn")).positions, 3);
        let straight = find(&lines, "name", "straight");
        assert_eq!((flat(straight).positions, straight.notes[0].code.as_str()), (2, "drawn_straight"));
        let loose = find(&lines, "name", "loose");
        assert!(loose.wkb.is_empty());
        assert_eq!(loose.notes[0].en, "there is no bus 99");
    }
    let broken = old(true).replace("\\\"index\\\"", "\\\"indices\\\"");
    assert!(read("grid.json", &broken, Some("buses")).await.refusal().en.contains("bus: columns, index"));
}
