//! Water, sewer and power along the streets, the feeders along the roads, and who is served by them.

use std::collections::HashMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::geography::Land;
use super::lots::Lot;
use super::mm::{Mm, Ring, corridor, offset, ring_segment};
use super::occupied::Occupied;
use super::urban::Fabric;

/// A lot within so many metres of a main in service can be connected to it (parameter of the indicator).
pub const REACH_M: f64 = 50.0;

/// The three networks, in the order of `Parcel::services`.
pub const NETWORKS: [&str; 3] = ["water", "sewer", "power"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// By the main of this index.
    Connected(usize),
    Reachable,
    Unserved,
    Unknown,
}

impl Service {
    pub fn word(self) -> &'static str {
        match self {
            Service::Connected(_) => "connected",
            Service::Reachable => "reachable",
            Service::Unserved => "unserved",
            Service::Unknown => "unknown",
        }
    }
}

pub struct Main {
    pub network: usize,
    pub kind: &'static str,
    pub name: String,
    pub material: &'static str,
    pub diameter_mm: Option<u16>,
    pub voltage_kv: Option<f64>,
    pub year: Option<u16>,
    pub state: &'static str,
    pub provider: &'static str,
    pub line: Vec<Mm>,
}

pub struct Asset {
    pub network: usize,
    pub kind: &'static str,
    pub material: &'static str,
    pub year: Option<u16>,
    pub state: &'static str,
    pub main: Option<usize>,
    pub at: Mm,
}

#[derive(Default)]
pub struct Mains {
    pub mains: Vec<Main>,
    pub assets: Vec<Asset>,
    /// The main of a street, by network and street.
    of_street: HashMap<(usize, usize), usize>,
    /// By network and place: whether its connections are on record.
    recorded: Vec<[bool; 3]>,
    /// Squares with the segments of mains in service, by network; a segment as a ring of two points.
    near: [Occupied; 3],
}

const PROVIDERS: [&str; 3] = [
    "Servicio municipal de agua (ficticio)",
    "Servicio municipal de agua (ficticio)",
    "ESEMPAT (datos ficticios)",
];

