//! The server process: start it, recognise it, end it.
//!
//! Invariants: a process counts as ours only when its working folder is our `postgres` folder, never by its number
//! alone, which the system may have given to another; `postmaster.pid` is removed only when no such process is left.

use std::fs::{self, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::find::Binaries;
use super::folder::{Layout, State};

/// Longest crash recovery that is waited for.
const LONGEST_START: Duration = Duration::from_mins(10);
/// Longest fast shutdown before the immediate one.
const LONGEST_STOP: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(10);

/// A running server of ours.
#[derive(Debug)]
pub struct Postmaster {
    pid: i32,
    pgdata: PathBuf,
    /// The process when this Predio started it: only its parent can see its end at once.
    child: Option<Child>,
}

/// What `postmaster.pid` says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pidfile {
    pid: i32,
    port: u16,
    socket: PathBuf,
    status: String,
}

impl Postmaster {
    /// The server that already runs in `pgdata`, with the port and socket folder it was started with.
    pub fn running(pgdata: &Path) -> Option<(Self, u16, PathBuf)> {
        let file = pidfile(pgdata)?;
        let alive = works_in(file.pid, pgdata);
        alive
            .then(|| (Self { pid: file.pid, pgdata: pgdata.to_owned(), child: None }, file.port, file.socket))
    }

    /// Starts the server and waits until it answers. `owner` is who it runs as when this process is root.
    pub fn start(
        binaries: &Binaries,
        layout: &Layout,
        state: &State,
        owner: Option<(u32, u32)>,
    ) -> anyhow::Result<Self> {
        let pgdata = layout.pgdata();
        clear_leftovers(&pgdata, state)?;
        let mut command = command(&binaries.program("postgres"), owner);
        let output = layout.log().join("start.log");
        let log = OpenOptions::new().create(true).write(true).truncate(true).open(&output)?;
        let child = command
            .arg("-D")
            .arg(&pgdata)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot run {}", binaries.program("postgres").display()))?;
        let pid = i32::try_from(child.id()).context("process number out of range")?;
        let mut postmaster = Self { pid, pgdata, child: Some(child) };
        postmaster.wait_until_ready().with_context(|| last_lines(&output))?;
        Ok(postmaster)
    }

    /// Waits until the server says that it accepts connections.
    pub fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_START {
            if !self.is_alive() {
                bail!("PostgreSQL ended while it started; see also the newest file in the folder `log`");
            }
            let file = pidfile(&self.pgdata).filter(|file| file.pid == self.pid);
            match file.as_ref().map(|file| file.status.as_str()) {
                Some("ready") => return Ok(()),
                Some("stopping") => bail!("PostgreSQL is stopping"),
                _ => std::thread::sleep(POLL),
            }
        }
        bail!("PostgreSQL still recovers after {} s", LONGEST_START.as_secs())
    }

    /// True when it was told to stop, by whomever.
    pub fn is_stopping(&self) -> bool {
        pidfile(&self.pgdata).is_some_and(|file| file.pid == self.pid && file.status == "stopping")
    }

    /// True while the process lives.
    pub fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => works_in(self.pid, &self.pgdata),
        }
    }

    /// Number of the process.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Ends it cleanly: open transactions are rolled back, everything is written, the next start needs no recovery.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        if self.is_alive() {
            signal(self.pid, Signal::SIGINT);
        }
        if self.wait_for_end(LONGEST_STOP) {
            return Ok(());
        }
        tracing::warn!("PostgreSQL does not stop; ending it at once, the next start recovers");
        signal(self.pid, Signal::SIGQUIT);
        if self.wait_for_end(LONGEST_STOP) {
            return Ok(());
        }
        bail!("PostgreSQL (process {}) does not end", self.pid)
    }

    /// Waits until the process is gone; false when it takes longer than `longest`.
    pub fn wait_for_end(&mut self, longest: Duration) -> bool {
        let begun = Instant::now();
        while self.is_alive() {
            if begun.elapsed() > longest {
                return false;
            }
            std::thread::sleep(POLL);
        }
        true
    }
}

