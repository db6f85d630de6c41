//! What an operation did, or would do, for the person who asked.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::PgConnection;

use super::plan::Plan;
use super::stand::Fabric;
use crate::parcels::model::{FreeEdge, Measures, Part, Report, Request, Touched};
use crate::parcels::shape::{OFF_EDGE_MM, Shape, bent_area_m2};
use crate::parcels::store::{self, Outcome, Standing};
use crate::problem::Result;
use crate::spatial::mm::{Mm, point_segment};

/// What is to be known before anything is written: afterwards rights and burdens have moved on.
pub async fn before(
    connection: &mut PgConnection,
    request: &Request,
    fabric: &Fabric,
    plan: &Plan,
) -> Result<Report> {
    let named: Vec<i64> = fabric.targets.iter().map(|one| one.parcel_id).collect();
    let touched: Vec<i64> =
        named.iter().copied().chain(plan.pieces.iter().filter_map(|piece| piece.parcel_id)).collect();
    Ok(Report {
        operation: request.kind(),
        effective_on: Some(fabric.day),
        free_edges: free_edges(fabric, plan),
        cases: store::held(connection, &touched).await?,
        rights: store::rights(connection, &named, fabric.day).await?,
        restrictions: store::restrictions(connection, &named, fabric.day).await?,
        ..Report::default()
    })
}

/// What the database holds now.
pub async fn after(
    connection: &mut PgConnection,
    report: &mut Report,
    operation: i64,
    fabric: &Fabric,
) -> Result<()> {
    let outcome = store::outcome(connection, operation).await?;
    let named: BTreeSet<i64> = fabric.targets.iter().map(|one| one.parcel_id).collect();
    report.operation_id = Some(operation);
    report.preview.features = outcome.iter().filter_map(feature).collect();
    report.parcels = outcome.into_iter().map(|one| touched(&named, one)).collect();
    Ok(())
}

fn feature(one: &Outcome) -> Option<serde_json::Value> {
    let geometry: serde_json::Value = serde_json::from_str(one.geojson.as_ref()?).ok()?;
    let properties =
        json!({ "code": one.code, "fabric_state": one.fabric_state, "grid_area_m2": one.grid_m2 });
    Some(json!({ "type": "Feature", "id": one.code, "properties": properties, "geometry": geometry }))
}

fn touched(named: &BTreeSet<i64>, one: Outcome) -> Touched {
    let measures = |grid: Option<f64>, ellipsoidal: Option<f64>, perimeter: Option<f64>| {
        Some(Measures { grid_area_m2: grid?, ellipsoidal_area_m2: ellipsoidal?, perimeter_m: perimeter? })
    };
    Touched {
        part: part(named, &one),
        before: measures(one.before_grid_m2, one.before_ellipsoidal_m2, one.before_perimeter_m),
        after: measures(one.grid_m2, one.ellipsoidal_m2, one.perimeter_m),
        code: one.code,
        version: one.token,
        fabric_state: one.fabric_state,
        registered_area_m2: one.registered_area_m2,
    }
}

fn part(named: &BTreeSet<i64>, one: &Outcome) -> Part {
    let corners = |text: &Option<String>| text.as_deref().and_then(Shape::parse).map(|shape| shape.corners());
    if one.before_version_id.is_none() {
        Part::Begins
    } else if one.token.is_none() {
        Part::Ends
    } else if !named.contains(&one.parcel_id)
        && corners(&one.before_text)
            .zip(corners(&one.text))
            .is_some_and(|(before, after)| before.is_subset(&after))
    {
        Part::GetsCorner
    } else {
        Part::Changes
    }
}

/// Edges without a neighbour in which the operation puts corners: those of the named parcels, and those of whoever
/// gets a corner beside. Where three parcels meet at a sharp angle, a corner of one edge may lie in the next.
fn free_edges(fabric: &Fabric, plan: &Plan) -> Vec<FreeEdge> {
    if plan.parents.is_empty() {
        return Vec::new();
    }
    let shapes = |all: &[Standing]| -> Vec<Shape> {
        all.iter().filter_map(|one| fabric.shape_of(one.version_id).cloned()).collect()
    };
    let (targets, neighbours) = (shapes(&fabric.targets), shapes(&fabric.neighbours));
    let sides: BTreeSet<(Mm, Mm)> = targets.iter().chain(&neighbours).flat_map(Shape::edges).collect();
    let taken: BTreeSet<(Mm, Mm)> = neighbours.iter().flat_map(Shape::edges).collect();
    let named = plan.pieces.iter().filter(|piece| piece.is_named).flat_map(|piece| piece.shape.corners());
    let own: BTreeSet<Mm> = targets.iter().flat_map(Shape::corners).collect();
    let fresh: BTreeSet<Mm> = named.filter(|corner| !own.contains(corner)).collect();
    let free = |(a, b): &(Mm, Mm)| !sides.contains(&(*b, *a));
    let of_targets = targets.iter().flat_map(Shape::edges).filter(|edge| free(edge) && !taken.contains(edge));
    let mut bends: Vec<FreeEdge> = of_targets.filter_map(|edge| bent(edge, &fresh)).collect();
    for piece in plan.pieces.iter().filter(|piece| !piece.is_named) {
        let Some(before) = fabric.shape_of(piece.template) else { continue };
        let gained: BTreeSet<Mm> = piece.shape.corners().difference(&before.corners()).copied().collect();
        bends.extend(before.edges().filter(free).filter_map(|edge| bent(edge, &gained)));
    }
    bends
}

fn bent((a, b): (Mm, Mm), fresh: &BTreeSet<Mm>) -> Option<FreeEdge> {
    let mut corners: Vec<Mm> =
        fresh.iter().copied().filter(|p| point_segment(*p, a, b) <= OFF_EDGE_MM).collect();
    corners.sort_by(|p, q| a.distance(*p).total_cmp(&a.distance(*q)));
    if corners.is_empty() {
        return None;
    }
    let place = |p: Mm| <[f64; 2]>::from(p.metres());
    let length_m = a.distance(b) / 1000.0;
    Some(FreeEdge {
        from: place(a),
        to: place(b),
        length_m,
        area_change_m2: bent_area_m2((a, b), &corners),
        limit_m2: 0.000_71 * length_m / 2.0 * corners.len() as f64,
        corners: corners.into_iter().map(place).collect(),
    })
}
