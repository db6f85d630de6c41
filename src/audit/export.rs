//! The journal as a file: one line each for the head, every entry, every seal after its entries, and the end.

use std::io::Write;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::key::PublicKey;
use super::store;

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// Form of the file.
    pub predio_journal: u32,
    /// The journal's id.
    pub journal: String,
    /// When it was written, in UTC.
    pub exported_at: String,
    /// The key of the newest seal, for the reader's convenience; it proves nothing.
    pub key: Option<PublicKey>,
}

/// The last line: a file without it was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Entries in the file.
    pub entries: u64,
    /// Seals in the file.
    pub seals: u64,
}

/// The last line's frame.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EndLine {
    /// What it counts.
    pub end: End,
}

/// Writes the whole journal as one snapshot. Memory does not grow with its length.
///
/// # Errors
/// When the database or the writer fails.
pub async fn export(connection: &mut PgConnection, mut out: impl Write + Send) -> anyhow::Result<End> {
    store::begin_snapshot(connection).await?;
    let head = Head {
        predio_journal: 1,
        journal: store::journal(connection).await?,
        exported_at: store::now(connection).await?,
        key: store::last_seal(connection).await?.map(|seal| seal.key),
    };
    write(&mut out, &head)?;
    let mut end = End { entries: 0, seals: 0 };
    for number in store::seal_numbers(connection).await? {
        let mut entries = store::sealed_entries(connection, number);
        while let Some(entry) = entries.try_next().await? {
            write(&mut out, &entry)?;
            end.entries += 1;
        }
        drop(entries);
        for seal in store::seals(connection, number, 1).await? {
            write(&mut out, &seal)?;
            end.seals += 1;
        }
    }
    let mut entries = store::entries_without_seal(connection);
    while let Some(entry) = entries.try_next().await? {
        write(&mut out, &entry)?;
        end.entries += 1;
    }
    drop(entries);
    write(&mut out, &EndLine { end })?;
    out.flush()?;
    store::end_snapshot(connection).await?;
    Ok(end)
}

fn write(out: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    Ok(())
}
