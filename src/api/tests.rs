//! The document against the router, and over HTTP.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::operations::all;
use super::{BASE, parcels, register};
use crate::app::App;
use crate::{router, testing};

#[test]
fn every_route_is_described_and_every_description_has_a_route() {
    let declared = router::permissions();
    let ours: Vec<_> = declared.iter().filter(|route| route.path.starts_with(BASE)).collect();
    let operations = all();
    for route in &ours {
        let described = operations.iter().filter(|operation| operation.is_of(route)).count();
        let wanted = match route.path {
            "/api/v1/parcels/{code}/{operation}" => parcels::ON_ONE.len(),
            "/api/v1/units/{id}/rights/{operation}" => register::ACTS.len(),
            _ => 1,
        };
        assert_eq!(described, wanted, "{} {} is not described in src/api", route.method, route.path);
    }
    for operation in &operations {
        let routes = ours.iter().filter(|route| operation.is_of(route)).count();
        assert_eq!(routes, 1, "{} {} has no route of its own", operation.method, operation.path);
    }
    let ids: BTreeSet<&str> = operations.iter().map(|operation| operation.id).collect();
    assert_eq!(ids.len(), operations.len());
}

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().filter(|_| name == "$ref") {
                    Some(reference) => found.push(reference),
                    None => references(member, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_whole_and_says_who_may() {
    let test = testing::database().await;
    let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
    let request = Request::get("/api/v1/openapi.json?lang=en").header(header::HOST, "predio.test");
    let request = request.body(Body::empty()).unwrap();
    let (head, body) = router::router(app).oneshot(request).await.unwrap().into_parts();
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers[header::CONTENT_TYPE], "application/vnd.oai.openapi+json;version=3.0");
    let document: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    assert_eq!(document["servers"][0]["url"], "http://predio.test/api/v1");
    let mut found = Vec::new();
    references(&document, &mut found);
    for reference in found {
        let pointer =
            reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leaves the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    let split = &document["paths"]["/parcels/{code}/split"]["post"];
    assert_eq!(split["x-offices"], serde_json::json!(["surveyor"]));
    assert!(split["responses"]["403"].is_object() && split["responses"]["428"].is_object());
    let me = &document["paths"]["/me"]["get"];
    assert!(me["responses"]["403"].is_null() && me["security"][0].as_object().unwrap().is_empty());
}
