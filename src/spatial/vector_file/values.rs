//! One feature of GDAL's as a frame: nothing is lost without a remark.

use gdal::vector::{Feature, OGRFieldType};

use super::plan::{FieldPlan, Plan};
use super::take_complaints;
use crate::spatial::wire::{Frame, Kind, Record, Remark, Unreadable, Value, What};

impl Plan {
    /// Makes the frame of one feature.
    pub fn frame(&self, feature: &Feature<'_>, number: u64) -> Frame {
        let mut record = Record { number, ..Record::default() };
        for (index, field) in self.fields.iter().enumerate() {
            let value = self.value(feature, index, field, &mut record.remarks);
            record.values.push(value);
        }
        let complaints = take_complaints();
        // GDAL takes a geometry that is absent for empty, and complains about the question.
        let geometry = feature.geometry().filter(|geometry| !geometry.is_empty());
        take_complaints();
        if let Some(geometry) = geometry {
            match geometry.iso_wkb() {
                Ok(wkb) => record.wkb = wkb,
                Err(error) => return Frame::Unreadable(Unreadable { number, why: error.to_string() }),
            }
        }
        match complaints {
            Some(why) => Frame::Unreadable(Unreadable { number, why }),
            None => Frame::Record(record),
        }
    }

    fn value(
        &self,
        feature: &Feature<'_>,
        index: usize,
        field: &FieldPlan,
        remarks: &mut Vec<Remark>,
    ) -> Value {
        // GDAL gives an empty text for a value that is absent, and for nothing else but an empty text.
        let Some(text) = feature.field_as_string(index).ok().flatten().filter(|text| !text.is_empty()) else {
            return Value::Null;
        };
        let mut remark = |what, value: &str| {
            remarks.push(Remark { field: index, what, value: value.chars().take(80).collect() });
        };
        match field.kind {
            // SQLite's truth is any number but zero.
            Kind::Truth => {
                text.parse().map_or(Value::Null, |number: i64| Value::Integer((number != 0).into()))
            }
            Kind::Integer | Kind::BigInteger => text.parse().map_or(Value::Null, Value::Integer),
            Kind::Real => match real(feature, index, field, &text) {
                Some(number) if number.is_finite() => Value::Real(number),
                _ => {
                    remark(What::NotFinite, &text);
                    Value::Null
                }
            },
            Kind::Date | Kind::Time | Kind::Moment | Kind::ZonedMoment => {
                if let Some(moment) = moment(field.kind, &text) {
                    Value::Text(moment)
                } else {
                    remark(What::NoSuchMoment, &text);
                    Value::Null
                }
            }
            Kind::Bytes => Value::Text(text),
            Kind::Text if self.widened => {
                let bytes = narrow(&text);
                let (text, what) = self.text.decode(&bytes, field.width > 0 && bytes.len() >= field.width);
                if let Some(what) = what {
                    remark(what, &text);
                }
                Value::Text(text)
            }
            Kind::Text => {
                if text.contains('\u{fffd}') {
                    remark(What::NoCharacter, &text);
                }
                Value::Text(list(feature, index, field).unwrap_or(text))
            }
        }
    }
}

/// A real at full precision: GDAL's text of it has 15 digits.
fn real(feature: &Feature<'_>, index: usize, field: &FieldPlan, text: &str) -> Option<f64> {
    if field.source == OGRFieldType::OFTReal {
        return feature.field_as_double(index).ok().flatten();
    }
    text.parse().ok()
}

/// Lists become a JSON array.
fn list(feature: &Feature<'_>, index: usize, field: &FieldPlan) -> Option<String> {
    use gdal::vector::FieldValue::{Integer64ListValue, IntegerListValue, RealListValue, StringListValue};
    if field.source == OGRFieldType::OFTString {
        return None;
    }
    match feature.field(index).ok()?? {
        IntegerListValue(list) => serde_json::to_string(&list).ok(),
        Integer64ListValue(list) => serde_json::to_string(&list).ok(),
        RealListValue(list) => serde_json::to_string(&list).ok(),
        StringListValue(list) => serde_json::to_string(&list).ok(),
        _ => None,
    }
}

/// GDAL's `2020/01/31 10:00:00+00` as PostgreSQL reads it, if the calendar has it.
fn moment(kind: Kind, text: &str) -> Option<String> {
    let text = text.replace('/', "-");
    let date = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let time = |text: &str| chrono::NaiveTime::parse_from_str(text, "%H:%M:%S%.f").ok();
    match kind {
        Kind::Date => date(&text)?,
        Kind::Time => return time(&text).map(|_| text),
        _ => {
            let (day, rest) = text.split_once(' ')?;
            let zone = rest.find(['+', '-']).unwrap_or(rest.len());
            time(&rest[..zone])?;
            date(day)?
        }
    };
    Some(text)
}

/// The bytes of a text that was read as ISO-8859-1.
pub fn narrow(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_calendar_only() {
        assert_eq!(moment(Kind::Date, "2020/02/29").as_deref(), Some("2020-02-29"));
        assert_eq!(moment(Kind::Date, "2017/13/45"), None);
        assert_eq!(
            moment(Kind::ZonedMoment, "2020/01/31 10:00:00.5+00").as_deref(),
            Some("2020-01-31 10:00:00.5+00")
        );
        assert_eq!(moment(Kind::Time, "25:00:00"), None);
    }
}
