//! Acts over HTTP: dry run, exact shares, idempotency, lost updates, corrections, annulments, what SQL may do.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::desk::{Desk, body};
use super::{begin, refused_by, register, run};
use crate::access::{Actor, Audience};
use crate::testing::TestDatabase;

/// Unit 1 belongs to party 1 since 2010, and a usufruct over it to party 9.
pub(super) async fn held() -> TestDatabase {
    let test = register().await;
    let mut owner = test.owner().await;
    let mut tx = begin(&mut owner).await;
    run(
        &mut tx,
        "insert into land.tenure_right (property_unit_id, kind) values (1, 'ownership'), (1, 'usufruct');
         insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id)
         values (1, '[2010-01-01,)', 1, 1, 1, 1), (2, '[2010-01-01,)', 9, 1, 1, 1);",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    test
}

pub(super) fn transfer(right: i64, share: &str, to: i64, day: &str) -> Value {
    body(json!({ "right": right, "share": share, "to": [{ "party": to }], "effective_on": day }))
}

/// Shares of ownership in unit 1 on a day, by party.
async fn shares(desk: &Desk, day: &str) -> Vec<(i64, String)> {
    let (status, unit) = desk.get(&format!("/api/v1/units/1?as_of={day}")).await;
    assert_eq!(status, StatusCode::OK, "{unit}");
    let mut shares: Vec<(i64, String)> = unit["rights"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["kind"] == "ownership")
        .map(|one| (one["party"].as_i64().unwrap(), one["share"].as_str().unwrap().to_owned()))
        .collect();
    shares.sort();
    shares
}

fn said(shares: &[(i64, &str)]) -> Vec<(i64, String)> {
    shares.iter().map(|(party, share)| (*party, (*share).to_owned())).collect()
}

#[tokio::test]
async fn a_share_is_tried_transferred_once_and_told_again() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let act = transfer(1, "1/6", 2, "2020-05-05");
    let (status, report) = desk.attempt(1, "transfer", act.clone()).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!((&report["broken"], &report["act_id"]), (&json!([]), &Value::Null));
    let lines: Vec<_> = report["shares"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["party"].as_i64().unwrap(), line["before"].as_str(), line["after"].as_str()))
        .collect();
    assert_eq!(lines, [(1, Some("1/1"), Some("5/6")), (2, None, Some("1/6")), (9, Some("1/1"), Some("1/1"))]);
    assert_eq!(shares(&desk, "2026-01-01").await, said(&[(1, "1/1")]));

    let path = "/api/v1/units/1/rights/transfer";
    let key = ("idempotency-key", "acto-0001");
    assert_eq!(desk.post(path, &[key], act.clone()).await.0, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(desk.post(path, &[("if-match", "\"1\"")], act.clone()).await.0, StatusCode::BAD_REQUEST);
    let headers = [key, ("if-match", "\"1\"")];
    let (status, first) = desk.post(path, &headers, act.clone()).await;
    assert_eq!((status, &first["version"]), (StatusCode::CREATED, &json!("2")), "{first}");
    assert_eq!(desk.post(path, &headers, act.clone()).await, (StatusCode::CREATED, first.clone()));
    assert_eq!(shares(&desk, "2026-01-01").await, said(&[(1, "5/6"), (2, "1/6")]));
    assert_eq!(shares(&desk, "2020-05-04").await, said(&[(1, "1/1")]));

    // Who saw the rights before learns what happened since, and in which office.
    let late = [("idempotency-key", "acto-0002"), ("if-match", "\"1\"")];
    let (status, told) = desk.post(path, &late, act).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(told["detail"].as_str().unwrap().contains("transfer, predio_titling, 20"), "{told}");
    let noted: (String, String, String, i64) = sqlx::query_as(
        "select account, role, reason, source_id from audit.entry where relation = 'land.act'",
    )
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    let source = first["source_id"].as_i64().unwrap();
    assert_eq!(noted, ("rosa".to_owned(), "predio_titling".to_owned(), "compraventa".to_owned(), source));
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let sources = unit["sources"].as_array().unwrap();
    let told = sources.iter().find(|one| one["id"] == source).unwrap();
    assert_eq!((&told["number"], &told["title"]), (&json!("123-2026"), &Value::Null));
}

