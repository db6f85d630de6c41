//! Studies, hazards, the river's edge, the coast, archaeology and the other restricted areas. Part of the
//! district stays unstudied on purpose.

use anyhow::Result;
use sqlx::PgConnection;

use super::copy::copy;
use super::defects::{archaeological_sites, high_voltage};
use super::district::District;
use super::geography::Land;
use super::load::{Bases, Counts, IN_FORCE};
use super::mm::{Mm, Ring, offset, strip, write_line, write_multi_polygon, write_point};
use super::networks::along;

const STUDIES: [(&str, &str, &str); 5] = [
    ("EVAR", "Evaluación de riesgo por inundación del río Pativilca (ficticia)", "Evaluador ficticio"),
    (
        "inspection",
        "Inspección de quebradas de Otopongo (ficticia)",
        "Oficina de gestión del riesgo (ficticia)",
    ),
    ("archaeology", "Prospección arqueológica del valle bajo (ficticia)", "Dirección de cultura (ficticia)"),
    ("margin", "Vista previa de la faja marginal (ficticia)", "Oficina de catastro (ficticia)"),
    (
        "inventory",
        "Inventario municipal de vías, redes y espacios públicos (ficticio)",
        "Oficina de catastro (ficticia)",
    ),
];

struct Hazard {
    kind: &'static str,
    level: &'static str,
    mitigable: Option<bool>,
    declaration: Option<&'static str>,
    study: usize,
    ring: Ring,
}

fn hazards(land: &Land) -> Vec<Hazard> {
    let flood = |reach, level, (inner, outer), mitigable, declaration| Hazard {
        kind: "flood",
        level,
        mitigable,
        declaration,
        study: 0,
        ring: land.beside_river(reach, inner, outer),
    };
    let otopongo =
        land.places.iter().find(|place| place.code == "0034").map_or(land.places[0].at, |place| place.at);
    let slope = vec![
        otopongo.moved(-700_000, -1_600_000),
        otopongo.moved(500_000, -1_500_000),
        otopongo.moved(250_000, -150_000),
        otopongo.moved(-350_000, -150_000),
    ];
    vec![
        flood((0.04, 0.10), "very_high", (0.0, 60.0), Some(false), Some("Declaración ficticia 001-2021")),
        flood((0.10, 0.20), "very_high", (0.0, 60.0), Some(true), Some("Declaración ficticia 002-2021")),
        flood((0.20, 0.36), "very_high", (0.0, 60.0), None, None),
        flood((0.04, 0.20), "high", (60.0, 190.0), Some(true), None),
        flood((0.20, 0.36), "high", (60.0, 190.0), None, None),
        Hazard {
            kind: "debris_flow",
            level: "medium",
            mitigable: None,
            declaration: None,
            study: 1,
            ring: slope,
        },
        Hazard {
            kind: "tsunami",
            level: "high",
            mitigable: None,
            declaration: None,
            study: 0,
            ring: beside_coast(land, 0.0, 420.0),
        },
    ]
}

/// The strip inland of the coast between two distances.
fn beside_coast(land: &Land, inner_m: f64, outer_m: f64) -> Ring {
    strip(&offset(&land.coast, outer_m), &offset(&land.coast, inner_m))
}

fn round(at: Mm, radius_m: f64, corners: u32) -> Ring {
    (0..corners)
        .map(|k| {
            let angle = std::f64::consts::TAU * f64::from(k) / f64::from(corners);
            let reach = radius_m * 1000.0 * (1.0 + 0.12 * (f64::from(k) * 2.4).sin());
            at.moved((reach * angle.cos()).round() as i64, (reach * angle.sin()).round() as i64)
        })
        .collect()
}

/// Where each theme was studied: outside it the answer is "no se sabe".
fn studied(land: &Land) -> Vec<(&'static str, usize, &'static str, Ring)> {
    let town = land.places[0].at;
    let lower = vec![
        town.moved(-6_000_000, -6_500_000),
        town.moved(8_500_000, -6_500_000),
        town.moved(8_500_000, 8_000_000),
        town.moved(-6_000_000, 8_000_000),
    ];
    vec![
        ("flood", 0, "Oficina de gestión del riesgo", land.beside_river((0.0, 0.40), -150.0, 900.0)),
        ("tsunami", 0, "Oficina de gestión del riesgo", beside_coast(land, -50.0, 1_500.0)),
        ("road", 4, "Municipalidad", lower.clone()),
        ("power", 4, "Empresa eléctrica", lower.clone()),
        ("public_spaces", 4, "Municipalidad", lower.clone()),
        ("recorded_restrictions", 4, "Municipalidad", lower.clone()),
        ("archaeology", 2, "Ministerio de Cultura", lower),
        ("river_bed", 3, "Autoridad Nacional del Agua", land.beside_river((0.0, 1.0), -160.0, 300.0)),
        ("river_margin", 3, "Autoridad Nacional del Agua", land.beside_river((0.0, 1.0), -160.0, 300.0)),
        ("beach", 3, "Municipalidad", beside_coast(land, -100.0, 600.0)),
    ]
}

