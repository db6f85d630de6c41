//! Many writers on one place: one wins, the others are told, nobody waits for ever.

use std::time::Instant;

use super::{act, attempt, code, day, metres, on, place, town};
use crate::parcels::model::{CornerChange, Request};
use crate::problem::Error;

fn moved(lot: usize, k: u32) -> Request {
    let from = metres(place(20.0, 0.0));
    let to = [from[0] + 0.01 * f64::from(k + 1), from[1] - 0.02];
    Request::Adjust { code: code(lot), corners: vec![CornerChange::Move { from, to }] }
}

#[tokio::test]
async fn of_32_writers_on_one_corner_one_wins_and_31_are_told_what_changed() {
    let test = town().await;
    // The corner belongs to lots 2 and 3: half of the writers come from either side.
    let seen = attempt(&test, &moved(2, 0), &on(day("2024-01-01"))).await.unwrap();
    assert!(seen.broken.is_empty(), "{:?}", seen.broken);
    let before: Vec<(String, String)> = sqlx::query_as(
        "select p.code, v.id || '.' || v.version from land.parcel p join land.parcel_version v on v.parcel_id = p.id",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    let begun = Instant::now();
    let writers = (0..32).map(|k| {
        let mut terms = on(day("2024-01-01"));
        terms.expected = before.iter().cloned().collect();
        let test = &test;
        async move { act(test, &moved(2 + (k % 2) as usize, k), &terms).await }
    });
    let results = futures_util::future::join_all(writers).await;
    let won = results.iter().filter(|result| result.is_ok()).count();
    let told: Vec<&String> = results
        .iter()
        .filter_map(|result| if let Err(Error::Conflict(told)) = result { Some(told) } else { None })
        .collect();
    assert_eq!((won, told.len()), (1, 31), "{results:?}");
    assert!(told.iter().all(|told| told.contains("adjust, predio_surveyor")), "{}", told[0]);
    // A deadlock would have taken its timeout of a second at least.
    assert!(begun.elapsed().as_secs() < 30);
    let deadlocks: i64 = super::scalar(
        &mut test.owner().await,
        "select deadlocks from pg_stat_database where datname = current_database()",
    )
    .await;
    assert_eq!(deadlocks, 0);
}
