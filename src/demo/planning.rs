//! A fictitious plan in force with its parameters and index of uses, the plan before it, and a draft.

use anyhow::Result;
use sqlx::PgConnection;

use super::copy::{Rows, copy};
use super::district::District;
use super::load::{Bases, Counts};
use super::mm::{Ring, write_multi_polygon};
use super::urban::Block;

/// Code, name, category. The 15 classes of the fictitious plan.
const CLASSES: [(&str, &str, &str); 15] = [
    ("RDB", "Residencial de densidad baja", "residential"),
    ("RDM", "Residencial de densidad media", "residential"),
    ("RDA", "Residencial de densidad alta", "residential"),
    ("CV", "Comercio vecinal", "commerce"),
    ("CZ", "Comercio zonal", "commerce"),
    ("I1", "Industria elemental", "industry"),
    ("E1", "Educación básica", "education"),
    ("H1", "Posta médica", "health"),
    ("H2", "Centro de salud", "health"),
    ("ZRP", "Zona de recreación pública", "recreation"),
    ("OU", "Otros usos", "special_use"),
    ("ZRE", "Zona de reglamentación especial", "special_regulation"),
    ("PTP", "Protección y tratamiento paisajista", "protection"),
    ("ZA", "Zona agrícola", "agriculture"),
    ("ZRI", "Zona de riesgo", "risk"),
];

/// One parameter of a class: its text with what is computable of it, or why there is none.
enum Said {
    Value(&'static str, Option<f64>, Option<f64>, &'static str),
    NotApplicable,
    NotRegulated,
}

const PARAMETERS: [&str; 14] = [
    "facade_alignment",
    "permitted_uses",
    "coefficient_max",
    "coefficient_min",
    "free_area_pct",
    "height_max_m",
    "height_min_m",
    "floors_max",
    "setback_m",
    "min_lot_area_m2",
    "min_front_m",
    "net_density",
    "parking",
    "heritage",
];

/// Values by class and parameter; invented, with the shapes that ordinances have.
fn said(code: &str, parameter: &str) -> Said {
    let plain = |text, value: f64, unit| Said::Value(text, Some(value), Some(value), unit);
    let text = |text| Said::Value(text, None, None, "");
    match (code, parameter) {
        (_, "heritage") => Said::NotApplicable,
        (_, "coefficient_min") => Said::NotRegulated,
        ("RDB", "floors_max") => plain("2", 2.0, "pisos"),
        ("RDM", "floors_max") => Said::Value("3–4", Some(3.0), Some(4.0), "pisos"),
        ("RDA", "floors_max") => text("1.5 (a + r)"),
        ("CV", "floors_max") => plain("3", 3.0, "pisos"),
        ("CZ", "floors_max") => Said::Value("4–5", Some(4.0), Some(5.0), "pisos"),
        ("RDB", "height_max_m") => plain("7.00", 7.0, "m"),
        ("RDM", "height_max_m") => plain("12.00", 12.0, "m"),
        ("RDA", "height_max_m") => text("1.5 (a + r)"),
        ("CV", "height_max_m") => plain("10.50", 10.5, "m"),
        ("CZ", "height_max_m") => plain("16.00", 16.0, "m"),
        ("RDB", "min_lot_area_m2") => plain("200", 200.0, "m²"),
        ("RDM", "min_lot_area_m2") => Said::Value("90–120", Some(90.0), Some(120.0), "m²"),
        ("RDA", "min_lot_area_m2") => plain("300", 300.0, "m²"),
        ("I1", "min_lot_area_m2") => plain("300", 300.0, "m²"),
        ("RDB", "min_front_m") => plain("10", 10.0, "m"),
        ("RDM", "min_front_m") => plain("6", 6.0, "m"),
        ("RDA" | "I1", "min_front_m") => plain("10", 10.0, "m"),
        ("RDB", "free_area_pct") => plain("40", 40.0, "%"),
        ("RDM", "free_area_pct") => plain("30", 30.0, "%"),
        ("RDA", "free_area_pct") => plain("35", 35.0, "%"),
        ("CV" | "CZ", "free_area_pct") => text("No exigible en pisos de uso comercial"),
        ("RDB", "coefficient_max") => plain("1.2", 1.2, ""),
        ("RDM", "coefficient_max") => plain("2.8", 2.8, ""),
        ("RDA", "coefficient_max") => plain("4.0", 4.0, ""),
        ("CV", "coefficient_max") => plain("2.5", 2.5, ""),
        ("CZ", "coefficient_max") => plain("4.0", 4.0, ""),
        ("RDB", "net_density") => plain("250", 250.0, "hab/ha"),
        ("RDM", "net_density") => Said::Value("500–1300", Some(500.0), Some(1300.0), "hab/ha"),
        ("RDA", "net_density") => plain("2250", 2250.0, "hab/ha"),
        ("RDB" | "RDM" | "RDA", "setback_m") => {
            Said::Value("3 en calle, 5 en avenida", Some(3.0), Some(5.0), "m")
        }
        ("RDB" | "RDM" | "RDA", "parking") => text("1 por cada 2 viviendas"),
        ("CV" | "CZ", "parking") => text("1 por cada 50 m² de área de venta"),
        ("RDB" | "RDM" | "RDA" | "CV" | "CZ", "facade_alignment") => {
            text("Al límite de propiedad o según retiro")
        }
        ("RDB", "permitted_uses") => text("Vivienda unifamiliar y bifamiliar"),
        ("RDM" | "RDA", "permitted_uses") => text("Vivienda; comercio vecinal hasta 35 % del primer piso"),
        ("CV" | "CZ", "permitted_uses") => text("Comercio y vivienda"),
        ("ZA", "permitted_uses") => text("Cultivo; no se permite habilitación urbana"),
        ("PTP" | "ZRI", "permitted_uses") => text("Sin edificación"),
        (_, "permitted_uses") => text("Según su finalidad"),
        ("ZRP" | "PTP" | "ZA" | "ZRI", _) => Said::NotApplicable,
        _ => Said::NotRegulated,
    }
}

