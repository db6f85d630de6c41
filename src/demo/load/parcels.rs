//! Parcels with their versions and corners, what they were divided from, buildings and facilities.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use sqlx::PgConnection;

use super::super::copy::{Rows, copy};
use super::super::district::{District, Parcel};
use super::super::mm::{self, Mm, area_m2, write_multi_polygon, write_point, write_polygon};
use super::super::urban::Block;
use super::{BEFORE, Bases, Counts, IN_FORCE};

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
    let sources = [
        ("resolution", "Resolución ficticia de lotización 001-2019", "2019-05-31"),
        ("plan", "Plano ficticio de trazado y lotización", "2019-05-31"),
        ("ordinance", "Ordenanza ficticia 002-2023", "2023-06-30"),
    ];
    let n = copy(
        c,
        "land.source (id, ubigeo, kind, number, title, issued_on, issuer)",
        sources.iter().enumerate(),
        |(k, (kind, title, on)), row| {
            row.put(bases.of("land.source", k))
                .put(&d.ubigeo)
                .put(kind)
                .put(format_args!("FICT-{:03}", k + 1))
                .text(title)
                .put(on);
            row.text("Municipalidad (ficticia)").end();
        },
    )
    .await?;
    counts.insert("land.source", n);
    // What follows belongs to one operation: the fabric is judged once, when the district is committed.
    sqlx::query(
        "insert into land.operation (ubigeo, kind, effective_on, source_id) values ($1, 'load', '2019-06-01', $2)",
    )
    .bind(&d.ubigeo)
    .bind(bases.of("land.source", 0))
    .execute(&mut *c)
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
        let whole_before = parcel.block.is_some_and(|block| was_whole(&d.fabric.blocks[block]));
        let changed = k % 97 == 5 && parcel.defect.is_none() && !whole_before;
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

fn write_version(row: &mut Rows, d: &District, parcel: &Parcel, bases: &Bases, earlier: bool) {
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

fn was_whole(block: &Block) -> bool {
    block.ordinal == 3 && block.lots.len() > 1
}

/// One divided block in each settlement that has several.
fn matrices(d: &District) -> Vec<Matrix> {
    let divided = d.fabric.blocks.iter().enumerate().filter(|(_, block)| was_whole(block));
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
    let columns = "land.lineage (parent_parcel_id, child_parcel_id, operation, effective_on, source_id)";
    let n = copy(c, columns, children, |(parent, child), row| {
        row.put(bases.of("land.parcel", *parent))
            .put(bases.of("land.parcel", child))
            .put("split")
            .put("2019-06-01");
        row.put(bases.of("land.source", 0)).end();
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
            row.geom(|out| write_point(out, mm::middle(&parcel.ring))).end();
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
        "stadium" => ("Estadio", None),
        "market" => ("Mercado", None),
        "school" => ("Institución educativa", Some("E1")),
        "health_centre" => ("Centro de salud", Some("H2")),
        _ => ("Puesto de salud", Some("H1")),
    }
}