struct Restricted {
    kind: &'static str,
    name: String,
    norm: &'static str,
    office: &'static str,
    ring: Ring,
}

fn restricted(d: &District) -> Vec<Restricted> {
    let land = &d.land;
    let area =
        |kind, name: &str, norm, office, ring| Restricted { kind, name: name.to_owned(), norm, office, ring };
    let along_line =
        |line: &[Mm], width_m: f64| strip(&offset(line, width_m / 2.0), &offset(line, -width_m / 2.0));
    let mut areas: Vec<Restricted> = archaeological_sites(land)
        .into_iter()
        .map(|(name, at)| {
            area(
                "archaeological",
                &format!("Zona arqueológica {name} (polígono ficticio)"),
                "Ley 28296",
                "Ministerio de Cultura",
                round(at, 130.0, 12),
            )
        })
        .collect();
    areas.push(area(
        "beach_public",
        "Playa: franja de 50 m",
        "Ley 26856",
        "Municipalidad",
        beside_coast(land, 0.0, 50.0),
    ));
    areas.push(area(
        "beach_restricted",
        "Zona de dominio restringido de 200 m",
        "Ley 26856",
        "SBN",
        beside_coast(land, 50.0, 250.0),
    ));
    let highway = &land.roads[0];
    areas.push(area(
        "road_right_of_way",
        "Derecho de vía de la Panamericana Norte (ancho por confirmar)",
        "Derecho de vía PE-1N",
        "MTC",
        along_line(&highway.line, highway.right_of_way_m),
    ));
    areas.push(area(
        "power_easement",
        "Servidumbre de la línea de 220 kV (ficticia)",
        "CNE-Suministro 2011",
        "Concesionaria (ficticia)",
        along_line(&high_voltage(land), 25.0),
    ));
    for main in d.mains.lines.iter().filter(|main| main.kind == "medium_voltage") {
        let name = format!("Servidumbre: {}", main.name);
        areas.push(area(
            "power_easement",
            &name,
            "CNE-Suministro 2011 (media tensión)",
            "ESEMPAT (datos ficticios)",
            along_line(&main.line, 6.0),
        ));
    }
    for parcel in d.parcels.iter().filter(|p| matches!(p.facility, Some("plaza" | "park"))) {
        areas.push(area("public_space", &parcel.address, "Ley 31199", "Municipalidad", parcel.ring.clone()));
    }
    let hills = land.places[0].at.moved(1_650_000, 5_300_000);
    areas.push(area(
        "landfill_buffer",
        "Entorno de 500 m del botadero (ficticio)",
        "Ley 29664",
        "Municipalidad",
        round(hills, 500.0, 24),
    ));
    let east = land.places[0].at.moved(13_000_000, 9_500_000);
    areas.push(area(
        "state_project",
        "Proyecto de irrigación reservado (ficticio)",
        "Ley 31056",
        "SBN",
        round(east, 400.0, 8),
    ));
    areas.push(area(
        "canal_strip",
        "Faja del canal madre (ficticia)",
        "Ley 29338",
        "Junta de usuarios (ficticia)",
        along_line(&canal(land), 8.0),
    ));
    areas
}

/// The sketched main canal, on the foot of the hills.
fn canal(land: &Land) -> Vec<Mm> {
    let town = land.places[0].at;
    [(-1_700, 1_700), (-500, 1_650), (700, 2_050), (1_500, 2_900), (2_300, 4_300), (2_700, 5_700)]
        .map(|(x, y)| town.moved(x * 1000, y * 1000))
        .to_vec()
}

/// Writes the whole theme.
pub async fn load(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let studies = STUDIES.iter().enumerate();
    let columns =
        "risk.study (id, ubigeo, kind, number, title, authority, performed_on, class_limits, fictitious)";
    let n = copy(c, columns, studies, |(k, (kind, title, authority)), row| {
        row.put(bases.of("risk.study", k))
            .put(&d.ubigeo)
            .put(kind)
            .put(format_args!("FICT-{:03}-2021", k + 1))
            .text(title)
            .text(authority);
        row.put("2021-09-30").maybe((k == 0).then_some("[0.068, 0.134, 0.260, 0.503]")).put(true).end();
    })
    .await?;
    counts.insert("risk.study", n);
    let n = copy(
        c,
        "risk.studied_area (ubigeo, study_id, theme, office, valid, geom)",
        studied(&d.land),
        |(theme, study, office, ring), row| {
            row.put(&d.ubigeo)
                .put(bases.of("risk.study", study))
                .put(theme)
                .text(office)
                .put("[2021-09-30,)");
            row.geom(|out| write_multi_polygon(out, &[vec![ring]])).end();
        },
    )
    .await?;
    counts.insert("risk.studied_area", n);
    hazard_zones(c, d, bases, counts).await?;
    river(c, d, counts).await?;
    coast(c, d, counts).await?;
    restricted_areas(c, d, bases, counts).await
}

