//! A look at a GeoJSON file beside GDAL's: GDAL reads a geometry that it does not understand as none, and skips
//! elements that are no objects. Both would be silent losses; here they are named, with the place in the feature.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::json_stream::{self, Part};

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
    // What was seen before an error still holds; the error itself is GDAL's to report.
    let _ = json_stream::walk(path, &mut |part| {
        match part {
            Part::Feature(number, feature) if oddities.len() < KEPT => {
                oddities.extend(oddity(&feature).map(|oddity| (number, oddity)));
            }
            Part::Member("geometry", geometry) => {
                oddities.extend(misread(&geometry).map(|why| (1, Oddity::Misread(why))));
            }
            _ => {}
        }
        Ok(())
    });
    oddities
}

fn oddity(feature: &Value) -> Option<Oddity> {
    let Some(members) = feature.as_object() else {
        return Some(Oddity::Skipped("features: not an object".to_owned()));
    };
    misread(members.get("geometry").unwrap_or(&Value::Null)).map(Oddity::Misread)
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
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = r#"{"type":"FeatureCollection","features":[null,{"geometry":null},{"geometry":7}]}"#;
        std::fs::write(file.path(), text).unwrap();
        let oddities = look(file.path());
        assert!(matches!(oddities[&1], Oddity::Skipped(_)));
        assert!(matches!(oddities[&3], Oddity::Misread(_)));
        assert_eq!(oddities.len(), 2);
    }
}
