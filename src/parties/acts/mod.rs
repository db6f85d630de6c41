//! Acts over tenure rights: functions on a transaction, which HTTP and tests call.
//!
//! An act reads the entries of its unit after every other writer of them has ended, is planned without the database
//! ([`plan`]), is written, and tells what it did. A dry run is the same code in a transaction that is rolled back. The
//! database judges at commit. A day is the law's grain: an entry that ends on the day on which it began was never in
//! force, so it stays on record as annulled.

mod plan;

pub use plan::Begin;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;

use self::plan::Plan;
use super::model::{Entry, Line, Report, Request, Terms, Touched, Unit};
use super::rules::{self, Broken, explained};
use super::store;
use crate::problem::{Error, Result};
use crate::sources;

/// Whether an act is done or only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Done; the caller commits.
    Do,
    /// Tried; the caller rolls back.
    Try,
}

/// Does what is asked over `unit`, in a transaction that acts as the titling office and knows its reason. `today` is the
/// day in Lima.
///
/// # Errors
/// [`Error::NotFound`] for a number that is no unit's, [`Error::Conflict`] when its rights are no longer what the writer
/// saw, [`Error::Rules`] when a rule is broken in [`Mode::Do`] (a trial lists them in its report), and what the database
/// says.
pub async fn perform(
    connection: &mut PgConnection,
    unit: i64,
    request: &Request,
    terms: &Terms,
    today: NaiveDate,
    mode: Mode,
) -> Result<Report> {
    let unit = stand(connection, unit, terms).await?;
    let day = terms.effective_on.unwrap_or(today);
    let before = store::entries(connection, &[unit.id]).await?;
    let report = Report {
        act: request.kind(),
        dry_run: mode == Mode::Try,
        unit: unit.id,
        effective_on: (!request.corrects()).then_some(day),
        cases: store::cases(connection, unit.id).await?,
        restrictions: store::burdens::in_force(connection, unit.id, day).await?,
        ..Report::default()
    };
    let plan = match planned(connection, &unit, request, &before, day, today).await? {
        Ok(plan) => plan,
        Err(broken) => return ended(report, broken),
    };
    match write(connection, &unit, request, terms, &plan, day).await.map_err(explained) {
        Ok(written) => told(connection, &unit, report, written, &before, day).await,
        // The transaction is over; what a trial was refused for is what it was to find out.
        Err(Error::Rules(violations)) if mode == Mode::Try => {
            let broken = violations.iter().filter_map(|one| Broken::of(&one.rule)).collect();
            ended(report, broken)
        }
        Err(error) => Err(error),
    }
}

/// The unit, once nobody else changes its rights, if they are as the writer saw them.
async fn stand(connection: &mut PgConnection, unit: i64, terms: &Terms) -> Result<Unit> {
    let unknown = || Error::NotFound(format!("there is no property unit {unit}"));
    store::unit(connection, unit).await?.ok_or_else(unknown)?;
    store::hold(connection, unit).await?;
    // Read again, after those who were before us.
    let unit = store::unit(connection, unit).await?.ok_or_else(unknown)?;
    if terms.version.as_ref().is_some_and(|seen| *seen != unit.version) {
        let last = store::last_change(connection, unit.id).await?;
        return Err(Error::Conflict(last.told(unit.id)));
    }
    Ok(unit)
}

/// The plan, or every rule that stands in its way.
async fn planned(
    connection: &mut PgConnection,
    unit: &Unit,
    request: &Request,
    before: &[Entry],
    day: NaiveDate,
    today: NaiveDate,
) -> Result<Result<Plan, Vec<Broken>>> {
    let mut broken = Vec::new();
    if day > today {
        broken.extend(Broken::of("act_takes_effect_by_today"));
    }
    if matches!(request, Request::Transfer { .. }) {
        broken.extend(store::burdens::bans(connection, unit.id, day).await?);
    }
    let plan = plan::make(request, before, day, today).unwrap_or_else(|more| {
        broken.extend(more);
        Plan::default()
    });
    let parties = plan.begins.iter().map(|one| one.party).chain(plan.corrected.iter().map(|one| one.party));
    let unknown = store::unknown_parties(connection, &parties.collect::<Vec<_>>()).await?;
    broken.extend(Broken::about("party_is_recorded", unknown));
    if let Some(act) = plan.annuls {
        broken.extend(store::hindrances(connection, unit.id, act).await?);
    }
    if let Some(burden) = &plan.burden {
        broken.extend(store::burdens::unknown(connection, unit.id, burden).await?);
    }
    if let Some(restriction) = plan.released
        && !store::burdens::lies_on(connection, unit.id, restriction, day).await?
    {
        broken.extend(Broken::about("restriction_is_in_force", [restriction]));
    }
    Ok(if broken.is_empty() { Ok(plan) } else { Err(broken) })
}

