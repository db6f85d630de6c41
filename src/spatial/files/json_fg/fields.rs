//! The attributes of features whose types nobody declared.

use serde_json::{Map, Value as Json};

use crate::spatial::wire::{Field, Kind, Value};

/// Where `time` goes, as the days or moments that the file writes.
const TIME: [&str; 3] = ["time", "time_start", "time_end"];

/// Fields in the order in which they were first met, with what their values are.
#[derive(Default)]
pub struct Fields(indexmap::IndexMap<String, Seen>);

#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "which kinds were met, each by itself")]
struct Seen {
    integers: bool,
    reals: bool,
    flags: bool,
    texts: bool,
}

impl Fields {
    /// Takes a feature's attributes in.
    pub fn add(&mut self, feature: &Json) {
        for (name, value) in attributes(feature) {
            self.0.entry(name).or_default().add(&value);
        }
    }

    /// The fields as the header tells them.
    pub fn list(&self) -> Vec<Field> {
        self.0.iter().map(|(name, seen)| Field { name: name.clone(), kind: seen.kind() }).collect()
    }

    /// A feature's values, one for each field.
    pub fn values(&self, feature: &Json) -> Vec<Value> {
        let attributes = attributes(feature);
        let value = |(name, seen): (&String, &Seen)| {
            attributes.get(name).map_or(Value::Null, |value| carry(value, seen.kind()))
        };
        self.0.iter().map(value).collect()
    }
}

impl Seen {
    fn add(&mut self, value: &Json) {
        match value {
            Json::Null => {}
            Json::Bool(_) => self.flags = true,
            Json::Number(number) if number.is_i64() => self.integers = true,
            Json::Number(_) => self.reals = true,
            _ => self.texts = true,
        }
    }

    fn kind(self) -> Kind {
        match (self.texts, self.flags, self.integers, self.reals) {
            (false, true, false, false) => Kind::Integer,
            (false, false, true, false) => Kind::BigInteger,
            (false, false, _, true) => Kind::Real,
            _ => Kind::Text,
        }
    }
}

/// Properties, the feature's id and its time, where no property has these names.
fn attributes(feature: &Json) -> Map<String, Json> {
    let mut all = feature.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut beside = |name: &str, value: Option<&Json>| {
        if let Some(value) = value.filter(|value| !value.is_null() && *value != "..") {
            all.entry(name).or_insert_with(|| value.clone());
        }
    };
    beside("id", feature.get("id"));
    if let Some(time) = feature.get("time") {
        let end = |index| time.get("interval").and_then(|interval| interval.get(index));
        beside(TIME[0], time.get("timestamp").or_else(|| time.get("date")).or_else(|| time.get("instant")));
        beside(TIME[1], end(0));
        beside(TIME[2], end(1));
    }
    all
}

fn carry(value: &Json, kind: Kind) -> Value {
    match (value, kind) {
        (Json::Null, _) => Value::Null,
        (Json::Bool(flag), Kind::Integer) => Value::Integer(i64::from(*flag)),
        (Json::Number(number), Kind::BigInteger) => number.as_i64().map_or(Value::Null, Value::Integer),
        (Json::Number(number), Kind::Real) => number.as_f64().map_or(Value::Null, Value::Real),
        (Json::String(text), _) if text.is_empty() => Value::Null,
        (Json::String(text), _) => Value::Text(text.clone()),
        (other, _) => Value::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_follow_from_all_values() {
        let features = [
            json!({"id": "a", "properties": {"n": 1, "r": 1, "code": "0123", "yes": true, "mix": 1}}),
            json!({"id": "b", "properties": {"n": null, "r": 2.5, "code": "7", "yes": false, "mix": "x", "list": [1, 2]},
                "time": {"interval": ["2024-01-01", ".."]}}),
        ];
        let mut fields = Fields::default();
        for feature in &features {
            fields.add(feature);
        }
        let kinds: Vec<_> = fields.list().into_iter().map(|field| (field.name, field.kind)).collect();
        let expected = [
            ("n", Kind::BigInteger),
            ("r", Kind::Real),
            ("code", Kind::Text),
            ("yes", Kind::Integer),
            ("mix", Kind::Text),
            ("id", Kind::Text),
            ("list", Kind::Text),
            ("time_start", Kind::Text),
        ];
        assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
        let values = fields.values(&features[0]);
        assert_eq!(values[4], Value::Text("1".to_owned()));
        assert_eq!((&values[1], &values[6]), (&Value::Real(1.0), &Value::Null));
    }
}
