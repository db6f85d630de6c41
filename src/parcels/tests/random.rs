//! Random operations on the town, one day after the other: whatever is done, the fabric stays a fabric.
//!
//! The short form runs with the tests from a fixed seed. `scripts/soak-fabric` runs 10,000 operations from a new
//! seed each time; a case that failed is kept by proptest and run first from then on.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sqlx::{Connection, PgConnection};

use super::{day, metres, on, surveyor, today, town};
use crate::parcels::check;
use crate::parcels::cut::Cut;
use crate::parcels::model::{CornerChange, Report, Request};
use crate::parcels::operations::{Mode, explained, perform};
use crate::parcels::shape::Shape;
use crate::problem::{Error, Result};
use crate::spatial::mm::Mm;
use crate::testing::TestDatabase;

/// Numbers from which an operation is made on whatever the town looks like by then.
#[derive(Clone, Copy, Debug)]
struct Dice {
    kind: u8,
    pick: u16,
    corner: u16,
    angle: u16,
    part: u16,
    next_day: bool,
}

fn dice() -> impl Strategy<Value = Dice> {
    (0..100u8, any::<u16>(), any::<u16>(), 0..3600u16, 0..1000u16, any::<bool>()).prop_map(
        |(kind, pick, corner, angle, part, next_day)| Dice { kind, pick, corner, angle, part, next_day },
    )
}

/// A parcel in force.
#[derive(Clone)]
struct Lot {
    code: String,
    shape: Shape,
    /// What is said of it.
    said: String,
}

async fn lots(connection: &mut PgConnection, on: NaiveDate) -> Vec<Lot> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "select p.code, st_astext(v.geom, 3), coalesce(v.use, '') from land.parcel_version v
         join land.parcel p on p.id = v.parcel_id where v.valid @> $1 order by p.id",
    )
    .bind(on)
    .fetch_all(connection)
    .await
    .unwrap();
    let lot = |(code, text, said): (String, String, String)| Lot {
        code,
        shape: Shape::parse(&text).unwrap(),
        said,
    };
    rows.into_iter().map(lot).collect()
}

/// The operation that the dice make.
fn request(dice: Dice, lots: &[Lot]) -> Request {
    let lot = &lots[usize::from(dice.pick) % lots.len()];
    let corners: Vec<Mm> = lot.shape.rings().flatten().copied().collect();
    let at = usize::from(dice.corner) % corners.len();
    let (corner, next) = (corners[at], corners[(at + 1) % corners.len()]);
    let angle = f64::from(dice.angle) / 10.0;
    let code = lot.code.clone();
    let registered_areas_m2 = Vec::new();
    let cut = if dice.part.is_multiple_of(2) {
        Cut::Area { area_m2: lot.shape.area_m2() * (0.2 + f64::from(dice.part) / 1700.0), towards: angle }
    } else {
        let [w, s, e, n] = lot.shape.bounds_m().unwrap();
        let (x, y) = (f64::midpoint(w, e), f64::midpoint(s, n));
        let (u, v) = (angle.to_radians().sin() * 100.0, angle.to_radians().cos() * 100.0);
        Cut::Line(vec![[x - u, y - v], [x + u, y + v]])
    };
    match dice.kind {
        0..25 => Request::Split { code, cut, lawful: !dice.part.is_multiple_of(3), registered_areas_m2 },
        25..35 => Request::Detach { code, cut, lawful: true, keep: None, registered_areas_m2 },
        35..60 => {
            let with = lots.iter().find(|other| {
                other.code != code
                    && other.shape.edges().any(|(a, b)| lot.shape.edges().any(|edge| edge == (b, a)))
            });
            let codes = [Some(&code), with.map(|other| &other.code)].into_iter().flatten().cloned().collect();
            Request::Merge { codes, registered_area_m2: None }
        }
        60..85 => {
            let by = f64::from(dice.part) * 0.6;
            let [e, n] = metres(corner);
            let (u, v) = (angle.to_radians().sin(), angle.to_radians().cos());
            let to = [e + by / 1000.0 * u, n + by / 1000.0 * v];
            let change = CornerChange::Move { from: metres(corner), to };
            Request::Adjust { code, corners: vec![change] }
        }
        85..90 => {
            let change = CornerChange::Insert { at: metres(corner.towards(next, 0.37)) };
            Request::Adjust { code, corners: vec![change] }
        }
        90..95 => Request::Adjust { code, corners: vec![CornerChange::Remove { at: metres(corner) }] },
        95..97 => {
            let polygons = lot.shape.0.iter().map(|rings| {
                rings
                    .iter()
                    .map(|ring| {
                        ring.iter().map(|p| metres(if *p == corner { p.moved(7, -5) } else { *p })).collect()
                    })
                    .collect()
            });
            Request::Replace { code, polygons: polygons.collect(), declares_gap: dice.part.is_multiple_of(2) }
        }
        97..99 => {
            let polygons =
                lot.shape.0.iter().map(|rings| {
                    rings.iter().map(|ring| ring.iter().copied().map(metres).collect()).collect()
                });
            Request::Correct { code, polygons: polygons.collect(), declares_gap: false }
        }
        _ => Request::Retire { code },
    }
}

