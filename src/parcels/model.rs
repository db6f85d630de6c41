//! What is asked of the fabric and what is answered. No SQL, no HTTP.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::cut::Cut;
use super::rules::Broken;

/// An operation on the fabric, with everything that it needs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Subdivisión: the parcel ends, its parts are new parcels.
    Split {
        /// Code of the parcel.
        code: String,
        /// The dividing line.
        cut: Cut,
        /// Whether the division complies with the urban parameters: then each part gets codes of its own.
        lawful: bool,
        /// Registered areas of the parts, in the order in which the dry run lists them.
        #[serde(default)]
        registered_areas_m2: Vec<Option<f64>>,
    },
    /// Acumulación: the parcels end, their union is a new parcel.
    Merge {
        /// Codes of the parcels.
        codes: Vec<String>,
        /// Registered area of the union.
        #[serde(default)]
        registered_area_m2: Option<f64>,
    },
    /// Independización: parts leave, the parcel goes on as the remainder.
    Detach {
        /// Code of the parcel.
        code: String,
        /// The dividing line.
        cut: Cut,
        /// Whether the division complies with the urban parameters.
        lawful: bool,
        /// A place inside the remainder; the largest piece where absent.
        #[serde(default)]
        keep: Option<[f64; 2]>,
        /// Registered areas: the remainder, then the parts.
        #[serde(default)]
        registered_areas_m2: Vec<Option<f64>>,
    },
    /// Corners move, appear or go; the neighbours move with them.
    Adjust {
        /// Code of the parcel.
        code: String,
        /// What happens to the corners, one after the other.
        corners: Vec<CornerChange>,
    },
    /// The polygon of a survey in place of the present one.
    Replace {
        /// Code of the parcel.
        code: String,
        /// Polygons, each an outer ring and its holes; easting and northing, EPSG:32718, metres.
        polygons: Vec<Vec<Vec<[f64; 2]>>>,
        /// Whether land may become free.
        #[serde(default)]
        declares_gap: bool,
    },
    /// The parcel is no more; its land becomes free.
    Retire {
        /// Code of the parcel.
        code: String,
    },
    /// The polygon was recorded wrongly: it is put right for its whole period, the wrong one stays in the history.
    Correct {
        /// Code of the parcel.
        code: String,
        /// As in a replacement.
        polygons: Vec<Vec<Vec<[f64; 2]>>>,
        /// Whether land may become free.
        #[serde(default)]
        declares_gap: bool,
    },
    /// Provisional parcels become part of the fabric, all or none.
    Agree {
        /// Codes of the parcels.
        #[serde(default)]
        codes: Vec<String>,
        /// Code of a block (ubigeo, sector, manzana): all its provisional parcels.
        #[serde(default)]
        block: Option<String>,
    },
}

/// What happens to one corner; places are easting and northing, EPSG:32718, metres.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CornerChange {
    /// The corner moves, in every parcel that has it.
    Move {
        /// Where it is.
        from: [f64; 2],
        /// Where it goes.
        to: [f64; 2],
    },
    /// An edge gets a corner.
    Insert {
        /// On the edge, to the millimetre.
        at: [f64; 2],
    },
    /// A corner goes, in every parcel that has it.
    Remove {
        /// Where it is.
        at: [f64; 2],
    },
}

/// Under which terms an operation is done.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Terms {
    /// Why, for the journal.
    pub reason: String,
    /// From when the land is so; today where absent.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// Document that proves it.
    #[serde(default)]
    pub source_id: Option<i64>,
    /// Survey that it rests on.
    #[serde(default)]
    pub survey_id: Option<i64>,
    /// The case on whose behalf it is done; its own lock does not stand in its way.
    #[serde(default, rename = "case")]
    pub case_reference: Option<String>,
    /// The versions that the writer saw, by code of the parcel.
    #[serde(default)]
    pub expected: BTreeMap<String, String>,
}

