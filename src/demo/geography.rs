//! The sketched land of `gis-data/`: outline, settlements, river, coast, roads.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::mm::{Mm, Ring, area_m2, offset, strip};

/// A centro poblado of the INEI list, or an expansion area of ours.
#[derive(Clone, Debug)]
pub struct Place {
    pub code: String,
    pub name: String,
    pub kind: &'static str,
    pub at: Mm,
    pub invented: bool,
}

#[derive(Clone, Debug)]
pub struct Road {
    pub code: String,
    pub name: String,
    pub category: String,
    pub surface: String,
    pub right_of_way_m: f64,
    pub line: Vec<Mm>,
}

/// Everything that stands before the first lot is drawn.
#[derive(Clone, Debug)]
pub struct Land {
    pub outline: Ring,
    pub places: Vec<Place>,
    /// From the mouth up the valley.
    pub river: Vec<Mm>,
    /// From north to south: the sea is to its right.
    pub coast: Vec<Mm>,
    pub roads: Vec<Road>,
    /// The irrigated land.
    pub valley: Ring,
}

/// Half the width of the sketched river bed, from the axis to the upper edge of the bank.
pub const HALF_BED_M: f64 = 75.0;
/// Where the old arm lies, in parts of the axis, and how wide it is.
pub const INACTIVE_REACH: (f64, f64) = (0.24, 0.29);
pub const INACTIVE_WIDTH_M: f64 = 70.0;

impl Land {
    pub fn sketched() -> Result<Land> {
        let mut places = settlements(include_str!("../../gis-data/settlements.csv"))?;
        places.extend(expansion_areas());
        let mut roads = roads(include_str!("../../gis-data/panamericana.geojson"), 30.0)?;
        roads.extend(self::roads(include_str!("../../gis-data/roads.geojson"), 12.0)?);
        let mut valley = polygon(include_str!("../../gis-data/valley.geojson"))?;
        if area_m2(&valley) < 0.0 {
            valley.reverse();
        }
        let mut outline = polygon(include_str!("../../gis-data/district.geojson"))?;
        if area_m2(&outline) < 0.0 {
            outline.reverse();
        }
        Ok(Land {
            outline,
            places,
            river: line(include_str!("../../gis-data/river.geojson"))?,
            coast: line(include_str!("../../gis-data/coast.geojson"))?,
            roads,
            valley,
        })
    }

    /// The same land elsewhere, for further invented districts.
    pub fn moved(&self, dx: i64, dy: i64) -> Land {
        let all = |points: &[Mm]| points.iter().map(|p| p.moved(dx, dy)).collect::<Vec<_>>();
        let mut land = self.clone();
        land.outline = all(&self.outline);
        land.river = all(&self.river);
        land.coast = all(&self.coast);
        land.valley = all(&self.valley);
        land.places.iter_mut().for_each(|place| place.at = place.at.moved(dx, dy));
        land.roads.iter_mut().for_each(|road| road.line = all(&road.line));
        land
    }

    /// The bank on the district's side, seen up the valley: the left one of the axis, the river's right.
    pub fn north_bank(&self) -> Vec<Mm> {
        offset(&self.river, HALF_BED_M)
    }

    /// A stretch of the axis, by parts of its length.
    pub fn reach(&self, from: f64, to: f64) -> &[Mm] {
        let at = |part: f64| (part * (self.river.len() - 1) as f64).round() as usize;
        &self.river[at(from)..=at(to)]
    }

    /// The strip to the north of the axis between two distances from the bank.
    pub fn beside_river(&self, (from, to): (f64, f64), inner_m: f64, outer_m: f64) -> Ring {
        let reach = self.reach(from, to);
        strip(&offset(reach, HALF_BED_M + outer_m), &offset(reach, HALF_BED_M + inner_m))
    }

    /// An old arm of the river, still State property.
    pub fn inactive_bed(&self) -> Ring {
        self.beside_river(INACTIVE_REACH, 0.0, INACTIVE_WIDTH_M)
    }

