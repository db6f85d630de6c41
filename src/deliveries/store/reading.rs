//! What an office reads of its deliveries.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

use super::super::model::{Count, Delivery, Finding};
use super::COLUMNS;

/// One of the office's own.
pub async fn delivery(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<Delivery>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!("select {COLUMNS} from delivery.own where id = $1"));
    sqlx::query_as(sql).bind(id).fetch_optional(connection).await
}

/// The same, held for a decision.
pub async fn held(connection: &mut PgConnection, id: i64) -> sqlx::Result<Option<Delivery>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!("select {COLUMNS} from delivery.own where id = $1 for no key update"));
    sqlx::query_as(sql).bind(id).fetch_optional(connection).await
}

/// The office's own, the newest first, those before a number.
pub async fn list(
    connection: &mut PgConnection,
    (before, limit): (Option<i64>, i64),
    state: Option<&str>,
) -> sqlx::Result<Vec<Delivery>> {
    // Safe SQL: the list of columns is a constant.
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} from delivery.own
         where ($1::bigint is null or id < $1) and ($2::text is null or state = $2) order by id desc limit $3"
    ));
    sqlx::query_as(sql).bind(before).bind(state).bind(limit).fetch_all(connection).await
}

/// How far the work is: phase, done, total.
pub async fn progress(
    connection: &mut PgConnection,
    id: i64,
) -> sqlx::Result<Option<(String, i64, Option<i64>)>> {
    sqlx::query_as("select phase, done, total from delivery.own_progress where delivery_id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await
}

/// Findings by class.
pub async fn counts(connection: &mut PgConnection, id: i64) -> sqlx::Result<Vec<Count>> {
    sqlx::query_as(
        "select class, severity, count(*) as findings, count(distinct number) as features, count(repair) as repairable
         from delivery.own_finding where delivery_id = $1 group by class, severity
         order by array_position(array['error', 'warning', 'notice'], severity), count(*) desc, class",
    )
    .bind(id)
    .fetch_all(connection)
    .await
}

/// Which findings are wanted.
#[derive(Clone, Debug, Default)]
pub struct Which {
    pub class: Option<String>,
    pub severity: Option<String>,
    pub number: Option<i64>,
    pub after: i64,
    pub limit: i64,
}

/// Findings, in the order of their numbers.
pub async fn findings(connection: &mut PgConnection, id: i64, which: &Which) -> sqlx::Result<Vec<Finding>> {
    sqlx::query_as(
        "select f.id, f.number, f.class, f.severity, f.part, f.ring, f.vertex, f.field, f.other, f.measure, f.detail, f.repair,
           st_x(p.place) as east, st_y(p.place) as north,
           st_x(st_transform(p.place, 4326)) as lon, st_y(st_transform(p.place, 4326)) as lat
         from delivery.own_finding f
         cross join lateral (select case when geometrytype(f.geom) = 'POINT' then f.geom
           else st_pointonsurface(f.geom) end as place) p
         where f.delivery_id = $1 and f.id > $2 and ($3::text is null or f.class = $3)
           and ($4::text is null or f.severity = $4) and ($5::bigint is null or f.number = $5)
         order by f.id limit $6",
    )
    .bind(id)
    .bind(which.after)
    .bind(which.class.as_deref())
    .bind(which.severity.as_deref())
    .bind(which.number)
    .bind(which.limit)
    .fetch_all(connection)
    .await
}

/// Features with their verdict, as GeoJSON: attributes of the file, properties for the layer, what was entered.
pub async fn features(
    connection: &mut PgConnection,
    id: i64,
    (after, limit): (i64, i64),
    verdict: Option<&str>,
) -> sqlx::Result<Vec<Value>> {
    sqlx::query_scalar(
        "select jsonb_build_object('type', 'Feature', 'id', f.number,
             'geometry', st_asgeojson(st_transform(f.geom, 4326), 9)::jsonb,
             'properties', jsonb_build_object('verdict', coalesce(f.verdict, case when exists (
                 select from delivery.own_finding x where x.delivery_id = f.delivery_id and x.number = f.number and x.severity = 'error')
               then 'rejected' when f.is_repaired then 'repaired' else 'accepted' end),
               'attributes', f.attributes, 'mapped', f.mapped, 'object_id', e.object_id, 'code', e.code))
         from delivery.own_feature f
         left join delivery.own_entered e on e.delivery_id = f.delivery_id and e.number = f.number
         where f.delivery_id = $1 and f.number > $2 and ($3::text is null or f.verdict = $3)
         order by f.number limit $4",
    )
    .bind(id)
    .bind(after)
    .bind(verdict)
    .bind(limit)
    .fetch_all(connection)
    .await
}

/// Polygons of a staged feature in EPSG:32718, as the coordinates of a GeoJSON `MultiPolygon`. None where it has none.
pub async fn polygons(connection: &mut PgConnection, id: i64, number: i64) -> sqlx::Result<Option<Value>> {
    sqlx::query_scalar(
        "select st_asgeojson(st_multi(f.geom), 3)::jsonb -> 'coordinates' from delivery.own_feature f
         where f.delivery_id = $1 and f.number = $2 and st_dimension(f.geom) = 2",
    )
    .bind(id)
    .bind(number)
    .fetch_optional(connection)
    .await
}
