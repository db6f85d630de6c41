//! A reading of a file's numbers, seen before it is chosen: where the delivery would lie. Nothing is changed by looking.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::model::Proposal;
use super::routes::{READING, read};
use super::store::place;
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::negotiate::{GEOJSON, JSON};
use crate::problem::{Error, Result};

/// Features of one preview, unless told: enough to see where it lies, few enough for a map to draw at once.
const SHOWN: i64 = 500;
const MOST: i64 = 5_000;

/// `GET …/preview?candidate={name}`: the delivery as that proposal reads its numbers, as GeoJSON, with the proposal and its
/// evidence. Of a large file some features, spread over it.
pub async fn preview(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let candidate = ask.parameters.take("candidate");
    let limit = limit(ask.parameters.take("limit"))?;
    let media = ask.only_media(&[GEOJSON, JSON])?;
    let (mut transaction, delivery, _) = read(&app, &actor, number(&id)?, READING).await?;
    let proposals = delivery.proposals()?;
    let proposal = named(&proposals, candidate.as_deref())?;
    let read = delivery.read_count.unwrap_or(0);
    let (features, placeless) = place::seen(&mut transaction, delivery.id, proposal, (read, limit)).await?;
    let told = json!({
        "type": "FeatureCollection", "proposal": proposal, "read_count": read, "placeless": placeless,
        "numberReturned": features.len(), "features": features,
    });
    Ok(([(header::CONTENT_TYPE, media.mime)], told.to_string()).into_response())
}

fn limit(said: Option<String>) -> Result<i64> {
    let Some(said) = said else { return Ok(SHOWN) };
    let limit = said.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| Error::bad("limit", format!("must be a whole number from 1 to {MOST}")))
}

fn named<'a>(proposals: &'a [Proposal], name: Option<&str>) -> Result<&'a Proposal> {
    let found = name.and_then(|name| proposals.iter().find(|one| one.candidate == name));
    found.ok_or_else(|| {
        let names: Vec<&str> = proposals.iter().map(|one| one.candidate.as_str()).collect();
        let names = if names.is_empty() { "-".to_owned() } else { names.join(", ") };
        Error::bad(
            "candidate",
            format!(
                "es: nombra una propuesta de la entrega: {names} | en: names a proposal of the delivery: {names}"
            ),
        )
    })
}
