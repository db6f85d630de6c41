//! Who may do what, over HTTP and on a real database.

mod acting;
mod canary;
mod matrix;
mod persons;
mod privileges;
mod properties;
mod sign_in;
mod tokens;

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use sqlx::Executor;
use tower::ServiceExt;

use super::store::{accounts, begin_as_owner, tokens as token_store};
use super::{Audience, Password, Scope};
use crate::app::App;
use crate::config::Settings;
use crate::testing::{self, TestDatabase};

/// The password of every account in these tests.
const PASSWORD: &str = "río grande y manso";
/// The district that the accounts are limited to.
const OWN: &str = "150203";

/// A service on a database of its own, with one account for each office.
struct World {
    test: TestDatabase,
    router: Router,
}

/// What a request brings besides its address.
#[derive(Clone, Default)]
struct Brings {
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Brings {
    fn nothing() -> Self {
        Self::default()
    }

    fn token(token: &str) -> Self {
        Self::nothing().with("authorization", format!("Bearer {token}"))
    }

    /// A form, as a browser of this site sends it.
    fn form(body: &str) -> Self {
        let form = Self::nothing().with("content-type", "application/x-www-form-urlencoded");
        Self { body: body.to_owned(), ..form.with("sec-fetch-site", "same-origin") }
    }

    fn json(body: &str) -> Self {
        Self { body: body.to_owned(), ..Self::nothing().with("content-type", "application/json") }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The `name=value` of its cookie.
    fn cookie(&self) -> Option<String> {
        let pair = self.header("set-cookie").split(';').next()?.to_owned();
        (!pair.is_empty()).then_some(pair)
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

async fn world() -> World {
    let test = testing::database().await;
    test.owner().await.execute(include_str!("world.sql")).await.unwrap();
    let router = service(&test, testing::settings()).await;
    World { test, router }
}

async fn service(test: &TestDatabase, settings: Settings) -> Router {
    crate::router::router(App::new(settings, test.database.clone()).await.unwrap())
}

impl World {
    /// An account of one office, named after it, with rights in its own district only.
    async fn account(&self, office: Audience) -> String {
        self.account_of(office.name(), &[office]).await
    }

    async fn account_of(&self, name: &str, offices: &[Audience]) -> String {
        let hash = Password::typed(PASSWORD.to_owned()).hash().await.unwrap();
        let mut connection = self.test.owner().await;
        let mut transaction = begin_as_owner(&mut connection, "an account for a test").await.unwrap();
        accounts::create(&mut transaction, name, &hash, offices, Some(&[OWN.to_owned()])).await.unwrap();
        transaction.commit().await.unwrap();
        name.to_owned()
    }

    async fn token(&self, account: &str, scopes: &[Scope]) -> String {
        let mut connection = self.test.owner().await;
        let mut transaction = begin_as_owner(&mut connection, "a token for a test").await.unwrap();
        let token = token_store::create(&mut transaction, account, "test", scopes, 1).await.unwrap();
        transaction.commit().await.unwrap();
        token.reveal().to_owned()
    }

    async fn ask(&self, method: Method, address: &str, brings: &Brings) -> Answer {
        ask(&self.router, method, address, brings).await
    }

    async fn get(&self, address: &str, brings: &Brings) -> Answer {
        self.ask(Method::GET, address, brings).await
    }

    async fn post(&self, address: &str, brings: &Brings) -> Answer {
        self.ask(Method::POST, address, brings).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer {
        self.post("/ingresar", &login(name, password)).await
    }

    /// Runs SQL as the schema's owner.
    async fn sql(&self, sql: &'static str) {
        self.test.owner().await.execute(sql).await.unwrap();
    }
}

fn login(name: &str, password: &str) -> Brings {
    let encode = crate::http::ask::encode;
    Brings::form(&format!("name={}&password={}", encode(name), encode(password)))
}

/// An answer; of one that never ends, what came in a moment.
async fn ask(router: &Router, method: Method, address: &str, brings: &Brings) -> Answer {
    let mut request = Request::builder().method(method).uri(address).header(header::HOST, "predio.test");
    for (name, value) in &brings.headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(brings.body.clone())).unwrap();
    let (head, mut body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let mime =
        head.headers.get(header::CONTENT_TYPE).map(|mime| mime.as_bytes().to_vec()).unwrap_or_default();
    let patience = if mime.starts_with(b"text/event-stream") { 200 } else { 60_000 };
    let mut bytes = Vec::new();
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(Duration::from_millis(patience), body.frame()).await
    {
        bytes.extend_from_slice(frame.data_ref().map(AsRef::as_ref).unwrap_or_default());
    }
    Answer { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// Compares what was found with an expectation file, which a run with `PREDIO_BLESS=1` writes anew.
fn compare(file: &str, found: &[String]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/access").join(file);
    let text = found.join("\n") + "\n";
    if std::env::var_os("PREDIO_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    let missing: Vec<_> = expected.lines().filter(|line| !found.iter().any(|other| other == line)).collect();
    let new: Vec<_> = found.iter().filter(|line| !expected.lines().any(|other| other == *line)).collect();
    assert!(
        missing.is_empty() && new.is_empty(),
        "{file} expects other rights. Judge each line, then write it anew with PREDIO_BLESS=1.\nexpected: {missing:#?}\nfound: {new:#?}"
    );
}
