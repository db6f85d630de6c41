//! Files that go out: the features of one request in a format that is a file.
//!
//! Invariants: a file holds what the GeoJSON of the same request holds, from the same rows
//! ([`crate::layers::features`]); it is whole before its first byte is sent, so length and digest are known; it lies in a
//! private folder that goes away with the answer, however that ends; no more than a few are there at once.

mod answer;
mod model;
mod plan;
mod work;

pub use answer::{DIGEST, answer};
pub use model::{OFFERED, downloads, media_of, refusal};
pub use plan::plan;
pub use work::{File, write};

pub use crate::spatial::writer::Format as FileFormat;
