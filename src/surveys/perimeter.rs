//! The table of a perimeter plan: VÉRTICE, LADO, DISTANCIA, ÁNGULO INTERNO, ESTE, NORTE.
//!
//! Rings are walked with the parcel on the right hand: an outer ring clockwise, a hole counterclockwise, each from its
//! northernmost corner (of several, the westernmost). Then one formula gives the interior angle everywhere; those of
//! an outer ring of n corners sum to (n - 2)·180°, those of a hole to (n + 2)·180°. Distances are printed in
//! centimetres, angles in seconds, which are rounded together so that the printed ones still sum exactly.

use serde::Serialize;

/// How a corner was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// `gnss`, `total_station`, …
    pub method: Option<String>,
    /// Standard deviation, metres.
    pub sigma_m: Option<f64>,
    /// When.
    pub measured_on: Option<chrono::NaiveDate>,
    /// The document that proves it, unless it is about a person.
    pub source: Option<String>,
}

/// A corner of a ring as it is stored, EPSG:32718 metres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Corner {
    pub easting: f64,
    pub northing: f64,
    pub measured: Measured,
}

/// One closed line of a parcel, without the repeated end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ring {
    /// Part of a parcel of several pieces, from 1.
    pub part: usize,
    /// Whether it bounds a hole.
    pub is_hole: bool,
    pub corners: Vec<Corner>,
}

/// One line of the table: a corner, and the side that leaves it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Number of the corner, counted through all rings.
    pub vertex: usize,
    /// The side, `3-4`.
    pub side: String,
    /// Its length in centimetres, as printed.
    #[serde(serialize_with = "hundredths")]
    pub distance_cm: i64,
    /// The interior angle in seconds, as printed.
    #[serde(serialize_with = "degrees")]
    pub interior_angle_s: i64,
    /// Metres.
    pub easting_m: f64,
    /// Metres.
    pub northing_m: f64,
    /// How it was measured.
    #[serde(flatten)]
    pub measured: Measured,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn hundredths<S: serde::Serializer>(centimetres: &i64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_f64(*centimetres as f64 / 100.0)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn degrees<S: serde::Serializer>(seconds: &i64, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&in_degrees(*seconds))
}

/// One ring of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Section {
    /// Part of the parcel, from 1.
    pub part: usize,
    /// Whether it bounds a hole.
    pub is_hole: bool,
    pub rows: Vec<Row>,
    /// Sum of the printed angles in seconds.
    #[serde(serialize_with = "degrees")]
    pub angle_sum_s: i64,
    /// What they must sum to: (n - 2)·180°, for a hole (n + 2)·180°.
    #[serde(serialize_with = "degrees")]
    pub angle_sum_expected_s: i64,
    /// By how much a traverse along the printed distances and angles misses its start, metres.
    pub closure_m: f64,
    /// The most that rounding can make of it, metres.
    pub closure_allowed_m: f64,
    /// Whether both hold.
    pub closes: bool,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    pub sections: Vec<Section>,
    /// Length of all rings, metres.
    pub perimeter_m: f64,
    /// Sum of the printed distances, metres.
    pub printed_sides_m: f64,
}

const HALF_TURN_S: i64 = 180 * 3600;

/// Makes the table. Rings without an area are left out: they have no inside.
pub fn table(rings: Vec<Ring>) -> Table {
    let mut rings: Vec<Ring> = rings.into_iter().filter_map(walked).collect();
    // The part with the northernmost corner comes first, each outer ring before its holes.
    let north_of = |part: usize, rings: &[Ring]| {
        let tops = rings.iter().filter(|ring| ring.part == part).map(|ring| ring.corners[0].northing);
        tops.fold(f64::NEG_INFINITY, f64::max)
    };
    let tops: Vec<f64> = rings.iter().map(|ring| north_of(ring.part, &rings)).collect();
    let mut order: Vec<usize> = (0..rings.len()).collect();
    order.sort_by(|&a, &b| {
        let (one, two) = (&rings[a], &rings[b]);
        let by_part = tops[b].total_cmp(&tops[a]).then(one.part.cmp(&two.part));
        by_part
            .then(one.is_hole.cmp(&two.is_hole))
            .then(two.corners[0].northing.total_cmp(&one.corners[0].northing))
    });
    let mut sorted = Vec::with_capacity(rings.len());
    for at in order {
        sorted.push(std::mem::take(&mut rings[at]));
    }
    let mut next = 1;
    let mut sections = Vec::with_capacity(sorted.len());
    let mut perimeter_m = 0.0;
    for ring in sorted {
        perimeter_m += sides(&ring.corners).map(|side| side.length).sum::<f64>();
        let count = ring.corners.len();
        sections.push(section(ring, next));
        next += count;
    }
    let printed: i64 = sections.iter().flat_map(|section| &section.rows).map(|row| row.distance_cm).sum();
    Table { sections, perimeter_m, printed_sides_m: printed as f64 / 100.0 }
}

