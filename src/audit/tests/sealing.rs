//! What is sealed, when, by whom.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{Sealable, begin_write, kinds, tamper, write};
use crate::audit::key::SealKey;
use crate::audit::sealing::{Sealed, seal};
use crate::audit::standing;
use crate::database::Audience;

#[tokio::test]
async fn entries_that_commit_out_of_order_are_sealed_once_each() {
    let sealable = Sealable::new().await;
    let (mut early, mut late) = (sealable.owner().await, sealable.owner().await);
    begin_write(&mut early, "began first, commits last").await;
    write(&mut late, "began last, commits first").await;
    assert_eq!(sealable.seal().await, Sealed { seals: 1, entries: 1 });
    assert_eq!(sealable.seal().await, Sealed::default());
    write(&mut late, "another").await;
    early.execute("commit").await.unwrap();
    assert_eq!(sealable.seal().await, Sealed { seals: 1, entries: 2 });
    let report = sealable.verify().await;
    assert!(report.ok, "{:?}", report.findings);
    assert_eq!((report.entries, report.sealed, report.seals), (3, 3, 2));
}

#[tokio::test]
async fn sealing_waits_for_no_writer_and_rolled_back_writes_are_no_entries() {
    let sealable = Sealable::new().await;
    let (mut open, mut other) = (sealable.owner().await, sealable.owner().await);
    begin_write(&mut open, "stays open").await;
    let mut gone = sealable.owner().await;
    begin_write(&mut gone, "is rolled back").await;
    gone.execute("rollback").await.unwrap();
    write(&mut other, "done").await;
    assert_eq!(sealable.seal().await.entries, 1);
    open.execute("rollback").await.unwrap();
    assert_eq!(sealable.seal().await.entries, 0);
    assert!(sealable.verify().await.ok);
}

#[tokio::test]
async fn many_writers_and_sealers_at_once_lose_and_double_nothing() {
    let sealable = Sealable::new().await;
    let url = sealable.database.owner_url();
    let writers: Vec<_> = (0..6)
        .map(|number| {
            let url = url.clone();
            tokio::spawn(async move {
                let mut connection = PgConnection::connect(&url).await.unwrap();
                for turn in 0..25 {
                    begin_write(&mut connection, &format!("{number}/{turn}")).await;
                    let end = if (number + turn) % 5 == 0 { "rollback" } else { "commit" };
                    connection.execute(end).await.unwrap();
                }
            })
        })
        .collect();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        let (one, two) = (&sealable.database.database, &sealable.key);
        let (first, second) = tokio::join!(seal(one, two), seal(one, two));
        first.unwrap();
        second.unwrap();
    }
    sealable.seal().await;
    let report = sealable.verify().await;
    assert!(report.ok, "{:?}", report.findings);
    assert_eq!((report.entries, report.sealed), (120, 120));
    assert!(report.seals > 1);
}

#[tokio::test]
async fn one_process_seals_at_a_time() {
    let sealable = Sealable::new().await;
    write(&mut sealable.owner().await, "a write").await;
    let mut other = sealable.owner().await;
    other.execute("begin; select audit.claim_sealing()").await.unwrap();
    assert_eq!(sealable.seal().await, Sealed::default());
    other.execute("rollback").await.unwrap();
    assert_eq!(sealable.seal().await.entries, 1);
}

#[tokio::test]
async fn sealing_lets_go_also_where_there_was_nothing_to_seal() {
    let sealable = Sealable::new().await;
    let mut other = sealable.owner().await;
    for turn in 0..50 {
        assert_eq!(sealable.seal().await, Sealed::default());
        let claimed: Option<String> =
            sqlx::query_scalar("select audit.claim_sealing()::text").fetch_one(&mut other).await.unwrap();
        assert!(claimed.is_some(), "turn {turn}: nobody seals, and yet the seal is taken");
    }
}

