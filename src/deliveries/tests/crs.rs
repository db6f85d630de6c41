//! Where a file lies: proposals with evidence, and nothing applied in silence.

use super::*;

/// The lots of the town in other numbers, as the database works them out.
pub(super) async fn in_other_numbers(office: &Office, expression: &str) -> Vec<Value> {
    in_other_numbers_of(office, &lots(), expression).await
}

pub(super) async fn in_other_numbers_of(office: &Office, lots: &[Value], expression: &str) -> Vec<Value> {
    let mut features = Vec::new();
    for feature in lots {
        let mut feature = feature.clone();
        let shape = feature["geometry"].to_string();
        let sql = format!(
            "select st_asgeojson(g, 9)::jsonb from (select {expression} as g
             from (select st_setsrid(st_geomfromgeojson($1), 32718) as shape) s) t"
        );
        // Safe SQL: expressions of this file.
        let other: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(shape)
            .fetch_one(&mut office.test.owner().await)
            .await
            .unwrap();
        feature["geometry"]["coordinates"] = other["coordinates"].clone();
        features.push(feature);
    }
    features
}

/// A town whose lots are on record already.
async fn town() -> Office {
    let office = Office::open().await;
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots())).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    office
}

pub(super) const PSAD56: &str = "st_transform(st_setsrid(st_transform(shape, '+proj=utm +zone=18 +south +datum=WGS84 +units=m +no_defs',
    '+proj=utm +zone=18 +south +ellps=intl +towgs84=-279,175,-379,0,0,0,0 +units=m +no_defs'), 24878), 24878)";

