//! Geometry of GeoJSON and JSON-FG as ISO WKB. Arcs stay arcs, as PostGIS makes chords of them; solids are refused.

use serde_json::Value;

/// What makes a geometry unreadable, with the way to it, e.g. `place.coordinates[0][2]: not a position`.
pub type Fault = String;

/// How positions are written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Axes {
    /// The reference system has latitude or northing first; WKB has it second.
    pub swapped: bool,
}

/// Writes a geometry; heights are kept only where every position has one.
///
/// # Errors
/// The first thing that is no geometry a layer can carry.
pub fn to_wkb(geometry: &Value, path: &str, axes: Axes) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer { wkb: Vec::new(), has_z: all_have_z(geometry), axes };
    writer.geometry(geometry, path)?;
    Ok(writer.wkb)
}

/// Whether no position is flat.
fn all_have_z(value: &Value) -> bool {
    match value {
        Value::Array(list) if list.iter().any(Value::is_number) => list.len() > 2,
        Value::Array(list) => list.iter().all(all_have_z),
        Value::Object(members) => {
            ["coordinates", "geometries"].iter().filter_map(|name| members.get(*name)).all(all_have_z)
        }
        _ => true,
    }
}

/// What the members of a type are, and its number in WKB.
enum Shape {
    Positions(u32, usize),
    Parts(u32, &'static [&'static str]),
}

fn shape(kind: &str) -> Option<Shape> {
    use Shape::{Parts, Positions};
    Some(match kind {
        "Point" => Positions(1, 0),
        "LineString" => Positions(2, 1),
        "Polygon" => Positions(3, 2),
        "MultiPoint" => Positions(4, 1),
        "MultiLineString" => Positions(5, 2),
        "MultiPolygon" => Positions(6, 3),
        "CircularString" => Positions(8, 1),
        "GeometryCollection" => Parts(7, &[]),
        "CompoundCurve" => Parts(9, &["LineString", "CircularString"]),
        "CurvePolygon" => Parts(10, &["LineString", "CircularString", "CompoundCurve"]),
        "MultiCurve" => Parts(11, &["LineString", "CircularString", "CompoundCurve"]),
        "MultiSurface" => Parts(12, &["Polygon", "CurvePolygon"]),
        _ => return None,
    })
}

struct Writer {
    wkb: Vec<u8>,
    has_z: bool,
    axes: Axes,
}

impl Writer {
    fn geometry(&mut self, geometry: &Value, path: &str) -> Result<(), Fault> {
        let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
        match shape(kind).ok_or_else(|| unknown(kind, path))? {
            Shape::Positions(number, depth) => {
                let coordinates =
                    geometry.get("coordinates").ok_or_else(|| format!("{path}.coordinates: missing"))?;
                self.coordinates(number, depth, coordinates, &format!("{path}.coordinates"))
            }
            Shape::Parts(number, allowed) => {
                let parts = geometry.get("geometries").unwrap_or(&Value::Null);
                self.parts(number, allowed, parts, &format!("{path}.geometries"))
            }
        }
    }

    fn parts(&mut self, number: u32, allowed: &[&str], parts: &Value, path: &str) -> Result<(), Fault> {
        let parts = array(parts, path)?;
        self.begin(number);
        self.count(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
            if !allowed.is_empty() && !allowed.contains(&kind) {
                return Err(format!("{path}.type: not one of {}", allowed.join(", ")));
            }
            self.geometry(part, &path)?;
        }
        Ok(())
    }

