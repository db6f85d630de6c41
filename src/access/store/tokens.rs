//! Tokens for programs.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection};

use super::super::{Actor, Proof, Scope, Secret};
use super::sessions::Known;
use crate::problem::{Error, Result};

/// A token as its owner sees it.
#[derive(Clone, Debug, FromRow, serde::Serialize)]
pub struct Token {
    /// Its number, for revoking it.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Makes a token for `account` that ends after `days`.
///
/// # Errors
/// [`Error::NotFound`] when there is no such account.
pub async fn create(
    connection: &mut PgConnection,
    account: &str,
    name: &str,
    scopes: &[Scope],
    days: i32,
) -> Result<Secret> {
    let secret = Secret::for_token()?;
    let made = sqlx::query(
        "insert into access.token (token_hash, account_id, name, scopes, expires_at) \
         select $1, id, $3, $4, now() + make_interval(days => $5) from access.account where name = $2",
    )
    .bind(secret.hash())
    .bind(account)
    .bind(name)
    .bind(scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>())
    .bind(days)
    .execute(connection)
    .await?;
    if made.rows_affected() == 0 {
        return Err(Error::NotFound(format!("there is no account `{account}`")));
    }
    Ok(secret)
}

/// The tokens of `account`, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(connection: &mut PgConnection, account: &str) -> Result<Vec<Token>> {
    Ok(sqlx::query_as(
        "select t.id, t.name, t.scopes, t.created_at, t.expires_at, t.revoked_at, u.last_used_at \
         from access.token t join access.account a on a.id = t.account_id \
         left join access.token_use u on u.token_id = t.id \
         where a.name = $1 order by t.id desc",
    )
    .bind(account)
    .fetch_all(connection)
    .await?)
}

/// Revokes a token of `account`, at once and for good.
///
/// # Errors
/// [`Error::NotFound`] when the account has no such token.
pub async fn revoke(connection: &mut PgConnection, account: &str, id: i64) -> Result<()> {
    let revoked = sqlx::query(
        "update access.token t set revoked_at = coalesce(t.revoked_at, now()) from access.account a \
         where a.id = t.account_id and a.name = $1 and t.id = $2",
    )
    .bind(account)
    .bind(id)
    .execute(connection)
    .await?;
    if revoked.rows_affected() == 0 {
        return Err(Error::NotFound(format!("account `{account}` has no token {id}")));
    }
    Ok(())
}

/// Whose token it is, if it still counts. Notes its use, at most once an hour.
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    connection: &mut PgConnection,
    secret: &Secret,
    request_id: String,
) -> Result<Option<Actor>> {
    #[derive(FromRow)]
    struct Row {
        id: i64,
        scopes: Vec<String>,
        #[sqlx(flatten)]
        known: Known,
    }
    let row: Option<Row> = sqlx::query_as(
        "select t.id, t.scopes, a.name, a.offices, a.districts \
         from access.token t join access.account a on a.id = t.account_id \
         where t.token_hash = $1 and t.revoked_at is null and a.disabled_at is null \
           and (t.expires_at is null or t.expires_at > now())",
    )
    .bind(secret.hash())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    sqlx::query(
        "insert into access.token_use as u (token_id, last_used_at) values ($1, now()) \
         on conflict (token_id) do update set last_used_at = now() where u.last_used_at < now() - interval '1 hour'",
    )
    .bind(row.id)
    .execute(connection)
    .await?;
    let scopes = row.scopes.iter().filter_map(|scope| Scope::named(scope)).collect();
    Ok(Some(row.known.actor(request_id, Proof::Token(scopes))))
}
