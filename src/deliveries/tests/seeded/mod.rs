//! A file with every class of finding: all are found, and none that is not there.

use std::collections::BTreeSet;

use super::*;

/// Block C of these tests: a square kilometre whose south-west corner is here.
const BLOCK: f64 = 200.0;
/// Each case has a cell of its own.
const CELL: f64 = 40.0;

const FABRIC: &str = "begin; set local predio.reason = 'test';
    insert into land.block (ubigeo, sector_code, code, label, geom)
    values ('150203', '01', '003', 'C', st_multi(st_makeenvelope(196200, 8816000, 196900, 8816900, 32718)));
    insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
    insert into land.parcel (id, ubigeo, code, kind) overriding system value values
      (1, '150203', '15020301003901', 'urban'), (2, '150203', '15020301003902', 'urban'), (3, '150203', '15020301003903', 'urban');
    insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code, geom) values
      (1, '150203', '[2020-01-01,)', 'agreed', '01', '003', '901', st_multi(st_makeenvelope(196200, 8816800, 196210, 8816820, 32718))),
      (2, '150203', '[2020-01-01,)', 'provisional', '01', '003', '902', st_multi(st_makeenvelope(196240, 8816800, 196250, 8816820, 32718))),
      (3, '150203', '[2020-01-01,)', 'provisional', '01', '003', '903', st_multi(st_makeenvelope(196280, 8816800, 196290, 8816820, 32718)));
    insert into land.corner (ubigeo, x_mm, y_mm, method)
    select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
    from land.parcel_version v cross join st_dumppoints(v.geom) d where v.fabric_state = 'agreed';
    select setval(pg_get_serial_sequence('land.parcel', 'id'), 1000);
    commit;";

/// The features of the file with the classes that each must have.
struct Seeds {
    features: Vec<Value>,
    expected: BTreeSet<(i64, String)>,
}

impl Seeds {
    fn new() -> Self {
        Self { features: Vec::new(), expected: BTreeSet::new() }
    }

    /// South-west corner of the cell of the next feature, from the town's origin.
    fn cell(&self) -> (f64, f64) {
        let k = self.features.len() as f64;
        (BLOCK + (k % 16.0) * CELL + 2.0, (k / 16.0).floor() * CELL + 2.0)
    }

    fn put(&mut self, feature: Value, classes: &[&str]) {
        self.features.push(feature);
        let number = self.features.len() as i64;
        self.expected.extend(classes.iter().map(|class| (number, (*class).to_owned())));
    }

    /// A lot of the next number, with what the file says of it changed.
    fn words(&self, changes: &Value) -> Value {
        let mut words = json!({ "MZ": "C", "LOTE": format!("{:03}", self.features.len() + 1) });
        for (name, value) in changes.as_object().unwrap() {
            words[name] = value.clone();
        }
        words
    }

    /// A feature of this geometry in the next cell: positions are metres from its corner.
    fn shape(&mut self, kind: &str, coordinates: &Value, classes: &[&str]) {
        let (east, north) = self.cell();
        let geometry = json!({ "type": kind, "coordinates": moved(coordinates, east, north) });
        let words = self.words(&json!({}));
        self.put(json!({ "type": "Feature", "properties": words, "geometry": geometry }), classes);
    }

    /// A rectangle of 10 by 20 metres in the next cell, with words of its own.
    fn lot(&mut self, changes: &Value, classes: &[&str]) {
        let (east, north) = self.cell();
        let words = self.words(changes);
        self.put(polygon(&rectangle(east, north, 10.0, 20.0), &words), classes);
    }

    /// A rectangle somewhere.
    fn at(&mut self, (east, north, width, height): (f64, f64, f64, f64), changes: &Value, classes: &[&str]) {
        let words = self.words(changes);
        self.put(polygon(&rectangle(east, north, width, height), &words), classes);
    }
}

fn moved(coordinates: &Value, east: f64, north: f64) -> Value {
    match coordinates.as_array() {
        Some(list) if list.first().is_some_and(Value::is_number) => {
            let mut place: Vec<f64> = list.iter().map(|number| number.as_f64().unwrap()).collect();
            place[0] += EAST + east;
            place[1] += NORTH + north;
            json!(place)
        }
        Some(list) => list.iter().map(|inner| moved(inner, east, north)).collect(),
        None => coordinates.clone(),
    }
}

fn square(west: f64, south: f64, side: f64) -> Value {
    json!([
        [west, south],
        [west + side, south],
        [west + side, south + side],
        [west, south + side],
        [west, south]
    ])
}

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
    seeds.shape("MultiPolygon", &json!([[square(0., 0., 8.)], [square(12., 0., 8.)]]), &["several_parts"]);
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
}

