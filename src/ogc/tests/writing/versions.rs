//! No update is lost, none is done twice.

use sqlx::Connection;

use super::*;

#[tokio::test]
async fn no_update_is_lost() {
    let office = office().await;
    let path = "water_mains/items/1";
    let seen = office.see(Audience::Planner, path).await.json();
    let mut mine = seen.clone();
    mine["properties"]["state"] = json!("damaged");
    let mut silent = mine.clone();
    silent["properties"].as_object_mut().unwrap().remove("version");
    let put = |headers: Vec<(&'static str, &'static str)>, query: &'static str, body: Value| {
        let (office, path) = (&office, format!("{path}{query}"));
        async move { office.planner("PUT", &path, &headers, &body).await }
    };
    for headers in [vec![GEOJSON, WHY], vec![GEOJSON, WHY, ("if-match", "*")]] {
        assert_eq!(put(headers, "", silent.clone()).await.status, StatusCode::PRECONDITION_REQUIRED);
    }
    assert_eq!(
        office.planner("DELETE", path, &[WHY], &Value::Null).await.status,
        StatusCode::PRECONDITION_REQUIRED
    );
    // Another office was first.
    let other = "begin; set local predio.reason = 'otro'; set local role predio_planner;
        update utility.line set material = 'AC', diameter_mm = 90 where id = 1; commit;";
    let mut superuser = sqlx::PgConnection::connect(&office.test.superuser_url()).await.unwrap();
    superuser.execute(other).await.unwrap();
    let said = [
        (vec![GEOJSON, WHY], "", mine.clone()),
        (vec![GEOJSON, WHY], "?version=1", silent.clone()),
        (vec![GEOJSON, WHY, ("if-match", "\"1\"")], "", silent.clone()),
        (vec![GEOJSON, WHY, ("if-match", "W/\"1-8f00\"")], "", mine.clone()),
        (vec![GEOJSON, WHY, ("if-match", "\"xyz\"")], "", mine.clone()),
    ];
    for (headers, query, body) in said {
        let told = put(headers, query, body).await;
        assert_eq!(told.status, StatusCode::PRECONDITION_FAILED, "{}", told.text());
    }
    let told = put(vec![GEOJSON, WHY], "", mine.clone()).await.json()["detail"].as_str().unwrap().to_owned();
    assert!(told.contains("diameter_mm, material (planner, "), "{told}");
    let told = office.planner("DELETE", &format!("{path}?version=1"), &[WHY], &Value::Null).await;
    assert_eq!(told.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(put(vec![GEOJSON, WHY], "?version=2", silent).await.status, StatusCode::OK);
    // A desktop program keeps the version from before its own last write.
    let mut behind = mine.clone();
    behind["properties"]["version"] = json!(2);
    behind["properties"]["material"] = json!("PVC-O");
    assert_eq!(put(vec![GEOJSON, WHY], "", behind).await.status, StatusCode::OK);
    let told = put(vec![GEOJSON, WHY, ("if-match", "\"2\"")], "", mine).await;
    assert_eq!(told.status, StatusCode::PRECONDITION_FAILED);
    let unknown = office.planner("PUT", "water_mains/items/999", &[GEOJSON, WHY], &seen).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

/// QGIS says no version when it deletes.
#[tokio::test]
async fn what_nobody_else_wrote_is_deleted_without_a_version() {
    let office = office().await;
    let line = json!({ "type": "LineString", "coordinates": [[195_000, 8_815_000], [195_010, 8_815_000]] });
    let headers = [GEOJSON, WHY, ("content-crs", UTM)];
    let mut drawn = Vec::new();
    for _ in 0..2 {
        let told = office.planner("POST", "water_mains/items", &headers, &main(&line)).await;
        drawn.push(told.json()["id"].as_i64().unwrap());
    }
    let [mine, shared] = [drawn[0], drawn[1]].map(|id| format!("water_mains/items/{id}"));
    let again = office.planner("PUT", &format!("{mine}?version=1"), &headers, &main(&line)).await;
    assert_eq!(again.status, StatusCode::OK);
    let other = format!(
        "begin; set local predio.reason = 'otro'; set local role predio_planner;
         update utility.line set material = 'AC' where id = {}; commit;",
        drawn[1]
    );
    let mut superuser = sqlx::PgConnection::connect(&office.test.superuser_url()).await.unwrap();
    superuser.execute(sqlx::AssertSqlSafe(other)).await.unwrap();
    let told = office.planner("DELETE", &shared, &[WHY], &Value::Null).await;
    assert_eq!(told.status, StatusCode::PRECONDITION_REQUIRED);
    assert!(told.text().contains("por la conexión PostGIS"), "{}", told.text());
    assert_eq!(office.planner("DELETE", &mine, &[WHY], &Value::Null).await.status, StatusCode::NO_CONTENT);
    let left: Vec<i64> = sqlx::query_scalar("select id from utility.line where id = any($1)")
        .bind(&drawn)
        .fetch_all(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(left, [drawn[1]]);
}

#[tokio::test]
async fn of_many_writers_of_one_version_one_wins() {
    let office = office().await;
    let seen = office.see(Audience::Planner, "water_mains/items/1").await.json();
    let writers = (0..16).map(|index| {
        let (office, mut mine) = (&office, seen.clone());
        mine["properties"]["name"] = json!(format!("Red {index}"));
        async move {
            let headers = [GEOJSON, WHY, ("if-match", "\"1\"")];
            office.planner("PUT", "water_mains/items/1", &headers, &mine).await.status.as_u16()
        }
    });
    let mut answers = futures_util::future::join_all(writers).await;
    answers.sort_unstable();
    assert_eq!(answers, [vec![200], vec![412; 15]].concat());
    let version: i32 = office.scalar("select version from utility.line where id = 1").await;
    assert_eq!(version, 2);
}

#[tokio::test]
async fn a_repeated_write_is_done_once() {
    let office = office().await;
    let line = json!({ "type": "LineString", "coordinates": [[195_000, 8_815_000], [195_010, 8_815_000]] });
    let headers = [GEOJSON, WHY, ("content-crs", UTM), ("idempotency-key", "una-sola-vez")];
    let first = office.planner("POST", "water_mains/items", &headers, &main(&line)).await;
    let again = office.planner("POST", "water_mains/items", &headers, &main(&line)).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!((first.text(), first.header("location")), (again.text(), again.header("location")));
    let lines: i64 = office.scalar("select count(*) from utility.line").await;
    assert_eq!(lines, 2);
}
