//! A style as `gis-data/styles/README.md` describes it.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::layers::Text;

/// One way of showing a layer. How its legend looks in the web map is the web map's matter.
#[derive(Clone, Debug, Deserialize)]
pub struct Style {
    /// The file's name without its ending.
    #[serde(skip)]
    pub id: String,
    /// The layer's name.
    pub layer: String,
    /// Its group.
    pub theme: String,
    /// Drawing order, lowest first.
    pub order: f64,
    /// Whether a map opens with it.
    pub shown: bool,
    /// What it is called in the tree.
    pub title: Text,
    /// What yields the class of a feature.
    pub by: Option<Value>,
    /// The classes.
    pub classes: Vec<Class>,
    /// Fragments of the MapLibre style specification.
    pub layers: Vec<Fragment>,
}

/// A class of features.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Class {
    /// What `by` yields for it.
    #[serde(default)]
    pub values: Vec<String>,
    /// Its colour, as `#rrggbb`.
    pub colour: String,
    /// Colour of its outline, where that is another one.
    pub outline: Option<String>,
    /// Whether it takes what no other class takes.
    #[serde(default)]
    pub other: bool,
    /// What it is called.
    pub label: Text,
}

/// A layer of the MapLibre style.
#[derive(Clone, Debug, Deserialize)]
pub struct Fragment {
    /// `fill`, `line`, `circle`, `symbol`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Zoom from which it is drawn.
    pub minzoom: Option<f64>,
    /// Zoom up to which it is drawn.
    pub maxzoom: Option<f64>,
    /// Which features it draws.
    pub filter: Option<Value>,
    /// Layout properties.
    #[serde(default)]
    pub layout: Map<String, Value>,
    /// Paint properties.
    #[serde(default)]
    pub paint: Map<String, Value>,
}
