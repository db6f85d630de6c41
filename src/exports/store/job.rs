//! Exports that were asked for: whose they are, how far they are, what became of them.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::Kept;
use crate::database::Database;
use crate::problem::Result;

/// An export as it is told.
#[derive(Clone, Debug, FromRow)]
pub struct Export {
    pub id: Uuid,
    pub office: String,
    pub format: String,
    pub asked: Value,
    pub state: String,
    pub trouble: Option<Value>,
    pub row_count: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub ready_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub phase: String,
    pub done: i64,
    pub total: Option<i64>,
    pub kept_bytes: Option<i64>,
    pub started_at: Option<DateTime<Utc>>,
    pub file_id: Option<i64>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
}

impl Export {
    /// Whether something works on it, or will.
    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Its file, when it is ready.
    pub fn kept(&self) -> Option<Kept> {
        Some(Kept { id: self.file_id?, bytes: self.bytes?, sha256: self.sha256.clone()? })
    }
}

/// A new export.
pub struct New<'a> {
    pub id: Uuid,
    pub account: Option<&'a str>,
    pub office: &'a str,
    pub format: &'a str,
    pub asked: &'a Value,
    pub hours: i32,
}

/// How many exports there are of one account (or of all who are not signed in), and bytes of all.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Crowd {
    pub open: i64,
    pub kept: i64,
    pub bytes: i64,
}

/// Waits until nobody else counts and records, so that a limit holds for those who ask at the same time.
///
/// # Errors
/// When the database fails.
pub async fn take_turn(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('service.export', 0))")
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts.
///
/// # Errors
/// When the database fails.
pub async fn crowd(connection: &mut PgConnection, account: Option<&str>) -> sqlx::Result<Crowd> {
    sqlx::query_as(
        "select count(*) filter (where e.account is not distinct from $1 and e.state = 'open') as open,
           count(*) filter (where e.account is not distinct from $1 and e.state <> 'broken') as kept,
           coalesce(sum(f.bytes), 0)::bigint as bytes
         from service.export e
         left join service.kept_file f on f.id = e.file_id",
    )
    .bind(account)
    .fetch_one(connection)
    .await
}

/// Records one.
///
/// # Errors
/// When the database fails.
pub async fn record(connection: &mut PgConnection, new: &New<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "insert into service.export (id, account, office, format, asked, expires_at)
         values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6))",
    )
    .bind(new.id)
    .bind(new.account)
    .bind(new.office)
    .bind(new.format)
    .bind(new.asked)
    .bind(new.hours)
    .execute(&mut *connection)
    .await?;
    sqlx::query("insert into service.export_progress (export_id) values ($1)")
        .bind(new.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The export of that id, where `account` asked for it and did not end it.
///
/// # Errors
/// When the database fails.
pub async fn of(
    connection: &mut PgConnection,
    id: Uuid,
    account: Option<&str>,
) -> sqlx::Result<Option<Export>> {
    sqlx::query_as(
        "select e.id, e.office, e.format, e.asked, e.state, e.trouble, e.row_count, e.created_at, e.ready_at, e.expires_at,
           p.phase, p.done, p.total, p.bytes as kept_bytes, p.started_at, f.id as file_id, f.bytes, f.sha256
         from service.export e
         join service.export_progress p on p.export_id = e.id and not p.is_ended
         left join service.kept_file f on f.id = e.file_id
         where e.id = $1 and e.account is not distinct from $2 and e.expires_at > now()",
    )
    .bind(id)
    .bind(account)
    .fetch_optional(connection)
    .await
}

/// Takes hold of an open export for as long as the transaction runs: who looks for the dead passes it by. False when there
/// is nothing to do any more.
///
/// # Errors
/// When the database fails.
pub async fn hold(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<bool> {
    let held = sqlx::query("select from service.export where id = $1 and state = 'open' for no key update")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(held.is_some())
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub phase: &'static str,
    pub done: i64,
    pub total: Option<i64>,
    pub bytes: Option<i64>,
}

/// Tells how far it is, in a transaction of its own; true when the work is wanted no more.
///
/// # Errors
/// When the database fails.
pub async fn tell_step(database: &Database, id: Uuid, step: Step) -> Result<bool> {
    let mut transaction = super::begin(database).await?;
    let is_ended: Option<bool> = sqlx::query_scalar(
        "update service.export_progress
         set phase = $2, done = $3, total = $4, bytes = $5, at = now(),
           started_at = coalesce(started_at, case when $2 <> 'waiting' then now() end)
         where export_id = $1 returning is_ended",
    )
    .bind(id)
    .bind(step.phase)
    .bind(step.done)
    .bind(step.total)
    .bind(step.bytes)
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(is_ended.unwrap_or(true))
}

/// Tells that it is ready.
///
/// # Errors
/// When the database fails.
pub async fn tell_ready(
    connection: &mut PgConnection,
    id: Uuid,
    file: i64,
    rows: u64,
    hours: i32,
) -> sqlx::Result<()> {
    sqlx::query(
        "update service.export set state = 'ready', file_id = $2, row_count = $3, ready_at = clock_timestamp(),
           expires_at = clock_timestamp() + make_interval(hours => $4)
         where id = $1",
    )
    .bind(id)
    .bind(file)
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .bind(hours)
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells that it broke, and why.
///
/// # Errors
/// When the database fails.
pub async fn tell_broken(connection: &mut PgConnection, id: Uuid, trouble: &Value) -> sqlx::Result<()> {
    sqlx::query("update service.export set state = 'broken', trouble = $2 where id = $1 and state = 'open'")
        .bind(id)
        .bind(trouble)
        .execute(connection)
        .await?;
    Ok(())
}

/// Tells of exports whose worker is gone: nobody holds their row, and nobody told of progress for half a minute.
///
/// # Errors
/// When the database fails.
pub async fn tell_dead(connection: &mut PgConnection, trouble: &Value) -> sqlx::Result<u64> {
    let told = sqlx::query(
        "update service.export set state = 'broken', trouble = $1
         where id in (
           select e.id from service.export e
           join service.export_progress p on p.export_id = e.id and p.at < now() - interval '30 seconds'
           where e.state = 'open'
           for no key update of e skip locked)",
    )
    .bind(trouble)
    .execute(connection)
    .await?;
    Ok(told.rows_affected())
}

/// Says that an export is wanted no more: it is told of no more, its work stops, and [`forget`] takes it away.
///
/// # Errors
/// When the database fails.
pub async fn end(connection: &mut PgConnection, id: Uuid) -> sqlx::Result<()> {
    sqlx::query("update service.export_progress set is_ended = true where export_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets what was ended and what has expired, with its file, unless somebody works on it.
///
/// # Errors
/// When the database fails.
pub async fn forget(connection: &mut PgConnection) -> sqlx::Result<u64> {
    let gone = sqlx::query(
        "with gone as (
           delete from service.export where id in (
             select e.id from service.export e
             join service.export_progress p on p.export_id = e.id
             where p.is_ended or e.expires_at <= now()
             for update of e skip locked)
           returning file_id),
         emptied as (delete from service.kept_file where id in (select file_id from gone))
         select from gone",
    )
    .fetch_all(connection)
    .await?;
    Ok(gone.len() as u64)
}
