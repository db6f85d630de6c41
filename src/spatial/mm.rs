//! Plane geometry on whole millimetres. A shared corner is the same two integers wherever it is used, so
//! that neighbours match to the bit and every vertex lies on the cadastre's 1 mm grid by construction.
// Coordinates are at most 10^10 mm, far within every conversion done here.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]

/// A place in EPSG:32718, in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mm {
    pub x: i64,
    pub y: i64,
}

/// A closed ring without the repeated last vertex, counter-clockwise.
pub type Ring = Vec<Mm>;

impl Mm {
    pub fn from_m(e: f64, n: f64) -> Mm {
        Mm { x: (e * 1000.0).round() as i64, y: (n * 1000.0).round() as i64 }
    }

    /// Easting and northing in metres: the double nearest to the millimetre, as `land.on_grid` wants it.
    pub fn metres(self) -> (f64, f64) {
        (self.x as f64 / 1000.0, self.y as f64 / 1000.0)
    }

    #[must_use]
    pub fn moved(self, dx: i64, dy: i64) -> Mm {
        Mm { x: self.x + dx, y: self.y + dy }
    }

    #[must_use]
    pub fn towards(self, other: Mm, t: f64) -> Mm {
        let at = |a: i64, b: i64| a + ((b - a) as f64 * t).round() as i64;
        Mm { x: at(self.x, other.x), y: at(self.y, other.y) }
    }

    /// Distance in millimetres.
    pub fn distance(self, other: Mm) -> f64 {
        ((other.x - self.x) as f64).hypot((other.y - self.y) as f64)
    }
}

/// Twice the area of the triangle, exact; positive where `p` lies to the left of `a -> b`.
pub fn cross(a: Mm, b: Mm, p: Mm) -> i128 {
    i128::from(b.x - a.x) * i128::from(p.y - a.y) - i128::from(b.y - a.y) * i128::from(p.x - a.x)
}

/// Signed area in square metres.
pub fn area_m2(ring: &[Mm]) -> f64 {
    let Some(&origin) = ring.first() else { return 0.0 };
    let doubled: i128 = edges(ring).map(|(a, b)| cross(origin, a, b)).sum();
    doubled as f64 / 2e6
}

pub fn perimeter_m(ring: &[Mm]) -> f64 {
    edges(ring).map(|(a, b)| a.distance(b)).sum::<f64>() / 1000.0
}

/// The edges of a ring, the closing one included.
pub fn edges(ring: &[Mm]) -> impl Iterator<Item = (Mm, Mm)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// The mean of the vertices: inside every convex ring.
pub fn middle(ring: &[Mm]) -> Mm {
    let n = ring.len().max(1) as i64;
    Mm { x: ring.iter().map(|p| p.x).sum::<i64>() / n, y: ring.iter().map(|p| p.y).sum::<i64>() / n }
}

pub fn bounds(points: &[Mm]) -> (Mm, Mm) {
    let fold = |pick: fn(i64, i64) -> i64, start: i64| {
        points.iter().fold(Mm { x: start, y: start }, |m, p| Mm { x: pick(m.x, p.x), y: pick(m.y, p.y) })
    };
    (fold(i64::min, i64::MAX), fold(i64::max, i64::MIN))
}

/// Whether a point lies strictly inside a simple ring.
pub fn contains(ring: &[Mm], p: Mm) -> bool {
    edges(ring).filter(|(a, b)| (a.y > p.y) != (b.y > p.y) && (cross(*a, *b, p) > 0) == (b.y > a.y)).count()
        % 2
        == 1
}

