//! The statements of surveys, as the audience that asks.

use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::perimeter::{self, Corner, Measured, Ring, Table};
use crate::parcels::CadastralCode;

/// What is printed above a table.
#[derive(Clone, Debug, FromRow)]
pub struct Heading {
    pub ubigeo: String,
    pub code: String,
    pub kind: String,
    pub registered_area_m2: Option<f64>,
    pub declared_area_m2: Option<f64>,
    pub grid_area_m2: Option<f64>,
    pub ellipsoidal_area_m2: Option<f64>,
}

/// The parcels of a code on a day: none, one, or one for each district that has it.
pub async fn headings(
    snapshot: &mut PgConnection,
    code: &CadastralCode,
    day: NaiveDate,
) -> sqlx::Result<Vec<Heading>> {
    sqlx::query_as(
        "select p.ubigeo, p.code, p.kind, p.registered_area_m2::float8 as registered_area_m2,
           p.declared_area_m2::float8 as declared_area_m2, p.grid_area_m2, p.ellipsoidal_area_m2
         from layer.parcels p
         where p.code = $1 and p.valid @> $2
         order by p.ubigeo",
    )
    .bind(code.as_str())
    .bind(day)
    .fetch_all(snapshot)
    .await
}

#[derive(FromRow)]
struct Vertex {
    part: i32,
    ring: i32,
    easting: f64,
    northing: f64,
    method: Option<String>,
    sigma_m: Option<f64>,
    measured_on: Option<NaiveDate>,
    source: Option<String>,
}

/// The perimeter table of a parcel on a day; without sections where it has no polygon. `of_recorded_time` reads the twins
/// at the instant that the transaction has set.
///
/// # Errors
/// When the database does not answer.
pub async fn table(
    snapshot: &mut PgConnection,
    ubigeo: &str,
    code: &str,
    day: NaiveDate,
    of_recorded_time: bool,
) -> sqlx::Result<Table> {
    let sql =
        "select d.path[1] as part, d.path[2] as ring, st_x(d.geom) as easting, st_y(d.geom) as northing,
           c.method, c.sigma_m, c.measured_on, c.source
         from layer.parcels p
         cross join lateral st_dumppoints(p.geom) d
         left join layer.corners c on c.ubigeo = p.ubigeo
           and c.x_mm = round(st_x(d.geom) * 1000)::bigint and c.y_mm = round(st_y(d.geom) * 1000)::bigint
         where p.ubigeo = $1 and p.code = $2 and p.valid @> $3
         order by d.path";
    // Safe SQL: our own text on one of two schemas.
    let schema = if of_recorded_time { " recorded_layer." } else { " layer." };
    let vertices: Vec<Vertex> = sqlx::query_as(AssertSqlSafe(sql.replace(" layer.", schema)))
        .bind(ubigeo)
        .bind(code)
        .bind(day)
        .fetch_all(snapshot)
        .await?;
    Ok(perimeter::table(rings(vertices)))
}

fn rings(vertices: Vec<Vertex>) -> Vec<Ring> {
    let mut rings: Vec<Ring> = Vec::new();
    let mut open = (0, 0);
    for vertex in vertices {
        if open != (vertex.part, vertex.ring) || rings.is_empty() {
            open = (vertex.part, vertex.ring);
            let part = usize::try_from(vertex.part).unwrap_or(1);
            rings.push(Ring { part, is_hole: vertex.ring > 1, corners: Vec::new() });
        }
        if let Some(ring) = rings.last_mut() {
            ring.corners.push(corner(vertex));
        }
    }
    rings
}

fn corner(vertex: Vertex) -> Corner {
    Corner {
        easting: vertex.easting,
        northing: vertex.northing,
        measured: Measured {
            method: vertex.method,
            sigma_m: vertex.sigma_m,
            measured_on: vertex.measured_on,
            source: vertex.source,
        },
    }
}
