//! The child process that opens a stranger's file, seen from both sides.
//!
//! The parent starts itself again behind the walls of [`super::sandbox`] and reads frames; the child limits itself, opens
//! the file, streams and ends. Nothing of the file reaches the parent but frames.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::resource::{Resource, setrlimit};
use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout};

pub use super::files::{Drawing, Wanted};
use super::private_folder::PrivateFolder;
use super::sandbox::{self, SCRATCH_BYTES};
use super::upload::Upload;
use super::wire::{self, Failure, Frame};

/// Longest silence of the child before it is ended: a driver may look through a large file before its first feature.
const SILENCE: Duration = Duration::from_mins(5);
/// After its last frame the child has nothing to do but to end.
const FAREWELL: Duration = Duration::from_secs(2);
/// A buffer larger than this is given back after its frame.
const USUAL_FRAME: usize = 1 << 20;
const MEMORY: u64 = 2 << 30;
const CPU_SECONDS: u64 = 1_800;
const OPEN_FILES: u64 = 64;
/// None but its own: the reader starts nothing and needs no thread.
const PROCESSES: u64 = 0;

/// The hidden subcommand `read-vector`: what the child is told.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// File to read.
    pub file: PathBuf,
    /// Only tell what layers it has: a header for each.
    #[arg(long)]
    pub list: bool,
    #[command(flatten)]
    pub wanted: Wanted,
}

/// The child's whole life: limits itself, reads the file, writes frames to standard output.
pub fn run_child(args: &Args) -> anyhow::Result<()> {
    limit_self(SCRATCH_BYTES)?;
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut send = |frame| wire::write(&mut out, &frame);
    let result = if args.list {
        super::files::list(&args.file, &mut send)
    } else {
        super::files::read(&args.file, &args.wanted, &mut send)
    };
    if let Err(failure) = result {
        wire::write(&mut out, &Frame::Failure(failure))?;
    }
    out.flush()?;
    Ok(())
}

/// What a child may take in all, of which a file of `file_bytes` is one.
pub(super) fn limit_self(file_bytes: u64) -> anyhow::Result<()> {
    for (resource, limit) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, CPU_SECONDS),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_FSIZE, file_bytes),
        (Resource::RLIMIT_NPROC, PROCESSES),
        (Resource::RLIMIT_CORE, 0),
    ] {
        setrlimit(resource, limit, limit).with_context(|| format!("limiting {resource:?}"))?;
    }
    Ok(())
}

/// A running child and its stream of frames.
pub struct Reader {
    child: Child,
    out: BufReader<ChildStdout>,
    payload: Vec<u8>,
    ended: bool,
    /// Removed after the child, which is dropped before it.
    _folder: Option<PrivateFolder>,
}

/// The program of the child: this program itself, also where its file was replaced meanwhile.
pub fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}

/// Starts the child on a file, from a task of the runtime (see [`sandbox::prepare`]).
///
/// # Errors
/// [`crate::refusal::Refusal`] where no sandbox can be had and the operator has not accepted that.
pub fn start(program: &Path, file: &Path, layer: Option<&str>) -> anyhow::Result<Reader> {
    start_with(program, file, &Wanted { layer: layer.map(str::to_owned), ..Wanted::default() })
}

/// As [`start`], with what makes lots of a drawing.
///
/// # Errors
/// As [`start`].
pub fn start_with(program: &Path, file: &Path, wanted: &Wanted) -> anyhow::Result<Reader> {
    start_child(program, file, &wanted.arguments())
}

/// Starts the child to tell what layers a file has: a header for each, then the end.
///
/// # Errors
/// As [`start`].
pub fn start_listing(program: &Path, file: &Path) -> anyhow::Result<Reader> {
    start_child(program, file, &["--list".to_owned()])
}

fn start_child(program: &Path, file: &Path, arguments: &[String]) -> anyhow::Result<Reader> {
    let upload = Upload::at(file)?;
    let mut prepared = sandbox::prepare(program, &upload)?;
    let mut child = prepared
        .command
        .arg("read-vector")
        .args(arguments)
        .arg("--")
        .arg(&prepared.file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("starting the reader of vector files")?;
    let out = child.stdout.take().context("the reader has no output")?;
    let out = BufReader::with_capacity(1 << 16, out);
    Ok(Reader { child, out, payload: Vec::new(), ended: false, _folder: prepared.folder })
}

impl Reader {
    /// The next frame; `None` after the stream's proper end. A child that dies or falls silent ends it with a `Failure`.
    ///
    /// # Errors
    /// Where what the child sends is no stream of ours.
    pub async fn next(&mut self) -> anyhow::Result<Option<Frame>> {
        if self.ended {
            return Ok(None);
        }
        let frame = match tokio::time::timeout(SILENCE, self.read()).await {
            Ok(frame) => frame?,
            Err(_) => self.given_up().await?,
        };
        self.ended = matches!(frame, Frame::End(_) | Frame::Failure(_));
        if self.ended && tokio::time::timeout(FAREWELL, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(Some(frame))
    }

    async fn read(&mut self) -> anyhow::Result<Frame> {
        let mut head = [0; 5];
        if self.out.read_exact(&mut head).await.is_err() {
            return self.died().await;
        }
        let [kind, length @ ..] = head;
        let length = u32::from_le_bytes(length) as usize;
        ensure!(length <= wire::longest(kind), "the reader of the file sent {length} bytes in one piece");
        self.payload.resize(length, 0);
        if self.out.read_exact(&mut self.payload).await.is_err() {
            return self.died().await;
        }
        let frame = wire::parse(kind, &self.payload);
        // One large feature must not be paid for until the end.
        if self.payload.capacity() > USUAL_FRAME {
            self.payload = Vec::new();
        }
        frame
    }

    async fn died(&mut self) -> anyhow::Result<Frame> {
        let status = self.child.wait().await?;
        tracing::warn!(%status, "the reader of a file ended early");
        Ok(Frame::Failure(Failure::new(
            "broken",
            "el archivo está dañado, o pide más memoria o tiempo de lo que se le da",
            "the file is damaged, or asks for more memory or time than it is given",
        )))
    }

    async fn given_up(&mut self) -> anyhow::Result<Frame> {
        self.child.kill().await?;
        let minutes = SILENCE.as_secs() / 60;
        Ok(Frame::Failure(Failure::new(
            "broken",
            format!("el archivo se leyó {minutes} minutos sin dar un elemento"),
            format!("the file was read for {minutes} minutes without giving a feature"),
        )))
    }
}
