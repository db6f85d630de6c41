//! The refusal: a state of the world in which Predio declines to act and says what to do.
//!
//! Not a failure: nothing broke and nothing was changed. The command line answers it with exit code 4.

/// Why nothing was done, and what the reader can do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    /// The refusal as an `anyhow` error, for command line work.
    pub fn because(message: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self(message.into()))
    }
}
