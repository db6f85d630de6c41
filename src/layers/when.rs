//! The `datetime` parameter: an instant or an interval, open at either end.

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

use crate::problem::{Error, Result};

/// A moment: the instant, and the day it falls on in America/Lima, which is what legal validity counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant; of a day without time, its beginning.
    pub instant: DateTime<Utc>,
    /// The day in Lima.
    pub day: NaiveDate,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The version in force then.
    Instant(Moment),
    /// Each object once, its last version inside.
    Interval(Option<Moment>, Option<Moment>),
}

/// Peru keeps UTC-5 all year.
fn lima() -> FixedOffset {
    const OFFSET_S: i32 = 5 * 3600;
    FixedOffset::west_opt(OFFSET_S).unwrap_or_else(|| Utc.fix_offset())
}

trait FixOffset {
    fn fix_offset(&self) -> FixedOffset;
}

impl FixOffset for Utc {
    fn fix_offset(&self) -> FixedOffset {
        use chrono::Offset;
        self.fix()
    }
}

/// When a day begins in Lima.
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let start = day.and_hms_opt(0, 0, 0)?;
    lima().from_local_datetime(&start).single().map(|start| start.with_timezone(&Utc))
}

impl From<DateTime<Utc>> for Moment {
    fn from(instant: DateTime<Utc>) -> Self {
        Self { instant, day: instant.with_timezone(&lima()).date_naive() }
    }
}

impl Moment {
    /// The beginning of a day in Lima.
    pub fn of_day(day: NaiveDate) -> Option<Self> {
        midnight(day).map(|instant| Self { instant, day })
    }

    fn parse(text: &str) -> Result<Self> {
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            && text.len() == "2000-01-01".len()
        {
            return Self::of_day(day).ok_or_else(|| Error::bad("datetime", format!("`{text}` is not a day")));
        }
        // A `+` in a query string is a space by the rules of forms.
        match DateTime::parse_from_rfc3339(&text.replace(' ', "+")) {
            Ok(instant) => Ok(instant.with_timezone(&Utc).into()),
            Err(_) => Err(Error::bad(
                "datetime",
                format!("`{text}` is neither a day (2024-06-30) nor an RFC 3339 time (2024-06-30T12:00:00Z)"),
            )),
        }
    }

    fn bound(text: &str) -> Result<Option<Self>> {
        if matches!(text, "" | "..") { Ok(None) } else { Self::parse(text).map(Some) }
    }
}

impl When {
    /// Reads an instant or an interval `from/to`, either end of which may be `..` or empty.
    ///
    /// # Errors
    /// Names `datetime` and what was wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        let Some((from, to)) = text.split_once('/') else {
            return Moment::parse(text).map(Self::Instant);
        };
        let (from, to) = (Moment::bound(from)?, Moment::bound(to)?);
        if let (Some(from), Some(to)) = (from, to)
            && from.instant > to.instant
        {
            return Err(Error::bad("datetime", "the interval ends before it begins"));
        }
        Ok(Self::Interval(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_falls_on_the_day_in_lima() {
        let When::Instant(moment) = When::parse("2024-07-01T03:00:00Z").unwrap() else { panic!() };
        assert_eq!(moment.day.to_string(), "2024-06-30");
        let When::Instant(day) = When::parse("2024-06-30").unwrap() else { panic!() };
        assert_eq!(
            (day.day.to_string(), day.instant.to_rfc3339()),
            ("2024-06-30".into(), "2024-06-30T05:00:00+00:00".into())
        );
    }

    #[test]
    fn intervals_may_be_open() {
        assert!(matches!(When::parse("0000-01-01T00:00:00Z/..").unwrap(), When::Interval(Some(_), None)));
        assert!(matches!(When::parse("../9999-12-31T23:59:59Z").unwrap(), When::Interval(None, Some(_))));
        assert!(matches!(When::parse("/2024-01-01").unwrap(), When::Interval(None, Some(_))));
        assert!(matches!(When::parse("../..").unwrap(), When::Interval(None, None)));
        assert!(matches!(When::parse("2024-01-01T00:00:00 05:00").unwrap(), When::Instant(_)));
    }

    #[test]
    fn garbage_is_refused() {
        for text in [
            "",
            "..",
            "yesterday",
            "2024",
            "2024-13-01",
            "2024-01-01/2023-01-01",
            "2024-01-01/x",
            "1/2/3",
            "2024-6-1",
            "٢٠٢٤-٠١-٠١",
        ] {
            assert!(When::parse(text).is_err(), "{text}");
        }
    }
}
