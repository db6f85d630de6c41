//! What PostGIS knows of reference systems.

use sqlx::{PgConnection, Row};

use crate::spatial::srid::Known;

/// The SRID under which PostGIS knows an authority's code.
pub async fn srid_of(connection: &mut PgConnection, authority: &str, code: i32) -> sqlx::Result<Option<i32>> {
    sqlx::query_scalar(
        "select srid from spatial_ref_sys where upper(auth_name) = upper($1) and auth_srid = $2 order by srid limit 1",
    )
    .bind(authority)
    .bind(code)
    .fetch_optional(connection)
    .await
}

/// Name of a reference system and whether its coordinates are degrees.
pub async fn system(connection: &mut PgConnection, srid: i32) -> sqlx::Result<Option<(String, bool)>> {
    let row = sqlx::query(
        "select split_part(srtext, '\"', 2) as name, proj4text like '%+proj=longlat%' as degrees
           from spatial_ref_sys
          where srid = $1",
    )
    .bind(srid)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.get("name"), row.get("degrees"))))
}

/// Reference systems of EPSG that use a projection, e.g. `lcc`.
pub async fn systems_of(connection: &mut PgConnection, projection: &str) -> sqlx::Result<Vec<Known>> {
    let rows = sqlx::query(
        "select srid, srtext, proj4text
           from spatial_ref_sys
          where auth_name = 'EPSG' and position('+proj=' || $1 || ' ' in proj4text) > 0",
    )
    .bind(projection)
    .fetch_all(connection)
    .await?;
    let known = |row: sqlx::postgres::PgRow| Known {
        srid: row.get("srid"),
        srtext: row.get("srtext"),
        proj4: row.get("proj4text"),
    };
    Ok(rows.into_iter().map(known).collect())
}
