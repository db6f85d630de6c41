//! Geometry and files without land law: the only place that names the `gdal` and `proj`
//! crates.
//!
//! Invariants: GDAL opens a stranger's file only inside the child process of [`reader`]; what comes out of that
//! child is bytes to be checked ([`wire`], [`ewkb`]), never trusted structures; PostGIS judges validity, this
//! module only refuses what PostGIS could not even read. Nothing here knows SQL or HTTP.

pub mod convert;
pub mod encoding;
pub mod ewkb;
mod geojson_check;
pub mod mm;
pub mod reader;
pub mod srid;
mod text_file;
mod truths;
pub mod vector_file;
pub mod wire;