    fn coordinates(&mut self, number: u32, depth: usize, value: &Value, path: &str) -> Result<(), Fault> {
        let list = array(value, path)?;
        self.begin(number);
        match (number, depth) {
            (1, _) => return self.point(list, path),
            (8, _) if list.len() % 2 == 0 || list.len() == 1 => {
                return Err(format!("{path}: arcs need an odd number of positions, at least three"));
            }
            _ => {}
        }
        self.count(list.len());
        for (index, part) in list.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match number {
                2 | 8 => self.position(part, &path)?,
                3 => self.run(part, &path)?,
                // The parts of the other types are whole geometries: points, lines, polygons.
                _ => self.coordinates(number - 3, depth - 1, part, &path)?,
            }
        }
        Ok(())
    }

    fn point(&mut self, list: &[Value], path: &str) -> Result<(), Fault> {
        if list.is_empty() {
            // An empty point, as GDAL and PostGIS write it.
            self.numbers(&[f64::NAN; 3]);
            return Ok(());
        }
        self.position_of(list, path)
    }

    fn run(&mut self, ring: &Value, path: &str) -> Result<(), Fault> {
        let ring = array(ring, path)?;
        self.count(ring.len());
        ring.iter()
            .enumerate()
            .try_for_each(|(index, position)| self.position(position, &format!("{path}[{index}]")))
    }

    fn position(&mut self, value: &Value, path: &str) -> Result<(), Fault> {
        let list = value.as_array().ok_or_else(|| format!("{path}: not a position"))?;
        self.position_of(list, path)
    }

    fn position_of(&mut self, list: &[Value], path: &str) -> Result<(), Fault> {
        let numbers: Option<Vec<f64>> = list.iter().map(Value::as_f64).collect();
        match numbers.as_deref() {
            Some([x, y, rest @ ..]) => {
                let [x, y] = if self.axes.swapped { [*y, *x] } else { [*x, *y] };
                self.numbers(&[x, y, rest.first().copied().unwrap_or(0.0)]);
                Ok(())
            }
            _ => Err(format!("{path}: not a position")),
        }
    }

    fn begin(&mut self, number: u32) {
        self.wkb.push(1);
        let number = if self.has_z { number + 1000 } else { number };
        self.wkb.extend_from_slice(&number.to_le_bytes());
    }

    fn count(&mut self, count: usize) {
        self.wkb.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn numbers(&mut self, numbers: &[f64; 3]) {
        let used = if self.has_z { 3 } else { 2 };
        for number in &numbers[..used] {
            self.wkb.extend_from_slice(&number.to_le_bytes());
        }
    }
}

fn array<'a>(value: &'a Value, path: &str) -> Result<&'a [Value], Fault> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{path}: not an array"))
}

fn unknown(kind: &str, path: &str) -> Fault {
    match kind {
        "Polyhedron" | "MultiPolyhedron" | "Prism" | "MultiPrism" => {
            format!(
                "{path}.type: a solid ({kind}), which a layer cannot carry; give its footprint as a Polygon"
            )
        }
        _ => format!("{path}.type: not a GeoJSON or JSON-FG geometry"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spatial::ewkb;

    fn of(geometry: &Value) -> Result<Vec<u8>, Fault> {
        to_wkb(geometry, "place", Axes::default())
    }

    #[test]
    fn curves_stay_curves() {
        let arc = json!({"type": "CircularString", "coordinates": [[0, 0], [1, 1], [2, 0]]});
        let line = json!({"type": "LineString", "coordinates": [[2, 0], [0, 0]]});
        let ring = json!({"type": "CompoundCurve", "geometries": [arc, line]});
        let surface = json!({"type": "MultiSurface", "geometries": [
            {"type": "CurvePolygon", "geometries": [ring]},
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
        ]});
        let flat = ewkb::flatten(&of(&surface).unwrap(), false).unwrap();
        assert!(flat.curved && !flat.dropped_z);
        assert_eq!(flat.positions, 9);
    }

    #[test]
    fn multi_types_nest_and_heights_are_all_or_none() {
        let points = json!({"type": "MultiPoint", "coordinates": [[1, 2, 3], [4, 5, 6]]});
        assert!(ewkb::flatten(&of(&points).unwrap(), false).unwrap().dropped_z);
        let mixed = json!({"type": "MultiPolygon", "coordinates": [[[[0, 0, 1], [1, 0], [1, 1], [0, 0]]]]});
        let flat = ewkb::flatten(&of(&mixed).unwrap(), false).unwrap();
        assert_eq!((flat.dropped_z, flat.bounds), (false, Some([0., 0., 1., 1.])));
    }

    #[test]
    fn northing_first_is_turned_round() {
        let point = json!({"type": "Point", "coordinates": [-10.7, -77.7]});
        let wkb = to_wkb(&point, "place", Axes { swapped: true }).unwrap();
        assert_eq!(ewkb::flatten(&wkb, false).unwrap().bounds, Some([-77.7, -10.7, -77.7, -10.7]));
    }

    #[test]
    fn what_is_no_geometry_is_followed_to_its_place() {
        for (geometry, fault) in [
            (json!({"type": "Prism"}), "place.type: a solid (Prism)"),
            (
                json!({"type": "CircularString", "coordinates": [[0, 0], [1, 1]]}),
                "place.coordinates: arcs need",
            ),
            (
                json!({"type": "CurvePolygon", "geometries": [{"type": "Point"}]}),
                "place.geometries[0].type: not one of",
            ),
            (
                json!({"type": "LineString", "coordinates": [[0, 0], [1]]}),
                "place.coordinates[1]: not a position",
            ),
            (json!({"type": "MultiSurface"}), "place.geometries: not an array"),
        ] {
            let said = of(&geometry).unwrap_err();
            assert!(said.starts_with(fault), "{said}");
        }
    }
}
