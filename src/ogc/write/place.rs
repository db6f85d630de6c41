//! A geometry as a client sends it: its structure, its axis order, and whether its positions can be where they say.

use serde_json::{Value, json};

use crate::layers::area::{Area, MERCATOR_HALF_M, UTM_18S_DEGREES};
use crate::layers::crs::{Crs, UTM_18S, WEB_MERCATOR};
use crate::layers::{Geometry, Layer};
use crate::problem::Violation;

/// The geometry as GeoJSON text with x before y, whatever the order of `crs` is; null for none.
///
/// # Errors
/// Everything that is wrong with it, each with its place in the request.
pub(super) fn read(layer: &Layer, crs: &Crs, sent: &Value) -> Result<Option<String>, Vec<Violation>> {
    if sent.is_null() {
        return Ok(None);
    }
    let Some(geometry) = &layer.geometry else {
        return Err(vec![broken(
            "geometry-unknown",
            "this collection has no geometry: send null",
            "/geometry",
        )]);
    };
    let kind = sent["type"].as_str().unwrap_or_default();
    let Some(depth) = depth(kind).filter(|_| fits(geometry, kind)) else {
        let detail = format!("`{kind}` is not a {}", geometry.kind);
        return Err(vec![broken("geometry-type", detail, "/geometry/type")]);
    };
    let mut reading =
        Reading { crs, stored: layer.crs[layer.storage_crs].srid, broken: Vec::new(), vertices: 0 };
    let coordinates = reading.level(&sent["coordinates"], depth, kind, "/geometry/coordinates");
    if reading.broken.is_empty() {
        Ok(Some(json!({ "type": kind, "coordinates": coordinates }).to_string()))
    } else {
        Err(reading.broken)
    }
}

fn broken(rule: &'static str, detail: impl Into<String>, pointer: &str) -> Violation {
    Violation { rule: rule.into(), detail: detail.into(), pointer: Some(pointer.to_owned()) }
}

/// How deep the positions lie in `coordinates`.
fn depth(kind: &str) -> Option<usize> {
    match kind {
        "Point" => Some(0),
        "LineString" | "MultiPoint" => Some(1),
        "Polygon" | "MultiLineString" => Some(2),
        "MultiPolygon" => Some(3),
        _ => None,
    }
}

/// The layer's type, or a single one where it holds several.
fn fits(geometry: &Geometry, kind: &str) -> bool {
    let wanted = geometry.kind.trim_end_matches(['Z', 'M']);
    wanted == "Geometry" || wanted == kind || wanted.strip_prefix("Multi") == Some(kind)
}

struct Reading<'a> {
    crs: &'a Crs,
    stored: i32,
    broken: Vec<Violation>,
    vertices: usize,
}

impl Reading<'_> {
    /// Positions below `value`, in the order x, y; complaints go to `broken`.
    fn level(&mut self, value: &Value, depth: usize, kind: &str, at: &str) -> Value {
        if self.broken.len() > 20 {
            return Value::Null;
        }
        if depth == 0 {
            return self.position(value, at);
        }
        let Some(list) = value.as_array() else {
            self.broken.push(broken("geometry-structure", "a list of positions is missing here", at));
            return Value::Null;
        };
        if depth == 1 {
            self.line(list, kind, at);
        }
        let inner = list.iter().enumerate();
        inner.map(|(index, value)| self.level(value, depth - 1, kind, &format!("{at}/{index}"))).collect()
    }

    fn line(&mut self, list: &[Value], kind: &str, at: &str) {
        let is_ring = kind.ends_with("Polygon");
        let least = match kind {
            "MultiPoint" => 1,
            _ if is_ring => 4,
            _ => 2,
        };
        if list.len() < least {
            let detail = format!("{} positions; at least {least} are needed", list.len());
            self.broken.push(broken("geometry-structure", detail, at));
        } else if is_ring && list.first() != list.last() {
            self.broken.push(broken("geometry-structure", "a ring ends where it began", at));
        }
    }

    fn position(&mut self, value: &Value, at: &str) -> Value {
        self.vertices += 1;
        let number = |index: usize| value.get(index).and_then(Value::as_f64);
        let (Some(first), Some(second)) = (number(0), number(1)) else {
            self.broken.push(broken("geometry-structure", "a position is two numbers", at));
            return Value::Null;
        };
        let place = if self.crs.northing_first { [second, first] } else { [first, second] };
        if let Some(why) = self.outside(place) {
            let detail =
                format!("vertex {} ({first}, {second}) {why}; mind the order of the axes", self.vertices);
            self.broken.push(broken("geometry-in-area-of-use", detail, at));
        }
        json!(place)
    }

    /// Why a place cannot be meant: its own system has no such place, or the stored one cannot hold it.
    fn outside(&self, place: [f64; 2]) -> Option<String> {
        let own = Area::of(self.crs)?;
        if !own.holds(place) {
            return Some(format!("lies outside the area of use of {}", self.crs.uri));
        }
        let degrees = match self.crs.srid {
            _ if self.crs.degrees => Some(place),
            WEB_MERCATOR => Some(from_mercator(place)),
            _ => None,
        };
        let is_held = self.stored != UTM_18S || degrees.is_none_or(|place| UTM_18S_DEGREES.holds(place));
        (!is_held)
            .then(|| "lies outside the area of use of EPSG:32718, in which the layer is stored".to_owned())
    }
}

