//! Lots of one file, each with a defect of its own.

use super::*;

fn shapes(seeds: &mut Seeds) {
    seeds.shape("Polygon", &json!([[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]), &["self_intersection"]);
    seeds.shape(
        "Polygon",
        &json!([[[0, 0], [5, 5], [0, 10], [10, 10], [5, 5], [10, 0], [0, 0]]]),
        &["ring_self_intersection"],
    );
    seeds.shape("Polygon", &json!([square(0., 0., 10.), square(15., 15., 2.)]), &["hole_outside_shell"]);
    seeds.shape(
        "Polygon",
        &json!([square(0., 0., 20.), square(2., 2., 16.), square(5., 5., 3.)]),
        &["holes_nested"],
    );
    seeds.shape(
        "MultiPolygon",
        &json!([[square(0., 0., 20.)], [square(5., 5., 3.)]]),
        &["shells_nested", "several_parts"],
    );
    seeds.shape(
        "Polygon",
        &json!([square(0., 0., 10.), [[0, 5], [5, 9], [10, 5], [5, 1], [0, 5]]]),
        &["interior_disconnected"],
    );
    seeds.shape(
        "Polygon",
        &json!([square(0., 0., 10.), square(2., 2., 3.), square(2., 2., 3.)]),
        &["rings_duplicate"],
    );
    seeds.shape("MultiPolygon", &json!([[square(0., 0., 8.)], [square(12., 0., 8.)]]), &["several_parts"]);
    let words = seeds.words(&json!({}));
    let broken = json!({ "type": "Polygon", "coordinates": "nada" });
    seeds.put(json!({ "type": "Feature", "properties": words, "geometry": broken }), &["unreadable"]);
    seeds.shape("LineString", &json!([[0, 0], [10, 10]]), &["geometry_type_wrong"]);
    seeds.shape(
        "Polygon",
        &json!([[[0, 0, 50], [10, 0, 50], [10, 20, 51], [0, 20, 51], [0, 0, 50]]]),
        &["has_height"],
    );
    seeds.shape(
        "Polygon",
        &json!([[[0, 0], [10, 0], [10, 0], [10, 20], [0, 20], [0, 0]]]),
        &["duplicate_vertex"],
    );
    seeds.shape(
        "Polygon",
        &json!([[[0, 0], [10, 0], [10, 20], [5.03, 20], [5.02, 30], [5, 20], [0, 20], [0, 0]]]),
        &["spike"],
    );
    seeds.shape("Polygon", &json!([[[0, 0], [0.3, 0], [0.3, 20], [0, 20], [0, 0]]]), &["sliver"]);
    let (east, north) = seeds.cell();
    let words = seeds.words(&json!({}));
    let parts = json!([
        { "type": "Polygon", "coordinates": rectangle(east, north, 10.0, 20.0) },
        { "type": "Point", "coordinates": [EAST + east, NORTH + north] },
    ]);
    let collection = json!({ "type": "GeometryCollection", "geometries": parts });
    seeds.put(
        json!({ "type": "Feature", "properties": words, "geometry": collection }),
        &["mixed_dimensions"],
    );
    let words = seeds.words(&json!({}));
    seeds.put(json!({ "type": "Feature", "properties": words, "geometry": null }), &["geometry_missing"]);
    let words = seeds.words(&json!({}));
    let empty = json!({ "type": "Polygon", "coordinates": [] });
    seeds.put(json!({ "type": "Feature", "properties": words, "geometry": empty }), &["geometry_missing"]);
}

fn neighbours(seeds: &mut Seeds) {
    let (east, north) = seeds.cell();
    seeds.lot(&json!({}), &[]);
    seeds.at((east, north, 10.0, 20.0), &json!({}), &["duplicate_feature"]);
    let (east, north) = seeds.cell();
    seeds.lot(&json!({}), &[]);
    seeds.at((east + 8.0, north, 10.0, 20.0), &json!({}), &["overlap_in_delivery"]);
    // A corner a centimetre beside the one that it should share.
    let (east, north) = seeds.cell();
    seeds.lot(&json!({}), &[]);
    let words = seeds.words(&json!({}));
    let (x, y) = (EAST + east, NORTH + north);
    let ring =
        json!([[[x + 10.0, y], [x + 20.0, y], [x + 20.0, y + 20.0], [x + 10.01, y + 20.0], [x + 10.0, y]]]);
    seeds.put(polygon(&ring, &words), &["corner_not_matched"]);
    // An edge that passes a centimetre from the corner of its neighbour.
    let (east, north) = seeds.cell();
    seeds.lot(&json!({}), &["edge_not_matched"]);
    let words = seeds.words(&json!({}));
    let (x, y) = (EAST + east, NORTH + north + 20.0);
    let ring =
        json!([[[x, y], [x + 5.0, y - 0.01], [x + 10.0, y], [x + 10.0, y + 10.0], [x, y + 10.0], [x, y]]]);
    seeds.put(polygon(&ring, &words), &[]);
    // Four lots around a square metre of nobody's.
    let (east, north) = seeds.cell();
    for (de, dn, width, height) in
        [(0., 0., 10., 5.), (0., 5., 4.5, 1.), (5.5, 5., 4.5, 1.), (0., 6., 10., 5.)]
    {
        seeds.at((east + de, north + dn, width, height), &json!({}), &[]);
    }
    seeds.expected.insert((0, "gap".to_owned()));
    seeds.at((BLOCK + 5.0, 810.0, 10.0, 20.0), &json!({}), &["overlap_with_agreed"]);
    seeds.at((BLOCK + 45.0, 810.0, 10.0, 20.0), &json!({}), &["overlap_with_provisional"]);
    seeds.at((BLOCK + 80.0, 800.0, 10.0, 20.0), &json!({}), &["already_in_fabric"]);
    // East of the agreed parcel, a centimetre off its corner.
    seeds.at((BLOCK + 10.01, 780.0, 10.0, 19.995), &json!({}), &["corner_near_fabric"]);
    // South of a provisional parcel, and a centimetre into it.
    seeds.at((BLOCK + 30.0, 780.0, 30.0, 20.01), &json!({}), &["edge_near_fabric"]);
    seeds.at((BLOCK + 300.0, 600.0, 150.0, 150.0), &json!({}), &["area_outlier"]);
}

fn places(seeds: &mut Seeds) {
    seeds.at((BLOCK + 695.0, 500.0, 10.0, 20.0), &json!({}), &["lot_crosses_block"]);
    seeds.at((BLOCK + 800.0, 500.0, 10.0, 20.0), &json!({}), &["block_not_found"]);
    seeds.at((-5_995.0 - 10.0, 500.0, 10.0, 20.0), &json!({}), &["crosses_district", "block_not_found"]);
    seeds.at((-7_000.0, 500.0, 10.0, 20.0), &json!({}), &["outside_district", "block_not_found"]);
    seeds.lot(&json!({ "MZ": null }), &["block_by_place"]);
    seeds.lot(&json!({ "MZ": "B" }), &["block_not_of_place"]);
}

fn words(seeds: &mut Seeds) {
    seeds.lot(&json!({ "AREA": "200.5" }), &[]);
    seeds.lot(&json!({ "AREA": "250" }), &["area_differs"]);
    seeds.lot(&json!({ "AREA": "mucho" }), &["attribute_impossible"]);
    seeds.lot(&json!({ "COD_LOTE": "15-02" }), &["code_syntax"]);
    seeds.lot(&json!({ "COD_LOTE": "15020301003077" }), &[]);
    seeds.lot(&json!({ "COD_LOTE": "15020301003077" }), &["code_duplicate"]);
    seeds.lot(&json!({ "COD_LOTE": "15020301009001" }), &["code_not_of_place"]);
    seeds.lot(&json!({ "COD_LOTE": "15020301003902" }), &["code_taken"]);
    seeds.lot(&json!({ "LOTE": "77" }), &["zeros_restored"]);
    seeds.lot(&json!({ "USO": "vi\u{fffd}ienda" }), &["text_with_no_character"]);
}

/// Lots with every defect that a lot can have.
pub async fn parcels() -> Classes {
    let office = Office::open().await;
    office.test.owner().await.execute(FABRIC).await.unwrap();
    let mut seeds = Seeds::new();
    shapes(&mut seeds);
    neighbours(&mut seeds);
    places(&mut seeds);
    words(&mut seeds);
    for (k, feature) in seeds.features.iter_mut().enumerate() {
        feature["properties"]["DNI"] = json!(format!("{}", 41_203_377 + k * 1_357_911 % 50_000_000));
    }
    seeds.expected.insert((0, "personal_column".to_owned()));
    let (at, told) = office
        .checked("target=parcels&file_name=semilla.geojson", geojson(Some(32718), &seeds.features))
        .await;
    let expected: Vec<(i64, &str)> =
        seeds.expected.iter().map(|(number, class)| (*number, class.as_str())).collect();
    let seen = exactly(&office, &at, &expected).await;
    assert_eq!(told["read_count"], seeds.features.len());
    // Each is told in both languages, and an error of a shape where it is.
    let told = office.get(&format!("{at}/findings?severity=error&limit=1000")).await;
    for finding in told["findings"].as_array().unwrap() {
        let has_place = finding["place"].is_array();
        let needs_place = !["geometry_missing", "attribute_impossible", "unreadable"]
            .contains(&finding["class"].as_str().unwrap());
        assert!(!needs_place || has_place, "{finding}");
        assert!(
            !finding["es"].as_str().unwrap().contains('{') && finding["es"] != finding["en"],
            "{finding}"
        );
    }
    accept_what_is_sound(&office, &at, &seeds).await;
    seen
}

/// Features with an error stay in the staging table, the others enter, and the account is exact.
async fn accept_what_is_sound(office: &Office, at: &str, seeds: &Seeds) {
    let (status, told) = office.decide(Method::POST, at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told:#}");
    assert_eq!(told["refused"], json!([]), "the findings foresee every rule");
    let count = |name: &str| told[name].as_i64().unwrap();
    assert_eq!(
        count("read_count"),
        count("accepted_count") + count("repaired_count") + count("rejected_count")
    );
    let errors: BTreeSet<i64> = seeds
        .expected
        .iter()
        .filter(|(_, class)| crate::deliveries::classes::named(class).unwrap().severity.name() == "error")
        .map(|(number, _)| *number)
        .collect();
    assert_eq!(count("rejected_count"), errors.len() as i64);
    assert_eq!(count("entered"), count("accepted_count"));
    let people = office.count("select count(*) from delivery.feature where attributes ? 'DNI' or attributes::text like '%41203377%'").await;
    assert_eq!(people, 0, "what looks like people was not kept");
}
