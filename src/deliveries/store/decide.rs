//! What an office decides: where a delivery is, what its columns mean, that it enters, that it is taken back.

use serde_json::Value;
use sqlx::{PgConnection, Row};

use super::super::model::{Delivery, Origin};
use crate::problem::Result;

/// Sends a delivery to be examined.
pub async fn to_check(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("update delivery.own set state = 'checking', trouble = null where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sets what the columns mean, and keeps it for the sender's next file.
pub async fn set_mapping(
    connection: &mut PgConnection,
    delivery: &Delivery,
    mapping: &[Origin],
) -> Result<()> {
    let mapping: Value = serde_json::to_value(mapping).map_err(anyhow::Error::from)?;
    sqlx::query("update delivery.own set mapping = $2, mapping_how = 'set' where id = $1")
        .bind(delivery.id)
        .bind(&mapping)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "insert into delivery.own_profile (ubigeo, office, sender, target, mapping) values ($1, $2, $3, $4, $5)
         on conflict (ubigeo, office, sender, target) do update set mapping = excluded.mapping",
    )
    .bind(&delivery.ubigeo)
    .bind(&delivery.office)
    .bind(&delivery.sender)
    .bind(&delivery.target)
    .bind(&mapping)
    .execute(connection)
    .await?;
    Ok(())
}

/// Says of each feature what becomes of it.
pub async fn judge(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update delivery.own_feature f
         set verdict = case when f.number in (select x.number from delivery.own_finding x
               where x.delivery_id = $1 and x.severity = 'error') then 'rejected'
             when f.is_repaired then 'repaired' else 'accepted' end
         where f.delivery_id = $1",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// A feature that a rule of the database refused.
pub struct Refused {
    pub number: i64,
    pub rule: String,
    pub message: String,
}

/// Enters what is not rejected through the door of the layer; what a rule refuses is rejected with its name.
async fn enter(
    connection: &mut PgConnection,
    id: i64,
    relation: &str,
    columns: &[String],
) -> sqlx::Result<Vec<Refused>> {
    let rows = sqlx::query(
        "select number, coalesce(rule, '') as rule, message from delivery.enter($1, $2::text::regclass, $3)",
    )
    .bind(id)
    .bind(relation)
    .bind(columns)
    .fetch_all(&mut *connection)
    .await?;
    let refused: Vec<Refused> = rows
        .iter()
        .map(|row| Refused { number: row.get(0), rule: row.get(1), message: row.get(2) })
        .collect();
    note_refused(connection, id, &refused).await?;
    let numbers: Vec<i64> = refused.iter().map(|one| one.number).collect();
    sqlx::query(
        "update delivery.own_feature set verdict = 'rejected' where delivery_id = $1 and number = any ($2)",
    )
    .bind(id)
    .bind(&numbers)
    .execute(connection)
    .await?;
    Ok(refused)
}

/// Notes as findings what rules refused. Number 0 is no feature of the file.
pub async fn note_refused(connection: &mut PgConnection, id: i64, refused: &[Refused]) -> sqlx::Result<()> {
    let numbers: Vec<i64> = refused.iter().map(|one| one.number).collect();
    let details: Vec<String> = refused.iter().map(|one| format!("{}: {}", one.rule, one.message)).collect();
    sqlx::query(
        "insert into delivery.own_finding (delivery_id, number, class, severity, detail)
         select $1, nullif(r.number, 0), 'refused_by_rule', 'error', r.detail
         from unnest($2::bigint[], $3::text[]) r(number, detail)",
    )
    .bind(id)
    .bind(&numbers)
    .bind(&details)
    .execute(connection)
    .await?;
    Ok(())
}

/// Closes an acceptance: the numbers are counted, not summed up, and a constraint holds them together.
pub async fn close(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query(
        "update delivery.own d
         set state = 'accepted', accepted_at = coalesce(d.accepted_at, now()), accepted_count = c.accepted, repaired_count = c.repaired,
           rejected_count = c.rejected
         from (select count(*) filter (where f.verdict = 'accepted') as accepted,
             count(*) filter (where f.verdict = 'repaired') as repaired,
             count(*) filter (where f.verdict = 'rejected') as rejected
           from delivery.own_feature f where f.delivery_id = $1) c
         where d.id = $1",
    )
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

/// What an acceptance did.
pub struct Accepted {
    pub entered: i64,
    pub refused: Vec<Refused>,
}

/// Accepts a delivery in the transaction of the caller: judges, enters, counts. Nothing is closed when nothing entered.
pub async fn accept(connection: &mut PgConnection, delivery: &Delivery, relation: &str) -> Result<Accepted> {
    let columns: Vec<String> = delivery.properties()?.into_iter().map(|property| property.name).collect();
    judge(connection, delivery.id).await?;
    let refused = enter(connection, delivery.id, relation, &columns).await?;
    let entered = entered(connection, delivery.id).await?;
    if entered > 0 {
        close(connection, delivery.id).await?;
    }
    Ok(Accepted { entered, refused })
}

/// What was entered, with the codes that the database gave.
pub async fn entered(connection: &mut PgConnection, id: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar("select count(*) from delivery.own_entered where delivery_id = $1")
        .bind(id)
        .fetch_one(connection)
        .await
}

/// Puts a delivery aside that nobody wants.
pub async fn reject(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("update delivery.own set state = 'rejected' where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// What was built on what a delivery entered: feature, code, kind, number; the first hundred.
pub async fn built_on(
    connection: &mut PgConnection,
    id: i64,
) -> sqlx::Result<Vec<(i64, Option<String>, String, Option<String>)>> {
    sqlx::query_as(
        "select number, code, what, which from delivery.built_on($1) order by number, what limit 100",
    )
    .bind(id)
    .fetch_all(connection)
    .await
}

/// Takes back what was entered.
pub async fn take_back(connection: &mut PgConnection, id: i64, relation: &str) -> sqlx::Result<i64> {
    let taken: i64 = sqlx::query_scalar("select delivery.take_back($1, $2::text::regclass)")
        .bind(id)
        .bind(relation)
        .fetch_one(&mut *connection)
        .await?;
    tell_revoked(connection, id).await?;
    Ok(taken)
}

/// Tells that it was taken back.
pub async fn tell_revoked(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("update delivery.own set state = 'revoked', revoked_at = now() where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether PostGIS knows a system.
pub async fn is_system(connection: &mut PgConnection, srid: i32) -> sqlx::Result<bool> {
    sqlx::query_scalar("select exists (select from spatial_ref_sys where srid = $1)")
        .bind(srid)
        .fetch_one(connection)
        .await
}
