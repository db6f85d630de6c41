//! Deliveries of one upload, and where the layers of a sender went.

use sqlx::{AssertSqlSafe, PgConnection};

use super::super::model::{Delivery, Part};
use super::COLUMNS;
use crate::access::Actor;

/// A number for the deliveries of one upload.
pub async fn next_number(connection: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("select nextval('delivery.bundle_number')").fetch_one(connection).await
}

/// The office's deliveries of a bundle, in the order in which they were brought.
pub async fn deliveries(connection: &mut PgConnection, bundle: i64) -> sqlx::Result<Vec<Delivery>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!("select {COLUMNS} from delivery.own where bundle = $1 order by id"));
    sqlx::query_as(sql).bind(bundle).fetch_all(connection).await
}

/// The same, held for a decision.
pub async fn held(connection: &mut PgConnection, bundle: i64) -> sqlx::Result<Vec<Delivery>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} from delivery.own where bundle = $1 order by id for no key update"
    ));
    sqlx::query_as(sql).bind(bundle).fetch_all(connection).await
}

/// Keeps where each layer of a sender goes, for the next file.
pub async fn remember(
    connection: &mut PgConnection,
    (ubigeo, sender): (&str, &str),
    parts: &[Part],
) -> sqlx::Result<()> {
    for part in parts {
        sqlx::query(
            "insert into delivery.own_layer_profile (ubigeo, office, sender, layer, target)
             values ($1, service.office_of(current_user), $2, $3, $4)
             on conflict (ubigeo, office, sender, layer) do update set target = excluded.target",
        )
        .bind(ubigeo)
        .bind(sender)
        .bind(&part.layer)
        .bind(&part.target)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Where the layers of a sender went before: layer of the file, layer of the cadastre.
pub async fn remembered(
    connection: &mut PgConnection,
    (ubigeo, sender): (&str, &str),
) -> sqlx::Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select layer, target from delivery.own_layer_profile where ubigeo = $1 and sender = $2 order by layer",
    )
    .bind(ubigeo)
    .bind(sender)
    .fetch_all(connection)
    .await
}

/// Lets the service do its own work in the transaction of an office: examine what that office accepts next.
pub async fn as_service(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql("set local role predio_service").execute(connection).await?;
    Ok(())
}

/// Goes on in the name of the office. The tables of the examination go, so that the next one makes its own.
pub async fn as_office(connection: &mut PgConnection, actor: &Actor) -> sqlx::Result<()> {
    // Safe SQL: the role comes from an enum.
    let back = AssertSqlSafe(format!("discard temp; set local role {}", actor.audience.role()));
    sqlx::raw_sql(back).execute(connection).await?;
    Ok(())
}
