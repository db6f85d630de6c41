//! The functions of schema `person`: parties are recorded and found through them, and never read from a table.

use sqlx::{FromRow, PgConnection};

use crate::parties::people::NewParty;
use crate::parties::share::Share;
use crate::problem::{Error, Result};

/// A party as it is told for a purpose.
#[derive(Clone, Debug, FromRow, serde::Serialize)]
pub struct Party {
    /// Its number.
    pub id: i64,
    /// Natural, legal, group, spouses.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Kind of identity document.
    pub document_kind: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
}

/// A member of a group.
#[derive(Clone, Debug, FromRow, serde::Serialize)]
pub struct Member {
    /// Number of the group.
    pub group_id: i64,
    /// Number of the member.
    pub party_id: i64,
    /// Name of the member.
    pub name: String,
    /// Share in the group, numerator.
    pub share_numerator: Option<i64>,
    /// Share in the group, denominator.
    pub share_denominator: Option<i64>,
}

/// Which of these numbers are no party's.
pub async fn unknown_parties(connection: &mut PgConnection, parties: &[i64]) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar("select person.unknown_parties($1)").bind(parties).fetch_one(connection).await
}

/// Records a party; returns its number.
pub async fn record_party(connection: &mut PgConnection, party: &NewParty) -> sqlx::Result<i64> {
    let shares = || party.members.iter().map(|one| one.share);
    sqlx::query_scalar("select person.record_party($1, $2, $3, $4, $5, $6, $7, false)")
        .bind(party.kind.name())
        .bind(party.name.trim())
        .bind(&party.document_kind)
        .bind(&party.document_number)
        .bind(party.members.iter().map(|one| one.party).collect::<Vec<i64>>())
        .bind(shares().map(|share| share.map(Share::numerator)).collect::<Vec<Option<i64>>>())
        .bind(shares().map(|share| share.map(Share::denominator)).collect::<Vec<Option<i64>>>())
        .fetch_one(connection)
        .await
}

/// Parties by the number of their document, for a purpose, which is noted.
pub async fn find_parties(
    connection: &mut PgConnection,
    document: &str,
    purpose: &str,
) -> Result<Vec<Party>> {
    let sql = "select id, kind, name, document_kind, document_number from person.find_parties($1, $2)";
    sqlx::query_as(sql).bind(document).bind(purpose).fetch_all(connection).await.map_err(needs_purpose)
}

/// Parties by their numbers, for a purpose, which is noted.
pub async fn read_parties(connection: &mut PgConnection, ids: &[i64], purpose: &str) -> Result<Vec<Party>> {
    let sql = "select id, kind, name, document_kind, document_number from person.read_parties($1, $2)";
    sqlx::query_as(sql).bind(ids).bind(purpose).fetch_all(connection).await.map_err(needs_purpose)
}

/// Members of groups and spouses, for a purpose, which is noted.
pub async fn members(connection: &mut PgConnection, groups: &[i64], purpose: &str) -> Result<Vec<Member>> {
    let sql =
        "select group_id, party_id, name, share_numerator, share_denominator from person.members_of($1, $2)";
    sqlx::query_as(sql).bind(groups).bind(purpose).fetch_all(connection).await.map_err(needs_purpose)
}

fn needs_purpose(error: sqlx::Error) -> Error {
    let named = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
    match named {
        Some("person_needs_a_purpose") => {
            Error::bad("purpose", "personal data are read for a purpose: say it in at least 8 letters")
        }
        _ => error.into(),
    }
}
