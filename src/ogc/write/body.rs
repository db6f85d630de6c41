//! A feature as a client sends it, read against what the layer takes. All that is wrong is told at once.

use serde_json::{Map, Value};

use super::place;
use crate::layers::crs::Crs;
use crate::layers::request::Value as Typed;
use crate::layers::write::Draft;
use crate::layers::{Column, Door, Kind, Layer};
use crate::problem::{Error, Result, Violation};

/// A feature, and the version that its properties say its writer saw.
#[derive(Debug)]
pub(super) struct Sent {
    /// What is to be written.
    pub draft: Draft,
    /// The `version` property.
    pub version: Option<i64>,
}

/// Reads a GeoJSON feature. A property that the database works out is not looked at: it is what it is, whatever a
/// client returns of it.
///
/// # Errors
/// A bad request for what is no feature; otherwise every broken rule with its property.
pub(super) fn read(layer: &Layer, door: &Door, crs: &Crs, body: &[u8]) -> Result<Sent> {
    let feature: Value =
        serde_json::from_slice(body).map_err(|error| Error::bad("body", error.to_string()))?;
    if feature["type"] != "Feature" {
        return Err(Error::bad("type", "is `Feature`: one GeoJSON feature is written at a time"));
    }
    let empty = Map::new();
    let properties = match feature.get("properties") {
        Some(Value::Object(properties)) => properties,
        Some(Value::Null) | None => &empty,
        Some(_) => return Err(Error::bad("properties", "is an object")),
    };
    let mut broken = unknown(layer, properties);
    let values = values(layer, door, properties, &mut broken);
    let geometry = geometry(layer, door, crs, &feature, &mut broken);
    if !broken.is_empty() {
        return Err(Error::Rules(broken));
    }
    let version = properties.get("version").and_then(Value::as_i64);
    Ok(Sent { draft: Draft { values, geometry, crs: crs.clone() }, version })
}

fn unknown(layer: &Layer, properties: &Map<String, Value>) -> Vec<Violation> {
    let strange = properties.keys().filter(|name| layer.property(name).is_none());
    strange.map(|name| of(name, "property-unknown", "is not a property of this collection")).collect()
}

fn values(
    layer: &Layer,
    door: &Door,
    properties: &Map<String, Value>,
    broken: &mut Vec<Violation>,
) -> Vec<(Column, Option<String>)> {
    let mut values = Vec::new();
    for column in layer.columns.iter().filter(|column| door.receives(&column.name)) {
        let said = properties.get(&column.name).unwrap_or(&Value::Null);
        match text(column, said) {
            Ok(None) if door.requires(&column.name) => {
                broken.push(of(&column.name, "property-missing", "is required"));
            }
            Ok(text) => values.push((column.clone(), text)),
            Err(expected) => {
                broken.push(of(&column.name, "property-type", &format!("{said} is not {expected}")));
            }
        }
    }
    values
}

fn geometry(
    layer: &Layer,
    door: &Door,
    crs: &Crs,
    feature: &Value,
    broken: &mut Vec<Violation>,
) -> Option<String> {
    let missing = |detail: &str| Violation {
        rule: "geometry-missing".into(),
        detail: detail.to_owned(),
        pointer: Some("/geometry".to_owned()),
    };
    let is_required = layer.geometry.as_ref().is_some_and(|geometry| door.requires(&geometry.column));
    match feature.get("geometry") {
        None => broken.push(missing("a feature has the member `geometry`, null where it has no place")),
        Some(Value::Null) if is_required => broken.push(missing("this layer's features have a geometry")),
        Some(sent) => match place::read(layer, crs, sent) {
            Ok(text) => return text,
            Err(flaws) => broken.extend(flaws),
        },
    }
    None
}

/// A violation that names its property.
pub(super) fn of(property: &str, rule: &'static str, detail: &str) -> Violation {
    let pointer = format!("/properties/{}", property.replace('~', "~0").replace('/', "~1"));
    Violation { rule: rule.into(), detail: format!("`{property}`: {detail}"), pointer: Some(pointer) }
}

