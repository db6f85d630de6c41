//! Failures as pages, for whoever asks for pages; everybody else keeps the problem document.

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use super::shell::Page;
use super::words;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::negotiate::{self, HTML, JSON};
use crate::http::parameters::Parameters;

/// Largest problem document of ours.
const PROBLEM_BYTES: usize = 64 << 10;

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    page: Page,
    text: &'static str,
    detail: Option<String>,
}

/// Turns a problem document into a page where the client prefers one.
pub async fn as_page(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let wants_page = wants_page(&parts.headers, parts.uri.query());
    if !wants_page {
        return next.run(Request::from_parts(parts, body)).await;
    }
    let ask = ask(&mut parts, &app).await;
    let is_safe = parts.method.is_safe();
    let response = next.run(Request::from_parts(parts, body)).await;
    let is_problem =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|mime| mime == "application/problem+json");
    match ask {
        Some(ask) if is_problem && is_safe && response.status() == StatusCode::UNAUTHORIZED => {
            super::account::sign_in_first(&ask)
        }
        Some(ask) if is_problem => page(&app, &ask, response).await,
        _ => response,
    }
}

/// `f` speaks before `Accept`; among equals the problem document wins.
fn wants_page(headers: &axum::http::HeaderMap, query: Option<&str>) -> bool {
    let asked = Parameters::parse(query).ok().and_then(|mut parameters| parameters.take("f"));
    match asked.as_deref() {
        Some("html") => true,
        Some(_) => false,
        None => negotiate::media(&mut Parameters::default(), headers, &[JSON, HTML])
            .is_ok_and(|media| media == HTML),
    }
}

/// The request as pages see it; without its query where that cannot be read.
async fn ask(parts: &mut axum::http::request::Parts, app: &App) -> Option<Ask> {
    if let Ok(ask) = Ask::from_request_parts(parts, app).await {
        return Some(ask);
    }
    let mut bare = axum::http::Request::new(()).into_parts().0;
    bare.headers.clone_from(&parts.headers);
    bare.uri = parts.uri.path().parse().ok()?;
    Ask::from_request_parts(&mut bare, app).await.ok()
}

async fn page(app: &App, ask: &Ask, problem: Response) -> Response {
    let (mut parts, body) = problem.into_parts();
    let bytes = to_bytes(body, PROBLEM_BYTES).await.unwrap_or_default();
    let detail = serde_json::from_slice::<Value>(&bytes)
        .ok()
        .and_then(|problem| problem["detail"].as_str().map(str::to_owned))
        .filter(|_| parts.status == StatusCode::BAD_REQUEST);
    let (title, text) = words::of(ask.language).failure(parts.status.as_u16());
    let notice = app.source.catalogue.last_notice();
    let page = ErrorPage { page: Page::new(ask, notice.as_ref(), title), text, detail };
    let Ok(html) = page.render() else { return Response::from_parts(parts, Body::from(bytes)) };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(HTML.mime));
    parts.headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(ask.language.tag()));
    parts.headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Language"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(html))
}
