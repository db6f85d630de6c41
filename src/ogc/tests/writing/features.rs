//! Features of a network: every system, every flaw.

use super::*;

#[tokio::test]
async fn a_pipe_is_created_replaced_and_deleted_in_every_system() {
    let office = office().await;
    let (west, south, east, north) = (195_000.0, 8_815_000.0, 195_040.0, 8_815_030.0);
    let lines = [
        (CRS84, json!([[-77.788_463_7, -10.708_146_9], [-77.788_101_0, -10.707_872_8]])),
        (
            "http://www.opengis.net/def/crs/EPSG/0/4326",
            json!([[-10.708_146_9, -77.788_463_7], [-10.707_872_8, -77.788_101_0]]),
        ),
        ("http://www.opengis.net/def/crs/EPSG/0/32718", json!([[west, south], [east, north]])),
        ("http://www.opengis.net/def/crs/EPSG/0/5387", json!([[west, south], [east, north]])),
    ];
    for (uri, coordinates) in lines {
        let crs = format!("<{uri}>");
        let headers = [GEOJSON, WHY, ("content-crs", crs.as_str())];
        let feature = main(&json!({ "type": "LineString", "coordinates": coordinates }));
        let made = office.planner("POST", "water_mains/items", &headers, &feature).await;
        assert_eq!(made.status, StatusCode::CREATED, "{uri}: {}", made.text());
        let location = made.header("location").to_owned();
        let id = location.rsplit('/').next().unwrap();
        assert_eq!((made.json()["id"].to_string(), made.header("etag")), (id.to_owned(), "\"1\""));
        let path = format!("water_mains/items/{id}");
        let seen = office.see(Audience::Public, &format!("{path}?crs={uri}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
        let there = &seen.json()["geometry"]["coordinates"];
        for (index, position) in coordinates.as_array().unwrap().iter().enumerate() {
            for axis in [0, 1] {
                let off = (there[index][axis].as_f64().unwrap() - position[axis].as_f64().unwrap()).abs();
                let near = if uri.ends_with("/CRS84") || uri.ends_with("/4326") { 2e-8 } else { 0.001 };
                assert!(off < near, "{uri}: {there} is not {coordinates}");
            }
        }
        assert!(seen.header("etag").starts_with("W/\"1-"), "{}", seen.header("etag"));
        let tag = seen.header("etag").to_owned();
        let mut changed = seen.json();
        changed["properties"]["state"] = json!("in_service");
        let headers = [GEOJSON, WHY, ("content-crs", crs.as_str()), ("if-match", tag.as_str())];
        let put = office.planner("PUT", &path, &headers, &changed).await;
        assert_eq!((put.status, put.header("etag")), (StatusCode::OK, "\"2\""), "{}", put.text());
        let again = office.see(Audience::Public, &format!("{path}?crs={uri}")).await;
        assert_eq!(again.json()["properties"]["state"], "in_service");
        // What came back as it was told is where it was, to the bit.
        assert_eq!(again.json()["geometry"], seen.json()["geometry"], "{uri}");
        let gone = office.planner("DELETE", &path, &[WHY, ("if-match", "\"2\"")], &Value::Null).await;
        assert_eq!((gone.status, gone.body.len()), (StatusCode::NO_CONTENT, 0), "{}", gone.text());
        assert_eq!(office.see(Audience::Public, &path).await.status, StatusCode::NOT_FOUND);
    }
    let entries: Vec<String> = sqlx::query_scalar(
        "select operation || ' ' || role || ' ' || account || ' ' || request_id || ' ' || reason from audit.entry
         where relation = 'utility.line' and account is not null order by id limit 3",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    let said = "predio_planner prueba_planner pedido-9 orden de trabajo 12";
    assert_eq!(entries, ["INSERT", "UPDATE", "DELETE"].map(|operation| format!("{operation} {said}")));
    let notices: i64 =
        office.scalar("select count(*) from service.change where relation = 'utility.line'").await;
    assert_eq!(notices, 13);
}

#[tokio::test]
async fn every_flaw_of_a_feature_is_named() {
    let office = office().await;
    let feature = json!({ "type": "Feature", "properties": {
        "kind": 7, "state": null, "diameter_mm": "ancho", "colour": "azul", "age_years": 3 },
        "geometry": { "type": "LineString", "coordinates": [[195_000, 8_815_000], [8_815_000, 195_000]] } });
    let headers = [GEOJSON, WHY, ("content-crs", UTM)];
    let told = office.planner("POST", "water_mains/items", &headers, &feature).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text());
    let mut found = rules(&told);
    found.sort();
    let wanted = [
        ("geometry-in-area-of-use", "/geometry/coordinates/1"),
        ("property-missing", "/properties/state"),
        ("property-type", "/properties/diameter_mm"),
        ("property-type", "/properties/kind"),
        ("property-unknown", "/properties/colour"),
    ];
    assert_eq!(found, wanted.map(|(rule, pointer)| (rule.to_owned(), pointer.to_owned())));
    // What only the database knows.
    let good = json!({ "type": "LineString", "coordinates": [[195_000, 8_815_000], [195_010, 8_815_000]] });
    let cases = [
        ("state", json!("roto"), "line_state_is_known", "/properties/state"),
        ("diameter_mm", json!(-1), "line_diameter_is_positive", ""),
        ("ubigeo", json!("999999"), "line_ubigeo_fkey", "/properties/ubigeo"),
    ];
    for (property, value, rule, pointer) in cases {
        let mut feature = main(&good);
        feature["properties"][property] = value;
        let told = office.planner("POST", "water_mains/items", &headers, &feature).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told.text());
        assert_eq!(rules(&told), [(rule.to_owned(), pointer.to_owned())]);
    }
    let nowhere =
        json!({ "type": "LineString", "coordinates": [[400_000, 8_815_000], [400_010, 8_815_000]] });
    let told = office.planner("POST", "water_mains/items", &headers, &main(&nowhere)).await;
    assert_eq!(rules(&told)[0].0, "layer_object_lies_in_a_district", "{}", told.text());
    let still =
        json!({ "type": "LineString", "coordinates": [[195_000, 8_815_000], [195_000, 8_815_000.000_1]] });
    let told = office.planner("POST", "water_mains/items", &headers, &main(&still)).await;
    assert_eq!(
        rules(&told),
        [("layer_geometry_is_valid".to_owned(), "/geometry".to_owned())],
        "{}",
        told.text()
    );
    for (headers, parameter) in [
        (vec![WHY, ("content-crs", UTM)], "Content-Type"),
        (vec![GEOJSON, WHY, ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/24878>")], "Content-Crs"),
        (vec![GEOJSON, ("content-crs", UTM)], "reason"),
    ] {
        assert_eq!(
            office.planner("POST", "water_mains/items", &headers, &main(&good)).await.parameter(),
            parameter
        );
    }
    assert_eq!(
        office.planner("POST", "water_mains/items?foo=1", &headers, &main(&good)).await.parameter(),
        "foo"
    );
    let lines: i64 = office.scalar("select count(*) from utility.line").await;
    assert_eq!(lines, 1);
}
