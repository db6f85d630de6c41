//! A filter with types: what cannot be built here cannot become SQL.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::functions::Function;
use super::shape::Settled;
use crate::layers::model::{Column, Kind};

/// What is true of a feature, false, or not known.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// One of them.
    Any(Vec<Condition>),
    /// Not so.
    Not(Box<Condition>),
    /// Two values compared.
    Compare(Comparison, Scalar, Scalar),
    /// A text and a pattern.
    Like(Scalar, Scalar),
    /// A value, its lowest and its highest.
    Between(Scalar, Scalar, Scalar),
    /// A value among others.
    In(Scalar, Vec<Scalar>),
    /// No value.
    IsNull(Operand),
    /// A truth of its own.
    True(Scalar),
    /// Two shapes.
    Spatial(SpatialRelation, Figure, Figure),
    /// Two periods.
    Temporal(TemporalRelation, Period, Period),
    /// Two sets.
    Sets(SetRelation, Set, Set),
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// true or false
    Truth,
    /// A number of any width.
    Number,
    /// A text.
    Text,
    /// A UUID.
    Uuid,
    /// A day.
    Day,
    /// An instant.
    Instant,
    /// A time without a zone.
    Clock,
}

impl Type {
    /// What a column holds; none for structures.
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Bool => Some(Self::Truth),
            Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Float4 | Kind::Float8 | Kind::Numeric => {
                Some(Self::Number)
            }
            Kind::Text | Kind::Other => Some(Self::Text),
            Kind::Uuid => Some(Self::Uuid),
            Kind::Date => Some(Self::Day),
            Kind::TimestampTz => Some(Self::Instant),
            Kind::Timestamp => Some(Self::Clock),
            Kind::Json => None,
        }
    }

    /// Whether it has a place in time.
    pub const fn is_temporal(self) -> bool {
        matches!(self, Self::Day | Self::Instant | Self::Clock)
    }

    /// How a literal of it is written, in Spanish and in English.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Truth => ("true o false", "true or false"),
            Self::Number => ("un número", "a number"),
            Self::Text => ("un texto entre comillas simples", "a text in single quotes"),
            Self::Uuid => ("un UUID entre comillas simples", "a UUID in single quotes"),
            Self::Day => ("un día como DATE('2024-06-30')", "a day such as DATE('2024-06-30')"),
            Self::Instant => (
                "un instante como TIMESTAMP('2024-06-30T12:00:00Z')",
                "an instant such as TIMESTAMP('2024-06-30T12:00:00Z')",
            ),
            Self::Clock => (
                "una hora como TIMESTAMP('2024-06-30T12:00:00Z')",
                "a time such as TIMESTAMP('2024-06-30T12:00:00Z')",
            ),
        }
    }
}

/// A single value.
#[derive(Clone, Debug)]
pub enum Scalar {
    /// Of the feature.
    Property(Box<Column>),
    /// Of the filter.
    Literal(Literal),
    /// Worked out.
    Arithmetic(Arithmetic, Box<Scalar>, Box<Scalar>),
    /// A function of the list.
    Function(&'static Function, Vec<Scalar>),
    /// Whether a condition holds.
    Condition(Box<Condition>),
}

/// A value of the filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// true or false
    Truth(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// Any other number, in digits that PostgreSQL reads.
    Decimal(String),
    /// A text.
    Text(String),
    /// A UUID.
    Uuid(Uuid),
    /// A day.
    Day(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
}

/// What is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Over,
    /// `%`
    Rest,
    /// `div`
    Whole,
    /// `^`
    Power,
}

/// Anything that may have no value.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A single value.
    Scalar(Scalar),
    /// The shape.
    Shape,
    /// A structure.
    Structure(Box<Column>),
}

/// A shape.
#[derive(Clone, Debug)]
pub enum Figure {
    /// Of the feature.
    Own,
    /// Of the filter.
    Literal(Settled),
}

/// How two shapes lie; the names are PostGIS's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpatialRelation {
    /// The name in CQL2.
    pub name: &'static str,
    /// The function in PostGIS.
    pub function: &'static str,
}

/// From a beginning to an end; an instant or a day is both.
#[derive(Clone, Debug)]
pub struct Period {
    /// When it begins.
    pub from: Bound,
    /// When it ends.
    pub to: Bound,
}

/// An end of a period.
#[derive(Clone, Debug)]
pub enum Bound {
    /// `..`
    Open,
    /// A value, and whether none means that the period is open there.
    At(Scalar, bool),
}

/// How two periods lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemporalRelation {
    /// The name in CQL2.
    pub name: &'static str,
    /// SQL over a, b, c, d: beginning and end of the first, beginning and end of the second period.
    pub sql: &'static str,
}

/// Several values without order.
#[derive(Clone, Debug)]
pub enum Set {
    /// Of the feature: an array or a JSON array.
    Property(Box<Column>),
    /// Of the filter.
    Literal(serde_json::Value),
}

/// How two sets lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetRelation {
    /// Each value of one is in the other.
    Equals,
    /// The first has all values of the second.
    Contains,
    /// The second has all values of the first.
    ContainedBy,
    /// They share a value.
    Overlaps,
}
