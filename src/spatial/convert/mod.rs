//! Positions from one reference system to another, by pinned operations.
//!
//! The operation is never left to a search: PostGIS and PROJ pick EPSG:1208 between PSAD56 and WGS 84, while the text
//! that most other programs read gives the mean of South America, 9.2 m away. Every conversion says which operation it
//! was and how good that is. Peru96 / UTM 18S has the numbers of WGS 84 / UTM 18S: its transformation (EPSG:5378) is
//! null and good to a metre, so one becomes the other by a change of label.

pub mod table;

use std::cell::RefCell;
use std::collections::HashMap;

use proj::Proj;
use serde::Serialize;

/// A reference system that plans of the district come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// EPSG:4326, degrees: longitude, then latitude.
    Wgs84,
    /// EPSG:32718: what is stored.
    Utm18,
    /// EPSG:5387: the official one.
    Peru96Utm18,
    /// EPSG:24878: plans and registry entries before about 2005.
    Psad56Utm18,
    /// EPSG:32717: the wrong zone here.
    Utm17,
    /// EPSG:24877: the wrong zone here.
    Psad56Utm17,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Datum {
    Wgs84,
    Peru96,
    Psad56,
}

impl System {
    /// Every system, the stored one first.
    pub const ALL: [Self; 6] =
        [Self::Utm18, Self::Peru96Utm18, Self::Psad56Utm18, Self::Wgs84, Self::Utm17, Self::Psad56Utm17];

    /// The system of an EPSG code.
    pub fn of(epsg: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.epsg() == epsg)
    }

    /// Reads `24878` or `EPSG:24878`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits =
            text.get(..5).filter(|start| start.eq_ignore_ascii_case("epsg:")).map_or(text, |_| &text[5..]);
        Self::of(digits.parse().ok()?)
    }

    /// Its EPSG code.
    pub const fn epsg(self) -> i32 {
        match self {
            Self::Wgs84 => 4326,
            Self::Utm18 => 32718,
            Self::Peru96Utm18 => 5387,
            Self::Psad56Utm18 => 24878,
            Self::Utm17 => 32717,
            Self::Psad56Utm17 => 24877,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS 84 (longitud, latitud)",
            Self::Utm18 => "WGS 84 / UTM 18S",
            Self::Peru96Utm18 => "Peru96 / UTM 18S",
            Self::Psad56Utm18 => "PSAD56 / UTM 18S",
            Self::Utm17 => "WGS 84 / UTM 17S",
            Self::Psad56Utm17 => "PSAD56 / UTM 17S",
        }
    }

    const fn datum(self) -> Datum {
        match self {
            Self::Wgs84 | Self::Utm18 | Self::Utm17 => Datum::Wgs84,
            Self::Peru96Utm18 => Datum::Peru96,
            Self::Psad56Utm18 | Self::Psad56Utm17 => Datum::Psad56,
        }
    }

    /// Its UTM zone; none for degrees.
    pub const fn zone(self) -> Option<u8> {
        match self {
            Self::Wgs84 => None,
            Self::Utm18 | Self::Peru96Utm18 | Self::Psad56Utm18 => Some(18),
            Self::Utm17 | Self::Psad56Utm17 => Some(17),
        }
    }

    /// Whether its zone is not the district's.
    pub const fn is_wrong_zone(self) -> bool {
        matches!(self.zone(), Some(17))
    }

    /// Decimals that are worth writing: a millimetre, or in degrees a tenth of one.
    pub const fn decimals(self) -> usize {
        if matches!(self, Self::Wgs84) { 9 } else { 3 }
    }

    /// Peru96 is computed on the WGS 84 ellipsoid, see the module.
    const fn ellipsoid(self) -> &'static str {
        if matches!(self.datum(), Datum::Psad56) { "intl" } else { "WGS84" }
    }

    /// Whether a position has the same numbers in both.
    fn has_numbers_of(self, other: Self) -> bool {
        self.zone() == other.zone() && self.ellipsoid() == other.ellipsoid()
    }

    /// Steps of PROJ to degrees on WGS 84, or from there.
    fn steps(self, is_inverse: bool) -> Vec<String> {
        let inv = if is_inverse { "" } else { "+inv " };
        let projection = self
            .zone()
            .map(|zone| format!("+step {inv}+proj=utm +zone={zone} +south +ellps={}", self.ellipsoid()));
        // Without a projection degrees must become radians.
        let projection = projection.unwrap_or_else(|| {
            let (from, to) = if is_inverse { ("rad", "deg") } else { ("deg", "rad") };
            format!("+step +proj=unitconvert +xy_in={from} +xy_out={to}")
        });
        let mut steps = vec![projection];
        if self.datum() == Datum::Psad56 {
            let (first, second, shift) =
                if is_inverse { ("WGS84", "intl", "+inv ") } else { ("intl", "WGS84", "") };
            steps.push(format!(
                "+step +proj=push +v_3 +step +proj=cart +ellps={first} +step {shift}+proj=helmert +x=-279 +y=175 +z=-379 \
                 +step +inv +proj=cart +ellps={second} +step +proj=pop +v_3"
            ));
        }
        if is_inverse {
            steps.reverse();
        }
        steps
    }
}