/// The ring with the parcel on the right hand, from its northernmost corner, no corner twice in a row.
fn walked(mut ring: Ring) -> Option<Ring> {
    let place = |corner: &Corner| (corner.easting, corner.northing);
    ring.corners.dedup_by(|a, b| place(a) == place(b));
    while ring.corners.len() > 1 && place(&ring.corners[0]) == place(&ring.corners[ring.corners.len() - 1]) {
        ring.corners.pop();
    }
    let area = doubled_area(&ring.corners);
    if ring.corners.len() < 3 || area == 0.0 {
        return None;
    }
    let is_clockwise = area < 0.0;
    if is_clockwise == ring.is_hole {
        ring.corners.reverse();
    }
    let first = ring
        .corners
        .iter()
        .enumerate()
        .max_by(|(_, a), (_, b)| a.northing.total_cmp(&b.northing).then(b.easting.total_cmp(&a.easting)));
    let first = first.map_or(0, |(at, _)| at);
    ring.corners.rotate_left(first);
    Some(ring)
}

/// Twice the area, positive counterclockwise; from the first corner, so that far coordinates lose no digits.
fn doubled_area(corners: &[Corner]) -> f64 {
    let Some(origin) = corners.first() else { return 0.0 };
    let at = |corner: &Corner| (corner.easting - origin.easting, corner.northing - origin.northing);
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| (at(a), at(b))).map(|((ax, ay), (bx, by))| ax * by - bx * ay).sum()
}

struct Side {
    length: f64,
    /// Radians clockwise from north.
    azimuth: f64,
}

fn sides(corners: &[Corner]) -> impl Iterator<Item = Side> {
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| {
        let (east, north) = (b.easting - a.easting, b.northing - a.northing);
        Side { length: east.hypot(north), azimuth: east.atan2(north) }
    })
}

fn section(ring: Ring, first: usize) -> Section {
    let count = ring.corners.len();
    let sides: Vec<Side> = sides(&ring.corners).collect();
    let turns = if ring.is_hole { count as i64 + 2 } else { count as i64 - 2 };
    let expected = turns * HALF_TURN_S;
    let exact: Vec<f64> =
        (0..count).map(|at| interior_angle_s(&sides[(at + count - 1) % count], &sides[at])).collect();
    let angles = rounded_together(&exact, expected);
    let distances: Vec<i64> = sides.iter().map(|side| centimetres(side.length)).collect();
    let angle_sum: i64 = angles.iter().sum();
    let (closure_m, closure_allowed_m) = closure(&sides, &distances, &angles);
    let rows = ring.corners.into_iter().enumerate().map(|(at, corner)| Row {
        vertex: first + at,
        side: format!("{}-{}", first + at, first + (at + 1) % count),
        distance_cm: distances[at],
        interior_angle_s: angles[at],
        easting_m: corner.easting,
        northing_m: corner.northing,
        measured: corner.measured,
    });
    Section {
        part: ring.part,
        is_hole: ring.is_hole,
        rows: rows.collect(),
        angle_sum_s: angle_sum,
        angle_sum_expected_s: expected,
        closure_m,
        closure_allowed_m,
        closes: angle_sum == expected && closure_m <= closure_allowed_m,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "sides of parcels are far shorter than 2^63 cm")]
fn centimetres(length: f64) -> i64 {
    (length * 100.0).round() as i64
}

