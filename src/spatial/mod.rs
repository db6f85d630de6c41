//! Geometry and files without land law: the only place that names the `gdal` and `proj`
//! crates.
//!
//! Invariants: a stranger's file is opened only inside the child process of [`reader`], behind the walls of
//! [`sandbox`], and a file that goes out is written by one behind the same walls ([`writer`]); what comes out of that child is bytes to be checked ([`wire`], [`ewkb`]), never trusted structures; PostGIS
//! judges validity, this module only refuses what PostGIS could not even read. Nothing here knows SQL or HTTP.

pub mod convert;
pub mod digest;
pub mod encoding;
pub mod ewkb;
mod files;
mod geojson_check;
mod json_stream;
pub mod mm;
pub mod private_folder;
pub mod reader;
pub mod sandbox;
pub mod srid;
mod text_file;
mod truths;
mod upload;
mod vector_file;
pub mod wire;
pub mod writer;
