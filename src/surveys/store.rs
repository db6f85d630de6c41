//! The statements of surveys, as the audience that asks.

use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::perimeter::{self, Corner, Measured, Ring, Table};
use super::record::NewSurvey;
use crate::parcels::CadastralCode;
use crate::spatial::mm::Mm;

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

/// A corner where it came in.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Placed {
    /// Easting in metres, EPSG:32718, on the millimetre.
    pub easting_m: f64,
    /// Northing.
    pub northing_m: f64,
    /// Whether a corner was on record at this place: then it was measured again.
    pub known: bool,
    #[serde(skip)]
    place: Mm,
}

/// Brings the corners of a survey to EPSG:32718 by the pinned operation, and names it.
pub async fn bring_in(
    connection: &mut PgConnection,
    survey: &NewSurvey,
) -> sqlx::Result<(String, Vec<Placed>)> {
    let (x, y): (Vec<f64>, Vec<f64>) =
        survey.corners.iter().map(|corner| (corner.at[0], corner.at[1])).unzip();
    let rows: Vec<(f64, f64, String)> = sqlx::query_as(
        "select st_x(i.moved), st_y(i.moved), i.operation
         from unnest($1::float8[], $2::float8[]) with ordinality c(x, y, n)
         cross join lateral land.into_utm_18s(st_setsrid(st_makepoint(c.x, c.y), $3)) i
         order by c.n",
    )
    .bind(x)
    .bind(y)
    .bind(survey.srid)
    .fetch_all(connection)
    .await?;
    let operation = rows.first().map(|(_, _, operation)| operation.clone()).unwrap_or_default();
    let placed = rows.into_iter().map(|(easting, northing, _)| {
        let place = Mm::from_m(easting, northing);
        let (easting_m, northing_m) = place.metres();
        Placed { easting_m, northing_m, known: false, place }
    });
    Ok((operation, placed.collect()))
}

/// Which corners, by their number from 0, lie more than a kilometre outside the district.
pub async fn outside(
    connection: &mut PgConnection,
    ubigeo: &str,
    corners: &[Placed],
) -> sqlx::Result<Vec<usize>> {
    let (x, y): (Vec<f64>, Vec<f64>) =
        corners.iter().map(|corner| (corner.easting_m, corner.northing_m)).unzip();
    let far: Vec<i64> = sqlx::query_scalar(
        "select c.n - 1 from unnest($2::float8[], $3::float8[]) with ordinality c(x, y, n)
         join land.district d on d.ubigeo = $1
         where not st_dwithin(d.geom, st_setsrid(st_makepoint(c.x, c.y), 32718), 1000)
         order by c.n",
    )
    .bind(ubigeo)
    .bind(x)
    .bind(y)
    .fetch_all(connection)
    .await?;
    Ok(far.into_iter().filter_map(|at| usize::try_from(at).ok()).collect())
}

/// Records a survey; returns its number.
pub async fn survey(
    connection: &mut PgConnection,
    survey: &NewSurvey,
    operation: &str,
    source: i64,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into land.survey (ubigeo, method, performed_on, control_points, sigma_m, srid_in, operation, source_id, note)
         values ($1, $2, $3, $4, $5::float8::numeric(8, 4), $6, $7, $8, $9) returning id",
    )
    .bind(&survey.ubigeo)
    .bind(&survey.method)
    .bind(survey.performed_on)
    .bind(survey.control_points)
    .bind(survey.sigma_m)
    .bind(survey.srid)
    .bind(operation)
    .bind(source)
    .bind(&survey.note)
    .fetch_one(connection)
    .await
}

/// Records the corners of a survey. One that was on record was measured again: what was known of it stays in the history.
pub async fn corners(
    connection: &mut PgConnection,
    id: i64,
    survey: &NewSurvey,
    placed: &mut [Placed],
) -> sqlx::Result<()> {
    // In one order, so that two surveys of the same corners do not wait for each other.
    let mut order: Vec<usize> = (0..placed.len()).collect();
    order.sort_by_key(|at| placed[*at].place);
    for at in order {
        let (corner, place) = (&survey.corners[at], placed[at].place);
        let known: bool = sqlx::query_scalar(
            "insert into land.corner as c (ubigeo, x_mm, y_mm, method, sigma_m, measured_on, survey_id, monument)
             values ($1, $2, $3, $4, $5::float8::numeric(8, 4), $6, $7, $8)
             on conflict on constraint corner_place_is_unique do update
               set method = excluded.method, sigma_m = excluded.sigma_m, measured_on = excluded.measured_on,
                 survey_id = excluded.survey_id, monument = coalesce(excluded.monument, c.monument)
             returning c.version > 1",
        )
        .bind(&survey.ubigeo)
        .bind(place.x)
        .bind(place.y)
        .bind(corner.method.as_ref().unwrap_or(&survey.method))
        .bind(corner.sigma_m.or(survey.sigma_m))
        .bind(corner.measured_on.unwrap_or(survey.performed_on))
        .bind(id)
        .bind(&corner.monument)
        .fetch_one(&mut *connection)
        .await?;
        placed[at].known = known;
    }
    Ok(())
}
