//! Split and detach: the pieces that a line leaves.

use sqlx::PgConnection;

use super::plan::{Piece, Plan, broken};
use crate::parcels::cut::{Cut, NoLine};
use crate::parcels::rules::Broken;
use crate::parcels::shape::Shape;
use crate::parcels::store::{self, Registered, Standing};
use crate::problem::Result;
use crate::spatial::mm::{Mm, contains, write_line};

/// The parts into which the cut divides the parcel.
pub async fn parts(
    connection: &mut PgConnection,
    target: &Standing,
    shape: &Shape,
    cut: &Cut,
) -> Result<Result<Vec<Shape>, Vec<Broken>>> {
    let line = match cut.line(shape) {
        Ok(line) => line,
        Err(NoLine::TooShort) => return Ok(Err(broken("line_divides_the_parcel", &target.code))),
        Err(NoLine::AreaNotWithin) => return Ok(Err(broken("area_is_within_the_parcel", &target.code))),
    };
    let mut text = String::new();
    write_line(&mut text, &line);
    let pieces = store::pieces(connection, &shape.ewkb(), &text).await?;
    let pieces: Vec<Shape> = pieces.iter().filter_map(|text| Shape::parse(text)).collect();
    let parts = cut.parts(shape, &line, pieces);
    Ok(parts.ok_or_else(|| broken("line_divides_the_parcel", &target.code)))
}

/// Every part is a new parcel.
pub fn split(target: &Standing, parts: Vec<Shape>, registered: &[Option<f64>]) -> Plan {
    let said = |k: usize| registered.get(k).copied().flatten();
    Plan {
        pieces: parts.into_iter().enumerate().map(|(k, shape)| Piece::new(target, shape, said(k))).collect(),
        ends: vec![target.version_id],
        parents: vec![target.parcel_id],
        method: "computed",
    }
}

/// One part goes on as the remainder, the others are new parcels.
pub fn detach(
    target: &Standing,
    mut parts: Vec<Shape>,
    keep: Option<[f64; 2]>,
    registered: &[Option<f64>],
) -> Plan {
    let chosen = keep
        .map(|[e, n]| Mm::from_m(e, n))
        .and_then(|place| parts.iter().position(|part| holds(part, place)));
    let largest =
        || parts.iter().enumerate().max_by(|a, b| a.1.area_m2().total_cmp(&b.1.area_m2())).map(|(k, _)| k);
    let remainder = parts.remove(chosen.or_else(largest).unwrap_or_default());
    let said = |k: usize| registered.get(k).copied().flatten();
    let rest = Piece { registered: Registered::Said(said(0)), ..Piece::of(target, remainder) };
    let new = parts.into_iter().enumerate().map(|(k, shape)| Piece::new(target, shape, said(k + 1)));
    Plan {
        pieces: [rest].into_iter().chain(new).collect(),
        ends: Vec::new(),
        parents: vec![target.parcel_id],
        method: "computed",
    }
}

fn holds(shape: &Shape, place: Mm) -> bool {
    // Even-odd over the rings of a polygon: a hole takes away what the outer ring holds.
    shape.0.iter().any(|rings| rings.iter().filter(|ring| contains(ring, place)).count() % 2 == 1)
}
