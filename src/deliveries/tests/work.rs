//! Mapping, repairs, comparison, and what becomes of a delivery whose worker is gone.

use super::*;
use crate::deliveries::import;
use crate::deliveries::model::About;
use crate::deliveries::work::mark_once;

#[tokio::test]
async fn a_mapping_is_set_and_kept_for_the_sender() {
    let office = Office::open().await;
    let file = || {
        let features: Vec<Value> = lots()
            .into_iter()
            .map(|mut lot| {
                lot["properties"] = json!({ "C1": "A", "C2": "vivienda", "C3": 0.02 });
                lot
            })
            .collect();
        geojson(Some(32718), &features)
    };
    let (at, told) = office.checked("target=parcels&file_name=raro.geojson", file()).await;
    assert_eq!((&told["mapping"], &told["mapping_how"]), (&json!([]), &json!("suggested")));
    let mapping = json!([{ "property": "given_block", "field": "C1" }, { "property": "use", "field": "C2" },
        { "property": "declared_area_m2", "field": "C3", "kind": "number", "factor": 10000.0 }]);
    let wrong =
        json!({ "mapping": [{ "property": "use", "field": "C9" }, { "property": "nada", "field": "C1" }] });
    let (status, told) = office.decide(Method::PUT, &at, "mapping", wrong).await;
    assert_eq!(
        (status, told["violations"].as_array().unwrap().len()),
        (StatusCode::UNPROCESSABLE_ENTITY, 2),
        "{told}"
    );
    let (status, told) = office.decide(Method::PUT, &at, "mapping", json!({ "mapping": mapping })).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    office.rest(&at).await;
    assert_eq!(office.findings(&at).await, [], "block and area are known now");
    let (_, told) = office.checked("target=parcels&file_name=otro.geojson", file()).await;
    assert_eq!(told["mapping_how"], "profile");
}

#[tokio::test]
async fn a_repair_is_shown_then_made_and_counted() {
    let office = Office::open().await;
    let mut features = lots();
    // A lot whose outline crosses itself near a corner, and one with a vertex twice.
    let (x, y) = (EAST + 10.0, NORTH);
    features[1]["geometry"]["coordinates"] = json!([[
        [x, y],
        [x + 10.0, y],
        [x + 10.0, y + 20.0],
        [x + 5.0, y + 20.0],
        [x + 5.0, y + 20.0],
        [x, y + 20.0],
        [x, y]
    ]]);
    let (x, y) = (EAST + 20.0, NORTH);
    features[2]["geometry"]["coordinates"] = json!([[
        [x, y],
        [x + 10.0, y],
        [x + 10.0, y + 20.0],
        [x + 4.0, y + 20.0],
        [x + 6.0, y + 20.0],
        [x + 5.0, y + 19.0],
        [x, y + 20.0],
        [x, y]
    ]]);
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &features)).await;
    let found = office.findings(&at).await;
    assert!(found.contains(&(2, "duplicate_vertex".to_owned())), "{found:?}");
    let classes: Vec<String> =
        found.iter().filter(|(n, _)| *n == 3).map(|(_, class)| class.clone()).collect();
    assert!(classes.iter().any(|class| class.contains("self_intersection")), "{found:?}");
    let (status, trial) = office
        .decide(Method::POST, &at, "repairs?dry_run=true", json!({ "class": "duplicate_vertex" }))
        .await;
    assert_eq!((status, &trial["changed"]), (StatusCode::OK, &json!(1)), "{trial}");
    let points = |which: &str| trial["repairs"][0][which]["coordinates"][0].as_array().unwrap().len();
    assert_eq!((points("before"), points("after")), (7, 6));
    assert_eq!(office.findings(&at).await, found, "a trial changes nothing");
    for class in ["duplicate_vertex", &classes[0]] {
        let (status, told) = office.decide(Method::POST, &at, "repairs", json!({ "class": class })).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{class}: {told}");
        office.rest(&at).await;
    }
    let left = office.findings(&at).await;
    assert!(
        !left.iter().any(|(_, class)| class == "duplicate_vertex" || class.contains("self_intersection")),
        "{left:?}"
    );
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["accepted_count"], &told["repaired_count"], &told["rejected_count"]),
        (StatusCode::OK, &json!(4), &json!(2), &json!(0)),
        "{told}"
    );
    let kept = "select count(*) from delivery.repair where st_isvalid(after) and before is not null";
    assert_eq!(office.count(kept).await, 2);
}

#[tokio::test]
async fn two_versions_of_a_plan_are_told_apart() {
    let office = Office::open().await;
    let before = lots();
    let mut after = lots();
    after[1]["properties"]["USO"] = json!("comercio");
    after[2]["geometry"]["coordinates"] = rectangle(20.0, 0.0, 10.0, 18.0);
    after[3]["geometry"]["coordinates"] = rectangle(80.0, 0.0, 10.0, 20.0);
    after.remove(4);
    after.push(polygon(&rectangle(0.0, 25.0, 13.0, 15.0), &json!({ "MZ": "A", "LOTE": 9 })));
    let (old, _) = office.checked("target=parcels&file_name=v1.geojson", geojson(Some(32718), &before)).await;
    let (new, _) = office.checked("target=parcels&file_name=v2.geojson", geojson(Some(32718), &after)).await;
    let told = office.get(&format!("{old}/compare?with={}", new.rsplit('/').next().unwrap())).await;
    let expected = json!({ "same": 2, "attributes": 1, "reshaped": 1, "moved": 0, "new": 2, "gone": 2 });
    // The lot that moved is as large as the one that is gone: which of them it was, the shapes do not say.
    assert_eq!(sorted(&told["counts"]), sorted(&expected), "{told:#}");
    assert_eq!(told["features"].as_array().unwrap().len(), 6);
}