/// Web Mercator to longitude and latitude, degrees.
fn from_mercator([x, y]: [f64; 2]) -> [f64; 2] {
    let turn = std::f64::consts::PI / MERCATOR_HALF_M;
    [x / MERCATOR_HALF_M * 180.0, (y * turn).sinh().atan().to_degrees()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Column, Kind, Text};

    fn layer(kind: &str) -> Layer {
        let (crs, storage_crs) = Crs::offered(Crs::stored(UTM_18S, ""));
        let id = Column {
            name: "id".to_owned(),
            sql_type: "bigint".to_owned(),
            kind: Kind::Int8,
            source: "v.\"id\"".to_owned(),
            title: Text::default(),
            unit: None,
            role: None,
        };
        Layer {
            name: "x".to_owned(),
            relation: "\"layer\".\"x\"".to_owned(),
            oid: 1,
            title: Text::default(),
            description: Text::default(),
            id,
            columns: Vec::new(),
            geometry: Some(Geometry {
                column: "geom".to_owned(),
                kind: kind.to_owned(),
                srid: UTM_18S,
                has_crs84: false,
            }),
            valid: None,
            crs,
            storage_crs,
            door: None,
        }
    }

    fn of(layer: &Layer, code: &str, sent: &Value) -> Result<Option<String>, Vec<Violation>> {
        let crs = layer.crs.iter().find(|crs| crs.uri.ends_with(code)).unwrap();
        read(layer, crs, sent)
    }

    #[test]
    fn axes_come_out_as_x_and_y() {
        let layer = layer("Point");
        for (code, sent) in [
            ("CRS84", json!([-77.78, -10.7])),
            ("/4326", json!([-10.7, -77.78])),
            ("CRS84", json!([-77.78, -10.7, 85.0])),
        ] {
            let text = of(&layer, code, &json!({ "type": "Point", "coordinates": sent })).unwrap().unwrap();
            let read: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["coordinates"], json!([-77.78, -10.7]), "{code}");
        }
    }

    #[test]
    fn a_place_outside_its_system_names_the_vertex() {
        let layer = layer("LineString");
        let line = |a: [f64; 2], b: [f64; 2]| json!({ "type": "LineString", "coordinates": [a, b] });
        let good = [
            ("/32718", line([195_000.0, 8_815_000.0], [195_010.0, 8_815_000.0])),
            ("/5387", line([195_000.0, 8_815_000.0], [195_010.0, 8_815_000.0])),
            ("/3857", line([-8_658_000.0, -1_198_000.0], [-8_658_010.0, -1_198_000.0])),
        ];
        for (code, sent) in good {
            assert!(of(&layer, code, &sent).is_ok(), "{code}");
        }
        let bad = [
            ("CRS84", line([-77.78, -10.7], [-10.7, -77.78])),
            ("/4326", line([-10.7, -77.78], [-77.78, -10.7])),
            ("/32718", line([195_000.0, 8_815_000.0], [8_815_000.0, 195_000.0])),
            ("/5387", line([195_000.0, 8_815_000.0], [195_000.0, 1_200_000.0])),
            ("/3857", line([-8_658_000.0, -1_198_000.0], [0.0, 0.0])),
            ("CRS84", line([-77.78, -10.7], [195_000.0, 8_815_000.0])),
        ];
        for (code, sent) in bad {
            let broken = of(&layer, code, &sent).unwrap_err();
            assert_eq!(broken.len(), 1, "{code}");
            assert_eq!(broken[0].rule, "geometry-in-area-of-use");
            assert_eq!(broken[0].pointer.as_deref(), Some("/geometry/coordinates/1"), "{code}");
            assert!(broken[0].detail.contains("vertex 2"), "{}", broken[0].detail);
        }
    }

    #[test]
    fn every_flaw_of_the_structure_is_listed() {
        let layer = layer("MultiPolygon");
        let rings = json!({ "type": "Polygon", "coordinates": [
            [[-77.7, -10.7], [-77.6, -10.7], [-77.6, -10.6], [-77.7, -10.7]], [[-77.7, -10.7], [-77.6]], 7 ] });
        let broken = of(&layer, "CRS84", &rings).unwrap_err();
        assert_eq!(broken.len(), 3, "{broken:?}");
        assert!(of(&layer, "CRS84", &json!({ "type": "Point", "coordinates": [1, 2] })).is_err());
        assert!(of(&layer, "CRS84", &json!({ "type": "MultiPolygon" })).is_err());
        assert_eq!(of(&layer, "CRS84", &Value::Null).unwrap(), None);
    }
}
