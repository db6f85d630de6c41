//! Every SQL statement of the journal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::BoxStream;
use serde::Serialize;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::entry::Entry;
use super::key::PublicKey;
use super::seal::Seal;

/// An entry's columns in the form of its line.
const COLUMNS: &str = r#"e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, e.txid::text, e.login, e.role,
  e.account, e.request_id, e.reason, e.source_id, e.relation, e.operation, e.row_count, e.row_ids,
  encode(e.hash_before, 'hex') as hash_before, encode(e.hash_after, 'hex') as hash_after"#;

/// Lets this transaction seal; none while another one does.
pub async fn claim(connection: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select audit.claim_sealing()::text").fetch_one(connection).await
}

/// Committed entries in no seal, lowest number first.
pub async fn unsealed(connection: &mut PgConnection, limit: i64) -> sqlx::Result<Vec<Entry>> {
    // Safe SQL: the columns are a constant.
    sqlx::query_as(AssertSqlSafe(format!(
        "select {COLUMNS} from audit.unsealed u join audit.entry e on e.id = u.entry_id order by e.id limit $1"
    )))
    .bind(limit)
    .fetch_all(connection)
    .await
}

/// Now, as a seal writes it.
pub async fn now(connection: &mut PgConnection) -> sqlx::Result<String> {
    sqlx::query_scalar(
        r#"select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#,
    )
    .fetch_one(connection)
    .await
}

#[derive(FromRow)]
struct Row {
    statement: String,
    signature: Vec<u8>,
    public_key: Vec<u8>,
}

impl Row {
    fn seal(self) -> anyhow::Result<Seal> {
        Ok(Seal {
            statement: self.statement,
            signature: STANDARD.encode(self.signature),
            key: PublicKey::of_bytes(&self.public_key)?,
        })
    }
}

/// The newest seal.
pub async fn last_seal(connection: &mut PgConnection) -> anyhow::Result<Option<Seal>> {
    let row: Option<Row> = sqlx::query_as(
        "select statement, signature, public_key from audit.seal order by number desc limit 1",
    )
    .fetch_optional(connection)
    .await?;
    row.map(Row::seal).transpose()
}

/// Seals from a number on, in their order.
pub async fn seals(connection: &mut PgConnection, from: i64, limit: i64) -> anyhow::Result<Vec<Seal>> {
    let rows: Vec<Row> = sqlx::query_as(
        "select statement, signature, public_key from audit.seal where number >= $1 order by number limit $2",
    )
    .bind(from)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(Row::seal).collect()
}

/// Keeps a seal over the entries with these numbers.
pub async fn keep(
    connection: &mut PgConnection,
    number: i64,
    seal: &Seal,
    entries: &[i64],
) -> anyhow::Result<()> {
    sqlx::query(
        "insert into audit.seal (number, statement, hash, signature, public_key, entries)
         select $1, $2, $3, $4, $5, range_agg(int8range(id, id, '[]')) from unnest($6::bigint[]) id",
    )
    .bind(number)
    .bind(&seal.statement)
    .bind(seal.hash().as_slice())
    .bind(seal.signature_bytes().unwrap_or_default())
    .bind(seal.key.bytes().as_slice())
    .bind(entries)
    .execute(connection)
    .await?;
    Ok(())
}

/// The journal's id.
pub async fn journal(connection: &mut PgConnection) -> sqlx::Result<String> {
    sqlx::query_scalar("select id::text from audit.journal").fetch_one(connection).await
}

/// Numbers of the seals, each with whatever it needs to find its entries.
pub async fn seal_numbers(connection: &mut PgConnection) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar("select number from audit.seal order by number").fetch_all(connection).await
}

/// The entries that a seal names and that are there, in the order of their numbers.
pub fn sealed_entries(connection: &mut PgConnection, number: i64) -> BoxStream<'_, sqlx::Result<Entry>> {
    // Safe SQL: the columns are a constant.
    sqlx::query_as(AssertSqlSafe(format!(
        "select {COLUMNS}
           from (select unnest(entries) as part from audit.seal where number = $1) s
           join audit.entry e on e.id >= lower(part) and e.id < upper(part)
          order by e.id"
    )))
    .bind(number)
    .fetch(connection)
}

/// Entries that no seal names, whatever the queue says.
pub fn entries_without_seal(connection: &mut PgConnection) -> BoxStream<'_, sqlx::Result<Entry>> {
    // Safe SQL: the columns are a constant.
    sqlx::query_as(AssertSqlSafe(format!(
        "with sealed as (select range_agg(part) as ids from (select unnest(entries) as part from audit.seal) s)
         select {COLUMNS} from audit.entry e, sealed where not coalesce(sealed.ids @> e.id, false) order by e.id"
    )))
    .fetch(connection)
}

/// How far the journal is sealed.
#[derive(Clone, Debug, FromRow, Serialize)]
pub struct Standing {
    /// Seals.
    pub seals: i64,
    /// Entries that wait for one.
    pub unsealed: i64,
    /// Age of the oldest of them, in seconds.
    pub oldest_s: Option<f64>,
}

/// How far the journal of the database is sealed.
///
/// # Errors
/// When the database fails.
pub async fn standing(connection: &mut PgConnection) -> sqlx::Result<Standing> {
    sqlx::query_as(
        "select (select count(*) from audit.seal) as seals, count(*) as unsealed,
                extract(epoch from clock_timestamp() - min(e.at))::float8 as oldest_s
           from audit.unsealed u join audit.entry e on e.id = u.entry_id",
    )
    .fetch_one(connection)
    .await
}

/// Begins a reading that sees one moment.
pub async fn begin_snapshot(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("begin isolation level repeatable read read only").execute(connection).await.map(drop)
}

/// Ends it.
pub async fn end_snapshot(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("commit").execute(connection).await.map(drop)
}
