//! The pages that people read: one layout, one style sheet, both languages, no script needed.
//!
//! Invariants: a page says nothing that its JSON does not say; every text of ours stands in both languages
//! ([`words`], complete at compile time); data becomes HTML only through templates that escape it; a failure is a
//! page too for whoever asks for pages.

pub mod account;
mod downloads;
pub mod errors;
mod routes;
pub mod shell;
mod store;
pub mod words;

#[cfg(test)]
mod tests;

pub use routes::routes;
