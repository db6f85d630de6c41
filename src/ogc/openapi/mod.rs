//! The API document, OpenAPI 3.0.3.
//!
//! Invariants, each asked for by a client: no `$ref` leaves the document (one that cannot be followed makes test
//! suites and generators give up); `servers` is the address that was called; each collection has paths of its own
//! with every parameter (QGIS filters on the server only by those); `components.parameters.limit` carries default
//! and maximum (QGIS and GDAL take their page size from it).

mod parameters;
mod paths;
mod schemas;
mod writing;

use axum::response::Response;
use serde_json::{Value, json};

use super::pages;
use super::reply::{self, Head};
use crate::http::ask::Ask;
use crate::http::negotiate::{HTML, OPENAPI};
use crate::layers::catalogue::Snapshot;
use crate::problem::Result;

/// `GET /ogc/api`
pub async fn show(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[OPENAPI, HTML])?;
    let snapshot = ask.source.catalogue.current().await?;
    let document = document(&ask, &snapshot);
    let head = Head::new(media, snapshot.notice());
    if media == HTML {
        return pages::api(&ask, &head, &document);
    }
    Ok(head.document(&ask, document))
}

fn document(ask: &Ask, snapshot: &Snapshot) -> Value {
    let notice = snapshot.notice();
    let text = ask.language.of(&super::landing::description()).to_owned();
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": ask.language.of(&super::landing::title()),
            "description": reply::with_notice(ask, notice.as_ref(), &text),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": format!("{}/ogc", ask.base) }],
        "tags": [
            { "name": "Capabilities" }, { "name": "Features" }, { "name": "Schemas" }, { "name": "Tiles" },
        ],
        "paths": paths::all(ask, snapshot),
        "components": {
            "parameters": parameters::shared(snapshot),
            "schemas": schemas::all(),
            "responses": schemas::responses(),
        },
    })
}
