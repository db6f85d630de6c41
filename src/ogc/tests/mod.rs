//! The interface over HTTP on a real PostGIS, with layers made for the tests.

mod catalogue;
mod crs;
mod desktop;
mod files;
mod filter;
mod filter_fuzz;
mod formats;
mod http;
mod pages;
mod paging;
mod positions;
mod query;
mod streams;
mod tiles;
mod time;
mod writing;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use sqlx::Executor;
use tower::ServiceExt;

use crate::app::App;
use crate::config::Settings;
use crate::router::router;
use crate::testing::{self, TestDatabase};

/// A service on a database of its own.
struct World {
    database: TestDatabase,
    app: App,
    router: Router,
}

/// An answer that was read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn ids(&self) -> Vec<i64> {
        let features =
            self.json()["features"].as_array().cloned().unwrap_or_else(|| panic!("{}", self.text()));
        features.iter().map(|feature| feature["id"].as_i64().unwrap()).collect()
    }

    fn next(&self) -> Option<String> {
        let links = self.json()["links"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["rel"] == "next")?;
        Some(next["href"].as_str().unwrap().to_owned())
    }

    fn parameter(&self) -> String {
        assert_eq!(self.status, StatusCode::BAD_REQUEST, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["parameter"].as_str().unwrap_or_default().to_owned()
    }
}

async fn world() -> World {
    world_with(testing::settings()).await
}

async fn world_with(settings: Settings) -> World {
    let database = testing::database().await;
    database.owner().await.execute(include_str!("world.sql")).await.unwrap();
    let pool = crate::database::Database::open(&database.app_url(), &settings).unwrap();
    let app = App::new(settings, pool).await.unwrap();
    World { database, router: router(app.clone()), app }
}

impl World {
    async fn get(&self, address: &str) -> Answer {
        self.ask(Method::GET, address, &[]).await
    }

    async fn items(&self, query: &str) -> Answer {
        self.get(&format!("/ogc/collections/{query}")).await
    }

    async fn ask(&self, method: Method, address: &str, headers: &[(&str, &str)]) -> Answer {
        let address = address.strip_prefix("http://predio.test").unwrap_or(address);
        let mut request = Request::builder().method(method).uri(address).header(header::HOST, "predio.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }
}
