//! Every SQL statement of the exports: here the files that are kept.
//!
//! All of it is the service's own work (`predio_service`): a file was made as the audience that asked, and the statements
//! of [`job`] say whose it is.

pub mod district;
pub mod job;

use std::path::Path;

use sqlx::{PgConnection, Postgres, Transaction};
use tokio::io::AsyncReadExt;

use crate::database::Database;
use crate::problem::Result;

/// Bytes of a piece, but for the last; the table refuses more.
const PIECE_BYTES: u64 = 1 << 20;

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// Its length.
    pub bytes: i64,
    /// As `sha256sum` writes it.
    pub sha256: String,
}

/// Begins a transaction of the service's own work.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(database: &Database) -> Result<Transaction<'static, Postgres>> {
    database.begin_service().await
}

/// Keeps the file at `path`; `told` hears how many bytes are kept.
///
/// # Errors
/// When the file cannot be read or the database fails.
pub async fn keep(
    connection: &mut PgConnection,
    path: &Path,
    length: u64,
    sha256: &str,
    told: impl Fn(u64),
) -> Result<i64> {
    let id: i64 =
        sqlx::query_scalar("insert into service.kept_file (sha256, bytes) values ($1, $2) returning id")
            .bind(sha256)
            .bind(i64::try_from(length).unwrap_or(i64::MAX))
            .fetch_one(&mut *connection)
            .await?;
    let mut file = tokio::fs::File::open(path).await.map_err(anyhow::Error::from)?;
    for number in 0_i64.. {
        let mut content = Vec::new();
        (&mut file).take(PIECE_BYTES).read_to_end(&mut content).await.map_err(anyhow::Error::from)?;
        if content.is_empty() {
            break;
        }
        sqlx::query("insert into service.kept_piece (file_id, number, content) values ($1, $2, $3)")
            .bind(id)
            .bind(number)
            .bind(&content)
            .execute(&mut *connection)
            .await?;
        told(number.unsigned_abs() * PIECE_BYTES + content.len() as u64);
    }
    Ok(id)
}

/// Bytes of a kept file from `from` on: at most up to `to`, and to the end of their piece. A transaction of its own, so
/// that a client that is slow to take them holds no connection.
///
/// # Errors
/// When the database fails, or the file is forgotten meanwhile.
pub async fn piece(database: &Database, file: i64, from: u64, to: u64) -> Result<Vec<u8>> {
    let (number, offset) = (from / PIECE_BYTES, from % PIECE_BYTES);
    let length = (PIECE_BYTES - offset).min(to - from);
    let integer = |number: u64| i64::try_from(number).map_err(anyhow::Error::from);
    let small = |number: u64| i32::try_from(number).map_err(anyhow::Error::from);
    let mut transaction = begin(database).await?;
    let content: Option<Vec<u8>> = sqlx::query_scalar(
        "select substring(content from $3 for $4) from service.kept_piece where file_id = $1 and number = $2",
    )
    .bind(file)
    .bind(integer(number)?)
    .bind(small(offset + 1)?)
    .bind(small(length)?)
    .fetch_optional(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let content = content.filter(|content| content.len() as u64 == length);
    Ok(content.ok_or_else(|| anyhow::anyhow!("the file {file} is kept no more"))?)
}
