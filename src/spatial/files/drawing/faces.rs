//! What lines that meet only at their ends go round: each face of the plane, with its holes.

use std::collections::HashMap;

use geo::{Area, BoundingRect, Contains, Coord, InteriorPoint, LineString, Polygon};

/// Polygons, and what bounds none.
pub struct Faces {
    pub polygons: Vec<Polygon>,
    /// Lines that end nowhere.
    pub dangling: Vec<LineString>,
    /// Lines with the same face on both sides.
    pub bridges: usize,
}

/// Finds the faces.
pub fn trace(lines: Vec<LineString>) -> Faces {
    let (lines, dangling) = without_dangling(lines);
    let (mut bridges, mut lines) = (0, lines);
    // Without its bridges an outline falls apart into rings; those may leave no further bridge.
    loop {
        let plane = Plane::of(&lines);
        let rings = plane.rings();
        let both: Vec<bool> =
            (0..lines.len()).map(|line| rings.of[2 * line] == rings.of[2 * line + 1]).collect();
        let found = both.iter().filter(|both| **both).count();
        if found == 0 {
            return Faces { polygons: polygons(&plane, &rings), dangling, bridges };
        }
        bridges += found;
        let mut both = both.into_iter();
        lines.retain(|_| !both.next().unwrap_or(false));
    }
}

type Key = (u64, u64);

fn key(place: Coord) -> Key {
    // Zero has two signs, and is one place.
    ((place.x + 0.0).to_bits(), (place.y + 0.0).to_bits())
}

fn ends(line: &LineString) -> [Coord; 2] {
    [line.0[0], line.0[line.0.len() - 1]]
}

/// Takes lines with a loose end away until there is none.
fn without_dangling(mut lines: Vec<LineString>) -> (Vec<LineString>, Vec<LineString>) {
    let mut dangling = Vec::new();
    loop {
        let mut degrees: HashMap<Key, usize> = HashMap::new();
        for place in lines.iter().flat_map(ends) {
            *degrees.entry(key(place)).or_default() += 1;
        }
        let is_loose = |line: &LineString| ends(line).iter().any(|place| degrees[&key(*place)] == 1);
        let (loose, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(is_loose);
        lines = rest;
        if loose.is_empty() {
            return (lines, dangling);
        }
        dangling.extend(loose);
    }
}

/// Lines as pairs of ways: way `2n` along line `n`, way `2n + 1` back.
struct Plane<'a> {
    lines: &'a [LineString],
    /// The way that follows each way, when the face is kept on the left.
    next: Vec<usize>,
}

/// Which ring each way belongs to, and the first way of each ring.
struct Rings {
    of: Vec<usize>,
    first: Vec<usize>,
}

impl<'a> Plane<'a> {
    fn of(lines: &'a [LineString]) -> Self {
        let mut leaving: HashMap<Key, Vec<(f64, usize)>> = HashMap::new();
        for way in 0..lines.len() * 2 {
            let [from, towards] = begin(lines, way);
            let angle = (towards.y - from.y).atan2(towards.x - from.x);
            leaving.entry(key(from)).or_default().push((angle, way));
        }
        let mut next = vec![0; lines.len() * 2];
        for ways in leaving.values_mut() {
            ways.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (at, (_, way)) in ways.iter().enumerate() {
                // Who arrives by the way back leaves by the next way clockwise.
                let before = ways[(at + ways.len() - 1) % ways.len()].1;
                next[way ^ 1] = before;
            }
        }
        Self { lines, next }
    }

    fn rings(&self) -> Rings {
        let mut rings = Rings { of: vec![usize::MAX; self.next.len()], first: Vec::new() };
        for start in 0..self.next.len() {
            if rings.of[start] != usize::MAX {
                continue;
            }
            let mut way = start;
            while rings.of[way] == usize::MAX {
                rings.of[way] = rings.first.len();
                way = self.next[way];
            }
            rings.first.push(start);
        }
        rings
    }

    fn outline(&self, first: usize) -> LineString {
        let mut places = Vec::new();
        let mut way = first;
        loop {
            let line = &self.lines[way / 2].0;
            if way.is_multiple_of(2) {
                places.extend(&line[..line.len() - 1]);
            } else {
                places.extend(line[1..].iter().rev());
            }
            way = self.next[way];
            if way == first {
                break;
            }
        }
        places.push(places[0]);
        LineString(places)
    }
}

