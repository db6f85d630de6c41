//! Predio: the cadastre and planning service of a small municipality, on PostGIS.
//!
//! The order of the modules is the order of who may use whom; `ARCHITECTURE.md` says it in words
//! and `tests/tidy.rs` enforces it.

pub mod config;
pub mod problem;
pub mod refusal;

pub mod access;
pub mod api;
pub mod app;
pub mod audit;
pub mod backup;
pub mod changes;
pub mod cluster;
pub mod database;
pub mod deliveries;
pub mod demo;
pub mod desktop;
pub mod exports;
pub mod extract;
pub mod http;
pub mod intake;
pub mod jobs;
pub mod layers;
pub mod ogc;
pub mod pages;
pub mod parcels;
pub mod parties;
pub mod publish;
pub mod router;
pub mod search;
pub mod sources;
pub mod spatial;
pub mod surveys;
pub mod web;

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
