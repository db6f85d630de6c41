//! Personal data: who holds a parcel, told to the titling office for a purpose.
//!
//! The database reads and logs in one transaction, and the answer leaves only after that transaction was committed:
//! nothing is told that was not noted. Every answer is `no-store`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::store::persons::{self, Holder};
use super::{Actor, Audience, Permission, Scope};
use crate::app::App;
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::problem::{Error, Result};

/// The door to personal data.
pub fn routes() -> Routes<App> {
    let titling = Permission::Roles(&[Audience::Titling]);
    // A reading that leaves a note is no safe method.
    Routes::default().post("/api/v1/parcels/{code}/holders", titling, holders)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Why the data are needed, for the log.
    purpose: String,
    /// The day; today when absent.
    as_of: Option<NaiveDate>,
    /// The district, where several have the code.
    ubigeo: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    ubigeo: String,
    code: String,
    as_of: NaiveDate,
    holders: Vec<Holder>,
}

async fn holders(
    State(app): State<App>,
    actor: Actor,
    Path(code): Path<String>,
    body: Bytes,
) -> Result<Response> {
    if !actor.reaches(Scope::Person) {
        return Err(Error::Forbidden("the token lacks the scope `person`".to_owned()));
    }
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|error| Error::bad("body", format!("is not what is asked: {error}")))?;
    let as_of = asked.as_of.unwrap_or_else(|| Moment::from(Utc::now()).day);
    let mut transaction = app.source.database.write_as(&actor, &asked.purpose).await?;
    let (id, ubigeo) = persons::parcel(&mut transaction, &code, asked.ubigeo.as_deref()).await?;
    let holders = persons::holders(&mut transaction, id, &asked.purpose, as_of).await?;
    transaction.commit().await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(Answer { ubigeo, code, as_of, holders })).into_response())
}
