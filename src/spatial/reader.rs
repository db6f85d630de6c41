//! The child process that opens a stranger's file, seen from both sides.
//!
//! The parent starts itself again with an empty environment and reads frames; the child limits itself, opens the
//! file, streams and ends. Nothing of the file reaches the parent but frames.

use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use nix::sys::resource::{Resource, setrlimit};
use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::wire::{self, Frame, MAX_FRAME};

/// Longest silence of the child before it is ended: a driver may look through a large file before its first feature.
const SILENCE: Duration = Duration::from_mins(5);
const MEMORY: u64 = 4 << 30;
const CPU_SECONDS: u64 = 1_800;
const OPEN_FILES: u64 = 64;
const LARGEST_WRITTEN_FILE: u64 = 8 << 30;

/// The hidden subcommand `read-vector`: what the child is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// File to read.
    pub file: PathBuf,
    /// Layer to read, where the file has several.
    #[arg(long)]
    pub layer: Option<String>,
}

/// The child's whole life: limits itself, reads the file, writes frames to standard output.
pub fn run_child(args: &Args) -> anyhow::Result<()> {
    for (resource, limit) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, CPU_SECONDS),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_FSIZE, LARGEST_WRITTEN_FILE),
        (Resource::RLIMIT_CORE, 0),
    ] {
        setrlimit(resource, limit, limit).with_context(|| format!("limiting {resource:?}"))?;
    }
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let result = super::vector_file::read(&args.file, args.layer.as_deref(), &mut |frame| {
        wire::write(&mut out, &frame)
    });
    if let Err(failure) = result {
        wire::write(&mut out, &Frame::Failure(failure))?;
    }
    out.flush()?;
    Ok(())
}

/// A running child and its stream of frames.
pub struct Reader {
    child: Child,
    out: BufReader<ChildStdout>,
    payload: Vec<u8>,
    ended: bool,
}

/// The program of the child: this program itself, also where its file was replaced meanwhile.
pub fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// Starts the child on a file.
pub fn start(program: &Path, file: &Path, layer: Option<&str>) -> anyhow::Result<Reader> {
    let file = std::path::absolute(file).context("the file's path")?;
    let mut arguments = vec![OsString::from("read-vector")];
    if let Some(layer) = layer {
        arguments.push(format!("--layer={layer}").into());
    }
    arguments.extend(["--".into(), file.into_os_string()]);
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs([("PROJ_NETWORK", "OFF"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting the reader of vector files")?;
    let out = child.stdout.take().context("the reader has no output")?;
    Ok(Reader { child, out: BufReader::with_capacity(1 << 16, out), payload: Vec::new(), ended: false })
}

impl Reader {
    /// The next frame; `None` after the stream's proper end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Frame>> {
        if self.ended {
            return Ok(None);
        }
        let frame = tokio::time::timeout(SILENCE, self.read())
            .await
            .context("the reader of the file fell silent")??;
        self.ended = matches!(frame, Frame::End(_) | Frame::Failure(_));
        Ok(Some(frame))
    }

    async fn read(&mut self) -> anyhow::Result<Frame> {
        let mut head = [0; 5];
        if self.out.read_exact(&mut head).await.is_err() {
            let status = self.child.wait().await?;
            bail!(
                "the reader of the file ended early ({status}): the file asks for more than the limits, or breaks GDAL"
            );
        }
        let [kind, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        ensure!(length <= MAX_FRAME, "the reader of the file sent {length} bytes in one piece");
        self.payload.resize(length, 0);
        self.out.read_exact(&mut self.payload).await.context("the reader of the file ended early")?;
        wire::parse(kind, &self.payload)
    }
}
