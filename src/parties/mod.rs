//! Parties (LA_Party) and the rights they hold over property units (LA_BAUnit).
//!
//! A right is an identity (`land.tenure_right`: a property unit and a kind) with entries (`land.tenure_right_version`)
//! whose valid periods do not overlap. It changes by an act ([`acts`]) with its source. Invariants, kept by the database
//! whoever writes: the shares of one unit and kind sum to exactly one at every moment at which one of them is in force;
//! nothing is deleted, what was wrong is annulled and stays on record.

pub mod acts;
mod ask;
pub mod model;
mod people;
mod routes;
pub mod rules;
mod share;
mod store;
#[cfg(test)]
mod tests;

pub use routes::routes;
pub use share::Share;
