//! Layers beside the lots: networks, buildings, zones, blocks.

use super::*;

fn line(points: &Value, words: &Value) -> Value {
    json!({ "type": "Feature", "properties": words, "geometry": { "type": "LineString", "coordinates": moved(points, 0.0, 0.0) } })
}

/// Water mains and what stands on them.
pub async fn networks() -> Classes {
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
    let mut seen = exactly(&office, &at, &expected).await;
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
    seen.extend(exactly(&office, &at, &[(3, "asset_off_network")]).await);
    seen
}

/// Buildings beside and across parcels.
pub async fn buildings() -> Classes {
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
    let seen = exactly(&office, &at, &expected).await;
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
    seen
}

/// A zone of a class that its plan does not have.
pub async fn zones() -> Classes {
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
    let seen = exactly(&office, &at, &[(2, "zone_class_unknown")]).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["refused"]),
        (StatusCode::OK, &json!(1), &json!([])),
        "{told}"
    );
    seen
}

/// A block whose code another one has: no finding foresees it, the acceptance tells it by the name of the rule.
pub async fn a_rule_that_only_the_database_knows() -> Classes {
    let office = Office::open().await;
    let block = |east: f64, code: &str| {
        polygon(&rectangle(east, 100.0, 30.0, 30.0), &json!({ "SECTOR": "01", "CODIGO": code, "MZ": code }))
    };
    let features = [block(0.0, "001"), block(40.0, "007")];
    let (at, _) =
        office.checked("target=blocks&file_name=manzanas.geojson", geojson(Some(32718), &features)).await;
    exactly(&office, &at, &[]).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["refused"][0]["feature"]),
        (StatusCode::OK, &json!(1), &json!(1)),
        "{told}"
    );
    exactly(&office, &at, &[(1, "refused_by_rule")]).await
}
