//! Names, numbers and papers of persons that are planted in the tables come out nowhere, and no secret does.

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::matrix::{WHO, everybody, proving, samples};
use super::*;
use crate::router;

/// What is planted by `world.sql`, in any letters.
const CANARIES: [&str; 5] = ["quispeventura", "huamancanario", "90817263", "91827364", "papelcanario"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

fn canary_in(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    CANARIES.into_iter().find(|canary| lower.contains(canary))
}

/// Further ways to ask for what a route shows: other forms, fields that a table of persons has, filters.
fn variants(address: &str) -> Vec<String> {
    let mark = if address.contains('?') { '&' } else { '?' };
    let mut all = vec![address.to_owned()];
    all.extend(["f=html", "f=json", "lang=en"].map(|more| format!("{address}{mark}{more}")));
    if address.ends_with("/items") {
        all.extend(
            [
                "name=x",
                "document_number=1",
                "sortby=party_id",
                "properties=name",
                "resultType=hits",
                "limit=0",
            ]
            .map(|more| format!("{address}{mark}{more}")),
        );
    }
    if address.contains("/predio/") {
        all.extend([".json", ".geojson"].map(|ending| format!("{address}{ending}")));
    }
    all
}

// One thread, so that the log of this test is all there is in it.
#[tokio::test(flavor = "current_thread")]
async fn no_canary_and_no_secret_comes_out_anywhere() {
    let world = world().await;
    let tokens = everybody(&world).await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false);
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let session = world.sign_in("planner", PASSWORD).await.cookie().unwrap();
    let cookie = Brings::nothing().with("cookie", session.clone());
    assert_eq!(world.get("/api/v1/me", &cookie).await.json()["signed_in"], true);
    let (mut asked, mut told) = (0, 0);
    for route in router::permissions() {
        for sample in samples(&route) {
            for (who, token) in WHO.iter().zip(&tokens) {
                for address in variants(&sample.address) {
                    let answer = world
                        .ask(route.method.clone(), &address, &proving(&sample.brings, token.as_ref()))
                        .await;
                    let shown = format!("{:?}\n{}", answer.headers, answer.text);
                    let may_tell =
                        *who == "titling" && route.path.ends_with("/holders") && sample.case == "own";
                    match canary_in(&shown) {
                        Some(_) if may_tell => told += 1,
                        Some(canary) => panic!("{who} {} {address} shows {canary}", route.method),
                        None => asked += 1,
                    }
                }
            }
        }
    }
    assert!(told > 0, "the canaries are not where they should be");
    assert!(asked > 1_000, "{asked}");
    // Searching for a person finds nothing; the question itself comes back, so its words are looked for in the results.
    for canary in CANARIES {
        for token in &tokens {
            let found = world
                .get(&format!("/buscar.json?q={canary}"), &proving(&Brings::nothing(), token.as_ref()))
                .await;
            assert_eq!(found.json()["results"], serde_json::json!([]), "{canary}");
        }
    }
    let metrics = world.get("/metrics", &Brings::nothing()).await.text;
    assert!(metrics.contains("predio_http_requests_total") && canary_in(&metrics).is_none());
    let written = log.text();
    assert!(written.contains("signed in"), "the log was not caught");
    assert_eq!(canary_in(&written), None);
    let secrets =
        tokens.iter().flatten().map(String::as_str).chain([session.split_once('=').unwrap().1, PASSWORD]);
    for secret in secrets {
        assert!(!written.contains(secret), "a secret is in the log");
    }
}
