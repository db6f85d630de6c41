//! The ground of a parcel on whole millimetres: what can be decided exactly, without tolerance and without a database.

use std::collections::BTreeSet;

use crate::spatial::mm::{Mm, Ring, area_m2, cross, edges, hex_multi_polygon, point_segment};

/// Half the diagonal of the millimetre grid: so far may rounding move a corner off the edge that it lies on.
pub const OFF_EDGE_MM: f64 = 0.7072;
/// Half the grid: a corner nearer to an edge than this cannot stand beside it.
pub const ON_EDGE_MM: f64 = 0.5;

/// Polygons, each an outer ring and its holes; rings are closed without repeating the first vertex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape(pub Vec<Vec<Ring>>);

impl Shape {
    /// Reads `POLYGON` or `MULTIPOLYGON` text with at most three decimals, as `st_astext(geom, 3)` writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let body = &text[text.find('(')?..];
        if body.trim() == "EMPTY" {
            return None;
        }
        let inner = body.strip_prefix('(')?.strip_suffix(')')?;
        let polygons = if text.starts_with("MULTI") { split(inner) } else { vec![inner] };
        let bare = |part: &str| part.trim().trim_start_matches('(').trim_end_matches(')').to_owned();
        let mut shape = Vec::new();
        for polygon in polygons {
            let rings = if text.starts_with("MULTI") { &polygon[1..polygon.len() - 1] } else { polygon };
            shape.push(split(rings).into_iter().map(|ring| parse_ring(&bare(ring))).collect::<Option<_>>()?);
        }
        Some(Self(shape))
    }

    /// EWKB in hexadecimal, each coordinate the double nearest to its millimetre.
    pub fn ewkb(&self) -> String {
        hex_multi_polygon(&self.0)
    }

    /// Every ring, outer ones and holes.
    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        self.0.iter().flatten()
    }

    /// Every vertex once.
    pub fn corners(&self) -> BTreeSet<Mm> {
        self.rings().flatten().copied().collect()
    }

    /// Every edge, in the direction of its ring.
    pub fn edges(&self) -> impl Iterator<Item = (Mm, Mm)> {
        self.rings().flat_map(|ring| edges(ring))
    }

    /// Whether `place` is one of its vertices.
    pub fn has(&self, place: Mm) -> bool {
        self.rings().any(|ring| ring.contains(&place))
    }

    /// Square metres in the plane.
    pub fn area_m2(&self) -> f64 {
        let one = |rings: &Vec<Ring>| {
            let outer = rings.first().map_or(0.0, |ring| area_m2(ring).abs());
            outer - rings.iter().skip(1).map(|ring| area_m2(ring).abs()).sum::<f64>()
        };
        self.0.iter().map(one).sum()
    }

    /// The edge nearest to `place`, with the distance in millimetres.
    pub fn nearest_edge(&self, place: Mm) -> Option<((Mm, Mm), f64)> {
        let distance = |(a, b)| ((a, b), point_segment(place, a, b));
        self.edges().map(distance).min_by(|p, q| p.1.total_cmp(&q.1))
    }

    /// Inserts `place` in its nearest edge when that is within `reach_mm`; answers whether it did.
    pub fn insert(&mut self, place: Mm, reach_mm: f64) -> bool {
        if self.has(place) {
            return false;
        }
        let Some((edge, distance)) = self.nearest_edge(place) else { return false };
        if distance > reach_mm {
            return false;
        }
        for ring in self.0.iter_mut().flatten() {
            let found = edges(ring).position(|other| other == edge);
            if let Some(index) = found {
                ring.insert(index + 1, place);
                return true;
            }
        }
        false
    }

    /// Moves the vertex `from`, wherever it occurs; answers whether it does.
    pub fn shift(&mut self, from: Mm, to: Mm) -> bool {
        let mut found = false;
        for ring in self.0.iter_mut().flatten() {
            for corner in ring.iter_mut().filter(|corner| **corner == from) {
                *corner = to;
                found = true;
            }
            // A corner that moved onto the next one is one corner.
            ring.dedup();
            if ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
        }
        found
    }

    /// Takes the vertex away, wherever it occurs; answers whether it does.
    pub fn remove(&mut self, place: Mm) -> bool {
        let had = self.has(place);
        self.0.iter_mut().flatten().for_each(|ring| ring.retain(|corner| *corner != place));
        had
    }

    /// Lowest and highest coordinates, in metres: west, south, east, north.
    pub fn bounds_m(&self) -> Option<[f64; 4]> {
        let corners = self.corners();
        let (first, all) = (corners.first()?, corners.iter());
        let start = (first.x, first.y, first.x, first.y);
        let (w, s, e, n) = all.fold(start, |b, p| (b.0.min(p.x), b.1.min(p.y), b.2.max(p.x), b.3.max(p.y)));
        Some([w, s, e, n].map(|mm| mm as f64 / 1000.0))
    }
}

