//! A block's lots: lots that face the streets at both ends, and two rows back to back between them. Every
//! corner is computed once per place of the block, so neighbours share it to the millimetre.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::mm::{Mm, Ring};

/// A street of a lattice, by the number of its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreetKey {
    Along(usize),
    Across(usize),
}

#[derive(Clone, Debug)]
pub struct Lot {
    pub ring: Ring,
    pub cell: (usize, usize),
    pub street_key: StreetKey,
    /// Index into the fabric's streets, set when they are named.
    pub street: usize,
    pub house_number: usize,
    pub facility: Option<&'static str>,
    /// Where a building may stand: inside the lot, at least 15 cm from its sides.
    pub footprint: Option<Ring>,
    /// Middle of the front: where connections enter.
    pub front: Mm,
}

pub struct Subdivision {
    pub ring: Ring,
    pub lots: Vec<Lot>,
}

/// A block of four corners, counter-clockwise from the south-west one of its lattice.
struct Quad([Mm; 4]);

impl Quad {
    fn at(&self, u: f64, v: f64) -> Mm {
        let [a, b, c, d] = self.0.map(|p| (p.x as f64, p.y as f64));
        let mix = |a: f64, b: f64, c: f64, d: f64| {
            (a * (1.0 - u) * (1.0 - v) + b * u * (1.0 - v) + c * u * v + d * (1.0 - u) * v).round() as i64
        };
        Mm { x: mix(a.0, b.0, c.0, d.0), y: mix(a.1, b.1, c.1, d.1) }
    }
}

/// The whole block as one lot of public equipment.
pub fn whole_block(corners: [Mm; 4], cell: (usize, usize), facility: &'static str) -> Subdivision {
    let quad = Quad(corners);
    let built = !matches!(facility, "plaza" | "park");
    let lot = Lot {
        ring: corners.to_vec(),
        cell,
        street_key: StreetKey::Along(cell.1),
        street: 0,
        house_number: (cell.0 + 1) * 100,
        facility: Some(facility),
        footprint: built.then(|| inset(&quad, (0.15, 0.6, 0.2, 0.75))),
        front: quad.at(0.5, 0.0),
    };
    Subdivision { ring: corners.to_vec(), lots: vec![lot] }
}

fn inset(quad: &Quad, (u0, u1, v0, v1): (f64, f64, f64, f64)) -> Ring {
    vec![quad.at(u0, v0), quad.at(u1, v0), quad.at(u1, v1), quad.at(u0, v1)]
}

