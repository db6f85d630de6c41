//! The extract of one parcel: where it is, its four areas, its zone and parameters, its services, and every theme
//! that can limit it as affected, not affected or not known.
//!
//! Invariants: an extract is built from the state of one request and one snapshot of the database, never from
//! anything shared, so two parcels cannot mix; JSON, GeoJSON and HTML show the same [`model::Extract`]; where a
//! theme was not studied the verdict is "no data" with what is missing and whom to ask, never "not affected";
//! nothing in it is personal.

pub mod model;
mod page;
mod perimeter;
mod routes;
pub mod rules;
mod sketch;
mod store;

#[cfg(test)]
mod tests;

pub use model::{CadastralCode, Extract};
pub use routes::routes;
pub use store::{extract, extract_recorded, parcels_of_unit};