/// How positions get from one system to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Where they come from.
    pub from: System,
    /// Where they go.
    pub to: System,
    /// The steps, each with its EPSG code.
    pub name: String,
    /// Sum of the stated accuracies of its datum steps; 0 within one datum.
    pub accuracy_m: f64,
    /// The pinned text for PROJ.
    pub pipeline: String,
}

impl Operation {
    /// The one operation between two systems.
    pub fn between(from: System, to: System) -> Self {
        let mut names = Vec::new();
        let mut accuracy_m = 0.0;
        let projection = |zone: u8| format!("EPSG:161{zone} UTM {zone}S");
        let is_reprojected = !from.has_numbers_of(to);
        if from == to {
            names.push("identidad".to_owned());
        }
        if is_reprojected {
            names.extend(from.zone().map(|zone| format!("{} inversa", projection(zone))));
        }
        if from.datum() != to.datum() {
            for (datum, inverse) in [(from.datum(), ""), (to.datum(), " inversa")] {
                let (step, metres) = match datum {
                    Datum::Wgs84 => continue,
                    Datum::Peru96 => ("EPSG:5378 Peru96 a WGS 84, nula (1 m)", 1.0),
                    Datum::Psad56 => ("EPSG:1208 PSAD56 a WGS 84, Perú, dX -279 dY 175 dZ -379 (16 m)", 16.0),
                };
                names.push(format!("{step}{inverse}"));
                accuracy_m += metres;
            }
        }
        if is_reprojected {
            names.extend(to.zone().map(projection));
        }
        let steps: Vec<_> = from.steps(false).into_iter().chain(to.steps(true)).collect();
        Self {
            from,
            to,
            name: names.join(" + "),
            accuracy_m,
            pipeline: format!("+proj=pipeline {}", steps.join(" ")),
        }
    }

    /// Moves a position; none where the systems have no common ground.
    pub fn apply(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        if !x.is_finite() || !y.is_finite() {
            return None;
        }
        if self.from.has_numbers_of(self.to) {
            return Some([x, y]);
        }
        let (x, y) = run(&self.pipeline, (x, y))?;
        (x.is_finite() && y.is_finite()).then_some([x, y])
    }

    /// What a reader of a converted position must be told.
    pub fn remarks(&self, position: [f64; 2]) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if self.from.is_wrong_zone() || self.to.is_wrong_zone() {
            remarks.push(Remark::WrongZone);
        }
        let Some([lon, lat]) = Self::between(self.from, System::Wgs84).apply(position) else {
            return remarks;
        };
        // A zone is six degrees wide; plans of its edge go a little beyond. Zone 17 is flagged as such already.
        if self.from.zone() == Some(18) && (lon + 75.0).abs() > 3.1 {
            remarks.push(if in_district_of_zone_17(position) {
                Remark::LooksLikeZone17
            } else {
                Remark::OutsideZone
            });
            return remarks;
        }
        if !in_peru(lon, lat) {
            remarks.push(if in_peru(lat, lon) { Remark::LooksSwapped } else { Remark::OutsidePeru });
        }
        remarks
    }
}

