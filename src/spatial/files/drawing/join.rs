//! Lines whose ends nearly meet are made to meet, and all lines are cut where they cross.

use std::collections::HashMap;

use gdal::vector::{Geometry as Ogr, ToGdal};
use geo::{Closest, ClosestPoint, Coord, Geometry, Line, LineString, MultiLineString, Point};

use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::spatial::wire::Failure;

/// What joining came to.
pub struct Joined {
    /// Lines that meet only at their ends.
    pub lines: Vec<LineString>,
    /// Ends that were moved.
    pub moved: usize,
}

/// Joins ends within `tolerance`, in the drawing's unit, first with each other, then with the line beside them.
///
/// # Errors
/// Where the lines cannot be cut at their crossings.
pub fn join(mut lines: Vec<LineString>, tolerance: f64) -> Result<Joined, Failure> {
    let mut moved = meet(&mut lines, tolerance);
    moved += lean(&mut lines, tolerance);
    Ok(Joined { lines: cut(lines)?, moved })
}

type Cell = (i64, i64);

fn cell(place: Coord, size: f64) -> Cell {
    #[expect(clippy::cast_possible_truncation, reason = "a cell beyond i64 is the last one")]
    let at = |number: f64| (number / size).floor() as i64;
    (at(place.x), at(place.y))
}

fn around((x, y): Cell) -> impl Iterator<Item = Cell> {
    (-1..=1).flat_map(move |dx| (-1..=1).map(move |dy| (x.saturating_add(dx), y.saturating_add(dy))))
}

fn apart(one: Coord, other: Coord) -> f64 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// Ends within tolerance of an end that came before take its place.
fn meet(lines: &mut [LineString], tolerance: f64) -> usize {
    let mut known: HashMap<Cell, Vec<Coord>> = HashMap::new();
    let mut moved = 0;
    for line in lines {
        for at in [0, line.0.len() - 1] {
            let end = line.0[at];
            let home = cell(end, tolerance);
            let near = around(home).filter_map(|cell| known.get(&cell)).flatten();
            let near = near.copied().filter(|other| apart(*other, end) <= tolerance);
            match near.min_by(|one, other| apart(*one, end).total_cmp(&apart(*other, end))) {
                Some(place) => {
                    moved += usize::from(place != end);
                    line.0[at] = place;
                }
                None => known.entry(home).or_default().push(end),
            }
        }
    }
    moved
}

/// An end that stops just short of the middle of a line, or just beyond it, takes a place on it.
fn lean(lines: &mut [LineString], tolerance: f64) -> usize {
    let mut ends: HashMap<(u64, u64), usize> = HashMap::new();
    let key = |place: Coord| (place.x.to_bits(), place.y.to_bits());
    for place in lines.iter().flat_map(|line| [line.0[0], line.0[line.0.len() - 1]]) {
        *ends.entry(key(place)).or_default() += 1;
    }
    let loose: Vec<Coord> = lines
        .iter()
        .flat_map(|line| [line.0[0], line.0[line.0.len() - 1]])
        .filter(|place| ends[&key(*place)] == 1)
        .collect();
    let near = Near::of(lines);
    // From the back of each line, so that places before an added vertex keep their number.
    let mut places: Vec<(usize, usize, Coord)> = loose
        .into_iter()
        .filter_map(|end| near.beside(lines, end, tolerance).map(|(line, segment)| (line, segment, end)))
        .collect();
    let added = places.len();
    places.sort_by(|one, other| {
        let from = lines[one.0].0[one.1];
        (other.0, other.1).cmp(&(one.0, one.1)).then(apart(from, other.2).total_cmp(&apart(from, one.2)))
    });
    for (line, segment, end) in places {
        // The line bends to the end by less than the tolerance, so that nothing else has to move.
        lines[line].0.insert(segment + 1, end);
    }
    added
}

/// A segment's box, its line, and its place in the line.
type Segment = GeomWithData<Rectangle<[f64; 2]>, (usize, usize)>;

