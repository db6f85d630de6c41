//! Titling cases in every state, what the public may know of each parcel, restrictions on parcels, proposals
//! and indicators.

use std::collections::HashMap;

use anyhow::Result;
use sqlx::PgConnection;

use super::copy::copy;
use super::district::District;
use super::load::{Bases, Counts};

struct Case {
    parcel: usize,
    number: String,
    state: &'static str,
    opened: String,
    closed: Option<&'static str>,
    rural: bool,
}

const OPEN: [&str; 7] = [
    "diagnosis",
    "physical_legal_saneamiento",
    "registration_of_plans",
    "empadronamiento",
    "assessment",
    "publication",
    "observed",
];
const GRANTED: [&str; 3] = ["title_issued", "registered", "delivered"];
const ENDED: [&str; 3] = ["rejected", "abandoned", "annulled"];

fn cases(d: &District) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut seen = [0_usize; 3];
    for (parcel, it) in d.parcels.iter().enumerate() {
        let (kind, states, closed): (usize, &[&'static str], Option<&'static str>) = match it.titling {
            "in_process" if it.rural => (0, &["routed_to_region"], None),
            "in_process" => (0, &OPEN, None),
            "titled" if parcel % 3 == 0 => (1, &GRANTED, Some("2023-11-15")),
            "none" if parcel % 9 == 0 => (2, &ENDED, Some("2022-08-01")),
            _ => continue,
        };
        seen[kind] += 1;
        let year = if closed.is_some() { 2021 } else { 2024 };
        cases.push(Case {
            parcel,
            number: format!("EXP-{year}-{:06}", cases.len() + 1),
            state: states[seen[kind] % states.len()],
            opened: format!("{year}-0{}-1{}", 1 + parcel % 9, parcel % 8),
            closed,
            rural: it.rural,
        });
    }
    cases
}

/// Cases with their parcels and steps, and the public state of every parcel.
pub async fn load(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let cases = cases(d);
    let columns = "titling.titling_case (id, ubigeo, number, class, state, opened_on, closed_on, office)";
    let n = copy(c, columns, cases.iter().enumerate(), |(k, case), row| {
        row.put(bases.of("titling.titling_case", k)).put(&d.ubigeo).put(&case.number).put(if case.rural {
            "rural"
        } else {
            "urban"
        });
        row.put(case.state).put(&case.opened).maybe(case.closed);
        row.text(if case.rural {
            "Gobierno Regional de Lima"
        } else {
            "Subgerencia de titulación (ficticia)"
        })
        .end();
    })
    .await?;
    counts.insert("titling.titling_case", n);
    let n =
        copy(c, "titling.case_parcel (case_id, parcel_id)", cases.iter().enumerate(), |(k, case), row| {
            row.put(bases.of("titling.titling_case", k)).put(bases.of("land.parcel", case.parcel)).end();
        })
        .await?;
    counts.insert("titling.case_parcel", n);
    let events =
        cases.iter().enumerate().flat_map(|(k, case)| steps(case).into_iter().map(move |step| (k, step)));
    let n =
        copy(c, "titling.case_event (case_id, state, happened_on, note)", events, |(k, (state, on)), row| {
            row.put(bases.of("titling.titling_case", k)).put(state).put(on).text("Paso ficticio").end();
        })
        .await?;
    counts.insert("titling.case_event", n);
    let number_of: HashMap<usize, &str> =
        cases.iter().map(|case| (case.parcel, case.number.as_str())).collect();
    let parcels = d.parcels.iter().enumerate();
    let n = copy(
        c,
        "titling.parcel_state (parcel_id, state, case_number, as_of)",
        parcels,
        |(k, parcel), row| {
            row.put(bases.of("land.parcel", k))
                .put(parcel.titling)
                .maybe(number_of.get(&k))
                .put("2024-12-31")
                .end();
        },
    )
    .await?;
    counts.insert("titling.parcel_state", n);
    let held = d.parcels.iter().enumerate().filter(|(_, p)| p.defect.is_some() && p.titling == "in_process");
    let n = copy(c, "land.parcel_lock (parcel_id, reason, reference)", held, |(k, _), row| {
        row.put(bases.of("land.parcel", k)).put("titling_case").maybe(number_of.get(&k)).end();
    })
    .await?;
    counts.insert("land.parcel_lock", n);
    restrictions(c, d, counts).await
}

/// The stages that a case has passed, its own state last.
fn steps(case: &Case) -> Vec<(&'static str, String)> {
    let passed = OPEN.iter().position(|state| *state == case.state).unwrap_or(OPEN.len() - 1);
    let mut steps = vec![("diagnosis", case.opened.clone())];
    if passed > 0 && !case.rural {
        steps.push(("physical_legal_saneamiento", case.opened.clone()));
    }
    if case.state != "diagnosis" {
        steps.push((case.state, case.closed.map_or_else(|| case.opened.clone(), str::to_owned)));
    }
    steps
}

async fn restrictions(c: &mut PgConnection, d: &District, counts: &mut Counts) -> Result<()> {
    let kinds = [
        ("transfer_ban", "No transferir durante cinco años (carga ficticia)"),
        ("right_of_way", "Servidumbre de paso (ficticia)"),
        ("mortgage", "Hipoteca (ficticia)"),
    ];
    let mut n = 0;
    for (k, (kind, title)) in kinds.iter().enumerate() {
        let written = sqlx::query(include_str!("restrictions.sql"))
            .bind(&d.ubigeo)
            .bind(kind)
            .bind(title)
            .bind(k as i64)
            .execute(&mut *c)
            .await?;
        n += written.rows_affected();
    }
    counts.insert("land.restriction_version", n);
    Ok(())
}

/// Proposals of an invented programme, and indicators counted from the facts.
pub async fn programme(c: &mut PgConnection, d: &District, counts: &mut Counts) -> Result<()> {
    let source = "Programa de demostración (ficticio)";
    let proposals = [
        ("Titulación de los asentamientos de la ciudad", "titling", "in_execution"),
        ("Agua y desagüe para Costa Verde, Las Lomas y Santa Rosa (Fujimori)", "utilities", "planned"),
        ("Mejora de la red Upaca", "utilities", "in_execution"),
        ("Plan de Desarrollo Urbano", "planning", "done"),
        ("Reubicación de viviendas del borde del río", "risk", "idea"),
        ("Catastro urbano actualizado", "cadastre", "planned"),
        ("Nueva losa deportiva", "facilities", "suspended"),
    ];
    let items = proposals.iter().enumerate();
    let n = copy(
        c,
        "programme.proposal (ubigeo, number, title, goal, theme, state, source)",
        items,
        |(k, (title, theme, state)), row| {
            row.put(&d.ubigeo)
                .put(format_args!("P-{:02}", k + 1))
                .text(title)
                .text("Meta de demostración")
                .put(theme)
                .put(state)
                .text(source)
                .end();
        },
    )
    .await?;
    counts.insert("programme.proposal", n);
    let n = sqlx::raw_sql(sqlx::AssertSqlSafe(include_str!("indicators.sql").replace("$ubigeo", &d.ubigeo)))
        .execute(&mut *c)
        .await?;
    counts.insert("programme.indicator", n.rows_affected());
    Ok(())
}
