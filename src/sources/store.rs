//! Every SQL statement of the sources.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::file::{Hash, Type};
use super::model::{FileOf, NewSource, Source};
use crate::problem::{Error, Result};

/// Records a source in a district; returns its number.
pub async fn record(connection: &mut PgConnection, ubigeo: &str, source: &NewSource) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into land.source (ubigeo, kind, number, title, issued_on, issuer, about_person)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(ubigeo)
    .bind(&source.kind)
    .bind(source.number.trim())
    .bind(source.title())
    .bind(source.issued_on)
    .bind(source.office.trim())
    .bind(source.about_person)
    .fetch_one(connection)
    .await
}

/// The sources with these numbers.
pub async fn named(connection: &mut PgConnection, ids: &[i64]) -> sqlx::Result<Vec<Source>> {
    sqlx::query_as(
        "select id, ubigeo, kind, number, case when not about_person then title end as title, issuer as office, issued_on,
           about_person
         from land.source where id = any($1) order by id",
    )
    .bind(ids)
    .fetch_all(connection)
    .await
}

/// Files of a source, without their content.
pub async fn files(connection: &mut PgConnection, source: &Source) -> sqlx::Result<Vec<FileOf>> {
    let sql = if source.about_person {
        "select hash, media_type, size, created_at from person.files_of_source($1)"
    } else {
        "select f.hash, f.media_type, octet_length(f.bytes)::bigint, s.created_at
         from land.source_file s join document.file f on f.hash = s.hash
         where s.source_id = $1 order by s.created_at, s.hash"
    };
    let rows: Vec<(Vec<u8>, String, i64, DateTime<Utc>)> =
        sqlx::query_as(sql).bind(source.id).fetch_all(connection).await?;
    let one = |(hash, media_type, size, attached_at): (Vec<u8>, String, i64, DateTime<Utc>)| FileOf {
        sha256: Hash::from(hash).to_string(),
        media_type,
        size,
        attached_at,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// Attaches a file; false when the source had it before.
pub async fn attach(
    connection: &mut PgConnection,
    source: &Source,
    kind: Type,
    bytes: &[u8],
) -> sqlx::Result<bool> {
    if source.about_person {
        return sqlx::query_scalar("select person.keep_file($1, $2, $3)")
            .bind(source.id)
            .bind(kind.media())
            .bind(bytes)
            .fetch_one(connection)
            .await;
    }
    sqlx::query(
        "insert into document.file (hash, media_type, bytes) values (sha256($2), $1, $2) on conflict (hash) do nothing",
    )
    .bind(kind.media())
    .bind(bytes)
    .execute(&mut *connection)
    .await?;
    let attached = sqlx::query(
        "insert into land.source_file (source_id, hash) values ($1, sha256($2)) on conflict (source_id, hash) do nothing",
    )
    .bind(source.id)
    .bind(bytes)
    .execute(connection)
    .await?;
    Ok(attached.rows_affected() > 0)
}

/// A file of a source that is about nobody: its type and its bytes.
pub async fn content(
    connection: &mut PgConnection,
    source: i64,
    hash: &Hash,
) -> sqlx::Result<Option<(String, Vec<u8>)>> {
    sqlx::query_as(
        "select f.media_type, f.bytes from land.source_file s join document.file f on f.hash = s.hash
         where s.source_id = $1 and s.hash = $2",
    )
    .bind(source)
    .bind(hash.bytes())
    .fetch_optional(connection)
    .await
}

/// A file about a person, for a purpose, which is noted.
///
/// # Errors
/// [`Error::BadRequest`] without a purpose, [`Error::Forbidden`] outside the districts of the account.
pub async fn personal_content(
    connection: &mut PgConnection,
    source: i64,
    hash: &Hash,
    purpose: &str,
) -> Result<Option<(String, Vec<u8>)>> {
    let read = sqlx::query_as("select media_type, bytes from person.read_file($1, $2, $3)")
        .bind(source)
        .bind(hash.bytes())
        .bind(purpose)
        .fetch_optional(connection)
        .await;
    read.map_err(|error| {
        let named = error.as_database_error().and_then(sqlx::error::DatabaseError::constraint);
        match named {
            Some("person_needs_a_purpose") => {
                Error::bad("purpose", "personal data are read for a purpose: say it in at least 8 letters")
            }
            _ => error.into(),
        }
    })
}

/// Whether there is such a document.
pub async fn is_source(connection: &mut PgConnection, id: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from land.source where id = $1)")
        .bind(id)
        .fetch_one(connection)
        .await
}

/// Whether there is such a district.
pub async fn is_district(connection: &mut PgConnection, ubigeo: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from land.district where ubigeo = $1)")
        .bind(ubigeo)
        .fetch_one(connection)
        .await
}
