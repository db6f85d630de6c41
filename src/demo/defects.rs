//! What is deliberately wrong, lot by lot in sector 99, block 001: the catalogue `gis-data/defects.csv` says
//! what each is and which finding is expected; the lot's number is the defect's.

use anyhow::{Context, Result};

use super::fields::Field;
use super::geography::{HALF_BED_M, INACTIVE_REACH, Land};
use super::mm::{Mm, Ring, area_m2, edges, offset};
use super::urban::Fabric;

/// One line of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Stable name, `D01`…
    pub id: &'static str,
    /// Lot in sector 99, block 001.
    pub lot: u16,
    pub class: &'static str,
    pub what: &'static str,
    /// The titling check (`T03`…) or rule that must speak.
    pub finding: &'static str,
}

/// The catalogue of `gis-data/defects.csv`.
pub fn catalogue() -> Vec<Entry> {
    include_str!("../../gis-data/defects.csv")
        .lines()
        .skip(1)
        .filter_map(|row| {
            let mut fields = row.splitn(5, ',');
            let (id, code) = (fields.next()?, fields.next()?);
            Some(Entry {
                id,
                lot: code.get(code.len().checked_sub(3)?..)?.parse().ok()?,
                class: fields.next()?,
                finding: fields.next()?,
                what: fields.next()?,
            })
        })
        .collect()
}

/// A defective lot: polygons in metres, because one of them leaves the millimetre grid.
pub struct Defect {
    pub entry: Entry,
    pub polygons: Vec<Vec<Vec<(f64, f64)>>>,
    pub building: Option<Ring>,
    pub registered_factor: f64,
    pub has_holder: bool,
    pub has_case: bool,
}

/// Hills north of the town that stay free for lots that need no neighbour.
pub fn site(land: &Land) -> Ring {
    let corner = land.places[0].at.moved(900_000, 3_700_000);
    rectangle(corner, 460.0, 160.0)
}

fn rectangle(corner: Mm, width_m: f64, depth_m: f64) -> Ring {
    let (w, d) = ((width_m * 1000.0) as i64, (depth_m * 1000.0) as i64);
    vec![corner, corner.moved(w, 0), corner.moved(w, d), corner.moved(0, d)]
}

/// Every defect of the catalogue on this land and fabric.
pub fn make(land: &Land, fabric: &Fabric, fields: &[Field]) -> Result<Vec<Defect>> {
    catalogue().into_iter().map(|entry| one(entry, land, fabric, fields)).collect()
}

