//! Every SQL statement of the deliveries.
//!
//! The service's own work acts on the tables; an office acts on the views `own…`, which hold it to what it uploaded.

pub mod bundles;
pub mod changes;
pub mod check;
pub mod compare;
pub mod copies;
pub mod decide;
pub mod place;
pub mod reading;
pub mod repair;
pub mod stage;

use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};

use super::model::{About, Delivery, Field, Origin, Proposal};
use crate::access::store::explain;
use crate::database::Database;
use crate::problem::Result;
use crate::spatial::wire::Header;

/// The columns of [`Delivery`].
const COLUMNS: &str = "id, ubigeo, office, target, file_name, sha256, bytes, sender, source_id, accuracy_m::float8 as accuracy_m,
  told_srid, driver, layer, encoding, fields, properties, geometry, declared_crs, declared_srid, proposals, srid, axes_swapped,
  unit_m, crs_how, operation, mapping, mapping_how, state, trouble, read_count, accepted_count, repaired_count,
  rejected_count, returns, received_at, accepted_at, revoked_at, version, bundle";

/// A new delivery.
pub struct New<'a> {
    pub about: &'a About,
    pub file_name: &'a str,
    pub sha256: &'a str,
    pub bytes: i64,
    pub properties: Value,
    pub geometry: &'a str,
    pub fixed: Value,
    pub bundle: Option<i64>,
}

/// Begins a transaction of the service's own work on deliveries.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(database: &Database, reason: &str) -> Result<Transaction<'static, Postgres>> {
    let mut transaction = database.begin_service().await?;
    explain(&mut transaction, None, "", reason).await?;
    Ok(transaction)
}

/// Records a delivery in the name of the office; returns its number.
pub async fn record(connection: &mut PgConnection, new: &New<'_>) -> sqlx::Result<i64> {
    let about = new.about;
    sqlx::query_scalar(
        "insert into delivery.own (ubigeo, office, target, properties, geometry, fixed, file_name, sha256, bytes, sender,
           source_id, accuracy_m, told_srid, wanted_layer, bundle, returns)
         values ($1, service.office_of(current_user), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning id",
    )
    .bind(&about.ubigeo)
    .bind(&about.target)
    .bind(&new.properties)
    .bind(new.geometry)
    .bind(&new.fixed)
    .bind(new.file_name)
    .bind(new.sha256)
    .bind(new.bytes)
    .bind(about.sender.trim())
    .bind(about.source_id)
    .bind(about.accuracy_m)
    .bind(about.srid)
    .bind(about.layer.as_deref())
    .bind(new.bundle)
    .bind(about.returns)
    .fetch_one(connection)
    .await
}

/// Takes hold of a delivery for as long as the transaction runs: who looks after the dead ones passes it by.
pub async fn hold(connection: &mut PgConnection, id: i64) -> sqlx::Result<Delivery> {
    // Safe SQL: the list of columns is a constant.
    let sql = sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from delivery.delivery where id = $1 for no key update"
    ));
    sqlx::query_as(sql).bind(id).fetch_one(connection).await
}

/// What the file says of itself.
pub async fn tell_header(
    connection: &mut PgConnection,
    id: i64,
    header: &Header,
    declared: (Option<&str>, Option<i32>),
) -> Result<()> {
    let encoding = serde_json::to_value(&header.encoding).map_err(anyhow::Error::from)?;
    let notes = serde_json::to_value(&header.notes).map_err(anyhow::Error::from)?;
    let by_format = header.crs.as_ref().is_some_and(|crs| crs.by_format);
    sqlx::query(
        "update delivery.delivery set driver = $2, layer = $3, encoding = $4, declared_crs = $5, declared_srid = $6,
           declared_by_format = $7, notes = $8
         where id = $1",
    )
    .bind(id)
    .bind(&header.driver)
    .bind(&header.layer)
    .bind(encoding)
    .bind(declared.0)
    .bind(declared.1)
    .bind(by_format)
    .bind(notes)
    .execute(connection)
    .await?;
    Ok(())
}

