//! Two versions of one plan: what is new, gone, moved, reshaped, described otherwise, or the same.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::routes::{READING, found, read};
use super::store::compare;
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::negotiate::JSON;
use crate::problem::{Error, Result};

/// `GET …/compare?with={id}`: from the older delivery, which the path names, to the other one.
pub async fn compare(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let with = ask
        .parameters
        .take("with")
        .ok_or_else(|| Error::bad("with", "is missing: the number of the other delivery"))?;
    let with: i64 = with.parse().map_err(|_| Error::bad("with", "is the number of the other delivery"))?;
    let all = ask.parameters.take("same").is_some_and(|word| word == "true");
    ask.only_media(&[JSON])?;
    let (mut transaction, before, _) = read(&app, &actor, number(&id)?, READING).await?;
    let after = found(&mut transaction, with).await?;
    if before.target != after.target {
        return Err(Error::bad("with", "goes to another layer"));
    }
    for one in [&before, &after] {
        if one.srid.is_none() {
            return Err(Error::Conflict(format!("delivery {} has no place yet: POST …/crs", one.id)));
        }
    }
    compare::match_up(&mut transaction, before.id, after.id).await?;
    let counts: serde_json::Map<String, serde_json::Value> =
        compare::counts(&mut transaction).await?.into_iter().map(|(change, n)| (change, json!(n))).collect();
    let features = compare::features(&mut transaction, all).await?;
    Ok(Json(json!({ "type": "FeatureCollection", "before": before.id, "after": after.id, "counts": counts, "features": features }))
        .into_response())
}