/// Lots of 6 to 10 m front and 15 to 25 m depth.
pub fn subdivide(
    corners: [Mm; 4],
    cell: (usize, usize),
    informal: bool,
    rng: &mut ChaCha8Rng,
) -> Subdivision {
    let quad = Quad(corners);
    let (length, depth) =
        (corners[0].distance(corners[1]) / 1000.0, corners[1].distance(corners[2]) / 1000.0);
    let cap = (rng.random_range(16.0..22.0) / length).min(0.38);
    let front = if informal { 8.0 } else { rng.random_range(6.6..9.4) };
    let west = cuts(0.0, 1.0, depth, rng.random_range(7.0..9.5), rng);
    let east = cuts(0.0, 1.0, depth, rng.random_range(7.0..9.5), rng);
    let south = cuts(cap, 1.0 - cap, length, front, rng);
    let north = if rng.random_bool(0.55) { south.clone() } else { cuts(cap, 1.0 - cap, length, front, rng) };
    let north = snapped(&north, &south, 0.35 / length);
    let (west, east) = (snapped(&west, &[0.5], 0.7 / depth), snapped(&east, &[0.5], 0.7 / depth));

    let mut lots = Vec::new();
    let mut add = |ring: Vec<(f64, f64)>, key: StreetKey, number: usize, room: (f64, f64, f64, f64)| {
        let points: Ring = ring.iter().map(|&(u, v)| quad.at(u, v)).collect();
        let (u, v) = (f64::midpoint(room.0, room.1), f64::midpoint(room.2, room.3));
        let front = match key {
            StreetKey::Along(j) => quad.at(u, if j == cell.1 { 0.0 } else { 1.0 }),
            StreetKey::Across(i) => quad.at(if i == cell.0 { 0.0 } else { 1.0 }, v),
        };
        let footprint = footprint(&quad, key, cell, room, (length, depth), informal, rng);
        let ring = points;
        lots.push(Lot {
            ring,
            cell,
            street_key: key,
            street: 0,
            house_number: number,
            facility: None,
            footprint,
            front,
        });
    };

    let (i, j) = cell;
    // Along the west end, then the southern row, the east end and the northern row: around the block.
    for (k, pair) in west.windows(2).rev().enumerate() {
        let (v0, v1) = (pair[0], pair[1]);
        let mut ring = vec![(0.0, v0), (cap, v0)];
        ring.extend([0.5].into_iter().filter(|v| between(*v, v0, v1)).map(|v| (cap, v)));
        ring.extend([(cap, v1), (0.0, v1)]);
        add(ring, StreetKey::Across(i), (j + 1) * 100 + 2 * k, (0.0, cap, v0, v1));
    }
    for (k, pair) in south.windows(2).enumerate() {
        let (u0, u1) = (pair[0], pair[1]);
        let mut ring = vec![(u0, 0.0), (u1, 0.0)];
        ring.extend(inner(&east, u1, 1.0 - cap, 0.0, 0.5).map(|v| (u1, v)));
        ring.push((u1, 0.5));
        ring.extend(north.iter().rev().filter(|u| between(**u, u0, u1)).map(|&u| (u, 0.5)));
        ring.push((u0, 0.5));
        ring.extend(inner(&west, u0, cap, 0.0, 0.5).rev().map(|v| (u0, v)));
        add(ring, StreetKey::Along(j), (i + 1) * 100 + 2 * k, (u0, u1, 0.0, 0.5));
    }
    for (k, pair) in east.windows(2).enumerate() {
        let (v0, v1) = (pair[0], pair[1]);
        let mut ring = vec![(1.0 - cap, v0), (1.0, v0), (1.0, v1), (1.0 - cap, v1)];
        ring.extend([0.5].into_iter().filter(|v| between(*v, v0, v1)).map(|v| (1.0 - cap, v)));
        add(ring, StreetKey::Across(i + 1), (j + 1) * 100 + 2 * k + 1, (1.0 - cap, 1.0, v0, v1));
    }
    for (k, pair) in north.windows(2).rev().enumerate() {
        let (u0, u1) = (pair[0], pair[1]);
        let mut ring = vec![(u0, 0.5)];
        ring.extend(south.iter().filter(|u| between(**u, u0, u1)).map(|&u| (u, 0.5)));
        ring.push((u1, 0.5));
        ring.extend(inner(&east, u1, 1.0 - cap, 0.5, 1.0).map(|v| (u1, v)));
        ring.extend([(u1, 1.0), (u0, 1.0)]);
        ring.extend(inner(&west, u0, cap, 0.5, 1.0).rev().map(|v| (u0, v)));
        add(ring, StreetKey::Along(j + 1), (i + 1) * 100 + 2 * k + 1, (u0, u1, 0.5, 1.0));
    }
    Subdivision { ring: outline(&quad, [&south, &east, &north, &west]), lots }
}

/// The lots' corners on the block's own four sides.
fn outline(quad: &Quad, [south, east, north, west]: [&[f64]; 4]) -> Ring {
    let mut ring = vec![quad.at(0.0, 0.0)];
    ring.extend(south.iter().map(|&u| quad.at(u, 0.0)));
    ring.extend(east.iter().map(|&v| quad.at(1.0, v)));
    ring.extend(north.iter().rev().map(|&u| quad.at(u, 1.0)));
    ring.extend(west.iter().rev().map(|&v| quad.at(0.0, v)));
    ring.dedup();
    if ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

fn between(x: f64, a: f64, b: f64) -> bool {
    x > a && x < b
}

/// Corners of the end lots on the side of a row's lot that touches them.
fn inner<'a>(
    cuts: &'a [f64],
    side: f64,
    touching: f64,
    from: f64,
    to: f64,
) -> impl DoubleEndedIterator<Item = f64> + 'a {
    let touches = (side - touching).abs() < 1e-9;
    cuts.iter().copied().filter(move |v| touches && between(*v, from, to))
}

