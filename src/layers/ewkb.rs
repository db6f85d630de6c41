//! From PostGIS's binary geometry to GeoJSON text, without objects in between.
//!
//! Coordinates are written with fixed decimals, so no digits are invented; trailing zeros are left off. Rings
//! follow RFC 7946: shells counter-clockwise, holes clockwise. Heights are kept, measures left out.

use super::crs::Crs;

/// The bytes are not a geometry of the types that GeoJSON knows.
#[derive(Debug, PartialEq, Eq)]
pub struct NotGeoJson;

/// How coordinates are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    scale: f64,
    decimals: u32,
    northing_first: bool,
}

impl From<&Crs> for Style {
    fn from(crs: &Crs) -> Self {
        let decimals = crs.decimals();
        Self { scale: f64::from(10_u32.pow(decimals)), decimals, northing_first: crs.northing_first }
    }
}

/// Deepest nesting of collections that is followed.
const DEPTH: u8 = 8;

pub(super) struct Input<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

/// What the head of a geometry says.
pub(super) struct Head {
    pub(super) kind: u32,
    dimensions: usize,
    pub(super) has_z: bool,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, big_endian: false }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], NotGeoJson> {
        let (head, tail) = self.bytes.split_at_checked(count).ok_or(NotGeoJson)?;
        self.bytes = tail;
        Ok(head)
    }

    pub(super) fn u32(&mut self) -> Result<u32, NotGeoJson> {
        let bytes = self.take(4)?.try_into().map_err(|_| NotGeoJson)?;
        Ok(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn head(&mut self) -> Result<Head, NotGeoJson> {
        self.big_endian = self.take(1)?[0] == 0;
        let code = self.u32()?;
        let flag = |bit: u32| code & bit != 0;
        if flag(0x2000_0000) {
            self.u32()?;
        }
        let has_z = flag(0x8000_0000);
        let dimensions = 2 + usize::from(has_z) + usize::from(flag(0x4000_0000));
        Ok(Head { kind: code & 0x0fff_ffff, dimensions, has_z })
    }

    pub(super) fn points(&mut self, head: &Head) -> Result<Points<'a>, NotGeoJson> {
        let count = self.u32()? as usize;
        self.some_points(head, count)
    }

    pub(super) fn some_points(&mut self, head: &Head, count: usize) -> Result<Points<'a>, NotGeoJson> {
        let stride = head.dimensions * 8;
        let bytes = self.take(count.checked_mul(stride).ok_or(NotGeoJson)?)?;
        Ok(Points { bytes, stride, big_endian: self.big_endian, has_z: head.has_z })
    }
}

#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    bytes: &'a [u8],
    stride: usize,
    big_endian: bool,
    has_z: bool,
}

impl Points<'_> {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.stride
    }

    pub(super) fn number(&self, point: usize, axis: usize) -> f64 {
        let at = point * self.stride + axis * 8;
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.bytes[at..at + 8]);
        if self.big_endian { f64::from_be_bytes(bytes) } else { f64::from_le_bytes(bytes) }
    }

    /// Twice the signed area, from the first corner so that digits are not lost far from the origin.
    fn turn(&self) -> f64 {
        let (x0, y0) = (self.number(0, 0), self.number(0, 1));
        let corner = |point: usize| (self.number(point, 0) - x0, self.number(point, 1) - y0);
        let mut sum = 0.0;
        let mut before = (0.0, 0.0);
        for point in 1..self.len() {
            let here = corner(point);
            sum += before.0 * here.1 - here.0 * before.1;
            before = here;
        }
        sum
    }

    fn write_one(&self, point: usize, style: Style, out: &mut Vec<u8>) {
        out.push(b'[');
        self.write_numbers(point, style, b',', out);
        out.push(b']');
    }

    /// The position as WKT has it.
    pub(super) fn write_plain(&self, point: usize, style: Style, out: &mut Vec<u8>) {
        self.write_numbers(point, style, b' ', out);
    }

    fn write_numbers(&self, point: usize, style: Style, between: u8, out: &mut Vec<u8>) {
        let (x, y) = (self.number(point, 0), self.number(point, 1));
        let (first, second) = if style.northing_first { (y, x) } else { (x, y) };
        coordinate(first, style, out);
        out.push(between);
        coordinate(second, style, out);
        if self.has_z {
            out.push(between);
            coordinate(self.number(point, 2), Style { scale: 1e3, decimals: 3, ..style }, out);
        }
    }

    fn write(&self, style: Style, backwards: bool, out: &mut Vec<u8>) {
        out.push(b'[');
        let count = self.len();
        for step in 0..count {
            if step > 0 {
                out.push(b',');
            }
            self.write_one(if backwards { count - 1 - step } else { step }, style, out);
        }
        out.push(b']');
    }
}

