//! From PostGIS's binary geometry to well-known text, with the decimals of [`Style`].

use crate::layers::ewkb::{Head, Input, NotGeoJson, Points, Style};

/// Deepest nesting of collections that is followed.
const DEPTH: u8 = 8;

/// Appends the WKT of `ewkb` to `out`.
///
/// # Errors
/// [`NotGeoJson`] for arcs, surfaces and damaged bytes.
pub(super) fn write(ewkb: &[u8], style: Style, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    geometry(&mut Input::new(ewkb), style, DEPTH, out)
}

fn geometry(input: &mut Input<'_>, style: Style, depth: u8, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    let head = input.head()?;
    let name: &[u8] = match head.kind {
        1 => b"POINT",
        2 => b"LINESTRING",
        3 => b"POLYGON",
        4 => b"MULTIPOINT",
        5 => b"MULTILINESTRING",
        6 => b"MULTIPOLYGON",
        7 => b"GEOMETRYCOLLECTION",
        _ => return Err(NotGeoJson),
    };
    out.extend_from_slice(name);
    out.extend_from_slice(if head.has_z { b" Z " } else { b" " });
    if head.kind <= 3 {
        return body(input, &head, style, out);
    }
    let count = input.u32()?;
    several(count, out, |out| {
        if head.kind == 7 {
            return geometry(input, style, depth.checked_sub(1).ok_or(NotGeoJson)?, out);
        }
        let part = input.head()?;
        body(input, &part, style, out)
    })
}

/// `(a, b)`, or `EMPTY`.
fn several(
    count: u32,
    out: &mut Vec<u8>,
    mut write: impl FnMut(&mut Vec<u8>) -> Result<(), NotGeoJson>,
) -> Result<(), NotGeoJson> {
    if count == 0 {
        out.extend_from_slice(b"EMPTY");
        return Ok(());
    }
    for index in 0..count {
        out.push(if index == 0 { b'(' } else { b',' });
        write(out)?;
    }
    out.push(b')');
    Ok(())
}

fn body(input: &mut Input<'_>, head: &Head, style: Style, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    match head.kind {
        1 => {
            let point = input.some_points(head, 1)?;
            // PostGIS writes an empty point as NaN.
            if point.number(0, 0).is_nan() {
                out.extend_from_slice(b"EMPTY");
                return Ok(());
            }
            line(&point, style, out)
        }
        2 => line(&input.points(head)?, style, out),
        3 => {
            let rings = input.u32()?;
            several(rings, out, |out| line(&input.points(head)?, style, out))
        }
        _ => Err(NotGeoJson),
    }
}

fn line(points: &Points<'_>, style: Style, out: &mut Vec<u8>) -> Result<(), NotGeoJson> {
    let count = u32::try_from(points.len()).map_err(|_| NotGeoJson)?;
    let mut point = 0;
    several(count, out, |out| {
        points.write_plain(point, style, out);
        point += 1;
        Ok(())
    })
}
