//! HTTP as written: methods, negotiation, caching, addresses, headers.

use axum::http::Method;

use super::{world, world_with};
use crate::testing;

const ITEMS: &str = "/ogc/collections/t_lots/items?limit=3";

#[tokio::test]
async fn head_and_options_are_answered_and_other_methods_are_not() {
    let world = world().await;
    for path in ["/ogc", "/ogc/collections", ITEMS, "/ogc/collections/t_lots/items/1"] {
        let (get, head) = (world.get(path).await, world.ask(Method::HEAD, path, &[]).await);
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string());
        assert_eq!(head.header("etag"), get.header("etag"));
        let options = world.ask(Method::OPTIONS, path, &[]).await;
        // Features Part 4 asks for 200 where something might be written.
        let is_written = path.contains("/items");
        let wanted = if is_written { 200 } else { 204 };
        assert_eq!((options.status.as_u16(), options.header("allow")), (wanted, "GET,HEAD,OPTIONS"));
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let answer = world.ask(method.clone(), path, &[]).await;
            assert_eq!(answer.header("content-type"), "application/problem+json");
            if !is_written || method == Method::PATCH {
                assert_eq!(answer.status, 405);
                assert!(answer.header("allow").starts_with("GET,HEAD"), "{}", answer.header("allow"));
            }
        }
    }
    let preflight = [("origin", "https://example.org"), ("access-control-request-method", "GET")];
    let answer = world.ask(Method::OPTIONS, ITEMS, &preflight).await;
    assert_eq!(answer.header("access-control-allow-methods"), "GET,HEAD,OPTIONS");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(world.get("/nowhere").await.status, 404);
    assert_eq!(world.get("/nowhere").await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let world = world().await;
    for path in [
        ITEMS,
        "/ogc",
        "/ogc/collections/t_lots",
        "/ogc/collections/t_lots/tiles/WebMercatorQuad/14/8683/4651",
        "/ogc/api",
    ] {
        let first = world.get(path).await;
        assert_eq!(first.status, 200, "{path}");
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}");
        for known in
            [tag.clone(), format!("\"x\", {tag}"), tag.trim_start_matches("W/").to_owned(), "*".to_owned()]
        {
            let again = world.ask(Method::GET, path, &[("if-none-match", &known)]).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path}");
            assert_eq!(again.header("etag"), tag);
        }
        assert_eq!(world.ask(Method::GET, path, &[("if-none-match", "\"other\"")]).await.status, 200);
        assert_eq!(first.header("cache-control"), "no-cache");
    }
}

#[tokio::test]
async fn representations_are_negotiated() {
    let world = world().await;
    let accept = |accept: &'static str| [("accept", accept)];
    let html = world.ask(Method::GET, ITEMS, &accept("text/html,*/*;q=0.8")).await;
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(html.header("vary").contains("Accept"));
    assert_eq!(
        world.ask(Method::GET, ITEMS, &accept("application/geo+json")).await.header("content-type"),
        "application/geo+json"
    );
    assert_eq!(world.ask(Method::GET, ITEMS, &accept("text/turtle")).await.status, 406);
    assert_eq!(
        world.get("/ogc/collections/t_lots/items?f=json&limit=1").await.header("content-type"),
        "application/geo+json"
    );
    assert_eq!(
        world.get("/ogc/api").await.header("content-type"),
        "application/vnd.oai.openapi+json;version=3.0"
    );
    assert_eq!(
        world.get("/ogc/collections/t_lots/schema").await.header("content-type"),
        "application/schema+json"
    );
    let english = world.ask(Method::GET, "/ogc/collections/t_lots", &[("accept-language", "en")]).await;
    assert_eq!(
        (english.header("content-language"), english.json()["title"].as_str().unwrap()),
        ("en", "Test lots")
    );
}

#[tokio::test]
async fn answers_are_compressed_when_asked() {
    let world = world().await;
    let plain = world.items("t_lots/items").await;
    for coding in ["gzip", "br", "zstd"] {
        let answer =
            world.ask(Method::GET, "/ogc/collections/t_lots/items", &[("accept-encoding", coding)]).await;
        assert_eq!(answer.header("content-encoding"), coding);
        assert!(answer.body.len() * 3 < plain.body.len());
    }
}

#[tokio::test]
async fn links_start_with_the_address_that_was_called() {
    let world = world().await;
    let first = |answer: super::Answer| answer.json()["links"][0]["href"].as_str().unwrap().to_owned();
    assert_eq!(first(world.get("/ogc").await), "http://predio.test/ogc");
    let forged = [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example"),
    ];
    assert_eq!(first(world.ask(Method::GET, "/ogc", &forged).await), "http://predio.test/ogc");
    let servers = world.get("/ogc/api").await.json()["servers"][0]["url"].clone();
    assert_eq!(servers, "http://predio.test/ogc");
    let mut settings = testing::settings();
    settings.base_url = Some("https://catastro.example/geo/".to_owned());
    let world = world_with(settings).await;
    assert_eq!(first(world.get("/ogc").await), "https://catastro.example/geo/ogc");
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let world = world().await;
    for path in ["/ogc", "/nowhere", "/ogc?f=html", "/health/live", "/ogc/collections/t_lots/items?x=1"] {
        let answer = world.get(path).await;
        assert!(
            answer.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
    let forged = world.ask(Method::GET, "/ogc", &[("x-request-id", "mine")]).await;
    assert_ne!(forged.header("x-request-id"), "mine");
}

#[tokio::test]
async fn health_and_metrics_tell_the_truth() {
    let world = world().await;
    assert_eq!(world.get("/health/live").await.status, 200);
    assert_eq!(world.get("/health/ready").await.status, 200);
    world.get(ITEMS).await;
    let metrics = world.get("/metrics").await.text();
    assert!(
        metrics.contains("predio_http_requests_total{route=\"/ogc/collections/{id}/items\""),
        "{metrics}"
    );
    world.app.source.database.pool().close().await;
    assert_eq!(world.get("/health/ready").await.status, 503);
    assert_eq!(world.get("/health/live").await.status, 200);
}
