//! A district into the database, in one transaction.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, PgConnection};

use super::copy::copy;
use super::district::{District, Parcel, Tenure};
use super::mm::{Mm, Ring, area_m2, hull, write_line, write_multi_polygon, write_point, write_polygon};
use super::networks::{NETWORKS, Service};
use super::people;

/// Rows by table.
pub type Counts = BTreeMap<&'static str, u64>;

/// The first free identifier of every table that the generator numbers itself.
pub struct Bases(BTreeMap<&'static str, i64>);

const NUMBERED: [&str; 18] = [
    "land.settlement",
    "land.block",
    "land.street",
    "land.survey",
    "land.parcel",
    "land.parcel_version",
    "land.property_unit",
    "land.tenure_right",
    "land.tenure_right_version",
    "person.party",
    "utility.line",
    "zoning.plan",
    "zoning.zone_class",
    "zoning.zone",
    "titling.titling_case",
    "land.source",
    "risk.study",
    "land.restriction",
];

impl Bases {
    pub async fn read(connection: &mut PgConnection) -> Result<Bases> {
        let mut bases = BTreeMap::new();
        for table in NUMBERED {
            // Safe SQL: the names are constants.
            let sql = AssertSqlSafe(format!("select coalesce(max(id), 0) + 1 from {table}"));
            bases.insert(table, sqlx::query_scalar(sql).fetch_one(&mut *connection).await?);
        }
        Ok(Bases(bases))
    }

    /// Identifier of the `index`-th row that the generator writes to a numbered table.
    pub fn of(&self, table: &'static str, index: usize) -> i64 {
        self.0.get(table).copied().unwrap_or(1) + index as i64
    }
}

/// `COPY` does not move the sequences; the next insert must not meet our identifiers.
pub async fn advance_sequences(connection: &mut PgConnection) -> Result<()> {
    for table in NUMBERED {
        // Safe SQL: the names are constants.
        let sql = AssertSqlSafe(format!(
            "select setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) is not null) from {table}"
        ));
        sqlx::query(sql).execute(&mut *connection).await.with_context(|| format!("sequence of {table}"))?;
    }
    Ok(())
}

/// The day from which most of the district is in force.
pub const IN_FORCE: &str = "[2019-06-01,)";
const BEFORE: &str = "[2012-03-01,2019-06-01)";

/// The land: settlements, sectors, blocks, streets, roads.
pub async fn land(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let source = "Demostración de Predio: lista del INEI, bosquejo propio";
    sqlx::query(
        "insert into land.district (ubigeo, name, province, department, official_area_km2, source, sharp, fictitious, valid, geom)
         values ($1, $2, $3, $4, $5::float8::numeric, $6, false, $7, '[2010-01-01,)', $8::geometry)",
    )
    .bind(&d.ubigeo)
    .bind(&d.name)
    .bind(&d.province)
    .bind(&d.department)
    .bind((!d.invented).then_some(278.64))
    .bind("Contorno simplificado de gis-data/district.geojson; no es un límite legal")
    .bind(d.invented)
    .bind(polygon_hex(&d.land.outline))
    .execute(&mut *c)
    .await?;
    let places = d.land.places.iter().enumerate();
    let n = copy(c, "land.settlement (id, ubigeo, code, name, kind, population, source, position_is_invented, geom, extent)", places, |(k, place), row| {
        row.put(bases.of("land.settlement", k)).put(&d.ubigeo).text(&place.code).text(&place.name).put(place.kind);
        row.maybe((k == 0 && !d.invented).then_some(11_467)).text(if place.invented { "Demostración: posición inventada" } else { source });
        row.put(place.invented).geom(|out| write_point(out, place.at));
        match d.fabric.extents[k].as_slice() {
            [] => row.null(),
            extent => row.geom(|out| write_multi_polygon(out, &[vec![extent.to_vec()]])),
        };
        row.end();
    })
    .await?;
    counts.insert("land.settlement", n);
    let n = copy(c, "land.sector (ubigeo, code, name, geom)", sectors(d), |(code, name, ring), row| {
        row.put(&d.ubigeo)
            .put(format_args!("{code:02}"))
            .text(&name)
            .geom(|out| write_multi_polygon(out, &[vec![ring]]));
        row.end();
    })
    .await?;
    counts.insert("land.sector", n);
    let blocks = d.fabric.blocks.iter().enumerate();
    let n = copy(
        c,
        "land.block (id, ubigeo, sector_code, code, label, settlement_id, geom)",
        blocks,
        |(k, block), row| {
            row.put(bases.of("land.block", k)).put(&d.ubigeo).put(format_args!("{:02}", block.sector));
            row.put(format_args!("{:03}", block.number))
                .put(block.label())
                .put(bases.of("land.settlement", block.place));
            row.geom(|out| write_multi_polygon(out, &[vec![block.ring.clone()]])).end();
        },
    )
    .await?;
    counts.insert("land.block", n);
    let streets = d.fabric.streets.iter().enumerate();
    let n = copy(
        c,
        "land.street (id, ubigeo, settlement_id, code, name, kind, surface, width_m, geom)",
        streets,
        |(k, street), row| {
            row.put(bases.of("land.street", k)).put(&d.ubigeo).put(bases.of("land.settlement", street.place));
            row.put(format_args!("{:06}", k + 1)).text(&street.name).put(street.kind);
            row.put(if street.paved { "asfalto" } else { "afirmado" }).put(street.width_m);
            row.geom(|out| write_line(out, &street.line)).end();
        },
    )
    .await?;
    counts.insert("land.street", n);
    let n = copy(
        c,
        "land.road (ubigeo, code, name, category, surface, right_of_way_m, geom)",
        &d.land.roads,
        |road, row| {
            row.put(&d.ubigeo).text(&road.code).text(&road.name).put(&road.category);
            row.put(if road.surface == "paved" { "asfalto" } else { "afirmado" }).put(road.right_of_way_m);
            row.geom(|out| write_line(out, &road.line)).end();
        },
    )
    .await?;
    counts.insert("land.road", n);
    Ok(())
}

fn polygon_hex(ring: &Ring) -> String {
    super::mm::hex_multi_polygon(&[vec![ring.clone()]])
}

/// A sector is the hull of its blocks; sector 99 is the site of the deliberate defects.
fn sectors(d: &District) -> Vec<(u8, String, Ring)> {
    let mut corners: BTreeMap<u8, (String, Vec<Mm>)> = BTreeMap::new();
    for block in &d.fabric.blocks {
        let name = &d.land.places[block.place].name;
        let entry = corners.entry(block.sector).or_insert_with(|| (name.clone(), Vec::new()));
        entry.1.extend(&block.ring);
    }
    let mut sectors: Vec<_> =
        corners.into_iter().map(|(code, (name, points))| (code, name, hull(&points))).collect();
    sectors.push((99, "Casos de ensayo".to_owned(), super::defects::site(&d.land)));
    sectors
}

/// Surveys, parcels with their versions, corners, buildings, facilities.
pub async fn parcels(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let survey = [
        "DATOS FICTICIOS: trazado por el programa en una grilla de 1 mm",
        "DATOS FICTICIOS: casos de ensayo",
    ];
    copy(
        c,
        "land.survey (id, ubigeo, method, performed_on, sigma_m, srid_in, note)",
        survey.iter().enumerate(),
        |(k, note), row| {
            row.put(bases.of("land.survey", k))
                .put(&d.ubigeo)
                .put("invented")
                .put("2019-05-15")
                .put("0.05")
                .put(32718)
                .text(note);
            row.end();
        },
    )
    .await?;
    let matrices = matrices(d);
    let all = d.parcels.len() + matrices.len();
    let n = copy(c, "land.parcel (id, ubigeo, code, kind)", 0..all, |k, row| {
        row.put(bases.of("land.parcel", k)).put(&d.ubigeo);
        match d.parcels.get(k) {
            Some(parcel) => row.text(&parcel.code).put(if parcel.rural { "rural" } else { "urban" }),
            None => row.text(&matrices[k - d.parcels.len()].code).put("urban"),
        };
        row.end();
    })
    .await?;
    counts.insert("land.parcel", n);
    let columns = "land.parcel_version (id, parcel_id, ubigeo, valid, fabric_state, settlement_id, sector_code, block_id, block_code, \
        lot_code, use, address, street_id, house_number, registered_area_m2, declared_area_m2, survey_id, geom)";
    let mut version = 0;
    let items = d.parcels.iter().enumerate().flat_map(|(k, parcel)| {
        let changed = k % 97 == 5 && parcel.defect.is_none();
        let periods: &[(&str, bool)] =
            if changed { &[(BEFORE, true), (IN_FORCE, false)] } else { &[(IN_FORCE, false)] };
        periods.iter().map(move |&(valid, earlier)| (k, parcel, valid, earlier))
    });
    let mut n = copy(c, columns, items, |(k, parcel, valid, earlier), row| {
        row.put(bases.of("land.parcel_version", version))
            .put(bases.of("land.parcel", k))
            .put(&d.ubigeo)
            .put(valid);
        version += 1;
        write_version(row, d, parcel, bases, earlier);
        row.end();
    })
    .await?;
    n += copy(c, columns, matrices.iter().enumerate(), |(k, matrix), row| {
        let block = &d.fabric.blocks[matrix.block];
        row.put(bases.of("land.parcel_version", version))
            .put(bases.of("land.parcel", d.parcels.len() + k))
            .put(&d.ubigeo);
        version += 1;
        row.put(BEFORE)
            .put("agreed")
            .put(bases.of("land.settlement", block.place))
            .put(format_args!("{:02}", block.sector));
        row.put(bases.of("land.block", matrix.block)).put(format_args!("{:03}", block.number)).put("900");
        row.text("predio matriz")
            .null()
            .null()
            .null()
            .area(Some(area_m2(&block.ring)))
            .null()
            .put(bases.of("land.survey", 0));
        row.geom(|out| write_multi_polygon(out, &[vec![block.ring.clone()]])).end();
    })
    .await?;
    counts.insert("land.parcel_version", n);
    lineage(c, d, &matrices, bases, counts).await?;
    corners(c, d, bases, counts).await?;
    buildings(c, d, bases, counts).await
}

fn write_version(row: &mut super::copy::Rows, d: &District, parcel: &Parcel, bases: &Bases, earlier: bool) {
    row.put(if parcel.defect.is_some() { "provisional" } else { "agreed" });
    row.put(bases.of("land.settlement", parcel.place));
    match parcel.block.map(|index| (index, &d.fabric.blocks[index])) {
        Some((index, block)) => {
            row.put(format_args!("{:02}", block.sector)).put(bases.of("land.block", index));
            row.put(format_args!("{:03}", block.number));
        }
        None if parcel.rural => {
            row.null().null().null();
        }
        None => {
            row.put("99").null().put("001");
        }
    }
    row.maybe(parcel.lot.map(|lot| format!("{lot:03}")));
    row.text(if earlier && !parcel.rural { "terreno sin construir" } else { parcel.use_ });
    row.text(&parcel.address).maybe(parcel.street.map(|street| bases.of("land.street", street)));
    row.maybe(parcel.house_number).area(parcel.registered_area_m2).area(parcel.declared_area_m2);
    row.put(bases.of("land.survey", usize::from(parcel.defect.is_some())));
    match parcel.defect {
        None => row.geom(|out| write_multi_polygon(out, &[vec![parcel.ring.clone()]])),
        Some(index) => row.maybe(d.defects[index].ewkt()),
    };
}

/// The land that a block was before it was divided.
struct Matrix {
    code: String,
    block: usize,
}

/// One divided block in each settlement that has several.
fn matrices(d: &District) -> Vec<Matrix> {
    let divided =
        d.fabric.blocks.iter().enumerate().filter(|(_, block)| block.ordinal == 3 && block.lots.len() > 1);
    divided
        .map(|(index, block)| Matrix {
            code: format!("{}{:02}{:03}900", d.ubigeo, block.sector, block.number),
            block: index,
        })
        .collect()
}

async fn lineage(
    c: &mut PgConnection,
    d: &District,
    matrices: &[Matrix],
    bases: &Bases,
    counts: &mut Counts,
) -> Result<()> {
    let parent: BTreeMap<usize, usize> =
        matrices.iter().enumerate().map(|(k, m)| (m.block, d.parcels.len() + k)).collect();
    let children =
        d.parcels.iter().enumerate().filter_map(|(k, parcel)| Some((parent.get(&parcel.block?)?, k)));
    let columns = "land.lineage (parent_parcel_id, child_parcel_id, operation, effective_on)";
    let n = copy(c, columns, children, |(parent, child), row| {
        row.put(bases.of("land.parcel", *parent))
            .put(bases.of("land.parcel", child))
            .put("split")
            .put("2019-06-01")
            .end();
    })
    .await?;
    counts.insert("land.lineage", n);
    Ok(())
}

async fn corners(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let mut seen: HashSet<Mm> = HashSet::new();
    let agreed = d.parcels.iter().flat_map(|parcel| parcel.ring.iter().copied());
    let places: Vec<Mm> = agreed.filter(|&p| seen.insert(p)).collect();
    drop(seen);
    let columns = "land.corner (ubigeo, x_mm, y_mm, method, sigma_m, measured_on, survey_id)";
    let n = copy(c, columns, places, |p, row| {
        row.put(&d.ubigeo)
            .put(p.x)
            .put(p.y)
            .put("invented")
            .put("0.05")
            .put("2019-05-15")
            .put(bases.of("land.survey", 0))
            .end();
    })
    .await?;
    counts.insert("land.corner", n);
    Ok(())
}

async fn buildings(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let built =
        d.parcels.iter().enumerate().filter_map(|(k, parcel)| Some((k, parcel, parcel.building.as_ref()?)));
    let n = copy(
        c,
        "land.building (ubigeo, parcel_id, floors, material, use, state, built_year, geom)",
        built,
        |(k, parcel, building), row| {
            row.put(&d.ubigeo)
                .put(bases.of("land.parcel", k))
                .put(building.floors)
                .put(building.material)
                .text(parcel.use_);
            row.put(if building.built_year < 1975 {
                "malo"
            } else if building.built_year < 2000 {
                "regular"
            } else {
                "bueno"
            });
            row.put(building.built_year).geom(|out| write_polygon(out, &building.ring)).end();
        },
    )
    .await?;
    counts.insert("land.building", n);
    let public = d.parcels.iter().enumerate().filter_map(|(k, parcel)| Some((k, parcel, parcel.facility?)));
    let n = copy(
        c,
        "land.facility (ubigeo, kind, name, level, parcel_id, settlement_id, state, geom)",
        public,
        |(k, parcel, kind), row| {
            let place = &d.land.places[parcel.place].name;
            let (name, level) = facility_name(kind);
            row.put(&d.ubigeo)
                .put(kind)
                .text(&format!("{name} de {place} (ficticio)"))
                .maybe(level)
                .put(bases.of("land.parcel", k));
            row.put(bases.of("land.settlement", parcel.place)).put("in_service");
            row.geom(|out| write_point(out, super::mm::middle(&parcel.ring))).end();
        },
    )
    .await?;
    counts.insert("land.facility", n);
    Ok(())
}

fn facility_name(kind: &str) -> (&'static str, Option<&'static str>) {
    match kind {
        "plaza" => ("Plaza principal", None),
        "park" => ("Parque", None),
        "market" => ("Mercado", None),
        "school" => ("Institución educativa", Some("E1")),
        "health_centre" => ("Centro de salud", Some("H2")),
        _ => ("Puesto de salud", Some("H1")),
    }
}

/// Property units, parties and the rights they hold.
pub async fn rights(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let registered = |parcel: &Parcel| parcel.tenure == Tenure::Ownership;
    let units = d.parcels.iter().enumerate();
    let n = copy(c, "land.property_unit (id, ubigeo, crc, registry_entry)", units, |(k, parcel), row| {
        row.put(bases.of("land.property_unit", k)).put(&d.ubigeo);
        // The reference code of the first unit of a lot: building, entrance, floor 01 and unit 001.
        row.maybe((!parcel.rural).then(|| format!("{}010101001", parcel.code)));
        row.maybe(registered(parcel).then(|| format!("FICT-P{:07}", bases.of("land.property_unit", k))))
            .end();
    })
    .await?;
    counts.insert("land.property_unit", n);
    let units = 0..d.parcels.len();
    let n = copy(c, "land.property_unit_parcel (property_unit_id, parcel_id)", units, |k, row| {
        row.put(bases.of("land.property_unit", k)).put(bases.of("land.parcel", k)).end();
    })
    .await?;
    counts.insert("land.property_unit_parcel", n);

    let holdings = people::holdings(d);
    let n = copy(
        c,
        "person.party (id, kind, name, document_kind, document_number, fictitious)",
        0..holdings.parties,
        |k, row| {
            let id = bases.of("person.party", k);
            let party = people::party(k, id);
            row.put(id)
                .put(party.kind)
                .text(&party.name)
                .put(party.document_kind)
                .put(&party.document_number)
                .put(true)
                .end();
        },
    )
    .await?;
    counts.insert("person.party", n);
    let n = copy(
        c,
        "person.party_member (group_id, member_id, share_numerator, share_denominator)",
        people::members(),
        |(group, member, of), row| {
            row.put(bases.of("person.party", group))
                .put(bases.of("person.party", member))
                .put(1)
                .put(of)
                .end();
        },
    )
    .await?;
    counts.insert("person.party_member", n);
    let rights = holdings.rights.iter().enumerate();
    let n = copy(c, "land.tenure_right (id, property_unit_id, kind)", rights, |(k, right), row| {
        row.put(bases.of("land.tenure_right", k))
            .put(bases.of("land.property_unit", right.parcel))
            .put(right.kind)
            .end();
    })
    .await?;
    counts.insert("land.tenure_right", n);
    let rights = holdings.rights.iter().enumerate();
    let columns = "land.tenure_right_version (id, tenure_right_id, valid, party_id, share_numerator, share_denominator, registry_entry)";
    let n = copy(c, columns, rights, |(k, right), row| {
        row.put(bases.of("land.tenure_right_version", k)).put(bases.of("land.tenure_right", k)).put(IN_FORCE);
        row.put(bases.of("person.party", right.party)).put(1).put(right.of);
        let unit = bases.of("land.property_unit", right.parcel);
        row.maybe((right.kind == "ownership").then(|| format!("FICT-P{unit:07}"))).end();
    })
    .await?;
    counts.insert("land.tenure_right_version", n);
    Ok(())
}

/// Mains, assets, connections and the services of each parcel.
pub async fn networks(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let mains = d.mains.mains.iter().enumerate();
    let columns = "utility.line (id, ubigeo, network, kind, name, material, diameter_mm, voltage_kv, installed_year, state, provider, geom)";
    let n = copy(c, columns, mains, |(k, main), row| {
        row.put(bases.of("utility.line", k))
            .put(&d.ubigeo)
            .put(NETWORKS[main.network])
            .put(main.kind)
            .text(&main.name);
        row.put(main.material)
            .maybe(main.diameter_mm)
            .maybe(main.voltage_kv)
            .maybe(main.year)
            .put(main.state);
        row.text(main.provider).geom(|out| write_line(out, &main.line)).end();
    })
    .await?;
    counts.insert("utility.line", n);
    let assets = d.mains.assets.iter().enumerate();
    let columns =
        "utility.asset (ubigeo, network, kind, code, material, installed_year, state, line_id, geom)";
    let n = copy(c, columns, assets, |(k, asset), row| {
        row.put(&d.ubigeo)
            .put(NETWORKS[asset.network])
            .put(asset.kind)
            .put(format_args!("F-{:06}", k + 1))
            .put(asset.material);
        row.maybe(asset.year).put(asset.state).maybe(asset.main.map(|main| bases.of("utility.line", main)));
        row.geom(|out| write_point(out, asset.at)).end();
    })
    .await?;
    counts.insert("utility.asset", n);
    let connections = d.parcels.iter().enumerate().flat_map(|(k, parcel)| {
        (0..3).filter_map(move |network| match parcel.services[network] {
            Service::Connected(main) => Some((k, parcel, network, main)),
            _ => None,
        })
    });
    let columns = "utility.service_connection (ubigeo, network, parcel_id, line_id, state, since, geom)";
    let n = copy(c, columns, connections, |(k, parcel, network, main), row| {
        let state = ["active", "active", "active", "active", "active", "active", "inactive", "cut"]
            [(k * 7 + network) % 8];
        row.put(&d.ubigeo)
            .put(NETWORKS[network])
            .put(bases.of("land.parcel", k))
            .put(bases.of("utility.line", main))
            .put(state);
        row.put(format_args!("{}-0{}-01", 1995 + (k * 3 + network) % 27, 1 + k % 9))
            .geom(|out| write_point(out, parcel.front))
            .end();
    })
    .await?;
    counts.insert("utility.service_connection", n);
    let parcels = d.parcels.iter().enumerate();
    let n = copy(
        c,
        "utility.parcel_service (parcel_id, water, sewer, power, as_of)",
        parcels,
        |(k, parcel), row| {
            row.put(bases.of("land.parcel", k));
            parcel.services.iter().for_each(|service| {
                row.put(service.word());
            });
            row.put("2024-12-31").end();
        },
    )
    .await?;
    counts.insert("utility.parcel_service", n);
    let recorded =
        (0..3).flat_map(|network| d.mains.recorded_places(network).map(move |place| (network, place)));
    let recorded = recorded.filter(|(_, place)| d.fabric.extents[*place].len() > 2);
    let n = copy(
        c,
        "utility.recorded_area (ubigeo, network, as_of, office, geom)",
        recorded,
        |(network, place), row| {
            row.put(&d.ubigeo)
                .put(NETWORKS[network])
                .put("2024-12-31")
                .text("Gerencia de servicios (ficticia)");
            row.geom(|out| write_multi_polygon(out, &[vec![d.fabric.extents[place].clone()]])).end();
        },
    )
    .await?;
    counts.insert("utility.recorded_area", n);
    Ok(())
}
