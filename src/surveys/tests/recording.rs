use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use sqlx::Executor;

use super::{call, json as parsed, service};
use crate::access::{Actor, Audience};
use crate::testing::{TestDatabase, database};

async fn district() -> TestDatabase {
    let test = database().await;
    let sql = "begin; set local predio.reason = 'test';
        insert into land.district (ubigeo, name, province, department, source, fictitious, geom)
        values ('999901', 'Ensayo', 'Ensayo', 'Ensayo', 'ensayo', true,
          st_multi(st_makeenvelope(190000, 8810000, 200000, 8820000, 32718)));
        insert into land.corner (ubigeo, x_mm, y_mm, method) values ('999901', 195000000, 8815000000, 'digitised');
        commit;";
    test.owner().await.execute(sql).await.unwrap();
    test
}

async fn post(test: &TestDatabase, office: Audience, query: &str, body: &Value) -> (StatusCode, Value) {
    let service = service(test).await;
    let mut request = Request::post(format!("/api/v1/surveys{query}"))
        .header("host", "predio.test")
        .header("idempotency-key", "levantamiento-1")
        .body(Body::from(body.to_string()))
        .unwrap();
    request.extensions_mut().insert(Actor::inside("luis", office, "1"));
    let (status, _, text) = call(&service, request).await;
    (status, parsed(&text))
}

fn survey() -> Value {
    json!({
        "ubigeo": "999901", "reason": "levantamiento de campo", "method": "gnss", "performed_on": "2025-08-01",
        "control_points": 3, "sigma_m": 0.02,
        "source": { "kind": "plan", "number": "P-7", "office": "Catastro", "issued_on": "2025-08-02", "about_person": false },
        "corners": [
            { "at": [195_000.0, 8_815_000.0], "monument": "hito de concreto" },
            { "at": [195_010.000_4, 8_815_000.0], "sigma_m": 0.05, "method": "total_station" },
        ],
    })
}

#[tokio::test]
async fn a_survey_comes_in_with_its_corners_once() {
    let test = district().await;
    let (status, tried) = post(&test, Audience::Surveyor, "?dry_run=true", &survey()).await;
    assert_eq!((status, &tried["survey"]), (StatusCode::OK, &Value::Null), "{tried}");
    let (status, told) = post(&test, Audience::Surveyor, "", &survey()).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    assert_eq!((&told["corners"][0]["known"], &told["corners"][1]["known"]), (&json!(true), &json!(false)));
    assert_eq!(told["corners"][1]["easting_m"], 195_010.0);
    assert_eq!(post(&test, Audience::Surveyor, "", &survey()).await, (StatusCode::CREATED, told));
    let rows: Vec<(String, Option<f64>, String, Option<String>)> = sqlx::query_as(
        "select c.method, c.sigma_m::float8, c.measured_on::text, c.monument from land.corner c join land.survey s on s.id = c.survey_id
         order by c.x_mm",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    let day = "2025-08-01".to_owned();
    assert_eq!(
        rows,
        [
            ("gnss".to_owned(), Some(0.02), day.clone(), Some("hito de concreto".to_owned())),
            ("total_station".to_owned(), Some(0.05), day, None),
        ]
    );
    // What was known of the corner before stays in the history.
    let was: Vec<String> = sqlx::query_scalar("select method from history.land_corner")
        .fetch_all(&mut test.owner().await)
        .await
        .unwrap();
    assert_eq!(was, ["digitised"]);
    assert_eq!(post(&test, Audience::Planner, "", &survey()).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn psad56_comes_in_by_the_pinned_operation_and_is_recorded() {
    let test = district().await;
    let mut old = survey();
    old["srid"] = json!(24878);
    old["corners"] = json!([{ "at": [196_000.0, 8_816_000.0] }]);
    let (status, told) = post(&test, Audience::Surveyor, "", &old).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    assert_eq!(
        (&told["corners"][0]["easting_m"], &told["corners"][0]["northing_m"]),
        (&json!(195_779.764), &json!(8_815_629.205))
    );
    let (srid, operation): (i32, String) = sqlx::query_as("select srid_in, operation from land.survey")
        .fetch_one(&mut test.owner().await)
        .await
        .unwrap();
    assert!(srid == 24878 && operation.contains("EPSG:1208"), "{operation}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let test = district().await;
    for (member, value, parameter) in [
        ("method", json!("pacing"), "method"),
        ("srid", json!(2154), "srid"),
        ("sigma_m", json!(-1), "sigma_m"),
        ("performed_on", json!("2999-01-01"), "performed_on"),
        ("corners", json!([]), "corners"),
        ("source", Value::Null, "source"),
        ("ubigeo", json!("000000"), "ubigeo"),
    ] {
        let mut wrong = survey();
        wrong[member] = value;
        let (status, told) = post(&test, Audience::Surveyor, "", &wrong).await;
        assert_eq!(
            (status, told["parameter"].as_str()),
            (StatusCode::BAD_REQUEST, Some(parameter)),
            "{told}"
        );
    }
    // Coordinates of the neighbouring zone, axes the wrong way round.
    for at in [[852_266.0, 8_815_774.0], [8_815_000.0, 195_000.0]] {
        let mut wrong = survey();
        wrong["corners"] = json!([{ "at": [195_000.0, 8_815_000.0] }, { "at": at }]);
        let (status, told) = post(&test, Audience::Surveyor, "", &wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
        assert_eq!(told["violations"][0]["rule"], "corner_is_in_its_district");
        assert_eq!(told["violations"][0]["pointer"], "/corners/1/at");
    }
}
