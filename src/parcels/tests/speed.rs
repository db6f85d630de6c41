//! How fast operations are, and how that grows with the fabric. Run by `scripts/bench-fabric`; asserts nothing but
//! that the work was done.

use std::time::{Duration, Instant};

use super::{act, attempt, on, today};
use crate::demo::{self, Options};
use crate::parcels::cut::Cut;
use crate::parcels::model::{CornerChange, Part, Request};
use crate::parcels::shape::Shape;
use crate::testing::{self, TestDatabase};

/// Lots of each kind of work.
const LOTS: usize = 120;
const WRITERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "scripts/bench-fabric"]
async fn operations_per_second() {
    let parcels = std::env::var("PREDIO_BENCH_PARCELS").ok().and_then(|text| text.parse().ok());
    let test = testing::database().await;
    let begun = Instant::now();
    let options = Options { parcels, ..Options::default() };
    let summary = demo::generate(&test.owner_url(), &options, |_| {}).await.unwrap();
    println!("loaded\t{}\t{:.1}", summary.parcels, begun.elapsed().as_secs_f64());
    // What a load leaves behind (statistics, dead rows, a checkpoint) is done before anything is measured.
    let pause = std::env::var("PREDIO_BENCH_PAUSE").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    tokio::time::sleep(Duration::from_secs(pause)).await;
    let lots = lots(&test).await;
    let mut times = Times::default();
    for code in &lots[..LOTS] {
        work(&test, code, &mut times).await;
    }
    for (what, each) in times.0 {
        tell(what, each.iter().sum(), each);
    }
    let begun = Instant::now();
    let shares = lots[LOTS..].chunks(LOTS / WRITERS).take(WRITERS).map(|share| {
        let test = &test;
        async move {
            let mut times = Times::default();
            for code in share {
                work(test, code, &mut times).await;
            }
            times.0.into_values().flatten().collect::<Vec<_>>()
        }
    });
    let each: Vec<Duration> = futures_util::future::join_all(shares).await.into_iter().flatten().collect();
    tell("all, eight writers", begun.elapsed(), each);
}

#[derive(Default)]
struct Times(std::collections::BTreeMap<&'static str, Vec<Duration>>);

impl Times {
    async fn of<T>(&mut self, what: &'static str, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let done = work.await;
        self.0.entry(what).or_default().push(begun.elapsed());
        done
    }
}

fn tell(what: &str, whole: Duration, mut each: Vec<Duration>) {
    each.sort();
    let at = |part: usize| each[(each.len() * part / 100).min(each.len() - 1)].as_secs_f64() * 1000.0;
    println!("figure\t{what}\t{:.1}\t{:.1}\t{:.1}", each.len() as f64 / whole.as_secs_f64(), at(50), at(95));
}

/// Urban lots of one ring without a case, spread over the district, that the law lets be cut like this.
async fn lots(test: &TestDatabase) -> Vec<String> {
    let found: Vec<String> = sqlx::query_scalar(
        "select p.code from land.parcel_version v join land.parcel p on p.id = v.parcel_id
         where v.fabric_state = 'agreed' and upper_inf(v.valid) and p.kind = 'urban' and v.grid_area_m2 between 90 and 400
           and lower(v.valid) < '2024-01-01' and not exists (select from land.parcel_lock l where l.parcel_id = p.id)
         order by md5(p.code) limit $1",
    )
    .bind((LOTS * 3) as i64)
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    let mut lots = Vec::new();
    for code in found {
        // A cut that ends within a centimetre of a corner is refused; such a lot measures nothing.
        if attempt(test, &split(&code), &on(today())).await.unwrap().broken.is_empty() {
            lots.push(code);
        }
    }
    assert!(lots.len() >= LOTS * 2, "only {} lots can be cut", lots.len());
    lots.truncate(LOTS * 2);
    lots
}

fn split(code: &str) -> Request {
    Request::Split {
        code: code.to_owned(),
        cut: Cut::Area { area_m2: 40.0, towards: 33.0 },
        lawful: true,
        registered_areas_m2: Vec::new(),
    }
}

/// A split tried, done, undone by a merge, and a corner moved there and back.
async fn work(test: &TestDatabase, code: &str, times: &mut Times) {
    let terms = on(today());
    let tried = times.of("split, dry run", attempt(test, &split(code), &terms)).await.unwrap();
    assert!(tried.broken.is_empty(), "{:?}", tried.broken);
    let report = times.of("split", act(test, &split(code), &terms)).await.unwrap();
    let codes = report
        .parcels
        .iter()
        .filter(|one| one.part == Part::Begins)
        .map(|one| one.code.clone())
        .collect::<Vec<_>>();
    let merge = Request::Merge { codes, registered_area_m2: None };
    let report = times.of("merge", act(test, &merge, &terms)).await.unwrap();
    let whole = report.parcels.iter().find(|one| one.part == Part::Begins).unwrap().code.clone();
    let text: String = sqlx::query_scalar(
        "select st_astext(v.geom, 3) from land.parcel_version v join land.parcel p on p.id = v.parcel_id where p.code = $1 and upper_inf(v.valid)",
    )
    .bind(&whole)
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    let corner = *Shape::parse(&text).unwrap().corners().first().unwrap();
    let place = |mm: crate::spatial::mm::Mm| super::metres(mm);
    let there = CornerChange::Move { from: place(corner), to: place(corner.moved(3, -2)) };
    let back = CornerChange::Move { from: place(corner.moved(3, -2)), to: place(corner) };
    let adjust = Request::Adjust { code: whole, corners: vec![there, back] };
    times.of("adjust", act(test, &adjust, &terms)).await.unwrap();
}
