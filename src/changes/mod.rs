//! The change feed: what changed, for the map and for other programs.
//!
//! Invariants: nothing that commits is missed, in whatever order transactions commit, because a reader's place is not
//! a number but a snapshot (`pg_snapshot`): it gets what is visible now and was not visible then. `NOTIFY` only wakes;
//! a lost one costs seconds and no change. A reader sees changes behind the layers that it may read, and never rows,
//! accounts or reasons.

mod cursor;
mod follow;
mod routes;
mod store;
mod stream;
#[cfg(test)]
mod tests;
mod wake;

pub use follow::follow;
pub use routes::routes;
pub use store::forget;
pub use wake::Wake;
