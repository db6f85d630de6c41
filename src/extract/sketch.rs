//! The outline of a parcel as a small drawing for its page: north up, with a bar of round length. It shows the
//! shape, nothing is to be measured on it.

use std::fmt::Write;

use serde::Deserialize;

/// Side of the drawing, in its own units; the outline leaves a margin of a tenth.
const SIDE: f64 = 200.0;
/// Metres in a degree along the meridian, good to a part in a hundred anywhere.
const METRES_IN_DEGREE: f64 = 110_900.0;

/// What the template draws.
#[derive(Debug, PartialEq)]
pub struct Sketch {
    /// The outline with its holes, as the data of an SVG path.
    pub path: String,
    /// Where the bar ends; it begins at 20.
    pub bar_end: String,
    /// What the bar says.
    pub bar: String,
}

#[derive(Deserialize)]
struct MultiPolygon {
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

/// The drawing of a `MultiPolygon` in degrees; none where there is no area to draw.
pub fn sketch(geojson: &str) -> Option<Sketch> {
    let rings = serde_json::from_str::<MultiPolygon>(geojson).ok()?.coordinates.concat();
    let middle = rings.first()?.first()?[1];
    let on_plane =
        |[lon, lat]: [f64; 2]| (lon * middle.to_radians().cos() * METRES_IN_DEGREE, -lat * METRES_IN_DEGREE);
    let rings: Vec<Vec<(f64, f64)>> =
        rings.into_iter().map(|ring| ring.into_iter().map(on_plane).collect()).collect();
    let all = || rings.iter().flatten();
    let left = all().map(|at| at.0).fold(f64::INFINITY, f64::min);
    let right = all().map(|at| at.0).fold(f64::NEG_INFINITY, f64::max);
    let top = all().map(|at| at.1).fold(f64::INFINITY, f64::min);
    let bottom = all().map(|at| at.1).fold(f64::NEG_INFINITY, f64::max);
    let longest = (right - left).max(bottom - top);
    if !longest.is_finite() || longest <= 0.0 {
        return None;
    }
    let scale = 0.8 * SIDE / longest;
    let place = |(x, y): &(f64, f64)| {
        (
            SIDE / 2.0 + (x - f64::midpoint(left, right)) * scale,
            SIDE / 2.0 + (y - f64::midpoint(top, bottom)) * scale,
        )
    };
    let mut path = String::new();
    for ring in &rings {
        for (at, corner) in ring.iter().enumerate() {
            let (x, y) = place(corner);
            write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' }).ok()?;
        }
        path.push('Z');
    }
    let metres = round_length(longest / 2.0);
    let bar = if metres < 1000.0 { format!("{metres} m") } else { format!("{} km", metres / 1000.0) };
    Some(Sketch { path, bar_end: format!("{:.1}", 20.0 + metres * scale), bar })
}

/// The longest of 1, 2, 5 times a power of ten that is not above `metres`.
fn round_length(metres: f64) -> f64 {
    let power = 10_f64.powf(metres.log10().floor());
    [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|length| *length <= metres).unwrap_or(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_stands_in_the_middle_with_north_up() {
        // 0.0001° of latitude is 11 m; on the equator a degree of longitude is as long.
        let square = r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[0.0001,0],[0.0001,0.0002],[0,0.0002],[0,0]]]]}"#;
        let drawn = sketch(square).unwrap();
        assert_eq!(drawn.path, "M60.0 180.0L140.0 180.0L140.0 20.0L60.0 20.0L60.0 180.0Z");
        assert_eq!((drawn.bar.as_str(), drawn.bar_end.as_str()), ("10 m", "92.1"));
    }

    #[test]
    fn what_has_no_area_is_not_drawn() {
        assert_eq!(sketch(r#"{"type":"MultiPolygon","coordinates":[]}"#), None);
        assert_eq!(sketch(r#"{"type":"MultiPolygon","coordinates":[[[[1,1],[1,1],[1,1]]]]}"#), None);
        assert_eq!(sketch("null"), None);
    }

    #[test]
    fn bars_have_round_lengths() {
        for (longest, bar) in [(0.7, 0.5), (1.0, 1.0), (49.0, 20.0), (50.0, 50.0), (1999.0, 1000.0)] {
            assert!((round_length(longest) - bar).abs() < 1e-9, "{longest}");
        }
    }
}
