//! `/api/v1/me`: who the service takes the caller for.

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{Actor, Permission, Proof, Scope};
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::problem::Result;

/// Who asks, and what they may read of persons.
pub fn routes() -> Routes<App> {
    Routes::default().get("/api/v1/me", Permission::Public, me).merge(super::person::routes())
}

#[derive(Serialize)]
struct Me<'a> {
    signed_in: bool,
    account: Option<&'a str>,
    audience: &'static str,
    offices: Vec<&'static str>,
    districts: Option<&'a [String]>,
    scopes: Vec<&'static str>,
}

async fn me(actor: Actor, mut ask: Ask) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let scopes = match actor.proof() {
        Proof::Token(scopes) => scopes.clone(),
        Proof::Nothing => vec![Scope::Read],
        Proof::Session | Proof::Inside => Scope::ALL.to_vec(),
    };
    let me = Me {
        signed_in: actor.is_signed_in(),
        account: actor.account.as_deref(),
        audience: actor.audience.name(),
        offices: actor.offices().iter().map(|office| office.name()).collect(),
        districts: actor.districts(),
        scopes: scopes.iter().map(|scope| scope.name()).collect(),
    };
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(me)).into_response())
}
