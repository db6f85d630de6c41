//! The statements of an extract, all in one snapshot and as the audience that asks.

use chrono::NaiveDate;
use sqlx::PgConnection;
use sqlx::types::Json;

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
