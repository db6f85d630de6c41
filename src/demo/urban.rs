//! Settlements: a lattice of streets, turned to the road that passes and bent a little, its blocks taken from
//! the middle outwards until the lots suffice.

use std::collections::HashMap;
use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::geography::{HALF_BED_M, INACTIVE_REACH, INACTIVE_WIDTH_M, Land, Place};
use super::lots::{self, Lot, StreetKey};
use super::mm::{Mm, Ring, contains, corridor, hull};
use super::occupied::Occupied;

/// Lots of each settlement at the standard size of 9,500; the town takes the rest.
const LOTS: [(&str, usize); 11] = [
    ("0010", 520),
    ("0011", 420),
    ("0013", 380),
    ("0014", 460),
    ("0019", 360),
    ("0022", 380),
    ("0023", 520),
    ("0027", 260),
    ("X001", 190),
    ("X002", 170),
    ("X003", 230),
];
const STANDARD_LOTS: f64 = 9_500.0;

pub struct Block {
    pub place: usize,
    pub sector: u8,
    /// Number inside its sector, from 1.
    pub number: u16,
    /// Place in the order from the settlement's middle outwards.
    pub ordinal: usize,
    pub ring: Ring,
    /// To the axes of the streets around: what a zoning plan colours.
    pub cell: Ring,
    pub lots: Vec<Lot>,
    pub on_avenue: bool,
}

impl Block {
    /// A, B, … Z, A1, B1, …: as blocks are lettered in Peru.
    pub fn label(&self) -> String {
        let letter = char::from(b'A' + (self.ordinal % 26) as u8);
        match self.ordinal / 26 {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        }
    }
}

pub struct Street {
    pub place: usize,
    pub name: String,
    pub kind: &'static str,
    pub width_m: f64,
    pub paved: bool,
    pub line: Vec<Mm>,
}

#[derive(Default)]
pub struct Fabric {
    pub blocks: Vec<Block>,
    pub streets: Vec<Street>,
    /// Convex outline of each settlement, by the place's index; empty where nothing was laid out.
    pub extents: Vec<Ring>,
    pub lot_count: usize,
}

struct Ground {
    roads: Occupied,
    cells: Occupied,
}

/// Lays out about `target` lots.
pub fn lay_out(land: &Land, target: usize, seed: u64) -> Fabric {
    let mut ground = Ground { roads: Occupied::default(), cells: Occupied::default() };
    take_land(land, &mut ground.roads);
    let mut fabric = Fabric { extents: vec![Vec::new(); land.places.len()], ..Fabric::default() };
    let scale = target as f64 / STANDARD_LOTS;
    let mut next_sector = 5;
    for (index, place) in land.places.iter().enumerate().skip(1) {
        let wanted = (standard_lots(place) as f64 * scale).round().max(3.0) as usize;
        settle(land, index, wanted, next_sector, seed, &mut ground, &mut fabric);
        next_sector += 1;
    }
    let rest = target.saturating_sub(fabric.lot_count);
    settle(land, 0, rest, 1, seed, &mut ground, &mut fabric);
    fabric
}

fn standard_lots(place: &Place) -> usize {
    let listed = LOTS.iter().find(|(code, _)| *code == place.code).map(|(_, lots)| *lots);
    listed.unwrap_or_else(|| 16 + place.code.bytes().map(usize::from).sum::<usize>() * 37 % 42)
}

/// Roads, the river with its strip and the beach take ground before any lot.
fn take_land(land: &Land, roads: &mut Occupied) {
    let mut take = |line: &[Mm], half_width_m: f64| {
        line.windows(2).for_each(|pair| roads.take(corridor(pair[0], pair[1], half_width_m)));
    };
    land.roads.iter().for_each(|road| take(&road.line, road.right_of_way_m.max(12.0) / 2.0));
    take(&land.river, HALF_BED_M + 16.0);
    take(land.reach(INACTIVE_REACH.0, INACTIVE_REACH.1), HALF_BED_M + INACTIVE_WIDTH_M + 5.0);
    take(&land.coast, 265.0);
    roads.take(super::defects::site(land));
}

