//! What an operation will leave, decided on whole millimetres.

use sqlx::PgConnection;

use super::stand::Fabric;
use super::{adjust, divide};
use crate::parcels::model::Request;
use crate::parcels::rules::Broken;
use crate::parcels::shape::Shape;
use crate::parcels::store::{self, Registered, Standing};
use crate::problem::Result;
use crate::spatial::mm::Mm;

/// A polygon that the operation leaves.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The parcel that goes on; none for a new one.
    pub parcel_id: Option<i64>,
    /// The version whose attributes it takes over.
    pub template: i64,
    /// The polygon.
    pub shape: Shape,
    /// Its state in the fabric.
    pub state: String,
    /// What is registered of it.
    pub registered: Registered,
    /// Whether the operation is about it.
    pub is_named: bool,
}

/// Everything that an operation leaves.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What begins or goes on.
    pub pieces: Vec<Piece>,
    /// Versions that end without a successor.
    pub ends: Vec<i64>,
    /// Parcels that new ones come from.
    pub parents: Vec<i64>,
    /// How new corners come to be.
    pub method: &'static str,
}

impl Plan {
    /// The polygons that will be agreed.
    pub fn agreed(&self) -> impl Iterator<Item = &Shape> {
        self.pieces.iter().filter(|piece| piece.state == "agreed").map(|piece| &piece.shape)
    }
}

impl Piece {
    /// A parcel that goes on with another polygon.
    pub fn of(standing: &Standing, shape: Shape) -> Self {
        Self {
            parcel_id: Some(standing.parcel_id),
            template: standing.version_id,
            shape,
            state: standing.fabric_state.clone(),
            registered: Registered::Kept,
            is_named: true,
        }
    }

    /// A new parcel with the attributes of an old one.
    pub fn new(parent: &Standing, shape: Shape, registered: Option<f64>) -> Self {
        Self { parcel_id: None, registered: Registered::Said(registered), ..Self::of(parent, shape) }
    }
}

/// A plan, or every rule that stands in its way.
pub type Planned = Result<Plan, Vec<Broken>>;

/// The breach as a whole answer.
pub fn broken(name: &str, code: &str) -> Vec<Broken> {
    Broken::of(name).map(|one| one.parcel(code)).into_iter().collect()
}

/// Plans the operation.
pub async fn make(connection: &mut PgConnection, request: &Request, fabric: &Fabric) -> Result<Planned> {
    let target = &fabric.targets[0];
    if let Request::Agree { .. } = request {
        return Ok(agree(fabric));
    }
    if let Request::Retire { .. } = request {
        return Ok(Ok(Plan { ends: vec![target.version_id], ..Plan::default() }));
    }
    if let Request::Replace { polygons, .. } | Request::Correct { polygons, .. } = request {
        return Ok(Ok(survey(target, polygons)));
    }
    let Some(shape) = fabric.shape_of(target.version_id) else {
        return Ok(Err(broken("parcel_version_agreed_has_a_polygon", &target.code)));
    };
    match request {
        Request::Split { cut, registered_areas_m2, .. } => {
            let parts = divide::parts(connection, target, shape, cut).await?;
            Ok(parts.map(|parts| divide::split(target, parts, registered_areas_m2)))
        }
        Request::Detach { cut, keep, registered_areas_m2, .. } => {
            let parts = divide::parts(connection, target, shape, cut).await?;
            Ok(parts.map(|parts| divide::detach(target, parts, *keep, registered_areas_m2)))
        }
        Request::Merge { registered_area_m2, .. } => merge(connection, fabric, *registered_area_m2).await,
        Request::Adjust { corners, .. } => Ok(adjust::plan(fabric, target, corners)),
        _ => Ok(Err(Vec::new())),
    }
}

fn survey(target: &Standing, polygons: &[Vec<Vec<[f64; 2]>>]) -> Plan {
    let ring = |places: &Vec<[f64; 2]>| {
        let mut ring: Vec<Mm> = places.iter().map(|[e, n]| Mm::from_m(*e, *n)).collect();
        ring.dedup();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        ring
    };
    let shape = Shape(polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect());
    Plan { pieces: vec![Piece::of(target, shape)], method: "survey", ..Plan::default() }
}

/// Provisional parcels become agreed as they are, with the corners that their neighbours have.
fn agree(fabric: &Fabric) -> Planned {
    let mut plan = Plan { method: "agreed", ..Plan::default() };
    let mut all = Vec::new();
    for target in &fabric.targets {
        let shape = fabric.shape_of(target.version_id);
        match shape {
            _ if target.is_agreed() => all.extend(broken("parcel_is_provisional", &target.code)),
            None => all.extend(broken("parcel_version_agreed_has_a_polygon", &target.code)),
            Some(_) if !target.on_grid => {
                all.extend(broken("parcel_version_agreed_is_on_the_grid", &target.code));
            }
            Some(shape) => {
                plan.pieces.push(Piece { state: "agreed".to_owned(), ..Piece::of(target, shape.clone()) });
            }
        }
    }
    if all.is_empty() { Ok(plan) } else { Err(all) }
}

async fn merge(connection: &mut PgConnection, fabric: &Fabric, registered: Option<f64>) -> Result<Planned> {
    let first = &fabric.targets[0];
    let alike = |one: &Standing| one.fabric_state == first.fabric_state && one.ubigeo == first.ubigeo;
    if fabric.targets.len() < 2 || !fabric.targets.iter().all(alike) {
        return Ok(Err(broken("merge_takes_two", &first.code)));
    }
    let parents: Vec<i64> = fabric.targets.iter().map(|one| one.parcel_id).collect();
    if !store::have_one_holder(connection, &parents, fabric.day).await? {
        return Ok(Err(broken("merge_has_one_holder", &first.code)));
    }
    let shapes: Vec<&Shape> =
        fabric.targets.iter().filter_map(|one| fabric.shape_of(one.version_id)).collect();
    let all: Vec<String> = shapes.iter().map(|shape| shape.ewkb()).collect();
    let union = store::union(connection, &all).await?.and_then(|text| Shape::parse(&text));
    let polygons: usize = shapes.iter().map(|shape| shape.0.len()).sum();
    match union {
        // Each parcel that adjoins another takes one polygon away.
        Some(union) if union.0.len() + shapes.len() <= polygons + 1 => Ok(Ok(Plan {
            pieces: vec![Piece::new(first, union, registered)],
            ends: fabric.targets.iter().map(|one| one.version_id).collect(),
            parents,
            method: "computed",
        })),
        _ => Ok(Err(broken("merge_is_one_piece", &first.code))),
    }
}
