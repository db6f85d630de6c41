//! Dated downloads of districts.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgConnection};

/// A download that is kept.
#[derive(Clone, Debug, FromRow)]
pub struct Download {
    pub day: NaiveDate,
    pub layers: Vec<String>,
    pub row_count: i64,
    pub made_at: DateTime<Utc>,
    pub file_id: i64,
    pub bytes: i64,
    pub sha256: String,
}

/// Codes and names of the districts that the reader sees.
///
/// # Errors
/// When the database fails.
pub async fn districts(connection: &mut PgConnection) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select distinct on (ubigeo) ubigeo, name from layer.district order by ubigeo, lower(valid) desc nulls last",
    )
    .fetch_all(connection)
    .await
}

/// Its downloads, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn downloads(connection: &mut PgConnection, ubigeo: &str) -> sqlx::Result<Vec<Download>> {
    sqlx::query_as(
        "select d.day, d.layers, d.row_count, d.made_at, d.file_id, f.bytes, f.sha256
         from service.district_download d
         join service.kept_file f on f.id = d.file_id
         where d.ubigeo = $1 order by d.day desc",
    )
    .bind(ubigeo)
    .fetch_all(connection)
    .await
}

/// Whether the download of that day is to be made by this transaction: it is not there, and nobody else makes it.
///
/// # Errors
/// When the database fails.
pub async fn is_ours_to_make(
    connection: &mut PgConnection,
    ubigeo: &str,
    day: NaiveDate,
) -> sqlx::Result<bool> {
    let is_ours: bool = sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended('service.district_download ' || $1, 0))",
    )
    .bind(ubigeo)
    .fetch_one(&mut *connection)
    .await?;
    // Another statement: what the one before us committed is seen by now.
    let is_there: bool = sqlx::query_scalar(
        "select exists (select from service.district_download where ubigeo = $1 and day = $2)",
    )
    .bind(ubigeo)
    .bind(day)
    .fetch_one(connection)
    .await?;
    Ok(is_ours && !is_there)
}

/// Records one.
///
/// # Errors
/// When the database fails.
pub async fn record(
    connection: &mut PgConnection,
    (ubigeo, day): (&str, NaiveDate),
    file: i64,
    layers: &[String],
    rows: u64,
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into service.district_download (ubigeo, day, file_id, layers, row_count) values ($1, $2, $3, $4, $5)",
    )
    .bind(ubigeo)
    .bind(day)
    .bind(file)
    .bind(layers)
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the downloads of days before `first`.
///
/// # Errors
/// When the database fails.
pub async fn forget(connection: &mut PgConnection, first: NaiveDate) -> sqlx::Result<u64> {
    let gone = sqlx::query(
        "with gone as (delete from service.district_download where day < $1 returning file_id),
         emptied as (delete from service.kept_file where id in (select file_id from gone))
         select from gone",
    )
    .bind(first)
    .fetch_all(connection)
    .await?;
    Ok(gone.len() as u64)
}
