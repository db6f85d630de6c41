//! The document of `/api/v1`, OpenAPI 3.0.3: every route with its parameters, bodies, answers, errors and permission.
//!
//! Invariants: a route of `/api/v1` that is not described fails a test, and so does a description without a route; who
//! may call it is what the router enforces, read from the same declaration; no `$ref` leaves the document.

mod bundles;
mod deliveries;
mod exports;
mod operations;
mod parcels;
mod register;
mod resources;
mod returns;
mod shapes;

#[cfg(test)]
mod tests;

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::access::Permission;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::negotiate::OPENAPI;
use crate::http::routes::{Declared, Routes};
use crate::ogc::reply::{self, Head};
use crate::problem::Result;

/// Where all of it lies.
const BASE: &str = "/api/v1";

/// `/api/v1/openapi.json`
pub fn routes() -> Routes<App> {
    Routes::default().get("/api/v1/openapi.json", Permission::Public, show)
}

async fn show(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[OPENAPI])?;
    let notice = ask.source.catalogue.current().await?.notice();
    let say = |es: &str, en: &str| if ask.language.tag() == "es" { es.to_owned() } else { en.to_owned() };
    let about = say(
        "Operaciones y recursos del catastro. Los errores son application/problem+json (RFC 9457).",
        "Operations and resources of the cadastre. Errors are application/problem+json (RFC 9457).",
    );
    let document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": say("Predio: interfaz del catastro", "Predio: interface of the cadastre"),
            "description": reply::with_notice(&ask, notice.as_ref(), &about),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": format!("{}{BASE}", ask.base) }],
        "externalDocs": { "url": format!("{}/ogc/api", ask.base), "description": "OGC API" },
        "paths": paths(ask.language.tag() == "es", &crate::router::permissions()),
        "components": {
            "schemas": shapes::schemas(),
            "responses": shapes::failures(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "basic": { "type": "http", "scheme": "basic", "description": "Account and token; never a password." },
                "session": { "type": "apiKey", "in": "cookie", "name": "predio" },
            },
        },
    });
    Ok(Head::new(media, notice).document(&ask, document))
}

/// `paths`: each operation with the permission that the router declares for it.
fn paths(spanish: bool, declared: &[Declared]) -> Value {
    let mut paths = Map::new();
    for operation in operations::all() {
        let permission = declared.iter().find(|route| operation.is_of(route)).map(|route| route.permission);
        let path =
            paths.entry(operation.path.trim_start_matches(BASE).to_owned()).or_insert_with(|| json!({}));
        path[operation.method] = operation.json(spanish, permission);
    }
    Value::Object(paths)
}