/// An act that is not written.
fn ended(report: Report, broken: Vec<Broken>) -> Result<Report> {
    if report.dry_run { Ok(Report { broken, ..report }) } else { Err(rules::refused(&broken)) }
}

/// What was written.
#[derive(Clone, Copy)]
struct Written {
    act: i64,
    source: i64,
}

async fn write(
    connection: &mut PgConnection,
    unit: &Unit,
    request: &Request,
    terms: &Terms,
    plan: &Plan,
    day: NaiveDate,
) -> sqlx::Result<Written> {
    let source = match (&terms.source, terms.source_id) {
        (Some(source), _) => sources::store::record(connection, &unit.ubigeo, source).await?,
        (None, id) => id.unwrap_or_default(),
    };
    store::name_source(connection, source).await?;
    let day_of_act = (!request.corrects()).then_some(day);
    let act = store::begin(connection, unit.id, request.kind(), day_of_act, source, plan.annuls).await?;
    store::end(connection, &plan.ends, day).await?;
    for begin in &plan.begins {
        store::enter(connection, unit.id, begin, day, source).await?;
    }
    for entry in &plan.corrected {
        store::correct(connection, entry).await?;
    }
    if let Some(burden) = &plan.burden {
        store::burdens::put_on(connection, unit, burden, day, source).await?;
    }
    if let Some(restriction) = plan.released {
        store::burdens::take_off(connection, restriction, day).await?;
    }
    store::annul(connection, &plan.annulled).await?;
    if let Some(annulled) = plan.annuls {
        store::undo(connection, annulled).await?;
    }
    Ok(Written { act, source })
}

/// What the database holds now, and whether it may stay so.
async fn told(
    connection: &mut PgConnection,
    unit: &Unit,
    report: Report,
    written: Written,
    before: &[Entry],
    day: NaiveDate,
) -> Result<Report> {
    let after = store::entries(connection, &[unit.id]).await?;
    let broken = store::unbalanced(connection, unit.id).await?;
    if !broken.is_empty() && !report.dry_run {
        return Err(rules::refused(&broken));
    }
    let parts = store::parts(connection, written.act).await?;
    let is_done = !report.dry_run;
    Ok(Report {
        act_id: is_done.then_some(written.act),
        source_id: is_done.then_some(written.source),
        version: if is_done { next(&unit.version) } else { None },
        shares: lines(before, &after, day),
        entries: touched(parts, &after),
        burdens: store::burdens::touched(connection, written.act).await?,
        broken,
        ..report
    })
}

/// The judgement at commit counts once for each transaction.
fn next(version: &str) -> Option<String> {
    Some((version.parse::<i64>().ok()? + 1).to_string())
}

fn touched(parts: Vec<(i64, String)>, after: &[Entry]) -> Vec<Touched> {
    let find = |id: i64| after.iter().find(|one| one.entry == id).cloned();
    parts.into_iter().filter_map(|(id, part)| Some(Touched { part, entry: find(id)? })).collect()
}

/// Who holds which share on `day`, before and after; a right that ends on that day no longer counts after.
fn lines(before: &[Entry], after: &[Entry], day: NaiveDate) -> Vec<Line> {
    let mut lines: BTreeMap<(String, i64, i64), Line> = BTreeMap::new();
    let mut put = |entry: &Entry, is_after: bool| {
        let key = (entry.kind.clone(), entry.right, entry.party);
        let blank = Line {
            kind: entry.kind.clone(),
            right: entry.right,
            party: entry.party,
            before: None,
            after: None,
        };
        let line = lines.entry(key).or_insert(blank);
        *(if is_after { &mut line.after } else { &mut line.before }) = Some(entry.share);
    };
    before.iter().filter(|entry| entry.covers(day)).for_each(|entry| put(entry, false));
    after.iter().filter(|entry| entry.covers(day)).for_each(|entry| put(entry, true));
    lines.into_values().collect()
}

/// The day before, which is the last one of what ends on `day`.
pub(super) fn last_before(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(1))
}
