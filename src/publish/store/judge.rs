//! PostGIS judges the staged features; each one that is rejected or repaired gets a row in `judged`.

use sqlx::{PgConnection, Row};

use super::run;
use crate::publish::crs::Place;
use crate::publish::report::{Class, Finding};

/// Findings that a report lists one by one; their classes count all.
const LISTED: i64 = 1_000;

/// The judgement on all features.
#[derive(Debug, Default)]
pub struct Judged {
    pub repaired: u64,
    pub rejected: u64,
    pub without_geometry: u64,
    pub classes: Vec<Class>,
    pub findings: Vec<Finding>,
}

/// Judges every staged feature, once.
pub async fn judge(
    connection: &mut PgConnection,
    place: &Place,
    curved: bool,
    repair: bool,
) -> anyhow::Result<Judged> {
    run(
        connection,
        "insert into judged (n, verdict, reason, detail, x, y)
         select \"staging n\", 'rejected', \"staging aside\", \"staging detail\", \"staging x\", \"staging y\"
           from staging
          where \"staging aside\" is not null"
            .to_owned(),
    )
    .await?;
    if curved {
        straighten(connection, place).await?;
    }
    validity(connection, repair).await?;
    on_earth(connection, place).await?;
    run(
        connection,
        "insert into judged (n, verdict, reason, detail)
         select \"staging n\", 'repaired', \"staging fix\", \"staging detail\"
           from staging
          where \"staging fix\" is not null
             on conflict (n) do nothing"
            .to_owned(),
    )
    .await?;
    run(connection, "analyze judged".to_owned()).await?;
    sum_up(connection).await
}