impl Mains {
    pub fn lay(land: &Land, fabric: &Fabric, seed: u64) -> Mains {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0ea7_e125);
        let mut mains = Mains::default();
        for (index, place) in land.places.iter().enumerate() {
            let far = place.kind == "rural" && index % 7 == 3;
            mains.recorded.push([!far, !far, !far && !(place.kind == "rural" && index % 5 == 1)]);
        }
        for (street, line) in fabric.streets.iter().enumerate() {
            let kind = land.places[line.place].kind;
            for network in 0..3 {
                let share = coverage(kind, line.place, network);
                if share > 0.0 && rng.random_bool(share) {
                    let main = street_main(network, kind, &line.name, &line.line, &mut rng);
                    mains.add(main, Some(street), &mut rng);
                }
            }
        }
        for main in feeders(land) {
            mains.add(main, None, &mut rng);
        }
        mains.stations(land);
        mains
    }

    fn add(&mut self, main: Main, street: Option<usize>, rng: &mut ChaCha8Rng) {
        let index = self.mains.len();
        if let Some(street) = street {
            self.of_street.insert((main.network, street), index);
            if main.state == "in_service" {
                let within = REACH_M + 1.0;
                let segments = main.line.windows(2);
                segments.for_each(|s| self.near[main.network].take(marked(s[0], s[1], within)));
            }
        }
        self.assets.extend(street_assets(&main, index, rng));
        self.mains.push(main);
    }

    /// What a lot has: a connection to its street's main, a main within reach, none, or nobody knows.
    pub fn services(&self, place: usize, lot: &Lot, rng: &mut ChaCha8Rng) -> [Service; 3] {
        let mut services = [Service::Unknown; 3];
        for (network, service) in services.iter_mut().enumerate() {
            let main = self.of_street.get(&(network, lot.street)).copied();
            let working = main.filter(|&m| matches!(self.mains[m].state, "in_service" | "damaged"));
            let lucky = rng.random_bool(0.84);
            *service = match working {
                _ if !self.recorded[place][network] => self.beyond_record(network, &lot.ring),
                Some(main) if lucky && !matches!(lot.facility, Some("plaza" | "park")) => {
                    Service::Connected(main)
                }
                _ if self.reaches(network, &lot.ring) => Service::Reachable,
                _ => Service::Unserved,
            };
        }
        services
    }

    /// Fields have no record of connections; a main within reach is a fact all the same.
    pub fn rural_services(&self, ring: &Ring) -> [Service; 3] {
        [0, 1, 2].map(|network| self.beyond_record(network, ring))
    }

    fn beyond_record(&self, network: usize, ring: &Ring) -> Service {
        if self.reaches(network, ring) { Service::Reachable } else { Service::Unknown }
    }

    fn reaches(&self, network: usize, ring: &Ring) -> bool {
        self.near[network].near(ring).any(|shape| {
            let (a, b) = (shape[4], shape[5]);
            ring_segment(ring, a, b) <= REACH_M * 1000.0
        })
    }

    /// Places whose connections are on record, by network.
    pub fn recorded_places(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        self.recorded.iter().enumerate().filter(move |(_, known)| known[network]).map(|(place, _)| place)
    }

    fn stations(&mut self, land: &Land) {
        for (index, place) in land.places.iter().enumerate().filter(|(_, p)| p.kind == "urban") {
            let year = Some(1985 + (index % 30) as u16);
            let at = place.at.moved(620_000, 480_000);
            self.assets.push(Asset {
                network: 0,
                kind: "reservoir",
                material: "concreto",
                year,
                state: "in_service",
                main: None,
                at,
            });
            if index == 0 {
                let at = place.at.moved(-900_000, -1_500_000);
                self.assets.push(Asset {
                    network: 1,
                    kind: "treatment_lagoon",
                    material: "tierra",
                    year,
                    state: "damaged",
                    main: None,
                    at,
                });
                let at = place.at.moved(-560_000, 620_000);
                self.assets.push(Asset {
                    network: 2,
                    kind: "substation",
                    material: "acero",
                    year,
                    state: "in_service",
                    main: None,
                    at,
                });
            }
        }
    }
}

/// A segment's reach as a convex ring, its two ends kept behind it.
fn marked(a: Mm, b: Mm, within_m: f64) -> Ring {
    let mut ring = corridor(a, b, within_m);
    ring.extend([a, b]);
    ring
}

/// Part of a place's streets that have the network.
fn coverage(kind: &str, place: usize, network: usize) -> f64 {
    match (kind, network) {
        ("expansion", _) => 0.0,
        ("urban", 0) => 0.93,
        ("urban", 1) => 0.84,
        ("urban", _) => 0.97,
        (_, 0) if place % 2 == 0 => 0.85,
        (_, 2) if place % 6 != 5 => 0.9,
        _ => 0.0,
    }
}

fn street_main(network: usize, kind: &str, street: &str, line: &[Mm], rng: &mut ChaCha8Rng) -> Main {
    let state = match rng.random_range(0..100) {
        0..86 => "in_service",
        86..92 => "damaged",
        92..97 => "planned",
        _ => "unknown",
    };
    let year = (!matches!(state, "planned" | "unknown")).then(|| rng.random_range(1972..2023));
    let old = year.is_some_and(|year: u16| year < 1992);
    let (kind_of, material, diameter_mm, voltage_kv, away) = match network {
        0 => (
            "distribution",
            if old { "asbesto-cemento" } else { "PVC" },
            Some([63, 90, 110][rng.random_range(0..3)]),
            None,
            2.2,
        ),
        1 => (
            "collector",
            if old { "concreto" } else { "PVC" },
            Some([160, 200, 250][rng.random_range(0..3)]),
            None,
            0.0,
        ),
        _ => ("low_voltage", if kind == "rural" { "aluminio" } else { "cobre" }, None, Some(0.22), -3.0),
    };
    let provider = if network == 0 && kind == "rural" { "JASS (ficticia)" } else { PROVIDERS[network] };
    let network_name = ["Agua", "Desagüe", "Red secundaria"][network];
    Main {
        network,
        kind: kind_of,
        name: format!("{network_name} {street}"),
        material,
        diameter_mm,
        voltage_kv,
        year,
        state,
        provider,
        line: offset(line, away),
    }
}

