//! Edit, delete, reorder, cut the tail, rewrite the chain; and what only seals kept elsewhere show.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{Sealable, judged, kinds, tamper, write};
use crate::audit::export::{End, EndLine, Head};
use crate::audit::hash::Tree;
use crate::audit::key::SealKey;
use crate::audit::seal::{Seal, Statement};
use crate::audit::verify::{Report, Trust, verify};

/// Twelve entries in three seals.
async fn sealed() -> Sealable {
    let sealable = Sealable::new().await;
    let mut owner = sealable.owner().await;
    for number in 1..=12 {
        write(&mut owner, &format!("reason {number}")).await;
        if number % 4 == 0 {
            sealable.seal().await;
        }
    }
    let report = judged(&sealable.export().await, &sealable.trust_with_seals());
    assert!(report.ok && report.seals == 3 && report.sealed == 12, "{:?}", report.findings);
    sealable
}

#[tokio::test]
async fn an_edited_entry_is_found() {
    let sealable = sealed().await;
    tamper(&sealable, "update audit.entry set reason = 'no reason' where reason = 'reason 6'").await;
    let report = sealable.verify().await;
    assert_eq!(kinds(&report), ["edited"]);
    assert_eq!(report.findings[0].seal, Some(2));
}

#[tokio::test]
async fn a_deleted_entry_is_found() {
    let sealable = sealed().await;
    tamper(&sealable, "delete from audit.entry where reason = 'reason 3'").await;
    let report = sealable.verify().await;
    assert_eq!(kinds(&report)[0], "missing");
    assert_eq!(report.findings[0].seal, Some(1));
}

