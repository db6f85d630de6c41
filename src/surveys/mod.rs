//! Surveys (LA_SpatialSource), corners and areas: how the numbers of a parcel came about, and how they are printed.
//!
//! Invariants: a corner says by which method, how well, when and from which source it was measured; what came in on
//! another datum came in by a pinned operation that the survey names; the four areas of a parcel stay apart; a printed
//! perimeter closes, and its angles sum to what their number demands.

pub mod perimeter;
mod record;
mod routes;
mod store;

#[cfg(test)]
mod tests;

pub use routes::routes;
pub use store::table;
