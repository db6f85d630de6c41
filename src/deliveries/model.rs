//! A delivery as it is told and as it is asked for. No SQL, no HTTP.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::problem::{Error, Result};
use crate::spatial::wire::Kind;

/// What the sender, or who uploads for the sender, says about a file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The district that it is about; of a return that of its field copy, as are target and sender.
    #[serde(default)]
    pub ubigeo: String,
    /// The layer that it goes to, e.g. `parcels`; empty where `layers` says so for each.
    #[serde(default)]
    pub target: String,
    /// Layers of the file and where each goes: a delivery of each, together a bundle.
    #[serde(default)]
    pub layers: Vec<Part>,
    /// Who sent it.
    #[serde(default)]
    pub sender: String,
    /// The field copy that it returns.
    #[serde(default)]
    pub returns: Option<i64>,
    /// Number of the document that it came with.
    #[serde(default)]
    pub source_id: Option<i64>,
    /// Accuracy of its positions, metres.
    #[serde(default)]
    pub accuracy_m: Option<f64>,
    /// EPSG code of its coordinates.
    #[serde(default)]
    pub srid: Option<i32>,
    /// Layer of the file, where it has several.
    #[serde(default)]
    pub layer: Option<String>,
    /// The plan of a draft that zones go to.
    #[serde(default)]
    pub plan: Option<String>,
    /// Why, for the journal.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A layer of a file and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Layer of the file.
    pub layer: String,
    /// The layer that it goes to.
    pub target: String,
    /// EPSG code of its coordinates.
    #[serde(default)]
    pub srid: Option<i32>,
    /// The plan of a draft that zones go to.
    #[serde(default)]
    pub plan: Option<String>,
}

/// Layers that one upload may bring.
const MOST_LAYERS: usize = 20;

impl About {
    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// A bad request that names the member.
    pub fn check(&self) -> Result<()> {
        if self.returns.is_none() {
            self.check_said()?;
        }
        if self.accuracy_m.is_some_and(|metres| !(metres > 0.0 && metres <= 1_000.0)) {
            return Err(Error::bad("accuracy_m", "is the accuracy of the positions in metres, up to 1000"));
        }
        let alone = self.layer.is_none() && self.srid.is_none() && self.plan.is_none();
        if !(self.layers.is_empty() || alone) {
            return Err(Error::bad("layers", "say `layer`, `srid` and `plan` each for itself"));
        }
        let is_twice = |at: usize| self.layers[..at].iter().any(|one| one.layer == self.layers[at].layer);
        if self.layers.len() > MOST_LAYERS || (0..self.layers.len()).any(is_twice) {
            return Err(Error::bad("layers", format!("are at most {MOST_LAYERS}, each of them once")));
        }
        Ok(())
    }

    /// The same, said of each layer that is brought.
    pub fn each(&self) -> Vec<Self> {
        if self.layers.is_empty() {
            return vec![self.clone()];
        }
        let of = |part: &Part| Self {
            target: part.target.clone(),
            layer: Some(part.layer.clone()),
            srid: part.srid,
            plan: part.plan.clone(),
            layers: Vec::new(),
            ..self.clone()
        };
        self.layers.iter().map(of).collect()
    }

    /// Refuses what every delivery says, and a return takes from its field copy.
    ///
    /// # Errors
    /// A bad request that names the member.
    pub fn check_said(&self) -> Result<()> {
        if self.ubigeo.is_empty() {
            return Err(Error::bad("ubigeo", "is missing"));
        }
        if self.target.is_empty() == self.layers.is_empty() {
            return Err(Error::bad(
                "target",
                "names the layer that it goes to; or `layers` does, for each of its own",
            ));
        }
        if self.sender.trim().len() < 2 || self.sender.len() > 200 {
            return Err(Error::bad("sender", "says who sent the file, in 2 to 200 letters"));
        }
        Ok(())
    }

    /// Why, for the journal.
    pub fn reason(&self) -> String {
        self.reason
            .clone()
            .unwrap_or_else(|| format!("entrega de {} para {}", self.sender.trim(), self.target))
    }
}

/// A property that the target's door takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// The database's type.
    pub sql_type: String,
    /// A new object must have it.
    pub required: bool,
    /// It stays with an object for good.
    #[serde(default)]
    pub only_new: bool,
}

/// A column of the file, with what its values are like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name in the file.
    pub name: String,
    /// Type of its values.
    pub kind: Kind,
    /// Features that have a value.
    pub filled: u64,
    /// Values that are numbers.
    pub numbers: u64,
    /// The first few different values.
    pub samples: Vec<String>,
    /// Why it was dropped: it looks like people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personal: Option<String>,
}

