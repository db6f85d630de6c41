//! What an extract says. Every text that is ours stands in both languages, so that one document serves both.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;

pub use crate::parcels::CadastralCode;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Words {
    /// Spanish.
    pub es: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both at once.
    pub fn new(es: impl Into<String>, en: impl Into<String>) -> Self {
        Self { es: es.into(), en: en.into() }
    }
}

/// The extract of one parcel on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extract {
    /// Said in every representation of a demonstration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Words>,
    /// The day that it speaks of, in America/Lima.
    pub as_of: NaiveDate,
    /// The instant whose knowledge it tells; what is on record now where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_as_of: Option<DateTime<Utc>>,
    /// Code of the parcel.
    pub code: String,
    /// CUC; none is assigned until COFOPRI gives the range.
    pub cuc: Option<String>,
    /// CRC of its property units.
    pub crc: Vec<String>,
    /// `urban` or `rural`.
    pub kind: String,
    /// `agreed` or `provisional`.
    pub fabric_state: String,
    /// Version of the record.
    pub version: i32,
    /// First day in force.
    pub valid_from: Option<NaiveDate>,
    /// First day no longer in force.
    pub valid_to: Option<NaiveDate>,
    /// Where it is.
    pub place: Place,
    /// Its areas, never one made from another.
    pub areas: Areas,
    /// Whether registered and grid area agree.
    pub tolerance: Tolerance,
    /// What the plan in force says.
    pub zoning: Zoning,
    /// Who serves it.
    pub services: Services,
    /// What the public may know of its titling.
    pub titling: Titling,
    /// Every theme in force, in order.
    pub restrictions: Vec<Restriction>,
    /// How many themes are affected, not affected, not known.
    pub summary: Summary,
}

/// Where a parcel is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Code of the district.
    pub ubigeo: String,
    /// Its name.
    pub district: Option<String>,
    /// Its province.
    pub province: Option<String>,
    /// Its department.
    pub department: Option<String>,
    /// Populated place.
    pub settlement: Option<String>,
    /// Cadastral sector.
    pub sector: Option<String>,
    /// Code of the block.
    pub block: Option<String>,
    /// Letter of the block, as people say it.
    pub block_label: Option<String>,
    /// Code of the lot.
    pub lot: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// What the land is used for.
    pub land_use: Option<String>,
    /// A point inside, degrees.
    pub lon: Option<f64>,
    /// A point inside, degrees.
    pub lat: Option<f64>,
    /// The same in EPSG:32718.
    pub easting_m: Option<f64>,
    /// The same in EPSG:32718.
    pub northing_m: Option<f64>,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
    /// `GeoJSON` geometry in degrees; only the `GeoJSON` representation carries it.
    #[serde(skip)]
    pub geometry: Option<String>,
}

/// The four areas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Areas {
    /// What the registry says.
    pub registered_m2: Option<f64>,
    /// What the holder declared.
    pub declared_m2: Option<f64>,
    /// Of the polygon in the UTM plane.
    pub grid_m2: Option<f64>,
    /// Of the polygon on the ellipsoid.
    pub ellipsoidal_m2: Option<f64>,
    /// Of the polygon in the UTM plane.
    pub perimeter_m: Option<f64>,
    /// By how much the grid area is larger than the ellipsoidal one here.
    pub grid_excess_pct: Option<f64>,
    /// What that means.
    pub note: Words,
}

/// Answers to "is it within the tolerance".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WithinTolerance {
    /// The difference is at most the tolerance.
    Within,
    /// It is more: rectification.
    Outside,
    /// One of the areas is missing.
    NotKnown,
}

/// Registered against grid area (Directiva 01-2008-SNCP/CNC), in percent of the registered one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tolerance {
    /// The answer.
    pub verdict: WithinTolerance,
    /// `|registered - grid| / registered * 100`
    pub difference_pct: Option<f64>,
    /// Tolerance of its class.
    pub tolerance_pct: Option<f64>,
    /// Its norm.
    pub norm: Option<Norm>,
}

/// A norm and how sure it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Norm {
    /// Its number.
    pub code: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// V verified, KS sure, KU unsure.
    pub certainty: String,
    /// Whether it must still be confirmed.
    pub to_confirm: bool,
}

