//! A field copy and a change as they are told. No SQL, no HTTP.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::http::ask::encode;
use crate::http::parameters::Parameters;
use crate::layers::{Action, Layer};
use crate::problem::{Error, Result};

/// The system in which everything goes out and comes back.
const SRID: i32 = 32718;

/// What is wanted of a layer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Why, for the journal.
    pub reason: String,
    /// The district.
    pub ubigeo: String,
    /// The layer.
    pub target: String,
    /// Only what meets this box: west,south,east,north in degrees.
    #[serde(default)]
    pub bbox: Option<String>,
    /// Only what passes this CQL2 filter.
    #[serde(default)]
    pub filter: Option<String>,
}

impl Wanted {
    /// The parameters of a request for items: the district's features in force, in the system that they are stored in.
    ///
    /// # Errors
    /// A bad request that names the member.
    pub fn parameters(&self, layer: &Layer) -> Result<Parameters> {
        if self.reason.trim().len() < 3 {
            return Err(Error::bad("reason", "says why, for the journal"));
        }
        let crs = Some(layer.crs[layer.storage_crs].uri.clone());
        let ubigeo = layer.property("ubigeo").map(|_| self.ubigeo.clone());
        let given =
            [("crs", crs), ("ubigeo", ubigeo), ("bbox", self.bbox.clone()), ("filter", self.filter.clone())];
        let pairs =
            given.iter().filter_map(|(name, value)| Some(format!("{name}={}", encode(value.as_ref()?))));
        Parameters::parse(Some(&pairs.collect::<Vec<_>>().join("&")))
    }
}

/// Whether features of a layer can be told apart when they come back: by a number, a version, one shape in UTM.
///
/// # Errors
/// A bad request that says what is missing.
pub fn check_suits(layer: &Layer) -> Result<()> {
    let geometry = layer.geometry.as_ref();
    let is_changed = layer.door.as_ref().is_some_and(|door| door.may.has(Action::Replace));
    let missing = match () {
        () if !is_changed => "es: ninguna puerta que deje cambiar | en: no door that lets change",
        () if !layer.has_integer_id() => "es: números por identificador | en: numbers as identifiers",
        () if layer.property("version").is_none() => "es: versión | en: a version",
        () if geometry.is_none_or(|geometry| geometry.column != "geom" || geometry.srid != SRID) => {
            "es: una columna geom en EPSG:32718 | en: a column geom in EPSG:32718"
        }
        () => return Ok(()),
    };
    Err(Error::bad(
        "target",
        format!(
            "«{}» no sale al campo, le falta · does not go to the field, it lacks: {missing}",
            layer.name
        ),
    ))
}

/// A field copy.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct FieldCopy {
    pub id: i64,
    pub ubigeo: String,
    #[serde(skip)]
    pub office: String,
    pub target: String,
    #[serde(skip)]
    pub mark: String,
    pub bbox: Option<String>,
    pub filter: Option<String>,
    #[serde(skip)]
    pub columns: Vec<String>,
    pub features: i64,
    pub sha256: String,
    pub bytes: i64,
    pub taken_at: DateTime<Utc>,
}

impl FieldCopy {
    /// The name under which its file goes out.
    pub fn file_name(&self) -> String {
        let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
        let target: String = self.target.chars().filter(plain).collect();
        format!("salida-{}-{target}.gpkg", self.id)
    }
}

/// A change, as far as a decision about it needs it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Change {
    pub id: i64,
    pub change: String,
    pub state: String,
    /// The version on record now; none: it ended here.
    pub seen: Option<i32>,
    /// What would be written.
    pub fields: Vec<String>,
    /// The feature is absent from the file, or the object from the record.
    pub is_gone: bool,
}

/// Whose side of a conflict counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// What came back.
    Theirs,
    /// What is on record.
    Ours,
}
