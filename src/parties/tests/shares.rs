//! Shares sum to exactly one, whoever writes and however many write at once.

use std::time::Duration;

use proptest::prelude::*;
use sqlx::{Connection, PgConnection};

use super::{begin, refused_by, register, run};

const SUM: &str = "tenure_right_shares_sum_to_one";

/// One transaction that gives parties their shares in unit 1.
async fn hold(c: &mut PgConnection, kind: &str, valid: &str, shares: &[(i64, i64)]) -> sqlx::Result<()> {
    let mut tx = begin(c).await;
    for (k, (numerator, denominator)) in shares.iter().enumerate() {
        insert(&mut tx, 1, kind, valid, k as i64 % 9 + 1, (*numerator, *denominator)).await?;
    }
    tx.commit().await
}

async fn insert(
    c: &mut PgConnection,
    unit: i64,
    kind: &str,
    valid: &str,
    party: i64,
    share: (i64, i64),
) -> sqlx::Result<()> {
    sqlx::query(
        "with identity as (insert into land.tenure_right (property_unit_id, kind) values ($1, $2) returning id)
         insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator)
         select id, $3::daterange, $4, $5, $6 from identity",
    )
    .bind(unit)
    .bind(kind)
    .bind(valid)
    .bind(party)
    .bind(share.0)
    .bind(share.1)
    .execute(c)
    .await
    .map(|_| ())
}

#[tokio::test]
async fn fractions_are_added_exactly() {
    let test = register().await;
    let c = &mut test.owner().await;
    let exact: &[&[(i64, i64)]] = &[
        &[(1, 1)],
        &[(1, 3), (1, 3), (1, 3)],
        &[(1, 7); 7],
        &[(1, 2), (1, 3), (1, 6)],
        &[(333_333, 1_000_000), (333_333, 1_000_000), (333_334, 1_000_000)],
        &[(1, 9_223_372_036_854_775_807), (9_223_372_036_854_775_806, 9_223_372_036_854_775_807)],
        // Coprime denominators.
        &[(1, 1_000_003), (1, 1_000_033), (1_000_034_000_000, 1_000_036_000_099), (63, 1_000_036_000_099)],
        &[(1, 4_611_686_018_427_387_847), (4_611_686_018_427_387_846, 4_611_686_018_427_387_847)],
    ];
    for shares in exact {
        let mut tx = begin(c).await;
        for (k, share) in shares.iter().enumerate() {
            insert(&mut tx, 1, "ownership", "[2020-01-01,)", k as i64 % 9 + 1, *share).await.unwrap();
        }
        run(&mut tx, "set constraints all immediate").await.unwrap();
        tx.rollback().await.unwrap();
    }
    let wrong: &[&[(i64, i64)]] = &[
        &[(1, 2)],
        &[(1, 1), (1, 1)],
        &[(333, 1000); 3],
        &[(1, 3), (1, 3), (333_333_333, 1_000_000_000)],
        // Off by one part in 10^36: no floating point number can tell it from one.
        &[(1, 3), (2_000_000_000_000_000_000, 3_000_000_000_000_000_001)],
    ];
    for shares in wrong {
        assert_eq!(
            refused_by(hold(c, "ownership", "[2020-01-01,)", shares).await).as_deref(),
            Some(SUM),
            "{shares:?}"
        );
    }
}

