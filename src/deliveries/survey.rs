//! The polygon of a parcel from a delivered survey: the operation of the fabric, with the shape of one staged feature.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{Method, Uri};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::routes::{READING, read};
use super::store::reading;
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::RequestHash;
use crate::problem::{Error, Result};

/// States in which a delivery lies where it belongs.
const PLACED: [&str; 2] = ["checked", "accepted"];

/// `POST /api/v1/deliveries/{id}/features/{feature}/replace/{code}`: as `/api/v1/parcels/{code}/replace`, without
/// `polygons`; the source is the delivery's where none is told.
pub async fn replace(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    Path((id, feature, code)): Path<(String, String, String)>,
    (method, uri): (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    let hash = RequestHash::of(&method, &uri, &body);
    let mut members: Map<String, Value> =
        serde_json::from_slice(&body).map_err(|error| Error::bad("body", error.to_string()))?;
    if members.contains_key("polygons") {
        return Err(Error::bad("polygons", "are those of the delivered feature"));
    }
    let (mut transaction, delivery, actor) = read(&app, &actor, number(&id)?, READING).await?;
    if !PLACED.contains(&delivery.state.as_str()) {
        return Err(Error::Conflict(format!(
            "es: la entrega está en estado {0}; primero se decide dónde está | en: the delivery is in state {0}; where it lies is decided first",
            delivery.state
        )));
    }
    let feature = number(&feature)?;
    let polygons = reading::polygons(&mut transaction, delivery.id, feature).await?;
    let polygons = polygons.ok_or_else(|| {
        Error::NotFound(format!("feature {feature} of delivery {} has no polygon", delivery.id))
    })?;
    transaction.rollback().await?;
    members.insert("polygons".to_owned(), open(polygons));
    if !members.contains_key("source_id") {
        members.extend(delivery.source_id.map(|source| ("source_id".to_owned(), json!(source))));
    }
    crate::parcels::operate(&app, &actor, ask, ("replace", &code), members, hash).await
}

/// An operation names each corner once; GeoJSON repeats the first one at the end of its ring.
fn open(mut polygons: Value) -> Value {
    let rings = polygons.as_array_mut().into_iter().flatten().filter_map(Value::as_array_mut).flatten();
    for ring in rings.filter_map(Value::as_array_mut) {
        ring.pop();
    }
    polygons
}
