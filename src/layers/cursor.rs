//! Where a page ended: the sort keys and the id of its last feature, opaque to clients.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::model::{Kind, Layer, Valid};
use super::request::{Request, Value};
use crate::problem::{Error, Result};

/// A place in the order of a request's features.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// The sort keys in the database's text form; none for NULL.
    pub keys: Vec<Option<String>>,
    /// The id.
    pub id: Value,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    q: String,
    k: Vec<Option<String>>,
    i: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<DateTime<Utc>>,
}

/// The token for `next`.
pub fn encode(layer: &Layer, request: &Request, position: &Position) -> String {
    let id = match &position.id {
        Value::Int(id) => id.to_string(),
        Value::Uuid(id) => id.to_string(),
        Value::Text(id) => id.clone(),
        other => format!("{other:?}"),
    };
    let wire =
        Wire { q: request.fingerprint(layer), k: position.keys.clone(), i: id, t: present(layer, request) };
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&wire).unwrap_or_default())
}

/// The present as far as the layer knows time: of days its noon, so that a page stays the same all day.
fn present(layer: &Layer, request: &Request) -> Option<DateTime<Utc>> {
    match layer.valid? {
        Valid::Days => Some(request.now.day.and_hms_opt(17, 0, 0)?.and_utc()),
        Valid::Instants => Some(request.now.instant),
    }
}

/// Continues `request` at `token`: its position, and the present of its first page.
///
/// # Errors
/// When the token is not ours or belongs to another query.
pub fn resume(layer: &Layer, request: &mut Request, token: &str) -> Result<()> {
    let wrong = || Error::bad("cursor", "is not one of this service; begin again without it");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| wrong())?;
    let wire: Wire = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    if wire.q != request.fingerprint(layer) {
        return Err(Error::bad("cursor", "belongs to another query; begin again without it"));
    }
    let strange = |text: &String| text.contains('\0');
    if wire.k.len() != request.sort.len() || wire.k.iter().flatten().any(strange) {
        return Err(wrong());
    }
    for (key, text) in request.sort.iter().zip(&wire.k) {
        check_key(key.column.kind, text.as_deref()).ok_or_else(wrong)?;
    }
    if let Some(present) = wire.t {
        request.now = present.into();
    }
    request.after = Some(Position { keys: wire.k, id: parse_id(layer, &wire.i).ok_or_else(wrong)? });
    Ok(())
}

/// A forged cursor must not become a failing cast in the database.
fn check_key(kind: Kind, text: Option<&str>) -> Option<()> {
    let Some(text) = text else { return Some(()) };
    let special = matches!(text, "NaN" | "Infinity" | "-Infinity" | "infinity" | "-infinity");
    let fine = match kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 => text.parse::<i64>().is_ok(),
        Kind::Float4 | Kind::Float8 | Kind::Numeric => {
            special || (text.is_ascii() && text.parse::<f64>().is_ok())
        }
        Kind::Bool => matches!(text, "true" | "false"),
        Kind::Uuid => text.parse::<uuid::Uuid>().is_ok(),
        Kind::Date => special || text.parse::<chrono::NaiveDate>().is_ok(),
        Kind::Timestamp | Kind::TimestampTz => {
            special || text.get(..10)?.parse::<chrono::NaiveDate>().is_ok()
        }
        Kind::Text => true,
        Kind::Json | Kind::Other => false,
    };
    fine.then_some(())
}

/// An id as it stands in a path; none when no feature of the layer can have it.
pub fn parse_id(layer: &Layer, text: &str) -> Option<Value> {
    match layer.id.kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 => {
            let id: i64 = text.parse().ok()?;
            // One id, one address: no `+1`, `01`, `-0`.
            (id.to_string() == text).then_some(Value::Int(id))
        }
        Kind::Uuid => text.parse().ok().map(Value::Uuid),
        _ => (!text.contains('\0')).then(|| Value::Text(text.to_owned())),
    }
}
