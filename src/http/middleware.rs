//! What happens around every handler.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::parameters::{Parameters, decode};
use crate::problem::Error;

const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that keep a browser from doing more than our pages need.
pub async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses addresses that are no text: escapes that are none, bytes that are no UTF-8, NUL.
pub async fn readable(request: Request, next: Next) -> Response {
    if decode(request.uri().path()).is_none() {
        return Error::bad("path", "is not percent-encoded UTF-8").into_response();
    }
    if let Err(error) = Parameters::parse(request.uri().query()) {
        return error.into_response();
    }
    next.run(request).await
}

/// `OPTIONS` says what a resource allows, and answers a browser's preflight: the data are public to every origin.
pub async fn share(request: Request, next: Next) -> Response {
    let asks_options = request.method() == Method::OPTIONS;
    let preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !asks_options {
        let allow = response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok());
        response = Error::MethodNotAllowed(allow.unwrap_or_default().to_owned()).into_response();
    }
    if asks_options && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let allow =
            response.headers().get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
        let allow =
            HeaderValue::try_from(format!("{allow},OPTIONS")).unwrap_or(HeaderValue::from_static("OPTIONS"));
        response = StatusCode::NO_CONTENT.into_response();
        response.headers_mut().insert(header::ALLOW, allow);
    }
    let allow = response.headers().get(header::ALLOW).cloned().filter(|_| asks_options && preflight);
    let headers = response.headers_mut();
    if let Some(allow) = allow {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allow);
        // A star does not stand for `Authorization`.
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*, Authorization"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static(
        "Link, ETag, Content-Crs, Location, Allow, Predio-Notice, Retry-After, X-Request-Id, Repr-Digest, Content-Range",
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// Counts requests and their times, by route and not by address.
pub async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().as_str().to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("predio_http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("predio_http_request_seconds", "route" => route)
        .record(begun.elapsed().as_secs_f64());
    response
}

/// Name of the header that carries a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