/// A converted position with everything that must be said of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Where it came from.
    pub from: Named,
    /// What was given.
    pub position: [f64; 2],
    /// Where it went.
    pub to: Named,
    /// The same place there: a millimetre, or in degrees a tenth of one.
    pub result: [f64; 2],
    /// The steps, each with its EPSG code.
    pub operation: String,
    /// The pinned text for PROJ.
    pub pipeline: String,
    /// Sum of the stated accuracies of the datum steps.
    pub accuracy_m: f64,
    /// What its numbers do not say.
    pub remarks: Vec<Said>,
}

/// A system by code and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    pub epsg: i32,
    pub name: &'static str,
}

/// A remark in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    pub es: String,
    pub en: String,
}

impl From<System> for Named {
    fn from(system: System) -> Self {
        Self { epsg: system.epsg(), name: system.name() }
    }
}

/// Converts one position; none where the systems have no common ground.
pub fn answer(operation: &Operation, position: [f64; 2]) -> Option<Answer> {
    let unit = 10_f64.powi(if operation.to == System::Wgs84 { 9 } else { 3 });
    let result = operation.apply(position)?.map(|number| (number * unit).round() / unit);
    Some(Answer {
        from: operation.from.into(),
        position,
        to: operation.to.into(),
        result,
        operation: operation.name.clone(),
        pipeline: operation.pipeline.clone(),
        accuracy_m: operation.accuracy_m,
        remarks: operation
            .remarks(position)
            .into_iter()
            .map(|remark| Said { es: remark.es(), en: remark.en() })
            .collect(),
    })
}

/// Eastings and northings that the district has in zone 17.
fn in_district_of_zone_17([x, y]: [f64; 2]) -> bool {
    (848_000.0..876_000.0).contains(&x) && (8_808_000.0..8_839_000.0).contains(&y)
}

fn in_peru(lon: f64, lat: f64) -> bool {
    (-81.5..=-68.5).contains(&lon) && (-18.5..=0.1).contains(&lat)
}

/// Something about a position that its numbers do not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// One of the systems is of zone 17.
    WrongZone,
    /// Declared as zone 18, with the numbers that the district has in zone 17.
    LooksLikeZone17,
    /// Far from zone 18, in which it was declared.
    OutsideZone,
    /// In no part of Peru.
    OutsidePeru,
    /// In Peru when longitude and latitude change places.
    LooksSwapped,
}

impl Remark {
    /// In Spanish.
    pub fn es(self) -> String {
        match self {
            Self::WrongZone => "zona 17: Pativilca está en la zona 18".to_owned(),
            Self::LooksLikeZone17 => {
                "las coordenadas son las del distrito en la zona 17, no en la 18".to_owned()
            }
            Self::OutsideZone => "fuera de la zona 18".to_owned(),
            Self::OutsidePeru => "fuera del Perú".to_owned(),
            Self::LooksSwapped => "longitud y latitud parecen intercambiadas".to_owned(),
        }
    }

    /// In English.
    pub fn en(self) -> String {
        match self {
            Self::WrongZone => "zone 17: Pativilca lies in zone 18".to_owned(),
            Self::LooksLikeZone17 => "the coordinates are the district's in zone 17, not in 18".to_owned(),
            Self::OutsideZone => "outside zone 18".to_owned(),
            Self::OutsidePeru => "outside Peru".to_owned(),
            Self::LooksSwapped => "longitude and latitude seem swapped".to_owned(),
        }
    }
}

/// PROJ objects belong to a thread and cost 36 ms to make, so each thread keeps those that it made.
fn run(pipeline: &str, point: (f64, f64)) -> Option<(f64, f64)> {
    thread_local!(static MADE: RefCell<HashMap<String, Proj>> = RefCell::default());
    MADE.with_borrow_mut(|made| {
        if !made.contains_key(pipeline) {
            made.insert(pipeline.to_owned(), Proj::new(pipeline).ok()?);
        }
        made.get(pipeline)?.convert(point).ok()
    })
}

#[cfg(test)]
mod tests;
