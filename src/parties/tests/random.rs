//! Random acts, one after the other: whatever is done, shares sum to one, and each day is told as it was seen.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::json;
use sqlx::PgConnection;

use super::acts::held;
use crate::access::{Actor, Audience};
use crate::parties::acts::{Mode, perform};
use crate::parties::model::{Request, Terms};
use crate::parties::rules::explained;
use crate::problem::{Error, Result};
use crate::testing::TestDatabase;

/// Numbers from which an act is made on whatever the register looks like by then.
#[derive(Clone, Copy, Debug)]
struct Dice {
    kind: u8,
    pick: u16,
    party: u16,
    part: u16,
    next_day: bool,
}

fn dice() -> impl Strategy<Value = Dice> {
    (0..100u8, any::<u16>(), any::<u16>(), any::<u16>(), any::<bool>())
        .prop_map(|(kind, pick, party, part, next_day)| Dice { kind, pick, party, part, next_day })
}

/// What stands in the register: entries that count, acts that may be annulled, restrictions.
struct Standing {
    entries: Vec<(i64, i64)>,
    acts: Vec<i64>,
    restrictions: Vec<i64>,
}

async fn standing(c: &mut PgConnection, day: NaiveDate) -> Standing {
    let entries = sqlx::query_as(
        "select id, tenure_right_id from land.tenure_right_version where not annulled and valid @> $1 order by id",
    )
    .bind(day)
    .fetch_all(&mut *c)
    .await
    .unwrap();
    let acts = sqlx::query_scalar("select id from land.act order by id").fetch_all(&mut *c).await.unwrap();
    let restrictions =
        sqlx::query_scalar("select id from land.restriction order by id").fetch_all(c).await.unwrap();
    Standing { entries, acts, restrictions }
}

fn pick<T: Copy>(from: &[T], dice: u16) -> Option<T> {
    from.get(usize::from(dice) % from.len().max(1)).copied()
}

/// The act that the dice make; none where there is nothing to make it of.
fn request(dice: Dice, standing: &Standing) -> Option<Request> {
    let (entry, right) = pick(&standing.entries, dice.pick)?;
    let (one, other) = (i64::from(dice.party % 9) + 1, i64::from(dice.party / 9 % 9) + 1);
    let whole = i64::from(dice.part % 7) + 2;
    let part = format!("{}/{whole}", i64::from(dice.part / 7) % (whole - 1) + 1);
    let rest = {
        let (numerator, _) = part.split_once('/')?;
        format!("{}/{whole}", whole - numerator.parse::<i64>().ok()?)
    };
    let heirs = json!([{ "party": one, "part": part }, { "party": other, "part": rest }]);
    let asked = match dice.kind {
        0..30 => json!({ "act": "transfer", "right": right, "share": part, "to": [{ "party": one }] }),
        30..45 => json!({ "act": "transfer", "right": right, "to": heirs }),
        45..60 => json!({ "act": "succession", "right": right, "to": heirs }),
        60..68 => json!({ "act": "extinction", "right": right }),
        68..74 => {
            let kind = ["lease", "surface", "use", "possession"][usize::from(dice.pick % 4)];
            json!({ "act": "constitution", "right_kind": kind, "to": heirs })
        }
        74..80 => json!({ "act": "burden", "kind": "mortgage", "title": format!("Hipoteca {}", dice.part) }),
        80..85 => json!({ "act": "release", "restriction": pick(&standing.restrictions, dice.pick)? }),
        85..90 => json!({ "act": "correction", "entries": [{ "entry": entry, "party": one }] }),
        _ => json!({ "act": "annulment", "annuls": pick(&standing.acts, dice.pick)? }),
    };
    Some(serde_json::from_value(asked).unwrap())
}

