//! How far the work on an export is, told in the database while it goes on.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use uuid::Uuid;

use crate::database::Database;
use crate::exports::store::job::{self, Step};

/// Pause between two tellings. Well below the half minute after which a worker counts as dead.
const PAUSE: Duration = Duration::from_millis(500);
/// Their names in the database.
const PHASES: [&str; 4] = ["waiting", "counting", "writing", "keeping"];
/// Nothing was counted.
const UNKNOWN: u64 = u64::MAX;

/// What the work is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Counting = 1,
    Writing,
    Keeping,
}

/// Set by the work, read beside it.
#[derive(Debug)]
pub struct Progress {
    phase: AtomicUsize,
    /// Rows that were handed to the writer.
    pub rows: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
}

impl Default for Progress {
    fn default() -> Self {
        let unknown = || AtomicU64::new(UNKNOWN);
        Self { phase: AtomicUsize::new(0), rows: AtomicU64::new(0), total: unknown(), bytes: unknown() }
    }
}

impl Progress {
    /// The work goes on to `phase`.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as usize, Ordering::Relaxed);
    }

    /// So many rows will be written.
    pub fn expect(&self, rows: u64) {
        self.total.store(rows, Ordering::Relaxed);
    }

    /// So many bytes are kept.
    pub fn kept(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    fn step(&self) -> Step {
        let known = |number: &AtomicU64| {
            Some(number.load(Ordering::Relaxed))
                .filter(|number| *number != UNKNOWN)
                .map(|number| i64::try_from(number).unwrap_or(i64::MAX))
        };
        Step {
            phase: PHASES[self.phase.load(Ordering::Relaxed)],
            done: known(&self.rows).unwrap_or_default(),
            total: known(&self.total),
            bytes: known(&self.bytes),
        }
    }

    /// Tells how far it is, again and again, and returns when nobody wants the export any more.
    pub async fn tell(&self, database: &Database, id: Uuid) {
        loop {
            match job::tell_step(database, id, self.step()).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::debug!(?error, export = %id, "progress could not be told"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
