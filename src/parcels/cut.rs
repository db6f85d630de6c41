//! Lines that divide a parcel: given, traversed by bearings and distances, or found for an area.
//!
//! Bearings are azimuths in degrees, clockwise from grid north. Everything is in the plane of EPSG:32718; the grid's
//! scale (0.149 % in area at Pativilca) is the reader's to know, so areas asked for are grid areas.

use serde::{Deserialize, Serialize};

use super::shape::Shape;
use crate::spatial::mm::{Mm, cross};

/// How a parcel is divided.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cut {
    /// By a line of easting and northing, EPSG:32718, metres.
    Line(Vec<[f64; 2]>),
    /// By legs from a corner.
    Legs {
        /// Where the traverse begins: a corner, or a place on an edge.
        from: [f64; 2],
        /// Its legs; the last one is prolonged to the opposite boundary.
        legs: Vec<Leg>,
    },
    /// By a straight line that leaves `area_m2` behind it as it advances.
    Area {
        /// Grid area of the first part, square metres.
        area_m2: f64,
        /// Azimuth in which the dividing line advances, at a right angle to it.
        towards: f64,
    },
}

/// One leg of a traverse.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Azimuth in degrees.
    pub bearing: f64,
    /// Metres in the plane.
    pub distance: f64,
}

/// Why a line cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLine {
    /// Fewer than two places.
    TooShort,
    /// The area asked for is not between nothing and the whole.
    AreaNotWithin,
}

impl Cut {
    /// The dividing line on the millimetre grid, long enough to leave the parcel at both ends where it may.
    ///
    /// # Errors
    /// [`NoLine`] when there is none.
    pub fn line(&self, shape: &Shape) -> Result<Vec<Mm>, NoLine> {
        match self {
            Self::Line(places) => given(places),
            Self::Legs { from, legs } => traverse(*from, legs, shape),
            Self::Area { area_m2, towards } => for_area(*area_m2, *towards, shape),
        }
    }

    /// The pieces as the parts that were meant. A target area has two sides, the one behind first; else each piece is
    /// a part, and polygons of a multipart parcel that the line does not cut stay with the largest. `None` when
    /// nothing was divided.
    pub fn parts(&self, whole: &Shape, line: &[Mm], pieces: Vec<Shape>) -> Option<Vec<Shape>> {
        let parts = match self {
            Self::Area { towards, .. } => sides(pieces, line, *towards),
            _ => cut_ones(whole, pieces),
        };
        (parts.len() > 1).then_some(parts)
    }
}

fn given(places: &[[f64; 2]]) -> Result<Vec<Mm>, NoLine> {
    let mut line: Vec<Mm> = places.iter().map(|[e, n]| Mm::from_m(*e, *n)).collect();
    line.dedup();
    if line.len() < 2 { Err(NoLine::TooShort) } else { Ok(line) }
}

fn direction(bearing: f64) -> (f64, f64) {
    let angle = bearing.to_radians();
    (angle.sin(), angle.cos())
}

fn traverse(from: [f64; 2], legs: &[Leg], shape: &Shape) -> Result<Vec<Mm>, NoLine> {
    let mut at = from;
    let mut places = vec![from];
    for (k, leg) in legs.iter().enumerate() {
        let (e, n) = direction(leg.bearing);
        let beyond = if k + 1 == legs.len() { diagonal_m(shape) } else { 0.0 };
        // The last corner that was asked for stays a corner of the line when the leg is prolonged.
        at = [at[0] + e * leg.distance, at[1] + n * leg.distance];
        places.push(at);
        if beyond > 0.0 && !reaches(shape, at) {
            places.push([at[0] + e * beyond, at[1] + n * beyond]);
        }
    }
    given(&places)
}

/// Whether the traverse has arrived: at the boundary to a millimetre, or outside.
fn reaches(shape: &Shape, at: [f64; 2]) -> bool {
    let place = Mm::from_m(at[0], at[1]);
    let on_edge = shape.nearest_edge(place).is_some_and(|(_, mm)| mm <= 1.0);
    let inside = shape
        .edges()
        .filter(|(a, b)| (a.y > place.y) != (b.y > place.y))
        .fold(false, |inside, (a, b)| inside != ((cross(a, b, place) > 0) == (b.y > a.y)));
    on_edge || !inside
}

fn diagonal_m(shape: &Shape) -> f64 {
    shape.bounds_m().map_or(0.0, |[w, s, e, n]| (e - w).hypot(n - s) + 1.0)
}

