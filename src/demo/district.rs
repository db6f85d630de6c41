//! One district put together: every parcel with what its registers say.

use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::defects::{self, Defect};
use super::fields::{self, Field};
use super::geography::Land;
use super::mm::{Mm, Ring, area_m2, middle};
use super::networks::{Mains, Service};
use super::urban::{self, Fabric};

/// What holders have in a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tenure {
    Nothing,
    Ownership,
    Possession,
    /// Public equipment.
    Public,
}

pub struct Parcel {
    pub code: String,
    pub rural: bool,
    /// Index into the fabric's blocks; none for rural parcels and defects.
    pub block: Option<usize>,
    pub place: usize,
    pub lot: Option<u16>,
    /// The polygon of an agreed parcel; a provisional one has its defect.
    pub ring: Ring,
    pub defect: Option<usize>,
    pub use_: &'static str,
    pub address: String,
    pub street: Option<usize>,
    pub house_number: Option<usize>,
    pub registered_area_m2: Option<f64>,
    pub declared_area_m2: Option<f64>,
    pub building: Option<Building>,
    pub facility: Option<&'static str>,
    pub front: Mm,
    pub tenure: Tenure,
    /// Parts of the holders: how many equal shares.
    pub shares: u8,
    pub usufruct: bool,
    pub titling: &'static str,
    pub services: [Service; 3],
    pub group: usize,
}

pub struct Building {
    pub ring: Ring,
    pub floors: u8,
    pub material: &'static str,
    pub built_year: u16,
}

pub struct District {
    pub ubigeo: String,
    pub name: String,
    pub province: String,
    pub department: String,
    pub invented: bool,
    pub land: Land,
    pub fabric: Fabric,
    pub fields: Vec<Field>,
    pub defects: Vec<Defect>,
    pub mains: Mains,
    pub parcels: Vec<Parcel>,
}

/// Rural parcels of a district with so many parcels in all.
fn rural_share(parcels: usize) -> usize {
    (parcels * 3 / 22).min(4_500)
}

/// The `number`-th district: Pativilca, then invented ones beside it.
pub fn make(number: usize, parcels: usize, seed: u64) -> Result<District> {
    let home = number == 0;
    let seed = seed.wrapping_add(number as u64 * 7_919);
    let (column, row) = ((number % 6) as i64, (number / 6) as i64);
    let mut land = Land::sketched()?.moved(column * 30_000_000, row * -26_000_000);
    let ubigeo = if home { "150203".to_owned() } else { format!("99{number:04}") };
    if !home {
        land.places.iter_mut().for_each(|place| {
            place.name = format!("{} (ficticio {ubigeo})", place.name);
            place.invented = true;
        });
    }
    let wrong = defects::catalogue().len();
    let (fabric, fields) = laid_out(&land, parcels.saturating_sub(wrong), seed);
    let defects = defects::make(&land, &fabric, &fields)?;
    let mains = Mains::lay(&land, &fabric, seed);
    let mut district = District {
        name: if home { "Pativilca".to_owned() } else { format!("Distrito Ficticio {ubigeo}") },
        province: if home { "Barranca" } else { "Provincia Ficticia" }.to_owned(),
        department: if home { "Lima" } else { "Departamento Ficticio" }.to_owned(),
        invented: !home,
        ubigeo,
        land,
        fabric,
        fields,
        defects,
        mains,
        parcels: Vec::with_capacity(parcels),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x00c0_ffee);
    district.parcels = urban_parcels(&district, &mut rng);
    let rural = rural_parcels(&district, &mut rng);
    district.parcels.extend(rural);
    let wrong = defective_parcels(&district);
    district.parcels.extend(wrong);
    Ok(district)
}

/// Lots and fields, so many in all. A large town eats fields: what is missing becomes lots.
fn laid_out(land: &Land, parcels: usize, seed: u64) -> (Fabric, Vec<Field>) {
    let mut urban_target = parcels.saturating_sub(rural_share(parcels) + 16);
    for _ in 0..4 {
        let fabric = urban::lay_out(land, urban_target, seed);
        let fields = fields::lay_out(land, &fabric, parcels.saturating_sub(fabric.lot_count), seed);
        let missing = parcels.saturating_sub(fabric.lot_count + fields.len());
        if missing == 0 {
            return (fabric, fields);
        }
        urban_target += missing + missing / 4;
    }
    let fabric = urban::lay_out(land, urban_target, seed);
    let fields = fields::lay_out(land, &fabric, parcels.saturating_sub(fabric.lot_count), seed);
    (fabric, fields)
}