/// Where a property comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The property of the target, or what the file says of itself: `given_code`, `given_lot`.
    pub property: String,
    /// The column of the file.
    pub field: String,
    /// `text` or `number`.
    #[serde(default = "text")]
    pub kind: String,
    /// Digits of a code: lost zeros are put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<i32>,
    /// Unit: the value is multiplied by it, e.g. 10000 for hectares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
    /// Why it was suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

fn text() -> String {
    "text".to_owned()
}

/// A way to read the file's numbers, with what speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Stable name.
    pub candidate: String,
    /// Spanish.
    pub es: String,
    /// English.
    pub en: String,
    /// EPSG code.
    pub srid: i32,
    /// The file has northing or latitude first.
    pub axes_swapped: bool,
    /// Metres of its unit.
    pub unit_m: f64,
    /// Features looked at.
    pub looked_at: i64,
    /// Share of them inside the district.
    pub inside_share: f64,
    /// Share of their corners within 5 cm of a corner of the fabric; none: there is no fabric to compare with.
    pub corner_share: Option<f64>,
    /// Mean of the best overlap with a parcel of the fabric, 0 to 1.
    pub overlap_share: Option<f64>,
    /// Median distance of their corners from the fabric's, metres.
    pub median_offset_m: Option<f64>,
    /// Distance of their middle from the district, kilometres.
    pub distance_km: Option<f64>,
}

impl Proposal {
    /// How well the features lie on the fabric, 0 to 1.
    pub fn fit(&self) -> f64 {
        self.corner_share.unwrap_or(0.0).max(self.overlap_share.unwrap_or(0.0))
    }
}

/// A delivery as it is told.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Delivery {
    pub id: i64,
    pub ubigeo: String,
    #[serde(skip)]
    pub office: String,
    pub target: String,
    pub file_name: String,
    pub sha256: String,
    pub bytes: i64,
    pub sender: String,
    pub source_id: Option<i64>,
    pub accuracy_m: Option<f64>,
    #[serde(skip)]
    pub told_srid: Option<i32>,
    pub driver: Option<String>,
    pub layer: Option<String>,
    pub encoding: Option<Value>,
    pub fields: Option<Value>,
    pub properties: Value,
    pub geometry: String,
    pub declared_crs: Option<String>,
    #[serde(skip)]
    pub declared_srid: Option<i32>,
    pub proposals: Option<Value>,
    pub srid: Option<i32>,
    pub axes_swapped: bool,
    pub unit_m: f64,
    pub crs_how: Option<String>,
    pub operation: Option<String>,
    pub mapping: Option<Value>,
    pub mapping_how: Option<String>,
    pub state: String,
    pub trouble: Option<Value>,
    pub read_count: Option<i64>,
    pub accepted_count: Option<i64>,
    pub repaired_count: Option<i64>,
    pub rejected_count: Option<i64>,
    /// The field copy that it returns.
    pub returns: Option<i64>,
    pub received_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub version: i32,
    /// Deliveries of one upload share its number.
    pub bundle: Option<i64>,
}

impl Delivery {
    /// Whether something works on it right now.
    pub fn is_busy(&self) -> bool {
        matches!(self.state.as_str(), "staging" | "checking")
    }

    /// The properties that its target takes.
    ///
    /// # Errors
    /// When the database holds another shape of them.
    pub fn properties(&self) -> anyhow::Result<Vec<Property>> {
        Ok(serde_json::from_value(self.properties.clone())?)
    }

    /// The columns of the file.
    ///
    /// # Errors
    /// As [`Self::properties`].
    pub fn fields(&self) -> anyhow::Result<Vec<Field>> {
        Ok(self.fields.clone().map(serde_json::from_value).transpose()?.unwrap_or_default())
    }

    /// Where each property comes from.
    ///
    /// # Errors
    /// As [`Self::properties`].
    pub fn mapping(&self) -> anyhow::Result<Vec<Origin>> {
        Ok(self.mapping.clone().map(serde_json::from_value).transpose()?.unwrap_or_default())
    }

    /// The ways to read its numbers.
    ///
    /// # Errors
    /// As [`Self::properties`].
    pub fn proposals(&self) -> anyhow::Result<Vec<Proposal>> {
        Ok(self.proposals.clone().map(serde_json::from_value).transpose()?.unwrap_or_default())
    }
}

/// A finding as it is kept.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Finding {
    pub id: i64,
    pub number: Option<i64>,
    pub class: String,
    pub severity: String,
    pub part: Option<i32>,
    pub ring: Option<i32>,
    pub vertex: Option<i32>,
    pub field: Option<String>,
    pub other: Option<String>,
    pub measure: Option<f64>,
    pub detail: Option<String>,
    pub repair: Option<String>,
    /// A point of its place in EPSG:32718.
    pub east: Option<f64>,
    pub north: Option<f64>,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
}

/// How many findings of a class there are.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Count {
    pub class: String,
    pub severity: String,
    pub findings: i64,
    pub features: i64,
    /// Those for which a repair is offered.
    pub repairable: i64,
}
