//! One file: rows from the layer to the writer, and what became of it.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;

use crate::layers::Layer;
use crate::layers::features::{Features, Source};
use crate::layers::formats::Format as Rows;
use crate::layers::request::Request;
use crate::problem::{Error, Result};
use crate::refusal::Refusal;
use crate::spatial::digest;
use crate::spatial::wire::{self, End, Failure, Frame};
use crate::spatial::writer::{self, Plan, Writer, Written};

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

/// Writes the file of `request`.
///
/// # Errors
/// As [`Source::features`]; a bad request for what the format cannot hold.
pub async fn write(
    program: &Path,
    source: &Source,
    layer: &Arc<Layer>,
    request: &Request,
    plan: &Plan,
) -> Result<File> {
    let answer = source.features_as(layer, request, Rows::Frames).await?;
    let mut writer = writer::start(program, plan).await.map_err(unopened)?;
    feed(&mut writer, answer.features).await?;
    let written = writer.finish().await?.map_err(unfit)?;
    let path = written.path.clone();
    let digested =
        tokio::task::spawn_blocking(move || digest::of_file(&path)).await.map_err(anyhow::Error::from)?;
    let (length, sha256) = digested.map_err(anyhow::Error::from)?;
    Ok(File { written, length, sha256, next: answer.next })
}

/// Hands the rows on, and their end only when they came to it: a writer that is not told so writes no file.
async fn feed(writer: &mut Writer, features: Features) -> Result<()> {
    let end = |returned| {
        let mut frame = Vec::new();
        // A vector takes every byte.
        let _ = wire::write(&mut frame, &Frame::End(End { read: returned }));
        frame
    };
    match features {
        Features::Whole { json: frames, returned } => {
            writer.feed(&frames).await?;
            writer.feed(&end(returned)).await?;
        }
        Features::Streamed(stream) => {
            let mut chunks = stream.into_bytes(Vec::new(), end);
            while let Some(chunk) = chunks.next().await {
                if !writer.feed(&chunk.map_err(|_| Error::TooSlow)?).await? {
                    break;
                }
            }
        }
    }
    Ok(())
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