fn urban_parcels(district: &District, rng: &mut ChaCha8Rng) -> Vec<Parcel> {
    let mut parcels = Vec::with_capacity(district.fabric.lot_count);
    for (index, block) in district.fabric.blocks.iter().enumerate() {
        let place = &district.land.places[block.place];
        let expansion = place.kind == "expansion";
        for (k, lot) in block.lots.iter().enumerate() {
            let number = k as u16 + 1;
            let street = &district.fabric.streets[lot.street];
            let address = if expansion {
                format!("Mz. {} Lt. {number}, {}", block.label(), place.name)
            } else {
                format!("{} N° {}, {}", street.name, lot.house_number, place.name)
            };
            let area = area_m2(&lot.ring);
            let titling = urban_titling(lot.facility.is_some(), expansion, place.kind, rng);
            let services = district.mains.services(block.place, lot, rng);
            parcels.push(Parcel {
                code: format!("{}{:02}{:03}{number:03}", district.ubigeo, block.sector, block.number),
                rural: false,
                block: Some(index),
                place: block.place,
                lot: Some(number),
                use_: urban_use(lot.facility, lot.footprint.is_some(), block.on_avenue, rng),
                address,
                street: Some(lot.street),
                house_number: (!expansion).then_some(lot.house_number),
                registered_area_m2: (titling == "titled").then(|| area * rng.random_range(0.996..1.004)),
                declared_area_m2: rng.random_bool(0.85).then(|| area * rng.random_range(0.985..1.015)),
                building: lot.footprint.as_ref().map(|ring| building(ring.clone(), place.kind, rng)),
                facility: lot.facility,
                front: lot.front,
                tenure: tenure(lot.facility.is_some(), titling, rng),
                shares: shares(rng),
                usufruct: titling == "titled" && lot.facility.is_none() && rng.random_bool(0.01),
                ring: lot.ring.clone(),
                defect: None,
                titling,
                services,
                group: 0,
            });
        }
    }
    parcels
}

fn urban_titling(public: bool, expansion: bool, kind: &str, rng: &mut ChaCha8Rng) -> &'static str {
    let p: f64 = rng.random();
    match (public, expansion, kind) {
        (true, _, _) => "no_data",
        (_, true, _) => ["in_process", "none", "no_data"][usize::from(p > 0.25) + usize::from(p > 0.7)],
        (_, _, "urban") if p < 0.58 => "titled",
        (_, _, "urban") if p < 0.70 => "in_process",
        (_, _, "urban") if p < 0.87 => "none",
        (_, _, "rural") if p < 0.34 => "titled",
        (_, _, "rural") if p < 0.55 => "in_process",
        (_, _, "rural") if p < 0.80 => "none",
        _ => "no_data",
    }
}

fn tenure(public: bool, titling: &str, rng: &mut ChaCha8Rng) -> Tenure {
    match titling {
        _ if public => Tenure::Public,
        "titled" => Tenure::Ownership,
        "no_data" if rng.random_bool(0.5) => Tenure::Nothing,
        _ => Tenure::Possession,
    }
}

fn shares(rng: &mut ChaCha8Rng) -> u8 {
    match rng.random_range(0..100) {
        0..58 => 1,
        58..90 => 2,
        90..97 => 3,
        _ => 7,
    }
}

fn urban_use(facility: Option<&str>, built: bool, avenue: bool, rng: &mut ChaCha8Rng) -> &'static str {
    match facility {
        Some("school") => "educación",
        Some("market") => "comercio",
        Some("health_centre" | "health_post") => "salud",
        Some(_) => "recreación pública",
        None if !built => "terreno sin construir",
        None if rng.random_bool(if avenue { 0.4 } else { 0.04 }) => "vivienda-comercio",
        None if rng.random_bool(0.02) => "taller",
        None => "vivienda",
    }
}

