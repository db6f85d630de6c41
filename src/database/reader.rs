//! A read-only transaction whose connection can be given up in the middle of an answer.

use chrono::{DateTime, Utc};
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres};

use super::Audience;
use super::{Database, LIMA};
use crate::problem::Result;

/// One snapshot, read as one audience.
///
/// A reader that is dropped before [`Reader::finish`] closes its connection instead of giving it back: its
/// query may still run, and a closed connection is what the server notices and cancels within
/// `client_connection_check_interval`. So a client that goes away frees the database, and no pooled
/// connection has to drain an answer that nobody reads.
pub struct Reader {
    connection: Option<PoolConnection<Postgres>>,
}

impl Reader {
    /// The connection. A finished reader has none, and `finish` consumes it.
    ///
    /// # Errors
    /// Never while the reader lives; the type has no other way to say so.
    pub fn connection(&mut self) -> Result<&mut PgConnection> {
        let connection = self.connection.as_mut().ok_or_else(|| anyhow::anyhow!("reader is finished"))?;
        Ok(&mut **connection)
    }

    /// Ends the transaction and gives the connection back.
    pub fn finish(mut self) {
        if let Some(mut connection) = self.connection.take() {
            tokio::spawn(async move {
                if sqlx::raw_sql("rollback").execute(&mut *connection).await.is_err() {
                    drop(connection.detach());
                }
            });
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}

/// A statement whose text was built at run time, with its bound values.
pub struct Statement {
    /// Identifiers come from the catalogue and are quoted; every value is a parameter.
    pub text: String,
    /// The bound values.
    pub values: PgArguments,
}

impl Statement {
    /// The query, ready to run.
    pub fn query(self) -> sqlx::query::Query<'static, Postgres, PgArguments> {
        // Safe SQL: see `text`; `layers::sql` is the only builder.
        sqlx::query_with(AssertSqlSafe(self.text), self.values)
    }
}

impl Database {
    /// Begins a read-only transaction of `audience` that sees one snapshot and can be given up.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn reader(&self, audience: Audience) -> Result<Reader> {
        let mut reader = Reader { connection: Some(self.pool.acquire().await?) };
        // Safe SQL: the role comes from an enum, the limit is a number.
        let begin = AssertSqlSafe(format!(
            "begin isolation level repeatable read read only; set local role {}; set local statement_timeout = {}; {LIMA}",
            audience.role(),
            self.statement_timeout_ms
        ));
        reader.connection()?.execute(sqlx::raw_sql(begin)).await?;
        Ok(reader)
    }

    /// As [`Database::reader`]; the twins of `recorded` schemas then show what was on record at that instant.
    ///
    /// # Errors
    /// As [`Database::reader`].
    pub async fn reader_at(&self, audience: Audience, recorded: Option<DateTime<Utc>>) -> Result<Reader> {
        let mut reader = self.reader(audience).await?;
        if let Some(instant) = recorded {
            sqlx::query("select set_config('predio.recorded_as_of', $1, true)")
                .bind(instant.to_rfc3339())
                .execute(reader.connection()?)
                .await?;
        }
        Ok(reader)
    }

    /// Whether the database answers as `audience`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self, audience: Audience) -> Result<()> {
        self.reader(audience).await?.finish();
        Ok(())
    }
}
