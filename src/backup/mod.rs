//! Backups: one file taken while the service runs, and the way back.
//!
//! The file is a tar archive that needs no Predio to be read: `manifest.json` (what the database held: rows and a hash
//! of each table, roles, the journal's newest seal), `predio.dump` (pg_dump's custom format) and `SHA256SUMS` over
//! both. Manifest and dump are of one snapshot.
//!
//! Invariants: a backup that a restore did not compare, table by table, with its manifest does not count; a restore
//! goes into an empty database only, wholly or not at all; the signing key of the journal is never in a backup.

mod archive;
pub mod manifest;
mod programs;
mod restore;
mod store;
mod take;

pub use programs::Programs;
pub use restore::{Restored, check, restore};
pub use take::take;