/// A server program with a clean environment, as `owner` when this process is root, and in a process group of its
/// own: Ctrl-C at the terminal must reach Predio only, which drains before it stops the server.
pub fn command(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .stdin(Stdio::null())
        .process_group(0);
    if let (true, Some((uid, gid))) = (nix::unistd::geteuid().is_root(), owner) {
        command.uid(uid).gid(gid);
    }
    command
}

/// Ends what a killed server left behind, and removes its `postmaster.pid`.
fn clear_leftovers(pgdata: &Path, state: &State) -> anyhow::Result<()> {
    // Backends of a killed server end by themselves, unless they are busy in a long computation.
    for (signal_to_send, patience) in [(None, 2), (Some(Signal::SIGQUIT), 5), (Some(Signal::SIGKILL), 5)] {
        for pid in all_in(pgdata) {
            if let Some(which) = signal_to_send {
                tracing::warn!(pid, "ending a process that a killed PostgreSQL left behind");
                signal(pid, which);
            }
        }
        let begun = Instant::now();
        while !all_in(pgdata).is_empty() && begun.elapsed() < Duration::from_secs(patience) {
            std::thread::sleep(POLL);
        }
    }
    if let Some(pid) = all_in(pgdata).first() {
        bail!("process {pid} works in {} and does not end", pgdata.display());
    }
    // Its number may by now belong to another process of the same user, and the server would refuse to start.
    let _ = fs::remove_file(pgdata.join("postmaster.pid"));
    let _ = fs::remove_file(state.socket.join(format!(".s.PGSQL.{}.lock", state.port)));
    Ok(())
}

fn pidfile(pgdata: &Path) -> Option<Pidfile> {
    let text = fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
    parse_pidfile(&text)
}

/// Lines: process, data folder, start time, port, socket folder, listen address, shared memory, status.
fn parse_pidfile(text: &str) -> Option<Pidfile> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some(Pidfile {
        pid: lines.first()?.parse().ok()?,
        port: lines.get(3).and_then(|line| line.parse().ok()).unwrap_or(0),
        socket: PathBuf::from(lines.get(4).copied().unwrap_or("")),
        status: lines.get(7).copied().unwrap_or("starting").to_owned(),
    })
}

/// True when `pid` is a living process whose working folder is `pgdata`.
fn works_in(pid: i32, pgdata: &Path) -> bool {
    // A zombie has no working folder any more, so one that nobody reaps does not count as living.
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == pgdata)
}

/// Every process that works in `pgdata`: the server and its backends.
fn all_in(pgdata: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| works_in(*pid, pgdata) && runs_postgres(*pid))
        .collect()
}

/// Somebody's shell may stand in our folder; it is none of our processes.
fn runs_postgres(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim().starts_with("postgres"))
}

fn signal(pid: i32, which: Signal) {
    if let Err(error) = kill(Pid::from_raw(pid), which) {
        tracing::debug!(pid, %error, "the process was gone before the signal");
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    format!("PostgreSQL did not start:\n{}", lines[lines.len().saturating_sub(8)..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pidfile_is_read_from_its_first_moment_on() {
        let whole =
            "4711\n/d/postgres\n1764000000\n23456\n/d/socket\n127.0.0.1\n  5432001    131072\nready   \n";
        let file = parse_pidfile(whole).unwrap();
        assert_eq!((file.pid, file.port, file.status.as_str()), (4711, 23456, "ready"));
        assert_eq!(parse_pidfile("4711\n/d/postgres\n").unwrap().status, "starting");
        assert_eq!(parse_pidfile(""), None);
    }

    #[test]
    fn a_process_elsewhere_is_not_ours() {
        let me = i32::try_from(std::process::id()).unwrap();
        assert!(works_in(me, &std::env::current_dir().unwrap()));
        assert!(!works_in(me, Path::new("/nowhere")));
        assert!(all_in(&std::env::current_dir().unwrap()).is_empty());
    }
}
