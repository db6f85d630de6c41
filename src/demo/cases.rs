//! Titling cases in every state, what the public may know of each parcel, restrictions on parcels, proposals
//! and indicators.

use std::collections::HashMap;

use anyhow::Result;
use sqlx::PgConnection;

use super::copy::copy;
use super::district::District;
use super::load::{Bases, Counts};
use super::mm::write_multi_polygon;
use super::people::holdings;

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

/// Case and party: whoever holds a case's parcel applies.
fn applicants(d: &District, cases: &[Case]) -> Vec<(usize, usize)> {
    let case_of: HashMap<usize, usize> = cases.iter().enumerate().map(|(k, case)| (case.parcel, k)).collect();
    let rights = holdings(d).rights;
    let held = rights.iter().filter(|right| right.kind != "usufruct");
    held.filter_map(|right| Some((*case_of.get(&right.parcel)?, right.party))).collect()
}

/// Cases with their parcels, parties and steps, and the public state of every parcel.
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
    // Row-level security takes no COPY.
    let (of_case, party): (Vec<i64>, Vec<i64>) = applicants(d, &cases)
        .into_iter()
        .map(|(case, party)| (bases.of("titling.titling_case", case), bases.of("person.party", party)))
        .unzip();
    let n = sqlx::query(
        "insert into titling.case_party (case_id, party_id, role) \
         select case_id, party_id, 'applicant' from unnest($1::bigint[], $2::bigint[]) as applicant (case_id, party_id)",
    )
    .bind(of_case)
    .bind(party)
    .execute(&mut *c)
    .await?
    .rows_affected();
    counts.insert("titling.case_party", n);
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
    restrictions(c, d, bases, counts).await
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

/// A burden on every 150th agreed parcel.
async fn restrictions(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let kinds = [
        ("transfer_ban", "No transferir durante cinco años (carga ficticia)", "[2023-11-15,2028-11-15)"),
        ("right_of_way", "Servidumbre de paso (ficticia)", "[2020-01-01,)"),
        ("mortgage", "Hipoteca (ficticia)", "[2020-01-01,)"),
    ];
    let norm: Option<i64> = sqlx::query_scalar("select id from land.norm where code = 'Ley 28687'")
        .fetch_optional(&mut *c)
        .await?;
    let agreed = d.parcels.iter().enumerate().filter(|(_, parcel)| parcel.defect.is_none());
    let burdened: Vec<_> = agreed.filter(|(k, _)| k % 150 == 7).collect();
    let columns = "land.restriction (id, ubigeo, kind)";
    copy(c, columns, 0..burdened.len(), |k, row| {
        row.put(bases.of("land.restriction", k)).put(&d.ubigeo).put(kinds[k % kinds.len()].0).end();
    })
    .await?;
    let columns = "land.restriction_version (restriction_id, valid, parcel_id, property_unit_id, title, norm_id, office, geom)";
    let n = copy(c, columns, burdened.iter().enumerate(), |(k, (parcel, it)), row| {
        let (kind, title, valid) = kinds[k % kinds.len()];
        row.put(bases.of("land.restriction", k)).put(valid).put(bases.of("land.parcel", *parcel));
        row.put(bases.of("land.property_unit", *parcel)).text(title);
        row.maybe(norm.filter(|_| kind == "transfer_ban")).text("Registros Públicos (referencia ficticia)");
        match kind {
            "right_of_way" => row.geom(|out| write_multi_polygon(out, &[vec![it.ring.clone()]])),
            _ => row.null(),
        };
        row.end();
    })
    .await?;
    counts.insert("land.restriction_version", n);
    Ok(())
}

/// Proposals of an invented programme, and indicators counted from the facts.
pub async fn programme(c: &mut PgConnection, d: &District, counts: &mut Counts) -> Result<()> {
    // Safe SQL: the two files are ours, and a ubigeo is six digits of the generator.
    for (table, sql) in [
        ("programme.proposal", include_str!("proposals.sql")),
        ("programme.indicator", include_str!("indicators.sql")),
    ] {
        let text = sqlx::AssertSqlSafe(sql.replace("$ubigeo", &d.ubigeo));
        let made = sqlx::raw_sql(text).execute(&mut *c).await?;
        counts.insert(table, made.rows_affected());
    }
    Ok(())
}
