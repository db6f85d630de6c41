//! What is asked of the register and what is answered. No SQL, no HTTP.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::rules::Broken;
use super::share::Share;
use crate::sources::{NewSource, Source};

/// An act over the rights of one property unit, with everything that it needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Rights of a kind begin on a unit where nobody held one.
    Constitution {
        /// Kind of right.
        right_kind: RightKind,
        /// Who gets which part.
        to: Vec<Receiver>,
        /// Last day, where the right has a term.
        #[serde(default)]
        valid_until: Option<NaiveDate>,
        /// Entry in the registry.
        #[serde(default)]
        registry_entry: Option<String>,
    },
    /// A right, or a share of it, goes to others.
    Transfer {
        /// Number of the right.
        right: i64,
        /// The share of the whole unit that goes; all that the right holds where absent.
        #[serde(default)]
        share: Option<Share>,
        /// Who gets which part of it.
        to: Vec<Receiver>,
        /// Entry in the registry.
        #[serde(default)]
        registry_entry: Option<String>,
    },
    /// The right of one who died goes to the heirs.
    Succession {
        /// Number of the right.
        right: i64,
        /// Who gets which part of it.
        to: Vec<Receiver>,
        /// Entry in the registry.
        #[serde(default)]
        registry_entry: Option<String>,
    },
    /// A right comes to its end, as a usufruct with its holder's death: nobody gets it.
    Extinction {
        /// Number of the right.
        right: i64,
    },
    /// A restriction or a responsibility is put on the unit, or on one of its parcels.
    Burden(NewRestriction),
    /// A restriction is taken off.
    Release {
        /// Number of the restriction.
        restriction: i64,
    },
    /// Entries were recorded wrongly: they are put right for their whole period, what stood there stays in the history.
    Correction {
        /// What is put right in which entry.
        entries: Vec<Corrected>,
    },
    /// An act, or single entries, never had an effect: they stay on record and no longer count.
    Annulment {
        /// Number of the act; what it ended goes on as before.
        #[serde(default)]
        annuls: Option<i64>,
        /// Numbers of entries that no act stands behind.
        #[serde(default)]
        entries: Vec<i64>,
    },
}

impl Request {
    /// Its name in the database and in addresses.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Constitution { .. } => "constitution",
            Self::Transfer { .. } => "transfer",
            Self::Succession { .. } => "succession",
            Self::Extinction { .. } => "extinction",
            Self::Burden(_) => "burden",
            Self::Release { .. } => "release",
            Self::Correction { .. } => "correction",
            Self::Annulment { .. } => "annulment",
        }
    }

    /// Whether it puts right what was recorded, and changes nothing that was in force.
    pub const fn corrects(&self) -> bool {
        matches!(self, Self::Correction { .. })
    }
}

/// Names of the acts.
pub const ACTS: [&str; 8] =
    ["constitution", "transfer", "succession", "extinction", "burden", "release", "correction", "annulment"];

/// A kind of right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RightKind {
    /// Propiedad.
    Ownership,
    /// Posesión.
    Possession,
    /// Usufructo.
    Usufruct,
    /// Arrendamiento.
    Lease,
    /// Superficie.
    Surface,
    /// Uso.
    Use,
}

impl RightKind {
    /// As it stands in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ownership => "ownership",
            Self::Possession => "possession",
            Self::Usufruct => "usufruct",
            Self::Lease => "lease",
            Self::Surface => "surface",
            Self::Use => "use",
        }
    }
}