const ACTIVITIES: [(&str, &str); 10] = [
    ("4711", "Bodega"),
    ("4721", "Venta de alimentos"),
    ("4752", "Ferretería"),
    ("4773", "Botica"),
    ("5510", "Hospedaje"),
    ("5610", "Restaurante"),
    ("4520", "Taller de mecánica"),
    ("1071", "Panadería"),
    ("8510", "Educación inicial"),
    ("0113", "Cultivo de hortalizas"),
];

fn verdict(class: &str, activity: usize) -> (&'static str, Option<&'static str>) {
    match (class, activity) {
        ("CZ" | "CV", 0..=5 | 7) | ("I1", 6 | 7) | ("ZA", 9) | ("E1", 8) => ("allowed", None),
        ("RDB" | "RDM" | "RDA", 0 | 1 | 3 | 7 | 8) => ("conditional", Some("Hasta 35 % del primer piso")),
        ("CV", 6) | ("I1", 2 | 5) | ("OU" | "ZRE", 5) => {
            ("conditional", Some("Con opinión favorable de la municipalidad"))
        }
        _ => ("not_allowed", None),
    }
}

/// Class of a block: in the plan before, in force, in the draft.
fn classes(d: &District, block: &Block) -> Option<[&'static str; 3]> {
    let place = &d.land.places[block.place];
    if place.kind == "expansion" {
        // Areas of urban expansion in reserve carry no zoning.
        return None;
    }
    let town = block.place == 0;
    let now = match block.lots[0].facility {
        Some("plaza" | "park") => "ZRP",
        Some("school") => "E1",
        Some("market") => "CZ",
        Some("health_centre") => "H2",
        Some(_) => "H1",
        None if town && block.ordinal == 15 => "OU",
        None if block.on_avenue && town && block.ordinal < 14 => "CZ",
        None if block.on_avenue && place.kind == "urban" => "CV",
        None if place.code == "0019" && block.ordinal % 5 == 3 => "I1",
        None if matches!(place.code.as_str(), "0014" | "0011") && block.ordinal % 6 == 5 => "ZRE",
        None if town && block.ordinal < 26 => "RDA",
        None if town && block.ordinal < 130 => "RDM",
        None => "RDB",
    };
    let before = match now {
        "CZ" => "CV",
        "RDA" => "RDM",
        "RDM" if block.ordinal > 60 => "RDB",
        "I1" => "RDB",
        other => other,
    };
    let draft = match now {
        "RDM" => "RDA",
        "RDB" if town => "RDM",
        other => other,
    };
    Some([before, now, draft])
}

