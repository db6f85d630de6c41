//! What is to be written: the format, the fields, and what a file says about itself.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::spatial::wire::Kind;

/// The formats that are files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// OGC GeoPackage.
    GeoPackage,
    /// FlatGeobuf with its index.
    FlatGeobuf,
    /// Shapefile with all its parts, in one archive.
    Shapefile,
    /// KML 2.2.
    Kml,
    /// AutoCAD's drawing exchange: closed polylines and texts.
    Dxf,
    /// GeoParquet 1.1.
    #[cfg(feature = "geoparquet")]
    Parquet,
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::GeoPackage,
        Self::FlatGeobuf,
        Self::Shapefile,
        Self::Kml,
        Self::Dxf,
        #[cfg(feature = "geoparquet")]
        Self::Parquet,
    ];

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::GeoPackage => "gpkg",
            Self::FlatGeobuf => "fgb",
            Self::Shapefile => "zip",
            Self::Kml => "kml",
            Self::Dxf => "dxf",
            #[cfg(feature = "geoparquet")]
            Self::Parquet => "parquet",
        }
    }

    /// The name of the written file in its private folder.
    pub(super) fn file_name(self) -> String {
        format!("export.{}", self.ending())
    }

    /// GDAL's driver for it.
    pub(super) const fn driver(self) -> &'static str {
        match self {
            Self::GeoPackage => "GPKG",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::Shapefile => "ESRI Shapefile",
            Self::Kml => "KML",
            Self::Dxf => "DXF",
            #[cfg(feature = "geoparquet")]
            Self::Parquet => "Parquet",
        }
    }
}

/// Everything about a layer of the file but its rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub format: Format,
    /// What the file gives as the time of its making: by argument, so that the same rows make the same bytes.
    pub made_at: DateTime<Utc>,
    /// Name of the layer, and of the table in the file.
    pub layer: String,
    /// What it is called.
    pub title: String,
    /// What it holds.
    pub description: String,
    /// The shapes, where there are any.
    pub shape: Option<Shape>,
    /// The fields; the first is the key, and a record has one value for each.
    pub fields: Vec<Field>,
    /// The field that a drawing shows as text.
    pub label: usize,
    /// How it is drawn, the default first.
    pub styles: Vec<Style>,
    /// Metadata by ISO 19139.
    pub metadata: Option<String>,
    /// A word that a GeoPackage carries, by which a file that comes back is known.
    #[serde(default)]
    pub mark: Option<String>,
}

impl Plan {
    /// The time of its making as GeoPackages have it.
    pub(super) fn stamp(&self) -> String {
        self.made_at.to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

/// The geometry column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shape {
    pub column: String,
    /// PostGIS's name of the type.
    pub kind: String,
    /// EPSG code of the coordinates, which stand with the east first.
    pub epsg: u32,
}

/// One field.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// The same in both languages, with the unit.
    pub description: String,
}

/// A style as desktop programs keep it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Style {
    pub name: String,
    pub qml: String,
    pub sld: Option<String>,
}