/// Bisection on the offset of the line: the area behind it only grows.
fn for_area(area_m2: f64, towards: f64, shape: &Shape) -> Result<Vec<Mm>, NoLine> {
    let [west, south, ..] = shape.bounds_m().ok_or(NoLine::TooShort)?;
    let whole = shape.area_m2();
    if !(area_m2 > 0.0 && area_m2 < whole) {
        return Err(NoLine::AreaNotWithin);
    }
    let (u, v) = direction(towards);
    let local: Vec<Vec<(f64, f64)>> = shape
        .rings()
        .map(|ring| {
            let place = |p: &Mm| (p.x as f64 / 1000.0 - west, p.y as f64 / 1000.0 - south);
            // Along the advance, and along the line.
            ring.iter().map(place).map(|(x, y)| (x * u + y * v, x * v - y * u)).collect()
        })
        .collect();
    let along = local.iter().flatten().map(|p| p.0);
    let (mut low, mut high) =
        (along.clone().fold(f64::INFINITY, f64::min), along.fold(f64::NEG_INFINITY, f64::max));
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if area_behind(shape, &local, middle) < area_m2 { low = middle } else { high = middle }
    }
    let at = f64::midpoint(low, high);
    let reach = diagonal_m(shape);
    let across = local.iter().flatten().map(|p| p.1);
    let (left, right) = (
        across.clone().fold(f64::INFINITY, f64::min) - reach,
        across.fold(f64::NEG_INFINITY, f64::max) + reach,
    );
    given(&[left, right].map(|side| [west + at * u + side * v, south + at * v - side * u]))
}

/// The area of the polygons where the first coordinate is below `limit`: each ring is clipped by the half-plane.
fn area_behind(shape: &Shape, local: &[Vec<(f64, f64)>], limit: f64) -> f64 {
    let mut rings = local.iter();
    let mut total = 0.0;
    for polygon in &shape.0 {
        for (k, ring) in rings.by_ref().take(polygon.len()).enumerate() {
            let area = clipped(ring, limit).abs();
            total += if k == 0 { area } else { -area };
        }
    }
    total
}

fn clipped(ring: &[(f64, f64)], limit: f64) -> f64 {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(ring.len() + 4);
    for (&a, &b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        if a.0 <= limit {
            kept.push(a);
        }
        if (a.0 <= limit) != (b.0 <= limit) {
            let t = (limit - a.0) / (b.0 - a.0);
            kept.push((limit, a.1 + t * (b.1 - a.1)));
        }
    }
    let doubled: f64 = kept.iter().zip(kept.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum();
    doubled / 2.0
}

fn sides(pieces: Vec<Shape>, line: &[Mm], towards: f64) -> Vec<Shape> {
    let (u, v) = direction(towards);
    let Some(&on) = line.first() else { return Vec::new() };
    let (mut behind, mut ahead) = (Shape::default(), Shape::default());
    for piece in pieces {
        let advance = |p: &Mm| (p.x - on.x) as f64 * u + (p.y - on.y) as f64 * v;
        let farthest = piece.corners().iter().map(advance).max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let side = if farthest.is_some_and(|mm| mm < 0.0) { &mut behind } else { &mut ahead };
        side.0.extend(piece.0);
    }
    [behind, ahead].into_iter().filter(|side| !side.0.is_empty()).collect()
}

fn cut_ones(whole: &Shape, pieces: Vec<Shape>) -> Vec<Shape> {
    let polygons: Vec<_> = whole.0.iter().map(|polygon| Shape(vec![polygon.clone()]).corners()).collect();
    let (uncut, mut cut): (Vec<Shape>, Vec<Shape>) =
        pieces.into_iter().partition(|piece| polygons.contains(&piece.corners()));
    let largest = cut.iter_mut().max_by(|a, b| a.area_m2().total_cmp(&b.area_m2()));
    if let Some(largest) = largest {
        largest.0.extend(uncut.into_iter().flat_map(|piece| piece.0));
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot() -> Shape {
        let at = |x: i64, y: i64| Mm { x: 196_000_000 + x, y: 8_816_000_000 + y };
        Shape(vec![vec![vec![at(0, 0), at(10_000, 0), at(10_000, 20_000), at(0, 20_000)]]])
    }

    #[test]
    fn a_target_area_is_met_to_the_millimetre() {
        let line = Cut::Area { area_m2: 50.0, towards: 90.0 }.line(&lot()).unwrap();
        assert!(line.iter().all(|p| p.x == 196_002_500), "{line:?}");
        let line = Cut::Area { area_m2: 150.0, towards: 0.0 }.line(&lot()).unwrap();
        assert!(line.iter().all(|p| p.y == 8_816_015_000), "{line:?}");
        assert_eq!(Cut::Area { area_m2: 200.0, towards: 0.0 }.line(&lot()), Err(NoLine::AreaNotWithin));
    }

    #[test]
    fn legs_run_by_azimuth_and_reach_the_other_side() {
        let legs = vec![Leg { bearing: 90.0, distance: 4.0 }, Leg { bearing: 0.0, distance: 1.0 }];
        let line = Cut::Legs { from: [196_000.0, 8_816_005.0], legs }.line(&lot()).unwrap();
        assert_eq!(line[1], Mm { x: 196_004_000, y: 8_816_005_000 });
        assert!(line.last().unwrap().y > 8_816_020_000);
    }
}