const PLANS: [(&str, &str, Option<&str>, Option<&str>); 3] = [
    (
        "Plan de Desarrollo Urbano 2012-2022 (ficticio)",
        "superseded",
        Some("Ordenanza ficticia 001-2012"),
        Some("[2012-03-01,2023-07-01)"),
    ),
    (
        "Plan de Desarrollo Urbano 2023-2033 (ficticio)",
        "adopted",
        Some("Ordenanza ficticia 002-2023"),
        Some("[2023-07-01,)"),
    ),
    ("Modificación del PDU, borrador (ficticia)", "draft", None, None),
];

/// Plans, classes, parameters, uses, zones and the zone of each parcel.
pub async fn load(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let plans = PLANS.iter().enumerate();
    let n = copy(
        c,
        "zoning.plan (id, ubigeo, kind, name, state, ordinance, fictitious, valid)",
        plans,
        |(k, plan), row| {
            row.put(bases.of("zoning.plan", k))
                .put(&d.ubigeo)
                .put("PDU")
                .text(plan.0)
                .put(plan.1)
                .maybe(plan.2)
                .put(true)
                .maybe(plan.3);
            row.end();
        },
    )
    .await?;
    counts.insert("zoning.plan", n);
    let all = (0..PLANS.len()).flat_map(|plan| (0..CLASSES.len()).map(move |class| (plan, class)));
    let class_id = |plan: usize, class: usize| bases.of("zoning.zone_class", plan * CLASSES.len() + class);
    let n = copy(
        c,
        "zoning.zone_class (id, plan_id, code, name, category)",
        all.clone(),
        |(plan, class), row| {
            let (code, name, category) = CLASSES[class];
            row.put(class_id(plan, class))
                .put(bases.of("zoning.plan", plan))
                .put(code)
                .text(name)
                .put(category)
                .end();
        },
    )
    .await?;
    counts.insert("zoning.zone_class", n);
    let parameters = all.clone().flat_map(|(plan, class)| PARAMETERS.iter().map(move |p| (plan, class, *p)));
    let columns = "zoning.building_parameter (zone_class_id, parameter, applies, value_text, value_min, value_max, unit)";
    let n = copy(c, columns, parameters, |(plan, class, parameter), row| {
        row.put(class_id(plan, class)).put(parameter);
        write_said(row, &said(CLASSES[class].0, parameter));
        row.end();
    })
    .await?;
    counts.insert("zoning.building_parameter", n);
    let uses =
        all.flat_map(|(plan, class)| (0..ACTIVITIES.len()).map(move |activity| (plan, class, activity)));
    let columns = "zoning.use_index (zone_class_id, activity_code, activity, verdict, condition)";
    let n = copy(c, columns, uses, |(plan, class, activity), row| {
        let (verdict, condition) = verdict(CLASSES[class].0, activity);
        row.put(class_id(plan, class))
            .put(ACTIVITIES[activity].0)
            .text(ACTIVITIES[activity].1)
            .put(verdict)
            .maybe(condition)
            .end();
    })
    .await?;
    counts.insert("zoning.use_index", n);
    zones(c, d, bases, counts).await
}

fn write_said(row: &mut Rows, said: &Said) {
    match said {
        Said::Value(text, min, max, unit) => row.put("value").text(text).maybe(*min).maybe(*max).text(unit),
        Said::NotApplicable => row.put("not_applicable").null().null().null().null(),
        Said::NotRegulated => row.put("not_regulated").null().null().null().null(),
    };
}

