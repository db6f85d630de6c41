//! Deliveries (LA_SpatialSource as it arrives): a file that a surveyor, a utility or a ministry sends, staged with its
//! findings, accepted or refused by the office that uploaded it, and taken back as one.
//!
//! Invariants: nothing outside schema `delivery` changes before an acceptance; an acceptance and a revocation are one
//! transaction each, in the name of who decides, through the doors of the layers; every feature of a file is accounted
//! for (read = accepted + repaired + rejected, a constraint); where a file lies is never guessed in silence; columns that
//! look like people are dropped before the first row is kept, because a delivery of shapes has no purpose for names;
//! the state of the work is in the database, so a service that dies leaves a delivery that says it broke.

mod bundles;
pub mod classes;
mod compare;
pub mod crs;
mod decisions;
pub mod import;
mod layers;
pub mod mapping;
pub mod model;
mod preview;
mod pump;
mod receive;
mod repairs;
pub mod returns;
mod routes;
pub mod store;
mod survey;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod work;

pub use receive::body_limit;
pub use routes::routes;
pub use work::mark_broken;
