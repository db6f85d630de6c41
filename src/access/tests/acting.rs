//! Who acts, over HTTP and on a real database.

use std::cell::Cell;

use super::super::{Actor, Audience};
use super::*;
use crate::database;
use crate::problem::{Error, Result};

/// As an actor that was put into the request inside the process.
async fn get_as(router: &Router, path: &str, actor: Option<Actor>) -> (StatusCode, HeaderMap, String) {
    let mut request = Request::get(path).header(header::HOST, "predio.test").body(Body::empty()).unwrap();
    if let Some(actor) = actor {
        request.extensions_mut().insert(actor);
    }
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

/// A district, which everything on the land belongs to.
async fn district(test: &TestDatabase) {
    let sql = "begin; set local predio.reason = 'a district';
        insert into land.district (ubigeo, name, province, department, source, geom) values
        ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', st_multi(st_makeenvelope(190000, 8810000, 200000, 8820000, 32718)));
        commit;";
    sqlx::raw_sql(sql).execute(&mut test.owner().await).await.unwrap();
}

#[tokio::test]
async fn a_staff_layer_is_seen_by_the_offices_and_by_nobody_else() {
    let test = testing::database().await;
    let router = service(&test, testing::settings()).await;
    let planner = || Some(Actor::inside("ana", Audience::Planner, "1"));
    let citizen = || Some(Actor::inside("eva", Audience::Citizen, "1"));
    for path in ["/ogc/collections/zone_drafts", "/ogc/collections/zone_drafts/items", "/capas/zone_drafts"] {
        let (status, headers, _) = get_as(&router, path, planner()).await;
        assert_eq!(
            (status, headers[header::CACHE_CONTROL].to_str().unwrap()),
            (StatusCode::OK, "private, no-cache")
        );
        assert!(headers[header::VARY].to_str().unwrap().contains("Cookie"), "{path}");
        for other in [None, citizen()] {
            assert_eq!(get_as(&router, path, other).await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let (_, _, seen) = get_as(&router, "/ogc/collections?f=json", planner()).await;
    assert!(seen.contains("zone_drafts"));
    let (_, headers, seen) = get_as(&router, "/ogc/collections?f=json", None).await;
    assert!(!seen.contains("zone_drafts"));
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn a_write_says_who_acts_and_why() {
    let test = testing::database().await;
    let surveyor = Actor::inside("ana", Audience::Surveyor, "request-7");
    let reason = "it's; a 'reason'";
    district(&test).await;
    let mut transaction = test.database.write_as(&surveyor, reason).await.unwrap();
    sqlx::query("insert into land.source (ubigeo, kind, title) values ('150203', 'survey_plan', 'P-1')")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let noted: (String, String, String, String) = sqlx::query_as(
        "select account, role, request_id, reason from audit.entry where relation = 'land.source' order by id desc limit 1",
    )
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    let wanted = ["ana", "predio_surveyor", "request-7", reason].map(str::to_owned);
    assert_eq!([noted.0, noted.1, noted.2, noted.3], wanted);
    // Nothing of it stays on the connection.
    let mut next = test.database.write(Audience::Surveyor).await.unwrap();
    let left: Option<String> =
        sqlx::query_scalar("select nullif(current_setting('predio.reason', true), '')")
            .fetch_one(&mut *next)
            .await
            .unwrap();
    assert_eq!(left, None);
}

#[tokio::test]
async fn a_write_that_lost_a_race_is_tried_again() {
    let test = testing::database().await;
    let (database, tried, refused) = (test.database.clone(), Cell::new(0), Cell::new(0));
    let fail = async |code: &str| -> Result<()> {
        let mut transaction = database.write(Audience::Public).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("do $$ begin raise sqlstate '{code}'; end $$")))
            .execute(&mut *transaction)
            .await?;
        Ok(())
    };
    let won = database::retry(|| async {
        tried.set(tried.get() + 1);
        if tried.get() < 3 { fail("40001").await.map(|()| 0) } else { Ok(tried.get()) }
    });
    assert_eq!(won.await.unwrap(), 3);
    assert!(matches!(database::retry(|| fail("40P01")).await, Err(Error::Overloaded)));
    let other = database::retry(|| {
        refused.set(refused.get() + 1);
        fail("23514")
    });
    assert!(matches!(other.await, Err(Error::Database(_))));
    assert_eq!(refused.get(), 1);
}
