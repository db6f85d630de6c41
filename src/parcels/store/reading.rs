//! Parcels as they stand before an operation.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};

/// One version of a parcel, with what an operation asks of it.
#[derive(Clone, Debug, FromRow)]
pub struct Standing {
    pub parcel_id: i64,
    pub version_id: i64,
    pub code: String,
    pub ubigeo: String,
    /// First day of the version.
    pub began: NaiveDate,
    /// Whether it is in force without term.
    pub open: bool,
    /// What a writer says it saw.
    pub token: String,
    pub fabric_state: String,
    /// Text with three decimals; none without a polygon.
    pub text: Option<String>,
    pub on_grid: bool,
    /// Case that holds the parcel.
    pub lock: Option<String>,
}

impl Standing {
    pub fn is_agreed(&self) -> bool {
        self.fabric_state == "agreed"
    }
}

/// How the columns of [`Standing`] are read; a constant, so that the statements differ only in their condition.
macro_rules! standing {
    ($where:literal) => {
        concat!(
            "select v.parcel_id, v.id as version_id, p.code, v.ubigeo,
                    lower(v.valid) as began, upper_inf(v.valid) as open, v.id || '.' || v.version as token,
                    v.fabric_state, st_astext(v.geom, 3) as text, coalesce(land.on_grid(v.geom), true) as on_grid,
                    l.reference as lock
             from land.parcel_version v
             join land.parcel p on p.id = v.parcel_id
             left join land.parcel_lock l on l.parcel_id = v.parcel_id
             where ",
            $where,
            " order by v.parcel_id, v.valid"
        )
    };
}

/// The parcels of these codes, in force on `day`.
pub async fn in_force(
    connection: &mut PgConnection,
    codes: &[String],
    day: NaiveDate,
) -> sqlx::Result<Vec<Standing>> {
    sqlx::query_as(standing!("p.code = any($1) and v.valid @> $2"))
        .bind(codes)
        .bind(day)
        .fetch_all(connection)
        .await
}

/// Agreed parcels whose box meets `bounds` (west, south, east, north) on or after `day`, without `except`.
pub async fn neighbours(
    connection: &mut PgConnection,
    bounds: [f64; 4],
    day: NaiveDate,
    except: &[i64],
) -> sqlx::Result<Vec<Standing>> {
    sqlx::query_as(standing!(
        "v.geom && st_makeenvelope($1 - 0.001, $2 - 0.001, $3 + 0.001, $4 + 0.001, 32718)
         and v.fabric_state = 'agreed' and v.valid && daterange($5, null) and v.parcel_id <> all($6)"
    ))
    .bind(bounds[0])
    .bind(bounds[1])
    .bind(bounds[2])
    .bind(bounds[3])
    .bind(day)
    .bind(except)
    .fetch_all(connection)
    .await
}

/// Codes of the provisional parcels of a block (its code with ubigeo and sector), in force on `day`.
pub async fn provisional_of_block(
    connection: &mut PgConnection,
    block: &str,
    day: NaiveDate,
) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "select p.code from land.parcel_version v join land.parcel p on p.id = v.parcel_id
         where v.ubigeo || v.sector_code || v.block_code = $1 and v.fabric_state = 'provisional' and v.valid @> $2
         order by p.code",
    )
    .bind(block)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// Waits for every other writer of the fabric around these parcels and `more` (EWKB in hexadecimal): their boxes and
/// those of the agreed parcels that meet them.
pub async fn take_turns(
    connection: &mut PgConnection,
    codes: &[String],
    day: NaiveDate,
    more: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "with place as (
           select v.geom from land.parcel_version v join land.parcel p on p.id = v.parcel_id
           where p.code = any($1) and v.valid @> $2 and v.geom is not null
           union all select $3::geometry where $3 is not null
         )
         select land.take_turns(st_collect(s.geom)) from (
           select geom from place
           union all
           select v.geom from place join land.parcel_version v on v.geom && place.geom
           where v.fabric_state = 'agreed' and v.valid && daterange($2, null)
         ) s having count(*) > 0",
    )
    .bind(codes)
    .bind(day)
    .bind(more)
    .execute(connection)
    .await?;
    Ok(())
}

