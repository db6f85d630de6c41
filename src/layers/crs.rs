//! Coordinate reference systems that layers are served in: URIs, axis order, decimals.

/// WGS 84, longitude before latitude: the default of GeoJSON and of every request.
pub const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

const LONGITUDE_LATITUDE_SRID: i32 = 4326;
const PERU96_UTM_18S: i32 = 5387;
/// WGS 84 / UTM 18S: what the municipal schemas are stored in.
pub const UTM_18S: i32 = 32718;
/// Web Mercator.
pub const WEB_MERCATOR: i32 = 3857;

/// A reference system as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crs {
    /// The URI, also the value of `Content-Crs`.
    pub uri: String,
    /// SRID that PostGIS computes in. Peru96 / UTM 18S (5387) has the numbers of WGS 84 / UTM 18S (32718):
    /// the frames agree within centimetres by definition of Peru96, so it is a label.
    pub srid: i32,
    /// Whether the first axis is the northern one, so that pairs are written (north, east).
    pub northing_first: bool,
    /// Whether coordinates are degrees.
    pub degrees: bool,
}

impl Crs {
    /// CRS84.
    pub fn crs84() -> Self {
        Self { uri: CRS84.to_owned(), srid: LONGITUDE_LATITUDE_SRID, northing_first: false, degrees: true }
    }

    fn epsg(code: i32, srid: i32, northing_first: bool, degrees: bool) -> Self {
        Self { uri: format!("http://www.opengis.net/def/crs/EPSG/0/{code}"), srid, northing_first, degrees }
    }

    /// The system of `srid`, whose definition in `spatial_ref_sys` is `wkt`.
    pub fn stored(srid: i32, wkt: &str) -> Self {
        if srid == LONGITUDE_LATITUDE_SRID {
            return Self::crs84();
        }
        let degrees = wkt.starts_with("GEOGCS");
        Self::epsg(srid, srid, degrees || first_axis_is_north(wkt), degrees)
    }

    /// What every layer is served in, and where its own system stands among them.
    pub fn offered(stored: Self) -> (Vec<Self>, usize) {
        let mut all = vec![
            Self::crs84(),
            Self::epsg(LONGITUDE_LATITUDE_SRID, LONGITUDE_LATITUDE_SRID, true, true),
            Self::epsg(WEB_MERCATOR, WEB_MERCATOR, false, false),
            Self::epsg(UTM_18S, UTM_18S, false, false),
            Self::epsg(PERU96_UTM_18S, UTM_18S, false, false),
        ];
        if let Some(index) = all.iter().position(|crs| crs.uri == stored.uri) {
            return (all, index);
        }
        all.push(stored);
        let last = all.len() - 1;
        (all, last)
    }

    /// Its EPSG code, for files: they keep the east first, so CRS84 is 4326 there.
    pub fn epsg_code(&self) -> u32 {
        let named = self.uri.rsplit_once("/EPSG/0/").and_then(|(_, code)| code.parse().ok());
        named.unwrap_or(LONGITUDE_LATITUDE_SRID.unsigned_abs())
    }

    /// Decimals of a written coordinate: a millimetre, or in degrees a tenth of one.
    pub const fn decimals(&self) -> u32 {
        if self.degrees { 9 } else { 3 }
    }
}

/// WKT 1 names the axes of a projected system where they are not simply east, north.
fn first_axis_is_north(wkt: &str) -> bool {
    wkt.find("AXIS[").is_some_and(|at| {
        let axis = &wkt[at..];
        axis[..axis.find(']').unwrap_or(axis.len())].ends_with("NORTH")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_order_comes_from_the_definition() {
        let gauss = r#"PROJCS["DHDN",UNIT["metre",1],AXIS["Northing",NORTH],AXIS["Easting",EAST]]"#;
        assert!(Crs::stored(31467, gauss).northing_first);
        let utm = r#"PROJCS["WGS 84 / UTM 18S",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]"#;
        assert!(!Crs::stored(32718, utm).northing_first);
        assert!(Crs::stored(4258, r#"GEOGCS["ETRS89"]"#).northing_first);
        assert_eq!(Crs::stored(4326, "").uri, CRS84);
    }

    #[test]
    fn a_file_is_labelled_with_the_system_that_was_asked_for() {
        let (all, _) = Crs::offered(Crs::crs84());
        let codes: Vec<_> = all.iter().map(Crs::epsg_code).collect();
        assert_eq!(codes, [4326, 4326, 3857, 32718, 5387]);
    }

    #[test]
    fn the_stored_system_is_among_the_offered() {
        for srid in [4326, 3857, 32718, 5387, 2154] {
            let (all, index) = Crs::offered(Crs::stored(srid, ""));
            assert!(srid == 4326 || all[index].uri.ends_with(&srid.to_string()));
        }
    }
}
