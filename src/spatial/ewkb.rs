//! Well-known binary, read with suspicion: what PostGIS would refuse to parse is named and placed here, so that
//! one bad feature never stops a load.
//!
//! Z and M are left out, curves stay curves (PostGIS linearises them), rings may be closed as a repair.

use std::fmt::Write;

/// Deepest nesting of collections.
const MAX_DEPTH: usize = 16;

/// A geometry that PostGIS can parse: two dimensions, finite, rings closed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Flat {
    /// Little-endian WKB, two dimensions, no SRID.
    pub wkb: Vec<u8>,
    /// There was a Z or M, left out.
    pub dropped_z: bool,
    /// There are arcs or curve types.
    pub curved: bool,
    /// Rings that were closed (only where asked for).
    pub closed_rings: usize,
    /// Number of positions.
    pub positions: usize,
    /// Box of the positions: west, south, east, north.
    pub bounds: Option<[f64; 4]>,
}

/// What makes a geometry unreadable for PostGIS.
#[derive(Clone, Debug, PartialEq)]
pub struct Defect {
    /// What is wrong.
    pub what: Wrong,
    /// Where, in the file's own coordinates.
    pub place: Option<(f64, f64)>,
    /// Which part, ring and vertex, each from 1, e.g. `part 2, ring 1, vertex 5`.
    pub path: String,
}

/// The kinds of defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A coordinate is not a finite number.
    NotFinite,
    /// A ring does not end where it began.
    OpenRing,
    /// A ring of fewer than four positions, or a line of one.
    TooFewPositions,
    /// The bytes are no geometry.
    NoGeometry,
    /// A type that a layer cannot carry (TIN, polyhedral surface).
    UnsupportedType,
}

/// Reads WKB (ISO or EWKB, either byte order) and writes it flat. `close_rings` repairs open rings.
pub fn flatten(wkb: &[u8], close_rings: bool) -> Result<Flat, Defect> {
    let mut walk = Walk {
        bytes: wkb,
        path: Vec::new(),
        flat: Flat { wkb: Vec::with_capacity(wkb.len()), ..Flat::default() },
        close_rings,
        ends: None,
    };
    walk.geometry(0)?;
    if !walk.bytes.is_empty() {
        return Err(walk.defect(Wrong::NoGeometry, None));
    }
    Ok(walk.flat)
}

/// Appends bytes as lower-case hexadecimal, as `COPY` reads geometry.
pub fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    text.reserve(bytes.len() * 2);
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    path: Vec<(&'static str, usize)>,
    flat: Flat,
    close_rings: bool,
    /// First and last position since a ring of arcs began.
    ends: Option<(Place, Place)>,
}

type Place = (f64, f64);

#[derive(Clone, Copy)]
struct Order {
    little: bool,
    dimensions: usize,
}