#[tokio::test]
async fn each_kind_and_each_period_is_judged_apart() {
    let test = register().await;
    let c = &mut test.owner().await;
    hold(c, "ownership", "[2000-01-01,2010-01-01)", &[(1, 1)]).await.unwrap();
    // Nobody holds it for a while, then two do; usufruct stands beside ownership.
    hold(c, "ownership", "[2015-01-01,2020-01-01)", &[(1, 2), (1, 2)]).await.unwrap();
    hold(c, "usufruct", "[2001-01-01,)", &[(1, 1)]).await.unwrap();
    hold(c, "possession", "(,1999-01-01)", &[(1, 4), (3, 4)]).await.unwrap();
    // One day too many of one holder is one day with three halves.
    let overlap = hold(c, "ownership", "[2009-12-31,2012-01-01)", &[(1, 1)]).await;
    assert_eq!(refused_by(overlap).as_deref(), Some(SUM));
    let unbounded = hold(c, "possession", "(,1950-01-01)", &[(1, 1)]).await;
    assert_eq!(refused_by(unbounded).as_deref(), Some(SUM));
    // A half leaves in 2017 and nobody takes it.
    let mut tx = begin(c).await;
    run(&mut tx, "update land.tenure_right_version set valid = '[2015-01-01,2017-01-01)' where party_id = 2 and share_denominator = 2")
        .await
        .unwrap();
    let refused = tx.commit().await.unwrap_err();
    let refused = refused.as_database_error().unwrap();
    assert_eq!(refused.constraint(), Some(SUM));
    assert!(refused.message().contains("ownership sum to 1/2 from 2017-01-01"), "{}", refused.message());
    // The same with a successor passes: the rule looks at the commit, not at the statement.
    let mut tx = begin(c).await;
    run(&mut tx, "update land.tenure_right_version set valid = '[2015-01-01,2017-01-01)' where party_id = 2 and share_denominator = 2")
        .await
        .unwrap();
    insert(&mut tx, 1, "ownership", "[2017-01-01,2020-01-01)", 3, (1, 2)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_annulled_share_does_not_count_and_nothing_is_deleted() {
    let test = register().await;
    let c = &mut test.owner().await;
    hold(c, "ownership", "[2020-01-01,)", &[(1, 2), (1, 2)]).await.unwrap();
    let annul = async |c: &mut PgConnection, which: &str| {
        let mut tx = begin(c).await;
        run(&mut tx, &format!("update land.tenure_right_version set annulled = true {which}")).await?;
        tx.commit().await
    };
    assert_eq!(refused_by(annul(c, "where party_id = 1").await).as_deref(), Some(SUM));
    annul(c, "").await.unwrap();
    hold(c, "ownership", "[2020-01-01,)", &[(1, 1)]).await.unwrap();
    for sql in [
        "delete from land.tenure_right_version",
        "delete from land.tenure_right",
        "delete from person.party",
        "update land.tenure_right set kind = 'lease'",
        "update land.tenure_right set property_unit_id = 2",
    ] {
        let mut tx = begin(c).await;
        let refused = refused_by(run(&mut tx, sql).await);
        assert!(
            matches!(
                refused.as_deref(),
                Some("legal_objects_are_not_deleted" | "tenure_right_identity_is_fixed")
            ),
            "{sql}: {refused:?}"
        );
    }
}

/// Two sessions at READ COMMITTED each give the unit a whole owner; each alone would be right.
#[tokio::test]
async fn two_sessions_cannot_both_give_the_whole() {
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let test = register().await;
        let (mut one, mut two) = (test.owner().await, test.owner().await);
        let mut first = begin_at(&mut one, isolation).await;
        let mut second = begin_at(&mut two, isolation).await;
        insert(&mut first, 1, "ownership", "[2020-01-01,)", 1, (1, 1)).await.unwrap();
        insert(&mut second, 1, "ownership", "[2020-01-01,)", 2, (1, 1)).await.unwrap();
        // The first is judged, holds the unit, and has not committed when the second comes to be judged.
        run(&mut first, "set constraints all immediate").await.unwrap();
        let (waited, committed) = tokio::join!(second.commit(), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            first.commit().await
        });
        committed.unwrap();
        let refused = waited.expect_err(isolation);
        let refused = refused.as_database_error().unwrap();
        let expected = if isolation == "read committed" { "23514" } else { "40001" };
        assert_eq!(refused.code().as_deref(), Some(expected), "{isolation}: {refused}");
        let held: i64 = sqlx::query_scalar("select count(*) from land.tenure_right_version")
            .fetch_one(&mut test.owner().await)
            .await
            .unwrap();
        assert_eq!(held, 1, "{isolation}");
    }
}

async fn begin_at<'a>(c: &'a mut PgConnection, isolation: &str) -> sqlx::Transaction<'a, sqlx::Postgres> {
    let mut tx = c.begin().await.unwrap();
    run(&mut tx, &format!("set transaction isolation level {isolation}; set local predio.reason = 'test'"))
        .await
        .unwrap();
    // The snapshot of the stricter levels is taken here, before the other writes.
    run(&mut tx, "select count(*) from land.property_unit").await.unwrap();
    tx
}

#[tokio::test]
async fn other_units_do_not_wait() {
    let test = register().await;
    let (mut one, mut two) = (test.owner().await, test.owner().await);
    let mut first = begin(&mut one).await;
    insert(&mut first, 1, "ownership", "[2020-01-01,)", 1, (1, 1)).await.unwrap();
    run(&mut first, "set constraints all immediate").await.unwrap();
    let mut second = begin(&mut two).await;
    insert(&mut second, 2, "ownership", "[2020-01-01,)", 2, (1, 1)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), second.commit()).await.unwrap().unwrap();
    first.commit().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// What the database says of random holdings is what counting in whole numbers day by day says.
    #[test]
    fn the_judge_agrees_with_counting_day_by_day(
        holdings in prop::collection::vec((0_u32..12, 1_u32..12, 1_i64..5, 0_usize..4), 1..7)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(compare_with_counting(&holdings)).unwrap();
    }
}

const DENOMINATORS: [i64; 4] = [1, 2, 3, 4];

async fn compare_with_counting(holdings: &[(u32, u32, i64, usize)]) -> Result<(), TestCaseError> {
    thread_local!(static SHARED: std::cell::RefCell<Option<crate::testing::TestDatabase>> = const { std::cell::RefCell::new(None) });
    if SHARED.with_borrow(Option::is_none) {
        let test = register().await;
        SHARED.set(Some(test));
    }
    let url = SHARED.with_borrow(|shared| shared.as_ref().unwrap().owner_url());
    let c = &mut PgConnection::connect(&url).await.unwrap();
    let mut tx = begin(c).await;
    let mut days = [0_i64; 32];
    let mut some = [false; 32];
    for &(from, length, numerator, which) in holdings {
        let denominator = DENOMINATORS[which];
        let numerator = numerator.min(denominator);
        let valid = format!("[2020-01-{:02},2020-01-{:02})", from + 1, from + 1 + length);
        insert(&mut tx, 1, "ownership", &valid, 1, (numerator, denominator)).await.unwrap();
        for day in from..from + length {
            // Twelfths hold every one of these fractions.
            days[day as usize] += numerator * 12 / denominator;
            some[day as usize] = true;
        }
    }
    let is_fine = days.iter().zip(some).all(|(sum, any)| !any || *sum == 12);
    let judged = run(&mut tx, "set constraints all immediate").await;
    tx.rollback().await.unwrap();
    prop_assert_eq!(judged.is_ok(), is_fine, "{:?}", days);
    Ok(())
}