/// One coloured piece: neighbours of one class become one zone.
struct Piece {
    plan: usize,
    class: &'static str,
    place: usize,
    block: Option<usize>,
    parcel: Option<usize>,
    group: Option<usize>,
    ring: Ring,
}

async fn zones(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    sqlx::raw_sql(
        "create temp table demo_piece (plan_id bigint, class text, place integer, block_id bigint, parcel_id bigint, part integer,
           geom geometry(Polygon, 32718)) on commit drop",
    )
    .execute(&mut *c)
    .await?;
    copy(
        c,
        "demo_piece (plan_id, class, place, block_id, parcel_id, part, geom)",
        pieces(d),
        |piece, row| {
            row.put(bases.of("zoning.plan", piece.plan)).put(piece.class).put(piece.place);
            row.maybe(piece.block.map(|block| bases.of("land.block", block)));
            row.maybe(piece.parcel.map(|parcel| bases.of("land.parcel", parcel)));
            row.maybe(piece.group).geom(|out| super::mm::write_polygon(out, &piece.ring)).end();
        },
    )
    .await?;
    // The pieces of one class share their corners, so their union has no corner of its own.
    sqlx::raw_sql(include_str!("zones.sql")).execute(&mut *c).await?;
    let (zones, facts): (i64, i64) = sqlx::query_as(
        "select (select count(*) from zoning.zone where ubigeo = $1),
                (select count(*) from zoning.parcel_zone z join land.parcel p on p.id = z.parcel_id where p.ubigeo = $1)",
    )
    .bind(&d.ubigeo)
    .fetch_one(&mut *c)
    .await?;
    counts.insert("zoning.zone", zones as u64);
    counts.insert("zoning.parcel_zone", facts as u64);
    Ok(())
}

fn pieces(d: &District) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, block) in d.fabric.blocks.iter().enumerate() {
        let Some(classes) = classes(d, block) else { continue };
        for (plan, class) in classes.into_iter().enumerate() {
            let ring = block.cell.clone();
            pieces.push(Piece {
                plan,
                class,
                place: block.place,
                block: Some(index),
                parcel: None,
                group: None,
                ring,
            });
        }
    }
    let near = |place: usize| d.land.places[place].kind == "urban";
    for (index, parcel) in
        d.parcels.iter().enumerate().filter(|(_, p)| p.rural && p.defect.is_none() && near(p.place))
    {
        let (place, ring) = (parcel.place, parcel.ring.clone());
        pieces.push(Piece {
            plan: 1,
            class: "ZA",
            place,
            block: None,
            parcel: Some(index),
            group: Some(parcel.group),
            ring,
        });
    }
    for (k, (reach, class)) in [((0.04, 0.10), "ZRI"), ((0.11, 0.2), "PTP")].into_iter().enumerate() {
        let ring = d.land.beside_river(reach, 1.0, 14.0);
        pieces.push(Piece {
            plan: 1,
            class,
            place: 0,
            block: None,
            parcel: None,
            group: Some(1_000_000 + k),
            ring,
        });
    }
    pieces
}

/// The whole of a plan as a polygon: for `plan.geom` the settlements' outlines.
pub async fn outline_plans(c: &mut PgConnection, d: &District, bases: &Bases) -> Result<()> {
    let extents: Vec<Vec<Ring>> = d
        .land
        .places
        .iter()
        .zip(&d.fabric.extents)
        .filter(|(place, extent)| place.kind == "urban" && extent.len() > 2)
        .map(|(_, extent)| vec![extent.clone()])
        .collect();
    let mut hex = String::new();
    write_multi_polygon(&mut hex, &extents);
    sqlx::query(
        "update zoning.plan set geom = st_multi(st_unaryunion($1::geometry)) where id between $2 and $2 + 2",
    )
    .bind(hex)
    .bind(bases.of("zoning.plan", 0))
    .execute(&mut *c)
    .await?;
    Ok(())
}
