//! Sealing: one batch after the other, by one process at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use sqlx::PgConnection;

use super::entry::Entry;
use super::hash::Tree;
use super::key::{SealKey, give_to_owner_of_folder};
use super::seal::{Seal, Statement};
use super::store;
use crate::database::Database;

/// Largest number of entries of one seal: about 25 MB while it is made.
const BATCH: i64 = 50_000;

/// More than any line of the file beside the key, in bytes.
const TAIL: u64 = 1 << 16;

/// What sealing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sealed {
    /// Seals made.
    pub seals: u64,
    /// Entries in them.
    pub entries: u64,
}

/// Seals every entry that is committed by now; nothing when another process is at it.
///
/// # Errors
/// When the database fails, or the file beside the key cannot be written: then the seal is not kept either.
pub async fn seal(database: &Database, key: &SealKey) -> anyhow::Result<Sealed> {
    let mut sealed = Sealed::default();
    loop {
        let entries = seal_batch(database, key).await?;
        if entries > 0 {
            sealed.seals += 1;
            sealed.entries += entries;
        }
        if entries < BATCH.unsigned_abs() {
            return Ok(sealed);
        }
    }
}

async fn seal_batch(database: &Database, key: &SealKey) -> anyhow::Result<u64> {
    let mut transaction = database.begin_service().await?;
    let Some(journal) = store::claim(&mut transaction).await? else { return Ok(0) };
    let entries = store::unsealed(&mut transaction, BATCH).await?;
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        // A transaction that is only dropped ends some time later, and until then nobody else could seal.
        transaction.rollback().await?;
        return Ok(0);
    };
    let previous = store::last_seal(&mut transaction).await?;
    let before = previous.as_ref().map(Seal::read).transpose().context("the last seal cannot be read")?;
    let statement = Statement {
        predio_seal: 1,
        journal,
        number: before.as_ref().map_or(0, |before| before.number) + 1,
        previous: previous.as_ref().map(Seal::hash_text),
        count: entries.len() as u64,
        total: before.as_ref().map_or(0, |before| before.total) + entries.len() as u64,
        first: first.id,
        last: last.id,
        root: root(&entries)?,
        at: store::now(&mut transaction).await?,
    };
    let seal = Seal::sign(&statement, key)?;
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    catch_up(&mut transaction, key.log()).await?;
    store::keep(&mut transaction, statement.number, &seal, &ids).await?;
    transaction.commit().await?;
    append(key.log(), &[seal])?;
    Ok(statement.count)
}

fn root(entries: &[Entry]) -> anyhow::Result<String> {
    let mut tree = Tree::default();
    for entry in entries {
        tree.push(&entry.line()?);
    }
    Ok(hex::encode(tree.root()))
}

/// Brings the file beside the key to the seals of the database: another process may have sealed, and one that was
/// killed after its commit wrote nothing. A database that has other seals than the file, or fewer, was cut, rewritten
/// or restored from an older backup; that is said loudly, and the file keeps both.
async fn catch_up(connection: &mut PgConnection, log: &Path) -> anyhow::Result<()> {
    append(log, &[])?;
    let mut next = 1;
    if let Some(last) = last_logged(log)? {
        let number = last.read()?.number;
        let here = store::seals(&mut *connection, number, 1).await?;
        if here.first().is_none_or(|seal| seal.statement != last.statement) {
            metrics::counter!("predio_seal_conflicts_total").increment(1);
            tracing::error!(
                seal = number,
                file = %log.display(),
                "the journal does not have the last seal that was made: it was cut, rewritten or restored"
            );
        }
        next = number + 1;
    }
    loop {
        let missing = store::seals(&mut *connection, next, 1_000).await?;
        if missing.is_empty() {
            return Ok(());
        }
        next += missing.len() as i64;
        append(log, &missing)?;
    }
}

/// The last seal of the file; a line that a crash cut off is passed over.
fn last_logged(log: &Path) -> anyhow::Result<Option<Seal>> {
    let mut file = File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail.split(|byte| *byte == b'\n').rev().find_map(|line| serde_json::from_slice(line).ok()))
}

/// Appends whole lines, after the torn line of a crash on a line of their own; without any it shows that the file can
/// be written.
fn append(log: &Path, seals: &[Seal]) -> anyhow::Result<()> {
    let new = !log.exists();
    let mut options = OpenOptions::new();
    options.create(true).read(true).append(true).mode(0o600);
    let mut file = options.open(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut text = Vec::new();
    if is_torn(&mut file)? {
        text.push(b'\n');
    }
    for seal in seals {
        serde_json::to_writer(&mut text, seal)?;
        text.push(b'\n');
    }
    file.write_all(&text)?;
    file.sync_data()?;
    if new {
        give_to_owner_of_folder(log)?;
    }
    Ok(())
}

fn is_torn(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