    pub fn south_bank(&self) -> Vec<Mm> {
        offset(&self.river, -HALF_BED_M)
    }
}

/// The three names of the plan that no public list has: their positions are invented and say so.
fn expansion_areas() -> Vec<Place> {
    [
        ("X001", "Costa Verde", 194_050.0, 8_815_350.0),
        ("X002", "Las Lomas", 196_450.0, 8_818_900.0),
        ("X003", "Santa Rosa (Fujimori)", 197_050.0, 8_815_450.0),
    ]
    .map(|(code, name, e, n)| Place {
        code: code.to_owned(),
        name: name.to_owned(),
        kind: "expansion",
        at: Mm::from_m(e, n),
        invented: true,
    })
    .to_vec()
}

fn settlements(csv: &str) -> Result<Vec<Place>> {
    csv.lines()
        .skip(1)
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            ensure!(fields.len() == 5, "settlements.csv: {row}");
            Ok(Place {
                code: fields[0].to_owned(),
                name: fields[1].to_owned(),
                kind: if fields[2] == "urban" { "urban" } else { "rural" },
                at: Mm::from_m(fields[3].parse()?, fields[4].parse()?),
                invented: false,
            })
        })
        .collect()
}

fn features(json: &str) -> Result<Vec<Value>> {
    let collection: Value = serde_json::from_str(json)?;
    Ok(collection["features"].as_array().context("a feature collection")?.clone())
}

fn positions(coordinates: &Value) -> Result<Vec<Mm>> {
    let list = coordinates.as_array().context("positions")?;
    list.iter()
        .map(|p| {
            let of = |k: usize| p[k].as_f64().context("a number");
            Ok(Mm::from_m(of(0)?, of(1)?))
        })
        .collect()
}

fn line(json: &str) -> Result<Vec<Mm>> {
    let feature = features(json)?.into_iter().next().context("one line")?;
    positions(&feature["geometry"]["coordinates"])
}

fn polygon(json: &str) -> Result<Ring> {
    let feature = features(json)?.into_iter().next().context("one polygon")?;
    let mut ring = positions(&feature["geometry"]["coordinates"][0])?;
    ring.pop();
    Ok(ring)
}

fn roads(json: &str, default_width_m: f64) -> Result<Vec<Road>> {
    features(json)?
        .into_iter()
        .map(|feature| {
            let text = |name: &str, or: &str| feature["properties"][name].as_str().unwrap_or(or).to_owned();
            Ok(Road {
                code: text("code", ""),
                name: text("name", ""),
                category: text("category", "local"),
                surface: text("surface", "paved"),
                right_of_way_m: feature["properties"]["right_of_way_m"].as_f64().unwrap_or(default_width_m),
                line: positions(&feature["geometry"]["coordinates"])?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::mm::contains;

    #[test]
    fn the_published_places_lie_in_the_outline() {
        let land = Land::sketched().expect("gis-data is well formed");
        assert_eq!(land.places.iter().filter(|place| !place.invented).count(), 38);
        assert!(land.places.iter().all(|place| contains(&land.outline, place.at)));
        assert!((area_m2(&land.outline) / 1e6 - 278.63).abs() < 0.6, "{}", area_m2(&land.outline));
    }

    #[test]
    fn the_highway_crosses_the_river_3_7_km_above_its_mouth() {
        let land = Land::sketched().expect("gis-data is well formed");
        let highway = &land.roads[0].line;
        let mut run = 0.0;
        for pair in land.river.windows(2) {
            let nearest = highway.iter().map(|&p| crate::demo::mm::point_segment(p, pair[0], pair[1]));
            if nearest.fold(f64::INFINITY, f64::min) < 50_000.0 {
                break;
            }
            run += pair[0].distance(pair[1]);
        }
        assert!((3.3..=3.9).contains(&(run / 1e6)), "{run}");
    }
}
