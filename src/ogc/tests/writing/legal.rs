//! What the law keeps: versions of hazards, drafts of plans, parcels.

use super::*;

#[tokio::test]
async fn a_hazard_zone_gets_a_new_version_and_keeps_the_old_one() {
    let office = office().await;
    let path = "hazard_zones/items/1";
    let mut zone = office.see(Audience::Planner, path).await.json();
    assert_eq!(
        (&zone["properties"]["level"], &zone["properties"]["study"]),
        (&json!("high"), &json!("Estudio 1"))
    );
    let headers = [GEOJSON, WHY];
    zone["properties"]["level"] = json!("very_high");
    let put = office.planner("PUT", path, &headers, &zone).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    let now = office.see(Audience::Public, path).await.json();
    assert_eq!(
        (&now["properties"]["level"], &now["properties"]["study"]),
        (&json!("very_high"), &json!("Estudio 1"))
    );
    assert!(now["properties"]["version"].as_i64() > zone["properties"]["version"].as_i64());
    let then = office.see(Audience::Public, &format!("{path}?datetime=2021-01-01")).await.json();
    assert_eq!(then["properties"]["level"], "high");
    // What began today is put right in place, and a version of the past stays.
    let mut zone = now;
    zone["properties"]["norm"] = json!("N-1");
    assert_eq!(office.planner("PUT", path, &headers, &zone).await.status, StatusCode::OK);
    let versions: i64 =
        office.scalar("select count(*) from risk.hazard_zone_version where hazard_zone_id = 1").await;
    assert_eq!(versions, 2);
    zone["properties"]["kind"] = json!("tsunami");
    zone["properties"]["version"] =
        office.see(Audience::Public, path).await.json()["properties"]["version"].clone();
    let told = office.planner("PUT", path, &headers, &zone).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text());
    zone["properties"]["kind"] = json!("flood");
    zone["properties"]["norm"] = json!("N-99");
    let told = office.planner("PUT", path, &headers, &zone).await;
    assert_eq!(
        rules(&told),
        [("layer_value_is_known".to_owned(), "/properties/norm".to_owned())],
        "{}",
        told.text()
    );
    assert_eq!(
        office.planner("PUT", "hazard_zones/items/2", &headers, &zone).await.status,
        StatusCode::NOT_FOUND
    );
    let tag = office.see(Audience::Public, path).await.header("etag").to_owned();
    let gone = office.planner("DELETE", path, &[WHY, ("if-match", &tag)], &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(office.see(Audience::Public, path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        office.see(Audience::Public, &format!("{path}?datetime=2021-01-01")).await.status,
        StatusCode::OK
    );
    // A new one.
    let square = json!({ "type": "Polygon", "coordinates": [[[195_000, 8_815_000], [195_010, 8_815_000], [195_010, 8_815_010], [195_000, 8_815_000]]] });
    let feature =
        json!({ "type": "Feature", "geometry": square, "properties": { "kind": "erosion", "level": "low" } });
    let made =
        office.planner("POST", "hazard_zones/items", &[GEOJSON, WHY, ("content-crs", UTM)], &feature).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let there =
        office.see(Audience::Public, &format!("hazard_zones/items/{}", made.json()["id"])).await.json();
    assert_eq!(
        (&there["properties"]["ubigeo"], &there["properties"]["declared"]),
        (&json!("150203"), &json!(false))
    );
    assert_eq!(there["geometry"]["type"], "MultiPolygon");
}

#[tokio::test]
async fn a_zone_of_a_draft_is_drawn_and_one_in_consultation_stays() {
    let office = office().await;
    let see = async |path: &str| office.see(Audience::Planner, path).await.json();
    let headers = [GEOJSON, WHY];
    let mut zone = see("zone_drafts/items/1").await;
    zone["properties"]["zone_class"] = json!("RDB");
    let put = office.planner("PUT", "zone_drafts/items/1", &headers, &zone).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    assert_eq!(see("zone_drafts/items/1").await["properties"]["zone_class"], "RDB");
    let mut shown = see("zone_drafts/items/2").await;
    shown["properties"]["zone_class"] = json!("RDB");
    let told = office.planner("PUT", "zone_drafts/items/2", &headers, &shown).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text());
    zone["properties"]["plan"] = json!("Borrador");
    let made = office.planner("POST", "zone_drafts/items", &headers, &zone).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let path = format!("zone_drafts/items/{}", made.json()["id"]);
    let gone = office.planner("DELETE", &format!("{path}?version=1"), &[WHY], &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    zone["properties"]["plan"] = json!("En consulta");
    let told = office.planner("POST", "zone_drafts/items", &headers, &zone).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text());
}

