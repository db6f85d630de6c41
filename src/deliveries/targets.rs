//! What a delivery can go to: a layer whose door lets an office of the account enter features.

use std::sync::Arc;

use crate::access::{Actor, Audience};
use crate::app::App;
use crate::layers::{Action, Layer};
use crate::problem::{Error, Result};

use super::model::Property;

/// Offices that upload: the fabric is the surveyors', networks and plans are the planners'.
pub const OFFICES: [Audience; 2] = [Audience::Surveyor, Audience::Planner];

/// A layer that the account may enter features into, in the office that may.
pub struct Target {
    /// The layer.
    pub layer: Arc<Layer>,
    /// The account in the office that uploads.
    pub actor: Actor,
}

/// Finds the target of that name, and the office of the account that writes it.
///
/// # Errors
/// [`Error::NotFound`] for no layer, a broken rule for one without a door, [`Error::Forbidden`] where another office
/// has the grant.
pub async fn of(app: &App, actor: &Actor, name: &str) -> Result<Target> {
    let mut has_door = None;
    for office in OFFICES.into_iter().filter(|office| actor.offices().contains(office)) {
        let layer = match app.source_of(office).catalogue.layer(name).await {
            Ok(layer) => layer,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let door = layer.door.as_ref();
        if door.is_some_and(|door| door.may.has(Action::Create)) && layer.geometry.is_some() {
            let mut actor = actor.clone();
            actor.audience = office;
            return Ok(Target { layer, actor });
        }
        has_door = Some(door.is_some_and(|door| door.takes.has(Action::Create)));
    }
    Err(refusal(name, has_door))
}

fn refusal(name: &str, has_door: Option<bool>) -> Error {
    match has_door {
        None => Error::bad("target", format!("there is no layer `{name}`")),
        Some(true) => Error::Forbidden(format!("another office enters features into `{name}`")),
        Some(false) => Error::bad(
            "target",
            format!(
                "es: «{name}» no recibe elementos: no es una capa que se escriba | en: `{name}` takes no features: it is no layer that is written"
            ),
        ),
    }
}

/// The properties that the layer's door takes, without the geometry.
pub fn properties(layer: &Layer) -> Vec<Property> {
    let Some(door) = &layer.door else { return Vec::new() };
    let geometry = layer.geometry.as_ref().map(|geometry| geometry.column.as_str());
    layer
        .columns
        .iter()
        .filter(|column| door.receives(&column.name) && Some(column.name.as_str()) != geometry)
        .map(|column| Property {
            name: column.name.clone(),
            sql_type: column.sql_type.clone(),
            required: door.requires(&column.name),
            only_new: door.is_only_new(&column.name),
        })
        .collect()
}