fn sorted(counts: &Value) -> Vec<(String, i64)> {
    let mut all: Vec<_> =
        counts.as_object().unwrap().iter().map(|(name, n)| (name.clone(), n.as_i64().unwrap())).collect();
    all.sort();
    all
}

#[tokio::test]
async fn a_delivery_whose_worker_is_gone_says_that_it_broke() {
    let office = Office::open().await;
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots())).await;
    let long_ago = "begin; set local session_replication_role = replica;
        update delivery.delivery set state = 'checking', recorded_from = now() - interval '1 hour';
        update delivery.progress set at = now() - interval '1 minute'; commit;";
    let mut superuser =
        <sqlx::PgConnection as sqlx::Connection>::connect(&office.test.superuser_url()).await.unwrap();
    superuser.execute(long_ago).await.unwrap();
    // A worker that lives holds the row, and is left alone.
    superuser.execute("begin; select from delivery.delivery for no key update").await.unwrap();
    assert_eq!(mark_once(&office.test.database).await.unwrap(), 0);
    superuser.execute("rollback").await.unwrap();
    assert_eq!(mark_once(&office.test.database).await.unwrap(), 1);
    let told = office.get(&at).await;
    assert_eq!(told["state"], "broken");
    assert!(told["trouble"]["es"].as_str().unwrap().contains("nada quedó a medias"), "{told}");
    let (status, told) = office.decide(Method::POST, &at, "check", json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    assert_eq!(office.rest(&at).await["state"], "checked");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_in_words() {
    let office = Office::open().await;
    for (name, file) in [
        ("nada.geojson", "{}"),
        ("nada.shp", "no es un shapefile"),
        ("vacio.geojson", r#"{"type":"FeatureCollection","features":[]}"#),
    ] {
        let at = office.bring(&format!("target=parcels&file_name={name}"), file).await;
        let told = office.rest(&at).await;
        assert_eq!(told["state"], "broken", "{name}: {told}");
        assert!(told["trouble"]["es"] != told["trouble"]["en"], "{told}");
    }
    assert_eq!(office.count("select count(*) from delivery.feature").await, 0);
}

#[tokio::test]
async fn the_work_is_followed_to_its_end() {
    let office = Office::open().await;
    let at = office.bring("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots())).await;
    let (status, _, told) = office.call(Method::GET, &format!("{at}/events"), &[], Body::empty()).await;
    let events = told.as_str().unwrap();
    assert_eq!(status, StatusCode::OK);
    assert!(events.trim_end().ends_with(r#""total":null}"#) && events.contains("event: end"), "{events}");
    assert!(events.contains(r#""state":"checked""#), "{events}");
}

#[tokio::test]
async fn the_command_line_does_the_same() {
    let office = Office::open().await;
    let folder = crate::spatial::private_folder::PrivateFolder::create().unwrap();
    let file = folder.path().join("lotes.geojson");
    let offices = [Audience::Surveyor, Audience::Planner].map(|one| Actor::inside("predio import", one, ""));
    let about = |target: &str, ubigeo: &str| About {
        ubigeo: ubigeo.to_owned(),
        target: target.to_owned(),
        sender: "Topografía".to_owned(),
        ..About::default()
    };
    for (target, ubigeo) in [("nada", "150203"), ("parcels", "150299"), ("parcels", "150203")] {
        let refused = import::record(&office.app, &offices, about(target, ubigeo), &file).await;
        assert!(refused.unwrap_err().is::<crate::refusal::Refusal>(), "no layer, no district, no file");
    }
    std::fs::write(&file, geojson(Some(32718), &lots())).unwrap();
    let id = import::record(&office.app, &offices, about("parcels", "150203"), &file).await.unwrap();
    import::work(&office.app, id, &file).await;
    let outcome = import::conclude(&office.app, &offices, id, true).await.unwrap();
    assert_eq!((outcome.entered, outcome.needs_eyes()), (Some(6), false));
    assert!(outcome.in_words().contains("aceptados · accepted    6"), "{}", outcome.in_words());
    assert!(file.is_file(), "the caller's file stays");
    std::fs::write(&file, geojson(None, &lots())).unwrap();
    let id = import::record(&office.app, &offices, about("parcels", "150203"), &file).await.unwrap();
    import::work(&office.app, id, &file).await;
    let outcome = import::conclude(&office.app, &offices, id, true).await.unwrap();
    assert_eq!((outcome.entered, outcome.delivery.state.as_str()), (None, "needs_crs"));
    assert!(outcome.in_words().contains("utm18 "), "{}", outcome.in_words());
}