#[tokio::test]
async fn of_a_parcel_attributes_are_written_and_the_polygon_is_not() {
    let office = office().await;
    let path = "parcels/items/1";
    let mut lot = office.see(Audience::Surveyor, path).await.json();
    let headers = [GEOJSON, WHY];
    // Who puts the record right says so: then it was never otherwise.
    lot["properties"]["address"] = json!("Jr. Lima 12");
    let told = office.surveyor("PUT", &format!("{path}?correction=sí"), &headers, &lot).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST, "{}", told.text());
    let put = office.surveyor("PUT", &format!("{path}?correction=true"), &headers, &lot).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    lot["properties"]["version"] = json!(2);
    lot["properties"]["use"] = json!("comercio");
    lot["properties"]["settlement"] = json!("Pativilca");
    // In degrees and with nine decimals, as a client returns it: the polygon is the same.
    let put = office.surveyor("PUT", path, &headers, &lot).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    let now = office.see(Audience::Surveyor, path).await.json();
    assert_eq!(
        (&now["properties"]["use"], &now["properties"]["settlement"]),
        (&json!("comercio"), &json!("Pativilca"))
    );
    let is_same: bool = office
        .scalar("select bool_and(geom = st_multi(st_makeenvelope(195020, 8815000, 195030, 8815020, 32718))) and count(*) = 2 from land.parcel_version where parcel_id = 1")
        .await;
    assert!(is_same);
    // What was so before today is still told of the days before today.
    let before = office.see(Audience::Public, "parcels/items/1?datetime=2021-01-01").await.json();
    assert_eq!(
        (&before["properties"]["use"], &before["properties"]["address"]),
        (&json!("vivienda"), &json!("Jr. Lima 12"))
    );
    let mut moved = now.clone();
    moved["geometry"]["coordinates"][0][0][1] = json!([-77.788, -10.708]);
    let told = office.surveyor("PUT", path, &headers, &moved).await;
    assert_eq!(told.status, StatusCode::CONFLICT, "{}", told.text());
    assert!(told.text().contains("/api/v1/parcels/{code}/adjust"), "{}", told.text());
    assert_eq!(office.planner("PUT", path, &headers, &now).await.status, StatusCode::FORBIDDEN);
    // On free land a new one, provisional; on an agreed one none.
    let square = |x: u32| json!({ "type": "Polygon", "coordinates": [[[x, 8_815_000], [x + 5, 8_815_000], [x + 5, 8_815_010], [x, 8_815_010], [x, 8_815_000]]] });
    let lot = |x| json!({ "type": "Feature", "geometry": square(x), "properties": { "sector": "01", "block": "001", "use": "vivienda" } });
    let utm = [GEOJSON, WHY, ("content-crs", UTM)];
    let made = office.surveyor("POST", "parcels/items", &utm, &lot(195_080)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let path = format!("parcels/items/{}", made.json()["id"]);
    let there = office.see(Audience::Public, &path).await.json();
    assert_eq!(
        (&there["properties"]["fabric_state"], &there["properties"]["code"]),
        (&json!("provisional"), &json!("15020301001003"))
    );
    let told = office.surveyor("POST", "parcels/items", &utm, &lot(195_022)).await;
    assert_eq!(rules(&told)[0].0, "parcel_version_enters_on_free_land", "{}", told.text());
    // A delete retires, by an operation of the fabric.
    let gone = office.surveyor("DELETE", "parcels/items/1?version=4", &[WHY], &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
    assert_eq!(office.see(Audience::Public, "parcels/items/1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        office.see(Audience::Public, "parcels/items/1?datetime=2021-01-01").await.status,
        StatusCode::OK
    );
    let kinds: Vec<String> = sqlx::query_scalar("select kind from land.operation order by id")
        .fetch_all(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(kinds, ["load", "describe", "retire"]);
}
