//! The fabric on a small town, in a real PostGIS.

mod facts;
mod http;
mod operations;
mod random;
mod rules;
mod speed;
mod turns;
mod writers;

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, PgConnection};

use super::model::{Report, Request, Terms};
use super::operations::{Mode, explained, perform};
use crate::database::Audience;
use crate::problem::{Error, Result};
use crate::spatial::mm::{Mm, Ring, hex_multi_polygon};
use crate::testing::{self, TestDatabase};

/// Lots of the town's two rows: 10 m wide in the south, 8 m in the north, back to back on a slanted line.
pub const SOUTH: usize = 8;
pub const NORTH: usize = 10;

/// A place of the town: `u` metres along its street, `v` metres into the block, turned by about 17 degrees, so that
/// hardly an edge runs along the axes and every rounding shows.
pub fn place(u: f64, v: f64) -> Mm {
    let (cos, sin) = (0.956_304_8, 0.292_371_7);
    Mm::from_m(196_000.0 + u * cos - v * sin, 8_816_000.0 + u * sin + v * cos)
}

pub fn metres(p: Mm) -> [f64; 2] {
    <[f64; 2]>::from(p.metres())
}

pub fn today() -> NaiveDate {
    (chrono::Utc::now() - chrono::Duration::hours(5)).date_naive()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn code(lot: usize) -> String {
    format!("15020301001{lot:03}")
}

/// The rings of the lots, in the order of their numbers; each has every corner of its neighbours on its edges.
pub fn lots() -> Vec<Ring> {
    let south: Vec<f64> = (0..=SOUTH).map(|k| k as f64 * 10.0).collect();
    let north: Vec<f64> = (0..=NORTH).map(|k| k as f64 * 8.0).collect();
    let between = |from: f64, to: f64, cuts: &[f64]| -> Vec<f64> {
        cuts.iter().copied().filter(|u| *u > from + 1e-6 && *u < to - 1e-6).collect()
    };
    let mut rings = Vec::new();
    for pair in south.windows(2) {
        let mut ring = vec![place(pair[0], 0.0), place(pair[1], 0.0), place(pair[1], 20.0)];
        ring.extend(between(pair[0], pair[1], &north).into_iter().rev().map(|u| place(u, 20.0)));
        ring.push(place(pair[0], 20.0));
        rings.push(ring);
    }
    for pair in north.windows(2) {
        let mut ring = vec![place(pair[0], 20.0)];
        ring.extend(between(pair[0], pair[1], &south).into_iter().map(|u| place(u, 20.0)));
        ring.extend([place(pair[1], 20.0), place(pair[1], 40.0), place(pair[0], 40.0)]);
        rings.push(ring);
    }
    rings
}

/// A district with one block of agreed lots, each held by the same person, all in force since 2020.
pub async fn town() -> TestDatabase {
    let test = testing::database().await;
    let mut sql = String::from(
        "begin; set local predio.reason = 'test';
         insert into land.district (ubigeo, name, province, department, source, valid, geom)
         values ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)',
           st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
         insert into land.sector (ubigeo, code, name, geom)
         values ('150203', '01', 'Centro', st_multi(st_makeenvelope(195000, 8815000, 197000, 8817000, 32718)));
         insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
         insert into person.party (id, kind, name) overriding system value values (1, 'natural', 'Persona Ficticia');",
    );
    for (k, ring) in lots().into_iter().enumerate() {
        let (id, code, geom) = (k + 1, code(k + 1), hex_multi_polygon(&[vec![ring]]));
        let lot = &code[11..];
        let _ = write!(
            sql,
            "insert into land.parcel (id, ubigeo, code, kind) overriding system value values ({id}, '150203', '{code}', 'urban');
             insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code, geom)
             values ({id}, '150203', '[2020-01-01,)', 'agreed', '01', '001', '{lot}', '{geom}');
             insert into land.property_unit (id, ubigeo, crc) overriding system value values ({id}, '150203', '{code}010101001');
             insert into land.property_unit_parcel values ({id}, {id});
             insert into land.tenure_right (id, property_unit_id, kind) overriding system value values ({id}, {id}, 'ownership');
             insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator)
             values ({id}, '[2020-01-01,)', 1, 1, 1);"
        );
    }
    sql += "insert into land.block (ubigeo, sector_code, code, label, geom)
            select '150203', '01', '001', 'A', st_multi(st_union(geom)) from land.parcel_version;
            insert into land.corner (ubigeo, x_mm, y_mm, method)
            select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
            from land.parcel_version v cross join st_dumppoints(v.geom) d;
            select setval(pg_get_serial_sequence(t, 'id'), 1000) from unnest(array['land.parcel', 'land.property_unit', 'land.tenure_right']) t;
            commit;";
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut test.owner().await).await.unwrap();
    test
}

/// A surveyor's transaction with its reason.
pub async fn surveyor(test: &TestDatabase) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut transaction = test.database.write(Audience::Surveyor).await.unwrap();
    sqlx::query("select set_config('predio.reason', 'test', true)").execute(&mut *transaction).await.unwrap();
    transaction
}

pub fn on(day: NaiveDate) -> Terms {
    Terms { reason: "test".to_owned(), effective_on: Some(day), ..Terms::default() }
}

/// Does an operation and commits it.
pub async fn act(test: &TestDatabase, request: &Request, terms: &Terms) -> Result<Report> {
    let mut transaction = surveyor(test).await;
    let report = perform(&mut transaction, request, terms, today(), Mode::Do).await?;
    transaction.commit().await.map_err(explained)?;
    Ok(report)
}

/// Tries an operation and rolls it back.
pub async fn attempt(test: &TestDatabase, request: &Request, terms: &Terms) -> Result<Report> {
    let mut transaction = surveyor(test).await;
    perform(&mut transaction, request, terms, today(), Mode::Try).await
}

/// The rules that an operation was refused for.
pub fn rules_of(result: Result<Report>) -> Vec<std::borrow::Cow<'static, str>> {
    match result {
        Err(Error::Rules(violations)) => violations.into_iter().map(|violation| violation.rule).collect(),
        other => panic!("not refused by a rule: {other:?}"),
    }
}

/// Codes in force with their areas.
pub async fn in_force(connection: &mut PgConnection, on: NaiveDate) -> BTreeMap<String, f64> {
    let rows: Vec<(String, f64)> = sqlx::query_as(
        "select p.code, v.grid_area_m2 from land.parcel_version v join land.parcel p on p.id = v.parcel_id where v.valid @> $1",
    )
    .bind(on)
    .fetch_all(connection)
    .await
    .unwrap();
    rows.into_iter().collect()
}

pub async fn scalar<T>(connection: &mut PgConnection, sql: &'static str) -> T
where
    T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}
