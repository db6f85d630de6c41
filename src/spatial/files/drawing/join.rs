//! Lines whose ends nearly meet are made to meet, and all lines are cut where they cross.

use std::collections::HashMap;

use gdal::vector::{Geometry as Ogr, ToGdal};
use geo::{Closest, ClosestPoint, Coord, Geometry, Line, LineString, MultiLineString, Point};

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
    let grid = Grid::of(lines, tolerance);
    let mut added = 0;
    // From the back of each line, so that places before an added vertex keep their number.
    let mut places: Vec<(usize, usize, Coord)> = Vec::new();
    for end in loose {
        if let Some((line, segment)) = grid.beside(lines, end, tolerance) {
            places.push((line, segment, end));
            added += 1;
        }
    }
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

/// Which segments pass through which cell.
struct Grid {
    size: f64,
    segments: HashMap<Cell, Vec<(usize, usize)>>,
}

impl Grid {
    fn of(lines: &[LineString], tolerance: f64) -> Self {
        let count: usize = lines.iter().map(|line| line.0.len()).sum();
        let length: f64 =
            lines.iter().flat_map(|line| line.0.windows(2)).map(|pair| apart(pair[0], pair[1])).sum();
        // About as large as a segment is long, so that none passes through many.
        let size = (length / count.max(1) as f64).max(tolerance * 2.0);
        let mut segments: HashMap<Cell, Vec<(usize, usize)>> = HashMap::new();
        for (line, places) in lines.iter().enumerate() {
            for (segment, pair) in places.0.windows(2).enumerate() {
                for cell in passed(pair[0], pair[1], size) {
                    segments.entry(cell).or_default().push((line, segment));
                }
            }
        }
        Self { size, segments }
    }

    /// The segment within tolerance of a place that is not one of its own ends.
    fn beside(&self, lines: &[LineString], place: Coord, tolerance: f64) -> Option<(usize, usize)> {
        let candidates = around(cell(place, self.size)).filter_map(|cell| self.segments.get(&cell)).flatten();
        let mut best: Option<(f64, (usize, usize))> = None;
        for &(line, segment) in candidates {
            let (from, to) = (lines[line].0[segment], lines[line].0[segment + 1]);
            if apart(from, place) <= tolerance || apart(to, place) <= tolerance {
                continue;
            }
            let (Closest::SinglePoint(foot) | Closest::Intersection(foot)) =
                Line::new(from, to).closest_point(&Point(place))
            else {
                continue;
            };
            let distance = apart(foot.0, place);
            if distance <= tolerance && best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, (line, segment)));
            }
        }
        best.map(|(_, found)| found)
    }
}

/// Cells along a segment, sampled at half a cell.
fn passed(from: Coord, to: Coord, size: f64) -> Vec<Cell> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded below")]
    let steps = ((apart(from, to) / size * 2.0).ceil().min(1e6) as u32).max(1);
    let mut cells: Vec<Cell> = (0..=steps)
        .map(|step| {
            let share = f64::from(step) / f64::from(steps);
            cell(from + (to - from) * share, size)
        })
        .collect();
    cells.dedup();
    cells
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
