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
         join land.tenure_right_version v on v.tenure_right_id = r.id and v.valid @> $2
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
        "select distinct p.code, b.kind, v.title, n.code as norm
         from land.restriction_version v
         join land.restriction b on b.id = v.restriction_id
         left join land.norm n on n.id = v.norm_id
         left join land.property_unit_parcel up on up.property_unit_id = v.property_unit_id
         join land.parcel p on p.id = coalesce(v.parcel_id, up.parcel_id)
         where p.id = any($1) and v.valid @> $2
         order by 1, 2, 3",
    )
    .bind(parcels)
    .bind(day)
    .fetch_all(connection)
    .await
}
