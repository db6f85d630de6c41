//! Corners that meet an edge are corners of both: what the operation leaves is woven into its neighbours.

use std::collections::BTreeSet;

use super::plan::{Piece, Plan};
use super::stand::Fabric;
use crate::parcels::shape::{OFF_EDGE_MM, ON_EDGE_MM, Shape};
use crate::spatial::mm::Mm;

/// Rounds after which nothing can be new: a corner goes to a neighbour, comes back from it, and settles.
const ROUNDS: usize = 4;

/// Inserts each corner of an agreed result in the edges of neighbours and of other results that it touches, and each
/// neighbour's corner in the results. Neighbours that got one join the plan.
pub fn neighbours(mut plan: Plan, fabric: &Fabric) -> Plan {
    let planned: BTreeSet<i64> = plan.pieces.iter().map(|piece| piece.template).collect();
    let ended: BTreeSet<i64> = plan.ends.iter().copied().collect();
    let mut around: Vec<Piece> = fabric
        .neighbours
        .iter()
        .filter(|one| !planned.contains(&one.version_id) && !ended.contains(&one.version_id))
        .filter_map(|one| {
            Some(Piece { is_named: false, ..Piece::of(one, fabric.shape_of(one.version_id)?.clone()) })
        })
        .collect();
    let known: BTreeSet<Mm> = fabric.shapes.values().flat_map(Shape::corners).collect();
    for _ in 0..ROUNDS {
        let corners: Vec<Mm> = plan.agreed().flat_map(Shape::corners).collect();
        // A corner that the operation makes may have been rounded off the edge that it was made on.
        let reach = |corner: &Mm| if known.contains(corner) { ON_EDGE_MM } else { OFF_EDGE_MM };
        let outside: Vec<Mm> = around.iter().flat_map(|piece| piece.shape.corners()).collect();
        let mut changed = false;
        for piece in plan.pieces.iter_mut().filter(|piece| piece.state == "agreed") {
            let own = corners.iter().map(|corner| (*corner, reach(corner)));
            let all = own.chain(outside.iter().map(|corner| (*corner, ON_EDGE_MM)));
            changed |= insert(&mut piece.shape, all);
        }
        for piece in &mut around {
            changed |= insert(&mut piece.shape, corners.iter().map(|corner| (*corner, reach(corner))));
        }
        if !changed {
            break;
        }
    }
    let touched = around.into_iter().filter(|piece| fabric.shape_of(piece.template) != Some(&piece.shape));
    plan.pieces.extend(touched);
    plan
}

fn insert(shape: &mut Shape, corners: impl Iterator<Item = (Mm, f64)>) -> bool {
    let Some([w, s, e, n]) = shape.bounds_m() else { return false };
    let near = |place: &Mm| {
        let (x, y) = place.metres();
        x > w - 0.002 && x < e + 0.002 && y > s - 0.002 && y < n + 0.002
    };
    let mut changed = false;
    for (corner, reach) in corners.filter(|(corner, _)| near(corner)) {
        changed |= shape.insert(corner, reach);
    }
    changed
}