#[tokio::test]
async fn reordered_entries_are_found_in_one_seal_and_across_two() {
    for (swap, seals) in [
        ("case id when 5 then 6 when 6 then 5", vec![2]),
        ("case id when 2 then 9 when 9 then 2", vec![1, 3]),
    ] {
        let sealable = sealed().await;
        // Whoever owns everything can also make the number an ordinary column for a moment.
        let sql = format!(
            "set session_replication_role = replica;
             alter table audit.entry alter id drop identity, drop constraint entry_pkey;
             update audit.entry set id = {swap} else id end;
             alter table audit.entry alter id add generated always as identity (start 13), add constraint entry_pkey primary key (id)"
        );
        let mut superuser = PgConnection::connect(&sealable.database.superuser_url()).await.unwrap();
        superuser.execute(AssertSqlSafe(sql)).await.unwrap();
        let report = sealable.verify().await;
        let found: Vec<_> = report.findings.iter().map(|finding| (finding.kind, finding.seal)).collect();
        let expected: Vec<_> = seals.into_iter().map(|seal| ("edited", Some(seal))).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn lines_moved_in_the_file_are_found() {
    let sealable = sealed().await;
    let text = String::from_utf8(sealable.export().await).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(2, 3);
    let report = judged(lines.join("\n").as_bytes(), &sealable.trust());
    assert_eq!(kinds(&report), ["order", "edited"]);
}

#[tokio::test]
async fn a_cut_tail_is_found_from_the_file_when_its_seal_stays_and_by_kept_seals_when_it_goes_too() {
    let sealable = sealed().await;
    tamper(&sealable, "delete from audit.entry where reason in ('reason 11', 'reason 12')").await;
    assert_eq!(kinds(&sealable.verify().await), ["missing"]);
    tamper(
        &sealable,
        "delete from audit.entry where reason in ('reason 9', 'reason 10');
        delete from audit.seal where number = 3",
    )
    .await;
    let export = sealable.export().await;
    let alone = judged(&export, &sealable.trust());
    assert!(alone.ok, "{:?}", alone.findings);
    assert!(alone.reach.contains("newest seals could have been cut off"), "{}", alone.reach);
    let report = judged(&export, &sealable.trust_with_seals());
    assert_eq!(kinds(&report), ["cut"]);
    assert_eq!(report.findings[0].seal, Some(3));
    // A file that was cut itself.
    let half = &export[..export.len() / 2];
    assert!(kinds(&judged(half, &sealable.trust())).contains(&"cut"));
}

/// Edits an entry and makes every seal anew, as somebody who can do anything in the database.
async fn rewritten(sealable: &Sealable, key: &SealKey) -> Vec<u8> {
    tamper(sealable, "update audit.entry set reason = 'no reason' where reason = 'reason 6'").await;
    let text = String::from_utf8(sealable.export().await).unwrap();
    let mut file = Vec::new();
    let mut tree = Tree::default();
    let mut previous: Option<Seal> = None;
    for line in text.lines() {
        if let Ok(seal) = serde_json::from_str::<Seal>(line) {
            let said = Statement {
                previous: previous.as_ref().map(Seal::hash_text),
                root: hex::encode(std::mem::take(&mut tree).root()),
                ..seal.read().unwrap()
            };
            let seal = Seal::sign(&said, key).unwrap();
            writeln!(file, "{}", serde_json::to_string(&seal).unwrap()).unwrap();
            previous = Some(seal);
            continue;
        }
        if line.starts_with("{\"id\"") {
            tree.push(line.as_bytes());
        }
        writeln!(file, "{line}").unwrap();
    }
    file
}

#[tokio::test]
async fn a_chain_rewritten_without_the_key_is_found_by_the_signature() {
    let sealable = sealed().await;
    let strange = SealKey::load_or_create(&sealable.folder.join("strange.key")).unwrap();
    let file = rewritten(&sealable, &strange).await;
    assert_eq!(kinds(&judged(&file, &sealable.trust())), ["key"]);
    // And with the right key's name written over it.
    let claimed = String::from_utf8(file)
        .unwrap()
        .replace(&String::from(strange.public()), &String::from(sealable.key.public()));
    assert_eq!(kinds(&judged(claimed.as_bytes(), &sealable.trust())), ["signature"; 3]);
}

#[tokio::test]
async fn a_chain_rewritten_with_the_stolen_key_is_found_only_by_seals_kept_elsewhere() {
    let sealable = sealed().await;
    let file = rewritten(&sealable, &sealable.key).await;
    let alone = judged(&file, &sealable.trust());
    assert!(alone.ok, "{:?}", alone.findings);
    assert!(alone.reach.contains("only seals kept elsewhere"), "{}", alone.reach);
    let report = judged(&file, &sealable.trust_with_seals());
    assert_eq!(kinds(&report), ["other-seal", "other-seal"]);
    assert_eq!(report.findings[0].seal, Some(2));
}

#[tokio::test]
async fn an_entry_put_in_afterwards_is_found() {
    let sealable = sealed().await;
    tamper(
        &sealable,
        "insert into audit.entry (at, relation, operation, row_count, row_ids)
        values (now() - interval '3 days', 'land.parcel', 'INSERT', 1, '{1}')",
    )
    .await;
    assert_eq!(kinds(&sealable.verify().await), ["never-sealed"]);
}

#[test]
fn garbage_is_told_and_not_believed() {
    for text in ["", "\n", "{}", "{\"id\":1}\n", "[1]\n[2]\n"] {
        assert!(!judged(text.as_bytes(), &Trust::default()).ok, "{text:?}");
    }
}

/// An entry's line, as long as a real one.
fn line_of(id: u64, at: &str) -> String {
    let hash = "ab".repeat(32);
    format!(
        "{{\"id\":{id},\"at\":\"{at}\",\"txid\":\"{id}\",\"login\":\"predio_app\",\"role\":\"predio_surveyor\",\
         \"account\":\"an.account@example.org\",\"request_id\":\"01997bd4-0000-7000-8000-000000000000\",\
         \"reason\":\"Subdivision by resolution 123\",\"source_id\":{id},\"relation\":\"land.parcel_version\",\
         \"operation\":\"UPDATE\",\"row_count\":2,\"row_ids\":[{id},{id}],\"hash_before\":\"{hash}\",\"hash_after\":\"{hash}\"}}"
    )
}

/// An export of so many entries, sealed in so many seals.
fn write_export(mut file: impl Write, key: &SealKey, entries: u64, seals: u64) -> serde_json::Result<()> {
    let mut put = |line: String| writeln!(file, "{line}").map_err(serde_json::Error::io);
    let at = "2026-01-01T00:00:00.000000Z".to_owned();
    let journal = "00000000-0000-4000-8000-000000000000".to_owned();
    let head = Head { predio_journal: 1, journal: journal.clone(), exported_at: at.clone(), key: None };
    put(serde_json::to_string(&head)?)?;
    let per_seal = entries / seals;
    let mut previous: Option<Seal> = None;
    for number in 1..=seals {
        let (first, last) = ((number - 1) * per_seal + 1, number * per_seal);
        let mut tree = Tree::default();
        for id in first..=last {
            let line = line_of(id, &at);
            tree.push(line.as_bytes());
            put(line)?;
        }
        let said = Statement {
            predio_seal: 1,
            journal: journal.clone(),
            number: number.cast_signed(),
            previous: previous.as_ref().map(Seal::hash_text),
            count: per_seal,
            total: last,
            first: first.cast_signed(),
            last: last.cast_signed(),
            root: hex::encode(tree.root()),
            at: at.clone(),
        };
        let seal = Seal::sign(&said, key)?;
        put(serde_json::to_string(&seal)?)?;
        previous = Some(seal);
    }
    put(serde_json::to_string(&EndLine { end: End { entries, seals } })?)
}

/// A million with `cargo test --release`, whose output gives the figure of docs/performance.md.
#[test]
fn a_long_journal_is_verified_from_a_file() {
    let entries = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let folder = std::env::temp_dir().join(format!("predio-million-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let key = SealKey::load_or_create(&folder.join("seal.key")).unwrap();
    let path = folder.join("journal.ndjson");
    write_export(BufWriter::new(File::create(&path).unwrap()), &key, entries, 20).unwrap();
    let begun = Instant::now();
    let file = BufReader::new(File::open(&path).unwrap());
    let report: Report = verify(file, &Trust { keys: vec![key.public()], kept: Vec::new() }).unwrap();
    println!(
        "{} entries, {} bytes, verified in {:?}",
        report.entries,
        path.metadata().unwrap().len(),
        begun.elapsed()
    );
    std::fs::remove_dir_all(folder).unwrap();
    assert!(report.ok, "{:?}", report.findings);
    assert_eq!((report.entries, report.sealed, report.seals), (entries, entries, 20));
}