/// With the parcel on the right hand the interior angle is what a turn to the right leaves of a half turn.
fn interior_angle_s(arriving: &Side, leaving: &Side) -> f64 {
    use std::f64::consts::{PI, TAU};
    let turn = (leaving.azimuth - arriving.azimuth + PI).rem_euclid(TAU) - PI;
    (PI - turn).to_degrees() * 3600.0
}

/// Whole seconds that sum to `expected`: those with the largest remainders are rounded up. Angles that do not come
/// near it (of a line that crosses itself) are rounded each by itself.
#[expect(clippy::cast_possible_truncation, reason = "angles are below 360°")]
fn rounded_together(exact: &[f64], expected: i64) -> Vec<i64> {
    let mut whole: Vec<i64> = exact.iter().map(|angle| angle.floor() as i64).collect();
    let missing = expected - whole.iter().sum::<i64>();
    if (exact.iter().sum::<f64>() - expected as f64).abs() > 0.5 || missing < 0 {
        return exact.iter().map(|angle| angle.round() as i64).collect();
    }
    let mut order: Vec<usize> = (0..exact.len()).collect();
    let remainder = |at: usize| exact[at] - exact[at].floor();
    order.sort_by(|&a, &b| remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b)));
    for at in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        whole[at] += 1;
    }
    whole
}

/// By how much the printed traverse misses its start, and the most that rounding can make of it: half a centimetre a
/// side, and each side swung by the seconds that the angles before it may be off.
fn closure(sides: &[Side], distances: &[i64], angles: &[i64]) -> (f64, f64) {
    let radians = |seconds: i64| (seconds as f64 / 3600.0).to_radians();
    let (mut east, mut north, mut allowed) = (0.0, 0.0, 1e-6);
    let mut azimuth = sides.first().map_or(0.0, |side| side.azimuth);
    for (at, distance) in distances.iter().enumerate() {
        let length = *distance as f64 / 100.0;
        if at > 0 {
            azimuth += radians(HALF_TURN_S - angles[at]);
        }
        east += length * azimuth.sin();
        north += length * azimuth.cos();
        allowed += 0.005 + length * radians(at as i64);
    }
    (east.hypot(north), allowed)
}

