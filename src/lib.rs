//! Predio: the cadastre and planning service of a small municipality, on PostGIS.
//!
//! The order of the modules is the order of who may use whom; `ARCHITECTURE.md` says it in words
//! and `tests/tidy.rs` enforces it.

pub mod config;
pub mod problem;
pub mod refusal;

pub mod access;
pub mod database;
pub mod http;
pub mod spatial;

pub mod publish;
