//! A read-only transaction whose connection can be given up in the middle of an answer.

use std::sync::Arc;

use anyhow::ensure;
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

/// A snapshot that several readers see, by the name under which the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Arc<str>);

impl Snapshot {
    /// Only digits and dashes: the name becomes part of a statement that binds nothing.
    fn named(name: &str) -> anyhow::Result<Self> {
        let is_plain = name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        ensure!(is_plain && !name.is_empty(), "the server named a snapshot `{name}`");
        Ok(Self(name.into()))
    }
}

/// Keeps a snapshot for others; it can be joined for as long as this lives.
pub struct HeldSnapshot {
    reader: Reader,
    /// What to join.
    pub snapshot: Snapshot,
}

impl HeldSnapshot {
    /// Lets go of it.
    pub fn finish(self) {
        self.reader.finish();
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
        self.reader_in(audience, None).await
    }

    /// Takes a snapshot that others can join: many statements on many connections then see one state.
    ///
    /// # Errors
    /// [`crate::problem::Error::Overloaded`] when no connection comes free in time.
    pub async fn hold_snapshot(&self, audience: Audience) -> Result<HeldSnapshot> {
        let mut reader = self.reader(audience).await?;
        let name: String =
            sqlx::query_scalar("select pg_export_snapshot()").fetch_one(reader.connection()?).await?;
        Ok(HeldSnapshot { reader, snapshot: Snapshot::named(&name)? })
    }

    /// As [`Database::reader`], in a snapshot that somebody holds.
    ///
    /// # Errors
    /// As [`Database::reader`]; when nobody holds it any more.
    pub async fn reader_in(&self, audience: Audience, snapshot: Option<&Snapshot>) -> Result<Reader> {
        let joined = snapshot.map(|snapshot| format!("set transaction snapshot '{}'; ", snapshot.0));
        let mut reader = Reader { connection: Some(self.pool.acquire().await?) };
        // Safe SQL: the role comes from an enum, the limit is a number, the snapshot's name is digits and dashes.
        let begin = AssertSqlSafe(format!(
            "begin isolation level repeatable read read only; {}set local role {}; set local statement_timeout = {}; {LIMA}",
            joined.unwrap_or_default(),
            audience.role(),
            self.statement_timeout_ms
        ));
        reader.connection()?.execute(sqlx::raw_sql(begin)).await?;
        Ok(reader)
    }

    /// As [`Database::reader_in`]; the twins of `recorded` schemas then show what was on record at that instant.
    ///
    /// # Errors
    /// As [`Database::reader`].
    pub async fn reader_at(
        &self,
        audience: Audience,
        recorded: Option<DateTime<Utc>>,
        snapshot: Option<&Snapshot>,
    ) -> Result<Reader> {
        let mut reader = self.reader_in(audience, snapshot).await?;
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
