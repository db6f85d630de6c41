//! The ways in which rows become text, all from one stream of rows.
//!
//! Invariants: a row is written when it arrives and is then forgotten, so the longest download takes no memory; every
//! format has the same features in the same order, coordinates with the same decimals, and names from the layer.

mod csv;
mod frames;
mod jsonfg;
mod sequence;
mod wkt;

use sqlx::postgres::PgRow;

use super::cursor::Position;
use super::json::FeatureWriter;
use super::model::Layer;
use super::request::Request;
use crate::problem::Result;

/// What features are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// GeoJSON features with commas between them.
    GeoJson,
    /// JSON-FG features with commas between them.
    JsonFg,
    /// A GeoJSON text sequence (RFC 8142).
    Sequence,
    /// Lines of comma-separated values (RFC 4180), the geometry last as WKT.
    Csv,
    /// Frames for the process that writes files ([`crate::spatial::writer`]).
    Frames,
}

impl Format {
    /// What stands before the first feature, where the format has no frame of its own.
    pub fn opening(self, layer: &Layer, request: &Request) -> Vec<u8> {
        match self {
            Self::Csv => csv::header(layer, request),
            _ => Vec::new(),
        }
    }

    pub(super) const fn separator(self) -> &'static [u8] {
        match self {
            Self::GeoJson | Self::JsonFg => b",",
            Self::Sequence | Self::Csv | Self::Frames => b"",
        }
    }
}

/// Writes the rows of one request in one format.
pub(super) struct RowWriter {
    format: Format,
    features: FeatureWriter,
    period: Option<jsonfg::Period>,
}

impl RowWriter {
    pub(super) fn new(layer: &Layer, request: &Request, format: Format) -> Self {
        Self {
            format,
            features: FeatureWriter::new(layer, request),
            period: jsonfg::Period::of(layer, request),
        }
    }

    /// Appends the feature of `row`.
    pub(super) fn write(&self, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        match self.format {
            Format::GeoJson => self.features.write(row, out),
            Format::JsonFg => jsonfg::write(&self.features, self.period.as_ref(), row, out),
            Format::Sequence => sequence::write(&self.features, row, out),
            Format::Csv => csv::write(&self.features, row, out),
            Format::Frames => frames::write(&self.features, row, out),
        }
    }

    /// What stands between two features.
    pub(super) const fn separator(&self) -> &'static [u8] {
        self.format.separator()
    }

    /// Where `row` stands in the order.
    pub(super) fn position(&self, row: &PgRow) -> Result<Position> {
        self.features.position(row)
    }
}
