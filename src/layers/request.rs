//! What a request asks a layer for, in types; nothing here is text from the network any more.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bbox::Bbox;
use super::crs::Crs;
use super::cursor::Position;
use super::filter::Filter;
use super::model::{Column, Kind, Layer};
use super::when::{Moment, When};
use crate::database::reader::Snapshot;
use crate::problem::{Error, Result};

/// A value that is bound into a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Boolean.
    Bool(bool),
    /// Integer of any width.
    Int(i64),
    /// Floating point.
    Float(f64),
    /// Text; also what the database is to cast (see `layers::sql`).
    Text(String),
    /// UUID.
    Uuid(Uuid),
    /// Day.
    Date(NaiveDate),
    /// Time without a zone.
    Timestamp(NaiveDateTime),
    /// Instant.
    Instant(DateTime<Utc>),
}

impl Value {
    /// Reads `text` as a value of `column`; digits of other scripts are no digits.
    ///
    /// # Errors
    /// Names the column and what was expected.
    pub fn parse(column: &Column, text: &str) -> Result<Self> {
        let wrong = |expected: &str| Error::bad(&column.name, format!("`{text}` is not {expected}"));
        match column.kind {
            Kind::Bool => match text {
                "true" | "1" => Ok(Self::Bool(true)),
                "false" | "0" => Ok(Self::Bool(false)),
                _ => Err(wrong("true or false")),
            },
            Kind::Int2 | Kind::Int4 | Kind::Int8 => {
                text.parse().map(Self::Int).map_err(|_| wrong("an integer"))
            }
            Kind::Float4 | Kind::Float8 => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Self::Float(number)),
                _ => Err(wrong("a number")),
            },
            Kind::Numeric if is_decimal(text) => Ok(Self::Text(text.to_owned())),
            Kind::Numeric => Err(wrong("a number")),
            Kind::Uuid => text.parse().map(Self::Uuid).map_err(|_| wrong("a UUID")),
            Kind::Date => text.parse().map(Self::Date).map_err(|_| wrong("a day such as 2024-06-30")),
            Kind::Timestamp => text.parse().map(Self::Timestamp).map_err(|_| wrong("a time")),
            Kind::TimestampTz => DateTime::parse_from_rfc3339(&text.replace(' ', "+"))
                .map(|instant| Self::Instant(instant.with_timezone(&Utc)))
                .map_err(|_| wrong("an RFC 3339 time")),
            Kind::Text | Kind::Other => Ok(Self::Text(text.to_owned())),
            Kind::Json => Err(Error::bad(&column.name, "is a structure and cannot be compared")),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.len() <= 100 && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// A key to sort by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: Column,
    /// Largest first.
    pub descending: bool,
}

/// What is asked of a layer.
#[derive(Clone, Debug)]
pub struct Request {
    /// Only features that meet this box.
    pub bbox: Option<Bbox>,
    /// Only what was in force then; today otherwise.
    pub when: Option<When>,
    /// The present, by argument so that a page and its successors agree on it.
    pub now: Moment,
    /// What was on record then; what is now otherwise. Reads the layer's twin, see `migrations/0052_recorded_time.sql`.
    pub recorded: Option<DateTime<Utc>>,
    /// The snapshot to read in; one of the request's own otherwise.
    pub snapshot: Option<Snapshot>,
    /// Only features with these values.
    pub equals: Vec<(Column, Value)>,
    /// Only features that pass.
    pub filter: Option<Arc<Filter>>,
    /// Only these properties; all otherwise.
    pub properties: Option<Vec<String>>,
    /// Whether geometries are written.
    pub with_geometry: bool,
    /// Order before the key, which always comes last.
    pub sort: Vec<SortKey>,
    /// Most features.
    pub limit: u64,
    /// Features to skip.
    pub offset: u64,
    /// Only features after this one in the order.
    pub after: Option<Position>,
    /// System of the coordinates in the answer.
    pub crs: Crs,
}

impl Request {
    /// Everything, as of now, in CRS84.
    pub fn all(now: Moment) -> Self {
        Self {
            bbox: None,
            when: None,
            now,
            recorded: None,
            snapshot: None,
            equals: Vec::new(),
            filter: None,
            properties: None,
            with_geometry: true,
            sort: Vec::new(),
            limit: 1,
            offset: 0,
            after: None,
            crs: Crs::crs84(),
        }
    }

    /// Everything as it was on record at `moment`, in force on that day unless another is asked for.
    #[must_use]
    pub fn recorded_at(self, moment: Moment) -> Self {
        Self { recorded: Some(moment.instant), now: moment, ..self }
    }

    /// The view to read, or its twin of recorded time.
    pub fn relation<'a>(&self, layer: &'a Layer) -> Cow<'a, str> {
        match self.recorded {
            None => Cow::Borrowed(&layer.relation),
            Some(_) => Cow::Owned(format!("\"recorded_{}", layer.relation.trim_start_matches('"'))),
        }
    }

    /// The columns that are written, in the view's order.
    pub fn columns<'a>(&self, layer: &'a Layer) -> Vec<&'a Column> {
        let wanted =
            |column: &&Column| self.properties.as_ref().is_none_or(|names| names.contains(&column.name));
        layer.columns.iter().filter(wanted).collect()
    }

    /// Whether every feature of the layer that is in force matches.
    pub fn is_unfiltered(&self) -> bool {
        self.bbox.is_none() && self.equals.is_empty() && self.filter.is_none()
    }

    /// Whether it asks for a place on the earth.
    pub fn is_placed(&self) -> bool {
        self.bbox.is_some() || self.filter.is_some()
    }

    /// Binds a cursor to filter, order, properties and reference system: a changed query cannot go on with it.
    pub fn fingerprint(&self, layer: &Layer) -> String {
        let sort: Vec<_> = self.sort.iter().map(|key| (&key.column.name, key.descending)).collect();
        let equals: Vec<_> = self.equals.iter().map(|(column, value)| (&column.name, value)).collect();
        let all = format!(
            "{:?}",
            (
                &layer.name,
                &self.bbox,
                &self.when,
                &self.recorded,
                equals,
                &self.filter,
                &self.properties,
                self.with_geometry,
                sort,
                &self.crs.uri
            )
        );
        hex::encode(&Sha256::digest(all.as_bytes())[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_plain_digits() {
        for good in ["0", "-1", "12.50", "000.1"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", ".", "1.", ".5", "1e5", "NaN", "١٢", "1 ", "--1", "+1"] {
            assert!(!is_decimal(bad), "{bad}");
        }
    }
}
