//! Every SQL statement about who may do what.

pub mod accounts;
pub mod attempts;
pub mod persons;
pub mod sessions;
pub mod tokens;

use sqlx::{PgConnection, Postgres, Transaction};

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

/// Names of offices as the database keeps them; one that this program does not know is left out.
fn offices(names: &[String]) -> Vec<Audience> {
    names.iter().filter_map(|name| Audience::named(name)).collect()
}
