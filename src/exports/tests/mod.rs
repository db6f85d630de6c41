//! Files that are kept, over HTTP, of the demonstration district in a real PostGIS.

mod district;
mod job;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use sqlx::Executor;
use tower::ServiceExt;

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::config::Settings;
use crate::database::Database;
use crate::testing::{self, TestDatabase};

/// A service on the demonstration district.
struct Service {
    test: TestDatabase,
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
}

/// The program under test: it lies beside the folder of the tests' own programs.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().unwrap().parent().unwrap().join("predio");
    assert!(program.is_file(), "{} is not built: cargo build", program.display());
    program
}

/// Of one database there may be several.
async fn app_on(test: &TestDatabase, settings: Settings) -> App {
    let database = Database::open(&test.app_url(), &settings).unwrap();
    App::new(settings, database).await.unwrap().with_reader(&program())
}

impl Service {
    async fn open() -> Self {
        Self::with(testing::settings()).await
    }

    async fn with(settings: Settings) -> Self {
        let test = testing::demo_database().await;
        let app = app_on(&test, settings).await;
        Self { test, router: crate::router::router(app.clone()), app }
    }

    async fn call(
        &self,
        actor: Option<&Actor>,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "predio.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        if let Some(actor) = actor {
            request.extensions_mut().insert(actor.clone());
        }
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.call(None, Method::GET, path, &[], "").await
    }

    /// Asks for an export under a key of its own.
    async fn ask_for(&self, actor: Option<&Actor>, body: &Value) -> Answer {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let key = format!("exportar-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let headers = [("idempotency-key", key.as_str())];
        self.call(actor, Method::POST, "/api/v1/exports", &headers, &body.to_string()).await
    }

    /// Waits until the work on an export rests.
    async fn rest(&self, actor: Option<&Actor>, at: &str) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.call(actor, Method::GET, at, &[], "").await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let told = answer.json();
            if ["ready", "broken"].contains(&told["state"].as_str().unwrap()) {
                return told;
            }
            assert!(begun.elapsed() < Duration::from_mins(4), "{told}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks for an export and waits until it is ready; its address and what is told of it.
    async fn ready(&self, actor: Option<&Actor>, body: &Value) -> (String, Value) {
        let answer = self.ask_for(actor, body).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let at = answer.header("location").to_owned();
        let told = self.rest(actor, &at).await;
        assert_eq!(told["state"], "ready", "{told:#}");
        (at, told)
    }

    async fn sql(&self, sql: &'static str) {
        self.test.owner().await.execute(sql).await.unwrap();
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.test.owner().await).await.unwrap()
    }

    async fn matched(&self, query: &str) -> i64 {
        let answer = self.get(&format!("/ogc/collections/{query}&resultType=hits&f=json")).await;
        answer.json()["numberMatched"].as_i64().unwrap_or_else(|| panic!("{}", answer.text()))
    }
}

fn surveyor(name: &str) -> Actor {
    Actor::inside(name, Audience::Surveyor, "pedido-1")
}

/// What a query of GDAL on a file says, as CSV.
fn csv(path: &Path, sql: &str) -> String {
    let arguments = ["-f", "CSV", "/vsistdout/", path.to_str().unwrap(), "-dialect", "SQLITE", "-sql", sql];
    let done = Command::new("ogr2ogr").args(arguments).output().unwrap();
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn rows_of(path: &Path, layer: &str) -> i64 {
    let text = csv(path, &format!("select count(*) as n from \"{layer}\""));
    text.trim().lines().last().unwrap().trim_matches('"').parse().unwrap()
}