/// Places of the cuts from `from` to `to` (parts of a side of `length` metres), about `front` metres apart.
fn cuts(from: f64, to: f64, length: f64, front: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let n = (((to - from) * length / front).round() as usize).max(1);
    let step = (to - from) / n as f64;
    let mut cuts: Vec<f64> = (0..=n).map(|k| from + step * k as f64).collect();
    for cut in &mut cuts[1..n] {
        *cut += step * rng.random_range(-0.12..0.12);
    }
    cuts[n] = to;
    cuts
}

/// Cuts that nearly meet one of the other row are the same cut.
fn snapped(cuts: &[f64], others: &[f64], tolerance: f64) -> Vec<f64> {
    let snap = |cut: &f64| others.iter().copied().find(|o| (o - cut).abs() < tolerance).unwrap_or(*cut);
    cuts.iter().map(snap).collect()
}

/// Houses begin at the street and leave a yard behind; informal lots are half empty.
fn footprint(
    quad: &Quad,
    key: StreetKey,
    cell: (usize, usize),
    (u0, u1, v0, v1): (f64, f64, f64, f64),
    (length, depth): (f64, f64),
    informal: bool,
    rng: &mut ChaCha8Rng,
) -> Option<Ring> {
    if rng.random_bool(if informal { 0.45 } else { 0.1 }) {
        return None;
    }
    let (gap_u, gap_v) = (0.15 / length, 0.15 / depth);
    let yard = if informal { rng.random_range(0.45..0.7) } else { rng.random_range(0.15..0.45) };
    let (du, dv) = ((u1 - u0) * yard, (v1 - v0) * yard);
    let (mut room_u, mut room_v) = ((u0 + gap_u, u1 - gap_u), (v0 + gap_v, v1 - gap_v));
    match key {
        StreetKey::Along(j) if j == cell.1 => room_v.1 = v1 - dv,
        StreetKey::Along(_) => room_v.0 = v0 + dv,
        StreetKey::Across(i) if i == cell.0 => room_u.1 = u1 - du,
        StreetKey::Across(_) => room_u.0 = u0 + du,
    }
    Some(inset(quad, (room_u.0, room_u.1, room_v.0, room_v.1)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::SeedableRng;

    use super::*;
    use crate::demo::mm::{area_m2, edges};

    fn block(seed: u64) -> Subdivision {
        let corners = [(0, 0), (104_321, 1_234), (103_987, 41_778), (-512, 40_003)].map(|(x, y)| Mm { x, y });
        subdivide(corners, (3, 5), false, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn the_block_is_the_union_of_its_lots() {
        for seed in 0..200 {
            let made = block(seed);
            let sum: f64 = made.lots.iter().map(|lot| area_m2(&lot.ring)).sum();
            assert!((sum - area_m2(&made.ring)).abs() < 1e-6, "seed {seed}: {sum}");
        }
    }

    #[test]
    fn every_inner_edge_is_the_neighbours_edge_reversed() {
        for seed in 0..200 {
            let made = block(seed);
            let mut seen: HashMap<(Mm, Mm), i32> = HashMap::new();
            made.lots
                .iter()
                .flat_map(|lot| edges(&lot.ring))
                .for_each(|edge| *seen.entry(edge).or_default() += 1);
            assert!(seen.values().all(|&n| n == 1));
            let outer = edges(&made.ring).count();
            let open = seen.keys().filter(|(a, b)| !seen.contains_key(&(*b, *a))).count();
            assert_eq!(open, outer, "seed {seed}");
        }
    }
}
