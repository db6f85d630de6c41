//! The API document, OpenAPI 3.0.3.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::reply::Head;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::negotiate::OPENAPI;
use crate::problem::Result;

/// `GET /ogc/api`
pub async fn show(State(app): State<App>, mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[OPENAPI])?;
    let notice = app.source.catalogue.current().await?.notice();
    Ok(Head::new(media, notice).document(&ask, &json!({})))
}