#[tokio::test]
async fn every_class_of_a_parcel_is_found_and_none_that_is_not_there() {
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
    let found: BTreeSet<(i64, String)> = office.findings(&at).await.into_iter().collect();
    let missed: Vec<_> = seeds.expected.difference(&found).collect();
    let false_ones: Vec<_> = found.difference(&seeds.expected).collect();
    assert!(missed.is_empty() && false_ones.is_empty(), "missed {missed:?}, false {false_ones:?}");
    assert_eq!(told["read_count"], seeds.features.len());
    // Each is told in both languages, and an error of a shape where it is.
    let told = office.get(&format!("{at}/findings?severity=error&limit=1000")).await;
    for finding in told["findings"].as_array().unwrap() {
        let has_place = finding["place"].is_array();
        let needs_place =
            !["geometry_missing", "attribute_impossible"].contains(&finding["class"].as_str().unwrap());
        assert!(!needs_place || has_place, "{finding}");
        assert!(
            !finding["es"].as_str().unwrap().contains('{') && finding["es"] != finding["en"],
            "{finding}"
        );
    }
    accept_what_is_sound(&office, &at, &seeds).await;
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

fn line(points: &Value, words: &Value) -> Value {
    json!({ "type": "Feature", "properties": words, "geometry": { "type": "LineString", "coordinates": moved(points, 0.0, 0.0) } })
}

#[tokio::test]
async fn every_class_of_a_network_is_found_and_none_that_is_not_there() {
    let mut office = Office::open().await;
    office.actor = Actor::inside("olga", Audience::Planner, "pedido-1");
    let words = json!({ "TIPO": "principal", "ESTADO": "in_service", "DIAMETRO": 110, "MATERIAL": "PVC" });
    let with = |name: &str, value: Value| {
        let mut words = words.clone();
        words[name] = value;
        words
    };
    let mut parts = line(&json!([[0, 300], [10, 300]]), &words);
    parts["geometry"]["type"] = json!("MultiLineString");
    parts["geometry"]["coordinates"] =
        json!([moved(&json!([[0, 300], [10, 300]]), 0., 0.), moved(&json!([[20, 300], [30, 300]]), 0., 0.)]);
    let features = [
        line(&json!([[0, 0], [100, 0]]), &words),
        line(&json!([[100, 0], [100, 100]]), &words),
        line(&json!([[50, 0.4], [50, 50]]), &words),
        line(&json!([[200, 0], [200.05, 0]]), &words),
        line(&json!([[90, 80], [120, 80]]), &words),
        line(&json!([[0, 200], [50, 200]]), &with("DIAMETRO", json!(4))),
        line(&json!([[0, 250], [50, 250]]), &with("ESTADO", Value::Null)),
        parts,
    ];
    let expected = [
        (1, "line_end_free"),
        (2, "line_end_free"),
        (3, "line_end_near"),
        (3, "line_end_free"),
        (4, "line_too_short"),
        (4, "line_end_free"),
        (5, "lines_cross"),
        (5, "line_end_free"),
        (6, "diameter_unlikely"),
        (6, "line_end_free"),
        (7, "attribute_missing"),
        (7, "line_end_free"),
        (8, "parts_not_taken"),
        (8, "line_end_free"),
    ];
    let (at, _) =
        office.checked("target=water_mains&file_name=agua.geojson", geojson(Some(32718), &features)).await;
    let found: BTreeSet<(i64, String)> = office.findings(&at).await.into_iter().collect();
    let expected: BTreeSet<(i64, String)> =
        expected.into_iter().map(|(n, class)| (n, class.to_owned())).collect();
    assert_eq!(found, expected);
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["rejected_count"]),
        (StatusCode::OK, &json!(6), &json!(2)),
        "{told}"
    );
    assert_eq!(
        office
            .count("select count(*) from layer.water_mains where diameter_mm = 110 and material = 'PVC'")
            .await,
        5
    );
    // A valve beside the network, and one on it.
    let point = |x: f64, y: f64| {
        json!({ "type": "Feature", "properties": { "TIPO": "válvula", "ESTADO": "in_service" },
            "geometry": { "type": "Point", "coordinates": [EAST + x, NORTH + y] } })
    };
    let (at, _) = office
        .checked(
            "target=water_assets&file_name=valvulas.geojson",
            geojson(Some(32718), &[point(50., 0.), point(50., 20.), point(70., 20.)]),
        )
        .await;
    assert_eq!(office.findings(&at).await, [(3, "asset_off_network".to_owned())]);
}

