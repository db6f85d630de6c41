//! Parties over HTTP: recorded once, found for a purpose, groups and spouses that add up.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::desk::Desk;
use super::{begin, refused_by, register, run};
use crate::access::{Actor, Audience};

async fn record(desk: &Desk, key: &str, party: Value) -> (StatusCode, Value) {
    desk.post("/api/v1/parties", &[("idempotency-key", key)], party).await
}

#[tokio::test]
async fn parties_are_recorded_once_and_found_for_a_purpose() {
    let test = register().await;
    let mut desk = Desk::of(&test).await;
    let person = json!({ "reason": "alta por expediente", "kind": "natural", "name": "Persona Ficticia Nueva",
        "document_kind": "DNI", "document_number": "00000077" });
    let (status, made) = record(&desk, "parte-0001", person.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(record(&desk, "parte-0001", person.clone()).await, (StatusCode::CREATED, made.clone()));
    let (status, told) = record(&desk, "parte-0002", person.clone()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(told["detail"].as_str().unwrap().ends_with(&format!("party {}", made["party"])), "{told}");
    let couple = json!({ "reason": "alta", "kind": "spouses", "name": "Sociedad Conyugal Ficticia", "members": [{ "party": 1 }, { "party": 2 }] });
    let (status, couple) = record(&desk, "parte-0003", couple).await;
    assert_eq!(status, StatusCode::CREATED, "{couple}");
    let stranger = json!({ "reason": "alta", "kind": "group", "name": "Grupo", "members": [{ "party": 1 }, { "party": 99 }] });
    let (status, told) = record(&desk, "parte-0004", stranger).await;
    assert_eq!(
        (status, &told["violations"][0]["rule"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("party_is_recorded"))
    );

    let find = async |desk: &Desk, asked: Value| desk.post("/api/v1/parties/find", &[], asked).await;
    let (status, found) = find(&desk, json!({ "purpose": "expediente 7", "document": "00000077" })).await;
    assert_eq!((status, &found["parties"][0]["name"]), (StatusCode::OK, &json!("Persona Ficticia Nueva")));
    let (_, found) = find(&desk, json!({ "purpose": "expediente 7", "parties": [couple["party"]] })).await;
    assert_eq!(found["members"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(
        find(&desk, json!({ "purpose": "ver", "document": "00000077" })).await.0,
        StatusCode::BAD_REQUEST
    );
    let noted: Vec<(String, String)> =
        sqlx::query_as("select relation, purpose from person.access_log order by id")
            .fetch_all(&mut test.owner().await)
            .await
            .unwrap();
    let relations: Vec<&str> = noted.iter().map(|(relation, _)| relation.as_str()).collect();
    assert_eq!(relations, ["person.party by document", "person.party", "members of groups"]);
    // What is personal is journalled by hashes under a salt, with who and why.
    let entry: (String, String) =
        sqlx::query_as("select account, reason from audit.entry where relation = 'person.party' and account is not null order by id limit 1")
            .fetch_one(&mut test.owner().await)
            .await
            .unwrap();
    assert_eq!(entry, ("rosa".to_owned(), "alta por expediente".to_owned()));
    desk.actor = Some(Actor::inside("luis", Audience::Surveyor, "1"));
    assert_eq!(record(&desk, "parte-0005", person).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn members_add_up_whoever_writes() {
    let test = register().await;
    for (kind, members, rule) in [
        ("spouses", "(50, 1, null, null)", "party_spouses_are_two"),
        ("spouses", "(50, 1, 1, 2), (50, 2, 1, 2)", "party_spouses_are_two"),
        ("group", "(50, 1, 1, 2), (50, 2, 1, 3)", "party_member_shares_sum_to_one"),
        ("group", "(50, 1, 1, 2), (50, 2, null, null)", "party_member_shares_sum_to_one"),
        ("legal", "(50, 1, null, null)", "party_alone_has_no_members"),
    ] {
        let mut owner = test.owner().await;
        let mut tx = begin(&mut owner).await;
        let sql = format!(
            "insert into person.party (id, kind, name) overriding system value values (50, '{kind}', 'Grupo Ficticio');
             insert into person.party_member (group_id, member_id, share_numerator, share_denominator) values {members}"
        );
        run(&mut tx, &sql).await.unwrap();
        assert_eq!(refused_by(tx.commit().await).as_deref(), Some(rule), "{kind} {members}");
    }
    let mut owner = test.owner().await;
    let mut tx = begin(&mut owner).await;
    let thirds = "insert into person.party (id, kind, name) overriding system value values (50, 'group', 'Grupo Ficticio');
        insert into person.party_member (group_id, member_id, share_numerator, share_denominator)
        values (50, 1, 1, 3), (50, 2, 1, 3), (50, 3, 1, 3)";
    run(&mut tx, thirds).await.unwrap();
    tx.commit().await.unwrap();
}