fn one(entry: Entry, land: &Land, fabric: &Fabric, fields: &[Field]) -> Result<Defect> {
    let mut defect = Defect {
        polygons: Vec::new(),
        building: None,
        registered_factor: 1.0,
        has_holder: true,
        has_case: false,
        entry,
    };
    let number = i64::from(defect.entry.lot);
    // Room for each lot of its own on the site, 24 m apart.
    let own = site(land)[0].moved(6_000 + number % 18 * 24_000, 8_000 + number / 18 * 60_000);
    let lot = rectangle(own, 10.0, 20.0);
    let house =
        fabric.blocks.iter().find(|b| b.place == 0 && b.lots.len() > 8).context("a block of the town")?;
    let agreed = &house.lots[house.lots.len() / 2];
    let beside = |part: f64, from_bank_m: f64| {
        let reach = land.reach(part, part + 0.02);
        let line = offset(reach, HALF_BED_M + from_bank_m);
        rectangle(line[line.len() / 2], 8.0, 8.0)
    };
    let rings: Vec<Ring> = match defect.entry.class {
        "overlap_agreed" => vec![agreed.ring.iter().map(|p| p.moved(2_000, 1_000)).collect()],
        "overlap_provisional" => vec![rectangle(pair_base(land, number, 3_000), 10.0, 20.0)],
        "duplicate" => vec![rectangle(site(land)[0].moved(6_000, 130_000), 10.0, 20.0)],
        "sliver_gap" => vec![rectangle(pair_base(land, number, -200), 10.0, 20.0)],
        "river_margin" => vec![beside(0.12, 1.5)],
        "river_bed" => vec![beside(0.12, -40.0)],
        "inactive_bed" => vec![beside(f64::midpoint(INACTIVE_REACH.0, INACTIVE_REACH.1), 30.0)],
        "hazard_not_mitigable" => vec![beside(0.07, 45.0)],
        "hazard_mitigable" => vec![beside(0.16, 45.0)],
        "outside_district" => vec![rectangle(limit(land, -60.0), 10.0, 20.0)],
        "crossing_limit" => vec![rectangle(limit(land, 0.0).moved(-5_000, -10_000), 10.0, 20.0)],
        "unmatched_corner" => vec![abutting(&agreed.ring, &house.ring).context("a lot on the street")?],
        "archaeological" => vec![rectangle(archaeological_sites(land)[0].1, 10.0, 20.0)],
        "not_studied" => vec![rectangle(land.places[0].at.moved(11_000_000, 12_500_000), 10.0, 20.0)],
        "beach" => vec![rectangle(offset(&land.coast, 30.0)[land.coast.len() / 2], 10.0, 10.0)],
        "road_right_of_way" => vec![rectangle(offset(&land.roads[0].line, 8.0)[4], 6.0, 6.0)],
        "power_easement" => vec![rectangle(high_voltage(land)[1].moved(-4_000, 0), 8.0, 12.0)],
        "public_space" => vec![shrunk(&fabric.blocks.iter().find(|b| b.place == 0).context("a plaza")?.ring)],
        "old_datum" => vec![agreed.ring.iter().map(|p| p.moved(220_240, 370_800)).collect()],
        "spike" => vec![with_after(&lot, 1, &[(lot[1].x + 25_000, lot[1].y + 5), (lot[1].x, lot[1].y + 20)])],
        "self_touching" => vec![with_after(
            &lot,
            1,
            &[(lot[1].x, lot[1].y + 6_000), (lot[0].x, lot[0].y + 6_000), (lot[1].x, lot[1].y + 12_000)],
        )],
        "self_crossing" => vec![vec![lot[0], lot[1], lot[3], lot[2]]],
        "short_side" => vec![with_after(&lot, 1, &[(lot[1].x, lot[1].y + 6)])],
        "overlap_rural" => {
            vec![fields.first().context("a field")?.ring.iter().map(|p| p.moved(5_000, 0)).collect()]
        }
        _ => vec![lot.clone()],
    };
    defect.polygons = rings.iter().map(|ring| vec![metres(ring)]).collect();
    special(&mut defect, &lot);
    Ok(defect)
}

/// What more than one ring on the grid says.
fn special(defect: &mut Defect, lot: &Ring) {
    match defect.entry.class {
        "area_beyond_tolerance" => defect.registered_factor = 1.08,
        "off_grid" => defect.polygons[0][0][2].0 += 0.000_4,
        "building_outside" => {
            defect.building = Some(lot.iter().map(|p| p.moved(2_500, 1_000)).collect());
        }
        "missing_holder" => defect.has_holder = false,
        "case_pending" => defect.has_case = true,
        "multipart" => defect.polygons.push(vec![metres(&rectangle(lot[0].moved(13_000, 0), 6.0, 20.0))]),
        "hole" => {
            let mut hole = metres(&rectangle(lot[0].moved(3_000, 5_000), 4.0, 4.0));
            hole.reverse();
            defect.polygons[0].push(hole);
        }
        "no_polygon" => defect.polygons.clear(),
        _ => {}
    }
}

impl Defect {
    /// The area that a register without the defect would say, in square metres.
    pub fn plane_area_m2(&self) -> f64 {
        let Some(outer) = self.polygons.first().and_then(|rings| rings.first()) else { return 200.0 };
        let ring: Ring = outer.iter().map(|&(e, n)| Mm::from_m(e, n)).collect();
        area_m2(&ring).abs().max(50.0)
    }

