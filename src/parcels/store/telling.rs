//! What an operation did, as the database sees it.

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};

use crate::parcels::model::{Held, Restriction, Right};
use crate::parcels::rules::Told;

/// A parcel that an operation touched.
#[derive(Clone, Debug, FromRow)]
pub struct Outcome {
    pub parcel_id: i64,
    pub code: String,
    pub before_version_id: Option<i64>,
    pub before_text: Option<String>,
    pub before_grid_m2: Option<f64>,
    pub before_ellipsoidal_m2: Option<f64>,
    pub before_perimeter_m: Option<f64>,
    pub token: Option<String>,
    pub fabric_state: Option<String>,
    pub registered_area_m2: Option<f64>,
    pub text: Option<String>,
    pub grid_m2: Option<f64>,
    pub ellipsoidal_m2: Option<f64>,
    pub perimeter_m: Option<f64>,
    pub geojson: Option<String>,
}

/// Every parcel that the operation touched, before and after.
pub async fn outcome(connection: &mut PgConnection, operation: i64) -> sqlx::Result<Vec<Outcome>> {
    sqlx::query_as(
        "select o.parcel_id, p.code, o.before_version_id, st_astext(o.before_geom, 3) as before_text,
                st_area(o.before_geom) as before_grid_m2,
                st_area(st_transform(o.before_geom, 4326)::geography) as before_ellipsoidal_m2,
                st_perimeter(o.before_geom) as before_perimeter_m,
                o.version_id || '.' || o.version as token, o.fabric_state,
                o.registered_area_m2::double precision as registered_area_m2,
                st_astext(o.geom, 3) as text, st_area(o.geom) as grid_m2, v.ellipsoidal_area_m2 as ellipsoidal_m2,
                v.perimeter_m, st_asgeojson(v.geom_crs84, 8) as geojson
         from land.operation_outcome($1) o
         join land.parcel p on p.id = o.parcel_id
         left join land.parcel_version v on v.id = o.version_id
         order by p.code",
    )
    .bind(operation)
    .fetch_all(connection)
    .await
}

/// The rules that the operation breaks as it stands.
pub async fn judge(connection: &mut PgConnection, operation: i64) -> sqlx::Result<Vec<Told>> {
    sqlx::query_as(
        "select j.rule, p.code as parcel, q.code as other, j.measure, st_x(j.place) as x, st_y(j.place) as y
         from land.judge($1) j
         left join land.parcel p on p.id = j.parcel_id
         left join land.parcel q on q.id = j.other_id
         order by j.rule like '%corners%', j.rule, p.code, q.code",
    )
    .bind(operation)
    .fetch_all(connection)
    .await
}

/// Open cases that hold these parcels.
pub async fn held(connection: &mut PgConnection, parcels: &[i64]) -> sqlx::Result<Vec<Held>> {
    sqlx::query_as(
        "select p.code, l.reason, l.reference from land.parcel_lock l join land.parcel p on p.id = l.parcel_id
         where l.parcel_id = any($1) order by p.code",
    )
    .bind(parcels)
    .fetch_all(connection)
    .await
}

