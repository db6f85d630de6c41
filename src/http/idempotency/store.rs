//! Every SQL statement of the idempotency keys.

use axum::http::StatusCode;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::Answer;
use crate::database::Database;
use crate::problem::Result;

/// Longest time for which a repeated request gets its first answer.
const KEPT_DAYS: i32 = 7;

#[derive(FromRow)]
pub struct Kept {
    pub request_hash: Vec<u8>,
    status: Option<i32>,
    headers: Option<Json<Vec<(String, String)>>>,
    answer: Option<String>,
}

impl Kept {
    /// The answer; a key is committed only together with one.
    pub fn answer(self) -> anyhow::Result<Answer> {
        let status = self.status.and_then(|status| u16::try_from(status).ok());
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        Ok(Answer {
            status: status.ok_or_else(|| anyhow::anyhow!("a key was committed without its answer"))?,
            headers: self.headers.map(|headers| headers.0).unwrap_or_default(),
            body: self.answer.unwrap_or_default(),
            replayed: true,
        })
    }
}

pub async fn claim(
    connection: &mut PgConnection,
    account: &str,
    key: &str,
    request: &[u8],
) -> sqlx::Result<Option<Kept>> {
    sqlx::query_as("select request_hash, status, headers, answer from service.claim_key($1, $2, $3)")
        .bind(account)
        .bind(key)
        .bind(request)
        .fetch_optional(connection)
        .await
}

pub async fn keep(
    connection: &mut PgConnection,
    account: &str,
    key: &str,
    answer: &Answer,
) -> sqlx::Result<()> {
    sqlx::query("select service.keep_answer($1, $2, $3, $4, $5)")
        .bind(account)
        .bind(key)
        .bind(i32::from(answer.status.as_u16()))
        .bind(Json(&answer.headers))
        .bind(&answer.body)
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets keys that are older than a week; returns how many.
///
/// # Errors
/// When the database fails.
pub async fn expire(database: &Database) -> Result<u64> {
    let mut transaction = database.begin_service().await?;
    let gone = sqlx::query(
        "delete from service.idempotency_key where created_at < now() - make_interval(days => $1)",
    )
    .bind(KEPT_DAYS)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(gone.rows_affected())
}
