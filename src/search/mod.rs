//! One box for everything that a person at the counter may say: a code or a piece of it, manzana and lote, a
//! settlement, a street and number, coordinates. Tolerant of case, accents and small typing errors.
//!
//! Invariants: what a text can mean is decided by [`rules`] without the database, which only finds candidates; an
//! ambiguous text answers with all its candidates, each with its full code; nothing personal is searched.

pub mod model;
mod routes;
pub mod rules;
mod store;

#[cfg(test)]
mod tests;

pub use model::{Found, Kind};
pub use routes::routes;
pub use store::search;
