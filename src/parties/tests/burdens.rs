//! Rights that end, restrictions and responsibilities that are put on a unit and taken off it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::acts::{held, transfer};
use super::desk::{Desk, body};
use super::{begin, refused_by, run};
use crate::access::{Actor, Audience};
use crate::testing::TestDatabase;

/// As [`held`], and the parcel L-1 stands in unit 1.
async fn with_parcel() -> TestDatabase {
    let test = held().await;
    let mut owner = test.owner().await;
    let mut tx = begin(&mut owner).await;
    run(
        &mut tx,
        "insert into land.parcel (ubigeo, code, kind) values ('999901', 'L-1', 'rural'), ('999901', 'L-2', 'rural');
         insert into land.property_unit_parcel (property_unit_id, parcel_id) values (1, 1);
         insert into land.norm (code, title, certainty) values ('Norma ficticia', 'Norma ficticia', 'KU');",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    test
}

/// Titles of the restrictions on unit 1 on a day.
async fn burdens(desk: &Desk, day: &str) -> Vec<String> {
    let (status, unit) = desk.get(&format!("/api/v1/units/1?as_of={day}")).await;
    assert_eq!(status, StatusCode::OK, "{unit}");
    let titles = unit["restrictions"].as_array().unwrap().iter();
    titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

fn ban(day: &str) -> Value {
    body(
        json!({ "kind": "transfer_ban", "title": "No transferir (ficticia)", "parcel": "L-1", "norm": "Norma ficticia",
        "office": "Registros (ficticio)", "effective_on": day }),
    )
}

#[tokio::test]
async fn a_usufruct_ends_with_its_holder_and_comes_back_when_that_was_wrong() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let ends = body(json!({ "right": 2, "effective_on": "2021-03-01" }));
    let (status, tried) = desk.attempt(1, "extinction", ends.clone()).await;
    assert_eq!((status, &tried["broken"]), (StatusCode::OK, &json!([])), "{tried}");
    let (status, report) = desk.act(1, "extinction", ends).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    assert_eq!(report["entries"][0]["part"], "ends");
    let kinds = async |day: &str| {
        let (_, unit) = desk.get(&format!("/api/v1/units/1?as_of={day}")).await;
        let rights = unit["rights"].as_array().unwrap().iter();
        rights.map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds("2021-02-28").await, ["ownership", "usufruct"]);
    assert_eq!(kinds("2021-03-01").await, ["ownership"]);
    let (status, told) = desk.act(1, "annulment", body(json!({ "annuls": report["act_id"] }))).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    assert_eq!(kinds("2026-01-01").await, ["ownership", "usufruct"]);
}

#[tokio::test]
async fn of_two_who_hold_a_right_one_share_does_not_end_alone() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    desk.act(1, "transfer", transfer(2, "1/2", 8, "2020-05-05")).await;
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let rights = unit["rights"].as_array().unwrap();
    let of_eight = rights.iter().find(|one| one["party"] == 8).unwrap()["right"].clone();
    let (_, report) = desk.attempt(1, "extinction", body(json!({ "right": of_eight }))).await;
    let told = &report["broken"][0];
    assert_eq!(
        (&told["name"], &told["sum"]),
        (&json!("tenure_right_shares_sum_to_one"), &json!("1/2")),
        "{report}"
    );
}

