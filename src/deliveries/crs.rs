//! Where a file's numbers may be, and when that is certain enough to be applied unasked.

use super::model::Proposal;

/// A way to read a file's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub name: String,
    pub es: String,
    pub en: String,
    pub srid: i32,
    pub axes_swapped: bool,
    pub unit_m: f64,
}

/// Name, Spanish, English, EPSG code, axes swapped, metres of the unit.
type Known = (&'static str, &'static str, &'static str, i32, bool, f64);

/// International foot, and that of the US survey.
const FOOT: f64 = 0.3048;
const SURVEY_FOOT: f64 = 1200.0 / 3937.0;

/// What plans of a Peruvian district come in, and what is taken for it. Peru96 / UTM 18S has the numbers of the first.
const KNOWN: [Known; 12] = [
    (
        "utm18",
        "WGS 84 / UTM 18S (o Peru96 / UTM 18S, de iguales cifras)",
        "WGS 84 / UTM 18S (or Peru96 / UTM 18S, of the same numbers)",
        32718,
        false,
        1.0,
    ),
    (
        "psad56_18",
        "PSAD56 / UTM 18S, por la operación EPSG:1208",
        "PSAD56 / UTM 18S, by operation EPSG:1208",
        24878,
        false,
        1.0,
    ),
    (
        "degrees",
        "grados WGS 84, longitud y latitud",
        "WGS 84 degrees, longitude and latitude",
        4326,
        false,
        1.0,
    ),
    ("degrees_swapped", "grados WGS 84, latitud primero", "WGS 84 degrees, latitude first", 4326, true, 1.0),
    (
        "utm18_swapped",
        "WGS 84 / UTM 18S, norte primero",
        "WGS 84 / UTM 18S, northing first",
        32718,
        true,
        1.0,
    ),
    (
        "psad56_18_swapped",
        "PSAD56 / UTM 18S, norte primero",
        "PSAD56 / UTM 18S, northing first",
        24878,
        true,
        1.0,
    ),
    ("utm17", "WGS 84 / UTM 17S, la zona vecina", "WGS 84 / UTM 17S, the next zone", 32717, false, 1.0),
    ("psad56_17", "PSAD56 / UTM 17S, la zona vecina", "PSAD56 / UTM 17S, the next zone", 24877, false, 1.0),
    ("utm18_feet", "WGS 84 / UTM 18S en pies", "WGS 84 / UTM 18S in feet", 32718, false, FOOT),
    (
        "utm18_survey_feet",
        "WGS 84 / UTM 18S en pies de agrimensura (EE. UU.)",
        "WGS 84 / UTM 18S in US survey feet",
        32718,
        false,
        SURVEY_FOOT,
    ),
    ("web_mercator", "Mercator de los mapas web", "Web Mercator", 3857, false, 1.0),
    ("lambert93", "Lambert-93, de Francia", "Lambert-93, of France", 2154, false, 1.0),
];

/// Every way that is looked at: the known ones, and what was told or declared.
pub fn candidates(said: &[i32]) -> Vec<Candidate> {
    let known = KNOWN.iter().map(|&(name, es, en, srid, axes_swapped, unit_m)| Candidate {
        name: name.to_owned(),
        es: es.to_owned(),
        en: en.to_owned(),
        srid,
        axes_swapped,
        unit_m,
    });
    let mut all: Vec<Candidate> = known.collect();
    for srid in said {
        if !all.iter().any(|one| one.srid == *srid && !one.axes_swapped) {
            let words = format!("EPSG:{srid}");
            all.push(Candidate {
                name: format!("epsg_{srid}"),
                es: words.clone(),
                en: words,
                srid: *srid,
                axes_swapped: false,
                unit_m: 1.0,
            });
        }
    }
    all
}

/// Share of the features that must lie in the district.
const MOST: f64 = 0.5;

/// What is done about the system.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Applied: this proposal, as it was `told` or `declared`.
    Certain(Proposal, &'static str),
    /// Somebody must say which.
    Ask,
}

/// A system is applied unasked only when it was told by the sender or declared by the file, its features lie in the
/// district, and no other reading lies strikingly better on the fabric.
pub fn decide(told: Option<i32>, declared: Option<i32>, proposals: &[Proposal]) -> Decision {
    let (Some(srid), how) = (told.or(declared), if told.is_some() { "told" } else { "declared" }) else {
        return Decision::Ask;
    };
    let as_said = |one: &&Proposal| one.srid == srid && !one.axes_swapped && (one.unit_m - 1.0).abs() < 1e-12;
    let Some(own) = proposals.iter().find(as_said) else { return Decision::Ask };
    let is_better = |one: &Proposal| one.fit() >= 0.3 && one.fit() > 3.0 * own.fit() + 0.1;
    if own.inside_share < MOST || proposals.iter().any(is_better) {
        return Decision::Ask;
    }
    Decision::Certain(own.clone(), how)
}

/// The likeliest first: by the fabric, then by the district, then by how near it comes. What lies nowhere near is told last, and still told.
pub fn rank(proposals: &mut [Proposal]) {
    proposals.sort_by(|a, b| {
        let by_fit = b.fit().total_cmp(&a.fit());
        let far = |one: &Proposal| one.distance_km.unwrap_or(f64::INFINITY);
        by_fit.then(b.inside_share.total_cmp(&a.inside_share)).then(far(a).total_cmp(&far(b)))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(srid: i32, inside: f64, fit: Option<f64>) -> Proposal {
        Proposal {
            candidate: srid.to_string(),
            es: String::new(),
            en: String::new(),
            srid,
            axes_swapped: false,
            unit_m: 1.0,
            looked_at: 10,
            inside_share: inside,
            corner_share: fit,
            overlap_share: None,
            median_offset_m: None,
            distance_km: None,
        }
    }

    #[test]
    fn what_nobody_said_is_asked() {
        assert_eq!(decide(None, None, &[proposal(32718, 1.0, Some(1.0))]), Decision::Ask);
    }

    #[test]
    fn what_was_said_counts_where_it_lies_in_the_district() {
        let here = proposal(32718, 1.0, None);
        assert_eq!(
            decide(Some(32718), None, std::slice::from_ref(&here)),
            Decision::Certain(here.clone(), "told")
        );
        assert_eq!(
            decide(None, Some(32718), std::slice::from_ref(&here)),
            Decision::Certain(here, "declared")
        );
        assert_eq!(decide(Some(2154), None, &[proposal(2154, 0.0, None)]), Decision::Ask);
    }

    #[test]
    fn a_wrong_word_is_not_believed_against_the_fabric() {
        let said = proposal(32718, 1.0, Some(0.0));
        let better = proposal(24878, 1.0, Some(0.9));
        assert_eq!(decide(Some(32718), None, &[said.clone(), better.clone()]), Decision::Ask);
        let mut all = [said, better];
        rank(&mut all);
        assert_eq!(all[0].srid, 24878);
    }
}
