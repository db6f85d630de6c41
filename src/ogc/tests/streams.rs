//! Large answers: bounded memory, cancelled queries, an exhausted pool.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tower::ServiceExt;

use super::{World, world, world_with};
use crate::testing;

fn resident_bytes() -> usize {
    let pages: usize =
        std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

async fn open(world: &World, address: &str) -> axum::response::Response {
    let request = Request::get(address).header("host", "predio.test").body(Body::empty()).unwrap();
    world.router.clone().oneshot(request).await.unwrap()
}

async fn running(world: &World, what: &str) -> i64 {
    sqlx::query_scalar("select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and datname = current_database() and query like '%' || $1 || '%'")
        .bind(what)
        .fetch_one(&mut superuser(world).await)
        .await
        .unwrap()
}

/// Only a superuser sees what others run.
async fn superuser(world: &World) -> PgConnection {
    let options: PgConnectOptions = std::env::var("PREDIO_TEST_URL").unwrap().parse().unwrap();
    PgConnection::connect_with(&options.database(&world.database.name)).await.unwrap()
}

#[tokio::test]
async fn a_million_features_stream_in_bounded_memory() {
    let world = world().await;
    world.items("t_many/items?limit=2000").await;
    let before = resident_bytes();
    let response = open(&world, "/ogc/collections/t_many/items?limit=1000000").await;
    let mut body = response.into_body();
    let (mut bytes, mut peak, mut features, mut tail) = (0, 0, 0, Vec::new());
    while let Some(frame) = body.frame().await {
        let data = frame.unwrap().into_data().unwrap();
        features += data.windows(b"\"Feature\"".len()).filter(|window| window == b"\"Feature\"").count();
        bytes += data.len();
        peak = peak.max(resident_bytes());
        tail = data.to_vec();
    }
    let grown = peak.saturating_sub(before) >> 20;
    assert!(bytes > 140_000_000, "{bytes}");
    assert!(features > 999_000, "{features}");
    assert!(String::from_utf8_lossy(&tail).contains("\"numberReturned\":1000000"));
    assert!(grown < 64, "grew by {grown} MiB");
}

#[tokio::test]
async fn a_stream_is_whole_and_its_next_is_known_before() {
    let world = world().await;
    let response = open(&world, "/ogc/collections/t_many/items?limit=2500&sortby=-name").await;
    let link = response.headers()["link"].to_str().unwrap().to_owned();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["features"].as_array().unwrap().len(), 2500);
    assert_eq!(json["numberReturned"], 2500);
    let next = json["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").unwrap()["href"]
        .as_str()
        .unwrap();
    assert!(link.contains(next));
    let second = world.get(next).await.ids();
    let expected: Vec<i64> = sqlx::query_scalar(
        "select id::bigint from layer.t_many order by name desc, id offset 2500 limit 2500",
    )
    .fetch_all(&mut world.database.owner().await)
    .await
    .unwrap();
    assert_eq!(second, expected);
    let last = world.items("t_many/items?limit=5000&offset=997000").await;
    assert_eq!((last.ids().len(), last.next()), (3000, None));
}

#[tokio::test]
async fn a_page_that_is_too_large_for_memory_becomes_a_stream() {
    let world = world().await;
    let sql = "create table fixture.heavy as select i as id, repeat('x', 50000) as name from generate_series(1, 300) as i; create view layer.t_heavy as select * from fixture.heavy; grant select on layer.t_heavy to predio_public";
    sqlx::Executor::execute(&mut world.database.owner().await, sql).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    let answer = world.items("t_heavy/items?limit=200").await;
    assert_eq!(answer.ids(), (1..=200).collect::<Vec<i64>>());
    assert!(answer.headers.get("etag").is_none());
    assert_eq!(world.get(&answer.next().unwrap()).await.ids(), (201..=300).collect::<Vec<i64>>());
}

#[tokio::test]
async fn the_query_of_a_client_that_left_ends_within_a_second() {
    let world = world().await;
    // Still collecting the first page: the request itself is dropped.
    let request = open(&world, "/ogc/collections/t_slow/items?limit=900");
    assert!(tokio::time::timeout(Duration::from_millis(300), request).await.is_err());
    // Already streaming: the body is dropped, once waiting for a row and once with the channel full.
    for address in ["/ogc/collections/t_many/items?limit=1000000"] {
        let mut body = open(&world, address).await.into_body();
        body.frame().await.unwrap().unwrap();
        // The rows behind the first page are asked for once its bytes are handed on.
        let begun = Instant::now();
        while running(&world, "t_many").await == 0 {
            assert!(begun.elapsed() < Duration::from_secs(20), "the stream never ran");
        }
        drop(body);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((running(&world, "t_slow").await, running(&world, "t_many").await), (0, 0));
    assert_eq!(world.items("t_lots/items?limit=1").await.status, 200);
}

#[tokio::test]
async fn an_exhausted_pool_is_said_and_heals() {
    let mut settings = testing::settings();
    settings.pool = 2;
    settings.pool_wait_ms = 300;
    let world = world_with(settings).await;
    let held = (
        open(&world, "/ogc/collections/t_many/items?limit=1000000").await,
        world.app.source.database.pool().acquire().await.unwrap(),
    );
    let begun = Instant::now();
    let answer = world.items("t_lots/items?limit=1").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "2"));
    assert!(begun.elapsed() < Duration::from_secs(1));
    drop(held);
    let begun = Instant::now();
    assert_eq!(world.items("t_lots/items?limit=1").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn streams_leave_connections_for_small_requests() {
    let mut settings = testing::settings();
    settings.pool = 4;
    settings.pool_wait_ms = 500;
    let world = world_with(settings).await;
    let address = "/ogc/collections/t_many/items?limit=1000000";
    let held = [open(&world, address).await, open(&world, address).await];
    assert!(held.iter().all(|response| response.status() == 200));
    assert_eq!(open(&world, address).await.status(), 503);
    assert_eq!(world.items("t_lots/items?limit=1").await.status, 200);
}
