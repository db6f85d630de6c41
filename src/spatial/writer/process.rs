//! The child process that writes a file, seen from both sides.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::model::Plan;
use crate::spatial::private_folder::PrivateFolder;
use crate::spatial::vector_file::restrict_gdal;
use crate::spatial::wire::{self, End, Failure, Frame};
use crate::spatial::{reader, sandbox};

/// Largest file that is written, its temporary parts each for themselves.
const FILE_BYTES: u64 = 8 << 30;
/// Longest time that the child may leave rows waiting.
const STUCK: Duration = Duration::from_mins(1);
/// Longest time for what follows the last row: indexes, an archive.
const FINISHING: Duration = Duration::from_mins(5);

/// The hidden subcommand `write-vector`: what the child is told; the rest comes with the rows.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Folder to write to.
    pub folder: PathBuf,
}

/// The child's whole life: limits itself, writes the rows of its standard input, says how it went.
pub fn run_child(args: &Args) -> anyhow::Result<()> {
    reader::limit_self(FILE_BYTES)?;
    restrict_gdal();
    gdal::config::set_config_option("CPL_TMPDIR", &args.folder.to_string_lossy())?;
    let input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let last = match super::write(input, &args.folder) {
        Ok(read) => Frame::End(End { read }),
        Err(failure) => Frame::Failure(failure),
    };
    let mut out = std::io::stdout().lock();
    wire::write(&mut out, &last)?;
    out.flush()?;
    Ok(())
}

/// A running child. One that is dropped is ended, and its folder goes away.
pub struct Writer {
    child: Child,
    rows: ChildStdin,
    told: ChildStdout,
    path: PathBuf,
    /// Removed after the child, which is dropped before it.
    folder: PrivateFolder,
    _program: Option<PrivateFolder>,
}

/// A file that is whole; it goes away with this.
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// How many rows it holds.
    pub rows: u64,
    _folder: PrivateFolder,
}

/// Starts the child, from a task of the runtime (see [`sandbox::prepare`]), and hands it the plans, one for each
/// layer and all of one format.
///
/// # Errors
/// [`crate::refusal::Refusal`] where no sandbox can be had and the operator has not accepted that.
pub async fn start(program: &Path, plans: &[Plan]) -> anyhow::Result<Writer> {
    let format = plans.first().context("a file of no layer")?.format;
    let folder = PrivateFolder::create()?;
    let mut prepared = sandbox::prepare_writer(program, &folder)?;
    let mut child = prepared
        .command
        .arg("write-vector")
        .arg("--")
        .arg(&prepared.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting the writer of vector files")?;
    let rows = child.stdin.take().context("the writer has no input")?;
    let told = child.stdout.take().context("the writer has no output")?;
    let path = folder.path().join(format.file_name());
    let mut writer = Writer { child, rows, told, path, folder, _program: prepared.program };
    writer.feed(&wire::frame(b'P', &serde_json::to_vec(plans)?)?).await?;
    Ok(writer)
}

impl Writer {
    /// Hands on bytes of frames. False when the child takes no more: [`Writer::finish`] then says why.
    ///
    /// # Errors
    /// When the child is stuck.
    pub async fn feed(&mut self, frames: &[u8]) -> anyhow::Result<bool> {
        let fed = tokio::time::timeout(STUCK, self.rows.write_all(frames)).await;
        Ok(fed.context("the writer of a file takes no rows")?.is_ok())
    }

    /// Waits for the file.
    ///
    /// # Errors
    /// When the child died or took too long; the inner one is what it says itself.
    pub async fn finish(self) -> anyhow::Result<Result<Written, Failure>> {
        let Self { mut child, rows, mut told, path, folder, _program } = self;
        drop(rows);
        let last = tokio::time::timeout(FINISHING, last_frame(&mut told)).await;
        let last = last.context("the writer of a file takes too long")??;
        child.wait().await?;
        Ok(match last {
            Frame::End(End { read }) => Ok(Written { path, rows: read, _folder: folder }),
            Frame::Failure(failure) => Err(failure),
            other => bail!("the writer of a file said {other:?}"),
        })
    }
}

async fn last_frame(told: &mut ChildStdout) -> anyhow::Result<Frame> {
    let mut said = Vec::new();
    // One small frame; a child that goes on is not believed.
    told.take(1 << 20).read_to_end(&mut said).await?;
    ensure!(!said.is_empty(), "the writer of a file died");
    let (kind, payload) = wire::read(&mut &said[..])?;
    wire::parse(kind, &payload)
}
