//! Pools, and transactions that run as their audience.
//!
//! Invariants: every query runs inside a transaction; the role is set with `set local`, so a pooled
//! connection never carries it on; PgBouncer in transaction mode can stand between.

mod audience;
pub mod reader;
mod retry;
pub mod schema;
pub mod vitals;

pub use audience::Audience;
pub use retry::retry;

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgPool, Postgres, Transaction};

use crate::config::Settings;
use crate::problem::Result;

/// Days are days in Lima, also to `current_date` in a view. The driver connects in UTC and cannot be told otherwise.
const LIMA: &str = "set local timezone = 'America/Lima'";

/// The service's connections.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
    statement_timeout_ms: u64,
}

impl Database {
    /// A pool on `url`. Connects lazily: the service starts also while the database is away.
    ///
    /// # Errors
    /// When `url` is not a PostgreSQL address.
    pub fn open(url: &str, settings: &Settings) -> anyhow::Result<Self> {
        let mut options = PgConnectOptions::from_str(url)?
            .application_name("predio")
            // A client that goes away closes its connection (see `layers`); the server notices within half a second.
            // JIT compiles for longer than any of our reads runs.
            .options([("client_connection_check_interval", "500"), ("jit", "off")]);
        if settings.no_prepared_statements {
            options = options.statement_cache_capacity(0);
        }
        let pool = PgPoolOptions::new()
            .max_connections(settings.pool)
            .acquire_timeout(Duration::from_millis(settings.pool_wait_ms))
            // A ping for each request costs a round trip; only a connection that rested may have died unseen.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_secs(1) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Ok(Self { pool, statement_timeout_ms: settings.statement_timeout_ms })
    }

    /// The same connections for readers that nobody waits for: their statements may run for as long as `most`.
    #[must_use]
    pub fn patient(&self, most: Duration) -> Self {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        Self { pool: self.pool.clone(), statement_timeout_ms: most.max(self.statement_timeout_ms) }
    }

    /// Begins a read-only transaction of `audience` that sees one snapshot.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn read(&self, audience: Audience) -> Result<Transaction<'static, Postgres>> {
        // Safe SQL: the role comes from an enum, the limit is a number.
        let begin = AssertSqlSafe(format!(
            "begin isolation level repeatable read read only; set local role {}; set local statement_timeout = {}; {LIMA}",
            audience.role(),
            self.statement_timeout_ms
        ));
        self.begin(begin).await
    }

    /// Begins a writing transaction of `audience`.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn write(&self, audience: Audience) -> Result<Transaction<'static, Postgres>> {
        // Safe SQL: the role comes from an enum.
        let begin = AssertSqlSafe(format!("begin; set local role {}; {LIMA}", audience.role()));
        self.begin(begin).await
    }

    /// Begins a transaction of the service's own work: sealing, expiry.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn begin_service(&self) -> Result<Transaction<'static, Postgres>> {
        self.begin(AssertSqlSafe("begin; set local role predio_service".to_owned())).await
    }

    /// Begins a transaction of the gate, which looks up accounts, sessions and tokens and sees nothing else.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn gate(&self) -> Result<Transaction<'static, Postgres>> {
        // Safe SQL: a constant.
        self.begin(AssertSqlSafe("begin; set local role predio_gate".to_owned())).await
    }

    /// Begins as `begin` says, to the end also when whoever asked has gone: the driver forgets a `begin` that it was not
    /// left to finish, and the connection would carry the open transaction to the next request.
    async fn begin(&self, begin: AssertSqlSafe<String>) -> Result<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(begin).await });
        Ok(begun.await.map_err(anyhow::Error::from)??)
    }

    /// The pool itself, for `/health/ready` and closing.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Audience, Database};

    /// Browsers abort requests, at any moment of them.
    #[tokio::test]
    async fn a_request_that_goes_away_leaves_no_transaction_to_the_next() {
        let test = crate::testing::database().await;
        let settings = crate::config::Settings { pool: 1, ..crate::testing::settings() };
        let database = Database::open(&test.app_url(), &settings).unwrap();
        for step in 0..100_u64 {
            let patience = Duration::from_micros(20 * step);
            drop(tokio::time::timeout(patience, database.read(Audience::Public)).await);
            let mut next = database.gate().await.unwrap();
            let mode: String =
                sqlx::query_scalar("show transaction_read_only").fetch_one(&mut *next).await.unwrap();
            assert_eq!(mode, "off", "after {patience:?}");
        }
    }
}