fn building(ring: Ring, kind: &str, rng: &mut ChaCha8Rng) -> Building {
    let (floors, materials): (u8, &[&'static str]) = match kind {
        "urban" => ([1, 1, 2, 2, 3][rng.random_range(0..5)], &["ladrillo", "ladrillo", "ladrillo", "adobe"]),
        "rural" => (1, &["adobe", "adobe", "ladrillo", "quincha"]),
        _ => (1, &["estera", "madera", "madera", "ladrillo"]),
    };
    let material = materials[rng.random_range(0..materials.len())];
    Building {
        ring,
        floors: if matches!(material, "ladrillo") { floors } else { 1 },
        material,
        built_year: rng.random_range(if kind == "expansion" { 2012..2022 } else { 1955..2022 }),
    }
}

fn rural_parcels(district: &District, rng: &mut ChaCha8Rng) -> Vec<Parcel> {
    let crops = ["cultivo de caña", "cultivo de maíz", "cultivo de ají", "frutales", "alfalfa"];
    let name = |place: usize| &district.land.places[place].name;
    district
        .fields
        .iter()
        .enumerate()
        .map(|(k, field)| {
            let area = area_m2(&field.ring);
            let titling = ["titled", "titled", "none", "no_data", "in_process", "titled", "no_data", "none"]
                [rng.random_range(0..8)];
            let front = middle(&field.ring);
            Parcel {
                // F for ficticio: no cadastral unit of the ministry looks like this.
                code: format!("UC-F{:05}", k + 1),
                rural: true,
                block: None,
                place: field.place,
                lot: None,
                ring: field.ring.clone(),
                defect: None,
                use_: crops[rng.random_range(0..crops.len())],
                address: format!("Valle, sector {}", name(field.place)),
                street: None,
                house_number: None,
                registered_area_m2: (titling == "titled").then(|| area * rng.random_range(0.985..1.015)),
                declared_area_m2: rng.random_bool(0.7).then(|| area * rng.random_range(0.95..1.05)),
                building: None,
                facility: None,
                tenure: tenure(false, titling, rng),
                shares: shares(rng),
                usufruct: titling == "titled" && rng.random_bool(0.02),
                titling,
                services: district.mains.rural_services(&field.ring),
                front,
                group: field.group,
            }
        })
        .collect()
}

fn defective_parcels(district: &District) -> Vec<Parcel> {
    district
        .defects
        .iter()
        .enumerate()
        .map(|(index, defect)| {
            let area = defect.plane_area_m2();
            let rural = defect.entry.class == "overlap_rural";
            Parcel {
                code: format!("{}99001{:03}", district.ubigeo, defect.entry.lot),
                rural,
                block: None,
                place: 0,
                lot: Some(defect.entry.lot),
                ring: Vec::new(),
                defect: Some(index),
                use_: if rural { "cultivo de maíz" } else { "vivienda" },
                address: format!("Caso de ensayo {}", defect.entry.id),
                street: None,
                house_number: None,
                registered_area_m2: Some(area * defect.registered_factor),
                declared_area_m2: Some(area),
                building: defect.building.clone().map(|ring| Building {
                    ring,
                    floors: 1,
                    material: "ladrillo",
                    built_year: 2015,
                }),
                facility: None,
                front: Mm { x: 0, y: 0 },
                tenure: if defect.has_holder { Tenure::Possession } else { Tenure::Nothing },
                shares: 1,
                usufruct: false,
                titling: if defect.has_case { "in_process" } else { "none" },
                services: [Service::Unknown; 3],
                group: 0,
            }
        })
        .collect()
}

impl District {
    /// A hash over every polygon and what is said of it: the same seed and size give the same.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for parcel in &self.parcels {
            hash.update(parcel.code.as_bytes());
            hash.update(parcel.use_.as_bytes());
            hash.update(parcel.titling.as_bytes());
            for p in &parcel.ring {
                hash.update(p.x.to_le_bytes());
                hash.update(p.y.to_le_bytes());
            }
        }
        hex::encode(hash.finalize())
    }
}
