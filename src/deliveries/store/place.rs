//! Where a file's numbers lie: the evidence for each candidate, and moving the features there.

use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::super::crs::Candidate;
use super::super::model::{Delivery, Proposal};
use crate::problem::Result;

/// Features that are looked at for the evidence, spread over the file.
const SAMPLE: i64 = 1_000;
/// Corners and shapes that are compared with the fabric.
const CORNERS: i64 = 3_000;
const SHAPES: i64 = 200;

/// What speaks for a candidate.
pub async fn evidence(
    connection: &mut PgConnection,
    delivery: &Delivery,
    candidate: &Candidate,
) -> Result<Proposal> {
    let row = sqlx::query(include_str!("evidence.sql"))
        .bind(delivery.id)
        .bind(candidate.srid)
        .bind(candidate.axes_swapped)
        .bind(candidate.unit_m)
        .bind(&delivery.ubigeo)
        .bind((delivery.read_count.unwrap_or(0) / SAMPLE).max(1))
        .bind(CORNERS)
        .bind(SHAPES)
        .fetch_one(connection)
        .await?;
    Ok(Proposal {
        candidate: candidate.name.clone(),
        es: candidate.es.clone(),
        en: candidate.en.clone(),
        srid: candidate.srid,
        axes_swapped: candidate.axes_swapped,
        unit_m: candidate.unit_m,
        looked_at: row.try_get("looked_at")?,
        inside_share: row.try_get("inside_share")?,
        corner_share: row.try_get("corner_share")?,
        overlap_share: row.try_get("overlap_share")?,
        median_offset_m: row.try_get("median_offset_m")?,
        distance_km: row.try_get("distance_km")?,
    })
}

/// Features as a proposal reads their numbers, as GeoJSON with longitude and latitude: one of so many, so that they are
/// spread over a file of `read`. How many of them have no place there is told beside.
pub async fn seen(
    connection: &mut PgConnection,
    id: i64,
    proposal: &Proposal,
    (read, limit): (i64, i64),
) -> sqlx::Result<(Vec<Value>, i64)> {
    let rows: Vec<Option<Value>> = sqlx::query_scalar(
        "select case when k.seen is not null and not st_isempty(k.seen) then jsonb_build_object('type', 'Feature', 'id', k.number,
             'properties', jsonb_build_object(), 'geometry', st_asgeojson(k.seen, 8)::jsonb) end
         from (
           select c.number, delivery.seen(delivery.kept(c.geom)) as seen
           from (
             select unnest(array_agg(f.number order by f.number)) as number,
               unnest(delivery.placed_all(array_agg(f.shape order by f.number), $2, $3, $4)) as geom
             from delivery.own_feature f
             where f.delivery_id = $1 and f.shape is not null and (f.number - 1) % $5 = 0
             group by f.number / ($5 * 250)
           ) c
           offset 0
         ) k
         order by k.number limit $6",
    )
    .bind(id)
    .bind(proposal.srid)
    .bind(proposal.axes_swapped)
    .bind(proposal.unit_m)
    .bind(((read + limit - 1) / limit).max(1))
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let looked_at = rows.len();
    let seen: Vec<Value> = rows.into_iter().flatten().collect();
    let placeless = i64::try_from(looked_at - seen.len()).unwrap_or(0);
    Ok((seen, placeless))
}

/// Who keeps the choice of a system.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// The service, of what is certain.
    Service,
    /// The office.
    Office,
}

/// Keeps which system is applied, and how it was decided.
pub async fn choose(
    connection: &mut PgConnection,
    (by, id): (By, i64),
    proposal: &Proposal,
    how: &str,
) -> sqlx::Result<()> {
    let table = match by {
        By::Service => "delivery.delivery",
        By::Office => "delivery.own",
    };
    // Safe SQL: one of two names. The operation is named by the function that does it.
    let sql = AssertSqlSafe(format!(
        "update {table} set srid = $2, axes_swapped = $3, unit_m = $4, crs_how = $5,
           operation = case when $2 in (32718, 5387, 24878, 24877, 4326, 32717)
             then (land.into_utm_18s(st_setsrid(st_makepoint(case when $2 = 4326 then -77 else 200000 end,
               case when $2 = 4326 then -10 else 8800000 end), $2))).operation
             else format('EPSG:%s a EPSG:32718, por PROJ', $2) end
         where id = $1"
    ));
    sqlx::query(sql)
        .bind(id)
        .bind(proposal.srid)
        .bind(proposal.axes_swapped)
        .bind(proposal.unit_m)
        .bind(how)
        .execute(connection)
        .await?;
    Ok(())
}

/// A file without any position needs no system.
pub async fn choose_none(connection: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("update delivery.delivery set crs_how = 'none' where id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Moves every feature to where it is. A multi of one part is that part where the target takes single ones.
pub async fn place_all(connection: &mut PgConnection, delivery: &Delivery) -> sqlx::Result<u64> {
    let placed = sqlx::query(
        "update delivery.feature f
         set geom = case when not $2 and st_numgeometries(k.geom) = 1 and geometrytype(k.geom) like 'MULTI%'
               then st_geometryn(k.geom, 1) else k.geom end, is_repaired = false
         from (
           select c.number, delivery.kept(c.geom) as geom
           from (
             select unnest(array_agg(s.number order by s.number)) as number,
               unnest(delivery.placed_all(array_agg(s.shape order by s.number), $3, $4, $5)) as geom
             from delivery.feature s where s.delivery_id = $1 and s.shape is not null group by s.number / 250
           ) c
           offset 0
         ) k
         where f.delivery_id = $1 and f.number = k.number",
    )
    .bind(delivery.id)
    .bind(delivery.geometry.starts_with("Multi") || delivery.geometry == "Geometry")
    .bind(delivery.srid)
    .bind(delivery.axes_swapped)
    .bind(delivery.unit_m)
    .execute(connection)
    .await?;
    Ok(placed.rows_affected())
}

/// Whether any feature has a position.
pub async fn has_shapes(connection: &mut PgConnection, id: i64) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select exists (select from delivery.feature where delivery_id = $1 and shape is not null)",
    )
    .bind(id)
    .fetch_one(connection)
    .await
}
