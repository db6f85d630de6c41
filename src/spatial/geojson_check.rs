//! A look at a GeoJSON file beside GDAL's: GDAL reads a geometry that it does not understand as none, and skips
//! elements that are no objects. Both would be silent losses; here they are named, with the place in the feature.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Oddities that are kept; a file with more is told by its first.
const KEPT: usize = 100_000;

/// What is wrong with a feature, by its number from 1.
pub type Oddities = BTreeMap<u64, Oddity>;

/// Why a feature cannot be taken as GDAL gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// No object: GDAL leaves it out.
    Skipped(String),
    /// GDAL gives the feature without its geometry, or with another one.
    Misread(String),
}

/// Looks through the file, one feature in memory at a time. A file that is no JSON has none: GDAL will say so.
pub fn look(path: &Path) -> Oddities {
    let mut oddities = Oddities::new();
    if let Ok(file) = File::open(path) {
        let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, file));
        // What was seen before an error still holds; the error itself is GDAL's to report.
        let _ = json.deserialize_map(Top(&mut oddities));
    }
    oddities
}

struct Top<'a>(&'a mut Oddities);

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "features" => map.next_value_seed(Features(self.0))?,
                "geometry" => {
                    if let Some(why) = misread(&map.next_value()?) {
                        self.0.insert(1, Oddity::Misread(why));
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Features<'a>(&'a mut Oddities);

impl<'de> DeserializeSeed<'de> for Features<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Features<'_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an array of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(feature) = features.next_element::<Value>()? {
            number += 1;
            if let Some(oddity) = oddity(&feature)
                && self.0.len() < KEPT
            {
                self.0.insert(number, oddity);
            }
        }
        Ok(())
    }
}

fn oddity(feature: &Value) -> Option<Oddity> {
    let Some(members) = feature.as_object() else {
        return Some(Oddity::Skipped("features: not an object".to_owned()));
    };
    let geometry = members.get("geometry").unwrap_or(&Value::Null);
    if geometry.is_null() && members.get("place").is_some_and(Value::is_object) {
        return Some(Oddity::Misread("place: JSON-FG geometry is not read".to_owned()));
    }
    misread(geometry).map(Oddity::Misread)
}

/// What in a geometry is not GeoJSON, e.g. `geometry.coordinates[0][2]: not a position`.
fn misread(geometry: &Value) -> Option<String> {
    if geometry.is_null() { None } else { check(geometry, "geometry").err() }
}

fn check(geometry: &Value, path: &str) -> Result<(), String> {
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
    let depth = match kind {
        "Point" => 0,
        "MultiPoint" | "LineString" => 1,
        "Polygon" | "MultiLineString" => 2,
        "MultiPolygon" => 3,
        "GeometryCollection" => {
            let parts = geometry.get("geometries").and_then(Value::as_array);
            let parts = parts.ok_or_else(|| format!("{path}.geometries: not an array"))?;
            let mut parts = parts.iter().enumerate();
            return parts.try_for_each(|(index, part)| check(part, &format!("{path}.geometries[{index}]")));
        }
        _ => return Err(format!("{path}.type: not a GeoJSON geometry")),
    };
    let coordinates = geometry.get("coordinates").ok_or_else(|| format!("{path}.coordinates: missing"))?;
    positions(coordinates, depth, &format!("{path}.coordinates"))
}

fn positions(value: &Value, depth: usize, path: &str) -> Result<(), String> {
    let list = value.as_array().ok_or_else(|| format!("{path}: not an array"))?;
    if depth > 0 {
        let mut parts = list.iter().enumerate();
        return parts.try_for_each(|(index, part)| positions(part, depth - 1, &format!("{path}[{index}]")));
    }
    let is_position = list.len() >= 2 && list.iter().all(Value::is_number);
    // An empty point is written as no coordinates at all.
    if is_position || list.is_empty() { Ok(()) } else { Err(format!("{path}: not a position")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_geometry_is_followed_to_its_fault() {
        let bad = json!({"type": "Polygon", "coordinates": [[[1, 2], [3, "4"], [5, 6], [1, 2]]]});
        assert_eq!(misread(&bad).unwrap(), "geometry.coordinates[0][1]: not a position");
        assert_eq!(misread(&json!("POINT(1 2)")).unwrap(), "geometry.type: not a GeoJSON geometry");
        assert_eq!(
            misread(&json!({"type": "GeometryCollection", "geometries": [null]})).unwrap(),
            "geometry.geometries[0].type: not a GeoJSON geometry"
        );
        assert_eq!(misread(&json!({"type": "Point", "coordinates": [1, 2, 3]})), None);
        assert_eq!(misread(&Value::Null), None);
    }

    #[test]
    fn elements_that_are_no_features_are_counted() {
        let mut oddities = Oddities::new();
        let text = r#"{"type":"FeatureCollection","features":[null,{"geometry":null},{"geometry":7}]}"#;
        serde_json::Deserializer::from_str(text).deserialize_map(Top(&mut oddities)).unwrap();
        assert!(matches!(oddities[&1], Oddity::Skipped(_)));
        assert!(matches!(oddities[&3], Oddity::Misread(_)));
        assert_eq!(oddities.len(), 2);
    }
}
