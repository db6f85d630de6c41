//! What the browser gets of the map, with and without one.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{caching, mime, page, serve, takes_gzip};

fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
}

#[test]
fn only_hashed_names_are_kept_forever() {
    let kept = |name| caching(name).to_str().is_ok_and(|value| value.contains("immutable"));
    assert!(kept("map/index-DHk9t6x9.js"));
    assert!(!kept("index.html"));
    assert!(!kept("map/icon.svg"));
}

#[test]
fn gzip_is_taken_only_where_it_is_offered() {
    assert!(takes_gzip(&with(header::ACCEPT_ENCODING, "gzip, deflate, br")));
    assert!(takes_gzip(&with(header::ACCEPT_ENCODING, "br, gzip;q=0.5")));
    assert!(!takes_gzip(&with(header::ACCEPT_ENCODING, "gzip;q=0, identity")));
    assert!(!takes_gzip(&HeaderMap::new()));
}

#[test]
fn scripts_and_pages_say_what_they_are() {
    assert_eq!(mime("map/index-DHk9t6x9.js"), "text/javascript; charset=utf-8");
    assert_eq!(mime("index.html"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn the_page_is_the_map_or_says_that_there_is_none() {
    let response = page(HeaderMap::new()).await;
    let Some(embedded) = serve("index.html", &HeaderMap::new()) else {
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        return;
    };
    assert_eq!(response.status(), StatusCode::OK);
    let tag = embedded.headers()[header::ETAG].clone();
    let again = page(HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)])).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(serve("map/../index.html", &HeaderMap::new()).is_none());
}