/// A restriction or a responsibility (`LA_Restriction`, `LA_Responsibility`) that an act puts on a unit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRestriction {
    /// What kind of burden.
    pub kind: RestrictionKind,
    /// What it says, in a line; no person is named here, it is public.
    pub title: String,
    /// What it says, at length; public too.
    #[serde(default)]
    pub description: Option<String>,
    /// Code of the parcel that it lies on; on the whole unit where absent.
    #[serde(default)]
    pub parcel: Option<String>,
    /// Code of the norm that it rests on.
    #[serde(default)]
    pub norm: Option<String>,
    /// The office to ask.
    #[serde(default)]
    pub office: Option<String>,
    /// Last day, where it has a term.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// A kind of restriction or responsibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionKind {
    /// Hipoteca.
    Mortgage,
    /// Servidumbre.
    RightOfWay,
    /// Prohibición de transferir.
    TransferBan,
    /// Embargo.
    Attachment,
    /// Anotación preventiva.
    PreventiveEntry,
    /// Condición de uso.
    UseCondition,
    /// Responsabilidad: something that the holder must do.
    Responsibility,
}

impl RestrictionKind {
    /// As it stands in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mortgage => "mortgage",
            Self::RightOfWay => "right_of_way",
            Self::TransferBan => "transfer_ban",
            Self::Attachment => "attachment",
            Self::PreventiveEntry => "preventive_entry",
            Self::UseCondition => "use_condition",
            Self::Responsibility => "responsibility",
        }
    }
}

/// Who gets a right.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Number of the party.
    pub party: i64,
    /// Its part of what is given; all of it where absent.
    #[serde(default = "whole")]
    pub part: Share,
}

fn whole() -> Share {
    Share::WHOLE
}

/// What becomes of a member of an entry: absent, it stays; `null` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Put<T> {
    /// As it was.
    #[default]
    Stays,
    /// This, or nothing.
    Is(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Put<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Is)
    }
}

impl<T: Clone> Put<T> {
    /// What stands there afterwards.
    pub fn onto(&self, before: Option<&T>) -> Option<T> {
        match self {
            Self::Stays => before.cloned(),
            Self::Is(after) => after.clone(),
        }
    }
}

/// What is put right in one entry; what is absent stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// Number of the entry.
    pub entry: i64,
    /// The right party.
    #[serde(default)]
    pub party: Option<i64>,
    /// The right share.
    #[serde(default)]
    pub share: Option<Share>,
    /// The right first day; `null`: since ever.
    #[serde(default)]
    pub valid_from: Put<NaiveDate>,
    /// The right last day; `null`: it goes on.
    #[serde(default)]
    pub valid_until: Put<NaiveDate>,
    /// The right entry in the registry; `null`: none.
    #[serde(default)]
    pub registry_entry: Put<String>,
}

/// Under which terms an act is done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Why, for the journal.
    pub reason: String,
    /// From which day it holds; today where absent.
    #[serde(default)]
    pub effective_on: Option<NaiveDate>,
    /// The source, when it is on record.
    #[serde(default)]
    pub source_id: Option<i64>,
    /// The source, to be recorded with the act.
    #[serde(default)]
    pub source: Option<NewSource>,
    /// The version of the unit's rights that the writer saw.
    #[serde(default)]
    pub version: Option<String>,
}

/// A property unit.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Unit {
    /// Its number.
    pub id: i64,
    /// District.
    pub ubigeo: String,
    /// Cadastral reference code.
    pub crc: Option<String>,
    /// Codes of its parcels.
    pub parcels: Vec<String>,
    /// Entry in the registry.
    pub registry_entry: Option<String>,
    /// Count of the changes to its rights: what `If-Match` takes.
    pub version: String,
}

/// An entry of the register: a right in one of its periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub entry: i64,
    /// Number of the right.
    pub right: i64,
    /// Kind of right.
    pub kind: String,
    /// Number of the party; its name is told for a purpose only.
    pub party: i64,
    /// Its share.
    pub share: Share,
    /// First day; none: since ever.
    pub valid_from: Option<NaiveDate>,
    /// Last day; none: it goes on.
    pub valid_until: Option<NaiveDate>,
    /// Whether it stays on record without effect.
    pub annulled: bool,
    /// Document that proves it.
    pub source: Option<i64>,
    /// Entry in the registry.
    pub registry_entry: Option<String>,
}

