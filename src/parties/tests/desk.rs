//! The titling office at its desk, over HTTP.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::testing::{self, TestDatabase};

pub struct Desk {
    router: Router,
    pub actor: Option<Actor>,
}

/// An act with a reason and a source of its own.
pub fn body(mut act: Value) -> Value {
    act["reason"] = json!("compraventa");
    act["source"] = json!({ "kind": "deed", "number": "123-2026", "office": "Notaría Ficticia", "issued_on": "2019-01-01" });
    act
}

impl Desk {
    pub async fn of(test: &TestDatabase) -> Self {
        let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
        let actor = Some(Actor::inside("rosa", Audience::Titling, "pedido-1"));
        Self { router: crate::router::router(app), actor }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "predio.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).unwrap();
        if let Some(actor) = &self.actor {
            request.extensions_mut().insert(actor.clone());
        }
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        (parts.status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.call(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: Value) -> (StatusCode, Value) {
        self.call(Method::POST, path, headers, Body::from(body.to_string())).await
    }

    /// Tries an act.
    pub async fn attempt(&self, unit: i64, operation: &str, act: Value) -> (StatusCode, Value) {
        self.post(&format!("/api/v1/units/{unit}/rights/{operation}?dry_run=true"), &[], act).await
    }

    /// Does an act, having just looked.
    pub async fn act(&self, unit: i64, operation: &str, mut act: Value) -> (StatusCode, Value) {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        act["version"] = self.get(&format!("/api/v1/units/{unit}")).await.1["version"].clone();
        let key = format!("prueba-{:06}", NEXT.fetch_add(1, Ordering::Relaxed));
        let path = format!("/api/v1/units/{unit}/rights/{operation}");
        self.post(&path, &[("idempotency-key", &key)], act).await
    }
}
