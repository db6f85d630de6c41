//! The functions of schema `person`, which log each reading.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};

use crate::problem::{Error, Result};

/// Who holds a property unit, by which right and share.
#[derive(Debug, FromRow, serde::Serialize)]
pub struct Holder {
    /// Code of the property unit.
    pub crc: Option<String>,
    /// Kind of right.
    pub right_kind: String,
    /// Share, numerator.
    pub share_numerator: i64,
    /// Share, denominator.
    pub share_denominator: i64,
    /// Entry in the registry.
    pub registry_entry: Option<String>,
    /// Number of the party.
    pub party_id: i64,
    /// Natural, legal, group.
    pub party_kind: String,
    /// Name.
    pub name: String,
    /// Kind of identity document.
    pub document_kind: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
    /// Number of the property unit.
    pub unit_id: i64,
    /// Number of the right.
    pub right_id: i64,
    /// Number of the entry.
    pub entry_id: i64,
}

/// Number and district of the parcel with `code`.
///
/// # Errors
/// [`Error::NotFound`] when there is none, [`Error::Conflict`] when several districts have it.
pub async fn parcel(
    connection: &mut PgConnection,
    code: &str,
    ubigeo: Option<&str>,
) -> Result<(i64, String)> {
    let sql = "select id, ubigeo from land.parcel where code = $1 and ($2::text is null or ubigeo = $2)";
    let mut found: Vec<(i64, String)> =
        sqlx::query_as(sql).bind(code).bind(ubigeo).fetch_all(connection).await?;
    match (found.pop(), found.is_empty()) {
        (Some(parcel), true) => Ok(parcel),
        (Some(_), false) => Err(Error::Conflict("several districts have this code: say `ubigeo`".to_owned())),
        (None, _) => Err(Error::NotFound(format!("there is no parcel `{code}`"))),
    }
}

/// Who holds parcel `id` on `day`, noted with `purpose`.
///
/// # Errors
/// [`Error::BadRequest`] without a purpose, [`Error::Forbidden`] outside the districts of the account.
pub async fn holders(
    connection: &mut PgConnection,
    id: i64,
    purpose: &str,
    day: NaiveDate,
) -> Result<Vec<Holder>> {
    let read = sqlx::query_as("select * from person.holders_of_parcel($1, $2, $3)")
        .bind(id)
        .bind(purpose)
        .bind(day)
        .fetch_all(connection)
        .await;
    read.map_err(|error| {
        let named = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
        match named {
            Some("person_needs_a_purpose") => {
                Error::bad("purpose", "personal data are read for a purpose: say it in at least 8 letters")
            }
            _ => error.into(),
        }
    })
}