#[tokio::test]
async fn an_entry_says_who_what_why_by_which_document_and_when() {
    let sealable = Sealable::new().await;
    tamper(&sealable, "insert into land.district (ubigeo, name, province, department, source, geom) values ('150203', 'P', 'B', 'L',
        'test', st_setsrid('multipolygon(((200000 8800000, 200001 8800000, 200001 8800001, 200000 8800000)))'::geometry, 32718))").await;
    let mut transaction = sealable.database.database.write(Audience::Titling).await.unwrap();
    let settings = "select set_config('predio.account', 'ana', true), set_config('predio.request_id', 'r-1', true),
                           set_config('predio.reason', 'a new plan', true), set_config('predio.source_id', '77', true)";
    sqlx::query(settings).execute(&mut *transaction).await.unwrap();
    let insert = "insert into land.source (ubigeo, kind, title) values ('150203', 'plan', 'a plan')";
    sqlx::query(insert).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let entry: (String, String, String, String, String, i64, String, bool, bool) = sqlx::query_as(
        "select login, role, account, request_id, reason, source_id, relation, hash_before is null, hash_after is not null
           from audit.entry",
    )
    .fetch_one(&mut sealable.owner().await)
    .await
    .unwrap();
    let expected =
        ("predio_app", "predio_titling", "ana", "r-1", "a new plan", 77, "land.source", true, true);
    let told = (&*entry.0, &*entry.1, &*entry.2, &*entry.3, &*entry.4, entry.5, &*entry.6, entry.7, entry.8);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn hashes_over_people_are_keyed_with_a_salt() {
    let sealable = Sealable::new().await;
    let mut owner = sealable.owner().await;
    let insert = "begin; set local predio.reason = 'test';
        insert into person.party (kind, name, document_kind, document_number) values ('natural', 'A', 'DNI', '00000001');
        commit";
    owner.execute(insert).await.unwrap();
    let (matches, plain): (bool, bool) = sqlx::query_as(
        "select e.hash_after = sha256(sha256(p.salt || sha256(convert_to(p::text, 'UTF8')))),
                e.hash_after = sha256(sha256(convert_to(p::text, 'UTF8')))
           from audit.entry e, person.party p where e.relation = 'person.party'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(matches && !plain);
    let unsalted: Vec<String> = sqlx::query_scalar(
        "select distinct t.tgrelid::regclass::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
          where t.tgname = 'journal_insert' and c.relnamespace = 'person'::regnamespace
            and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'salt')",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(unsalted.is_empty(), "without a salt: {unsalted:?}");
    let watch = "create table person.forgotten (id bigint primary key, name text); select audit.watch('person.forgotten');
        begin; set local predio.reason = 'test'; insert into person.forgotten values (1, 'B'); commit";
    owner.execute(watch).await.unwrap();
    let hashed: bool = sqlx::query_scalar(
        "select hash_after is not null from audit.entry where relation = 'person.forgotten'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert!(hashed);
}

#[tokio::test]
async fn the_journal_is_append_only_for_every_role_and_by_ordinary_sql_for_the_owner() {
    let sealable = Sealable::new().await;
    write(&mut sealable.owner().await, "a write").await;
    sealable.seal().await;
    write(&mut sealable.owner().await, "another").await;
    let changes = [
        "update audit.entry set reason = 'another'",
        "delete from audit.entry",
        "truncate audit.entry cascade",
        "update audit.seal set statement = '{}'",
        "delete from audit.seal",
        "truncate audit.seal",
        "delete from audit.unsealed",
        "truncate audit.unsealed",
        "update audit.journal set id = gen_random_uuid()",
    ];
    let superuser = sealable.database.superuser_url();
    for url in [sealable.database.app_url(), sealable.database.owner_url(), superuser] {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        for change in changes {
            let error = connection.execute(change).await.unwrap_err();
            let code = error.as_database_error().unwrap().code().unwrap().into_owned();
            assert_eq!(code, "42501", "{url}: {change}: {error}");
        }
    }
    for audience in Audience::ALL {
        let mut app = PgConnection::connect(&sealable.database.app_url()).await.unwrap();
        app.execute(AssertSqlSafe(format!("set role {}", audience.role()))).await.unwrap();
        for change in changes.iter().chain(&[
            "insert into audit.entry (relation, operation, row_count, row_ids)
            values ('land.parcel', 'INSERT', 1, '{1}')",
            "insert into audit.unsealed values (1)",
        ]) {
            assert!(app.execute(*change).await.is_err(), "{audience:?}: {change}");
        }
    }
    let standing = standing(&mut sealable.owner().await).await.unwrap();
    assert_eq!((standing.seals, standing.unsealed), (1, 1));
}

#[tokio::test]
async fn a_seal_that_does_not_continue_the_chain_does_not_come_in() {
    let sealable = Sealable::new().await;
    let mut owner = sealable.owner().await;
    write(&mut owner, "a write").await;
    sealable.seal().await;
    write(&mut owner, "another").await;
    let forged = "insert into audit.seal (number, statement, hash, signature, public_key, entries)
        select 2, s, sha256(convert_to(s, 'UTF8')), decode(repeat('00', 64), 'hex'), decode(repeat('00', 32), 'hex'),
               int8multirange(int8range(max(u.entry_id), max(u.entry_id), '[]'))
          from audit.unsealed u,
               (select json_build_object('number', 2, 'previous', 'ff', 'count', 1, 'journal', id)::text as s from audit.journal) j
         group by s";
    let error = owner.execute(forged).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().constraint(), Some("seal_continues_the_chain"));
}

#[tokio::test]
async fn seals_are_kept_beside_the_key_and_a_shortened_journal_is_noticed() {
    let sealable = Sealable::new().await;
    let mut owner = sealable.owner().await;
    for reason in ["one", "two"] {
        write(&mut owner, reason).await;
        sealable.seal().await;
    }
    assert_eq!(super::kept(sealable.key.log()).len(), 2);
    // A process that was killed between its commit and its note: the next one writes it.
    std::fs::write(sealable.key.log(), "{\"seal\":\"half a li").unwrap();
    write(&mut owner, "three").await;
    sealable.seal().await;
    let text = std::fs::read_to_string(sealable.key.log()).unwrap();
    assert_eq!(
        text.lines().filter(|line| serde_json::from_str::<crate::audit::seal::Seal>(line).is_ok()).count(),
        3,
        "{text}"
    );
}

#[tokio::test]
async fn another_key_carries_the_chain_on_and_is_told() {
    let sealable = Sealable::new().await;
    let mut owner = sealable.owner().await;
    write(&mut owner, "with the first key").await;
    sealable.seal().await;
    write(&mut owner, "with the second key").await;
    let second = SealKey::load_or_create(&sealable.folder.join("second.key")).unwrap();
    seal(&sealable.database.database, &second).await.unwrap();
    let report = sealable.verify().await;
    assert_eq!(kinds(&report), ["key"]);
    let mut both = sealable.trust();
    both.keys.push(second.public());
    assert!(super::judged(&sealable.export().await, &both).ok);
}
