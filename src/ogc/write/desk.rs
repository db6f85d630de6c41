//! Who may do what with a layer: the grants on its view decide, and an account writes in the office that has them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::layers::door::Actions;
use crate::layers::{Action, Door, Layer};
use crate::problem::{Error, Result};

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// A layer, and the account in the office that may write it.
pub(super) struct Desk {
    pub layer: Arc<Layer>,
    pub actor: Actor,
}

/// The first office of the account that may do `action` with the layer.
///
/// # Errors
/// [`Error::NotFound`] where no office sees the layer, [`Error::MethodNotAllowed`] where nobody can do it,
/// [`Error::Forbidden`] where others can.
pub(super) async fn of(app: &App, actor: &Actor, id: &str, action: Action) -> Result<Desk> {
    let mut seen: Option<Arc<Layer>> = None;
    for office in offices(actor) {
        let Some(layer) = look(app, office, id).await? else { continue };
        if layer.door.as_ref().is_some_and(|door| door.may.has(action)) {
            let mut actor = actor.clone();
            actor.audience = office;
            return Ok(Desk { layer, actor });
        }
        seen = Some(layer);
    }
    let layer = seen.ok_or_else(|| Error::NotFound(format!("there is no collection `{id}`")))?;
    if layer.door.as_ref().is_some_and(|door| door.takes.has(action)) {
        return Err(Error::Forbidden(format!("the account's offices do not write `{id}`")));
    }
    let is_item = action != Action::Create;
    Err(Error::MethodNotAllowed(allowed(app, actor, id, is_item, |door| door.may).await?))
}

/// The office in use, then the others.
fn offices(actor: &Actor) -> Vec<Audience> {
    let others = actor.offices().iter().copied().filter(|office| *office != actor.audience);
    std::iter::once(actor.audience).chain(others).collect()
}

async fn look(app: &App, office: Audience, id: &str) -> Result<Option<Arc<Layer>>> {
    match app.source_of(office).catalogue.layer(id).await {
        Ok(layer) => Ok(Some(layer)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `OPTIONS /ogc/collections/{id}/items`
pub async fn options_of_items(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    options(&app, &actor, &id, &headers, false).await
}

/// `OPTIONS /ogc/collections/{id}/items/{fid}`
pub async fn options_of_item(
    State(app): State<App>,
    actor: Actor,
    Path((id, _)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response> {
    options(&app, &actor, &id, &headers, true).await
}

async fn options(app: &App, actor: &Actor, id: &str, headers: &HeaderMap, is_item: bool) -> Result<Response> {
    // A browser asks beforehand, and without the account: what an account may is told to the request itself.
    let is_preflight = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let of = |door: &Door| if is_preflight { door.takes } else { door.may };
    let allowed = allowed(app, actor, id, is_item, of).await?;
    let accepts = allowed.contains("POST");
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::try_from(allowed).map_err(anyhow::Error::from)?);
    headers.insert(header::VARY, HeaderValue::from_static("Authorization, Cookie"));
    if accepts {
        headers.insert(ACCEPT_POST, HeaderValue::from_static("application/geo+json, application/json"));
    }
    Ok(response)
}

/// The methods of the layer's resource, where `of` says which actions count for an office of the account.
async fn allowed(
    app: &App,
    actor: &Actor,
    id: &str,
    is_item: bool,
    of: impl Fn(&Door) -> Actions,
) -> Result<String> {
    let mut layers = Vec::new();
    for office in offices(actor) {
        layers.extend(look(app, office, id).await?);
    }
    if layers.is_empty() {
        return Err(Error::NotFound(format!("there is no collection `{id}`")));
    }
    let may =
        |action| layers.iter().any(|layer| layer.door.as_ref().is_some_and(|door| of(door).has(action)));
    let all = [
        (false, Action::Create, ",POST"),
        (true, Action::Replace, ",PUT"),
        (true, Action::Delete, ",DELETE"),
    ];
    let writing = all.iter().filter(|(of_item, action, _)| *of_item == is_item && may(*action));
    Ok(writing.fold("GET,HEAD,OPTIONS".to_owned(), |list, (.., method)| list + method))
}
