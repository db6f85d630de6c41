//! What an act writes.

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use crate::parties::acts::Begin;
use crate::parties::model::Entry;

/// Waits for every other writer of the unit's rights, until the end of the transaction.
pub async fn hold(connection: &mut PgConnection, unit: i64) -> sqlx::Result<()> {
    sqlx::query("select land.hold_unit($1)").bind(unit).execute(connection).await?;
    Ok(())
}

/// The document that the journal names with what is written from here on.
pub async fn name_source(connection: &mut PgConnection, source: i64) -> sqlx::Result<()> {
    sqlx::query("select set_config('predio.source_id', $1::text, true)")
        .bind(source)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the act; from here on the transaction may change the rights of its unit.
pub async fn begin(
    connection: &mut PgConnection,
    unit: i64,
    kind: &str,
    day: Option<NaiveDate>,
    source: i64,
    annuls: Option<i64>,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into land.act (property_unit_id, kind, effective_on, source_id, annulled_act_id)
         values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(unit)
    .bind(kind)
    .bind(day)
    .bind(source)
    .bind(annuls)
    .fetch_one(connection)
    .await
}

/// Ends entries on `day`. One that began on that day was never in force: it stays on record and no longer counts.
pub async fn end(connection: &mut PgConnection, entries: &[i64], day: NaiveDate) -> sqlx::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update land.tenure_right_version set annulled = true where id = any($1) and lower(valid) >= $2",
    )
    .bind(entries)
    .bind(day)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update land.tenure_right_version set valid = daterange(lower(valid), $2)
         where id = any($1) and not annulled",
    )
    .bind(entries)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(())
}

/// Enters a right, or a further period of one.
pub async fn enter(
    connection: &mut PgConnection,
    unit: i64,
    begin: &Begin,
    day: NaiveDate,
    source: i64,
) -> sqlx::Result<()> {
    let right: i64 = match begin.right {
        Some(right) => right,
        None => {
            sqlx::query_scalar(
                "insert into land.tenure_right (property_unit_id, kind) values ($1, $2) returning id",
            )
            .bind(unit)
            .bind(&begin.kind)
            .fetch_one(&mut *connection)
            .await?
        }
    };
    let source = if begin.right.is_some() { begin.source } else { Some(source) };
    sqlx::query(
        "insert into land.tenure_right_version
           (tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id, registry_entry)
         values ($1, daterange($2, $3), $4, $5, $6, $7, $8)",
    )
    .bind(right)
    .bind(day)
    .bind(begin.valid_until.and_then(first_after))
    .bind(begin.party)
    .bind(begin.share.numerator())
    .bind(begin.share.denominator())
    .bind(source)
    .bind(&begin.registry_entry)
    .execute(connection)
    .await?;
    Ok(())
}

/// The day after, where a period that includes `day` ends.
pub(super) fn first_after(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_add_days(Days::new(1))
}

/// Puts an entry right where it stands; what stood there stays in the history.
pub async fn correct(connection: &mut PgConnection, entry: &Entry) -> sqlx::Result<()> {
    sqlx::query(
        "update land.tenure_right_version
         set valid = daterange($2, $3), party_id = $4, share_numerator = $5, share_denominator = $6, registry_entry = $7
         where id = $1",
    )
    .bind(entry.entry)
    .bind(entry.valid_from)
    .bind(entry.valid_until.and_then(first_after))
    .bind(entry.party)
    .bind(entry.share.numerator())
    .bind(entry.share.denominator())
    .bind(&entry.registry_entry)
    .execute(connection)
    .await?;
    Ok(())
}

/// Entries that no longer count.
pub async fn annul(connection: &mut PgConnection, entries: &[i64]) -> sqlx::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query("update land.tenure_right_version set annulled = true where id = any($1) and not annulled")
        .bind(entries)
        .execute(connection)
        .await?;
    Ok(())
}

/// Undoes an act: what began with it no longer counts, what it ended goes on as before.
pub async fn undo(connection: &mut PgConnection, act: i64) -> sqlx::Result<()> {
    // First those that began: afterwards their periods are free.
    sqlx::query(
        "update land.tenure_right_version v set annulled = true
         from land.act_entry e where e.act_id = $1 and e.part = 'begins' and v.id = e.entry_id and not v.annulled",
    )
    .bind(act)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update land.tenure_right_version v set valid = e.valid_before, annulled = e.annulled_before
         from land.act_entry e where e.act_id = $1 and e.part in ('ends', 'annulled') and v.id = e.entry_id",
    )
    .bind(act)
    .execute(&mut *connection)
    .await?;
    super::burdens::undo(connection, act).await
}