#[tokio::test]
async fn every_broken_rule_is_told_with_its_norm() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let wrong = body(
        json!({ "right": 1, "share": "1/2", "to": [{ "party": 1, "part": "1/3" }, { "party": 77, "part": "1/3" }] }),
    );
    let (status, report) = desk.attempt(1, "transfer", wrong.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let names: Vec<_> =
        report["broken"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["parts_sum_to_one", "transfer_goes_to_another"]);
    assert_eq!(report["broken"][0]["norm"], "Código Civil, art. 969");
    let (status, problem) = desk.act(1, "transfer", wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["violations"][1]["rule"], "transfer_goes_to_another");
    for (operation, asked, rule) in [
        ("transfer", json!({ "right": 1, "to": [{ "party": 77 }] }), "party_is_recorded"),
        ("transfer", json!({ "right": 5, "to": [{ "party": 2 }] }), "right_is_in_force"),
        (
            "transfer",
            json!({ "right": 1, "to": [{ "party": 2 }], "effective_on": "2009-12-31" }),
            "right_is_in_force",
        ),
        (
            "transfer",
            json!({ "right": 1, "to": [{ "party": 2 }], "effective_on": "2999-01-01" }),
            "act_takes_effect_by_today",
        ),
        ("succession", json!({ "right": 2, "to": [{ "party": 2 }] }), "right_ends_with_its_holder"),
        (
            "constitution",
            json!({ "right_kind": "ownership", "to": [{ "party": 2 }] }),
            "tenure_right_shares_sum_to_one",
        ),
        ("annulment", json!({ "annuls": 1 }), "act_is_there"),
        (
            "correction",
            json!({ "entries": [{ "entry": 1, "share": "1/2" }] }),
            "tenure_right_shares_sum_to_one",
        ),
    ] {
        let (status, report) = desk.attempt(1, operation, body(asked.clone())).await;
        let name = report["broken"][0]["name"].as_str();
        assert_eq!((status, name), (StatusCode::OK, Some(rule)), "{operation} {asked}: {report}");
        let (status, problem) = desk.act(1, operation, body(asked)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["violations"][0]["rule"], rule);
    }
    let gone = json!({ "reason": "venta", "source_id": 99, "right": 1, "to": [{ "party": 2 }] });
    let (_, report) = desk.attempt(1, "transfer", gone).await;
    assert_eq!(report["broken"][0]["name"], "act_source_is_recorded", "{report}");
    assert_eq!(
        desk.attempt(9, "transfer", transfer(1, "1/1", 2, "2020-01-01")).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(desk.attempt(1, "donation", json!({})).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn heirs_get_exact_parts_and_usufruct_stays() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let heirs: Vec<Value> = (2..=8).map(|party| json!({ "party": party, "part": "1/7" })).collect();
    let act = body(json!({ "right": 1, "to": heirs, "effective_on": "2019-03-02" }));
    let (status, report) = desk.act(1, "succession", act).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    let seventh: Vec<(i64, &str)> = (2..=8).map(|party| (party, "1/7")).collect();
    assert_eq!(shares(&desk, "2019-03-02").await, said(&seventh));
    assert_eq!(shares(&desk, "2019-03-01").await, said(&[(1, "1/1")]));
    let (_, unit) = desk.get("/api/v1/units/1").await;
    assert!(
        unit["rights"].as_array().unwrap().iter().any(|one| one["kind"] == "usufruct" && one["party"] == 9)
    );
}

#[tokio::test]
async fn a_correction_changes_what_is_recorded_and_keeps_what_was() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let (_, clock) = desk.get("/api/v1/units/1").await;
    assert_eq!(clock["version"], "1");
    let act = body(json!({ "entries": [{ "entry": 1, "party": 3, "registry_entry": "FICT-P1" }] }));
    let (status, report) = desk.act(1, "correction", act).await;
    assert_eq!((status, &report["effective_on"]), (StatusCode::CREATED, &Value::Null), "{report}");
    assert_eq!(report["entries"][0]["part"], "corrected");
    // It was party 3 all along, and it is on record that party 1 stood there.
    assert_eq!(shares(&desk, "2010-01-01").await, said(&[(3, "1/1")]));
    let was: Vec<i64> =
        sqlx::query_scalar("select party_id from history.land_tenure_right_version where id = 1")
            .fetch_all(&mut test.owner().await)
            .await
            .unwrap();
    assert_eq!(was, [1]);
}

#[tokio::test]
async fn an_annulled_act_stays_on_record_and_counts_no_more() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let (_, sold) = desk.act(1, "transfer", transfer(1, "1/2", 2, "2020-05-05")).await;
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let bought =
        unit["rights"].as_array().unwrap().iter().find(|one| one["party"] == 2).unwrap()["right"].as_i64();
    let (_, again) = desk.act(1, "transfer", transfer(bought.unwrap(), "1/2", 3, "2021-06-06")).await;
    assert_eq!(shares(&desk, "2026-01-01").await, said(&[(1, "1/2"), (3, "1/2")]));
    let annul = |act: &Value| body(json!({ "annuls": act["act_id"] }));
    let (status, told) = desk.act(1, "annulment", annul(&sold)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(told["violations"][0]["rule"], "act_is_the_last_on_its_entries");
    for (act, left) in [(&again, said(&[(1, "1/2"), (2, "1/2")])), (&sold, said(&[(1, "1/1")]))] {
        let (status, report) = desk.act(1, "annulment", annul(act)).await;
        assert_eq!(status, StatusCode::CREATED, "{report}");
        assert_eq!(shares(&desk, "2026-01-01").await, left);
        let (status, _) = desk.act(1, "annulment", annul(act)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let acts: Vec<_> = unit["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| (act["act"].as_str().unwrap(), act["annulled"].as_bool().unwrap()))
        .collect();
    assert_eq!(acts, [("annulment", false), ("annulment", false), ("transfer", true), ("transfer", true)]);
    let kept: i64 = sqlx::query_scalar("select count(*) from land.tenure_right_version where annulled")
        .fetch_one(&mut test.owner().await)
        .await
        .unwrap();
    assert_eq!(kept, 3);
}

/// Two sales on one day: the middle one was never in force for a whole day, and the chain can be undone.
#[tokio::test]
async fn what_passes_through_hands_on_one_day_stays_on_record() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    desk.act(1, "transfer", transfer(1, "1/1", 2, "2020-05-05")).await;
    let (_, unit) = desk.get("/api/v1/units/1").await;
    let bought =
        unit["rights"].as_array().unwrap().iter().find(|one| one["party"] == 2).unwrap()["right"].as_i64();
    let (status, second) = desk.act(1, "transfer", transfer(bought.unwrap(), "1/3", 3, "2020-05-05")).await;
    assert_eq!(status, StatusCode::CREATED, "{second}");
    assert_eq!(shares(&desk, "2020-05-05").await, said(&[(2, "2/3"), (3, "1/3")]));
    assert_eq!(shares(&desk, "2020-05-04").await, said(&[(1, "1/1")]));
    let (status, report) = desk.act(1, "annulment", body(json!({ "annuls": second["act_id"] }))).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    assert_eq!(shares(&desk, "2020-05-05").await, said(&[(2, "1/1")]));
}

#[tokio::test]
async fn a_burden_forbids_a_sale_and_not_an_inheritance() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let mut owner = test.owner().await;
    let mut tx = begin(&mut owner).await;
    run(
        &mut tx,
        "insert into land.restriction (ubigeo, kind) values ('999901', 'transfer_ban');
         insert into land.restriction_version (restriction_id, valid, property_unit_id, title)
         values (1, '[2019-01-01,2024-01-01)', 1, 'No transferir durante cinco años (carga ficticia)')",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let (_, report) = desk.attempt(1, "transfer", transfer(1, "1/2", 2, "2020-05-05")).await;
    assert_eq!(report["broken"][0]["name"], "restriction_forbids_transfer");
    assert_eq!(report["restrictions"][0]["kind"], "transfer_ban");
    let (_, report) = desk.attempt(1, "transfer", transfer(1, "1/2", 2, "2024-01-01")).await;
    assert_eq!(report["broken"], json!([]));
    let (_, report) = desk
        .attempt(
            1,
            "succession",
            body(json!({ "right": 1, "to": [{ "party": 2 }], "effective_on": "2020-05-05" })),
        )
        .await;
    assert_eq!(report["broken"], json!([]), "{report}");
}

#[tokio::test]
async fn of_many_writers_one_wins_and_the_others_learn_of_it() {
    let test = held().await;
    let desk = Desk::of(&test).await;
    let calls = (0..8_i64).map(|n| {
        let desk = &desk;
        async move {
            let key = format!("carrera-{n:04}");
            let headers = [("idempotency-key", key.as_str()), ("if-match", "\"1\"")];
            let act = transfer(1, "1/2", n % 7 + 2, "2020-05-05");
            desk.post("/api/v1/units/1/rights/transfer", &headers, act).await.0
        }
    });
    let answers = futures_util::future::join_all(calls).await;
    let count = |status| answers.iter().filter(|one| **one == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::CONFLICT)), (1, 7), "{answers:?}");
}

#[tokio::test]
async fn the_register_and_the_plan_stand_each_without_the_other() {
    let test = register().await;
    let desk = Desk::of(&test).await;
    let mut owner = test.owner().await;
    let mut tx = begin(&mut owner).await;
    run(&mut tx, "insert into land.parcel (ubigeo, code, kind) values ('999901', 'UC-1', 'rural')")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    // A parcel without a unit; a unit without a parcel, whose rights begin all the same.
    let (status, told) = desk.get("/api/v1/parcels/UC-1/units").await;
    assert_eq!((status, &told["units"]), (StatusCode::OK, &json!([])));
    assert_eq!(desk.get("/api/v1/parcels/UC-2/units").await.0, StatusCode::NOT_FOUND);
    let (_, unit) = desk.get("/api/v1/units/2").await;
    assert_eq!((&unit["parcels"], &unit["rights"]), (&json!([]), &json!([])));
    let act = body(
        json!({ "right_kind": "possession", "to": [{ "party": 1, "part": "2/3" }, { "party": 2, "part": "1/3" }], "effective_on": "2015-01-01" }),
    );
    let (status, report) = desk.act(2, "constitution", act).await;
    assert_eq!(status, StatusCode::CREATED, "{report}");
    let (_, unit) = desk.get("/api/v1/units/2").await;
    assert_eq!(unit["rights"].as_array().unwrap().len(), 2);
}

/// A login of one's own writes under the same rule: an act first, and it is about its unit.
#[tokio::test]
async fn in_sql_rights_change_by_an_act_too() {
    let test = held().await;
    let rosa = Actor::inside("rosa", Audience::Titling, "1");
    let write = async |sql: &str| {
        let mut tx = test.database.write_as(&rosa, "una prueba").await.unwrap();
        run(&mut tx, sql).await?;
        tx.commit().await
    };
    let half = "update land.tenure_right_version set valid = '[2010-01-01,2020-01-01)' where id = 1;
        insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator)
        values (1, '[2020-01-01,)', 4, 1, 1);";
    assert_eq!(refused_by(write(half).await).as_deref(), Some("tenure_right_changes_by_act"));
    let act = |unit: i64| {
        format!(
            "insert into land.act (property_unit_id, kind, effective_on, source_id) values ({unit}, 'transfer', '2020-01-01', 1);"
        )
    };
    assert_eq!(refused_by(write(&(act(2) + half)).await).as_deref(), Some("act_is_about_its_unit"));
    assert_eq!(refused_by(write(&(act(1) + &act(1))).await).as_deref(), Some("act_is_one_per_transaction"));
    write(&(act(1) + half)).await.unwrap();
    let parts: Vec<(String, String)> = sqlx::query_as(
        "select a.account, e.part from land.act_entry e join land.act a on a.id = e.act_id order by e.part",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    assert_eq!(parts, [("rosa".to_owned(), "begins".to_owned()), ("rosa".to_owned(), "ends".to_owned())]);
    for sql in ["delete from land.act", "update land.act set reason = 'otra'"] {
        let mut owner = test.owner().await;
        let mut tx = begin(&mut owner).await;
        assert!(run(&mut tx, sql).await.is_err(), "{sql}");
    }
}
