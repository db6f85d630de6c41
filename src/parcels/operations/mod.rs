//! The operations on the fabric: functions on a transaction, which HTTP, command line and tests call.
//!
//! Each reads the parcels that it is about and their neighbours, after every other writer of the same places has
//! ended ([`store::take_turns`]); plans on whole millimetres without the database; writes; and tells what it did. A
//! dry run is the same code in a transaction that is rolled back. The database judges at commit.
//!
//! A day is the law's grain: a version that begins and ends on one day was never in force, so it leaves the table,
//! and the history keeps what was recorded.

mod adjust;
mod divide;
mod explain;
mod plan;
mod report;
mod stand;
mod weave;

pub use explain::explained;

use chrono::NaiveDate;
use sqlx::{Connection, PgConnection};

use self::plan::{Piece, Plan};
use self::stand::Fabric;
use super::model::{Report, Request, Terms};
use super::rules::{self, Broken};
use super::shape::Shape;
use super::store::{self, Next};
use crate::problem::{Error, Result};

/// Whether an operation is done or only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Done; the caller commits, unless the report names a broken rule.
    Do,
    /// Tried; the caller rolls back.
    Try,
}

/// Does what is asked, in a transaction that acts as a surveyor and knows its reason. `today` is the day in Lima.
///
/// # Errors
/// [`Error::NotFound`] for a code that nobody has, [`Error::Conflict`] when a parcel is no longer what the writer saw,
/// [`Error::Rules`] when a rule is broken in [`Mode::Do`] (a trial lists them in its report), and what the database says.
pub async fn perform(
    connection: &mut PgConnection,
    request: &Request,
    terms: &Terms,
    today: NaiveDate,
    mode: Mode,
) -> Result<Report> {
    let asked = terms.effective_on.unwrap_or(today);
    let codes = stand::codes(connection, request, asked).await?;
    let fabric = match stand::read(connection, request, terms, &codes, asked, today).await? {
        Ok(fabric) => fabric,
        Err(broken) => return ended(request, mode, broken),
    };
    let plan = match plan::make(connection, request, &fabric).await? {
        Ok(plan) => plan,
        Err(broken) => return ended(request, mode, broken),
    };
    let plan = weave::neighbours(plan, &fabric);
    let broken = flaws(connection, request, &fabric, &plan).await?;
    if !broken.is_empty() {
        return ended(request, mode, broken);
    }
    let mut report = report::before(connection, request, &fabric, &plan).await?;
    let operation = write(connection, request, terms, &fabric, &plan).await.map_err(explained)?;
    report::after(connection, &mut report, operation, &fabric).await?;
    report.dry_run = mode == Mode::Try;
    if mode == Mode::Try {
        let told = store::judge(connection, operation).await?;
        report.broken = told.into_iter().filter_map(Broken::told).collect();
        report.operation_id = None;
    }
    Ok(report)
}

/// The same for the command line: in a transaction of its own, as the owner of the schema.
///
/// # Errors
/// As [`perform`].
pub async fn as_owner(
    connection: &mut PgConnection,
    request: &Request,
    terms: &Terms,
    today: NaiveDate,
    mode: Mode,
) -> Result<Report> {
    let mut transaction = connection.begin().await?;
    store::act_as_owner(&mut transaction, &terms.reason).await?;
    let report = perform(&mut transaction, request, terms, today, mode).await?;
    match mode {
        Mode::Do => transaction.commit().await.map_err(explained)?,
        Mode::Try => transaction.rollback().await?,
    }
    Ok(report)
}

/// An operation that cannot even be written.
fn ended(request: &Request, mode: Mode, broken: Vec<Broken>) -> Result<Report> {
    if mode == Mode::Do {
        return Err(explain::refused(&broken));
    }
    Ok(Report { operation: request.kind(), dry_run: true, broken, ..Report::default() })
}