impl Entry {
    /// Whether it is in force on a day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        !self.annulled
            && self.valid_from.is_none_or(|from| from <= day)
            && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// An act on record.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Act {
    /// Its number.
    pub id: i64,
    /// What kind of act.
    pub act: String,
    /// From which day it holds; none for a correction.
    pub effective_on: Option<NaiveDate>,
    /// Document that proves it.
    pub source: i64,
    /// The act that it annuls.
    pub annuls: Option<i64>,
    /// Whether it was annulled.
    pub annulled: bool,
    /// In which office it was done.
    pub role: String,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

/// The rights over a unit as their next writer must know them.
#[derive(Clone, Debug, Serialize)]
pub struct Rights {
    /// The unit.
    #[serde(flatten)]
    pub unit: Unit,
    /// The day that is shown.
    pub as_of: NaiveDate,
    /// Entries in force on that day.
    pub rights: Vec<Entry>,
    /// Restrictions and responsibilities in force on that day, on the unit and its parcels.
    pub restrictions: Vec<Restriction>,
    /// Documents that prove them and the acts.
    pub sources: Vec<Source>,
    /// Acts on record, the last one first.
    pub acts: Vec<Act>,
}

/// What an act did, or would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Kind of act.
    pub act: &'static str,
    /// Its number; none for a trial.
    pub act_id: Option<i64>,
    /// Whether it was only tried.
    pub dry_run: bool,
    /// The unit.
    pub unit: i64,
    /// Version of the unit's rights afterwards; none for a trial.
    pub version: Option<String>,
    /// From which day it holds.
    pub effective_on: Option<NaiveDate>,
    /// The source, on record.
    pub source_id: Option<i64>,
    /// Every rule that it breaks.
    pub broken: Vec<Broken>,
    /// Who holds which share on that day, before and after.
    pub shares: Vec<Line>,
    /// What becomes of which entry.
    pub entries: Vec<Touched>,
    /// What becomes of which restriction.
    pub burdens: Vec<Burdened>,
    /// Open cases that hold parcels of the unit.
    pub cases: Vec<Held>,
    /// Restrictions on the unit and its parcels.
    pub restrictions: Vec<Restriction>,
}

/// A party's share of a kind of right, before and after an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Kind of right.
    pub kind: String,
    /// Number of the right.
    pub right: i64,
    /// Number of the party.
    pub party: i64,
    /// Its share before; none: it held none.
    pub before: Option<Share>,
    /// Its share after; none: it holds none.
    pub after: Option<Share>,
}

/// What an act does to an entry.
#[derive(Clone, Debug, Serialize)]
pub struct Touched {
    /// `begins`, `ends`, `corrected`, `annulled`, `restored`.
    pub part: String,
    /// The entry afterwards.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What an act does to a restriction.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Burdened {
    /// `begins`, `ends`, `annulled`, `restored`.
    pub part: String,
    /// Number of the restriction.
    pub restriction: i64,
    /// Kind of restriction.
    pub kind: String,
    /// What it says; none where it is no longer on record.
    pub title: Option<String>,
    /// First day.
    pub valid_from: Option<NaiveDate>,
    /// Last day; none: it goes on.
    pub valid_until: Option<NaiveDate>,
}

/// A case that holds a parcel.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Held {
    /// Code of the parcel.
    pub code: String,
    /// Number of the case.
    pub reference: String,
}

/// A restriction on the unit or its parcels.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Restriction {
    /// Its number.
    pub restriction: i64,
    /// Kind of restriction.
    pub kind: String,
    /// What it says.
    pub title: String,
    /// Code of the parcel that it lies on; none: on the whole unit.
    pub parcel: Option<String>,
    /// The norm that it rests on.
    pub norm: Option<String>,
    /// The office to ask.
    pub office: Option<String>,
    /// First day; none: since ever.
    pub valid_from: Option<NaiveDate>,
    /// Last day; none: it goes on.
    pub valid_until: Option<NaiveDate>,
    /// Document that proves it.
    pub source: Option<i64>,
}
