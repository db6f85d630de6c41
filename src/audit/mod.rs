//! The journal: who wrote what, why and when; sealed, exported, verified.
//!
//! Triggers append an entry per statement in the transaction of the write (`audit.note_write`). Here it is sealed: a
//! Merkle root over a batch of entries, chained to the seal before it and signed with a key that lies outside the
//! database.
//!
//! Invariants: sealing waits for no writer and no writer for it; an entry is in exactly one seal, whatever the order of
//! commits; the bytes that are hashed are the bytes of the export, so a file alone can be verified; the database never
//! sees the signing key.

mod entry;
pub mod export;
mod hash;
pub mod key;
pub mod seal;
pub mod sealing;
mod store;
pub mod verify;

#[cfg(test)]
mod tests;

pub use store::{Standing, standing};
