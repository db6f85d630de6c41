//! Rural parcels: the irrigated valley as a mesh, cut along roads, the bank and the settlements' outlines, and
//! then divided into fields of 0.5 to 10 ha whose corners all match.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::geography::{HALF_BED_M, INACTIVE_REACH, INACTIVE_WIDTH_M, Land};
use super::mesh::Mesh;
use super::mm::{
    Mm, Ring, area_m2, bounds, contains, convex_overlap, corridor, edges, grown, middle, offset, perimeter_m,
};
use super::urban::Fabric;

pub struct Field {
    pub ring: Ring,
    /// Fields of one group lie together.
    pub group: usize,
    /// Index of the nearest place.
    pub place: usize,
}

const STEP_M: f64 = 520.0;
const ROW_M: f64 = 430.0;
const ROWS: usize = 20;
/// From the bank to the first field: the margin's preview and a path.
const BANK_STRIP_M: f64 = 16.0;

/// At most `target` fields: whole patches, those nearest to the settlements first.
pub fn lay_out(land: &Land, fabric: &Fabric, target: usize, seed: u64) -> Vec<Field> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0f1e_1d5d);
    let mut mesh = Mesh::default();
    let groups = lattice(land, &mut mesh, &mut rng);
    let mut fields = Vec::new();
    for faces in cut_by_land(land, fabric, &mut mesh, groups) {
        for (face, group) in faces {
            fields.extend(divide(&mut mesh, face, &mut rng).into_iter().map(|face| (face, group)));
        }
    }
    let barriers = Barriers::new(land, fabric);
    // The rings are read only now: a later cut may have put a corner into an earlier field.
    let mut kept: Vec<Field> = fields
        .into_iter()
        .map(|(face, group)| (mesh.face(face).clone(), group))
        .filter(|(ring, _)| is_a_field(land, &barriers, ring))
        .map(|(ring, group)| Field { place: nearest_place(land, middle(&ring)), ring, group })
        .collect();
    let nearness = nearness(land, &kept);
    kept.sort_by(|a, b| nearness[&a.group].total_cmp(&nearness[&b.group]).then(a.group.cmp(&b.group)));
    kept.truncate(target);
    kept
}

/// Distance of each patch from its settlement; larger ones reach farther.
fn nearness(land: &Land, fields: &[Field]) -> HashMap<usize, f64> {
    let mut patches: HashMap<usize, (Vec<Mm>, usize)> = HashMap::new();
    for field in fields {
        patches.entry(field.group).or_insert_with(|| (Vec::new(), field.place)).0.push(middle(&field.ring));
    }
    let weight = |place: usize| match (place, land.places[place].kind) {
        (0, _) => 3.0,
        (_, "urban") => 1.5,
        _ => 1.0,
    };
    patches
        .into_iter()
        .map(|(group, (middles, place))| {
            (group, middle(&middles).distance(land.places[place].at) / weight(place))
        })
        .collect()
}

fn nearest_place(land: &Land, at: Mm) -> usize {
    let distance = |index: &usize| land.places[*index].at.distance(at);
    (0..land.places.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
}

/// Quadrilaterals along the river: positions on its axis, steps away from it, shared corners shaken.
fn lattice(land: &Land, mesh: &mut Mesh, rng: &mut ChaCha8Rng) -> Vec<(usize, usize)> {
    let axis = coarse(&land.river, STEP_M);
    let rows: Vec<Vec<Mm>> = (0..=ROWS)
        .map(|row| {
            let away = HALF_BED_M + BANK_STRIP_M - 120.0 + row as f64 * ROW_M;
            offset(&axis, away).into_iter().map(|p| shaken(p, rng)).collect()
        })
        .collect();
    let mut faces = Vec::new();
    for row in 0..ROWS {
        for k in 0..axis.len() - 1 {
            let ring = vec![rows[row][k], rows[row][k + 1], rows[row + 1][k + 1], rows[row + 1][k]];
            let convex = (0..4).all(|c| super::mm::cross(ring[c], ring[(c + 1) % 4], ring[(c + 2) % 4]) > 0);
            if convex && area_m2(&ring) > 60_000.0 && near_valley(land, &ring) {
                let group = faces.len();
                faces.push((mesh.add(ring), group));
            }
        }
    }
    faces
}

fn shaken(p: Mm, rng: &mut ChaCha8Rng) -> Mm {
    p.moved(rng.random_range(-55_000..55_000), rng.random_range(-55_000..55_000))
}

fn near_valley(land: &Land, ring: &Ring) -> bool {
    ring.iter().chain([&middle(ring)]).any(|&p| contains(&land.valley, p))
}

/// Points about every `step_m` along a line, its bends smoothed so that far offsets do not fold.
fn coarse(line: &[Mm], step_m: f64) -> Vec<Mm> {
    let mut points = vec![line[0]];
    let mut run = 0.0;
    for pair in line.windows(2) {
        let length = pair[0].distance(pair[1]);
        while run + length >= points.len() as f64 * step_m * 1000.0 {
            points.push(pair[0].towards(pair[1], (points.len() as f64 * step_m * 1000.0 - run) / length));
        }
        run += length;
    }
    for _ in 0..12 {
        let before = points.clone();
        for k in 1..points.len() - 1 {
            points[k] = before[k - 1].towards(before[k + 1], 0.5);
        }
    }
    points
}

/// What no field may overlap.
struct Barriers(super::occupied::Occupied);

impl Barriers {
    fn new(land: &Land, fabric: &Fabric) -> Barriers {
        let mut taken = super::occupied::Occupied::default();
        for road in &land.roads {
            let half = road.right_of_way_m / 2.0 - 0.02;
            road.line.windows(2).for_each(|s| taken.take(corridor(s[0], s[1], half)));
        }
        land.river.windows(2).for_each(|s| taken.take(corridor(s[0], s[1], HALF_BED_M + BANK_STRIP_M - 0.5)));
        let old_arm = land.reach(INACTIVE_REACH.0, INACTIVE_REACH.1).windows(2);
        old_arm.for_each(|s| taken.take(corridor(s[0], s[1], HALF_BED_M + INACTIVE_WIDTH_M)));
        taken.take(super::defects::site(land));
        settled(fabric).for_each(|extent| taken.take(grown(&extent, -0.1)));
        Barriers(taken)
    }
}

fn settled(fabric: &Fabric) -> impl Iterator<Item = Ring> + '_ {
    fabric.extents.iter().filter(|extent| extent.len() > 2).map(|extent| grown(extent, 8.0))
}

