//! The parcels that an operation is about, and their neighbours, as they stand once nobody else writes there.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::plan::Plan;
use super::{explain, gone};
use crate::parcels::model::{CornerChange, Request, Terms};
use crate::parcels::rules::{self, Broken};
use crate::parcels::shape::Shape;
use crate::parcels::store::{self, Standing};
use crate::problem::{Error, Result};
use crate::spatial::mm::{Mm, write_line};

/// What an operation starts from.
pub struct Fabric {
    /// From when the land will be as the operation leaves it.
    pub day: NaiveDate,
    /// The district.
    pub ubigeo: String,
    /// The parcels that it names, in the order of its codes.
    pub targets: Vec<Standing>,
    /// Agreed parcels around them.
    pub neighbours: Vec<Standing>,
    /// Polygons by version.
    pub shapes: BTreeMap<i64, Shape>,
}

impl Fabric {
    fn standing(&self, version: i64) -> Option<&Standing> {
        self.targets.iter().chain(&self.neighbours).find(|one| one.version_id == version)
    }

    pub fn shape_of(&self, version: i64) -> Option<&Shape> {
        self.shapes.get(&version)
    }

    pub fn code_of(&self, version: i64) -> &str {
        self.standing(version).map_or("", |one| one.code.as_str())
    }

    pub fn began(&self, version: i64) -> Option<NaiveDate> {
        self.standing(version).map(|one| one.began)
    }

    /// Whether the version is in force on the day and without term: only then it can end on that day.
    pub fn is_open(&self, version: i64) -> bool {
        self.standing(version).is_some_and(|one| one.open && one.began <= self.day)
    }

    /// What the journal says about corners that neighbours get although a case holds them.
    pub fn locked_neighbours(&self, plan: &Plan) -> Option<String> {
        let held: Vec<String> = plan
            .pieces
            .iter()
            .filter(|piece| !piece.is_named)
            .filter_map(|piece| self.standing(piece.template))
            .filter_map(|one| Some(format!("{} ({})", one.code, one.lock.as_ref()?)))
            .collect();
        (!held.is_empty())
            .then(|| format!("también cambia el lindero de predios con expediente: {}", held.join(", ")))
    }
}

/// The codes that are meant: those named, and the provisional ones of a named block.
pub async fn codes(connection: &mut PgConnection, request: &Request, day: NaiveDate) -> Result<Vec<String>> {
    let mut codes: Vec<String> = request.codes().into_iter().map(str::to_uppercase).collect();
    if let Request::Agree { block: Some(block), .. } = request {
        codes.extend(store::provisional_of_block(connection, block, day).await?);
    }
    codes.sort();
    codes.dedup();
    Ok(codes)
}

/// Takes turns and reads. What cannot be meant is a broken rule.
pub async fn read(
    connection: &mut PgConnection,
    request: &Request,
    terms: &Terms,
    codes: &[String],
    day: NaiveDate,
    today: NaiveDate,
) -> Result<Result<Fabric, Vec<Broken>>> {
    if day > today {
        return Ok(Err(Broken::of("operation_takes_effect_by_today").into_iter().collect()));
    }
    if codes.is_empty() {
        return Ok(Err(Broken::of("parcel_is_provisional").into_iter().collect()));
    }
    let places = places(request);
    let more = (!places.is_empty()).then(|| line_of(&places));
    let targets = store::in_force(connection, codes, day).await?;
    let shapes = shapes_of(&targets);
    // Before a far place can ask for a million cells.
    let far: Vec<Broken> = targets
        .iter()
        .filter_map(|one| Some(rules::far(&one.code, shapes.get(&one.version_id)?, &places)))
        .flatten()
        .collect();
    if !far.is_empty() {
        return Ok(Err(far));
    }
    store::take_turns(connection, codes, day, more.as_deref()).await?;
    let targets = store::in_force(connection, codes, day).await?;
    as_seen(connection, &targets, codes, terms).await?;
    let shapes = shapes_of(&targets);
    let Some(first) = targets.first() else { return Err(Error::NotFound("no parcel".to_owned())) };
    let mut fabric = Fabric {
        day: if request.corrects() { first.began } else { day },
        ubigeo: first.ubigeo.clone(),
        neighbours: Vec::new(),
        targets,
        shapes,
    };
    surround(connection, request, &mut fabric, &places).await?;
    Ok(Ok(fabric))
}

/// Reads the agreed neighbours, unless the operation is about provisional parcels, which bind nobody.
async fn surround(
    connection: &mut PgConnection,
    request: &Request,
    fabric: &mut Fabric,
    places: &[Mm],
) -> Result<()> {
    let binds = matches!(request, Request::Agree { .. }) || fabric.targets.iter().any(Standing::is_agreed);
    let around = Shape(vec![vec![
        fabric.shapes.values().flat_map(Shape::corners).chain(places.iter().copied()).collect(),
    ]]);
    let (true, Some(bounds)) = (binds, around.bounds_m()) else { return Ok(()) };
    let own: Vec<i64> = fabric.targets.iter().map(|one| one.parcel_id).collect();
    fabric.neighbours = store::neighbours(connection, bounds, fabric.day, &own).await?;
    fabric.shapes.extend(shapes_of(&fabric.neighbours));
    Ok(())
}

fn shapes_of(standing: &[Standing]) -> BTreeMap<i64, Shape> {
    let one = |one: &Standing| Some((one.version_id, Shape::parse(one.text.as_deref()?)?));
    standing.iter().filter_map(one).collect()
}

/// Whether every parcel is there, once, and as the writer saw it.
async fn as_seen(
    connection: &mut PgConnection,
    targets: &[Standing],
    codes: &[String],
    terms: &Terms,
) -> Result<()> {
    for code in codes {
        let found: Vec<&Standing> = targets.iter().filter(|one| one.code == *code).collect();
        match found.as_slice() {
            [] => return Err(gone(connection, code).await?),
            [one] => {
                let expected = terms.expected.get(code);
                if expected.is_some_and(|expected| *expected != one.token) {
                    return Err(changed(connection, code).await?);
                }
            }
            _ => return Err(Error::bad("code", format!("{code} stands in several districts"))),
        }
    }
    Ok(())
}

async fn changed(connection: &mut PgConnection, code: &str) -> Result<Error> {
    let change = store::last_change(connection, code).await?;
    Ok(change.map_or_else(
        || Error::NotFound(code.to_owned()),
        |change| Error::Conflict(explain::what_changed(&change)),
    ))
}

/// Every place that the request brings.
fn places(request: &Request) -> Vec<Mm> {
    let mm = |[e, n]: [f64; 2]| Mm::from_m(e, n);
    match request {
        Request::Adjust { corners, .. } => corners
            .iter()
            .flat_map(|change| match *change {
                CornerChange::Move { from, to } => vec![mm(from), mm(to)],
                CornerChange::Insert { at } | CornerChange::Remove { at } => vec![mm(at)],
            })
            .collect(),
        Request::Replace { polygons, .. } | Request::Correct { polygons, .. } => {
            polygons.iter().flatten().flatten().map(|place| mm(*place)).collect()
        }
        _ => Vec::new(),
    }
}

/// A line has a box, which is all that matters here; it needs two places.
fn line_of(places: &[Mm]) -> String {
    let mut text = String::new();
    let twice: Vec<Mm> = places.iter().copied().chain(places.first().copied()).collect();
    write_line(&mut text, &twice);
    text
}