#[tokio::test]
async fn buildings_are_found_beside_and_across_parcels() {
    let office = Office::open().await;
    office.test.owner().await.execute(FABRIC).await.unwrap();
    let at = |east: f64, north: f64| polygon(&rectangle(east, north, 6.0, 6.0), &json!({ "PISOS": 2 }));
    let features = [
        at(BLOCK + 1.0, 801.0),
        at(BLOCK + 8.0, 801.0),
        at(BLOCK + 100.0, 801.0),
        at(BLOCK + 42.0, 805.0),
        at(BLOCK + 43.0, 806.0),
    ];
    let (at, _) =
        office.checked("target=buildings&file_name=casas.geojson", geojson(Some(32718), &features)).await;
    let expected =
        [(2, "building_crosses_parcel"), (3, "building_outside_parcels"), (5, "overlap_in_delivery")];
    let found: BTreeSet<(i64, String)> = office.findings(&at).await.into_iter().collect();
    assert_eq!(found, expected.into_iter().map(|(n, class)| (n, class.to_owned())).collect());
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["entered"]), (StatusCode::OK, &json!(5)), "{told}");
    assert_eq!(
        office
            .count("select count(*) from layer.buildings where parcel_code is not null and floors = 2")
            .await,
        3
    );
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!((status, &told["taken_back"]), (StatusCode::OK, &json!(5)), "{told}");
    assert_eq!(office.count("select count(*) from layer.buildings").await, 0);
}

#[tokio::test]
async fn a_zone_of_an_unknown_class_is_found() {
    let mut office = Office::open().await;
    office.actor = Actor::inside("olga", Audience::Planner, "pedido-1");
    let plan = "begin; set local predio.reason = 'test';
        insert into zoning.plan (ubigeo, kind, name, state, fictitious) values ('150203', 'PDU', 'Borrador', 'draft', true);
        insert into zoning.zone_class (plan_id, code, name, category) select id, 'RDM', 'Densidad media', 'residential' from zoning.plan;
        commit;";
    office.test.owner().await.execute(plan).await.unwrap();
    let zone =
        |east: f64, class: &str| polygon(&rectangle(east, 0.0, 100.0, 100.0), &json!({ "ZONA": class }));
    let features = [zone(0.0, "RDM"), zone(100.0, "XYZ")];
    let (at, _) = office
        .checked("target=zone_drafts&plan=Borrador&file_name=zonas.geojson", geojson(Some(32718), &features))
        .await;
    assert_eq!(office.findings(&at).await, [(2, "zone_class_unknown".to_owned())]);
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["refused"]),
        (StatusCode::OK, &json!(1), &json!([])),
        "{told}"
    );
}

/// What a tidy program does not write: rings left open, arcs, surfaces.
#[tokio::test]
async fn what_reading_finds_is_told_with_its_vertex() {
    let office = Office::open().await;
    let at = |x: f64, y: f64| format!("{} {}", EAST + x, NORTH + y);
    let path = |points: &[(f64, f64)]| points.iter().map(|(x, y)| at(*x, *y)).collect::<Vec<_>>().join(",");
    let rows = [
        format!("POLYGON(({}))", path(&[(0., 0.), (10., 0.), (10., 20.), (0., 20.)])),
        format!("POLYGON(({}))", path(&[(10., 0.), (20., 0.), (10., 0.)])),
        format!(
            "CURVEPOLYGON(CIRCULARSTRING({}))",
            path(&[(30., 10.), (35., 15.), (40., 10.), (35., 5.), (30., 10.)])
        ),
        format!("POLYGON(({}))", path(&[(50., 0.), (60., 0.), (60., 20.), (50., 20.), (50., 0.)])),
    ];
    let file: String = rows
        .iter()
        .enumerate()
        .fold("WKT,MZ,LOTE\n".to_owned(), |file, (k, row)| file + &format!("\"{row}\",A,{}\n", k + 1));
    let (at, _) = office.checked("target=parcels&srid=32718&file_name=texto.csv", file).await;
    let found = office.findings(&at).await;
    let expected = [(1, "ring_not_closed"), (2, "too_few_vertices"), (3, "has_arcs")]
        .map(|(n, class)| (n, class.to_owned()));
    assert_eq!(found, expected);
    let told = office.get(&format!("{at}/findings?class=ring_not_closed")).await;
    assert_eq!(
        (&told["findings"][0]["ring"], told["findings"][0]["place"].is_array()),
        (&json!(1), true),
        "{told}"
    );
    let finding = told["findings"][0]["id"].as_i64().unwrap();
    let (status, told) =
        office.decide(Method::POST, &at, &format!("findings/{finding}/repair"), json!({})).await;
    assert_eq!((status, &told["changed"]), (StatusCode::ACCEPTED, &json!(1)), "{told}");
    office.rest(&at).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["accepted_count"], &told["repaired_count"], &told["rejected_count"]),
        (StatusCode::OK, &json!(2), &json!(1), &json!(1)),
        "{told}"
    );
}
