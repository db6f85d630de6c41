//! A parcel's polygon from a delivered survey file.

use super::*;

/// The last lot of the row, 12 metres wide where 10 are on record; the land beside it is free.
fn survey() -> String {
    let point = json!({ "type": "Feature", "properties": {}, "geometry": { "type": "Point", "coordinates": [EAST, NORTH] } });
    let rings = rectangle(40.0, 0.0, 12.0, 20.0);
    geojson(Some(32718), &[polygon(&rings, &json!({ "MZ": "A", "LOTE": 5 })), point])
}

/// Five agreed lots, the easternmost being lot 5.
async fn town() -> Office {
    let office = Office::open().await;
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots()[..5])).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let agree = json!({ "reason": "levantamiento conforme", "block": "15020301001" });
    let (status, _, told) = office.call(Method::POST, "/api/v1/parcels/agree", &[], agree.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    office
}

#[tokio::test]
async fn a_parcel_gets_the_polygon_of_a_delivered_file_as_an_operation() {
    let office = town().await;
    let (at, _) = office.checked("target=parcels&file_name=levantamiento.geojson", survey()).await;
    let code = "15020301001005";
    let path = format!("{at}/features/1/replace/{code}");
    let body = json!({ "reason": "nuevo levantamiento" }).to_string();
    let (status, _, tried) =
        office.call(Method::POST, &format!("{path}?dry_run=true"), &[], body.clone()).await;
    assert_eq!((status, &tried["broken"]), (StatusCode::OK, &json!([])), "{tried}");
    let area = "select round(sum(v.grid_area_m2) * 1000)::bigint from land.parcel_version v where upper_inf(v.valid)";
    assert_eq!(office.count(area).await, 1_000_000, "a trial changes nothing");
    let (status, _, told) = office.call(Method::POST, &path, &[], body.clone()).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED, "{told}");
    let seen = office.get(&format!("/api/v1/parcels/{code}")).await["version"].as_str().unwrap().to_owned();
    let tag = format!("\"{seen}\"");
    let (status, _, done) = office.call(Method::POST, &path, &[("if-match", &tag)], body.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{done}");
    assert_eq!(office.count(area).await, 1_040_000);
    let kinds: Vec<String> = sqlx::query_scalar("select kind from land.operation order by id desc limit 1")
        .fetch_all(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(kinds, ["replace"]);
    // Who saw it before loses nothing of it.
    let (status, _, _) = office.call(Method::POST, &path, &[("if-match", &tag)], body).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_no_polygon_of_a_placed_delivery_replaces_nothing() {
    let office = town().await;
    let (at, _) = office.checked("target=parcels&file_name=levantamiento.geojson", survey()).await;
    let body = json!({ "reason": "nuevo levantamiento" }).to_string();
    for (feature, status) in [("2", StatusCode::NOT_FOUND), ("9", StatusCode::NOT_FOUND)] {
        let path = format!("{at}/features/{feature}/replace/15020301001005?dry_run=true");
        assert_eq!(office.call(Method::POST, &path, &[], body.clone()).await.0, status, "{feature}");
    }
    let path = format!("{at}/features/1/replace/15020301001005?dry_run=true");
    let both = json!({ "reason": "nuevo levantamiento", "polygons": [] }).to_string();
    assert_eq!(office.call(Method::POST, &path, &[], both).await.0, StatusCode::BAD_REQUEST);
    let unplaced = geojson(None, &[polygon(&rectangle(40.0, 0.0, 12.0, 20.0), &json!({}))]);
    let at = office.bring("target=parcels&file_name=sin_sistema.geojson", unplaced).await;
    assert_eq!(office.rest(&at).await["state"], "needs_crs");
    let path = format!("{at}/features/1/replace/15020301001005?dry_run=true");
    assert_eq!(office.call(Method::POST, &path, &[], body).await.0, StatusCode::CONFLICT);
}
