//! Every SQL statement about who may do what.

pub mod accounts;
pub mod attempts;
pub mod persons;
pub mod sessions;
pub mod tokens;

use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::{Actor, Audience};
use crate::database::Database;
use crate::problem::Result;

impl Database {
    /// Begins a writing transaction of the actor's audience that tells the journal who acts, in which request, and
    /// why.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn write_as(&self, actor: &Actor, reason: &str) -> Result<Transaction<'static, Postgres>> {
        let mut transaction = self.write(actor.audience).await?;
        explain(&mut transaction, actor.account.as_deref(), &actor.request_id, reason).await?;
        Ok(transaction)
    }
}

/// Tells the journal who acts, in which request, and why; until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn explain(
    transaction: &mut PgConnection,
    account: Option<&str>,
    request_id: &str,
    reason: &str,
) -> Result<()> {
    // Bound, because a reason is anybody's text.
    sqlx::query(
        "select set_config('predio.account', $1, true), set_config('predio.request_id', $2, true), \
         set_config('predio.reason', $3, true)",
    )
    .bind(account.unwrap_or_default())
    .bind(request_id)
    .bind(reason)
    .execute(transaction)
    .await?;
    Ok(())
}

/// Begins a transaction of the schema's owner on a connection of its own, for the command line.
///
/// # Errors
/// When the login is no member of `predio_owner`.
pub async fn begin_as_owner<'c>(
    connection: &'c mut PgConnection,
    reason: &str,
) -> Result<Transaction<'c, Postgres>> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql("set local role predio_owner").execute(&mut *transaction).await?;
    explain(&mut transaction, None, "", reason).await?;
    Ok(transaction)
}

/// Names of offices as the database keeps them; one that this program does not know is left out.
fn offices(names: &[String]) -> Vec<Audience> {
    names.iter().filter_map(|name| Audience::named(name)).collect()
}
