//! One key, one write: in turn, at once, after failures, over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, Uri, header};
use axum::routing::post;
use http_body_util::BodyExt;
use sqlx::{Connection, Executor, PgConnection};
use tower::ServiceExt;

use super::{Answer, Claim, KEY, Key, Keyed, RequestHash, claim, expire, once};
use crate::database::{Audience, Database};
use crate::problem::{Error, Result};
use crate::testing::{self, TestDatabase};

fn key(text: &str) -> Key {
    Key(text.to_owned())
}

fn request(body: &str) -> RequestHash {
    RequestHash::of(&Method::POST, &Uri::from_static("/api/v1/things"), body.as_bytes())
}

/// A table whose rows are the work done.
async fn with_things() -> TestDatabase {
    let database = testing::database().await;
    let make = "create table service.thing (id bigint generated always as identity, name text);
                grant select, insert on service.thing to predio_planner";
    database.owner().await.execute(make).await.unwrap();
    database
}

async fn insert(connection: &mut PgConnection, name: &str) -> Result<Answer> {
    let id: i64 = sqlx::query_scalar("insert into service.thing (name) values ($1) returning id")
        .bind(name)
        .fetch_one(connection)
        .await?;
    Ok(Answer::json(StatusCode::CREATED, &serde_json::json!({ "name": name, "id": id }))?
        .with(&header::LOCATION, format!("/things/{id}")))
}

async fn write(database: &Database, account: &str, key: &Key, name: &str) -> Result<Answer> {
    let mut transaction = database.write(Audience::Planner).await?;
    let answer = once(&mut transaction, account, key, &request(name), async |connection| {
        insert(connection, name).await
    })
    .await?;
    transaction.commit().await?;
    Ok(answer)
}

async fn things(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("select count(*) from service.thing")
        .fetch_one(&mut database.owner().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_repeated_write_gets_the_same_answer_and_is_done_once() {
    let database = with_things().await;
    let first = write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap();
    let again = write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap();
    assert_eq!((first.status, &first.headers, &first.body), (again.status, &again.headers, &again.body));
    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(things(&database).await, 1);
}

#[tokio::test]
async fn the_same_key_for_another_request_is_refused_and_another_accounts_key_is_another() {
    let database = with_things().await;
    write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap();
    let refused = write(&database.database, "ana", &key("key-number-1"), "b").await.unwrap_err();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let Error::Rules(broken) = refused else { panic!("{refused:?}") };
    assert_eq!(broken[0].rule, "idempotency-key-reused");
    write(&database.database, "luis", &key("key-number-1"), "b").await.unwrap();
    assert_eq!(things(&database).await, 2);
}

#[tokio::test]
async fn of_sixteen_writers_with_one_key_one_works() {
    let database = with_things().await;
    let shared = Arc::new(database.database.clone());
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let shared = shared.clone();
            tokio::spawn(async move { write(&shared, "ana", &key("key-number-1"), "a").await })
        })
        .collect();
    let mut answers = Vec::new();
    for writer in writers {
        answers.push(writer.await.unwrap().unwrap());
    }
    assert_eq!(things(&database).await, 1);
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
}

#[tokio::test]
async fn a_failed_write_leaves_its_key_free_for_the_one_that_waited() {
    let database = with_things().await;
    let mut first = database.database.write(Audience::Planner).await.unwrap();
    let claimed = claim(&mut first, "ana", &key("key-number-1"), &request("a")).await.unwrap();
    assert!(matches!(claimed, Claim::New(_)));
    let other = database.database.clone();
    let second = tokio::spawn(async move { write(&other, "ana", &key("key-number-1"), "a").await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!second.is_finished(), "the second did not wait for the first");
    first.rollback().await.unwrap();
    assert!(!second.await.unwrap().unwrap().replayed);
    assert_eq!(things(&database).await, 1);
}

#[tokio::test]
async fn who_waits_too_long_gets_a_conflict() {
    let database = with_things().await;
    let mut first = database.database.write(Audience::Planner).await.unwrap();
    claim(&mut first, "ana", &key("key-number-1"), &request("a")).await.unwrap();
    let refused = write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap_err();
    assert_eq!(refused.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn keys_expire_after_a_week_and_nobody_reads_them() {
    let database = with_things().await;
    write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap();
    write(&database.database, "ana", &key("key-number-2"), "b").await.unwrap();
    let age = "update service.idempotency_key set created_at = now() - interval '8 days' where key = 'key-number-1'";
    database.owner().await.execute(age).await.unwrap();
    assert_eq!(expire(&database.database).await.unwrap(), 1);
    assert!(!write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap().replayed);
    assert!(write(&database.database, "ana", &key("key-number-2"), "b").await.unwrap().replayed);
    for audience in [Audience::Public, Audience::Planner, Audience::Auditor] {
        let mut reader = database.database.read(audience).await.unwrap();
        let read = sqlx::query("select from service.idempotency_key").execute(&mut *reader).await;
        assert!(read.is_err(), "{audience:?} reads the keys of others");
    }
}

#[tokio::test]
async fn an_answer_is_never_rewritten() {
    let database = with_things().await;
    write(&database.database, "ana", &key("key-number-1"), "a").await.unwrap();
    let mut app = PgConnection::connect(&database.app_url()).await.unwrap();
    app.execute("set role predio_planner").await.unwrap();
    let forged = "select service.keep_answer('ana', 'key-number-1', 200, '[]', '{}')";
    assert!(app.execute(forged).await.is_err());
}

/// As a handler writes it: that this compiles shows that the future may move between threads.
async fn handler(database: Database, keyed: Keyed<serde_json::Value>) -> Result<Answer> {
    let name = keyed.body["name"].as_str().unwrap_or_default().to_owned();
    let mut transaction = database.write(Audience::Planner).await?;
    let answer = once(&mut transaction, "ana", &keyed.key, &keyed.request, async |connection| {
        insert(connection, &name).await
    })
    .await?;
    transaction.commit().await?;
    Ok(answer)
}

#[tokio::test]
async fn over_http_the_header_is_asked_for_and_the_answer_repeated() {
    let database = with_things().await;
    let pool = database.database.clone();
    let router = Router::new().route("/api/v1/things", post(move |keyed| handler(pool.clone(), keyed)));
    let send = async |key: Option<&str>, body: &str| {
        let mut request = Request::post("/api/v1/things");
        if let Some(key) = key {
            request = request.header(KEY, key);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (parts.status.as_u16(), parts.headers, body)
    };
    let (status, headers, first) = send(Some("\"a-key-of-mine\""), r#"{"name":"ñ"}"#).await;
    assert_eq!((status, headers[header::LOCATION].to_str().unwrap()), (201, "/things/1"), "{first}");
    assert_eq!(first, r#"{"name":"ñ","id":1}"#);
    let (status, headers, again) = send(Some("a-key-of-mine"), r#"{"name":"ñ"}"#).await;
    assert_eq!((status, again), (201, first));
    assert_eq!(headers["idempotency-replayed"], "true");
    assert_eq!(send(Some("a-key-of-mine"), r#"{"name":"n"}"#).await.0, 422);
    for key in [None, Some("short"), Some("with a space"), Some("")] {
        let (status, _, body) = send(key, "{}").await;
        assert_eq!(status, 400, "{key:?}");
        assert!(body.contains("Idempotency-Key"), "{body}");
    }
    assert_eq!(send(Some("another-key"), "{").await.0, 400);
    assert_eq!(things(&database).await, 1);
}