/// What the plan in force says of a parcel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Zoning {
    /// The zones that it lies in, largest share first; parameters stand with each.
    pub zones: Vec<Zone>,
    /// Said where there is none.
    pub note: Option<Words>,
}

/// One zone of the parcel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Zone {
    /// Code of its class.
    pub zone_class: String,
    /// Name of its class.
    pub name: String,
    /// Category of its class.
    pub category: String,
    /// Share of the parcel.
    pub percent: Option<f64>,
    /// The plan.
    pub plan: String,
    /// Ordinance that adopted it.
    pub ordinance: Option<String>,
    /// Whether the plan is an invented one.
    pub fictitious: bool,
    /// Its norm.
    pub norm: Option<Norm>,
    /// All building parameters: value, not applicable or not regulated, never blank.
    pub parameters: Vec<Parameter>,
}

/// A building parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Its code.
    pub parameter: String,
    /// Its title.
    pub title: Words,
    /// `value`, `not_applicable` or `not_regulated`.
    pub applies: String,
    /// The value as the norm says it.
    pub value: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Its norm.
    pub norm: Option<Norm>,
}

/// Who serves a parcel: connected, reachable, unserved or unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Services {
    /// Water.
    pub water: String,
    /// Sewer.
    pub sewer: String,
    /// Power.
    pub power: String,
    /// Date of the record.
    pub as_of: Option<NaiveDate>,
}

/// What the public may know of a parcel's titling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Titling {
    /// `titled`, `in_process`, `none` or `no_data`.
    pub state: String,
    /// Number of the case.
    pub case_number: Option<String>,
    /// Date of the record.
    pub as_of: Option<NaiveDate>,
}

/// Answers to "does this theme limit the parcel".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Affected,
    /// No: it was studied, and there is nothing.
    NotAffected,
    /// Not known: it was not studied, or not everywhere.
    NoData,
}

/// One theme of the extract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Restriction {
    /// Its code.
    pub theme: String,
    /// Its title.
    pub title: Words,
    /// The answer.
    pub verdict: Verdict,
    /// Whether it alone forbids titling.
    pub blocking: bool,
    /// Affected area in the UTM plane, of all objects together; none for lines.
    pub area_m2: Option<f64>,
    /// The same in percent of the parcel's grid area.
    pub percent: Option<f64>,
    /// Distance to the nearest object that does not reach the parcel.
    pub distance_m: Option<f64>,
    /// The norm of the object, else of the theme.
    pub norm: Option<Norm>,
    /// Whom to ask.
    pub office: String,
    /// Date of the study, or since when it holds.
    pub date: Option<NaiveDate>,
    /// The study.
    pub study: Option<String>,
    /// What must be said with it: what is missing, what is only estimated.
    pub note: Option<Words>,
    /// The objects that reach the parcel.
    pub objects: Vec<Object>,
}

/// One object that reaches the parcel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: Option<String>,
    /// Level of hazard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Whether it was declared to be mitigable; none where nobody declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mitigable: Option<bool>,
    /// Whether the authority declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared: Option<bool>,
    /// Resolution or declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What its record says besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Affected area in the UTM plane.
    pub area_m2: Option<f64>,
    /// The same in percent of the parcel's grid area.
    pub percent: Option<f64>,
    /// Its norm.
    pub norm: Option<Norm>,
}

/// How many themes have which answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Themes that limit the parcel.
    pub affected: usize,
    /// Themes that do not.
    pub not_affected: usize,
    /// Themes of which it is not known.
    pub no_data: usize,
    /// Whether one of them alone forbids titling.
    pub blocking: bool,
}