/// What last happened to a parcel: which operation, in which role, when; the first is that of `code`.
#[derive(Clone, Debug, FromRow)]
pub struct LastChange {
    pub code: String,
    pub kind: Option<String>,
    pub role: Option<String>,
    pub at: Option<String>,
    pub children: Vec<String>,
}

pub async fn last_change(connection: &mut PgConnection, code: &str) -> sqlx::Result<Option<LastChange>> {
    sqlx::query_as(
        "select p.code, o.kind, service.office_of(o.role) as role, to_char(o.at at time zone 'America/Lima', 'YYYY-MM-DD HH24:MI:SS') as at,
                array(select c.code from land.lineage l join land.parcel c on c.id = l.child_parcel_id
                      where l.parent_parcel_id = p.id order by c.code) as children
         from land.parcel p
         left join lateral (
           select o.* from land.operation_parcel t join land.operation o on o.id = t.operation_id
           where t.parcel_id = p.id order by o.id desc limit 1
         ) o on true
         where p.code = $1",
    )
    .bind(code)
    .fetch_optional(connection)
    .await
}

/// The pieces into which a line cuts a polygon; both as EWKB in hexadecimal.
///
/// Snap rounding on the millimetre grid nodes the line and the boundary; a new corner that rounding takes off an edge
/// bends that edge.
pub async fn pieces(connection: &mut PgConnection, polygon: &str, line: &str) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(
        "with face as (
           select (st_dump(st_polygonize(array[st_unaryunion(st_collect(st_boundary($1::geometry), $2::geometry), 0.001)]))).geom
         )
         select st_astext(geom, 3) from face
         where st_contains($1::geometry, st_pointonsurface(geom))
         order by st_ymax(geom) desc, st_xmin(geom)",
    )
    .bind(polygon)
    .bind(line)
    .fetch_all(connection)
    .await
}

/// The union of polygons.
pub async fn union(connection: &mut PgConnection, polygons: &[String]) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        "select st_astext(st_multi(st_unaryunion(st_collect(g::geometry))), 3) from unnest($1::text[]) g",
    )
    .bind(polygons)
    .fetch_one(connection)
    .await
}

/// Which of the polygons are invalid, by their number from 0, with PostGIS's words and the place.
pub async fn invalid(
    connection: &mut PgConnection,
    polygons: &[String],
) -> sqlx::Result<Vec<(i64, f64, f64)>> {
    sqlx::query_as(
        "select n - 1, st_x((st_isvaliddetail(g::geometry)).location), st_y((st_isvaliddetail(g::geometry)).location)
         from unnest($1::text[]) with ordinality u(g, n) where not st_isvalid(g::geometry)",
    )
    .bind(polygons)
    .fetch_all(connection)
    .await
}

/// Whether the parcels have the same holders, shares and kinds of right on `day`.
pub async fn have_one_holder(
    connection: &mut PgConnection,
    parcels: &[i64],
    day: NaiveDate,
) -> sqlx::Result<bool> {
    sqlx::query_scalar(
        "select count(distinct held) <= 1 from (
           select (select array_agg(row(r.kind, v.party_id, v.share_numerator, v.share_denominator)::text
                     order by r.kind, v.party_id, v.share_numerator)
                   from land.property_unit_parcel u
                   join land.tenure_right r on r.property_unit_id = u.property_unit_id
                   join land.tenure_right_version v on v.tenure_right_id = r.id and v.valid @> $2 and not v.annulled
                   where u.parcel_id = parcel)::text as held
           from unnest($1) parcel
         ) h",
    )
    .bind(parcels)
    .bind(day)
    .fetch_one(connection)
    .await
}