/// `89°59'12"`; the degree is the only sign beyond ASCII.
pub fn in_degrees(seconds: i64) -> String {
    format!("{}°{:02}'{:02}\"", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ring(is_hole: bool, points: &[(f64, f64)]) -> Ring {
        let corner = |&(easting, northing): &(f64, f64)| Corner { easting, northing, ..Corner::default() };
        Ring { part: 1, is_hole, corners: points.iter().map(corner).collect() }
    }

    #[test]
    fn a_rectangle_reads_as_on_a_plan() {
        // Counterclockwise, from the south-west, with the end repeated: as PostGIS may give it.
        let square =
            ring(false, &[(100.0, 200.0), (110.0, 200.0), (110.0, 220.0), (100.0, 220.0), (100.0, 200.0)]);
        let table = table(vec![square]);
        let rows: Vec<_> = table.sections[0]
            .rows
            .iter()
            .map(|r| {
                (
                    r.vertex,
                    r.side.as_str(),
                    r.distance_cm,
                    in_degrees(r.interior_angle_s),
                    r.easting_m,
                    r.northing_m,
                )
            })
            .collect();
        let right = || "90°00'00\"".to_owned();
        assert_eq!(
            rows,
            [
                (1, "1-2", 1000, right(), 100.0, 220.0),
                (2, "2-3", 2000, right(), 110.0, 220.0),
                (3, "3-4", 1000, right(), 110.0, 200.0),
                (4, "4-1", 2000, right(), 100.0, 200.0),
            ]
        );
        assert!(table.sections[0].closes && (table.perimeter_m - 60.0).abs() < 1e-9);
    }

    #[test]
    fn a_hole_is_walked_with_the_parcel_on_the_right() {
        let outer = ring(false, &[(0.0, 0.0), (0.0, 30.0), (30.0, 30.0), (30.0, 0.0)]);
        let hole = ring(true, &[(10.0, 10.0), (10.0, 20.0), (20.0, 20.0), (20.0, 10.0)]);
        let table = table(vec![outer, hole]);
        let hole = &table.sections[1];
        assert!(hole.is_hole && hole.closes);
        assert_eq!(hole.rows[0].vertex, 5);
        assert_eq!((hole.rows[0].easting_m, hole.rows[0].northing_m), (10.0, 20.0));
        assert_eq!((hole.rows[1].easting_m, hole.rows[1].northing_m), (10.0, 10.0));
        assert!(hole.rows.iter().all(|row| in_degrees(row.interior_angle_s) == "270°00'00\""));
        assert_eq!(hole.angle_sum_s, 6 * HALF_TURN_S);
        assert_eq!(hole.rows[3].side, "8-5");
    }

    #[test]
    fn parts_come_from_north_to_south_with_their_holes() {
        let at = |part, is_hole, x: f64, y: f64, side: f64| Ring {
            part,
            ..ring(is_hole, &[(x, y), (x, y + side), (x + side, y + side), (x + side, y)])
        };
        let table = table(vec![
            at(1, false, 0.0, 0.0, 9.0),
            at(1, true, 3.0, 3.0, 2.0),
            at(2, false, 0.0, 50.0, 9.0),
            at(2, true, 1.0, 51.0, 2.0),
        ]);
        let order: Vec<_> = table.sections.iter().map(|section| (section.part, section.is_hole)).collect();
        assert_eq!(order, [(2, false), (2, true), (1, false), (1, true)]);
        let numbers: Vec<_> =
            table.sections.iter().flat_map(|section| &section.rows).map(|row| row.vertex).collect();
        assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    }

    #[test]
    fn what_has_no_inside_is_left_out() {
        assert!(table(vec![ring(false, &[(0.0, 0.0), (1.0, 1.0)])]).sections.is_empty());
        assert!(table(vec![ring(false, &[(0.0, 0.0), (5.0, 5.0), (9.0, 9.0)])]).sections.is_empty());
        assert!(table(Vec::new()).sections.is_empty());
    }

    #[test]
    fn a_line_that_crosses_itself_does_not_pass_for_closed() {
        let bow = ring(false, &[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 11.0)]);
        assert!(!table(vec![bow]).sections[0].closes);
    }

    #[test]
    fn sixty_seconds_are_a_minute() {
        assert_eq!(in_degrees(89 * 3600 + 59 * 60 + 59), "89°59'59\"");
        assert_eq!(in_degrees(90 * 3600), "90°00'00\"");
    }

    /// A star around a centre never crosses itself; its corners lie on the millimetre grid of Pativilca.
    fn star() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec(3_000_u32..400_000, 3..40).prop_map(|radii| {
            let count = radii.len() as f64;
            let at = |(k, radius): (usize, &u32)| {
                let angle = std::f64::consts::TAU * k as f64 / count;
                let mm = |base: f64, offset: f64| (base * 1000.0 + offset).round() / 1000.0;
                (
                    mm(195_855.0, f64::from(*radius) * angle.cos()),
                    mm(8_816_242.0, f64::from(*radius) * angle.sin()),
                )
            };
            radii.iter().enumerate().map(at).collect()
        })
    }

    proptest! {
        #[test]
        fn every_printed_perimeter_closes(points in star(), is_hole in any::<bool>(), start in 0_usize..40, reverse in any::<bool>()) {
            let mut points = points;
            let count = points.len();
            points.rotate_left(start % count);
            if reverse {
                points.reverse();
            }
            let made = table(vec![ring(is_hole, &points)]);
            let section = &made.sections[0];
            prop_assert!(section.closes, "{section:?}");
            prop_assert_eq!(section.rows.len(), count);
            prop_assert_eq!(section.angle_sum_s, (if is_hole { count + 2 } else { count - 2 }) as i64 * HALF_TURN_S);
            let top = points.iter().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!((section.rows[0].northing_m - top).abs() < 1e-9);
            // Printed distances stay within half a centimetre of the exact ones.
            for (row, next) in section.rows.iter().zip(section.rows.iter().cycle().skip(1)) {
                let exact = (next.easting_m - row.easting_m).hypot(next.northing_m - row.northing_m);
                prop_assert!((row.distance_cm as f64 / 100.0 - exact).abs() <= 0.005 + 1e-6);
                prop_assert!(row.interior_angle_s > 0 && row.interior_angle_s < 2 * HALF_TURN_S);
            }
        }
    }
}
