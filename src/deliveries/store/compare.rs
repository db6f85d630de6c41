//! Two deliveries matched up, feature by feature and set-wise.

use serde_json::Value;
use sqlx::PgConnection;

/// Changes that one answer lists.
const LISTED: i64 = 20_000;

/// Matches the features of two deliveries in tables of this transaction. In turn, and each feature once: the same shape
/// (within the grid), the greatest common ground, the same shape elsewhere, the same code.
pub async fn match_up(connection: &mut PgConnection, before: i64, after: i64) -> sqlx::Result<()> {
    for (table, id) in [("earlier", before), ("later", after)] {
        // Safe SQL: one of two names. What only one of the files has, and the row numbers and measures that programs put
        // there by themselves, is no difference between two plans.
        let made = sqlx::AssertSqlSafe(format!(
            "create temporary table {table} on commit drop as
             select f.number, st_makevalid(f.geom) as geom, f.attributes - array(
                 select k.name from delivery.own d cross join lateral jsonb_to_recordset(d.fields) as k(name text)
                 where d.id in ($1, $2)
                 group by k.name having count(distinct d.id) < case when $1 = $2 then 1 else 2 end
                   or lower(k.name) ~ '^(fid|gid|id|ogc_fid|objectid.*|shape_.*|perimet.*)$') as attributes, coalesce(f.mapped ->> 'given_code', f.mapped ->> 'code') as code,
               st_npoints(f.geom) as points, st_envelope(f.geom) as box
             from delivery.own_feature f where f.delivery_id = $1 and f.geom is not null and not st_isempty(f.geom)"
        ));
        sqlx::query(made).bind(id).bind(before + after - id).execute(&mut *connection).await?;
    }
    sqlx::raw_sql(include_str!("compare.sql")).execute(connection).await?;
    Ok(())
}

/// How many there are of each change.
pub async fn counts(connection: &mut PgConnection) -> sqlx::Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "select c.change, count(m.change) from unnest(array['same', 'attributes', 'reshaped', 'moved', 'new', 'gone']) c(change)
         left join matched m on m.change = c.change group by c.change",
    )
    .fetch_all(connection)
    .await
}

/// The changes as GeoJSON, the later shape or that which is gone; with `all` those that stayed the same, too.
pub async fn features(connection: &mut PgConnection, all: bool) -> sqlx::Result<Vec<Value>> {
    sqlx::query_scalar(
        "select jsonb_build_object('type', 'Feature', 'geometry', st_asgeojson(st_transform(coalesce(l.geom, e.geom), 4326), 9)::jsonb,
           'properties', jsonb_strip_nulls(jsonb_build_object('change', m.change, 'before', m.earlier, 'after', m.later,
             'common_share', round(m.share::numeric, 4), 'moved_m', round(st_distance(st_centroid(e.geom), st_centroid(l.geom))::numeric, 3),
             'area_before_m2', round(st_area(e.geom)::numeric, 2), 'area_after_m2', round(st_area(l.geom)::numeric, 2),
             'attributes', case when m.change = 'attributes' then (
               select jsonb_object_agg(k, jsonb_build_array(e.attributes -> k, l.attributes -> k))
               from jsonb_object_keys(e.attributes || l.attributes) k
               where e.attributes -> k is distinct from l.attributes -> k) end)))
         from matched m left join earlier e on e.number = m.earlier left join later l on l.number = m.later
         where $1 or m.change <> 'same'
         order by m.change, coalesce(m.later, m.earlier) limit $2",
    )
    .bind(all)
    .bind(LISTED)
    .fetch_all(connection)
    .await
}