/// Area covered, and holes in it.
async fn cover(connection: &mut PgConnection, on: NaiveDate) -> (f64, i64) {
    sqlx::query_as(
        "with u as (select st_union(geom) as geom from land.parcel_version where valid @> $1 and fabric_state = 'agreed')
         select st_area(geom), (select coalesce(sum(st_numinteriorrings(d.geom)), 0)::bigint from st_dump(u.geom) d) from u",
    )
    .bind(on)
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Pairs of parcels that overlap, as the fabric's rule has it: on the millimetre grid.
async fn overlaps(connection: &mut PgConnection, on: NaiveDate) -> i64 {
    sqlx::query_scalar(
        "select count(*) from land.parcel_version v
         join land.parcel_version w on w.geom && v.geom and w.parcel_id > v.parcel_id and w.valid @> $1
         where v.valid @> $1 and st_area(st_intersection(v.geom, w.geom, 0.001)) > 0",
    )
    .bind(on)
    .fetch_one(connection)
    .await
    .unwrap()
}

async fn try_out(test: &TestDatabase, request: &Request, on_day: NaiveDate) -> Result<Report> {
    let mut transaction = surveyor(test).await;
    let report = perform(&mut transaction, request, &on(on_day), today(), Mode::Do).await?;
    transaction.commit().await.map_err(explained)?;
    Ok(report)
}

/// Another use from a day on, as the door of the layer gives it from today on.
async fn describe(owner: &mut PgConnection, lot: &Lot, on: NaiveDate, said: u16) {
    let mut transaction = owner.begin().await.unwrap();
    sqlx::query("select set_config('predio.reason', 'test', true)").execute(&mut *transaction).await.unwrap();
    sqlx::query("insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'describe', $1)")
        .bind(on)
        .execute(&mut *transaction)
        .await
        .unwrap();
    sqlx::query(
        "select land.begin_period(v.id, $2, jsonb_build_object('use', $3::text)) from land.parcel_version v
         join land.parcel p on p.id = v.parcel_id where p.code = $1 and v.valid @> $2 and lower(v.valid) < $2",
    )
    .bind(&lot.code)
    .bind(on)
    .bind(said.to_string())
    .execute(&mut *transaction)
    .await
    .unwrap();
    transaction.commit().await.unwrap();
}

/// What was so on a day, as it was known when the day ended.
type Snapshot = BTreeMap<String, (String, String)>;

async fn snapshot(connection: &mut PgConnection, on: NaiveDate) -> Snapshot {
    seen(&lots(connection, on).await)
}

fn seen(town: &[Lot]) -> Snapshot {
    town.iter().map(|lot| (lot.code.clone(), (lot.shape.ewkb(), lot.said.clone()))).collect()
}

/// How many operations were done, of how many.
#[derive(Debug, Default)]
struct Tally {
    done: usize,
    tried: usize,
}

async fn live(rolls: &[Dice], tally: &mut Tally) {
    let test = town().await;
    let owner = &mut test.owner().await;
    let mut now = day("2021-01-01");
    let mut days: BTreeMap<NaiveDate, Snapshot> = BTreeMap::new();
    let mut corrected = false;
    let mut town = lots(owner, now).await;
    let (mut area, mut holes) = cover(owner, now).await;
    for roll in rolls {
        if roll.next_day {
            days.insert(now, seen(&town));
            now = now.checked_add_days(Days::new(1)).unwrap();
        }
        if town.is_empty() {
            break;
        }
        if roll.part % 4 == 1 {
            describe(owner, &town[usize::from(roll.corner) % town.len()], now, roll.angle).await;
            town = lots(owner, now).await;
        }
        let request = request(*roll, &town);
        tally.tried += 1;
        let report = match try_out(&test, &request, now).await {
            Ok(report) => report,
            // A rule may stand in the way of what the dice say; nothing else may, and nothing of it is kept.
            Err(Error::Rules(violations)) => {
                assert!(!violations.is_empty());
                continue;
            }
            Err(other) => panic!("{request:?}: {other:?}"),
        };
        tally.done += 1;
        corrected |= request.corrects();
        town = lots(owner, now).await;
        let (after, holes_after) = cover(owner, now).await;
        let sum: f64 = town.iter().map(|lot| lot.shape.area_m2()).sum();
        // Slivers thinner than the grid come of rounding, and are no overlap by the fabric's own rule.
        if (sum - after).abs() >= 1e-5 {
            assert_eq!(overlaps(owner, now).await, 0, "an overlap: {request:?} {sum} {after}");
        }
        if matches!(request, Request::Split { .. } | Request::Merge { .. } | Request::Detach { .. }) {
            let limit: f64 = report.free_edges.iter().map(|edge| edge.limit_m2).sum();
            assert!((after - area).abs() <= limit + 1e-6, "{request:?}: {area} {after} {limit}");
        }
        if !request.declares_gap() {
            assert!(holes_after <= holes, "a gap: {request:?}");
        }
        (area, holes) = (after, holes_after);
    }
    assert_eq!(lots(owner, now).await.len(), town.len(), "a refused operation left something");
    sound(owner, now).await;
    // A correction says that earlier days were otherwise; without one each day is as it was seen.
    if !corrected {
        for (on, was) in days {
            assert_eq!(snapshot(owner, on).await, was, "{on}");
        }
    }
}

/// The audit, which knows nothing of operations, finds no fault; and lineage leads from each parcel to the town.
async fn sound(owner: &mut PgConnection, now: NaiveDate) {
    let audit = check::fabric(owner, None).await.unwrap();
    let faults = ["overlap", "unmatched_corner", "invalid_geometry", "off_grid"];
    let found: Vec<_> =
        audit.findings.iter().filter(|finding| faults.contains(&finding.class.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
    let orphans: i64 = sqlx::query_scalar(
        "with recursive related as (
           select id from land.parcel where id <= 1000
           union select l.child_parcel_id from land.lineage l join related r on r.id = l.parent_parcel_id
         )
         select count(*) from land.parcel p where not exists (select from related r where r.id = p.id)",
    )
    .fetch_one(&mut *owner)
    .await
    .unwrap();
    assert_eq!(orphans, 0);
    let undead: i64 = sqlx::query_scalar(
        "select count(*) from land.lineage l join land.parcel_version v on v.parcel_id = l.parent_parcel_id and v.valid @> $1
         where l.operation in ('split', 'merge')",
    )
    .bind(now)
    .fetch_one(owner)
    .await
    .unwrap();
    assert_eq!(undead, 0);
}

fn run(cases: u32, length: usize, seed: RngSeed) -> Tally {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = Config {
        cases,
        rng_seed: seed,
        max_shrink_iters: 60,
        source_file: Some(file!()),
        ..Config::default()
    };
    let tally = std::cell::RefCell::new(Tally::default());
    let outcome = TestRunner::new(config).run(&proptest::collection::vec(dice(), length), |rolls| {
        let mut counted = Tally::default();
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(live(&rolls, &mut counted));
        }));
        let mut tally = tally.borrow_mut();
        tally.done += counted.done;
        tally.tried += counted.tried;
        ended.map_err(|cause| {
            let text = cause.downcast_ref::<String>().cloned().unwrap_or_default();
            TestCaseError::fail(text)
        })
    });
    assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    tally.into_inner()
}

#[test]
fn the_fabric_stays_whole_under_random_operations() {
    let tally = run(6, 50, RngSeed::Fixed(150_203));
    // A case that failed before is tried besides.
    assert!(tally.tried >= 300, "{tally:?}");
    assert!(tally.done > 150, "{tally:?}");
}

#[test]
#[ignore = "scripts/soak-fabric: 10,000 operations"]
fn the_fabric_stays_whole_under_ten_thousand_operations() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let operations = number("PREDIO_SOAK_OPERATIONS").unwrap_or(10_000);
    let cases = u32::try_from(operations / 200).unwrap();
    let tally = run(cases, 200, number("PREDIO_SOAK_SEED").map_or(RngSeed::Random, RngSeed::Fixed));
    println!("{tally:?}");
    assert!(tally.done * 2 > tally.tried, "{tally:?}");
}
