//! Operations over HTTP: dry run, idempotency, lost updates, permissions, lineage, findings.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{code, metres, place, scalar, town};
use crate::access::{Actor, Audience};
use crate::app::App;
use crate::parcels::check;
use crate::testing::{self, TestDatabase};

struct Desk {
    router: Router,
    actor: Option<Actor>,
}

impl Desk {
    async fn of(test: &TestDatabase) -> Self {
        let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
        let actor = Some(Actor::inside("rosa", Audience::Surveyor, "pedido-1"));
        Self { router: crate::router::router(app), actor }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "predio.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_string())).unwrap();
        if let Some(actor) = &self.actor {
            request.extensions_mut().insert(actor.clone());
        }
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        (parts.status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, &[], Value::Null).await
    }
}

fn split() -> Value {
    let line = [metres(place(25.0, -1.0)), metres(place(25.1, 21.0))];
    json!({ "reason": "Res. 12-2026", "lawful": true, "cut": { "line": line } })
}

#[tokio::test]
async fn a_split_is_tried_done_once_and_told_again() {
    let test = town().await;
    let desk = Desk::of(&test).await;
    let path = format!("/api/v1/parcels/{}/split", code(3));
    let (status, report) = desk.call(Method::POST, &format!("{path}?dry_run=true"), &[], split()).await;
    assert_eq!(status, StatusCode::OK, "{report}");
    assert_eq!(report["broken"], json!([]));
    assert_eq!(report["preview"]["features"].as_array().unwrap().len(), 3);
    let (status, parcel) = desk.get(&format!("/api/v1/parcels/{}", code(3))).await;
    assert_eq!((status, &parcel["fabric_state"]), (StatusCode::OK, &json!("agreed")));
    let version = format!("\"{}\"", parcel["version"].as_str().unwrap());

    let key = [("idempotency-key", "prueba-0001")];
    let (status, told) = desk.call(Method::POST, &path, &key, split()).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED, "{told}");
    let (status, _) = desk.call(Method::POST, &path, &[("if-match", &version)], split()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let headers = [("idempotency-key", "prueba-0001"), ("if-match", version.as_str())];
    let (status, first) = desk.call(Method::POST, &path, &headers, split()).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let (status, again) = desk.call(Method::POST, &path, &headers, split()).await;
    assert_eq!((status, &again), (StatusCode::CREATED, &first));
    // Another write that saw the parcel before the split.
    let headers = [("idempotency-key", "prueba-0002"), ("if-match", version.as_str())];
    let (status, told) = desk.call(Method::POST, &path, &headers, split()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(told["detail"].as_str().unwrap().contains("split, predio_surveyor"), "{told}");
    let owner = &mut test.owner().await;
    let entry =
        "select account || ' ' || request_id || ' ' || reason from land.operation where kind = 'split'";
    let entry: String = scalar(owner, entry).await;
    assert!(entry.starts_with("rosa pedido-1 Res. 12-2026"), "{entry}");

    let (_, lineage) = desk.get(&format!("/api/v1/parcels/{}/lineage", code(3))).await;
    assert_eq!(lineage["links"].as_array().unwrap().len(), 2, "{lineage}");
    assert_eq!(lineage["parcels"][0]["in_force"], json!(false));
    let (_, before) = desk.get(&format!("/api/v1/parcels/{}/lineage?as_of=2024-01-01", code(3))).await;
    assert_eq!(before["links"], json!([]));
    assert_eq!(before["parcels"][0]["in_force"], json!(true));
}

#[tokio::test]
async fn rules_are_told_with_their_norms_and_strangers_are_kept_out() {
    let test = town().await;
    let mut desk = Desk::of(&test).await;
    let path = format!("/api/v1/parcels/{}/split", code(3));
    let short = json!({ "reason": "prueba", "lawful": true, "cut": { "line": [metres(place(25.0, -1.0)), metres(place(25.0, 9.0))] } });
    let (status, report) = desk.call(Method::POST, &format!("{path}?dry_run=true"), &[], short.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(report["broken"][0]["name"], "line_divides_the_parcel");
    assert!(report["broken"][0]["norm"].as_str().unwrap().contains("SUNARP"));
    let (_, parcel) = desk.get(&format!("/api/v1/parcels/{}", code(3))).await;
    let headers = [("idempotency-key", "prueba-0003"), ("if-match", parcel["version"].as_str().unwrap())];
    let (status, problem) = desk.call(Method::POST, &path, &headers, short).await;
    assert_eq!(
        (status, &problem["violations"][0]["rule"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("line_divides_the_parcel"))
    );
    let (status, _) = desk.call(Method::POST, &path, &headers, json!({ "reason": "x" })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) =
        desk.call(Method::POST, &format!("/api/v1/parcels/{}/explode", code(3)), &[], split()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    desk.actor = Some(Actor::inside("luis", Audience::Planner, "1"));
    assert_eq!(desk.call(Method::POST, &path, &headers, split()).await.0, StatusCode::FORBIDDEN);
    desk.actor = None;
    assert_eq!(desk.call(Method::POST, &path, &headers, split()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(desk.get(&format!("/api/v1/parcels/{}", code(3))).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn findings_are_followed_from_open_to_repaired() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let overlapping = "begin; set local predio.reason = 'x'; set local role predio_owner;
        insert into land.operation (ubigeo, kind) values ('150203', 'load');
        insert into land.parcel_version (ubigeo, geom) select '150203', st_multi(st_translate(geom, 1, 1)) from land.parcel_version where parcel_id = 1;
        commit";
    // Within a load a provisional parcel brings its own identity.
    let overlapping = overlapping.replace(
        "insert into land.parcel_version (ubigeo, geom) select '150203'",
        "insert into land.parcel (id, ubigeo, code, kind) overriding system value values (900, '150203', 'UC-9', 'rural');
         insert into land.parcel_version (parcel_id, valid, ubigeo, geom) select 900, '[2020-01-01,)', '150203'",
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(overlapping)).execute(&mut *owner).await.unwrap();
    let audit = check::fabric(owner, None).await.unwrap();
    assert!(audit.counts["overlap"] > 0);
    let (open, repaired) = check::keep(owner, None, &audit).await.unwrap();
    assert_eq!((usize::try_from(open).unwrap(), repaired), (audit.findings.len(), 0));
    let again = check::keep(owner, None, &audit).await.unwrap();
    assert_eq!(again, (open, 0));
    let accept = "update land.fabric_finding set state = 'accepted', note = 'en trámite' where id = (select min(id) from land.fabric_finding)";
    sqlx::raw_sql(accept).execute(&mut *owner).await.unwrap();
    assert_eq!(check::keep(owner, None, &audit).await.unwrap(), (open - 1, 0));
    let retire =
        "begin; set local predio.reason = 'x'; delete from land.parcel_version where parcel_id = 900; commit";
    sqlx::raw_sql(retire).execute(&mut *owner).await.unwrap();
    let audit = check::fabric(owner, None).await.unwrap();
    assert_eq!(audit.counts["overlap"], 0);
    let (left, repaired) = check::keep(owner, None, &audit).await.unwrap();
    assert!(left < open && repaired > 0, "{left} {repaired}");
    let shown: i64 =
        scalar(owner, "select count(*) from staff_layer.fabric_findings where state = 'repaired'").await;
    assert_eq!(shown, repaired);
}
