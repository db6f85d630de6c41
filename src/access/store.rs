//! Transactions that say who acts and why.

use sqlx::{Postgres, Transaction};

use super::Actor;
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
        // Bound, and local to the transaction: a reason is anybody's text.
        sqlx::query(
            "select set_config('predio.account', $1, true), set_config('predio.request_id', $2, true), \
             set_config('predio.reason', $3, true)",
        )
        .bind(actor.account.as_deref().unwrap_or_default())
        .bind(&actor.request_id)
        .bind(reason)
        .execute(&mut *transaction)
        .await?;
        Ok(transaction)
    }
}