/// Cuts each face along everything that crosses it, and answers the parts of each.
fn cut_by_land(
    land: &Land,
    fabric: &Fabric,
    mesh: &mut Mesh,
    groups: Vec<(usize, usize)>,
) -> Vec<Vec<(usize, usize)>> {
    let mut lines: Vec<(Mm, Mm)> = Vec::new();
    for road in &land.roads {
        for side in [road.right_of_way_m / 2.0, -road.right_of_way_m / 2.0] {
            let moved = road.line.windows(2).map(|s| offset(&[s[0], s[1]], side));
            lines.extend(moved.map(|s| (s[0], s[1])));
        }
    }
    let bank = offset(&land.river, HALF_BED_M + BANK_STRIP_M);
    lines.extend(bank.windows(2).map(|s| (s[0], s[1])));
    for extent in settled(fabric) {
        lines.extend(edges(&extent));
    }
    groups
        .into_iter()
        .map(|(face, group)| {
            let mut parts = vec![face];
            for &(a, b) in &lines {
                for part in parts.clone() {
                    if passes(mesh.face(part), a, b) {
                        parts.extend(mesh.cut(part, a, b, 20.0));
                    }
                }
            }
            parts.into_iter().map(|part| (part, group)).collect()
        })
        .collect()
}

/// Whether a segment, a millimetre wide, lies partly inside a face.
fn passes(ring: &Ring, a: Mm, b: Mm) -> bool {
    let (low, high) = bounds(ring);
    let apart =
        a.x.max(b.x) < low.x || a.x.min(b.x) > high.x || a.y.max(b.y) < low.y || a.y.min(b.y) > high.y;
    !apart && a.distance(b) > 100.0 && convex_overlap(ring, &corridor(a, b, 0.01))
}

/// Divides a face until its fields are small enough.
fn divide(mesh: &mut Mesh, face: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    // Small holdings and a few large ones: 0.7 to 8 ha, mostly 1.5 to 4.
    let limit_m2 = 9_000.0 * (rng.random_range(0.0_f64..1.0).powf(1.4) * 2.4).exp() * 1.9;
    let ring = mesh.face(face).clone();
    if area_m2(&ring) < limit_m2.clamp(11_000.0, 110_000.0) {
        return vec![face];
    }
    let (from, to) = longest_side(&ring);
    let foot = from.towards(to, rng.random_range(0.38..0.62));
    // Across the longest side, a few degrees off the perpendicular.
    let lean = rng.random_range(-0.12..0.12);
    let (dx, dy) = ((to.x - from.x) as f64, (to.y - from.y) as f64);
    let across = foot.moved((-dy + lean * dx).round() as i64, (dx + lean * dy).round() as i64);
    match mesh.cut(face, foot, across, 2_000.0) {
        Some(other) => {
            let mut parts = divide(mesh, face, rng);
            parts.extend(divide(mesh, other, rng));
            parts
        }
        None => vec![face],
    }
}

/// The longest side, corners on it left out.
fn longest_side(ring: &Ring) -> (Mm, Mm) {
    let corners: Ring = (0..ring.len())
        .filter(|&k| {
            let (a, b) = (ring[(k + ring.len() - 1) % ring.len()], ring[(k + 1) % ring.len()]);
            let height = super::mm::cross(a, b, ring[k]).unsigned_abs() as f64 / a.distance(b);
            height > 1_500.0
        })
        .map(|k| ring[k])
        .collect();
    let ring = if corners.len() > 2 { &corners } else { ring };
    edges(ring).max_by(|a, b| a.0.distance(a.1).total_cmp(&b.0.distance(b.1))).unwrap_or((ring[0], ring[1]))
}

fn is_a_field(land: &Land, barriers: &Barriers, ring: &Ring) -> bool {
    let area = area_m2(ring);
    let round = 16.0 * area / perimeter_m(ring).powi(2);
    let centre = middle(ring);
    (4_500.0..130_000.0).contains(&area)
        && round > 0.32
        && contains(&land.valley, centre)
        && ring.iter().all(|&p| contains(&land.outline, p))
        && !barriers.0.hits(ring)
}
