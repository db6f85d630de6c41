//! The walls around the process that opens a stranger's file, or writes one that goes out.
//!
//! Invariants: behind them there is no network, no process but the reader's own, no folder but the libraries (read-only)
//! and a small `/tmp` that vanishes with the process, and of the machine's other files only the upload itself. Where the
//! walls cannot be built nothing is opened, unless the operator has said otherwise.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use anyhow::Context;

use super::private_folder::PrivateFolder;
use super::upload::Upload;
use crate::config::UnsandboxedFiles;
use crate::refusal::Refusal;

/// What the reader may write in all: unpacked archives and re-encoded text.
pub const SCRATCH_BYTES: u64 = 1 << 30;
/// The program behind the walls.
const PROGRAM: &str = "/predio";
/// The folder that a written file lies in, behind the walls.
const WRITTEN: &str = "/out";
/// The folder of the upload behind the walls.
const UPLOADS: &str = "/in";
const OWN_PROGRAM: &str = "/proc/self/exe";
/// Read-only, where the machine has them: libraries, GDAL's and PROJ's data, links between libraries.
const LIBRARIES: [&str; 7] =
    ["/usr", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives", "/etc/ld.so.cache"];
const ENVIRONMENT: [(&str, &str); 3] =
    [("PROJ_NETWORK", "OFF"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")];

static POLICY: OnceLock<UnsandboxedFiles> = OnceLock::new();
static STANDING: OnceLock<Result<(), String>> = OnceLock::new();

/// Says once, at the start of the process, what happens to files where the walls cannot be built.
pub fn settle(policy: UnsandboxedFiles) {
    // A second word does not count: what was refused before must not be accepted after.
    let _ = POLICY.set(policy);
}

/// Whether the walls can be built on this machine, else why not. Tried once.
///
/// # Errors
/// What `bwrap` said, or that there is none.
pub fn standing() -> Result<(), &'static str> {
    STANDING.get_or_init(|| probe(Path::new("bwrap"))).as_ref().copied().map_err(String::as_str)
}

/// Whether files are opened although the walls cannot be built.
pub fn accepts_without() -> bool {
    POLICY.get() == Some(&UnsandboxedFiles::Accept)
}

/// Builds the walls around nothing.
fn probe(bwrap: &Path) -> Result<(), String> {
    let output = std::process::Command::new(bwrap)
        .args(walls())
        .args(["--remount-ro", "/", "/usr/bin/env", "true"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}; install the package bubblewrap", bwrap.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("bwrap cannot build its walls here: {}", said.trim().chars().take(300).collect::<String>()))
}

/// How the writer is started, and what has to be kept until it has ended.
pub struct PreparedWriter {
    /// To be completed with the arguments of the program, then spawned; its standard input is free.
    pub command: tokio::process::Command,
    /// Where the program finds the folder that it writes to.
    pub folder: PathBuf,
    /// Goes away when the writer has ended.
    pub program: Option<PrivateFolder>,
}

/// How the reader is started on one upload, and what has to be kept until it has ended.
pub struct Prepared {
    /// To be completed with the arguments of the program, then spawned.
    pub command: tokio::process::Command,
    /// Where the program finds the upload.
    pub file: PathBuf,
    /// Goes away when the reader has ended.
    pub folder: Option<PrivateFolder>,
}

/// Prepares `program` to be run on `upload`, behind the walls.
///
/// The walls fall with the thread that spawned the command, so it must be one that stays: a task of the runtime, not
/// `spawn_blocking`.
///
/// # Errors
/// [`Refusal`] where there are no walls and the operator has not accepted that.
pub fn prepare(program: &Path, upload: &Upload) -> anyhow::Result<Prepared> {
    if are_built(("abren", "opened"))? {
        return walled(program, upload);
    }
    let folder = PrivateFolder::create()?;
    let mut command = unwalled(program, &folder);
    command.stdin(Stdio::null());
    Ok(Prepared { command, file: upload.file().to_owned(), folder: Some(folder) })
}

/// Whether there are walls; without them, whether the operator has accepted that, or why nothing is done. What would be done
/// with files is told in Spanish and in English.
fn are_built((es, en): (&str, &str)) -> anyhow::Result<bool> {
    match standing() {
        Ok(()) => Ok(true),
        Err(why) if accepts_without() => {
            tracing::warn!(why, "a file is {en} without walls, as PREDIO_UNSANDBOXED_FILES says");
            Ok(false)
        }
        Err(why) => Err(Refusal::because(format!(
            "No se {es} archivos en esta máquina: falta el aislamiento ({why}). Vea docs/operations.md.\n\
             No files are {en} on this machine: the sandbox is missing ({why}). See docs/operations.md."
        ))),
    }
}

fn walled(program: &Path, upload: &Upload) -> anyhow::Result<Prepared> {
    let (upload, folder) = within_reach(upload)?;
    let mut command = tokio::process::Command::new("bwrap");
    command.args(walls());
    for part in upload.parts() {
        command.arg("--ro-bind").arg(part).arg(inside(part));
    }
    match program_file(program)? {
        Program::At(path) => command.arg("--ro-bind").arg(path).arg(PROGRAM).stdin(Stdio::null()),
        // Handed over as standard input, which bwrap reads and closes: the program then opens `/dev/null` in its place, and
        // ends at once where there is none.
        Program::Open(file) => command
            .args(["--perms", "0555", "--ro-bind-data", "0", PROGRAM])
            .args(["--dev-bind", "/dev/null", "/dev/null"])
            .stdin(file),
    };
    command.args(["--remount-ro", "/", "--chdir", "/tmp", "--", PROGRAM]);
    Ok(Prepared { command, file: inside(upload.file()), folder })
}

fn unwalled(program: &Path, folder: &PrivateFolder) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program);
    command.env_clear().envs(ENVIRONMENT).env("TMPDIR", folder.path());
    command
}

/// Prepares `program` to write into `folder` and nowhere else, behind the walls.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_writer(program: &Path, folder: &PrivateFolder) -> anyhow::Result<PreparedWriter> {
    if are_built(("escriben", "written"))? {
        return walled_writer(program, folder);
    }
    let command = unwalled(program, folder);
    Ok(PreparedWriter { command, folder: folder.path().to_owned(), program: None })
}