/// How far each new corner bends a free edge, exactly.
pub fn bent_area_m2(edge: (Mm, Mm), corners: &[Mm]) -> f64 {
    let path: Vec<Mm> = [edge.0].into_iter().chain(corners.iter().copied()).chain([edge.1]).collect();
    let doubled: i128 = path.windows(2).map(|pair| cross(edge.0, pair[0], pair[1])).sum();
    doubled.unsigned_abs() as f64 / 2e6
}

/// The parts of a list at its outermost commas.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(text[begin..at].trim());
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[begin..].trim());
    parts
}

fn parse_ring(text: &str) -> Option<Ring> {
    let mut ring: Ring = text.split(',').map(parse_place).collect::<Option<_>>()?;
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    Some(ring)
}

fn parse_place(text: &str) -> Option<Mm> {
    let mut numbers = text.split_whitespace().map(parse_mm);
    Some(Mm { x: numbers.next()??, y: numbers.next()?? })
}

/// A decimal of at most three places as whole millimetres: no float stands between.
fn parse_mm(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let thousandths: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    let metres: i64 = whole.parse().ok()?;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    (part.len() <= 3).then_some(metres * 1000 + sign * thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mm(x: i64, y: i64) -> Mm {
        Mm { x, y }
    }

    #[test]
    fn text_is_read_to_the_millimetre() {
        let shape = Shape::parse(
            "MULTIPOLYGON(((0 0,10.5 0,10.5 8819995.123,0 0),(1 1,2 1,2 2,1 1)),((20 0,30 0,30 1,20 0)))",
        )
        .unwrap();
        assert_eq!(shape.0.len(), 2);
        assert_eq!(shape.0[0][0], vec![mm(0, 0), mm(10_500, 0), mm(10_500, 8_819_995_123)]);
        assert_eq!(shape.0[0][1].len(), 3);
        assert_eq!(shape.0[1][0][1], mm(30_000, 0));
        assert_eq!(
            Shape::parse("POLYGON((0 0,1 0,1 1,0 0))").unwrap().0,
            vec![vec![vec![mm(0, 0), mm(1000, 0), mm(1000, 1000)]]]
        );
        assert_eq!(parse_mm("-0.5"), Some(-500));
        assert_eq!(parse_mm("1.0004"), None);
        assert!(Shape::parse("MULTIPOLYGON EMPTY").is_none());
    }

    #[test]
    fn a_corner_is_inserted_in_its_edge_only() {
        let mut shape = Shape(vec![vec![vec![mm(0, 0), mm(10_000, 0), mm(10_000, 10_000), mm(0, 10_000)]]]);
        assert!(!shape.insert(mm(5000, 2), OFF_EDGE_MM));
        assert!(shape.insert(mm(0, 5000), OFF_EDGE_MM));
        assert!(!shape.insert(mm(0, 5000), OFF_EDGE_MM));
        assert_eq!(shape.0[0][0].last(), Some(&mm(0, 5000)));
        assert!((shape.area_m2() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_free_edge_bends_by_half_its_length_times_the_offset() {
        let bent = bent_area_m2((mm(0, 0), mm(10_000, 0)), &[mm(4000, 1)]);
        assert!((bent - 0.005).abs() < 1e-12);
    }
}
