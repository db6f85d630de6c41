//! The web map, served from memory.
//!
//! What `npm run build` left in `web/dist` is embedded when the crate is compiled. Files under `/map/` carry the
//! hash of their content in their name, so they never change; `/` names them and is asked for anew each time.
//! Beside each large file lies its compressed form, so nothing is compressed per request. Without `web/dist` the
//! service has everything but the map, and says so at `/`.

#[cfg(test)]
mod tests;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::access::Permission;
use crate::app::App;
use crate::http::etag;
use crate::http::routes::Routes;
use crate::problem::{Error, Result};

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// The page of the map and its files.
pub fn routes() -> Routes<App> {
    Routes::default().get("/", Permission::Public, page).get("/map/{*file}", Permission::Public, file)
}

/// `GET /`
async fn page(headers: HeaderMap) -> Response {
    serve("index.html", &headers).unwrap_or_else(|| not_built().into_response())
}

/// `GET /map/{file}`
async fn file(Path(file): Path<String>, headers: HeaderMap) -> Result<Response> {
    serve(&format!("map/{file}"), &headers)
        .ok_or_else(|| Error::NotFound(format!("the map has no file `{file}`")))
}

/// An embedded file as the client takes it; none that is not there.
fn serve(name: &str, headers: &HeaderMap) -> Option<Response> {
    let plain = Dist::get(name)?;
    let tag = etag::of(&plain.metadata.sha256_hash());
    let (caching, mime) = (caching(name), mime(name));
    let mut response = if etag::is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(name, plain, headers)
    };
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, mime);
    out.insert(header::CACHE_CONTROL, caching);
    out.insert(header::ETAG, tag);
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(response)
}

fn body(name: &str, plain: EmbeddedFile, headers: &HeaderMap) -> Response {
    let squeezed = takes_gzip(headers).then(|| Dist::get(&format!("{name}.gz"))).flatten();
    match squeezed {
        Some(file) => ([(header::CONTENT_ENCODING, "gzip")], file.data).into_response(),
        None => plain.data.into_response(),
    }
}

/// The name without a hash is the page's and the icon's.
fn caching(name: &str) -> HeaderValue {
    let is_hashed = name.rsplit_once('-').is_some_and(|(_, end)| end.len() > 8);
    if is_hashed { FOREVER } else { ASK_FIRST }
}

fn mime(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    })
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .any(|coding| coding == "gzip" || (coding.starts_with("gzip;") && !coding.ends_with("q=0")))
}

/// Said at `/` by a binary that was built without the map.
fn not_built() -> (StatusCode, Html<&'static str>) {
    (StatusCode::SERVICE_UNAVAILABLE, Html(include_str!("not_built.html")))
}