fn walled_writer(program: &Path, folder: &PrivateFolder) -> anyhow::Result<PreparedWriter> {
    let (path, copy) = match program_file(program)? {
        Program::At(path) => (path, None),
        // Standard input is taken by the rows, so the running program is copied rather than handed over open.
        Program::Open(_) => {
            let copy = PrivateFolder::create()?;
            let path = copy.path().join("predio");
            std::fs::copy(OWN_PROGRAM, &path).context("copying this program")?;
            (path, Some(copy))
        }
    };
    let mut command = tokio::process::Command::new("bwrap");
    command.args(walls()).arg("--ro-bind").arg(path).arg(PROGRAM);
    command.arg("--bind").arg(folder.path()).arg(WRITTEN);
    command.args(["--remount-ro", "/", "--chdir", "/tmp", "--", PROGRAM]);
    Ok(PreparedWriter { command, folder: PathBuf::from(WRITTEN), program: copy })
}

/// Everything of the command line but the upload and the program.
fn walls() -> Vec<OsString> {
    let mut words: Vec<OsString> = [
        "--unshare-all",
        // `--unshare-all` alone goes on without it where it cannot be had.
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--clearenv",
        "--cap-drop",
        "ALL",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--hostname",
        "reader",
        "--size",
    ]
    .map(OsString::from)
    .to_vec();
    words.extend([SCRATCH_BYTES.to_string().into(), "--tmpfs".into(), "/tmp".into()]);
    for (name, value) in ENVIRONMENT {
        words.extend(["--setenv".into(), name.into(), value.into()]);
    }
    for place in LIBRARIES.map(Path::new) {
        match std::fs::read_link(place) {
            Ok(target) => words.extend(["--symlink".into(), target.into(), place.into()]),
            Err(_) if place.exists() => words.extend(["--ro-bind".into(), place.into(), place.into()]),
            Err(_) => {}
        }
    }
    words
}

fn inside(part: &Path) -> PathBuf {
    Path::new(UPLOADS).join(part.file_name().unwrap_or_default())
}

enum Program {
    At(PathBuf),
    Open(File),
}

/// The program by its path; this program itself as an open file where its path holds another one meanwhile, as after an
/// update: parent and child must be of one version.
fn program_file(program: &Path) -> anyhow::Result<Program> {
    if program != Path::new(OWN_PROGRAM) {
        return Ok(Program::At(program.to_owned()));
    }
    let running = std::fs::metadata(OWN_PROGRAM).context("this program's own file")?;
    let path = std::fs::read_link(OWN_PROGRAM)?;
    let same = std::fs::metadata(&path)
        .is_ok_and(|there| (there.dev(), there.ino()) == (running.dev(), running.ino()));
    if same { Ok(Program::At(path)) } else { Ok(Program::Open(File::open(OWN_PROGRAM)?)) }
}

/// Root loses behind the walls what lets it read everybody's files: what lies in a private folder of somebody else is
/// copied for it.
fn within_reach(upload: &Upload) -> anyhow::Result<(Upload, Option<PrivateFolder>)> {
    let is_root = nix::unistd::geteuid().is_root();
    if !is_root || upload.parts().iter().all(|part| lies_open(part)) {
        return Ok((upload.clone(), None));
    }
    let folder = PrivateFolder::create()?;
    Ok((upload.copy_to(folder.path())?, Some(folder)))
}

fn lies_open(path: &Path) -> bool {
    path.ancestors().all(|place| {
        let needed = if place == path { 0o004 } else { 0o001 };
        std::fs::metadata(place).is_ok_and(|found| found.uid() == 0 || found.mode() & needed != 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_bwrap_is_said() {
        let why = probe(Path::new("/nowhere/bwrap")).unwrap_err();
        assert!(why.contains("/nowhere/bwrap") && why.contains("bubblewrap"), "{why}");
    }

    #[test]
    fn a_bwrap_that_fails_says_why() {
        let why = probe(Path::new("/bin/false")).unwrap_err();
        assert!(why.starts_with("bwrap cannot build its walls here"), "{why}");
    }

    #[test]
    fn this_machine_has_walls() {
        assert_eq!(standing(), Ok(()));
    }

    #[test]
    fn a_private_folder_of_somebody_else_is_out_of_reach_for_root() {
        assert!(lies_open(Path::new("/usr/bin/env")));
        let folder = tempfile::tempdir().unwrap();
        let own = nix::unistd::geteuid().is_root();
        assert_eq!(lies_open(folder.path()), own, "the folder is private");
    }
}