/// What the register says of unit 1, entry by entry: on a day, as it was known at an instant.
async fn told(c: &mut PgConnection, day: NaiveDate, known: Option<DateTime<Utc>>) -> Vec<String> {
    sqlx::query_scalar(
        "select r.kind || ' ' || v.tenure_right_id || ' ' || v.party_id || ' ' || v.share_numerator || '/' || v.share_denominator
         from history.land_tenure_right_version_as_of(coalesce($2, clock_timestamp())) v join land.tenure_right r on r.id = v.tenure_right_id
         where v.valid @> $1 and not v.annulled
         union all
         select b.kind || ' ' || v.restriction_id || ' ' || v.title
         from history.land_restriction_version_as_of(coalesce($2, clock_timestamp())) v join land.restriction b on b.id = v.restriction_id
         where v.valid @> $1
         order by 1",
    )
    .bind(day)
    .bind(known)
    .fetch_all(c)
    .await
    .unwrap()
}

async fn act(test: &TestDatabase, request: &Request, day: NaiveDate) -> Result<()> {
    let rosa = Actor::inside("rosa", Audience::Titling, "1");
    let mut tx = test.database.write_as(&rosa, "acto al azar").await?;
    let effective_on = (!request.corrects()).then_some(day);
    let terms =
        Terms { reason: "acto al azar".to_owned(), effective_on, source_id: Some(1), ..Terms::default() };
    perform(&mut tx, 1, request, &terms, "2026-01-01".parse().unwrap(), Mode::Do).await?;
    tx.commit().await.map_err(explained)
}

/// What was said of a day at an instant.
struct Seen {
    at: DateTime<Utc>,
    day: NaiveDate,
    told: Vec<String>,
}

async fn live(rolls: &[Dice]) -> BTreeMap<&'static str, usize> {
    let test = held().await;
    let owner = &mut test.owner().await;
    let mut day: NaiveDate = "2015-01-01".parse().unwrap();
    let mut seen: Vec<Seen> = Vec::new();
    let mut done = BTreeMap::new();
    for roll in rolls {
        if roll.next_day {
            day = day.checked_add_days(Days::new(1)).unwrap();
        }
        let Some(request) = request(*roll, &standing(owner, day).await) else { continue };
        match act(&test, &request, day).await {
            Ok(()) => *done.entry(request.kind()).or_default() += 1,
            // A rule may stand in the way of what the dice say; nothing else may.
            Err(Error::Rules(violations)) => assert!(!violations.is_empty()),
            Err(other) => panic!("{request:?}: {other:?}"),
        }
        let wrong: i64 = sqlx::query_scalar("select count(*) from land.unbalanced_shares(array[1::bigint])")
            .fetch_one(&mut *owner)
            .await
            .unwrap();
        assert_eq!(wrong, 0, "after {request:?}");
        let at = sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut *owner).await.unwrap();
        seen.push(Seen { at, day, told: told(owner, day, None).await });
    }
    for then in seen {
        assert_eq!(told(owner, then.day, Some(then.at)).await, then.told, "{} at {}", then.day, then.at);
    }
    done
}

#[test]
fn whatever_acts_follow_each_other_shares_sum_to_one_and_the_past_is_told_as_it_was_seen() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let seed = std::env::var("PREDIO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(11);
    let config = Config {
        cases: 3,
        rng_seed: RngSeed::Fixed(seed),
        max_shrink_iters: 40,
        source_file: Some(file!()),
        ..Config::default()
    };
    let kinds = std::cell::RefCell::new(BTreeMap::<&str, usize>::new());
    TestRunner::new(config)
        .run(&proptest::collection::vec(dice(), 60), |rolls| {
            for (kind, count) in runtime.block_on(live(&rolls)) {
                *kinds.borrow_mut().entry(kind).or_default() += count;
            }
            Ok(())
        })
        .unwrap();
    let kinds = kinds.into_inner();
    for kind in crate::parties::model::ACTS {
        assert!(kinds.get(kind).is_some_and(|count| *count > 0), "no {kind} was done: {kinds:?}");
    }
}
