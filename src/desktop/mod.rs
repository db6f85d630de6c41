//! What desktop programs are given: the QGIS project, styles as QML and SLD, layer definitions, metadata.
//!
//! Invariants: a style has one source, `gis-data/styles`, from which the web map draws too; everything else is said by
//! the layer's own catalogue entry, so a view that a municipality adds is in the project without a word here; nothing
//! that is handed out holds a password.

pub(crate) mod metadata;
mod project;
pub(crate) mod qml;
mod routes;
pub(crate) mod sld;
pub(crate) mod store;
pub mod style;
mod xml;

#[cfg(test)]
mod tests;

pub use routes::routes;