    /// `SRID=32718;MULTIPOLYGON(…)`, or nothing.
    pub fn ewkt(&self) -> Option<String> {
        if self.polygons.is_empty() {
            return None;
        }
        let ring = |points: &Vec<(f64, f64)>| {
            let closed = points.iter().chain(points.first());
            let list: Vec<String> = closed.map(|(e, n)| format!("{e} {n}")).collect();
            format!("({})", list.join(","))
        };
        let polygon = |rings: &Vec<Vec<(f64, f64)>>| {
            format!("({})", rings.iter().map(ring).collect::<Vec<_>>().join(","))
        };
        let polygons: Vec<String> = self.polygons.iter().map(polygon).collect();
        Some(format!("SRID=32718;MULTIPOLYGON({})", polygons.join(",")))
    }
}

fn metres(ring: &Ring) -> Vec<(f64, f64)> {
    ring.iter().map(|p| p.metres()).collect()
}

/// Two lots side by side that overlap by so many millimetres (a gap where negative); odd and even numbers.
fn pair_base(land: &Land, number: i64, overlap_mm: i64) -> Mm {
    let at = site(land)[0].moved(60_000 + (number / 2 % 5) * 60_000, 130_000);
    if number % 2 == 0 { at } else { at.moved(10_000 - overlap_mm, 0) }
}

/// A point on the district's north-western limit, moved inwards by so many metres.
fn limit(land: &Land, inward_m: f64) -> Mm {
    let (a, b) = (land.outline[land.outline.len() - 1], land.outline[0]);
    let west = edges(&land.outline).min_by_key(|(p, q)| p.x.min(q.x) + p.x.max(q.x)).unwrap_or((a, b));
    offset(&[west.0, west.1], inward_m)[0].towards(offset(&[west.0, west.1], inward_m)[1], 0.4)
}

/// A lot in the street that abuts an agreed lot's front and puts a corner in the middle of it.
fn abutting(lot: &Ring, block: &Ring) -> Option<Ring> {
    let on_street = |edge: &(Mm, Mm)| edges(block).any(|side| side == *edge);
    let (a, b) = edges(lot).find(on_street)?;
    let outer = offset(&[a, b], -3.0);
    Some(vec![a, outer[0], outer[1], b, a.towards(b, 0.5)])
}

fn shrunk(ring: &Ring) -> Ring {
    let centre = super::mm::middle(ring);
    ring.iter().map(|p| centre.towards(*p, 0.3)).collect()
}

fn with_after(ring: &Ring, index: usize, points: &[(i64, i64)]) -> Ring {
    let mut ring = ring.clone();
    let more = points.iter().map(|&(x, y)| Mm { x, y });
    ring.splice(index + 1..=index, more);
    ring
}

/// Where the four archaeological areas lie: their settlements are published, the polygons are invented.
pub fn archaeological_sites(land: &Land) -> Vec<(&'static str, Mm)> {
    [
        ("0014", "Upaca", (420, 380)),
        ("0016", "Puntizuela", (330, 330)),
        ("0011", "Pampas San Jose", (-480, 300)),
        ("0012", "Carreteria", (300, 350)),
    ]
    .iter()
    .filter_map(|(code, name, (dx, dy))| {
        let place = land.places.iter().find(|place| place.code == *code)?;
        Some((*name, place.at.moved(dx * 1000, dy * 1000)))
    })
    .collect()
}

/// An invented 220 kV line from the coast road to the east, north of the valley's settlements.
pub fn high_voltage(land: &Land) -> Vec<Mm> {
    let at = land.places[0].at;
    [(-2_300, 2_100), (-700, 1_900), (1_650, 2_500), (3_900, 6_400), (9_000, 10_800)]
        .map(|(dx, dy)| at.moved(dx * 1000, dy * 1000))
        .to_vec()
}
