//! Accounts.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use super::super::Audience;
use crate::problem::{Error, Result};

/// An account as administrators see it.
#[derive(Clone, Debug, FromRow, serde::Serialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its offices; the first is in use where a route asks for no other.
    pub offices: Vec<String>,
    /// Districts that its rights are limited to; none: all.
    pub districts: Option<Vec<String>>,
    /// Since when it may not sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Every account, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn list(connection: &mut PgConnection) -> Result<Vec<Account>> {
    let sql = "select name, offices, districts, disabled_at, created_at from access.account order by name";
    Ok(sqlx::query_as(sql).fetch_all(connection).await?)
}

/// Makes an account.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken, [`Error::BadRequest`] when it cannot be one.
pub async fn create(
    connection: &mut PgConnection,
    name: &str,
    password_hash: &str,
    offices: &[Audience],
    districts: Option<&[String]>,
) -> Result<()> {
    let made = sqlx::query(
        "insert into access.account (name, password_hash, offices, districts, password_changed_at) \
         values ($1, $2, $3, $4, now())",
    )
    .bind(name)
    .bind(password_hash)
    .bind(names(offices))
    .bind(districts)
    .execute(connection)
    .await;
    match made.as_ref().err().and_then(constraint) {
        Some("account_name_is_unique") => {
            Err(Error::Conflict(format!("there is an account `{name}` already")))
        }
        Some("account_name_is_plain") => {
            Err(Error::bad("name", "needs 2 to 63 of a-z, 0-9, `.`, `_`, `-`, the first a letter"))
        }
        _ => Ok(made.map(drop)?),
    }
}

/// Gives an account other offices and districts. Sessions and tokens act in them from their next request on.
///
/// # Errors
/// [`Error::NotFound`] when there is no such account.
pub async fn change_offices(
    connection: &mut PgConnection,
    name: &str,
    offices: &[Audience],
    districts: Option<&[String]>,
) -> Result<()> {
    let changed = sqlx::query("update access.account set offices = $2, districts = $3 where name = $1")
        .bind(name)
        .bind(names(offices))
        .bind(districts)
        .execute(connection)
        .await?;
    found(name, changed.rows_affected())
}

/// Sets a new password and ends every session.
///
/// # Errors
/// [`Error::NotFound`] when there is no such account.
pub async fn change_password(connection: &mut PgConnection, name: &str, hash: &str) -> Result<()> {
    let changed = sqlx::query(
        "update access.account set password_hash = $2, password_changed_at = now() where name = $1",
    )
    .bind(name)
    .bind(hash)
    .execute(&mut *connection)
    .await?;
    found(name, changed.rows_affected())?;
    super::sessions::end_all(connection, name).await?;
    Ok(())
}

/// Disables an account and ends its sessions, or lets it in again. Tokens of a disabled account open nothing.
///
/// # Errors
/// [`Error::NotFound`] when there is no such account.
pub async fn disable(connection: &mut PgConnection, name: &str, disabled: bool) -> Result<()> {
    let changed = sqlx::query(
        "update access.account set disabled_at = case when $2 then coalesce(disabled_at, now()) end where name = $1",
    )
    .bind(name)
    .bind(disabled)
    .execute(&mut *connection)
    .await?;
    found(name, changed.rows_affected())?;
    if disabled {
        super::sessions::end_all(connection, name).await?;
    }
    Ok(())
}

/// The hash of the password of an account that may sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn password_hash(connection: &mut PgConnection, name: &str) -> Result<Option<String>> {
    let sql = "select password_hash from access.account where name = $1 and disabled_at is null";
    Ok(sqlx::query_scalar(sql).bind(name).fetch_optional(connection).await?.flatten())
}

fn names(offices: &[Audience]) -> Vec<&'static str> {
    offices.iter().map(|office| office.name()).collect()
}

fn found(name: &str, rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::NotFound(format!("there is no account `{name}`"))) } else { Ok(()) }
}

fn constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}