/// Rights over the units of these parcels on the day before an operation took hold.
pub async fn rights(
    connection: &mut PgConnection,
    parcels: &[i64],
    day: NaiveDate,
) -> sqlx::Result<Vec<Right>> {
    sqlx::query_as(
        "select p.code, u.crc, r.kind, count(*) as holders
         from land.property_unit_parcel up
         join land.parcel p on p.id = up.parcel_id
         join land.property_unit u on u.id = up.property_unit_id
         join land.tenure_right r on r.property_unit_id = u.id
         join land.tenure_right_version v on v.tenure_right_id = r.id and v.valid @> $2 and not v.annulled
         where up.parcel_id = any($1)
         group by p.code, u.crc, r.kind order by p.code, u.crc, r.kind",
    )
    .bind(parcels)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// Restrictions on these parcels in force on `day`.
pub async fn restrictions(
    connection: &mut PgConnection,
    parcels: &[i64],
    day: NaiveDate,
) -> sqlx::Result<Vec<Restriction>> {
    sqlx::query_as(
        // On the parcel, or on its unit: two questions, so that each finds its few rows by an index.
        "with burdened as (
           select v.parcel_id, v.id from land.restriction_version v where v.parcel_id = any($1) and v.valid @> $2
           union
           select up.parcel_id, v.id from land.property_unit_parcel up
           join land.restriction_version v on v.property_unit_id = up.property_unit_id
           where up.parcel_id = any($1) and coalesce(v.parcel_id, up.parcel_id) = up.parcel_id and v.valid @> $2
         )
         select distinct p.code, b.kind, v.title, n.code as norm
         from burdened w
         join land.restriction_version v on v.id = w.id
         join land.restriction b on b.id = v.restriction_id
         join land.parcel p on p.id = w.parcel_id
         left join land.norm n on n.id = v.norm_id
         order by 1, 2, 3",
    )
    .bind(parcels)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// A parcel in the graph of parents and children.
#[derive(Clone, Debug, PartialEq, serde::Serialize, FromRow)]
pub struct Relative {
    /// Its code.
    pub code: String,
    /// Generations from the parcel that was asked about: negative for ancestors.
    pub generation: i32,
    /// Whether it is in force on the day that was asked about.
    pub in_force: bool,
    /// First day that it was in force, as known now; none when it never was for a whole day.
    pub began: Option<NaiveDate>,
    /// First day that it was no more; none while it is in force.
    pub ended: Option<NaiveDate>,
}

/// A link from a parent to a child.
#[derive(Clone, Debug, PartialEq, serde::Serialize, FromRow)]
pub struct Link {
    /// Code of the parent.
    pub parent: String,
    /// Code of the child.
    pub child: String,
    /// What was done.
    pub operation: String,
    /// From when.
    pub effective_on: NaiveDate,
    /// Document that proves it.
    pub source: Option<String>,
}

/// Ancestors and descendants of a parcel as they were on `day`, the parcel itself among them.
pub async fn relatives(
    connection: &mut PgConnection,
    code: &str,
    day: NaiveDate,
) -> sqlx::Result<Vec<Relative>> {
    sqlx::query_as(
        "with recursive descendant as (
           select p.id, 0 as generation from land.parcel p where p.code = $1
           union
           select l.child_parcel_id, d.generation + 1 from descendant d
           join land.lineage l on l.parent_parcel_id = d.id and l.effective_on <= $2
         ), ancestor as (
           select p.id, 0 as generation from land.parcel p where p.code = $1
           union
           select l.parent_parcel_id, a.generation - 1 from ancestor a
           join land.lineage l on l.child_parcel_id = a.id and l.effective_on <= $2
         ), related as (
           select id, min(generation) as generation from (table descendant union all table ancestor) r group by id
         )
         select p.code, r.generation,
           coalesce(bool_or(v.valid @> $2), false) as in_force,
           min(lower(v.valid)) as began,
           case when not bool_or(upper_inf(v.valid)) then max(upper(v.valid)) end as ended
         from related r join land.parcel p on p.id = r.id left join land.parcel_version v on v.parcel_id = p.id
         group by p.code, r.generation order by r.generation, p.code",
    )
    .bind(code)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// The links between these parcels.
pub async fn links(
    connection: &mut PgConnection,
    codes: &[String],
    day: NaiveDate,
) -> sqlx::Result<Vec<Link>> {
    sqlx::query_as(
        "select p.code as parent, c.code as child, l.operation, l.effective_on,
                -- The title of a document about a person may name that person.
                case when not s.about_person then s.title end as source
         from land.lineage l
         join land.parcel p on p.id = l.parent_parcel_id
         join land.parcel c on c.id = l.child_parcel_id
         left join land.source s on s.id = l.source_id
         where p.code = any($1) and c.code = any($1) and l.effective_on <= $2
         order by l.effective_on, p.code, c.code",
    )
    .bind(codes)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// A parcel as its next writer must know it.
#[derive(Clone, Debug, serde::Serialize, FromRow)]
pub struct Current {
    /// Its code.
    pub code: String,
    /// Its district.
    pub ubigeo: String,
    /// What `If-Match` takes.
    pub version: String,
    /// Its state in the fabric.
    pub fabric_state: String,
    /// First day of this version.
    pub began: NaiveDate,
    /// Square metres in the plane.
    pub grid_area_m2: Option<f64>,
    /// Square metres on the ellipsoid.
    pub ellipsoidal_area_m2: Option<f64>,
    /// Registered area.
    pub registered_area_m2: Option<f64>,
    /// Metres in the plane.
    pub perimeter_m: Option<f64>,
    /// The operation that gave it this polygon.
    pub operation: Option<String>,
    /// In which office that was done.
    pub operation_role: Option<String>,
    /// Case that holds it.
    pub held_by: Option<String>,
    /// Polygon, EPSG:32718, text with three decimals.
    pub polygon: Option<String>,
}

/// The parcels of this code in force on `day`.
pub async fn current(
    connection: &mut PgConnection,
    code: &str,
    day: NaiveDate,
) -> sqlx::Result<Vec<Current>> {
    sqlx::query_as(
        "select p.code, v.ubigeo, v.id || '.' || v.version as version, v.fabric_state, lower(v.valid) as began,
                v.grid_area_m2, v.ellipsoidal_area_m2, v.registered_area_m2::double precision as registered_area_m2,
                v.perimeter_m, o.kind as operation, service.office_of(o.role) as operation_role, l.reference as held_by,
                st_astext(v.geom, 3) as polygon
         from land.parcel p
         join land.parcel_version v on v.parcel_id = p.id and v.valid @> $2
         left join land.operation o on o.id = v.begun_by
         left join land.parcel_lock l on l.parcel_id = p.id
         where p.code = $1",
    )
    .bind(code)
    .bind(day)
    .fetch_all(connection)
    .await
}

/// Begins what the command line does: as the owner of the schema, with its reason.
pub async fn act_as_owner(connection: &mut PgConnection, reason: &str) -> sqlx::Result<()> {
    sqlx::query("set local role predio_owner").execute(&mut *connection).await?;
    super::say_why(connection, reason).await
}
