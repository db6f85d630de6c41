//! Two writers of different offices at once: whatever their order, what is left is what one after the other leaves.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};

use super::{code, explained, on, perform, rules_of, scalar, surveyor, today, town};
use crate::database::Audience;
use crate::parcels::cut::Cut;
use crate::parcels::model::{Report, Request};
use crate::parcels::operations::Mode;
use crate::problem::Result;
use crate::testing::TestDatabase;

fn split() -> Request {
    Request::Split {
        code: code(1),
        cut: Cut::Area { area_m2: 80.0, towards: 17.0 },
        lawful: true,
        registered_areas_m2: Vec::new(),
    }
}

async fn run(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(|_| ())
}

/// A transaction of the titling office, as in psql.
async fn titling(test: &TestDatabase) -> Transaction<'static, Postgres> {
    let mut transaction = test.database.write(Audience::Titling).await.unwrap();
    run(&mut transaction, "set local predio.reason = 'test'").await.unwrap();
    transaction
}

const BEGIN_ACT: &str = "insert into land.act (property_unit_id, kind, effective_on, source_id)
   values (1, 'transfer', (now() at time zone 'America/Lima')::date, 1)";
const TRANSFER: &str = "update land.tenure_right_version set valid = daterange(lower(valid), (now() at time zone 'America/Lima')::date)
     where tenure_right_id = 1;
   insert into land.tenure_right_version (tenure_right_id, valid, party_id, share_numerator, share_denominator, source_id)
   values (1, daterange((now() at time zone 'America/Lima')::date, null), 2, 1, 1, 1)";
const TAKE: &str = "insert into land.parcel_lock (parcel_id, reason, reference) values (1, 'test', 'EXP-1')";

async fn town_with_two_people() -> TestDatabase {
    let test = town().await;
    let people = "begin; set local predio.reason = 'test';
        insert into person.party (id, kind, name) overriding system value values (2, 'natural', 'Otra Persona Ficticia');
        insert into land.source (id, ubigeo, kind, title) overriding system value
        values (1, '150203', 'deed', 'Escritura ficticia'); commit";
    run(&mut test.owner().await, people).await.unwrap();
    test
}

/// A split in a task of its own, which waits for whoever writes what it reads.
fn splitting(test: &TestDatabase) -> tokio::task::JoinHandle<Result<Report>> {
    let database = test.database.clone();
    tokio::spawn(async move {
        let mut transaction = database.write(Audience::Surveyor).await?;
        run(&mut transaction, "set local predio.reason = 'test'").await?;
        let report = perform(&mut transaction, &split(), &on(today()), today(), Mode::Do).await?;
        transaction.commit().await.map_err(explained)?;
        Ok(report)
    })
}

/// Until another session waits for a lock.
async fn until_one_waits(test: &TestDatabase) {
    // Others' waits are a superuser's to see.
    let mut watcher = PgConnection::connect(&test.superuser_url()).await.unwrap();
    let waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    for _ in 0..500 {
        if scalar::<i64>(&mut watcher, waiting).await > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

#[tokio::test]
async fn a_division_gives_its_parts_to_whom_a_transfer_under_way_gives_the_whole() {
    let test = town_with_two_people().await;
    let mut transfer = titling(&test).await;
    run(&mut transfer, BEGIN_ACT).await.unwrap();
    run(&mut transfer, TRANSFER).await.unwrap();
    let split = splitting(&test);
    until_one_waits(&test).await;
    transfer.commit().await.unwrap();
    split.await.unwrap().unwrap();
    let holders: Vec<i64> = sqlx::query_scalar(
        "select v.party_id from land.lineage l join land.property_unit_parcel u on u.parcel_id = l.child_parcel_id
         join land.tenure_right r on r.property_unit_id = u.property_unit_id
         join land.tenure_right_version v on v.tenure_right_id = r.id",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    assert_eq!(holders, [2, 2]);
}

#[tokio::test]
async fn a_transfer_waits_for_a_division_and_finds_the_right_ended() {
    let test = town_with_two_people().await;
    let mut dividing = surveyor(&test).await;
    perform(&mut dividing, &split(), &on(today()), today(), Mode::Do).await.unwrap();
    let mut transfer = titling(&test).await;
    let waiting = tokio::spawn(async move {
        run(&mut transfer, BEGIN_ACT).await.unwrap();
        let open =
            "select count(*) from land.tenure_right_version where tenure_right_id = 1 and upper_inf(valid)";
        scalar::<i64>(&mut transfer, open).await
    });
    until_one_waits(&test).await;
    dividing.commit().await.unwrap();
    assert_eq!(waiting.await.unwrap(), 0);
}

#[tokio::test]
async fn a_case_that_is_being_opened_holds_the_parcel_against_a_division() {
    let test = town_with_two_people().await;
    let mut case = titling(&test).await;
    run(&mut case, TAKE).await.unwrap();
    let split = splitting(&test);
    until_one_waits(&test).await;
    case.commit().await.unwrap();
    assert_eq!(rules_of(split.await.unwrap()), ["parcel_lock_holds"]);
}

#[tokio::test]
async fn a_case_is_not_opened_over_a_parcel_that_is_being_divided() {
    let test = town_with_two_people().await;
    let mut dividing = surveyor(&test).await;
    perform(&mut dividing, &split(), &on(today()), today(), Mode::Do).await.unwrap();
    let mut case = test.owner().await;
    let waiting = tokio::spawn(async move {
        run(&mut case, &format!("begin; set local predio.reason = 'test'; {TAKE}; commit")).await
    });
    until_one_waits(&test).await;
    dividing.commit().await.unwrap();
    let refused = waiting.await.unwrap().unwrap_err();
    let rule = refused.as_database_error().and_then(|error| error.constraint());
    assert_eq!(rule, Some("parcel_lock_holds_what_is_in_force"), "{refused}");
}
