//! Attempts to sign in, counted in the database so that every process of the service counts the same.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::problem::{Error, Result};

/// Failures of one name in the window, since it last succeeded.
pub const PER_NAME: i64 = 10;
/// Failures from one address in the window, whatever the names.
pub const PER_ADDRESS: i64 = 30;

/// Counts an attempt before its password is looked at, so that attempts at the same time count each other. It is a
/// failure until [`succeeded`].
///
/// # Errors
/// [`Error::TooMany`] when the name or the address failed too often in the last quarter of an hour.
pub async fn begin(connection: &mut PgConnection, name: &str, address: Option<IpAddr>) -> Result<i64> {
    let hash = Sha256::digest(name.to_lowercase().as_bytes()).to_vec();
    let address = address.map(network);
    // One after the other for each name and each address, always in this order.
    sqlx::query(
        "select pg_advisory_xact_lock(hashtextextended('login name ' || encode($1, 'hex'), 0)), \
         pg_advisory_xact_lock(hashtextextended('login address ' || coalesce($2, ''), 0))",
    )
    .bind(&hash)
    .bind(&address)
    .execute(&mut *connection)
    .await?;
    let (by_name, by_address, wait): (i64, i64, i32) = sqlx::query_as(
        "select count(*) filter (where name_hash = $1 and at > coalesce(
             (select max(at) from access.login_attempt where name_hash = $1 and succeeded), '-infinity')),
           count(*) filter (where address = $2::inet),
           coalesce(ceil(extract(epoch from min(at) + interval '15 minutes' - clock_timestamp())), 900)::int
         from access.login_attempt
         where at > clock_timestamp() - interval '15 minutes'
           and not succeeded
           and (name_hash = $1 or address = $2::inet)",
    )
    .bind(&hash)
    .bind(&address)
    .fetch_one(&mut *connection)
    .await?;
    if by_name >= PER_NAME || by_address >= PER_ADDRESS {
        return Err(Error::TooMany(u32::try_from(wait).unwrap_or(0).max(1)));
    }
    let sql = "insert into access.login_attempt (name_hash, address) values ($1, $2::inet) returning id";
    Ok(sqlx::query_scalar(sql).bind(&hash).bind(&address).fetch_one(connection).await?)
}

/// The attempt was no failure; forgets attempts that nobody counts any more.
///
/// # Errors
/// When the database does not answer.
pub async fn succeeded(connection: &mut PgConnection, attempt: i64) -> Result<()> {
    sqlx::query("update access.login_attempt set succeeded = true where id = $1")
        .bind(attempt)
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from access.login_attempt where at < now() - interval '90 days'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever has one IPv6 address has 2^64 of them, so they count as one.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}
