//! Adjust: corners move, appear or go, and everybody who has them goes along.

use super::plan::{Piece, Plan, Planned};
use super::stand::Fabric;
use crate::parcels::model::CornerChange;
use crate::parcels::rules::Broken;
use crate::parcels::shape::{OFF_EDGE_MM, Shape};
use crate::parcels::store::Standing;
use crate::spatial::mm::Mm;

/// The target and every neighbour that a change reaches.
pub fn plan(fabric: &Fabric, target: &Standing, changes: &[CornerChange]) -> Planned {
    let all: Vec<&Standing> = fabric.targets.iter().chain(&fabric.neighbours).collect();
    let mut shapes: Vec<Shape> =
        all.iter().map(|one| fabric.shape_of(one.version_id).cloned().unwrap_or_default()).collect();
    for change in changes {
        apply(target, &mut shapes, *change).map_err(|broken| vec![broken])?;
    }
    let changed = all.iter().zip(shapes).enumerate().filter(|(k, (one, shape))| {
        *k == 0 || fabric.shape_of(one.version_id).is_some_and(|before| before != shape)
    });
    let pieces =
        changed.map(|(k, (one, shape))| Piece { is_named: k == 0, ..Piece::of(one, shape) }).collect();
    Ok(Plan { pieces, method: "adjusted", ..Plan::default() })
}

/// One change, in the target (the first shape) and in all others that it concerns.
fn apply(target: &Standing, shapes: &mut [Shape], change: CornerChange) -> Result<(), Broken> {
    let mm = |[e, n]: [f64; 2]| Mm::from_m(e, n);
    let (name, place, done) = match change {
        CornerChange::Move { from, to } => {
            ("corner_is_there", mm(from), everywhere(shapes, |shape| shape.shift(mm(from), mm(to))))
        }
        CornerChange::Remove { at } => {
            ("corner_is_there", mm(at), everywhere(shapes, |shape| shape.remove(mm(at))))
        }
        CornerChange::Insert { at } => {
            ("corner_is_on_an_edge", mm(at), everywhere(shapes, |shape| shape.insert(mm(at), OFF_EDGE_MM)))
        }
    };
    match Broken::of(name) {
        Some(broken) if !done => Err(broken.parcel(&target.code).at(place)),
        _ => Ok(()),
    }
}

/// Applies a change to the target and, where the target has it, to the others.
fn everywhere(shapes: &mut [Shape], mut change: impl FnMut(&mut Shape) -> bool) -> bool {
    let Some((target, others)) = shapes.split_first_mut() else { return false };
    let done = change(target);
    if done {
        for other in others {
            change(other);
        }
    }
    done
}