/// The segments of all lines by their boxes.
struct Near(RTree<Segment>);

impl Near {
    fn of(lines: &[LineString]) -> Self {
        let segments = lines.iter().enumerate().flat_map(|(line, places)| {
            places.0.windows(2).enumerate().map(move |(segment, pair)| {
                let bounds = Rectangle::from_corners(pair[0].into(), pair[1].into());
                GeomWithData::new(bounds, (line, segment))
            })
        });
        Self(RTree::bulk_load(segments.collect()))
    }

    /// The segment within tolerance of a place that is not one of its own ends.
    fn beside(&self, lines: &[LineString], place: Coord, tolerance: f64) -> Option<(usize, usize)> {
        let around = AABB::from_corners(
            [place.x - tolerance, place.y - tolerance],
            [place.x + tolerance, place.y + tolerance],
        );
        let candidates = self.0.locate_in_envelope_intersecting(&around).map(|found| found.data);
        let away = candidates.filter_map(|(line, segment)| {
            let (from, to) = (lines[line].0[segment], lines[line].0[segment + 1]);
            let is_end = apart(from, place) <= tolerance || apart(to, place) <= tolerance;
            match Line::new(from, to).closest_point(&Point(place)) {
                Closest::SinglePoint(foot) | Closest::Intersection(foot) if !is_end => {
                    Some((apart(foot.0, place), (line, segment)))
                }
                _ => None,
            }
        });
        let nearest = away.filter(|(distance, _)| *distance <= tolerance);
        nearest.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, found)| found)
    }
}

/// GEOS cuts lines at their crossings when they are united with themselves.
fn cut(lines: Vec<LineString>) -> Result<Vec<LineString>, Failure> {
    let broken = |why: &str| {
        Failure::new(
            "broken",
            format!("las líneas del plano no se pudieron cortar en sus cruces: {why}"),
            format!("the drawing's lines could not be cut where they cross: {why}"),
        )
    };
    if lines.is_empty() {
        return Ok(lines);
    }
    let all: Ogr = MultiLineString(lines).to_gdal().map_err(|error| broken(&error.to_string()))?;
    let united = all.union(&all).ok_or_else(|| broken("GEOS"))?;
    match united.to_geo().map_err(|error| broken(&error.to_string()))? {
        Geometry::LineString(line) => Ok(vec![line]),
        Geometry::MultiLineString(lines) => Ok(lines.0),
        _ => Err(broken("GEOS")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(places: &[(f64, f64)]) -> LineString {
        LineString::from(places.to_vec())
    }

    #[test]
    fn ends_that_nearly_meet_meet() {
        let mut lines = [line(&[(0., 0.), (10., 0.)]), line(&[(10.004, 0.003), (10., 10.)])];
        assert_eq!(meet(&mut lines, 0.01), 1);
        assert_eq!(lines[1].0[0], Coord { x: 10., y: 0. });
        assert_eq!(meet(&mut [line(&[(0., 0.), (1., 0.)]), line(&[(1.02, 0.), (2., 0.)])], 0.01), 0);
    }

    #[test]
    fn an_end_that_stops_short_of_a_line_is_taken_into_it() {
        for y in [0.006, -0.006] {
            let lines = vec![line(&[(0., 0.), (10., 0.)]), line(&[(4., 5.), (4., y)])];
            let joined = join(lines, 0.01).unwrap();
            assert_eq!(joined.lines.len(), 3, "{:?}", joined.lines);
        }
        let apart = join(vec![line(&[(0., 0.), (10., 0.)]), line(&[(4., 5.), (4., 0.02)])], 0.01).unwrap();
        assert_eq!(apart.lines.len(), 2);
    }

    #[test]
    fn crossings_and_doubles_are_cut() {
        let cross =
            vec![line(&[(0., 0.), (2., 2.)]), line(&[(0., 2.), (2., 0.)]), line(&[(2., 2.), (0., 0.)])];
        assert_eq!(join(cross, 0.001).unwrap().lines.len(), 4);
    }
}
