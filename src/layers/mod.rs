//! Published layers: which there are, and their features.
//!
//! Invariants: one layer is one view; everything about it derives from the database's own catalogue (columns,
//! comments, grants, geometry type), so a view added by a municipality is served without a restart. Handlers
//! ask a layer for features, or hand it one, and write no SQL. A layer is written through the door of its view. Names in SQL come from the catalogue and are quoted; values
//! are bound. Rows stream: no answer is ever whole in memory beyond [`features::WHOLE_BYTES`].

pub mod area;
pub mod bbox;
pub mod catalogue;
pub mod crs;
pub mod cursor;
pub mod door;
pub mod ewkb;
pub mod extent;
pub mod features;
pub mod filter;
pub mod formats;
pub mod json;
pub mod model;
pub mod request;
pub mod sql;
pub mod tile;
pub mod when;
pub mod write;

pub use catalogue::Catalogue;
pub use door::{Action, Door};
pub use model::{Column, Geometry, Kind, Layer, Text};
