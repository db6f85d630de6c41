//! What changed, as it is shown before anything is applied, and afterwards with what became of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::super::model::Delivery;
use super::super::routes::{READING, limit, read, whole};
use super::super::store::changes;
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::negotiate::JSON;
use crate::problem::{Error, Result};

/// `GET …/changes`: counts, and changes of a kind and state as GeoJSON, paged. Open conflicts of an accepted return are
/// told against what is on record now.
pub async fn list(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let page = (whole(&mut ask, "after")?.unwrap_or(0), limit(&mut ask)?);
    let (change, state) = (ask.parameters.take("change"), ask.parameters.take("state"));
    ask.only_media(&[JSON])?;
    let (mut transaction, delivery, _) = read(&app, &actor, number(&id)?, READING).await?;
    check_returns(&delivery)?;
    if delivery.state == "accepted" {
        // Shown, and forgotten with this transaction.
        changes::refresh(&mut transaction, &delivery).await?;
    }
    let counts = changes::counts(&mut transaction, delivery.id).await?;
    let which = (change.as_deref(), state.as_deref());
    let features = changes::list(&mut transaction, delivery.id, page, which).await?;
    let next = features.last().filter(|_| features.len() as i64 == page.1).map(|last| last["id"].clone());
    Ok(Json(json!({ "type": "FeatureCollection", "counts": counts, "after": next, "features": features }))
        .into_response())
}

/// Counts of a return; null for another delivery.
///
/// # Errors
/// When the database fails.
pub async fn counts(connection: &mut PgConnection, delivery: &Delivery) -> Result<Value> {
    match delivery.returns {
        Some(_) => Ok(changes::counts(connection, delivery.id).await?),
        None => Ok(Value::Null),
    }
}

/// Refuses what is asked of a delivery that returns nothing.
pub(super) fn check_returns(delivery: &Delivery) -> Result<()> {
    if delivery.returns.is_some() {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "es: la entrega {0} no devuelve una salida de campo | en: delivery {0} returns no field copy",
        delivery.id
    )))
}
