//! The reference system that a drawing carries in its GEODATA object, which GDAL does not read: an EPSG code in a piece of
//! XML, cut into lines of 255 letters.

use std::path::Path;

use gdal::spatial_ref::SpatialRef;

use super::groups::Groups;
use crate::spatial::vector_file::describe;
use crate::spatial::wire::Crs;

/// The definition is a few kilobytes.
const LONGEST: usize = 1 << 20;

/// The system that the drawing declares, where it does.
pub fn declared(path: &Path) -> Option<Crs> {
    let code = code(&definition(path)?)?;
    let system = SpatialRef::from_epsg(code).ok()?;
    Some(describe("DXF", &system))
}

/// The text of groups 301 and 303 in the first GEODATA object.
fn definition(path: &Path) -> Option<String> {
    let (mut text, mut inside) = (String::new(), false);
    for (code, value) in Groups::of(path).ok()? {
        match code {
            0 if inside => break,
            0 => inside = value.trim() == "GEODATA",
            301 | 303 if inside && text.len() < LONGEST => text += &value,
            _ => {}
        }
    }
    (!text.is_empty()).then_some(text)
}

/// `<Alias id="27700" type="CoordinateSystem">` … `EPSG Code`.
fn code(definition: &str) -> Option<u32> {
    definition.split("<Alias ").skip(1).find_map(|alias| {
        let alias = alias.split("</Alias>").next()?;
        let is_system = alias.contains("type=\"CoordinateSystem\"") && alias.contains("EPSG Code");
        let id = alias.split("id=\"").nth(1)?.split('"').next()?;
        if is_system { id.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_systems_and_not_the_datums() {
        let text = "<Alias id=\"6277\" type=\"Datum\"><Namespace>EPSG Code</Namespace></Alias>\
            <Alias id=\"27700\" type=\"CoordinateSystem\">^J<Namespace>EPSG Code</Namespace></Alias>";
        assert_eq!(code(text), Some(27700));
        assert_eq!(code("<Alias id=\"x\" type=\"CoordinateSystem\">EPSG Code</Alias>"), None);
    }
}
