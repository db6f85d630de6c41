//! `coordRefSys`: by URI, CURIE, reference or PROJJSON.

use gdal::spatial_ref::{AxisOrientationType, SpatialRef};
use serde_json::Value;

use crate::spatial::vector_file::describe;
use crate::spatial::wire::{Crs, Failure};

// GDAL's numbers, which the crate does not name.
const NORTH: AxisOrientationType = 1;
const SOUTH: AxisOrientationType = 2;

/// The system of a file's positions.
pub struct System {
    /// As the header tells it.
    pub crs: Crs,
    /// Latitude or northing comes first.
    pub swapped: bool,
    /// It has heights beside.
    pub compound: bool,
    told: Option<(String, u32)>,
}

impl System {
    /// The system that `told` names; longitude and latitude where it is nothing.
    ///
    /// # Errors
    /// `unsupported` with what was told.
    pub fn find(told: Option<&Value>) -> Result<Self, Failure> {
        let Some(told) = told else { return Ok(Self::degrees(None)) };
        let code = code(told).ok_or_else(|| unknown(told))?;
        if code.0 == "OGC" {
            return Ok(Self::degrees(Some(code)));
        }
        let found = SpatialRef::from_epsg(code.1).map_err(|_| unknown(told))?;
        let node = if found.is_projected() { "PROJCS" } else { "GEOGCS" };
        let first = found.axis_orientation(node, 0).map_err(|_| unknown(told))?;
        let swapped = first == NORTH || first == SOUTH;
        let compound = found.is_compound();
        Ok(Self { crs: describe("JSON-FG", &found), swapped, compound, told: Some(code) })
    }

    fn degrees(told: Option<(String, u32)>) -> Self {
        let crs = Crs {
            name: "WGS 84 (CRS84)".to_owned(),
            authority: Some(("EPSG".to_owned(), 4326)),
            datum: Some(6326),
            proj4: "+proj=longlat +datum=WGS84 +no_defs".to_owned(),
            geographic: true,
            // `geometry` without `place` says no more than GeoJSON does.
            by_format: told.is_none(),
        };
        Self { crs, swapped: false, compound: false, told }
    }

    /// Whether positions in the system that `other` names are in this one.
    pub fn is_that_of(&self, other: Option<&Value>) -> bool {
        let other = other.and_then(code);
        let degrees =
            |told: &Option<(String, u32)>| told.as_ref().is_none_or(|(authority, _)| authority == "OGC");
        other == self.told || (degrees(&other) && degrees(&self.told))
    }
}

/// Authority and number; `OGC` has number 84.
fn code(told: &Value) -> Option<(String, u32)> {
    match told {
        Value::String(text) => named(text),
        // A compound one is a list: the horizontal one comes first, heights are left out anyway.
        Value::Array(parts) => code(parts.first()?),
        Value::Object(members) if members.get("type").is_some_and(|kind| kind == "Reference") => {
            code(members.get("href")?)
        }
        Value::Object(members) => {
            let id = members.get("value").unwrap_or(told).get("id")?;
            let authority = id.get("authority")?.as_str()?;
            number(authority, &id.get("code")?.to_string())
        }
        _ => None,
    }
}

/// `http://www.opengis.net/def/crs/EPSG/0/32718`, `[EPSG:32718]`, `EPSG:32718`, `urn:ogc:def:crs:EPSG::32718`.
fn named(text: &str) -> Option<(String, u32)> {
    let text = text.trim_matches(['[', ']']);
    let mut steps = text.rsplit(['/', ':']).filter(|step| !step.is_empty());
    let code = steps.next()?;
    let authority = steps.find(|step| !step.starts_with(|first: char| first.is_ascii_digit()))?;
    number(authority, code)
}

fn number(authority: &str, code: &str) -> Option<(String, u32)> {
    let code = code.trim_matches('"');
    match authority.to_ascii_uppercase().as_str() {
        "OGC" if matches!(code, "CRS84" | "CRS84h") => Some(("OGC".to_owned(), 84)),
        "EPSG" => Some(("EPSG".to_owned(), code.parse().ok()?)),
        _ => None,
    }
}

fn unknown(told: &Value) -> Failure {
    let told: String = told.to_string().chars().take(120).collect();
    Failure::new(
        "unsupported",
        format!("el sistema de coordenadas {told} no se conoce; use un código EPSG en coordRefSys"),
        format!("the reference system {told} is not known; use an EPSG code in coordRefSys"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn systems_are_named_in_many_ways() {
        for told in [
            json!("http://www.opengis.net/def/crs/EPSG/0/32718"),
            json!("http://www.opengis.net/def/crs/EPSG/9.9.1/32718"),
            json!("[EPSG:32718]"),
            json!("urn:ogc:def:crs:EPSG::32718"),
            json!({"type": "Reference", "href": "http://www.opengis.net/def/crs/EPSG/0/32718", "epoch": 2020.5}),
            json!([
                "http://www.opengis.net/def/crs/EPSG/0/32718",
                "http://www.opengis.net/def/crs/EPSG/0/5773"
            ]),
            json!({"type": "PROJJSON", "value": {"type": "ProjectedCRS", "id": {"authority": "EPSG", "code": 32718}}}),
        ] {
            assert_eq!(code(&told), Some(("EPSG".to_owned(), 32718)), "{told}");
        }
        assert_eq!(code(&json!("http://www.opengis.net/def/crs/OGC/0/CRS84h")).unwrap().0, "OGC");
        assert_eq!(code(&json!("http://example.org/mars")), None);
        assert!(System::find(Some(&json!("EPSG:999999"))).is_err());
    }

    #[test]
    fn the_order_of_axes_is_the_systems() {
        let of = |code: u32| System::find(Some(&json!(format!("EPSG:{code}")))).unwrap();
        assert!(of(4326).swapped && !of(32718).swapped && !of(27700).swapped);
        let heights = of(7415);
        assert!(
            heights.compound && heights.crs.authority == Some(("EPSG".to_owned(), 28992)),
            "{:?}",
            heights.crs
        );
    }
}