/// The first two places of a way.
fn begin(lines: &[LineString], way: usize) -> [Coord; 2] {
    let line = &lines[way / 2].0;
    let last = line.len() - 1;
    if way.is_multiple_of(2) { [line[0], line[1]] } else { [line[last], line[last - 1]] }
}

/// A closed way, and the group of connected lines that it is of.
struct Outline {
    polygon: Polygon,
    group: usize,
}

/// Outlines with their face on the left are faces; the others go round a group of lines from outside.
fn polygons(plane: &Plane<'_>, rings: &Rings) -> Vec<Polygon> {
    let groups = groups(plane.lines);
    let outlines = rings.first.iter().map(|first| Outline {
        polygon: Polygon::new(plane.outline(*first), Vec::new()),
        group: groups[first / 2],
    });
    let (mut faces, around): (Vec<_>, Vec<_>) = outlines.partition(|ring| ring.polygon.signed_area() > 0.0);
    faces.sort_by(|one, other| one.polygon.unsigned_area().total_cmp(&other.polygon.unsigned_area()));
    let mut holes: Vec<Vec<LineString>> = vec![Vec::new(); faces.len()];
    for ring in around {
        if let Some(owner) = owner(&faces, &ring) {
            holes[owner].push(ring.polygon.exterior().clone());
        }
    }
    let outside = faces.into_iter().map(|face| face.polygon.into_inner().0);
    outside.zip(holes).map(|(outside, holes)| Polygon::new(outside, holes)).collect()
}

/// For each line the group of lines that it hangs together with.
fn groups(lines: &[LineString]) -> Vec<usize> {
    let mut at: HashMap<Key, Vec<usize>> = HashMap::new();
    for (line, places) in lines.iter().enumerate() {
        for place in ends(places) {
            at.entry(key(place)).or_default().push(line);
        }
    }
    let mut groups = vec![usize::MAX; lines.len()];
    for start in 0..lines.len() {
        let mut waiting = vec![start];
        while let Some(line) = waiting.pop() {
            if groups[line] == usize::MAX {
                groups[line] = start;
                waiting.extend(ends(&lines[line]).iter().flat_map(|place| &at[&key(*place)]));
            }
        }
    }
    groups
}

/// The smallest face of other lines around a group. It is larger than the group: one within it is not around it.
fn owner(faces: &[Outline], around: &Outline) -> Option<usize> {
    let size = around.polygon.unsigned_area();
    let inside = around.polygon.interior_point()?;
    faces.iter().position(|face| {
        face.group != around.group
            && face.polygon.unsigned_area() > size
            && face.polygon.bounding_rect().is_some_and(|bounds| bounds.contains(&inside))
            && face.polygon.contains(&inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(places: &[(f64, f64)]) -> LineString {
        LineString::from(places.to_vec())
    }

    #[test]
    fn two_neighbours_share_a_wall() {
        let faces = trace(vec![
            line(&[(4., 0.), (0., 0.), (0., 4.), (4., 4.)]),
            line(&[(4., 0.), (9., 0.), (9., 4.), (4., 4.)]),
            line(&[(4., 0.), (4., 4.)]),
            line(&[(4., 4.), (4., 7.)]),
        ]);
        let mut areas: Vec<f64> = faces.polygons.iter().map(Area::signed_area).collect();
        areas.sort_by(f64::total_cmp);
        assert_eq!((areas, faces.dangling.len(), faces.bridges), (vec![16., 20.], 1, 0));
    }

    #[test]
    fn an_island_is_a_lot_and_a_hole() {
        let square =
            |low: f64, high: f64| line(&[(low, low), (high, low), (high, high), (low, high), (low, low)]);
        let faces = trace(vec![square(0., 10.), square(2., 4.), square(6., 8.)]);
        let areas: Vec<f64> = faces.polygons.iter().map(Area::unsigned_area).collect();
        assert_eq!(areas, [4., 4., 92.]);
        // Joined to its island by a line, which bounds nothing.
        let faces = trace(vec![
            line(&[(0., 0.), (10., 0.), (10., 10.), (0., 10.), (0., 0.)]),
            line(&[(0., 0.), (2., 2.)]),
            square(2., 4.),
        ]);
        let areas: Vec<f64> = faces.polygons.iter().map(Area::unsigned_area).collect();
        assert_eq!((areas, faces.bridges), (vec![4., 96.], 1));
    }
}