async fn hazard_zones(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let hazards = hazards(&d.land);
    for hazard in &hazards {
        sqlx::query(
            "with zone as (insert into risk.hazard_zone (ubigeo, kind) values ($1, $2) returning id)
             insert into risk.hazard_zone_version (hazard_zone_id, valid, study_id, level, mitigable, declared, declaration, norm_id, geom)
             select id, '[2021-10-15,)', $3, $4, $5, $6 is not null, $6, (select id from land.norm where code = $7), $8::geometry from zone",
        )
        .bind(&d.ubigeo)
        .bind(hazard.kind)
        .bind(bases.of("risk.study", hazard.study))
        .bind(hazard.level)
        .bind(hazard.mitigable)
        .bind(hazard.declaration)
        .bind(if hazard.declaration.is_some() { "Ley 29869" } else { "Ley 29664" })
        .bind(hex(&hazard.ring))
        .execute(&mut *c)
        .await?;
    }
    counts.insert("risk.hazard_zone", hazards.len() as u64);
    Ok(())
}

fn hex(ring: &Ring) -> String {
    super::mm::hex_multi_polygon(&[vec![ring.clone()]])
}

async fn river(c: &mut PgConnection, d: &District, counts: &mut Counts) -> Result<()> {
    let land = &d.land;
    let bed = strip(&land.north_bank(), &land.south_bank());
    let beds = [("active", bed), ("inactive", land.inactive_bed())];
    let n = copy(c, "risk.river_bed (ubigeo, name, kind, source, geom)", beds, |(kind, ring), row| {
        row.put(&d.ubigeo).text("Río Pativilca").put(kind).text("Bosquejo de demostración, ancho inventado");
        row.geom(|out| write_multi_polygon(out, &[vec![ring]])).end();
    })
    .await?;
    counts.insert("risk.river_bed", n);
    // Seen down the river its right bank is the northern one.
    let banks = [("right", land.north_bank()), ("left", land.south_bank())];
    let n = copy(
        c,
        "risk.river_bank (ubigeo, name, side, return_period_years, source, geom)",
        banks,
        |(side, line), row| {
            row.put(&d.ubigeo).text("Río Pativilca").put(side).put(100).text("Bosquejo de demostración");
            row.geom(|out| write_line(out, &line)).end();
        },
    )
    .await?;
    counts.insert("risk.river_bank", n);
    for (from, to) in [(0.0, 0.33), (0.33, 0.66), (0.66, 1.0)] {
        sqlx::query(
            "with margin as (insert into risk.river_margin (ubigeo) values ($1) returning id)
             insert into risk.river_margin_version (river_margin_id, valid, state, width_m, legal_value, norm_id, geom)
             select id, $2::daterange, 'estimated', 10, 'estimada – sin valor legal',
               (select id from land.norm where code = 'RJ 332-2016-ANA'), $3::geometry from margin",
        )
        .bind(&d.ubigeo)
        .bind(IN_FORCE)
        .bind(hex(&land.beside_river((from, to), 0.0, 10.0)))
        .execute(&mut *c)
        .await?;
    }
    counts.insert("risk.river_margin", 3);
    let edge = offset(&land.river, super::geography::HALF_BED_M + 10.0);
    let markers = along(&edge, 250.0).into_iter().enumerate();
    let n = copy(c, "risk.margin_marker (ubigeo, code, state, geom)", markers, |(k, at), row| {
        row.put(&d.ubigeo)
            .put(format_args!("H-FICT-{:03}", k + 1))
            .put("proposed")
            .geom(|out| write_point(out, at))
            .end();
    })
    .await?;
    counts.insert("risk.margin_marker", n);
    Ok(())
}

async fn coast(c: &mut PgConnection, d: &District, counts: &mut Counts) -> Result<()> {
    let n = copy(c, "risk.coastline (ubigeo, kind, source, geom)", [&d.land.coast], |line, row| {
        row.put(&d.ubigeo)
            .put("high_tide")
            .text("Bosquejo de demostración")
            .geom(|out| write_line(out, line))
            .end();
    })
    .await?;
    counts.insert("risk.coastline", n);
    Ok(())
}

async fn restricted_areas(
    c: &mut PgConnection,
    d: &District,
    bases: &Bases,
    counts: &mut Counts,
) -> Result<()> {
    let areas = restricted(d);
    for area in &areas {
        sqlx::query(
            "with area as (insert into risk.restricted_area (ubigeo, kind) values ($1, $2) returning id)
             insert into risk.restricted_area_version (restricted_area_id, valid, name, norm_id, office, study_id, geom)
             select id, $3::daterange, $4, (select id from land.norm where code = $5), $6, $7, st_multi($8::geometry) from area",
        )
        .bind(&d.ubigeo)
        .bind(area.kind)
        .bind(IN_FORCE)
        .bind(&area.name)
        .bind(area.norm)
        .bind(area.office)
        .bind((area.kind == "archaeological").then(|| bases.of("risk.study", 2)))
        .bind(hex(&area.ring))
        .execute(&mut *c)
        .await?;
    }
    counts.insert("risk.restricted_area", areas.len() as u64);
    Ok(())
}