/// A JSON value in the text form that the column's type reads; what was expected, where it is another type.
fn text(column: &Column, value: &Value) -> Result<Option<String>, &'static str> {
    let parsed = |text: &str, expected| {
        Typed::parse(column, text).map(|_| Some(text.to_owned())).map_err(|_| expected)
    };
    match (column.kind, value) {
        (_, Value::Null) => Ok(None),
        (Kind::Bool, Value::Bool(yes)) => Ok(Some(yes.to_string())),
        (Kind::Bool, _) => Err("true or false"),
        (Kind::Int2, value) => integer(value, i16::MIN.into(), i16::MAX.into()),
        (Kind::Int4, value) => integer(value, i32::MIN.into(), i32::MAX.into()),
        (Kind::Int8, value) => integer(value, i64::MIN, i64::MAX),
        (Kind::Float4 | Kind::Float8 | Kind::Numeric, Value::Number(number)) => Ok(Some(number.to_string())),
        (Kind::Float4 | Kind::Float8 | Kind::Numeric, _) => Err("a number"),
        (Kind::Text | Kind::Other, Value::String(text)) if text.contains('\0') => Err("a text without NUL"),
        (Kind::Text | Kind::Other, Value::String(text)) => Ok(Some(text.clone())),
        (Kind::Text | Kind::Other, _) => Err("a text"),
        (Kind::Uuid, Value::String(text)) => parsed(text, "a UUID"),
        (Kind::Uuid, _) => Err("a UUID"),
        (Kind::Date, Value::String(text)) => parsed(text, "a day such as 2024-06-30"),
        (Kind::Date, _) => Err("a day such as 2024-06-30"),
        (Kind::Timestamp | Kind::TimestampTz, Value::String(text)) => parsed(text, "an RFC 3339 time"),
        (Kind::Timestamp | Kind::TimestampTz, _) => Err("an RFC 3339 time"),
        (Kind::Json, value) if column.sql_type.starts_with("json") => Ok(Some(value.to_string())),
        (Kind::Json, _) => Err("something that this interface writes"),
    }
}

/// Whole numbers, also those that a client writes with a point.
fn integer(value: &Value, least: i64, most: i64) -> Result<Option<String>, &'static str> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough to be exact")]
    let whole = value
        .as_f64()
        .filter(|number| number.fract() == 0.0 && number.abs() < 9e15)
        .map(|number| number as i64);
    let number = value.as_i64().or(whole).filter(|number| (least..=most).contains(number));
    number.map(|number| Some(number.to_string())).ok_or("a whole number of the column's size")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::layers::Text;

    fn column(kind: Kind) -> Column {
        Column {
            name: "a".to_owned(),
            sql_type: "x".to_owned(),
            kind,
            source: String::new(),
            title: Text::default(),
            unit: None,
            role: None,
        }
    }

    #[test]
    fn values_are_read_by_the_type_of_their_column() {
        let good = [
            (Kind::Bool, json!(true), "true"),
            (Kind::Int4, json!(7), "7"),
            (Kind::Int4, json!(7.0), "7"),
            (Kind::Numeric, json!(12.5), "12.5"),
            (Kind::Text, json!("O'Higgins"), "O'Higgins"),
            (Kind::Date, json!("2024-02-29"), "2024-02-29"),
        ];
        for (kind, value, wanted) in good {
            assert_eq!(text(&column(kind), &value), Ok(Some(wanted.to_owned())), "{value}");
        }
        let bad = [
            (Kind::Bool, json!("true")),
            (Kind::Int2, json!(40_000)),
            (Kind::Int4, json!(7.5)),
            (Kind::Int4, json!("7")),
            (Kind::Numeric, json!("12")),
            (Kind::Text, json!(12)),
            (Kind::Text, json!("a\0")),
            (Kind::Date, json!("2023-02-29")),
        ];
        for (kind, value) in bad {
            assert!(text(&column(kind), &value).is_err(), "{value}");
        }
        assert_eq!(text(&column(Kind::Int4), &Value::Null), Ok(None));
    }
}
