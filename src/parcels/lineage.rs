//! Where a parcel comes from and what became of it: the graph of parents and children, as it was on any day.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;

use super::store;
pub use super::store::{Link, Relative};

/// The graph around one parcel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lineage {
    /// The parcel that was asked about.
    pub code: String,
    /// The day that was asked about.
    pub as_of: NaiveDate,
    /// Ancestors (negative generations), the parcel, descendants.
    pub parcels: Vec<Relative>,
    /// Who comes from whom.
    pub links: Vec<Link>,
}

/// The lineage of `code` as it was on `day`; empty when no parcel has the code.
///
/// # Errors
/// When the database fails.
pub async fn of(connection: &mut PgConnection, code: &str, day: NaiveDate) -> sqlx::Result<Lineage> {
    let parcels = store::relatives(connection, code, day).await?;
    let codes: Vec<String> = parcels.iter().map(|one| one.code.clone()).collect();
    let links = store::links(connection, &codes, day).await?;
    Ok(Lineage { code: code.to_owned(), as_of: day, parcels, links })
}