/// A parcel as it is on record.
#[derive(Clone, Debug, Default, FromRow)]
#[expect(missing_docs, reason = "the columns of `sql/parcel.sql`, explained by the layer's data dictionary")]
pub struct ParcelFacts {
    pub id: i64,
    pub ubigeo: String,
    pub code: String,
    pub kind: String,
    pub cuc: Option<String>,
    pub crcs: Vec<String>,
    pub settlement: Option<String>,
    pub sector: Option<String>,
    pub block: Option<String>,
    pub block_label: Option<String>,
    pub lot: Option<String>,
    pub land_use: Option<String>,
    pub address: Option<String>,
    pub fabric_state: String,
    pub valid_from: Option<NaiveDate>,
    pub valid_to: Option<NaiveDate>,
    pub version: i32,
    pub registered_area_m2: Option<f64>,
    pub declared_area_m2: Option<f64>,
    pub grid_area_m2: Option<f64>,
    pub ellipsoidal_area_m2: Option<f64>,
    pub perimeter_m: Option<f64>,
    pub water: Option<String>,
    pub sewer: Option<String>,
    pub power: Option<String>,
    pub services_as_of: Option<NaiveDate>,
    pub titling_state: String,
    pub titling_case: Option<String>,
    pub titling_as_of: Option<NaiveDate>,
    pub tolerance_pct: Option<f64>,
    pub tolerance_norm: Option<String>,
    pub tolerance_norm_certainty: Option<String>,
    pub geometry: Option<String>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub west: Option<f64>,
    pub south: Option<f64>,
    pub east: Option<f64>,
    pub north: Option<f64>,
    pub easting: Option<f64>,
    pub northing: Option<f64>,
    pub district: Option<String>,
    pub province: Option<String>,
    pub department: Option<String>,
    pub database_kind: Option<String>,
}

/// A zone that a parcel lies in, as it is on record.
#[derive(Clone, Debug, FromRow)]
#[expect(missing_docs, reason = "the columns of `sql/zones.sql`, explained by the layer's data dictionary")]
pub struct ZoneFacts {
    pub id: i64,
    pub zone_class: String,
    pub name: String,
    pub category: String,
    pub plan: String,
    pub plan_state: Option<String>,
    pub ordinance: Option<String>,
    pub fictitious: Option<bool>,
    pub norm: Option<String>,
    pub norm_certainty: Option<String>,
    pub area_m2: f64,
    pub parameters: Json<Vec<ZoneParameter>>,
}

/// A building parameter as it is on record.
#[derive(Clone, Debug, Deserialize)]
#[expect(missing_docs, reason = "the columns of `service.zone_parameters`")]
pub struct ZoneParameter {
    pub parameter: String,
    pub applies: String,
    pub value: Option<String>,
    pub unit: Option<String>,
    pub norm: Option<String>,
    pub norm_certainty: Option<String>,
}

/// A theme in force, and how much of the parcel was studied for it.
#[derive(Clone, Debug, Default, FromRow)]
#[expect(missing_docs, reason = "the columns of `sql/themes.sql`, explained by the layer's data dictionary")]
pub struct ThemeFacts {
    pub code: String,
    pub title_es: String,
    pub title_en: String,
    pub reach: String,
    pub near_m: f64,
    pub needs_es: String,
    pub needs_en: String,
    pub office: String,
    pub norm: Option<String>,
    pub norm_title: Option<String>,
    pub norm_certainty: Option<String>,
    pub studied_by: Option<String>,
    pub study: Option<String>,
    pub study_date: Option<NaiveDate>,
    pub studied_m2: f64,
    pub studied_whole: bool,
}

/// An object of a theme that reaches the parcel or lies nearest to it.
#[derive(Clone, Debug, Default, FromRow)]
#[expect(
    missing_docs,
    reason = "the columns of `sql/findings.sql`, explained by the layers' data dictionary"
)]
pub struct Finding {
    pub theme: String,
    pub id: i64,
    pub kind: String,
    pub name: Option<String>,
    pub level: Option<String>,
    pub mitigable: Option<bool>,
    pub declared: Option<bool>,
    pub document: Option<String>,
    pub state: Option<String>,
    pub note: Option<String>,
    pub norm: Option<String>,
    pub norm_certainty: Option<String>,
    pub office: Option<String>,
    pub study: Option<String>,
    pub study_date: Option<NaiveDate>,
    pub distance_m: f64,
    pub is_reached: bool,
    pub area_m2: Option<f64>,
    pub theme_area_m2: Option<f64>,
}