/// The Upaca network and its branches along the roads, the river crossing of the water supply, and the
/// high-voltage line.
fn feeders(land: &Land) -> Vec<Main> {
    let feeder =
        |network: usize, kind, name: &str, material, size: (Option<u16>, Option<f64>), year, line| Main {
            network,
            kind,
            name: name.to_owned(),
            material,
            diameter_mm: size.0,
            voltage_kv: size.1,
            year: Some(year),
            state: "in_service",
            provider: PROVIDERS[network],
            line,
        };
    let mut feeders = vec![feeder(
        2,
        "high_voltage",
        "Línea 220 kV (ficticia)",
        "aluminio",
        (None, Some(220.0)),
        1998,
        super::defects::high_voltage(land),
    )];
    for (index, road) in land.roads.iter().enumerate().filter(|(_, road)| road.category == "local") {
        let name = if road.code == "R-02" { "Red Upaca".to_owned() } else { format!("Ramal {}", road.name) };
        let year = 1990 + (index % 25) as u16;
        feeders.push(feeder(
            2,
            "medium_voltage",
            &name,
            "aluminio",
            (None, Some(10.0)),
            year,
            offset(&road.line, 7.0),
        ));
    }
    let town = land.places[0].at;
    let main = vec![town.moved(620_000, 480_000), town.moved(300_000, 260_000), town.moved(60_000, 40_000)];
    feeders.push(feeder(
        0,
        "transmission",
        "Línea de conducción del reservorio",
        "fierro fundido",
        (Some(250), None),
        1984,
        main,
    ));
    let outfall = vec![
        town.moved(-480_000, -300_000),
        town.moved(-700_000, -900_000),
        town.moved(-900_000, -1_500_000),
    ];
    feeders.push(feeder(
        1,
        "outfall",
        "Emisor a la laguna de oxidación",
        "concreto",
        (Some(400), None),
        1986,
        outfall,
    ));
    feeders
}

fn street_assets(main: &Main, index: usize, rng: &mut ChaCha8Rng) -> Vec<Asset> {
    let asset = |kind, material, at| Asset {
        network: main.network,
        kind,
        material,
        year: main.year,
        state: main.state,
        main: Some(index),
        at,
    };
    let first = main.line[0];
    match main.kind {
        "distribution" => {
            let mut assets = vec![asset("valve", "fierro", first)];
            if rng.random_bool(0.35) {
                assets.push(asset("hydrant", "fierro", main.line[main.line.len() / 2].moved(1_500, 1_500)));
            }
            assets
        }
        "collector" => main.line.iter().map(|&at| asset("manhole", "concreto", at)).collect(),
        "low_voltage" => {
            let mut assets: Vec<Asset> =
                along(&main.line, 45.0).into_iter().map(|at| asset("pole", "concreto", at)).collect();
            if rng.random_bool(0.14) {
                assets.push(asset("transformer", "acero", first.moved(1_000, 0)));
            }
            assets
        }
        "medium_voltage" => {
            along(&main.line, 120.0).into_iter().map(|at| asset("pole", "madera", at)).collect()
        }
        "high_voltage" => {
            along(&main.line, 400.0).into_iter().map(|at| asset("tower", "acero", at)).collect()
        }
        _ => Vec::new(),
    }
}

/// Points every so many metres along a line, its first point included.
pub fn along(line: &[Mm], step_m: f64) -> Vec<Mm> {
    let mut points = Vec::new();
    let mut next = 0.0;
    let mut run = 0.0;
    for pair in line.windows(2) {
        let length = pair[0].distance(pair[1]).max(1.0);
        while next <= run + length {
            points.push(pair[0].towards(pair[1], (next - run) / length));
            next += step_m * 1000.0;
        }
        run += length;
    }
    points
}
