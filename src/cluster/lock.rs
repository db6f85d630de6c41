//! One Predio per data folder: a lock that ends with its process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Who holds the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The subcommand: `up`, `serve`, or one that needs the cluster for its own time only.
    pub command: String,
    /// Where it serves, when it does.
    pub address: Option<String>,
}

impl Holder {
    /// This process, running `command`.
    pub fn this(command: &str, address: Option<String>) -> Self {
        Self { pid: std::process::id(), command: command.to_owned(), address }
    }

    /// True for one that serves until it is told to end.
    pub fn serves(&self) -> bool {
        self.address.is_some()
    }
}

/// The lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "holds the lock by being open")] File);

/// What came of asking for the lock.
#[derive(Debug)]
pub enum Asked {
    /// It is ours.
    Taken(Lock),
    /// Somebody has it.
    Held(Holder),
}

/// Asks for the lock without waiting.
pub fn ask(path: &Path, holder: &Holder) -> anyhow::Result<Asked> {
    let mut file = open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.write_all(&serde_json::to_vec(holder)?)?;
            Ok(Asked::Taken(Lock(file)))
        }
        Err(TryLockError::WouldBlock) => Ok(Asked::Held(read(&mut file)?)),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

/// Who holds the lock, if anybody does; takes nothing.
pub fn holder(path: &Path) -> anyhow::Result<Option<Holder>> {
    let Ok(mut file) = File::open(path) else { return Ok(None) };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(read(&mut file)?)),
        Err(TryLockError::Error(error)) => Err(error).context("cannot look at the data folder's lock"),
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Reads who it is; the holder writes its name just after it took the lock, so an empty file is read again.
fn read(file: &mut File) -> anyhow::Result<Holder> {
    for _ in 0..20 {
        let mut text = String::new();
        file.rewind()?;
        file.read_to_string(&mut text)?;
        if let Ok(holder) = serde_json::from_str(&text) {
            return Ok(holder);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    anyhow::bail!("the data folder is locked by a process that does not say who it is")
}
