//! `/api/v1/changes`: as a page of JSON, or as server-sent events.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::cursor::Cursor;
use super::{store, stream};
use crate::access::Permission;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::routes::Routes;
use crate::problem::{Error, Result};

/// Changes of one page, unless told.
const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 1_000;
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const NOTICE: HeaderName = HeaderName::from_static("predio-notice");

/// The change feed.
pub fn routes() -> Routes<App> {
    Routes::default().get("/api/v1/changes", Permission::Public, changes)
}

async fn changes(State(app): State<App>, mut ask: Ask) -> Result<Response> {
    let cursor = ask.parameters.take("cursor").map(|text| Cursor::parse("cursor", &text)).transpose()?;
    let limit = ask.parameters.take("limit").map(|text| limit(&text)).transpose()?.unwrap_or(PAGE);
    ask.parameters.finish()?;
    let (database, audience) = (ask.source.database.clone(), ask.actor.audience);
    let mut response = if wants_events(&ask.headers) {
        let cursor = last_event(&ask.headers)?.or(cursor);
        let sleeper = app.wake.join(&database).await?;
        let first = store::page(&database, audience, cursor.as_ref(), limit).await?;
        stream::events(database, audience, sleeper, first).into_response()
    } else {
        Json(store::page(&database, audience, cursor.as_ref(), limit).await?).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    let notice = ask.source.catalogue.current().await?.notice();
    if let Some(notice) = notice.and_then(|notice| HeaderValue::try_from(ask.language.of(&notice)).ok()) {
        headers.insert(NOTICE, notice);
    }
    Ok(response)
}

fn limit(text: &str) -> Result<i64> {
    match text.parse() {
        Ok(limit) if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
        _ => Err(Error::bad("limit", format!("must be a whole number from 1 to {LARGEST_PAGE}"))),
    }
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|range| range.trim_start().starts_with("text/event-stream"))
}

/// Where a stream broke off. It counts more than the address, which a browser repeats unchanged.
fn last_event(headers: &HeaderMap) -> Result<Option<Cursor>> {
    let Some(value) = headers.get(LAST_EVENT_ID) else { return Ok(None) };
    match value.to_str() {
        Ok("") => Ok(None),
        Ok(text) => Cursor::parse("Last-Event-ID", text).map(Some),
        Err(_) => Err(Error::bad("Last-Event-ID", "is not a cursor of this feed")),
    }
}
