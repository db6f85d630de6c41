//! Every page in both languages: valid as far as it can be told without a browser, small, and safe.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use tower::ServiceExt;

use crate::app::App;
use crate::testing::{self, TestDatabase};

/// What one page may weigh before compression.
const PAGE_BYTES: usize = 30 << 10;
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn service() -> (TestDatabase, Router) {
    let test = testing::demo_database().await;
    let app = App::new(testing::settings(), test.database.clone()).await.unwrap();
    (test, crate::router::router(app))
}

async fn get(
    router: &Router,
    path: &str,
    accept: &str,
    language: &str,
) -> (StatusCode, header::HeaderMap, String) {
    let request = Request::get(path)
        .header(header::HOST, "predio.test")
        .header(header::ACCEPT, accept)
        .header(header::ACCEPT_LANGUAGE, language)
        .body(Body::empty())
        .unwrap();
    let response: Response<Body> = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 8 << 20).await.unwrap();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// Codes of the defects' catalogue, one of each kind, and ordinary parcels.
async fn codes(test: &TestDatabase) -> Vec<String> {
    sqlx::query_scalar(
        "(select code from land.parcel where code like '15020399%' order by code)
         union all (select code from land.parcel where kind = 'rural' order by code limit 3)
         union all (select code from land.parcel where code not like '15020399%' and kind = 'urban' order by md5(code) limit 10)",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap()
}

/// Tags that stand open at the end, or close what is not open.
fn unbalanced(html: &str) -> Vec<String> {
    const VOID: [&str; 5] = ["meta", "link", "input", "br", "img"];
    let (mut open, mut wrong): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for piece in html.split('<').skip(1).filter(|piece| !piece.starts_with('!')) {
        let name: String =
            piece.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        if piece.split('>').next().is_some_and(|tag| tag.ends_with('/')) {
            continue;
        }
        if piece.starts_with('/') {
            if open.pop().as_deref() != Some(name.as_str()) {
                wrong.push(name);
            }
        } else if !VOID.contains(&name.as_str()) {
            open.push(name);
        }
    }
    wrong.extend(open);
    wrong
}

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn check(path: &str, language: &str, html: &str, headers: &header::HeaderMap) {
    let count = |text: &str| html.matches(text).count();
    assert!(
        html.starts_with("<!doctype html>") && html.contains(&format!("<html lang=\"{language}\">")),
        "{path}"
    );
    assert_eq!(headers[header::CONTENT_LANGUAGE], language, "{path}");
    assert_eq!(unbalanced(html), Vec::<String>::new(), "{path}");
    assert_eq!(
        (count("<h1>"), count("<main "), count("<nav "), count("<footer>"), count("<title>")),
        (1, 1, 1, 1, 1),
        "{path}"
    );
    assert!(count("class=\"skip\" href=\"#main\"") == 1 && count("id=\"main\"") == 1, "{path}");
    assert_eq!(count("<table"), count("<caption"), "{path}: a table without a caption");
    assert!(count("<th>") == 0 && count("<td") <= html.len(), "{path}: a header without a scope");
    assert!(
        count("<script") == 0 && count(" style=") == 0 && count(" onclick") == 0,
        "{path}: something inline"
    );
    assert!(html.len() <= PAGE_BYTES, "{path}: {} bytes", html.len());
    let mut ids = values(html, "id");
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{path}: an id twice");
    for name in ["aria-labelledby", "aria-describedby", "for"].iter().flat_map(|name| values(html, name)) {
        assert!(ids.contains(&name), "{path}: {name} names nothing");
    }
    let away: Vec<_> = values(html, "href")
        .into_iter()
        .chain(values(html, "action"))
        .filter(|href| !href.starts_with("http://predio.test/") && !href.starts_with('#'))
        .collect();
    assert!(away.is_empty(), "{path}: {away:?}");
    let notice = if language == "es" { "DATOS FICTICIOS" } else { "FICTITIOUS DATA" };
    assert!(html.contains(notice) && headers.contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
}

#[tokio::test]
async fn every_page_is_sound_in_both_languages() {
    let (test, router) = service().await;
    let mut paths: Vec<String> =
        ["/buscar", "/buscar?q=huayto", "/buscar?q=mz+a+lt+1", "/buscar?q=%3Cscript%3E", "/capas", "/acerca"]
            .map(str::to_owned)
            .to_vec();
    paths.extend(["/descargas", "/descargas/150203"].map(str::to_owned));
    paths.extend(
        ["parcels", "zones", "norms", "service_coverage", "restriction_themes"]
            .map(|layer| format!("/capas/{layer}")),
    );
    paths.extend(codes(&test).await.iter().map(|code| format!("/predio/{code}")));
    let mut largest = (0, String::new());
    for path in &paths {
        for language in ["es", "en"] {
            let (status, headers, html) = get(&router, path, BROWSER, language).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            check(path, language, &html, &headers);
            largest = largest.max((html.len(), path.clone()));
        }
    }
    println!("{} pages, the largest {} bytes: {}", paths.len(), largest.0, largest.1);
}

#[tokio::test]
async fn failures_are_pages_for_people_and_problems_for_programs() {
    let (_test, router) = service().await;
    for (path, status) in [
        ("/predio/99999999999999", 404),
        ("/predio/no%20code", 404),
        ("/predio/150203.xml", 404),
        ("/nowhere", 404),
        ("/capas/nothing", 404),
        ("/descargas/999999", 404),
        ("/descargas/150203/2020-01-01.gpkg", 404),
        ("/ogc/collections/nothing", 404),
        ("/capas?colour=red", 400),
        ("/predio/15020399001001?as_of=yesterday", 400),
        ("/buscar?q=a&q=b", 400),
    ] {
        for language in ["es", "en"] {
            let (code, headers, html) = get(&router, path, BROWSER, language).await;
            assert_eq!(code.as_u16(), status, "{path}");
            check(path, language, &html, &headers);
        }
        let (code, headers, body) = get(&router, path, "*/*", "es").await;
        assert_eq!(code.as_u16(), status, "{path}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{path}");
        assert!(body.starts_with('{'));
    }
}

#[tokio::test]
async fn one_address_serves_page_json_and_geojson_with_the_same_answers() {
    let (test, router) = service().await;
    let code = &codes(&test).await[17];
    let at = format!("/predio/{code}");
    let (_, headers, json) = get(&router, &format!("{at}.json"), "*/*", "es").await;
    let tag = headers[header::ETAG].clone();
    let extract: serde_json::Value = serde_json::from_str(&json).unwrap();
    let (_, headers, same) = get(&router, &at, "application/json", "en").await;
    assert_eq!((&same, &headers[header::ETAG]), (&json, &tag));
    let (_, headers, feature) = get(&router, &format!("{at}.geojson"), "*/*", "es").await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/geo+json");
    let feature: serde_json::Value = serde_json::from_str(&feature).unwrap();
    assert_eq!(feature["properties"], extract);
    assert_eq!(feature["geometry"]["type"], "MultiPolygon");
    let (_, _, html) = get(&router, &at, BROWSER, "es").await;
    for restriction in extract["restrictions"].as_array().unwrap() {
        assert!(html.contains(restriction["title"]["es"].as_str().unwrap()));
    }
    let known = Request::get(format!("{at}.json"))
        .header(header::HOST, "predio.test")
        .header(header::IF_NONE_MATCH, &tag);
    let response = router.clone().oneshot(known.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn other_codes_lead_to_the_parcels_own_address() {
    let (test, router) = service().await;
    let (crc, code): (String, String) = sqlx::query_as(
        "select u.crc, p.code from land.property_unit u join land.property_unit_parcel up on up.property_unit_id = u.id
         join land.parcel p on p.id = up.parcel_id join land.parcel_version v on v.parcel_id = p.id and v.valid @> current_date
         where u.crc is not null order by u.id limit 1",
    )
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    let (status, headers, _) = get(&router, &format!("/predio/{crc}.json?lang=en"), "*/*", "es").await;
    assert_eq!(status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(headers[header::LOCATION], format!("http://predio.test/predio/{code}.json?lang=en"));
    let rural: String =
        sqlx::query_scalar("select code from land.parcel where code like 'UC-%' order by code limit 1")
            .fetch_one(&mut test.owner().await)
            .await
            .unwrap();
    let (status, headers, _) =
        get(&router, &format!("/predio/{}", rural.to_lowercase()), BROWSER, "es").await;
    assert_eq!(status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(headers[header::LOCATION], format!("http://predio.test/predio/{rural}"));
}

#[tokio::test]
async fn the_search_speaks_json_in_its_shape() {
    let (_test, router) = service().await;
    let (status, _, body) = get(&router, "/buscar.json?q=huayto", "*/*", "es").await;
    assert_eq!(status, StatusCode::OK);
    let answer: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["query"], "huayto");
    let first = answer["results"][0].as_object().unwrap();
    let members: Vec<_> = first.keys().map(String::as_str).collect();
    assert_eq!(members, ["kind", "code", "title", "subtitle", "href", "lon", "lat", "bbox"]);
    assert_eq!((first["kind"].as_str(), first["title"].as_str()), (Some("settlement"), Some("Huayto")));
}
