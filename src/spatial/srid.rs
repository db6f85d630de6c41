//! Finding a file's reference system among those that PostGIS knows.

use std::collections::BTreeMap;

use super::wire::Crs;

/// A reference system as `spatial_ref_sys` describes it.
#[derive(Clone, Debug)]
pub struct Known {
    pub srid: i32,
    /// WKT 1.
    pub srtext: String,
    /// PROJ.4 text.
    pub proj4: String,
}

/// The systems that are the declared one: the same projection with the same parameters, on the same datum (by its
/// EPSG code, or else by the system's name). One answer is confidence; none or several is a question for the user.
pub fn same_system(declared: &Crs, known: &[Known]) -> Vec<i32> {
    let wanted = parameters(&declared.proj4);
    if wanted.is_empty() {
        return Vec::new();
    }
    known
        .iter()
        .filter(|known| !known.srtext.starts_with("COMPD_CS"))
        .filter(|known| parameters(&known.proj4) == wanted)
        .filter(|known| same_datum(declared, &known.srtext))
        .map(|known| known.srid)
        .collect()
}

fn same_datum(declared: &Crs, srtext: &str) -> bool {
    match (declared.datum, datum_code(srtext)) {
        (Some(declared), Some(known)) => declared == known,
        _ => bare(&declared.name) == bare(srtext.split('"').nth(1).unwrap_or_default()),
    }
}

/// The EPSG code inside `DATUM[…]` of a WKT 1 text.
fn datum_code(srtext: &str) -> Option<i32> {
    let datum = &srtext[srtext.find("DATUM[")?..];
    let own = datum.find("],AUTHORITY[")?;
    let codes = datum[own..].split("AUTHORITY[\"EPSG\",\"").nth(1)?;
    codes.split('"').next()?.parse().ok()
}

fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The parameters that place a projection, numbers rounded so that two spellings agree.
fn parameters(proj4: &str) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, String> = proj4
        .split_ascii_whitespace()
        .filter_map(|part| part.strip_prefix('+'))
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .filter(|(key, _)| {
            !matches!(*key, "towgs84" | "nadgrids" | "wktext" | "no_defs" | "type" | "vunits" | "pm")
        })
        .map(|(key, value)| (key, rounded(value)))
        .collect();
    if found.get("datum").is_some_and(|datum| datum == "WGS84") {
        found.remove("datum");
        found.insert("ellps", "WGS84".to_owned());
    }
    // The two standard parallels may be named in either order.
    if let (Some(first), Some(second)) = (found.get("lat_1").cloned(), found.get("lat_2").cloned())
        && first > second
    {
        found.insert("lat_1", second);
        found.insert("lat_2", first);
    }
    found
}

fn rounded(value: &str) -> String {
    value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| format!("{number:.7}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBERT: &str = r#"PROJCS["RGF93 / Lambert-93",GEOGCS["RGF93",DATUM["Reseau_Geodesique_Francais_1993",SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]],TOWGS84[0,0,0,0,0,0,0],AUTHORITY["EPSG","6171"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4171"]]]"#;

    fn lambert() -> Known {
        Known {
            srid: 2154,
            srtext: LAMBERT.into(),
            proj4:
                "+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +x_0=700000 +y_0=6600000 +ellps=GRS80 \
                    +towgs84=0,0,0,0,0,0,0 +units=m +no_defs "
                    .into(),
        }
    }

    fn ign() -> Crs {
        Crs {
            name: "RGF93 Lambert 93".into(),
            authority: Some(("IGNF".into(), 0)),
            datum: Some(6171),
            proj4:
                "+proj=lcc +lat_0=46.5 +lon_0=3 +lat_1=44 +lat_2=49 +x_0=700000 +y_0=6600000 +ellps=GRS80 \
                    +units=m +no_defs"
                    .into(),
            ..Crs::default()
        }
    }

    #[test]
    fn the_french_grid_by_its_other_name() {
        assert_eq!(same_system(&ign(), &[lambert()]), [2154]);
    }

    #[test]
    fn another_datum_or_another_origin_is_another_system() {
        assert!(same_system(&Crs { datum: Some(6807), ..ign() }, &[lambert()]).is_empty());
        let moved = Crs { proj4: ign().proj4.replace("700000", "600000"), ..ign() };
        assert!(same_system(&moved, &[lambert()]).is_empty());
        assert!(same_system(&Crs::default(), &[lambert()]).is_empty());
    }
}
