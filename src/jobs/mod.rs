//! What the service does by itself while it runs: it seals the journal, and lets idempotency keys and change notices
//! expire.
//!
//! Invariant: any number of processes may do this beside one database; a row lock lets one of them seal at a time.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::audit::key::SealKey;
use crate::audit::sealing;
use crate::changes;
use crate::database::Database;
use crate::http::idempotency;

/// Pause between two rounds of expiry.
const EXPIRY: Duration = Duration::from_hours(1);

/// Works every `pause` until `stop`, and seals once more then. Without a key nothing is sealed.
pub async fn run(database: Database, key: Option<SealKey>, pause: Duration, stop: CancellationToken) {
    let mut beat = tokio::time::interval(pause.max(Duration::from_secs(1)));
    let mut expired: Option<Instant> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = beat.tick() => {}
        }
        seal(&database, key.as_ref()).await;
        if expired.is_none_or(|last| last.elapsed() >= EXPIRY) {
            expire(&database).await;
            expired = Some(Instant::now());
        }
    }
    seal(&database, key.as_ref()).await;
}

async fn seal(database: &Database, key: Option<&SealKey>) {
    let Some(key) = key else { return };
    match sealing::seal(database, key).await {
        Ok(sealed) if sealed.seals > 0 => {
            metrics::counter!("predio_journal_seals_total").increment(sealed.seals);
            metrics::counter!("predio_journal_sealed_entries_total").increment(sealed.entries);
            tracing::debug!(seals = sealed.seals, entries = sealed.entries, "journal sealed");
        }
        Ok(_) => {}
        Err(error) => {
            metrics::counter!("predio_seal_failures_total").increment(1);
            tracing::warn!(
                error = format!("{error:#}"),
                "the journal could not be sealed; it is tried again"
            );
        }
    }
}

async fn expire(database: &Database) {
    if let Err(error) = idempotency::expire(database).await {
        tracing::warn!(?error, "idempotency keys could not expire; it is tried again");
    }
    if let Err(error) = changes::forget(database).await {
        tracing::warn!(?error, "change notices could not be forgotten; it is tried again");
    }
}
