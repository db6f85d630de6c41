//! One file: rows from the layer to the writer, and what became of it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;

use super::plan::Sheet;
use crate::layers::features::{Features, Source};
use crate::layers::formats::Format as Rows;
use crate::problem::{Error, Result};
use crate::refusal::Refusal;
use crate::spatial::digest;
use crate::spatial::wire::{self, Counter, End, Failure, Frame};
use crate::spatial::writer::{self, Plan, Writer, Written};

/// Longest run of one statement for a file that nobody waits for.
pub const PATIENCE: Duration = Duration::from_mins(30);

/// A file that is whole, and goes away with this.
pub struct File {
    /// Where it is, and how many rows it holds.
    pub written: Written,
    /// Bytes.
    pub length: u64,
    sha256: [u8; 32],
    /// Where the next page begins, when a limit was asked for.
    pub next: Option<String>,
}

impl File {
    /// The digest in the form of RFC 9530.
    pub fn digest(&self) -> String {
        format!("sha-256=:{}:", STANDARD.encode(self.sha256))
    }

    /// The digest as `sha256sum` writes it.
    pub fn hex(&self) -> String {
        hex::encode(self.sha256)
    }
}

/// Writes the file of `sheets`, and says in `rows` how many it has handed on.
///
/// # Errors
/// As [`Source::features`]; a bad request for what the format cannot hold.
pub async fn write(program: &Path, source: &Source, sheets: &[Sheet], rows: &AtomicU64) -> Result<File> {
    let plans: Vec<Plan> = sheets.iter().map(|sheet| sheet.plan.clone()).collect();
    let mut writer = writer::start(program, &plans).await.map_err(unopened)?;
    let mut next = None;
    for sheet in sheets {
        let answer = source.features_as(&sheet.layer, &sheet.request, Rows::Frames).await?;
        next = answer.next;
        if !feed(&mut writer, answer.features, rows).await? {
            break;
        }
    }
    let written = writer.finish().await?.map_err(unfit)?;
    let path = written.path.clone();
    let digested =
        tokio::task::spawn_blocking(move || digest::of_file(&path)).await.map_err(anyhow::Error::from)?;
    let (length, sha256) = digested.map_err(anyhow::Error::from)?;
    Ok(File { written, length, sha256, next })
}

/// Hands the rows on, and their end only when they came to it: a writer that is not told so writes no file. False when it
/// takes no more.
async fn feed(writer: &mut Writer, features: Features, rows: &AtomicU64) -> Result<bool> {
    let end = |returned| {
        let mut frame = Vec::new();
        // A vector takes every byte.
        let _ = wire::write(&mut frame, &Frame::End(End { read: returned }));
        frame
    };
    match features {
        Features::Whole { json: frames, returned } => {
            rows.fetch_add(returned, Ordering::Relaxed);
            Ok(writer.feed(&frames).await? && writer.feed(&end(returned)).await?)
        }
        Features::Streamed(stream) => {
            let mut chunks = stream.into_bytes(Vec::new(), end);
            let (mut counter, before) = (Counter::default(), rows.load(Ordering::Relaxed));
            while let Some(chunk) = chunks.next().await {
                let chunk = chunk.map_err(|_| Error::TooSlow)?;
                if !writer.feed(&chunk).await? {
                    return Ok(false);
                }
                counter.pass(&chunk);
                rows.store(before + counter.records, Ordering::Relaxed);
            }
            Ok(true)
        }
    }
}

/// Without walls no file is written, and the log says why.
fn unopened(error: anyhow::Error) -> Error {
    if error.is::<Refusal>() {
        tracing::error!(%error, "no file is written");
        return Error::Overloaded;
    }
    Error::Internal(error)
}

fn unfit(failure: Failure) -> Error {
    if failure.code == "unfit" {
        return Error::bad("f", failure.en);
    }
    Error::Internal(anyhow::anyhow!(failure.en))
}
