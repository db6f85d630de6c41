//! Perimeter tables and conversion over HTTP, on the demonstration and on constructed parcels.

mod conversion;
mod recording;
mod tables;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::app::App;
use crate::testing::{TestDatabase, settings};

pub(super) async fn service(test: &TestDatabase) -> Router {
    crate::router::router(App::new(settings(), test.database.clone()).await.unwrap())
}

pub(super) async fn call(service: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = service.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, headers, String::from_utf8(body.to_vec()).unwrap())
}

pub(super) async fn get(service: &Router, path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header("host", "predio.test").body(Body::empty()).unwrap();
    call(service, request).await
}

pub(super) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
