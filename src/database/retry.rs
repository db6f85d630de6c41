//! Writes that lost a race and may try again.

use std::time::Duration;

use rand::Rng;

use crate::problem::{Error, Result};

/// How often a write is tried.
const ATTEMPTS: u32 = 6;
/// Longest pause before the second attempt; it doubles with each further one.
const PAUSE_MS: u64 = 10;

/// Runs `attempt`, a whole transaction from its begin to its commit, again while the database answers that it lost a
/// race: 40001 (serialization failure) or 40P01 (deadlock). Nothing of a lost attempt was kept.
///
/// # Errors
/// What the last attempt answered; [`Error::Overloaded`] when it still lost.
pub async fn retry<T, F>(mut attempt: impl FnMut() -> F) -> Result<T>
where
    // Named, and not `AsyncFnMut`: of a closure's own future the compiler cannot say that a handler may send it.
    F: Future<Output = Result<T>>,
{
    for tried in 0..ATTEMPTS {
        match attempt().await {
            Err(error) if lost_a_race(&error) => {
                tracing::debug!(tried, "a write lost a race");
                // A random pause keeps two losers from meeting again.
                let pause = rand::rng().random_range(0..=PAUSE_MS << tried);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            ended => return ended,
        }
    }
    Err(Error::Overloaded)
}

fn lost_a_race(error: &Error) -> bool {
    let Error::Database(sqlx::Error::Database(cause)) = error else { return false };
    matches!(cause.code().as_deref(), Some("40001" | "40P01"))
}
