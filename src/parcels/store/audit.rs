//! The audit of the fabric, set-wise.

use sqlx::PgConnection;

use crate::parcels::check::Finding;

pub async fn count_in_force(connection: &mut PgConnection, ubigeo: Option<&str>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from land.parcel_version
           where valid @> (now() at time zone 'America/Lima')::date
             and ($1::text is null or ubigeo = $1)"#,
        ubigeo
    )
    .fetch_one(connection)
    .await
}

macro_rules! findings {
    ($(#[$doc:meta])* $name:ident, $file:literal) => {
        $(#[$doc])*
        pub async fn $name(connection: &mut PgConnection, ubigeo: Option<&str>) -> sqlx::Result<Vec<Finding>> {
            sqlx::query_file_as!(Finding, $file, ubigeo).fetch_all(connection).await
        }
    };
}

findings!(
    /// No polygon, an invalid one, corners off the grid.
    polygon_findings,
    "src/parcels/checks/polygon.sql"
);
findings!(
    /// Pairs that share area.
    overlaps,
    "src/parcels/checks/overlap.sql"
);
findings!(
    /// What a block has besides its parcels, narrower than half a metre.
    sliver_gaps,
    "src/parcels/checks/sliver_gap.sql"
);
findings!(
    /// Corners on a neighbour's edge that the neighbour does not have.
    unmatched_corners,
    "src/parcels/checks/unmatched_corner.sql"
);
findings!(
    /// Outside the district, across its limit, outside the block.
    misplaced,
    "src/parcels/checks/misplaced.sql"
);
findings!(
    /// Registered against grid area by the tolerance class in force.
    areas_beyond_tolerance,
    "src/parcels/checks/area_beyond_tolerance.sql"
);
findings!(
    /// Buildings that leave their parcel.
    buildings_outside,
    "src/parcels/checks/building_outside.sql"
);

/// Keeps the findings of an audit: new ones are open, known ones are seen again, those not found any more are repaired.
/// What somebody accepted stays accepted. Answers how many of the district's are open and were repaired now.
pub async fn keep_findings(
    connection: &mut PgConnection,
    ubigeo: Option<&str>,
    findings: &[Finding],
) -> sqlx::Result<(i64, i64)> {
    let text = |of: fn(&Finding) -> Option<String>| findings.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "insert into land.fabric_finding as known (ubigeo, class, code, other, measure, detail, geom)
         select distinct on (d.ubigeo, f.class, f.code, coalesce(f.other, ''), round(f.x::numeric, 1), round(f.y::numeric, 1))
           d.ubigeo, f.class, f.code, f.other, f.measure, f.detail, st_setsrid(st_makepoint(f.x, f.y), 32718)
         from unnest($2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::float8[], $8::float8[])
           f(class, code, other, measure, detail, x, y)
         cross join lateral (
           -- A rural number may stand in several districts: the nearest is meant. A gap has the code of its block.
           select d.ubigeo from land.district d
           where $1::text is null or d.ubigeo = $1
           order by not exists (select from land.parcel p where p.ubigeo = d.ubigeo and p.code = f.code),
             f.code not like d.ubigeo || '%', st_distance(d.geom, st_setsrid(st_makepoint(f.x, f.y), 32718))
           limit 1
         ) d
         on conflict (ubigeo, class, code, coalesce(other, ''), (coalesce(round(st_x(geom)::numeric, 1), 0)),
           (coalesce(round(st_y(geom)::numeric, 1), 0)))
         do update set seen_at = now(), measure = excluded.measure, detail = excluded.detail,
           state = case when known.state = 'repaired' then 'open' else known.state end, repaired_at = null",
    )
    .bind(ubigeo)
    .bind(findings.iter().map(|finding| finding.class.clone()).collect::<Vec<_>>())
    .bind(findings.iter().map(|finding| finding.code.clone()).collect::<Vec<_>>())
    .bind(text(|finding| finding.other.clone()))
    .bind(findings.iter().map(|finding| finding.measure).collect::<Vec<_>>())
    .bind(text(|finding| finding.detail.clone()))
    .bind(findings.iter().map(|finding| finding.x).collect::<Vec<_>>())
    .bind(findings.iter().map(|finding| finding.y).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    let repaired = sqlx::query(
        "update land.fabric_finding set state = 'repaired', repaired_at = now()
         where state <> 'repaired' and seen_at < now() and ($1::text is null or ubigeo = $1)",
    )
    .bind(ubigeo)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    let open: i64 = sqlx::query_scalar(
        "select count(*) from land.fabric_finding where state = 'open' and ($1::text is null or ubigeo = $1)",
    )
    .bind(ubigeo)
    .fetch_one(connection)
    .await?;
    Ok((open, repaired.cast_signed()))
}
