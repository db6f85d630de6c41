//! Signing in and out, and changing one's password.

use std::net::IpAddr;

use super::store::{accounts, attempts, explain, sessions};
use super::{Actor, Password, Secret};
use crate::database::Database;
use crate::problem::{Error, Result};

/// Opens a session for whoever knows the password of `name`; none when it is wrong or there is no such account. The
/// session that the client had before ends.
///
/// # Errors
/// [`Error::TooMany`] when the name or the address failed too often.
pub async fn sign_in(
    database: &Database,
    name: &str,
    password: Password,
    address: Option<IpAddr>,
    before: Option<&Secret>,
) -> Result<Option<Secret>> {
    let name = name.trim().to_lowercase();
    let Some(attempt) = proved(database, &name, password, address).await? else { return Ok(None) };
    let mut transaction = database.gate().await?;
    attempts::succeeded(&mut transaction, attempt).await?;
    let secret = sessions::open(&mut transaction, &name, address, before).await?;
    transaction.commit().await?;
    tracing::info!(account = name, "signed in");
    Ok(Some(secret))
}

/// The attempt that proved the password; none when it failed.
async fn proved(
    database: &Database,
    name: &str,
    password: Password,
    address: Option<IpAddr>,
) -> Result<Option<i64>> {
    let mut transaction = database.gate().await?;
    let attempt = attempts::begin(&mut transaction, name, address).await?;
    let hash = accounts::password_hash(&mut transaction, name).await?;
    // No connection is held while argon2 works, and a failure is counted whatever happens to this request.
    transaction.commit().await?;
    Ok(password.matches(hash).await?.then_some(attempt))
}

/// Ends a session.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(database: &Database, secret: &Secret) -> Result<()> {
    let mut transaction = database.gate().await?;
    sessions::end(&mut transaction, secret).await?;
    Ok(transaction.commit().await?)
}

/// Changes the actor's own password, ends every session of the account and opens a new one; none when the password in
/// use was not the one given.
///
/// # Errors
/// [`Error::BadRequest`] for a weak new password, [`Error::TooMany`] after too many failures.
pub async fn change_password(
    database: &Database,
    actor: &Actor,
    in_use: Password,
    new: String,
    address: Option<IpAddr>,
) -> Result<Option<Secret>> {
    let name = actor.account.clone().ok_or(Error::Unauthorized)?;
    let new = Password::chosen(new, &name)?;
    let Some(attempt) = proved(database, &name, in_use, address).await? else { return Ok(None) };
    let hash = new.hash().await?;
    let mut transaction = database.gate().await?;
    attempts::succeeded(&mut transaction, attempt).await?;
    explain(&mut transaction, Some(&name), &actor.request_id, "cambio de contraseña").await?;
    accounts::change_password(&mut transaction, &name, &hash).await?;
    let secret = sessions::open(&mut transaction, &name, address, None).await?;
    transaction.commit().await?;
    Ok(Some(secret))
}
