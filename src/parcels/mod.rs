//! Parcels (LA_SpatialUnit): the fabric of the land.
//!
//! A parcel is an identity (`land.parcel`) with versions (`land.parcel_version`) whose valid periods do not
//! overlap. It is `agreed` (on the millimetre grid, valid, no overlap, corners matched) or `provisional`: a
//! real cadastre begins messy, and each breach is a finding of [`check`].

pub mod ask;
pub mod check;
mod code;
pub mod cut;
pub mod lineage;
pub mod model;
pub mod operations;
mod routes;
pub mod rules;
pub mod shape;
mod store;
#[cfg(test)]
mod tests;

pub use code::CadastralCode;
pub use routes::{operate, routes};
