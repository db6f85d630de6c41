//! Repairs of staged shapes: what each would make, and making it.

use serde_json::Value;
use sqlx::PgConnection;

/// Repairs that are shown one by one; the others are counted.
const SHOWN: i64 = 500;

/// Which findings are repaired.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// One.
    Finding(i64),
    /// Every one of a class that has a repair.
    Class(String),
}

/// Works the repairs out into a table of this transaction; returns how many shapes they change.
pub async fn plan(connection: &mut PgConnection, delivery: i64, chosen: &Chosen) -> sqlx::Result<i64> {
    let (finding, class) = match chosen {
        Chosen::Finding(id) => (Some(*id), None),
        Chosen::Class(class) => (None, Some(class.as_str())),
    };
    sqlx::query(
        "create temporary table planned on commit drop as
         select distinct on (f.number) f.number, x.class, x.repair, f.geom as before, f.geom as after
         from delivery.own_finding x
         join delivery.own_feature f on f.delivery_id = x.delivery_id and f.number = x.number
         where x.delivery_id = $1 and x.repair is not null and f.geom is not null
           and ($2::bigint is null or x.id = $2) and ($3::text is null or x.class = $3)
         order by f.number, x.id",
    )
    .bind(delivery)
    .bind(finding)
    .bind(class)
    .execute(&mut *connection)
    .await?;
    // What shapes snap to: those before them in the file, and the fabric or network on record. A corner of any neighbour is
    // woven into an edge: that moves no corner.
    sqlx::query(
        "create temporary table anchor on commit drop as
         select f.number, f.geom from delivery.own_feature f
         where f.delivery_id = $1 and exists (select from planned where repair ~ '^(snap|weave)_') and f.geom is not null
         union all
         select 0, v.geom from land.parcel_version v join delivery.own d on d.ubigeo = v.ubigeo
         where d.id = $1 and d.target = 'parcels' and upper_inf(v.valid) and exists (select from planned where repair in ('snap_corners', 'weave_edges'))",
    )
    .bind(delivery)
    .execute(&mut *connection)
    .await?;
    sqlx::raw_sql("create index on anchor using gist (geom); analyze anchor; analyze planned")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update planned p
         set after = delivery.mended(p.before, p.repair, (
             select st_collect(a.geom) from anchor a
             where t.repair <> 'other' and a.geom && st_expand(p.before, t.tolerance_m)
               and case p.repair when 'snap_corners' then a.number < p.number else a.number <> p.number end), t.tolerance_m)
         from delivery.own d
         cross join lateral (select 1) one
         cross join lateral (select r.repair, case r.repair when 'snap_ends' then 1.0 else greatest(0.005, least(0.05, coalesce(d.accuracy_m, 0.02))) end as tolerance_m
           from (values ('snap_ends'), ('snap_corners'), ('weave_edges'), ('other')) r(repair)) t
         where d.id = $1 and t.repair = case when p.repair ~ '^(snap|weave)_' then p.repair else 'other' end",
    )
    .bind(delivery)
    .execute(&mut *connection)
    .await?;
    // A repair that would break a sound shape is none.
    sqlx::query(
        "delete from planned p
         where p.repair <> 'close_ring' and p.after = p.before and st_asbinary(p.after) = st_asbinary(p.before)
            or st_isempty(p.after) or st_isvalid(p.before) and not st_isvalid(p.after)",
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query_scalar("select count(*) from planned").fetch_one(connection).await
}

/// The repairs that were worked out, each before and after, as GeoJSON with longitude and latitude.
pub async fn shown(connection: &mut PgConnection) -> sqlx::Result<Vec<Value>> {
    sqlx::query_scalar(
        "select jsonb_build_object('feature', p.number, 'class', p.class, 'repair', p.repair,
           'before', st_asgeojson(st_transform(p.before, 4326), 9)::jsonb, 'after', st_asgeojson(st_transform(p.after, 4326), 9)::jsonb,
           'area_before_m2', case when st_dimension(p.before) = 2 then round(st_area(p.before)::numeric, 4) end,
           'area_after_m2', case when st_dimension(p.after) = 2 then round(st_area(p.after)::numeric, 4) end,
           'moved_m', round(st_hausdorffdistance(p.before, p.after)::numeric, 4),
           'is_valid', st_isvalid(p.after))
         from planned p order by p.number limit $1",
    )
    .bind(SHOWN)
    .fetch_all(connection)
    .await
}

/// Makes the repairs that were worked out, and keeps what was before.
pub async fn apply(connection: &mut PgConnection, delivery: i64) -> sqlx::Result<()> {
    sqlx::query(
        "insert into delivery.own_repair (delivery_id, number, class, repair, before, after)
         select $1, p.number, p.class, p.repair, p.before, p.after from planned p order by p.number",
    )
    .bind(delivery)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update delivery.own_feature f set geom = p.after, is_repaired = true
         from planned p where f.delivery_id = $1 and f.number = p.number",
    )
    .bind(delivery)
    .execute(connection)
    .await?;
    Ok(())
}