fn seed_of(seed: u64, code: &str) -> u64 {
    code.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

fn settle(
    land: &Land,
    index: usize,
    wanted: usize,
    sector: u8,
    seed: u64,
    ground: &mut Ground,
    fabric: &mut Fabric,
) {
    let place = &land.places[index];
    let mut rng = ChaCha8Rng::seed_from_u64(seed_of(seed, &place.code));
    let lattice = Lattice::new(land, index, wanted, &mut rng);
    let first = fabric.blocks.len();
    let mut made = 0;
    let mut numbers: HashMap<u8, u16> = HashMap::new();
    for (i, j) in lattice.from_the_middle(&mut rng) {
        if made >= wanted {
            break;
        }
        let (ring, cell) = (lattice.block(i, j), lattice.cell(i, j));
        let inside = cell.iter().all(|&p| contains(&land.outline, p));
        if !inside || ground.roads.hits(&ring) || ground.cells.hits(&cell) {
            continue;
        }
        let ordinal = fabric.blocks.len() - first;
        let facility = facility_of(index == 0, ordinal, wanted);
        let corners = [ring[0], ring[1], ring[2], ring[3]];
        let drawn = match facility {
            Some(kind) => lots::whole_block(corners, (i, j), kind),
            None => lots::subdivide(corners, (i, j), place.kind == "expansion", &mut rng),
        };
        let sector = if index == 0 { lattice.quadrant(i, j) } else { sector };
        let number = numbers.entry(sector).and_modify(|n| *n += 1).or_insert(1);
        made += drawn.lots.len();
        let on_avenue = lattice.on_avenue(i, j);
        ground.cells.take(cell.clone());
        let (number, ring, lots) = (*number, drawn.ring, drawn.lots);
        fabric.blocks.push(Block { place: index, sector, number, ordinal, ring, cell, lots, on_avenue });
    }
    fabric.lot_count += made;
    let corners: Vec<Mm> = fabric.blocks[first..].iter().flat_map(|b| b.cell.iter().copied()).collect();
    if !corners.is_empty() {
        fabric.extents[index] = hull(&corners);
    }
    name_streets(index, place, &lattice, first, fabric);
}

/// Public equipment, by the block's place in the order from the middle.
fn facility_of(town: bool, ordinal: usize, wanted: usize) -> Option<&'static str> {
    match (town, ordinal) {
        (true, 0) => Some("plaza"),
        (true, 2) => Some("market"),
        (true, 4 | 12) => Some("school"),
        (true, 6) => Some("health_centre"),
        (true, 9) => Some("park"),
        (true, n) if n > 12 && n % 37 == 0 => Some("park"),
        (true, n) if n > 12 && n % 53 == 0 => Some("school"),
        (false, 1) if wanted >= 120 => Some("plaza"),
        (false, 2) if wanted >= 60 => Some("school"),
        (false, 4) if wanted >= 250 => Some("health_post"),
        (false, 6) if wanted >= 350 => Some("market"),
        (false, n) if n > 6 && n % 29 == 0 => Some("park"),
        _ => None,
    }
}

struct Lattice {
    origin: Mm,
    turn: (f64, f64),
    u: Vec<f64>,
    v: Vec<f64>,
    street_u: Vec<f64>,
    street_v: Vec<f64>,
    bend: f64,
    phase: (f64, f64),
    /// A village along a road grows along it.
    along_road: bool,
}