/// Arcs become chords that stay within a millimetre of them.
async fn straighten(connection: &mut PgConnection, place: &Place) -> anyhow::Result<()> {
    sqlx::query(
        "update staging
            set \"staging geom\" = st_curvetoline(\"staging geom\", $1, 1, 1)
          where geometrytype(\"staging geom\") in ('CIRCULARSTRING', 'COMPOUNDCURVE', 'CURVEPOLYGON', 'MULTICURVE', 'MULTISURFACE')
             or st_hasarc(\"staging geom\")",
    )
    .bind(if place.degrees { 1e-8 } else { 1e-3 })
    .execute(connection)
    .await?;
    Ok(())
}

async fn validity(connection: &mut PgConnection, repair: bool) -> anyhow::Result<()> {
    // `structure` keeps the ground that rings enclose; what collapses to a lower dimension is no repair.
    sqlx::query(
        "with wrong as materialized (
           select \"staging n\" as n, \"staging geom\" as geom, d.reason, d.location
             from staging, lateral st_isvaliddetail(\"staging geom\") d
            where \"staging geom\" is not null and not d.valid
         ), mended as materialized (
           select w.*,
                  case when not $1 then null
                       when geometrytype(geom) = 'GEOMETRYCOLLECTION' then st_makevalid(geom)
                       else st_collectionextract(st_makevalid(geom, 'method=structure keepcollapsed=false'),
                                                 st_dimension(geom) + 1)
                  end as fixed
             from wrong w
         )
         insert into judged (n, verdict, reason, x, y, area_before, area_after, geom)
         select n,
                case when st_isempty(fixed) or fixed is null then 'rejected' else 'repaired' end,
                lower(regexp_replace(reason, '[^A-Za-z]+', '_', 'g')),
                st_x(location), st_y(location),
                case when st_dimension(geom) = 2 then st_area(geom) end,
                case when st_dimension(geom) = 2 and not st_isempty(fixed) then st_area(fixed) end,
                case when not st_isempty(fixed) then
                  case when st_numgeometries(fixed) = 1 and geometrytype(geom) not like 'MULTI%'
                       then st_geometryn(fixed, 1) else fixed end
                end
           from mended",
    )
    .bind(repair)
    .execute(connection)
    .await?;
    Ok(())
}

/// What cannot be placed on the earth would break every later request for it. World maps overshoot the edge by a
/// few last digits.
async fn on_earth(connection: &mut PgConnection, place: &Place) -> anyhow::Result<()> {
    let Some(srid) = place.srid else { return Ok(()) };
    run(
        connection,
        "create or replace function pg_temp.on_earth(g geometry, srid integer) returns boolean language plpgsql as $$
         begin
           g := st_transform(st_setsrid(g, srid), 4326);
           return st_xmin(g) >= -180.000001 and st_xmax(g) <= 180.000001
              and st_ymin(g) >= -90.000001 and st_ymax(g) <= 90.000001;
         exception when others then
           return false;
         end $$"
            .to_owned(),
    )
    .await?;
    sqlx::query(
        "insert into judged (n, verdict, reason, x, y)
         select \"staging n\", 'rejected', 'outside_the_world', st_xmin(\"staging geom\"), st_ymin(\"staging geom\")
           from staging s
          where \"staging geom\" is not null
            and not exists (select from judged j where j.n = \"staging n\" and j.verdict = 'rejected')
            and case when $2 then st_xmin(\"staging geom\") < -180.000001 or st_xmax(\"staging geom\") > 180.000001
                               or st_ymin(\"staging geom\") < -90.000001 or st_ymax(\"staging geom\") > 90.000001
                     else not pg_temp.on_earth(\"staging geom\", $1) end
             on conflict (n) do update
            set verdict = excluded.verdict, reason = excluded.reason, x = excluded.x, y = excluded.y",
    )
    .bind(srid)
    .bind(place.degrees)
    .execute(connection)
    .await?;
    Ok(())
}

async fn sum_up(connection: &mut PgConnection) -> anyhow::Result<Judged> {
    let rows =
        sqlx::query("select verdict, reason, count(*) as n from judged group by 1, 2 order by 3 desc, 1, 2")
            .fetch_all(&mut *connection)
            .await?;
    let mut judged = Judged::default();
    for row in rows {
        let class =
            Class { verdict: row.get("verdict"), reason: row.get("reason"), count: count(row.get("n")) };
        match class.verdict.as_str() {
            "repaired" => judged.repaired += class.count,
            _ => judged.rejected += class.count,
        }
        judged.classes.push(class);
    }
    let without: i64 = sqlx::query_scalar(
        "select count(*) from staging where \"staging geom\" is null and \"staging aside\" is null",
    )
    .fetch_one(&mut *connection)
    .await?;
    judged.without_geometry = count(without);
    let rows = sqlx::query("select * from judged order by verdict = 'repaired', n limit $1")
        .bind(LISTED)
        .fetch_all(connection)
        .await?;
    judged.findings = rows.iter().map(finding).collect();
    Ok(judged)
}

fn finding(row: &sqlx::postgres::PgRow) -> Finding {
    let place: (Option<f64>, Option<f64>) = (row.get("x"), row.get("y"));
    Finding {
        feature: count(row.get("n")),
        verdict: row.get("verdict"),
        reason: row.get("reason"),
        detail: row.get::<Option<String>, _>("detail").filter(|detail| !detail.is_empty()),
        place: place.0.zip(place.1).map(|(x, y)| [x, y]),
        area_before: row.get("area_before"),
        area_after: row.get("area_after"),
    }
}

/// The one type that all geometries have, singles promoted where multis stand beside them. `None`: no geometry.
pub async fn geometry_type(connection: &mut PgConnection) -> anyhow::Result<Option<String>> {
    let types: Vec<String> = sqlx::query_scalar(
        "select distinct geometrytype(coalesce(j.geom, \"staging geom\"))
           from staging
           left join judged j on j.n = \"staging n\"
          where \"staging geom\" is not null and j.verdict is distinct from 'rejected'",
    )
    .fetch_all(connection)
    .await?;
    Ok(common_type(&types).map(str::to_owned))
}

fn common_type(types: &[String]) -> Option<&'static str> {
    let all = |members: &[&str]| types.iter().all(|found| members.contains(&found.as_str()));
    let has = |member: &str| types.iter().any(|found| found == member);
    match types {
        [] => None,
        _ if all(&["POINT", "MULTIPOINT"]) => Some(if has("MULTIPOINT") { "MultiPoint" } else { "Point" }),
        _ if all(&["LINESTRING", "MULTILINESTRING"]) => {
            Some(if has("MULTILINESTRING") { "MultiLineString" } else { "LineString" })
        }
        _ if all(&["POLYGON", "MULTIPOLYGON"]) => {
            Some(if has("MULTIPOLYGON") { "MultiPolygon" } else { "Polygon" })
        }
        _ if all(&["GEOMETRYCOLLECTION"]) => Some("GeometryCollection"),
        _ => Some("Geometry"),
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
