//! What a search finds, and what a text can mean.

use serde::Serialize;

/// Kinds of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A parcel.
    Parcel,
    /// A populated place.
    Settlement,
    /// A street.
    Street,
    /// A position.
    Coordinate,
    /// A block (manzana).
    Block,
}

/// One result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its full code; of a position, its UTM coordinates.
    pub code: String,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub subtitle: String,
    /// Its page, or its place on the map.
    pub href: String,
    /// A point of it, degrees.
    pub lon: Option<f64>,
    /// A point of it, degrees.
    pub lat: Option<f64>,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
    /// How well it fits, 0 to 1; for the order only.
    #[serde(skip)]
    pub score: f64,
}

/// What a text can mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// A position in EPSG:32718.
    Grid {
        /// Metres.
        easting: f64,
        /// Metres.
        northing: f64,
    },
    /// A position in degrees.
    Degrees {
        /// Degrees.
        lon: f64,
        /// Degrees.
        lat: f64,
    },
    /// A code or a piece of one; digits, or a rural code without its separators.
    Code(String),
    /// A block by its letter or number, perhaps a lot in it.
    Lot {
        /// Letter or number of the block, in capitals.
        block: String,
        /// Number of the lot.
        lot: Option<String>,
        /// Words that name the place.
        place: Vec<String>,
    },
    /// Words that name a settlement or a street, perhaps with a house number.
    Name {
        /// The words, plain and with streets' kinds made equal.
        words: Vec<String>,
        /// House number.
        number: Option<String>,
    },
}
