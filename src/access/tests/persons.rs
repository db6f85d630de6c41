//! Personal data: told to the titling office, for a purpose, and noted.

use sqlx::Connection;

use super::super::Actor;
use super::*;
use crate::problem::Error;

const HOLDERS: &str = "/api/v1/parcels/15020301001001/holders";

#[tokio::test]
async fn a_reading_is_noted_with_who_what_and_why() {
    let world = world().await;
    let name = world.account(Audience::Titling).await;
    let auditor = world.account(Audience::Auditor).await;
    let token = world.token(&name, &Scope::ALL).await;
    let brings =
        Brings::json(r#"{"purpose":"expediente 001-2026"}"#).with("authorization", format!("Bearer {token}"));
    let told = world.post(HOLDERS, &brings).await;
    assert_eq!((told.status, told.header("cache-control")), (StatusCode::OK, "no-store"), "{}", told.text);
    let holders = told.json()["holders"].clone();
    assert_eq!(holders.as_array().unwrap().len(), 1);
    assert_eq!(
        (&holders[0]["document_number"], &holders[0]["share_denominator"]),
        (&"90817263".into(), &1.into())
    );
    // The auditor sees the reading, and nothing of what was read.
    let mut transaction =
        world.test.database.write_as(&Actor::inside(auditor, Audience::Auditor, "1"), "").await.unwrap();
    let noted: Vec<(String, String, String, String, String, Vec<i64>)> = sqlx::query_as(
        "select account, role, request_id, purpose, relation, row_ids from audit.person_reading",
    )
    .fetch_all(&mut *transaction)
    .await
    .unwrap();
    transaction.rollback().await.unwrap();
    let (account, role, request, purpose, what, ids) = noted[0].clone();
    assert_eq!(noted.len(), 1);
    assert_eq!(
        [account, role, purpose],
        [name, "predio_titling".to_owned(), "expediente 001-2026".to_owned()]
    );
    assert_eq!(
        (request.as_str(), ids),
        (told.header("x-request-id"), vec![holders[0]["party_id"].as_i64().unwrap()])
    );
    assert!(what.starts_with("holders of parcel"), "{what}");
    // Nobody takes a note away.
    for sql in [
        "delete from person.access_log",
        "update person.access_log set purpose = 'nada'",
        "truncate person.access_log",
    ] {
        assert!(sqlx::raw_sql(sql).execute(&mut world.test.owner().await).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn without_purpose_office_or_district_nothing_is_told() {
    let world = world().await;
    let mut tokens = Vec::new();
    for office in
        [Audience::Citizen, Audience::Planner, Audience::Surveyor, Audience::Admin, Audience::Auditor]
    {
        let name = world.account(office).await;
        tokens.push(world.token(&name, &Scope::ALL).await);
    }
    let good = r#"{"purpose":"expediente 001-2026"}"#;
    let titling = world.account(Audience::Titling).await;
    let titling = world.token(&titling, &Scope::ALL).await;
    let ask = async |address: &str, body: &str, token: &str| {
        world.post(address, &Brings::json(body).with("authorization", format!("Bearer {token}"))).await.status
    };
    assert_eq!(world.post(HOLDERS, &Brings::json(good)).await.status, StatusCode::UNAUTHORIZED);
    for token in &tokens {
        assert_eq!(ask(HOLDERS, good, token).await, StatusCode::FORBIDDEN);
    }
    for body in
        ["{}", r#"{"purpose":""}"#, r#"{"purpose":"   ver   "}"#, r#"{"purpose":"expediente","all":true}"#]
    {
        assert_eq!(ask(HOLDERS, body, &titling).await, StatusCode::BAD_REQUEST, "{body}");
    }
    let other = "/api/v1/parcels/15020101001001/holders";
    assert_eq!(ask(other, good, &titling).await, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/v1/parcels/1/holders", good, &titling).await, StatusCode::NOT_FOUND);
    let noted: i64 = sqlx::query_scalar("select count(*) from person.access_log")
        .fetch_one(&mut world.test.owner().await)
        .await
        .unwrap();
    assert_eq!(noted, 0);
}

#[tokio::test]
async fn the_functions_tell_nothing_that_they_cannot_note() {
    let world = world().await;
    world.account(Audience::Titling).await;
    let titling = Actor::inside("titling", Audience::Titling, "1");
    let calls = [
        "select count(*) from person.read_parties(array[1, 2], 'una finalidad')",
        "select count(*) from person.find_parties('90817263', 'una finalidad')",
        "select count(*) from person.holders_of_parcel((select id from land.parcel where ubigeo = '150203'), 'una finalidad', current_date)",
    ];
    for sql in calls {
        // In a transaction that can write no note; without an account.
        let mut reading = world.test.database.read(Audience::Titling).await.unwrap();
        assert!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *reading).await.is_err(), "{sql}");
        let mut nobody = world.test.database.write(Audience::Titling).await.unwrap();
        assert!(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *nobody).await.is_err(), "{sql}");
        // With both: only parties of the account's own district.
        let mut transaction = world.test.database.write_as(&titling, "").await.unwrap();
        let told: i64 = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await.unwrap();
        assert_eq!(told, 1, "{sql}");
    }
    let mut surveyor =
        world.test.database.write_as(&Actor::inside("ana", Audience::Surveyor, "1"), "").await.unwrap();
    assert!(sqlx::query_scalar::<_, i64>(calls[0]).fetch_one(&mut *surveyor).await.is_err());
}

#[tokio::test]
async fn a_right_ends_at_the_border_of_its_districts() {
    let world = world().await;
    world.account(Audience::Surveyor).await;
    let surveyor = Actor::inside("surveyor", Audience::Surveyor, "1");
    let write = async |actor: &Actor, sql: &'static str| {
        let mut transaction = world.test.database.write_as(actor, "una prueba").await?;
        sqlx::raw_sql(sql).execute(&mut *transaction).await?;
        Ok::<_, Error>(transaction.commit().await?)
    };
    let own = "insert into land.source (ubigeo, kind, title) values ('150203', 'plan', 'x')";
    let other = "insert into land.source (ubigeo, kind, title) values ('150201', 'plan', 'x')";
    let moved = "update land.source set ubigeo = '150201' where kind = 'plan'";
    assert!(write(&surveyor, own).await.is_ok());
    for sql in [other, moved] {
        assert!(matches!(write(&surveyor, sql).await, Err(Error::Forbidden(_))), "{sql}");
    }
    // Without a list of districts the right reaches to all.
    assert!(write(&Actor::inside("without-account", Audience::Surveyor, "1"), other).await.is_ok());
    assert!(matches!(write(&surveyor, "update land.source set title = 'y'").await, Err(Error::Forbidden(_))));
    // A right on a unit of another district, which has its district through the unit.
    world.account(Audience::Titling).await;
    let titling = Actor::inside("titling", Audience::Titling, "1");
    let through = "insert into land.tenure_right (property_unit_id, kind) \
        select id, 'lease' from land.property_unit where ubigeo = '150201'";
    assert!(matches!(write(&titling, through).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn a_login_of_ones_own_has_the_same_limits() {
    let world = world().await;
    let login = format!("predio_own_{}", std::process::id());
    world.account_of(&login, &[Audience::Titling]).await;
    let mut superuser = sqlx::postgres::PgConnection::connect(&world.test.superuser_url()).await.unwrap();
    let make = format!(
        "create role {login} nologin; grant predio_titling to {login}; set session authorization {login}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut superuser).await.unwrap();
    let read = "select count(*) from person.holders_of_parcel((select id from land.parcel where ubigeo = $1), 'una finalidad', current_date)";
    let own: i64 = sqlx::query_scalar(read).bind(OWN).fetch_one(&mut superuser).await.unwrap();
    let other = sqlx::query_scalar::<_, i64>(read).bind("150201").fetch_one(&mut superuser).await;
    let table =
        sqlx::query_scalar::<_, i64>("select count(*) from person.party").fetch_one(&mut superuser).await;
    sqlx::raw_sql("reset session authorization").execute(&mut superuser).await.unwrap();
    let noted: Vec<(String, Option<String>, String)> =
        sqlx::query_as("select login, account, role from person.access_log")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
    let gone = format!("drop role {login}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(gone)).execute(&mut superuser).await.unwrap();
    assert_eq!((own, other.is_err(), table.is_err()), (1, true, true));
    assert_eq!(noted, [(login.clone(), None, login)]);
}