#[tokio::test]
async fn what_nobody_declared_is_proposed_with_evidence_and_waits() {
    let office = town().await;
    for (candidate, expression) in [
        ("utm18", "shape"),
        ("psad56_18", PSAD56),
        ("utm17", "st_transform(shape, 32717)"),
        ("utm18_swapped", "st_flipcoordinates(shape)"),
        ("degrees_swapped", "st_flipcoordinates(st_transform(shape, 4326))"),
        ("utm18_feet", "st_scale(shape, 1 / 0.3048, 1 / 0.3048)"),
        ("utm18_survey_feet", "st_scale(shape, 3937.0 / 1200, 3937.0 / 1200)"),
    ] {
        let file = geojson(None, &in_other_numbers(&office, expression).await);
        let at = office.bring("target=parcels&file_name=sin_sistema.geojson", file).await;
        let told = office.rest(&at).await;
        assert_eq!(told["state"], "needs_crs", "{candidate}: {told:#}");
        let first = &told["proposals"][0];
        assert_eq!(first["candidate"], candidate, "{:#}", told["proposals"]);
        assert_eq!(first["inside_share"], 1.0);
        assert!(first["corner_share"].as_f64().unwrap() > 0.9, "{candidate}: {first}");
        assert!(first["overlap_share"].as_f64().unwrap() > 0.9, "{candidate}: {first}");
        let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{told}");
        let (status, told) = office.decide(Method::POST, &at, "crs", json!({ "candidate": candidate })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{told}");
        let told = office.rest(&at).await;
        assert_eq!((&told["state"], &told["crs_how"]), (&json!("checked"), &json!("chosen")), "{candidate}");
        let same =
            office.findings(&at).await.iter().filter(|(_, class)| class == "already_in_fabric").count();
        assert_eq!(same, 6, "{candidate}: the lots lie where they are");
    }
}

#[tokio::test]
async fn psad56_goes_by_the_pinned_operation_and_says_so() {
    let office = town().await;
    let file = geojson(Some(24878), &in_other_numbers(&office, PSAD56).await);
    let (at, told) = office.checked("target=parcels&file_name=psad.geojson", file).await;
    assert!(told["operation"].as_str().unwrap().starts_with("EPSG:1208"), "{told}");
    assert!(office.findings(&at).await.contains(&(0, "datum_changed".to_owned())));
    // The check point of docs: (196000, 8816000) in PSAD56 is (195779.764, 8815629.205).
    let moved: (f64, f64) = sqlx::query_as(
        "select st_x(g), st_y(g) from (select delivery.placed(st_makepoint(196000, 8816000), 24878, false, 1) as g) t",
    )
    .fetch_one(&mut office.test.owner().await)
    .await
    .unwrap();
    assert!((moved.0 - 195_779.764).abs() < 0.001 && (moved.1 - 8_815_629.205).abs() < 0.001, "{moved:?}");
}

#[tokio::test]
async fn a_wrong_word_is_not_believed_against_the_fabric() {
    let office = town().await;
    let file = geojson(None, &in_other_numbers(&office, PSAD56).await);
    let at = office.bring("target=parcels&file_name=psad.geojson&srid=32718", file).await;
    let told = office.rest(&at).await;
    assert_eq!(
        (&told["state"], &told["proposals"][0]["candidate"]),
        (&json!("needs_crs"), &json!("psad56_18")),
        "{told:#}"
    );
}

#[tokio::test]
async fn a_file_from_far_away_is_told_so() {
    let office = town().await;
    let far = |k: f64| {
        let (x, y) = (900_000.0 + k * 10.0, 6_500_000.0);
        polygon(
            &json!([[[x, y], [x + 10.0, y], [x + 10.0, y + 20.0], [x, y + 20.0], [x, y]]]),
            &json!({ "LOTE": k }),
        )
    };
    let features: Vec<Value> = (0..4).map(|k| far(f64::from(k))).collect();
    for (declared, query) in [(Some(2154), ""), (None, "&srid=2154"), (None, "")] {
        let at = office
            .bring(&format!("target=parcels&file_name=lambert.geojson{query}"), geojson(declared, &features))
            .await;
        let told = office.rest(&at).await;
        assert_eq!(told["state"], "needs_crs", "{told:#}");
        let lambert = told["proposals"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["candidate"] == "lambert93")
            .unwrap()
            .clone();
        assert_eq!(lambert["inside_share"], 0.0);
        assert!(lambert["distance_km"].as_f64().unwrap() > 5_000.0, "{lambert}");
    }
}

#[tokio::test]
async fn degrees_of_a_geojson_file_are_what_its_format_says() {
    let office = town().await;
    let file = geojson(None, &in_other_numbers(&office, "st_transform(shape, 4326)").await);
    let (_, told) = office.checked("target=parcels&file_name=rfc7946.geojson", file).await;
    assert_eq!((&told["srid"], &told["crs_how"]), (&json!(4326), &json!("declared")), "{told:#}");
}

#[tokio::test]
async fn each_proposal_is_seen_before_one_is_chosen() {
    let office = town().await;
    let file = geojson(None, &in_other_numbers(&office, PSAD56).await);
    let at = office.bring("target=parcels&file_name=sin_sistema.geojson", file).await;
    let told = office.rest(&at).await;
    assert_eq!(told["state"], "needs_crs", "{told:#}");
    let first = |seen: &Value| seen["features"][0]["geometry"]["coordinates"][0][0].clone();
    let mut places = Vec::new();
    for proposal in told["proposals"].as_array().unwrap() {
        let name = proposal["candidate"].as_str().unwrap();
        let seen = office.get(&format!("{at}/preview?candidate={name}")).await;
        assert_eq!(&seen["proposal"], proposal, "its evidence is beside it");
        let shown = seen["features"].as_array().unwrap().len() as i64;
        assert_eq!(
            (shown + seen["placeless"].as_i64().unwrap(), &seen["numberReturned"]),
            (6, &json!(shown)),
            "{name}"
        );
        if shown > 0 {
            places.push((name.to_owned(), first(&seen)));
        }
    }
    assert!(places.len() > 5, "{places:?}");
    assert!(
        places.iter().all(|(name, at)| places.iter().all(|(other, there)| name == other || at != there)),
        "{places:?}"
    );
    assert_eq!(told["version"], office.get(&at).await["version"], "looking changes nothing");
    assert_eq!(
        office
            .count("select count(*) from delivery.feature where delivery_id = 2 and geom is not null")
            .await,
        0
    );
    // Where it is seen is where it comes to lie.
    let (status, chosen) = office.decide(Method::POST, &at, "crs", json!({ "candidate": "psad56_18" })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{chosen}");
    office.rest(&at).await;
    let lies = office.get(&format!("{at}/features?limit=1")).await;
    let near =
        |a: &Value, b: &Value| (0..2).all(|k| (a[k].as_f64().unwrap() - b[k].as_f64().unwrap()).abs() < 2e-8);
    let (_, seen) = places.iter().find(|(name, _)| name == "psad56_18").unwrap();
    assert!(near(seen, &first(&lies)), "{seen} {}", first(&lies));
    let few = office.get(&format!("{at}/preview?candidate=utm18&limit=2")).await;
    assert_eq!(
        (&few["numberReturned"], &few["features"][1]["id"]),
        (&json!(2), &json!(4)),
        "spread over the file"
    );
    for wrong in ["", "?candidate=marte", "?candidate=utm18&limit=0", "?candidate=utm18&x=1"] {
        let (status, _, told) =
            office.call(Method::GET, &format!("{at}/preview{wrong}"), &[], Body::empty()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}: {told}");
    }
}