#[tokio::test]
async fn a_restriction_is_put_on_forbids_a_sale_and_is_taken_off() {
    let test = with_parcel().await;
    let desk = Desk::of(&test).await;
    let (_, tried) = desk.attempt(1, "burden", ban("2021-01-01")).await;
    assert_eq!((&tried["broken"], &tried["burdens"][0]["part"]), (&json!([]), &json!("begins")), "{tried}");
    assert!(burdens(&desk, "2026-01-01").await.is_empty());
    let (status, report) = desk.act(1, "burden", ban("2021-01-01")).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    assert!(burdens(&desk, "2020-12-31").await.is_empty());
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let burden = &unit["restrictions"][0];
    assert_eq!((&burden["parcel"], &burden["norm"]), (&json!("L-1"), &json!("Norma ficticia")));
    assert_eq!(burden["source"], report["source_id"]);
    assert!(unit["sources"].as_array().unwrap().iter().any(|one| one["id"] == report["source_id"]));
    // Who looked before it was put on does not sell past it.
    let late = [("idempotency-key", "venta-0001"), ("if-match", "\"1\"")];
    let (status, _) =
        desk.post("/api/v1/units/1/rights/transfer", &late, transfer(1, "1/1", 2, "2022-01-01")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (_, told) = desk.attempt(1, "transfer", transfer(1, "1/1", 2, "2022-01-01")).await;
    assert_eq!(told["broken"][0]["name"], "restriction_forbids_transfer");

    let off = |day: &str| body(json!({ "restriction": burden["restriction"], "effective_on": day }));
    let (_, told) = desk.attempt(1, "release", off("2021-01-01")).await;
    assert_eq!(told["broken"][0]["name"], "restriction_is_in_force", "never in force for a day: {told}");
    let (status, released) = desk.act(1, "release", off("2023-06-01")).await;
    assert_eq!(
        (status, &released["burdens"][0]["part"]),
        (StatusCode::CREATED, &json!("ends")),
        "{released}"
    );
    assert_eq!(burdens(&desk, "2023-05-31").await, ["No transferir (ficticia)"]);
    assert!(burdens(&desk, "2023-06-01").await.is_empty());
    let (_, told) = desk.attempt(1, "release", off("2024-01-01")).await;
    assert_eq!(told["broken"][0]["name"], "restriction_is_in_force");

    // The chain is undone from its end; what was recorded stays in the history.
    let annul = |act: &Value| body(json!({ "annuls": act["act_id"] }));
    let (status, told) = desk.act(1, "annulment", annul(&report)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["violations"][0]["rule"], "act_is_the_last_on_its_entries");
    let (status, told) = desk.act(1, "annulment", annul(&released)).await;
    assert_eq!((status, &told["burdens"][0]["part"]), (StatusCode::CREATED, &json!("restored")), "{told}");
    assert_eq!(burdens(&desk, "2026-01-01").await.len(), 1);
    let (status, told) = desk.act(1, "annulment", annul(&report)).await;
    assert_eq!((status, &told["burdens"][0]["part"]), (StatusCode::CREATED, &json!("annulled")), "{told}");
    assert!(burdens(&desk, "2022-01-01").await.is_empty());
    let kept: i64 = sqlx::query_scalar("select count(*) from history.land_restriction_version")
        .fetch_one(&mut test.owner().await)
        .await
        .unwrap();
    assert_eq!(kept, 3, "released, restored, annulled");
}

#[tokio::test]
async fn what_a_restriction_names_wrongly_is_told() {
    let test = with_parcel().await;
    let desk = Desk::of(&test).await;
    for (asked, rule) in [
        (json!({ "kind": "mortgage", "title": "Hipoteca", "parcel": "L-2" }), "restriction_lies_on_its_unit"),
        (json!({ "kind": "mortgage", "title": "Hipoteca", "norm": "Ninguna" }), "norm_is_recorded"),
        (json!({ "kind": "mortgage", "title": " " }), "restriction_says_what"),
        (
            json!({ "kind": "mortgage", "title": "Hipoteca", "effective_on": "2020-01-02", "valid_until": "2020-01-01" }),
            "period_is_not_empty",
        ),
    ] {
        let (status, problem) = desk.act(1, "burden", body(asked)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["violations"][0]["rule"], rule);
    }
    let (status, _) = desk.act(1, "burden", body(json!({ "kind": "curse", "title": "Nada" }))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, report) = desk
        .act(1, "burden", body(json!({ "kind": "responsibility", "title": "Mantener el cerco (ficticia)" })))
        .await;
    assert_eq!(report["burdens"][0]["kind"], "responsibility", "{report}");
}

/// A login of one's own meets the same rule.
#[tokio::test]
async fn in_sql_restrictions_change_by_an_act_too() {
    let test = with_parcel().await;
    let desk = Desk::of(&test).await;
    desk.act(1, "burden", ban("2021-01-01")).await;
    let rosa = Actor::inside("rosa", Audience::Titling, "1");
    let write = async |sql: &str| {
        let mut tx = test.database.write_as(&rosa, "una prueba").await.unwrap();
        run(&mut tx, sql).await?;
        tx.commit().await
    };
    let ends = "update land.restriction_version set valid = daterange(lower(valid), '2024-01-01') where restriction_id = 1;";
    assert_eq!(refused_by(write(ends).await).as_deref(), Some("restriction_changes_by_act"));
    let act = |unit: i64| {
        format!(
            "insert into land.act (property_unit_id, kind, effective_on, source_id) values ({unit}, 'release', '2024-01-01', 1);"
        )
    };
    assert_eq!(refused_by(write(&(act(2) + ends)).await).as_deref(), Some("act_is_about_its_unit"));
    assert!(write("delete from land.restriction_version").await.is_err());
    assert_eq!(refused_by(write("select land.undo_restrictions(1)").await).as_deref(), Some("act_is_there"));
    write(&(act(1) + ends)).await.unwrap();
    assert!(burdens(&desk, "2024-01-01").await.is_empty());
}