/// Writes `value` rounded to the style's decimals.
fn coordinate(value: f64, style: Style, out: &mut Vec<u8>) {
    const LARGEST: f64 = 9e18;
    let scaled = (value * style.scale).round();
    if !scaled.is_finite() || scaled.abs() > LARGEST {
        // Neither NaN nor infinity is JSON; PostGIS stores none in a shape that is not empty.
        out.extend_from_slice(if value.is_finite() { b"0" } else { b"null" });
        return;
    }
    #[expect(clippy::cast_possible_truncation, reason = "smaller than 2^63 by the test above")]
    let fixed = scaled as i64;
    if fixed < 0 {
        out.push(b'-');
    }
    let unit = 10_u64.pow(style.decimals);
    let (whole, mut fraction) = (fixed.unsigned_abs() / unit, fixed.unsigned_abs() % unit);
    out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
    if fraction == 0 {
        return;
    }
    let mut digits = [b'0'; 10];
    let mut length = style.decimals as usize;
    for place in (0..length).rev() {
        digits[place] = b'0' + u8::try_from(fraction % 10).unwrap_or(0);
        fraction /= 10;
    }
    while digits[length - 1] == b'0' {
        length -= 1;
    }
    out.push(b'.');
    out.extend_from_slice(&digits[..length]);
}

/// Appends the GeoJSON of `ewkb` to `out`.
///
/// # Errors
/// [`NotGeoJson`] for arcs, surfaces and damaged bytes; `out` is then as before.
pub fn write(ewkb: &[u8], style: Style, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    let start = out.len();
    let written = geometry(&mut Input::new(ewkb), style, DEPTH, out);
    if written.is_err() {
        out.truncate(start);
    }
    written
}

fn geometry(input: &mut Input<'_>, style: Style, depth: u8, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    let head = input.head()?;
    let name: &[u8] = match head.kind {
        1 => b"Point",
        2 => b"LineString",
        3 => b"Polygon",
        4 => b"MultiPoint",
        5 => b"MultiLineString",
        6 => b"MultiPolygon",
        7 => b"GeometryCollection",
        _ => return Err(NotGeoJson),
    };
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(name);
    out.extend_from_slice(if head.kind == 7 { b"\",\"geometries\":" } else { b"\",\"coordinates\":" });
    match head.kind {
        1..=3 => coordinates(input, &head, style, out)?,
        kind => {
            let count = input.u32()?;
            out.push(b'[');
            for index in 0..count {
                if index > 0 {
                    out.push(b',');
                }
                if kind == 7 {
                    geometry(input, style, depth.checked_sub(1).ok_or(NotGeoJson)?, out)?;
                } else {
                    let part = input.head()?;
                    coordinates(input, &part, style, out)?;
                }
            }
            out.push(b']');
        }
    }
    out.push(b'}');
    Ok(())
}

fn coordinates(
    input: &mut Input<'_>,
    head: &Head,
    style: Style,
    out: &mut Vec<u8>,
) -> Result<(), NotGeoJson> {
    match head.kind {
        1 => {
            let point = input.some_points(head, 1)?;
            // PostGIS writes an empty point as NaN.
            if point.number(0, 0).is_nan() {
                out.extend_from_slice(b"[]");
            } else {
                point.write_one(0, style, out);
            }
        }
        2 => input.points(head)?.write(style, false, out),
        3 => {
            let rings = input.u32()?;
            out.push(b'[');
            for ring in 0..rings {
                let points = input.points(head)?;
                if ring > 0 {
                    out.push(b',');
                }
                let clockwise = points.len() > 2 && points.turn() < 0.0;
                points.write(style, clockwise == (ring == 0) && points.len() > 2, out);
            }
            out.push(b']');
        }
        _ => return Err(NotGeoJson),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64, crs: &Crs) -> String {
        let mut out = Vec::new();
        coordinate(value, Style::from(crs), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn coordinates_have_fixed_decimals() {
        let (all, _) = Crs::offered(Crs::crs84());
        assert_eq!(number(-77.787_654_321_987, &all[0]), "-77.787654322");
        assert_eq!(number(-0.000_000_000_1, &all[0]), "0");
        assert_eq!(number(-0.05, &all[0]), "-0.05");
        assert_eq!(number(1.0, &all[0]), "1");
        assert_eq!(number(195_123.456_789, &all[3]), "195123.457");
        assert_eq!(number(8_813_000.001, &all[3]), "8813000.001");
        assert_eq!(number(f64::NAN, &all[0]), "null");
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let mut out = b"before".to_vec();
        for bytes in
            [&[][..], &[1], &[1, 1, 0, 0, 0], &[1, 99, 0, 0, 0], &[1, 2, 0, 0, 0, 255, 255, 255, 255]]
        {
            assert_eq!(write(bytes, Style::from(&Crs::crs84()), &mut out), Err(NotGeoJson));
        }
        assert_eq!(out, b"before");
    }
}