/// Convex hull, counter-clockwise (Andrew's monotone chain).
pub fn hull(points: &[Mm]) -> Ring {
    let mut sorted = points.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let chain = |points: &mut dyn Iterator<Item = Mm>| {
        let mut chain: Ring = Vec::new();
        for p in points {
            while chain.len() > 1 && cross(chain[chain.len() - 2], chain[chain.len() - 1], p) <= 0 {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut ring = chain(&mut sorted.iter().copied());
    ring.extend(chain(&mut sorted.iter().rev().copied()));
    ring
}

/// A convex ring with every edge moved outwards (inwards where negative), roughly: its vertices move away
/// from the middle.
pub fn grown(ring: &[Mm], by_m: f64) -> Ring {
    let centre = middle(ring);
    ring.iter()
        .map(|&p| {
            let d = centre.distance(p).max(1.0);
            centre.towards(p, 1.0 + by_m * 1000.0 / d)
        })
        .collect()
}

/// Whether two convex counter-clockwise rings share more than their boundary (separating axes).
pub fn convex_overlap(a: &[Mm], b: &[Mm]) -> bool {
    let separated = |a: &[Mm], b: &[Mm]| edges(a).any(|(p, q)| b.iter().all(|&r| cross(p, q, r) <= 0));
    !separated(a, b) && !separated(b, a)
}

/// A line moved to its left by `by_m` metres (to the right where negative).
pub fn offset(line: &[Mm], by_m: f64) -> Vec<Mm> {
    let normal = |a: Mm, b: Mm| {
        let length = a.distance(b).max(1.0);
        (-(b.y - a.y) as f64 / length, (b.x - a.x) as f64 / length)
    };
    (0..line.len())
        .map(|k| {
            let before = normal(line[k.saturating_sub(1)], line[k.max(1)]);
            let after = normal(line[k.min(line.len() - 2)], line[(k + 1).min(line.len() - 1)]);
            let sum = (before.0 + after.0, before.1 + after.1);
            // Twice the mitre's length over the square of the bisector keeps the strip's width at bends.
            let scale = 2.0 * by_m * 1000.0 / (sum.0 * sum.0 + sum.1 * sum.1).max(0.5);
            line[k].moved((sum.0 * scale).round() as i64, (sum.1 * scale).round() as i64)
        })
        .collect()
}

/// The ring between two lines that run in the same direction, `right` to the right of `left`.
pub fn strip(left: &[Mm], right: &[Mm]) -> Ring {
    right.iter().copied().chain(left.iter().rev().copied()).collect()
}

/// The rectangle around a segment, counter-clockwise.
pub fn corridor(a: Mm, b: Mm, half_width_m: f64) -> Ring {
    strip(&offset(&[a, b], half_width_m), &offset(&[a, b], -half_width_m))
}

/// Distance of a point from a segment, in millimetres.
pub fn point_segment(p: Mm, a: Mm, b: Mm) -> f64 {
    let (dx, dy) = ((b.x - a.x) as f64, (b.y - a.y) as f64);
    let t = ((p.x - a.x) as f64 * dx + (p.y - a.y) as f64 * dy) / (dx * dx + dy * dy).max(1.0);
    let t = t.clamp(0.0, 1.0);
    ((p.x - a.x) as f64 - t * dx).hypot((p.y - a.y) as f64 - t * dy)
}

/// Whether two segments cross or touch.
pub fn segments_meet(a: Mm, b: Mm, c: Mm, d: Mm) -> bool {
    let differ = |p: i128, q: i128| (p >= 0 && q <= 0) || (p <= 0 && q >= 0);
    differ(cross(a, b, c), cross(a, b, d)) && differ(cross(c, d, a), cross(c, d, b))
}

/// Distance of a segment from a polygon, in millimetres; 0 where they meet.
pub fn ring_segment(ring: &[Mm], a: Mm, b: Mm) -> f64 {
    if contains(ring, a) || edges(ring).any(|(p, q)| segments_meet(p, q, a, b)) {
        return 0.0;
    }
    let from_ring = ring.iter().map(|&p| point_segment(p, a, b));
    let from_segment = edges(ring).flat_map(|(p, q)| [point_segment(a, p, q), point_segment(b, p, q)]);
    from_ring.chain(from_segment).fold(f64::INFINITY, f64::min)
}

// Well-known binary, as PostGIS reads it in COPY: little-endian with the SRID, in hexadecimal.

const SRID_FLAG: u32 = 0x2000_0000;
const SRID: u32 = 32718;

fn hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

fn header(out: &mut String, kind: u32, srid: bool) {
    out.push_str("01");
    hex(out, &(if srid { kind | SRID_FLAG } else { kind }).to_le_bytes());
    if srid {
        hex(out, &SRID.to_le_bytes());
    }
}

fn count(out: &mut String, n: usize) {
    hex(out, &(n as u32).to_le_bytes());
}

fn place(out: &mut String, p: Mm) {
    let (x, y) = p.metres();
    hex(out, &x.to_le_bytes());
    hex(out, &y.to_le_bytes());
}

fn rings(out: &mut String, rings: &[Ring]) {
    count(out, rings.len());
    for ring in rings {
        count(out, ring.len() + 1);
        for &p in ring.iter().chain(ring.first()) {
            place(out, p);
        }
    }
}

pub fn write_point(out: &mut String, p: Mm) {
    header(out, 1, true);
    place(out, p);
}

pub fn write_line(out: &mut String, line: &[Mm]) {
    header(out, 2, true);
    count(out, line.len());
    for &p in line {
        place(out, p);
    }
}

/// A polygon of one ring.
pub fn write_polygon(out: &mut String, ring: &Ring) {
    header(out, 3, true);
    rings(out, std::slice::from_ref(ring));
}

/// Polygons, each an outer ring and its holes.
pub fn write_multi_polygon(out: &mut String, polygons: &[Vec<Ring>]) {
    header(out, 6, true);
    count(out, polygons.len());
    for polygon in polygons {
        header(out, 3, false);
        rings(out, polygon);
    }
}

/// The same in words, for what is bound as a parameter.
pub fn hex_multi_polygon(polygons: &[Vec<Ring>]) -> String {
    let mut out = String::new();
    write_multi_polygon(&mut out, polygons);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: i64, y: i64, side: i64) -> Ring {
        vec![Mm { x, y }, Mm { x: x + side, y }, Mm { x: x + side, y: y + side }, Mm { x, y: y + side }]
    }

    #[test]
    fn areas_are_exact_far_from_the_origin() {
        assert!((area_m2(&square(195_855_123, 8_816_242_456, 10_000)) - 100.0).abs() < 1e-12);
    }

    #[test]
    fn neighbours_that_share_an_edge_do_not_overlap() {
        assert!(!convex_overlap(&square(0, 0, 1000), &square(1000, 0, 1000)));
        assert!(convex_overlap(&square(0, 0, 1000), &square(999, 0, 1000)));
    }

    #[test]
    fn a_point_is_written_as_postgis_writes_it() {
        // select 'SRID=32718;POINT(1 2)'::geometry
        let mut out = String::new();
        write_point(&mut out, Mm { x: 1000, y: 2000 });
        assert_eq!(out, "0101000020CE7F0000000000000000F03F0000000000000040");
    }

    #[test]
    fn a_hull_is_counter_clockwise() {
        let points = [(0, 0), (4, 0), (2, 1), (4, 4), (0, 4)].map(|(x, y)| Mm { x, y });
        let ring = hull(&points);
        assert_eq!(ring.len(), 4);
        assert!(area_m2(&ring) > 0.0);
    }
}
