//! Who may write what, and where it is said.

use super::*;

#[tokio::test]
async fn options_and_the_api_document_say_what_an_office_may() {
    let office = office().await;
    let allowed = async |who: Option<Audience>, path: &str| {
        let answer = office.call(who, "OPTIONS", path, &[], &Value::Null).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("allow").contains("POST"), !answer.header("accept-post").is_empty());
        answer.header("allow").to_owned()
    };
    let (planner, surveyor) = (Some(Audience::Planner), Some(Audience::Surveyor));
    assert_eq!(allowed(planner, "water_mains/items").await, "GET,HEAD,OPTIONS,POST");
    assert_eq!(allowed(planner, "water_mains/items/1").await, "GET,HEAD,OPTIONS,PUT,DELETE");
    assert_eq!(allowed(surveyor, "parcels/items").await, "GET,HEAD,OPTIONS,POST");
    assert_eq!(allowed(planner, "zone_drafts/items").await, "GET,HEAD,OPTIONS,POST");
    for (who, path) in [
        (None, "water_mains/items"),
        (surveyor, "water_mains/items/1"),
        (planner, "parcels/items/1"),
        (planner, "district/items"),
    ] {
        assert_eq!(allowed(who, path).await, "GET,HEAD,OPTIONS", "{path}");
    }
    let preflight = [("access-control-request-method", "PUT"), ("origin", "https://mapa.example")];
    let told = office.call(None, "OPTIONS", "water_mains/items/1", &preflight, &Value::Null).await;
    assert!(told.header("access-control-allow-methods").contains("PUT"));
    // Who may not, cannot.
    let line = json!({ "type": "LineString", "coordinates": [[195_000, 8_815_000], [195_010, 8_815_000]] });
    let headers = [GEOJSON, WHY, ("content-crs", UTM)];
    let status = async |who, method, path: &str| office.call(who, method, path, &headers, &main(&line)).await;
    assert_eq!(status(None, "POST", "water_mains/items").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(status(surveyor, "POST", "water_mains/items").await.status, StatusCode::FORBIDDEN);
    assert_eq!(status(planner, "PATCH", "water_mains/items/1").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let closed = status(planner, "POST", "district/items").await;
    assert_eq!((closed.status, closed.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET,HEAD,OPTIONS"));
    assert_eq!(
        status(Some(Audience::Citizen), "POST", "zone_drafts/items").await.status,
        StatusCode::NOT_FOUND
    );
    // The document has the operations of whoever asks.
    for (who, wanted) in [(None, false), (planner, true), (surveyor, false)] {
        let document = office.call(who, "GET", "/ogc/api", &[], &Value::Null).await.json();
        let path = &document["paths"]["/collections/water_mains/items"];
        assert_eq!(path["post"].is_object(), wanted, "{who:?}");
        assert!(path["get"].is_object());
        let schema = office.call(who, "GET", "water_mains/schema", &[], &Value::Null).await.json();
        assert_eq!(schema["properties"]["state"]["readOnly"].is_null(), wanted);
        assert_eq!(schema["properties"]["age_years"]["readOnly"], true);
        assert_eq!(schema["required"], if wanted { json!(["kind", "state", "geom"]) } else { Value::Null });
    }
}

#[tokio::test]
async fn a_right_ends_at_its_district() {
    let office = office().await;
    let limit = "begin; set local predio.reason = 'prueba';
        insert into access.account (name, password_hash, offices, districts)
        values ('prueba_planner', 'x', array['planner'], array['150203']); commit;";
    office.test.owner().await.execute(limit).await.unwrap();
    let headers = [GEOJSON, WHY, ("content-crs", UTM)];
    for (x, wanted) in [(195_000, StatusCode::CREATED), (215_000, StatusCode::FORBIDDEN)] {
        let line = json!({ "type": "LineString", "coordinates": [[x, 8_815_000], [x + 10, 8_815_000]] });
        let told = office.planner("POST", "water_mains/items", &headers, &main(&line)).await;
        assert_eq!(told.status, wanted, "{}", told.text());
    }
}
