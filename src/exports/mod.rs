//! Files that go out: the features of one request in a format that is a file, made for an answer ([`answer`]), by a job
//! ([`job`]), or once a day for a whole district ([`district`]).
//!
//! Invariants: a file holds what the GeoJSON of the same request holds, from the same rows
//! ([`crate::layers::features`]); it is whole before its first byte is sent, so length and digest are known; while it is
//! made it lies in a private folder that goes away, however that ends; no more than a few are there at once. What is kept
//! for later is kept in the database ([`store`]): any process serves it, also a part of it.

mod answer;
pub mod district;
mod job;
mod model;
mod plan;
mod serve;
pub mod store;
#[cfg(test)]
mod tests;
mod upkeep;
mod work;

pub use answer::{DIGEST, answer};
pub use job::routes;
pub use model::{OFFERED, downloads, media_of, media_of_format, named, names, refusal};
pub use plan::{Reader, Sheet, sheet};
pub use serve::serve;
pub use upkeep::upkeep;
pub use work::{File, PATIENCE, write};

pub use crate::spatial::writer::Format as FileFormat;
