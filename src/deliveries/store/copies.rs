//! Field copies: what went out, and its bytes.

use sqlx::{AssertSqlSafe, PgConnection};

use super::super::returns::model::{FieldCopy, Wanted};

const COLUMNS: &str =
    "id, ubigeo, office, target, mark, bbox, filter, columns, features, sha256, bytes, taken_at";

/// A new copy.
pub struct New<'a> {
    pub wanted: &'a Wanted,
    pub mark: &'a str,
    pub columns: &'a [&'a str],
    pub features: u64,
    pub sha256: &'a str,
}

/// Records a copy in the name of the office, with its bytes.
pub async fn record(connection: &mut PgConnection, new: &New<'_>, bytes: &[u8]) -> sqlx::Result<FieldCopy> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!(
        "insert into delivery.own_field_copy (ubigeo, office, target, mark, bbox, filter, columns, features, sha256, bytes)
         values ($1, service.office_of(current_user), $2, $3, $4, $5, $6, $7, $8, $9) returning {COLUMNS}"
    ));
    let copy: FieldCopy = sqlx::query_as(sql)
        .bind(&new.wanted.ubigeo)
        .bind(&new.wanted.target)
        .bind(new.mark)
        .bind(new.wanted.bbox.as_deref())
        .bind(new.wanted.filter.as_deref())
        .bind(new.columns)
        .bind(i64::try_from(new.features).unwrap_or(i64::MAX))
        .bind(new.sha256)
        .bind(i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        .fetch_one(&mut *connection)
        .await?;
    sqlx::query("insert into delivery.own_field_copy_file (copy_id, bytes) values ($1, $2)")
        .bind(copy.id)
        .bind(bytes)
        .execute(connection)
        .await?;
    Ok(copy)
}

/// One of the office's own.
pub async fn own(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<FieldCopy>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!("select {COLUMNS} from delivery.own_field_copy where id = $1"));
    sqlx::query_as(sql).bind(id).fetch_optional(connection).await
}

/// The office's own, the newest first, those before a number.
pub async fn list(
    connection: &mut PgConnection,
    (before, limit): (Option<i64>, i64),
) -> sqlx::Result<Vec<FieldCopy>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} from delivery.own_field_copy where ($1::bigint is null or id < $1) order by id desc limit $2"
    ));
    sqlx::query_as(sql).bind(before).bind(limit).fetch_all(connection).await
}

/// The bytes of one of the office's own.
pub async fn own_bytes(connection: &mut PgConnection, id: i64) -> sqlx::Result<Vec<u8>> {
    sqlx::query_scalar("select bytes from delivery.own_field_copy_file where copy_id = $1")
        .bind(id)
        .fetch_one(connection)
        .await
}

/// A copy, for the service's own work.
pub async fn of(connection: &mut PgConnection, id: i64) -> sqlx::Result<FieldCopy> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!("select {COLUMNS} from delivery.field_copy where id = $1"));
    sqlx::query_as(sql).bind(id).fetch_one(connection).await
}

/// The copy that carries a mark, with its office, for the service's own work.
pub async fn marked(connection: &mut PgConnection, mark: &str) -> sqlx::Result<Option<(i64, String)>> {
    sqlx::query_as("select id, office from delivery.field_copy where mark = $1")
        .bind(mark)
        .fetch_optional(connection)
        .await
}

/// The bytes that went out, for the service's own work.
pub async fn bytes(connection: &mut PgConnection, id: i64) -> sqlx::Result<Vec<u8>> {
    sqlx::query_scalar("select bytes from delivery.field_copy_file where copy_id = $1")
        .bind(id)
        .fetch_one(connection)
        .await
}
