//! JSON-FG: OGC's examples, and small ones.

use super::*;

#[tokio::test]
async fn the_examples_of_the_standard_are_read_or_refused_in_words() {
    for name in [
        "arc",
        "circle",
        "circle-document",
        "compound-curve",
        "curve-polygon",
        "multi-curve",
        "multi-surface",
        "road-segment",
    ] {
        let Some(file) = shared(&format!("geojson/curves/{name}.json")) else { return };
        let answer = Answer::of(&file, None).await;
        let header = answer.header.as_ref().unwrap_or_else(|| panic!("{name}: {answer:?}"));
        assert_eq!((header.driver.as_str(), answer.records.len()), ("JSON-FG", 1), "{name}");
        let flat = flat(&answer.records[0]);
        let written = std::fs::read_to_string(&file).unwrap();
        assert_eq!(flat.positions, in_text(&written), "{name}: each position of the file, once");
        assert_eq!(flat.curved, name != "road-segment", "{name}");
        let crs = header.crs.as_ref().unwrap();
        assert_eq!(
            (crs.authority.clone(), crs.by_format),
            (Some(("EPSG".to_owned(), 4326)), false),
            "{name}"
        );
    }
    for (name, word) in [
        ("building", "Polyhedron"),
        ("fence", "Prism"),
        ("pylon", "Prism"),
        ("toronto-city-hall", "MultiPrism"),
    ] {
        let Some(file) = shared(&format!("geojson/curves/{name}.json")) else { return };
        let answer = Answer::of(&file, None).await;
        let why = &answer.unreadable[0].1;
        assert!(
            answer.records.is_empty() && why.contains(word) && why.contains("footprint"),
            "{name}: {why}"
        );
    }
    for name in ["geodesicstring", "refsys-byvalue", "timeSeries"] {
        let Some(file) = shared(&format!("geojson/curves/{name}.json")) else { return };
        Answer::of(&file, None).await.refusal();
    }
}

/// Positions as the text has them: brackets that open before a number.
fn in_text(text: &str) -> usize {
    let dense: String = text.split_whitespace().collect();
    let opens = dense
        .match_indices('[')
        .filter(|(at, _)| dense[at + 1..].starts_with(|next: char| next.is_ascii_digit() || next == '-'));
    opens.count()
}

#[tokio::test]
async fn place_counts_and_not_geometry() {
    let Some(file) = shared("geojson/curves/airports.json") else { return };
    let answer = Answer::of(&file, None).await;
    let header = answer.header.as_ref().unwrap();
    assert_eq!((header.layer.as_str(), header.announced), ("Airport", Some(3)));
    assert_eq!(header.crs.as_ref().unwrap().authority, Some(("EPSG".to_owned(), 27700)));
    let lydd = find(&answer, "name", "Lydd Airport");
    assert_eq!(flat(lydd).bounds, Some([606_468.75, 121_465.11, 606_468.75, 121_465.11]));
    assert_eq!(*value(&answer, lydd, "id"), Value::Integer(46));
}

#[tokio::test]
async fn members_may_come_in_any_order_and_axes_as_the_system_has_them() {
    let text = r#"{"features": [
        {"type": "Feature", "id": "a", "time": {"date": "2024-02-29"}, "geometry": null, "properties": {"n": 1},
         "place": {"type": "Point", "coordinates": [-10.7, -77.7]}},
        {"type": "Feature", "id": "b", "geometry": {"type": "Point", "coordinates": [-77.7, -10.7]}, "properties": {"n": 2}},
        {"type": "Feature", "id": "c", "geometry": null, "place": null, "properties": null},
        7
    ], "type": "FeatureCollection", "coordRefSys": "http://www.opengis.net/def/crs/EPSG/0/4326"}"#;
    let answer = read("places.json", text, None).await;
    assert_eq!(answer.read, Some(4), "{answer:?}");
    let first = find(&answer, "id", "a");
    assert_eq!(flat(first).bounds, Some([-77.7, -10.7, -77.7, -10.7]), "latitude came first");
    assert_eq!(*value(&answer, first, "time"), Value::Text("2024-02-29".into()));
    assert!(find(&answer, "id", "c").wkb.is_empty());
    let said: Vec<_> = answer.unreadable.iter().map(|(number, why)| (*number, why.as_str())).collect();
    assert!(said[0].1.starts_with("geometry: in another reference system"), "{said:?}");
    assert_eq!(said[1], (4, "features: not an object"));
}

#[tokio::test]
async fn an_unknown_system_and_damage_are_refused_with_their_place() {
    let unknown = r#"{"type": "Feature", "coordRefSys": "http://example.org/mars", "geometry": null, "properties": null,
        "place": {"type": "Point", "coordinates": [1, 2]}}"#;
    assert!(read("mars.json", unknown, None).await.refusal().en.contains("example.org/mars"));
    let cut = r#"{"type": "FeatureCollection", "coordRefSys": "EPSG:32718", "features": [{"type": "Feature", "place": {"#;
    let refused = read("cut.json", cut, None).await;
    assert_eq!(refused.refusal().code, "unsupported", "{refused:?}");
}

#[tokio::test]
async fn a_geojson_with_a_property_called_place_stays_geojson() {
    let text = r#"{"type": "Feature", "properties": {"place": "Lima", "word": "json-fg"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}"#;
    let answer = read("plain.geojson", text, None).await;
    assert_eq!(answer.header.unwrap().driver, "GeoJSON");
}
