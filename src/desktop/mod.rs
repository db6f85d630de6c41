//! What desktop programs are given: the QGIS project, styles as QML and SLD, layer definitions, metadata.
//!
//! Invariants: a style has one source, `gis-data/styles`, from which the web map draws too; everything else is said by
//! the layer's own catalogue entry, so a view that a municipality adds is in the project without a word here; nothing
//! that is handed out holds a password.

mod metadata;
mod project;
mod qml;
mod routes;
mod sld;
mod store;
pub mod style;
mod xml;

#[cfg(test)]
mod tests;

pub use routes::routes;