impl Request {
    /// The codes that the operation names.
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Split { code, .. }
            | Self::Detach { code, .. }
            | Self::Adjust { code, .. }
            | Self::Replace { code, .. }
            | Self::Retire { code }
            | Self::Correct { code, .. } => vec![code],
            Self::Merge { codes, .. } | Self::Agree { codes, .. } => {
                codes.iter().map(String::as_str).collect()
            }
        }
    }

    /// As the database calls it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Split { .. } => "split",
            Self::Merge { .. } => "merge",
            Self::Detach { .. } => "detach",
            Self::Adjust { .. } => "adjust",
            Self::Replace { .. } => "replace",
            Self::Retire { .. } => "retire",
            Self::Correct { .. } => "correct",
            Self::Agree { .. } => "agree",
        }
    }

    /// Whether it puts a record right instead of changing the land.
    pub const fn corrects(&self) -> bool {
        matches!(self, Self::Correct { .. })
    }

    /// Whether the division complies; nothing where nothing is divided.
    pub const fn lawful(&self) -> Option<bool> {
        match self {
            Self::Split { lawful, .. } | Self::Detach { lawful, .. } => Some(*lawful),
            _ => None,
        }
    }

    /// Whether land may become free.
    pub const fn declares_gap(&self) -> bool {
        match self {
            Self::Replace { declares_gap, .. } | Self::Correct { declares_gap, .. } => *declares_gap,
            Self::Retire { .. } => true,
            _ => false,
        }
    }
}

/// What an operation did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Number of the operation; none when it was not done.
    pub operation_id: Option<i64>,
    /// Its kind.
    pub operation: &'static str,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// From when the land is so.
    pub effective_on: Option<NaiveDate>,
    /// Every rule that it breaks.
    pub broken: Vec<Broken>,
    /// The parcels that end, go on or begin.
    pub parcels: Vec<Touched>,
    /// Free edges that the grid bends.
    pub free_edges: Vec<FreeEdge>,
    /// Open cases that hold a touched parcel.
    pub cases: Vec<Held>,
    /// Rights over the named parcels.
    pub rights: Vec<Right>,
    /// Restrictions on the named parcels.
    pub restrictions: Vec<Restriction>,
    /// The touched parcels afterwards, in longitude and latitude.
    pub preview: Preview,
}

/// How a parcel takes part in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It ends.
    Ends,
    /// It is new.
    Begins,
    /// It goes on with another polygon, or another state.
    Changes,
    /// It gets a corner in an edge and keeps its ground.
    GetsCorner,
}

/// One parcel before and after.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Touched {
    /// Its code; of a new parcel the one it gets (a dry run: would get now).
    pub code: String,
    /// How it takes part.
    pub part: Part,
    /// Version afterwards, for the next write.
    pub version: Option<String>,
    /// State in the fabric afterwards.
    pub fabric_state: Option<String>,
    /// Before.
    pub before: Option<Measures>,
    /// After.
    pub after: Option<Measures>,
    /// Registered area afterwards, if known.
    pub registered_area_m2: Option<f64>,
}

/// What a polygon measures in the UTM plane, and on the ellipsoid.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub struct Measures {
    /// Square metres in the plane.
    pub grid_area_m2: f64,
    /// Square metres on the ellipsoid.
    pub ellipsoidal_area_m2: f64,
    /// Metres in the plane.
    pub perimeter_m: f64,
}

/// A free edge in which the operation puts corners: the grid takes or gives at most this area.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct FreeEdge {
    /// One end, easting and northing.
    pub from: [f64; 2],
    /// The other end.
    pub to: [f64; 2],
    /// Its length.
    pub length_m: f64,
    /// The corners that it gets.
    pub corners: Vec<[f64; 2]>,
    /// What changes.
    pub area_change_m2: f64,
    /// What may change: 0.71 mm times half the length, for each corner.
    pub limit_m2: f64,
}

/// An open case that holds a parcel.
#[derive(Clone, Debug, Serialize, PartialEq, sqlx::FromRow)]
pub struct Held {
    /// The parcel.
    pub code: String,
    /// Why.
    pub reason: String,
    /// The case.
    pub reference: String,
}

/// Rights of one kind over a property unit: how many, never whose.
#[derive(Clone, Debug, Serialize, PartialEq, sqlx::FromRow)]
pub struct Right {
    /// The parcel.
    pub code: String,
    /// CRC of the unit.
    pub crc: Option<String>,
    /// Kind of right.
    pub kind: String,
    /// Holders.
    pub holders: i64,
}

/// A restriction on a parcel.
#[derive(Clone, Debug, Serialize, PartialEq, sqlx::FromRow)]
pub struct Restriction {
    /// The parcel.
    pub code: String,
    /// Its kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its norm.
    pub norm: Option<String>,
}

/// A GeoJSON collection.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// `FeatureCollection`.
    pub r#type: &'static str,
    /// Features.
    pub features: Vec<serde_json::Value>,
}

impl Default for Preview {
    fn default() -> Self {
        Self { r#type: "FeatureCollection", features: Vec::new() }
    }
}
