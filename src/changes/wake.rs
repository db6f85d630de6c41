//! Wakes the readers of the feed when something was committed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::store;
use crate::database::Database;
use crate::problem::{Error, Result};

/// Streams of one process; each asks the database once per change.
const STREAMS: usize = 200;
/// A reader looks by itself, too: a notice may be lost, and behind some poolers none comes at all.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// Pause before listening again after the database went away.
const RECOVER: Duration = Duration::from_secs(2);
/// Statements of one operation come together; the readers are woken once.
const GATHER: Duration = Duration::from_millis(50);

/// One listener for all readers of this process.
#[derive(Clone)]
pub struct Wake {
    listener: Arc<OnceCell<watch::Receiver<()>>>,
    streams: Arc<Semaphore>,
    end: CancellationToken,
}

impl Default for Wake {
    fn default() -> Self {
        Self {
            listener: Arc::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            end: CancellationToken::new(),
        }
    }
}

impl Wake {
    /// A place among the readers.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when all are taken.
    pub async fn join(&self, database: &Database) -> Result<Sleeper> {
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let receiver = self
            .listener
            .get_or_init(|| async {
                let (sender, receiver) = watch::channel(());
                tokio::spawn(listen(database.clone(), sender, self.end.clone()));
                receiver
            })
            .await;
        Ok(Sleeper { receiver: receiver.clone(), end: self.end.clone(), _permit: permit })
    }

    /// Ends every stream, so that the service can end.
    pub fn end(&self) {
        self.end.cancel();
    }
}

/// One reader.
pub struct Sleeper {
    receiver: watch::Receiver<()>,
    end: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Sleeper {
    /// Returns when there may be something new; false when the service ends.
    pub async fn sleep(&mut self) -> bool {
        tokio::select! {
            () = self.end.cancelled() => false,
            changed = self.receiver.changed() => {
                if changed.is_err() {
                    tokio::time::sleep(LONGEST_SLEEP).await;
                }
                true
            }
            () = tokio::time::sleep(LONGEST_SLEEP) => true,
        }
    }
}

async fn listen(database: Database, sender: watch::Sender<()>, end: CancellationToken) {
    tokio::select! {
        () = end.cancelled() => {}
        () = hear(&database, &sender) => {}
    }
}

async fn hear(database: &Database, sender: &watch::Sender<()>) {
    loop {
        if let Ok(mut listener) = store::listen(database).await {
            // Whatever came while nobody listened.
            sender.send_replace(());
            while listener.recv().await.is_ok() {
                tokio::time::sleep(GATHER).await;
                while listener.next_buffered().is_some() {}
                sender.send_replace(());
            }
        }
        tokio::time::sleep(RECOVER).await;
    }
}