impl Lattice {
    fn new(land: &Land, index: usize, wanted: usize, rng: &mut ChaCha8Rng) -> Lattice {
        let place = &land.places[index];
        let town = index == 0;
        let (origin, angle, along_road) = match passing_road(land, place.at) {
            Some((foot, angle)) if !town => (foot, angle, true),
            _ => (place.at, if town { 0.33 } else { rng.random_range(-0.6..0.6) }, false),
        };
        // Gross ground of a lot is about 250 m²; room for the blocks that are refused.
        let reach = (wanted as f64 * 250.0).sqrt() * if town { 1.25 } else { 1.6 } + 260.0;
        let expansion = place.kind == "expansion";
        // A hamlet of a few lots has a small block.
        let small = wanted < 14 && !town;
        let u = axis(reach, if along_road { None } else { Some(0.5) }, rng, |r| {
            if small { r.random_range(46.0..54.0) } else { r.random_range(84.0..116.0) }
        });
        let v =
            axis(reach, if along_road { Some(0.0) } else { Some(0.5) }, rng, |r| match (small, expansion) {
                (true, _) => r.random_range(36.0..40.0),
                (_, true) => r.random_range(42.0..48.0),
                _ => r.random_range(46.0..58.0),
            });
        let street_u = vec![if town { 9.0 } else { 8.0 }; u.len()];
        let mut street_v = vec![if town { 10.0 } else { 8.0 }; v.len()];
        let main = middle_of(&v);
        street_v[main] = 18.0;
        let (bend, phase) =
            (if along_road { 0.0 } else { 3.5 }, (rng.random_range(0.0..TAU), rng.random_range(0.0..TAU)));
        Lattice { origin, turn: angle.sin_cos(), u, v, street_u, street_v, bend, phase, along_road }
    }

    fn at(&self, u: f64, v: f64) -> Mm {
        let (bu, bv) = (
            u + self.bend * (v / 150.0 + self.phase.0).sin(),
            v + self.bend * (u / 150.0 + self.phase.1).sin(),
        );
        let (sin, cos) = self.turn;
        let (e, n) = self.origin.metres();
        Mm::from_m(e + bu * cos - bv * sin, n + bu * sin + bv * cos)
    }

    fn node(&self, i: usize, j: usize) -> Mm {
        self.at(self.u[i], self.v[j])
    }

    fn cell(&self, i: usize, j: usize) -> Ring {
        vec![self.node(i, j), self.node(i + 1, j), self.node(i + 1, j + 1), self.node(i, j + 1)]
    }

    fn block(&self, i: usize, j: usize) -> Ring {
        let (west, east) = (self.u[i] + self.street_u[i] / 2.0, self.u[i + 1] - self.street_u[i + 1] / 2.0);
        let (south, north) = (self.v[j] + self.street_v[j] / 2.0, self.v[j + 1] - self.street_v[j + 1] / 2.0);
        [(west, south), (east, south), (east, north), (west, north)].map(|(u, v)| self.at(u, v)).to_vec()
    }

    fn from_the_middle(&self, rng: &mut ChaCha8Rng) -> Vec<(usize, usize)> {
        let mut cells: Vec<(f64, usize, usize)> = Vec::new();
        for i in 0..self.u.len() - 1 {
            for j in 0..self.v.len() - 1 {
                let (u, v) =
                    (f64::midpoint(self.u[i], self.u[i + 1]), f64::midpoint(self.v[j], self.v[j + 1]));
                let stretch = if self.along_road { 1.7 } else { 1.0 };
                cells.push((u.hypot(v * stretch) * rng.random_range(0.86..1.14), i, j));
            }
        }
        cells.sort_by(|a, b| a.0.total_cmp(&b.0));
        cells.into_iter().map(|(_, i, j)| (i, j)).collect()
    }

    fn on_avenue(&self, i: usize, j: usize) -> bool {
        let (mu, mv) = (middle_of(&self.u), middle_of(&self.v));
        i == mu || i + 1 == mu || j == mv || j + 1 == mv
    }

    fn quadrant(&self, i: usize, j: usize) -> u8 {
        1 + u8::from(i >= middle_of(&self.u)) + 2 * u8::from(j >= middle_of(&self.v))
    }
}