impl Walk<'_> {
    fn geometry(&mut self, depth: usize) -> Result<(), Defect> {
        if depth > MAX_DEPTH {
            return Err(self.defect(Wrong::UnsupportedType, None));
        }
        let little = match self.take::<1>()? {
            [1] => true,
            [0] => false,
            _ => return Err(self.defect(Wrong::NoGeometry, None)),
        };
        let code = self.integer(little)?;
        if code & 0x2000_0000 != 0 {
            self.integer(little)?;
        }
        let iso = (code & 0x0fff_ffff) / 1000;
        let has_z = code & 0x8000_0000 != 0 || iso == 1 || iso == 3;
        let has_m = code & 0x4000_0000 != 0 || iso == 2 || iso == 3;
        self.flat.dropped_z |= has_z || has_m;
        let order = Order { little, dimensions: 2 + usize::from(has_z) + usize::from(has_m) };
        let kind = (code & 0x0fff_ffff) % 1000;
        self.flat.wkb.push(1);
        self.flat.wkb.extend_from_slice(&kind.to_le_bytes());
        match kind {
            1 => self.point(order),
            2 | 8 => {
                self.flat.curved |= kind == 8;
                self.line(order, if kind == 8 { 3 } else { 2 })
            }
            3 => self.polygon(order),
            4..=7 | 9..=12 => {
                self.flat.curved |= kind > 7;
                self.children(order, if kind == 10 { "ring" } else { "part" }, depth)
            }
            _ => Err(self.defect(Wrong::UnsupportedType, None)),
        }
    }

    fn children(&mut self, order: Order, word: &'static str, depth: usize) -> Result<(), Defect> {
        let count = self.count(order.little, 5)?;
        self.put_count(count);
        for index in 1..=count {
            self.path.push((word, index));
            if word == "ring" {
                self.ends = None;
            }
            self.geometry(depth + 1)?;
            // A ring of arcs is not closed by a straight side: it is named only.
            if word == "ring"
                && let Some((first, last)) = self.ends
                && first != last
            {
                return Err(self.defect(Wrong::OpenRing, Some(last)));
            }
            self.path.pop();
        }
        Ok(())
    }

    fn point(&mut self, order: Order) -> Result<(), Defect> {
        let (x, y) = self.position(order)?;
        // An empty point is written as NaN by both GDAL and PostGIS.
        if !(x.is_nan() && y.is_nan()) {
            self.note(x, y)?;
        }
        self.put_position(x, y);
        Ok(())
    }

    fn line(&mut self, order: Order, least: usize) -> Result<(), Defect> {
        let at = self.flat.wkb.len();
        let count = self.run(order)?;
        if count > 0 && count < least {
            let first = self.written(at + 4);
            return Err(self.defect(Wrong::TooFewPositions, Some(first)));
        }
        Ok(())
    }

    /// A count and that many positions; gives the count.
    fn run(&mut self, order: Order) -> Result<usize, Defect> {
        let count = self.count(order.little, order.dimensions * 8)?;
        self.put_count(count);
        for index in 1..=count {
            self.path.push(("vertex", index));
            let (x, y) = self.position(order)?;
            self.note(x, y)?;
            self.put_position(x, y);
            self.path.pop();
        }
        Ok(count)
    }

    fn polygon(&mut self, order: Order) -> Result<(), Defect> {
        let count = self.count(order.little, 4)?;
        self.put_count(count);
        for index in 1..=count {
            self.path.push(("ring", index));
            self.ring(order)?;
            self.path.pop();
        }
        Ok(())
    }

    fn ring(&mut self, order: Order) -> Result<(), Defect> {
        let at = self.flat.wkb.len();
        let mut count = self.run(order)?;
        if count == 0 {
            return Ok(());
        }
        let (first, last) = (self.written(at + 4), self.written(self.flat.wkb.len() - 16));
        if first != last {
            if !self.close_rings {
                self.path.push(("vertex", count));
                return Err(self.defect(Wrong::OpenRing, Some(last)));
            }
            self.put_position(first.0, first.1);
            self.flat.closed_rings += 1;
            count += 1;
            let written = u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
            self.flat.wkb[at..at + 4].copy_from_slice(&written);
        }
        if count < 4 {
            return Err(self.defect(Wrong::TooFewPositions, Some(first)));
        }
        Ok(())
    }

    fn position(&mut self, order: Order) -> Result<(f64, f64), Defect> {
        let x = self.real(order.little)?;
        let y = self.real(order.little)?;
        for _ in 2..order.dimensions {
            self.real(order.little)?;
        }
        Ok((x, y))
    }

    fn note(&mut self, x: f64, y: f64) -> Result<(), Defect> {
        if !(x.is_finite() && y.is_finite()) {
            return Err(self.defect(Wrong::NotFinite, None));
        }
        self.flat.positions += 1;
        self.ends = Some((self.ends.map_or((x, y), |(first, _)| first), (x, y)));
        let [west, south, east, north] = self.flat.bounds.unwrap_or([x, y, x, y]);
        self.flat.bounds = Some([west.min(x), south.min(y), east.max(x), north.max(y)]);
        Ok(())
    }

    fn count(&mut self, little: bool, least_bytes: usize) -> Result<usize, Defect> {
        let count = self.integer(little)? as usize;
        if count.saturating_mul(least_bytes) > self.bytes.len() {
            return Err(self.defect(Wrong::NoGeometry, None));
        }
        Ok(count)
    }

    fn integer(&mut self, little: bool) -> Result<u32, Defect> {
        let raw = self.take::<4>()?;
        Ok(if little { u32::from_le_bytes(raw) } else { u32::from_be_bytes(raw) })
    }

    fn real(&mut self, little: bool) -> Result<f64, Defect> {
        let raw = self.take::<8>()?;
        Ok(if little { f64::from_le_bytes(raw) } else { f64::from_be_bytes(raw) })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Defect> {
        let Some((head, rest)) = self.bytes.split_first_chunk::<N>() else {
            return Err(self.defect(Wrong::NoGeometry, None));
        };
        self.bytes = rest;
        Ok(*head)
    }

    fn put_count(&mut self, count: usize) {
        self.flat.wkb.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn put_position(&mut self, x: f64, y: f64) {
        self.flat.wkb.extend_from_slice(&x.to_le_bytes());
        self.flat.wkb.extend_from_slice(&y.to_le_bytes());
    }

    fn written(&self, at: usize) -> (f64, f64) {
        let real = |at: usize| {
            self.flat
                .wkb
                .get(at..at + 8)
                .and_then(|raw| raw.try_into().ok())
                .map_or(f64::NAN, f64::from_le_bytes)
        };
        (real(at), real(at + 8))
    }

    fn defect(&self, what: Wrong, place: Option<(f64, f64)>) -> Defect {
        let mut path = String::new();
        for (word, index) in &self.path {
            let comma = if path.is_empty() { "" } else { ", " };
            let _ = write!(path, "{comma}{word} {index}");
        }
        Defect { what, place, path }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(ring: &[(f64, f64)]) -> Vec<u8> {
        let mut wkb = vec![1, 3, 0, 0, 0, 1, 0, 0, 0];
        wkb.extend_from_slice(&u32::try_from(ring.len()).unwrap().to_le_bytes());
        for (x, y) in ring {
            wkb.extend_from_slice(&x.to_le_bytes());
            wkb.extend_from_slice(&y.to_le_bytes());
        }
        wkb
    }

    #[test]
    fn a_closed_ring_passes_unchanged() {
        let wkb = polygon(&[(0., 0.), (4., 0.), (4., 3.), (0., 0.)]);
        let flat = flatten(&wkb, false).unwrap();
        assert_eq!(flat.wkb, wkb);
        assert_eq!(flat.bounds, Some([0., 0., 4., 3.]));
    }

    #[test]
    fn an_open_ring_is_placed_or_closed() {
        let open = polygon(&[(0., 0.), (4., 0.), (4., 3.)]);
        let defect = flatten(&open, false).unwrap_err();
        assert_eq!(defect.what, Wrong::OpenRing);
        assert_eq!(defect.place, Some((4., 3.)));
        assert_eq!(defect.path, "ring 1, vertex 3");
        let closed = flatten(&open, true).unwrap();
        assert_eq!(closed.wkb, polygon(&[(0., 0.), (4., 0.), (4., 3.), (0., 0.)]));
        assert_eq!(closed.closed_rings, 1);
    }

    #[test]
    fn a_ring_of_arcs_that_is_open_is_placed_and_never_closed() {
        let ring = |points: &[(f64, f64)]| {
            let mut wkb = vec![1, 10, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0];
            wkb.extend_from_slice(&u32::try_from(points.len()).unwrap().to_le_bytes());
            points.iter().flat_map(|(x, y)| [x, y]).for_each(|n| wkb.extend_from_slice(&n.to_le_bytes()));
            wkb
        };
        let open = ring(&[(0., 0.), (1., 1.), (2., 0.)]);
        for close_rings in [false, true] {
            let defect = flatten(&open, close_rings).unwrap_err();
            assert_eq!((defect.what, defect.place), (Wrong::OpenRing, Some((2., 0.))));
            assert_eq!(defect.path, "ring 1");
        }
        let closed = ring(&[(0., 0.), (1., 1.), (2., 0.), (1., -1.), (0., 0.)]);
        assert!(flatten(&closed, false).unwrap().curved);
        // A ring of two lines, there and back.
        let line = |from: f64, to: f64| {
            let mut wkb = vec![1, 2, 0, 0, 0, 2, 0, 0, 0];
            for number in [from, 0.0, to, 0.0] {
                wkb.extend_from_slice(&number.to_le_bytes());
            }
            wkb
        };
        let head = [1, 10, 0, 0, 0, 1, 0, 0, 0, 1, 9, 0, 0, 0, 2, 0, 0, 0];
        assert!(flatten(&[&head[..], &line(0., 5.), &line(5., 0.)].concat(), false).is_ok());
        let defect = flatten(&[&head[..], &line(0., 5.), &line(5., 9.)].concat(), false).unwrap_err();
        assert_eq!((defect.what, defect.place), (Wrong::OpenRing, Some((9., 0.))));
    }

    #[test]
    fn infinity_and_too_few_positions_are_named() {
        let infinite = polygon(&[(0., 0.), (f64::INFINITY, 0.), (4., 3.), (0., 0.)]);
        assert_eq!(flatten(&infinite, true).unwrap_err().what, Wrong::NotFinite);
        let thin = polygon(&[(0., 0.), (4., 0.), (0., 0.)]);
        assert_eq!(flatten(&thin, true).unwrap_err().what, Wrong::TooFewPositions);
    }

    #[test]
    fn height_is_left_out() {
        let mut wkb = vec![1];
        wkb.extend_from_slice(&1001u32.to_le_bytes());
        for value in [1.0f64, 2.0, 3.0] {
            wkb.extend_from_slice(&value.to_le_bytes());
        }
        let flat = flatten(&wkb, false).unwrap();
        assert!(flat.dropped_z);
        assert_eq!(flat.wkb.len(), 21);
    }

    #[test]
    fn a_collection_in_the_other_byte_order_comes_out_flat() {
        let mut wkb = vec![0, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 4];
        for (x, y) in [(0f64, 0f64), (4., 0.), (4., 3.), (0., 0.)] {
            wkb.extend_from_slice(&x.to_be_bytes());
            wkb.extend_from_slice(&y.to_be_bytes());
        }
        let mut wanted = vec![1, 6, 0, 0, 0, 1, 0, 0, 0];
        wanted.extend(polygon(&[(0., 0.), (4., 0.), (4., 3.), (0., 0.)]));
        assert_eq!(flatten(&wkb, false).unwrap().wkb, wanted);
    }

    #[test]
    fn a_lying_count_is_a_defect() {
        let mut wkb = polygon(&[(0., 0.), (4., 0.), (4., 3.), (0., 0.)]);
        wkb[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(flatten(&wkb, false).unwrap_err().what, Wrong::NoGeometry);
        assert!(flatten(&[], false).is_err());
        assert!(flatten(&[1, 99, 0, 0, 0], false).is_err());
    }
}