/// What is wrong with the planned polygons already on paper.
async fn flaws(
    connection: &mut PgConnection,
    request: &Request,
    fabric: &Fabric,
    plan: &Plan,
) -> Result<Vec<Broken>> {
    let mut broken = Vec::new();
    for piece in &plan.pieces {
        let before = fabric.shape_of(piece.template);
        let before = before.cloned().unwrap_or_default();
        // Of a piece of a division, the sides of the whole were there before.
        broken.extend(rules::rings(fabric.code_of(piece.template), &piece.shape, Some(&before)));
        if !request.corrects() && !fabric.is_open(piece.template) {
            broken.extend(
                Broken::of("parcel_is_in_force_openly").map(|b| b.parcel(fabric.code_of(piece.template))),
            );
        }
    }
    if broken.is_empty() {
        let shapes: Vec<String> = plan.pieces.iter().map(|piece| piece.shape.ewkb()).collect();
        for (index, x, y) in store::invalid(connection, &shapes).await? {
            let code = usize::try_from(index)
                .ok()
                .and_then(|k| plan.pieces.get(k))
                .map(|p| fabric.code_of(p.template));
            let place = crate::spatial::mm::Mm::from_m(x, y);
            broken.extend(
                Broken::of("parcel_version_agreed_is_valid")
                    .map(|b| b.parcel(code.unwrap_or_default()).at(place)),
            );
        }
    }
    Ok(broken)
}

/// Writes the plan: new parcels while their templates stand, then ends, then what goes on.
async fn write(
    connection: &mut PgConnection,
    request: &Request,
    terms: &Terms,
    fabric: &Fabric,
    plan: &Plan,
) -> sqlx::Result<i64> {
    let day = fabric.day;
    if let Some(note) = fabric.locked_neighbours(plan) {
        store::say_why(connection, &format!("{} [{note}]", terms.reason)).await?;
    }
    let operation = store::begin(connection, request, terms, &fabric.ubigeo, day).await?;
    let places: Vec<_> = plan.agreed().flat_map(Shape::corners).collect();
    store::corners(connection, &fabric.ubigeo, &places, plan.method, terms.survey_id).await?;
    let mut next = Vec::with_capacity(plan.pieces.len());
    for piece in &plan.pieces {
        next.push(named(connection, piece).await?);
    }
    let is_new = |one: &&Next, piece: &Piece| piece.parcel_id != Some(one.parcel_id);
    let pairs = || next.iter().zip(&plan.pieces);
    let children: Vec<&Next> =
        pairs().filter(|(one, piece)| is_new(one, piece)).map(|(one, _)| one).collect();
    let stays = |piece: &Piece| request.corrects() || fabric.began(piece.template) == Some(day);
    let (in_place, successors): (Vec<_>, Vec<_>) =
        pairs().filter(|(one, piece)| !is_new(one, piece)).partition(|(_, piece)| stays(piece));
    let in_place: Vec<&Next> = in_place.into_iter().map(|(one, _)| one).collect();
    let successors: Vec<&Next> = successors.into_iter().map(|(one, _)| one).collect();
    store::insert(connection, &children, day, terms).await?;
    let ending: Vec<i64> =
        plan.ends.iter().copied().chain(successors.iter().map(|one| one.template)).collect();
    store::end(connection, &ending, day).await?;
    store::insert(connection, &successors, day, terms).await?;
    store::update(connection, &in_place, terms).await?;
    if !children.is_empty() {
        let born: Vec<i64> = children.iter().map(|one| one.parcel_id).collect();
        store::link(connection, operation, &plan.parents, &born).await?;
    }
    Ok(operation)
}

async fn named(connection: &mut PgConnection, piece: &Piece) -> sqlx::Result<Next> {
    let parcel_id = match piece.parcel_id {
        Some(id) => id,
        None => store::new_parcel(connection, piece.template).await?,
    };
    Ok(Next {
        parcel_id,
        template: piece.template,
        shape: piece.shape.clone(),
        state: piece.state.clone(),
        registered: piece.registered,
        is_named: piece.is_named,
    })
}

/// A code that nobody has in force: unknown, or gone by an operation that the answer names.
async fn gone(connection: &mut PgConnection, code: &str) -> Result<Error> {
    Ok(match store::last_change(connection, code).await? {
        None => Error::NotFound(format!("no parcel has the code {code}")),
        Some(change) => Error::Conflict(explain::what_changed(&change)),
    })
}