/// Positions of streets from `-reach` to `reach`; `centre` says which part of a block lies before zero.
fn axis(
    reach: f64,
    centre: Option<f64>,
    rng: &mut ChaCha8Rng,
    step: impl Fn(&mut ChaCha8Rng) -> f64,
) -> Vec<f64> {
    let start = step(rng);
    let mut positions = vec![-start * centre.unwrap_or_else(|| rng.random_range(0.2..0.8))];
    while positions[positions.len() - 1] < reach {
        positions.push(positions[positions.len() - 1] + step(rng));
    }
    while positions[0] > -reach {
        let next = positions[0] - step(rng);
        positions.insert(0, next);
    }
    positions
}

fn middle_of(positions: &[f64]) -> usize {
    (0..positions.len()).min_by(|&a, &b| positions[a].abs().total_cmp(&positions[b].abs())).unwrap_or(0)
}

/// The foot on the nearest local road within 150 m, and the road's direction there.
fn passing_road(land: &Land, at: Mm) -> Option<(Mm, f64)> {
    let segments =
        land.roads.iter().flat_map(|road| road.line.windows(2)).filter(|s| s[0].distance(s[1]) > 1.0);
    let distance = |s: &[Mm]| super::mm::point_segment(at, s[0], s[1]);
    let nearest = segments.min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    if distance(nearest) > 150_000.0 {
        return None;
    }
    let (a, b) = (nearest[0], nearest[1]);
    let (dx, dy) = ((b.x - a.x) as f64, (b.y - a.y) as f64);
    let t = ((at.x - a.x) as f64 * dx + (at.y - a.y) as f64 * dy) / (dx * dx + dy * dy);
    Some((a.towards(b, t.clamp(0.0, 1.0)), dy.atan2(dx)))
}

/// Streets exist where blocks stand beside them.
fn name_streets(index: usize, place: &Place, lattice: &Lattice, first: usize, fabric: &mut Fabric) {
    let mut spans: HashMap<StreetKey, (usize, usize)> = HashMap::new();
    for block in &fabric.blocks[first..] {
        let (i, j) = block.lots[0].cell;
        for key in
            [StreetKey::Along(j), StreetKey::Along(j + 1), StreetKey::Across(i), StreetKey::Across(i + 1)]
        {
            let at = if matches!(key, StreetKey::Along(_)) { i } else { j };
            let span = spans.entry(key).or_insert((at, at + 1));
            *span = (span.0.min(at), span.1.max(at + 1));
        }
    }
    let mut keys: Vec<_> = spans.keys().copied().collect();
    keys.sort_unstable();
    let (main_u, main_v) = (middle_of(&lattice.u), middle_of(&lattice.v));
    let mut street_of: HashMap<StreetKey, usize> = HashMap::new();
    let (mut jirones, mut calles) = (0, 0);
    for key in keys {
        let (from, to) = spans[&key];
        let (line, width_m): (Vec<Mm>, f64) = match key {
            StreetKey::Along(j) => ((from..=to).map(|i| lattice.node(i, j)).collect(), lattice.street_v[j]),
            StreetKey::Across(i) => ((from..=to).map(|j| lattice.node(i, j)).collect(), lattice.street_u[i]),
        };
        let (name, kind) = match key {
            StreetKey::Along(j) if j == main_v => ("Av. Principal".to_owned(), "avenue"),
            StreetKey::Across(i) if i == main_u => ("Jr. Central".to_owned(), "jiron"),
            StreetKey::Along(_) => {
                jirones += 1;
                (format!("Jr. {jirones}"), "jiron")
            }
            StreetKey::Across(_) => {
                calles += 1;
                (format!("Calle {calles}"), "street")
            }
        };
        street_of.insert(key, fabric.streets.len());
        let paved = place.kind == "urban" && (kind == "avenue" || (from + to) % 3 != 0);
        fabric.streets.push(Street { place: index, name, kind, width_m, paved, line });
    }
    for block in &mut fabric.blocks[first..] {
        for lot in &mut block.lots {
            lot.street = street_of[&lot.street_key];
        }
    }
}
