//! Administrative sources (LA_AdministrativeSource): the documents that prove what is entered, and their files.
//!
//! A source is named by its kind, number, office and date. One that is about a person has no title of its own: its
//! files lie in schema `person` and are read for a purpose, which is noted. A file is addressed by its SHA-256, is a PDF,
//! a PNG or a JPEG by its bytes whatever it is called, and leaves the service as a download only.

mod file;
mod model;
mod routes;
pub mod store;
#[cfg(test)]
mod tests;

pub use file::MOST_BYTES;
pub use model::{NewSource, Source};
pub use routes::{body_limit, routes};
