//! The statements of an extract, all in one snapshot and as the audience that asks.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection};

use super::model::{CadastralCode, Extract, Finding, ParcelFacts, ThemeFacts, ZoneFacts, ZoneParameter};
use super::rules;
use crate::problem::Result;

/// The extracts of the parcels with `code` on `day`: none, one, or one for each district that has it.
///
/// # Errors
/// When the database does not answer.
pub async fn extract(
    snapshot: &mut PgConnection,
    code: &CadastralCode,
    day: NaiveDate,
) -> Result<Vec<Extract>> {
    let parcels = sqlx::query_file_as!(ParcelFacts, "src/extract/sql/parcel.sql", code.as_str(), day)
        .fetch_all(&mut *snapshot)
        .await?;
    let mut extracts = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let zones = sqlx::query_file_as!(ZoneFacts, "src/extract/sql/zones.sql", parcel.id, day)
            .fetch_all(&mut *snapshot)
            .await?;
        let themes = sqlx::query_file_as!(ThemeFacts, "src/extract/sql/themes.sql", parcel.id, day)
            .fetch_all(&mut *snapshot)
            .await?;
        let findings = sqlx::query_file_as!(Finding, "src/extract/sql/findings.sql", parcel.id, day)
            .fetch_all(&mut *snapshot)
            .await?;
        extracts.push(rules::assemble(parcel, zones, &themes, &findings, day));
    }
    Ok(extracts)
}

/// The same as it was on record at `recorded`: the statements of [`extract`], on the twins of recorded time.
///
/// # Errors
/// When the database does not answer, or the audience may not read recorded time.
pub async fn extract_recorded(
    snapshot: &mut PgConnection,
    code: &CadastralCode,
    day: NaiveDate,
    recorded: DateTime<Utc>,
) -> Result<Vec<Extract>> {
    sqlx::query("select set_config('predio.recorded_as_of', $1, true)")
        .bind(recorded.to_rfc3339())
        .execute(&mut *snapshot)
        .await?;
    let parcels: Vec<ParcelFacts> = sqlx::query_as(twin(include_str!("sql/parcel.sql")))
        .bind(code.as_str())
        .bind(day)
        .fetch_all(&mut *snapshot)
        .await?;
    let mut extracts = Vec::with_capacity(parcels.len());
    for parcel in parcels {
        let zones: Vec<ZoneFacts> =
            of_parcel(snapshot, include_str!("sql/zones.sql"), parcel.id, day).await?;
        let themes: Vec<ThemeFacts> =
            of_parcel(snapshot, include_str!("sql/themes.sql"), parcel.id, day).await?;
        let findings: Vec<Finding> =
            of_parcel(snapshot, include_str!("sql/findings.sql"), parcel.id, day).await?;
        let extract = rules::assemble(parcel, zones, &themes, &findings, day);
        extracts.push(Extract { recorded_as_of: Some(recorded), ..extract });
    }
    Ok(extracts)
}

async fn of_parcel<T>(
    snapshot: &mut PgConnection,
    sql: &'static str,
    parcel: i64,
    day: NaiveDate,
) -> sqlx::Result<Vec<T>>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(twin(sql)).bind(parcel).bind(day).fetch_all(snapshot).await
}

/// A statement of ours on the twins. Safe SQL: its text is a file of this folder with the names of its schemas
/// changed; the types that the checked macros read in the names of columns are taken away.
fn twin(sql: &'static str) -> AssertSqlSafe<String> {
    const FUNCTIONS: [&str; 4] =
        ["parcel_facts", "parcels_of_unit", "zone_parameters", "recorded_restrictions"];
    let mut text = sql.replace(" layer.", " recorded_layer.");
    for function in FUNCTIONS {
        text = text.replace(&format!("service.{function}("), &format!("recorded_service.{function}("));
    }
    let plain = |(at, piece): (usize, &str)| {
        let is_name = at % 2 == 1;
        let end = piece.find(['!', '?', ':']).filter(|_| is_name).unwrap_or(piece.len());
        piece[..end].to_owned()
    };
    let pieces: Vec<_> = text.split('"').enumerate().map(plain).collect();
    AssertSqlSafe(pieces.join("\""))
}

/// The parcels of the property unit with this CRC: district and code.
///
/// # Errors
/// When the database does not answer.
pub async fn parcels_of_unit(
    snapshot: &mut PgConnection,
    crc: &CadastralCode,
) -> Result<Vec<(String, String)>> {
    let rows = sqlx::query!(
        r#"select ubigeo as "ubigeo!", code as "code!" from service.parcels_of_unit($1)"#,
        crc.as_str()
    )
    .fetch_all(snapshot)
    .await?;
    Ok(rows.into_iter().map(|row| (row.ubigeo, row.code)).collect())
}