/// What was read, and how its columns are taken.
pub async fn tell_fields(
    connection: &mut PgConnection,
    id: i64,
    read: u64,
    fields: &[Field],
    (mapping, how): (&[Origin], &str),
) -> Result<()> {
    let json = |value: serde_json::Result<Value>| value.map_err(anyhow::Error::from);
    sqlx::query(
        "update delivery.delivery set read_count = $2, fields = $3, mapping = $4, mapping_how = $5 where id = $1",
    )
    .bind(id)
    .bind(i64::try_from(read).unwrap_or(i64::MAX))
    .bind(json(serde_json::to_value(fields))?)
    .bind(json(serde_json::to_value(mapping))?)
    .bind(how)
    .execute(connection)
    .await?;
    Ok(())
}

/// The proposals with their evidence.
pub async fn tell_proposals(connection: &mut PgConnection, id: i64, proposals: &[Proposal]) -> Result<()> {
    let proposals = serde_json::to_value(proposals).map_err(anyhow::Error::from)?;
    sqlx::query("update delivery.delivery set proposals = $2 where id = $1")
        .bind(id)
        .bind(proposals)
        .execute(connection)
        .await?;
    Ok(())
}

/// The state of the work.
pub async fn tell_state(connection: &mut PgConnection, id: i64, state: &str) -> sqlx::Result<()> {
    sqlx::query("update delivery.delivery set state = $2, trouble = null where id = $1")
        .bind(id)
        .bind(state)
        .execute(connection)
        .await?;
    Ok(())
}

/// Tells that the work broke, and why. A delivery that went on meanwhile is left alone.
pub async fn tell_broken(connection: &mut PgConnection, id: i64, trouble: &Value) -> sqlx::Result<()> {
    sqlx::query(
        "update delivery.delivery set state = 'broken', trouble = $2 where id = $1 and state in ('staging', 'checking')",
    )
    .bind(id)
    .bind(trouble)
    .execute(connection)
    .await?;
    Ok(())
}

/// Tells of deliveries whose worker is gone: nobody holds their row, and nobody told of progress or of waiting. Those of
/// the last seconds may not have begun yet.
pub async fn tell_dead(connection: &mut PgConnection, trouble: &Value) -> sqlx::Result<u64> {
    let told = sqlx::query(
        "update delivery.delivery set state = 'broken', trouble = $1
         where id in (
           select d.id from delivery.delivery d
           where d.state in ('staging', 'checking') and d.recorded_from < now() - interval '30 seconds'
             and not exists (select from delivery.progress p where p.delivery_id = d.id and p.at > now() - interval '30 seconds')
           for no key update skip locked)",
    )
    .bind(trouble)
    .execute(connection)
    .await?;
    Ok(told.rows_affected())
}

/// How far the work is, on a connection of its own.
pub async fn tell_progress(
    connection: &mut PgConnection,
    id: i64,
    (phase, done, total): (&str, i64, Option<i64>),
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into delivery.progress (delivery_id, phase, done, total) values ($1, $2, $3, $4)
         on conflict (delivery_id) do update set phase = excluded.phase, done = excluded.done, total = excluded.total, at = now()",
    )
    .bind(id)
    .bind(phase)
    .bind(done)
    .bind(total)
    .execute(connection)
    .await?;
    Ok(())
}

/// The mapping that was kept for the sender of a delivery.
pub async fn profile(connection: &mut PgConnection, delivery: &Delivery) -> Result<Option<Vec<Origin>>> {
    let kept: Option<Value> = sqlx::query_scalar(
        "select p.mapping from delivery.profile p
         where p.ubigeo = $1 and p.office = $2 and p.sender = $3 and p.target = $4",
    )
    .bind(&delivery.ubigeo)
    .bind(&delivery.office)
    .bind(&delivery.sender)
    .bind(&delivery.target)
    .fetch_optional(connection)
    .await?;
    Ok(kept.map(serde_json::from_value).transpose().map_err(anyhow::Error::from)?)
}

/// The layer of the file that was asked for.
pub async fn wanted_layer(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select wanted_layer from delivery.delivery where id = $1")
        .bind(id)
        .fetch_one(connection)
        .await
}

/// How far the work is, for the service itself.
pub async fn progress(
    connection: &mut PgConnection,
    id: i64,
) -> sqlx::Result<Option<(String, i64, Option<i64>)>> {
    sqlx::query_as("select phase, done, total from delivery.progress where delivery_id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}
