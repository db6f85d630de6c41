//! Sessions.

use std::net::IpAddr;

use sqlx::{FromRow, PgConnection};

use super::super::{Actor, Proof, Secret};
use crate::problem::Result;

/// A session that rested this long is over.
pub const IDLE_MINUTES: i32 = 60;
/// A session is over after this long, rested or not.
pub const LONGEST_HOURS: i32 = 12;

/// An account as a session or a token finds it.
#[derive(FromRow)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) offices: Vec<String>,
    pub(super) districts: Option<Vec<String>>,
}

impl Known {
    pub(super) fn actor(self, request_id: String, proof: Proof) -> Actor {
        Actor::proved(self.name, super::offices(&self.offices), request_id, proof).limited_to(self.districts)
    }
}

/// Opens a session for `name`; `before` is the one that the client had, which ends.
///
/// # Errors
/// When the database does not answer.
pub async fn open(
    connection: &mut PgConnection,
    name: &str,
    address: Option<IpAddr>,
    before: Option<&Secret>,
) -> Result<Secret> {
    let secret = Secret::for_session()?;
    if let Some(before) = before {
        end(connection, before).await?;
    }
    sqlx::query("delete from access.session where expires_at < now()").execute(&mut *connection).await?;
    sqlx::query(
        "insert into access.session (token_hash, account_id, expires_at, address) \
         select $1, id, now() + make_interval(hours => $3), $4::inet from access.account where name = $2",
    )
    .bind(secret.hash())
    .bind(name)
    .bind(LONGEST_HOURS)
    .bind(address.map(|address| address.to_string()))
    .execute(connection)
    .await?;
    Ok(secret)
}

/// Who has the session, if it is not over. Notes that it was seen, at most once a minute.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    connection: &mut PgConnection,
    secret: &Secret,
    request_id: String,
) -> Result<Option<Actor>> {
    let known: Option<Known> = sqlx::query_as(
        "select a.name, a.offices, a.districts from access.session s join access.account a on a.id = s.account_id \
         where s.token_hash = $1 and s.expires_at > now() and a.disabled_at is null \
           and s.last_seen_at > now() - make_interval(mins => $2)",
    )
    .bind(secret.hash())
    .bind(IDLE_MINUTES)
    .fetch_optional(&mut *connection)
    .await?;
    if known.is_some() {
        sqlx::query(
            "update access.session set last_seen_at = now() \
             where token_hash = $1 and last_seen_at < now() - interval '1 minute'",
        )
        .bind(secret.hash())
        .execute(connection)
        .await?;
    }
    Ok(known.map(|known| known.actor(request_id, Proof::Session)))
}

/// Ends a session.
///
/// # Errors
/// When the database does not answer.
pub async fn end(connection: &mut PgConnection, secret: &Secret) -> Result<()> {
    let sql = "delete from access.session where token_hash = $1";
    sqlx::query(sql).bind(secret.hash()).execute(connection).await?;
    Ok(())
}

/// Ends every session of an account; how many there were.
///
/// # Errors
/// When the database does not answer.
pub async fn end_all(connection: &mut PgConnection, name: &str) -> Result<u64> {
    let ended = sqlx::query(
        "delete from access.session s using access.account a where a.id = s.account_id and a.name = $1",
    )
    .bind(name)
    .execute(connection)
    .await?;
    Ok(ended.rows_affected())
}
