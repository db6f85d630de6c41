//! Networks of pipes from EPANET and SWMM (`.inp`), as layers `nodes` and `links`.
//!
//! Lengths, heights and diameters come out in metres and millimetres, and the header says what they were. Positions stay
//! as drawn: the file does not say in which system. A link to a node that is not there, a node without position and a
//! node without link are read and noted.

mod epanet;
mod graph;
mod sections;
mod swmm;

use std::collections::HashMap;

use self::sections::{Line, Sections};
use super::table::{self, Row, Table, fields, real, text};
use super::{Send, Source};
use crate::spatial::text_file;
use crate::spatial::wire::{Failure, Kind, Note, Value};

/// The layers, whatever is in them.
pub const LAYERS: [&str; 2] = ["nodes", "links"];

/// A place where links meet.
struct Node {
    id: String,
    kind: &'static str,
    elevation_m: Option<f64>,
    depth_m: Option<f64>,
    demand_lps: Option<f64>,
}

/// What connects two nodes.
struct Link {
    id: String,
    kind: &'static str,
    from: String,
    to: String,
    length_m: Option<f64>,
    diameter_mm: Option<f64>,
    height_mm: Option<f64>,
    roughness: Option<f64>,
    detail: String,
    status: String,
}

/// A network as its file tells it.
#[derive(Default)]
struct Network {
    driver: &'static str,
    nodes: Vec<Result<Node, String>>,
    links: Vec<Result<Link, String>>,
    positions: HashMap<String, [f64; 2]>,
    vertices: HashMap<String, Vec<[f64; 2]>>,
    notes: Vec<Note>,
}

/// Streams one of the two layers.
///
/// # Errors
/// Where the file is none of a network, or the layer is not said.
pub fn read(source: &Source, layer: Option<&str>, send: &mut Send<'_>) -> Result<(), Failure> {
    let file = text_file::prepare(&source.path)?;
    let sections = Sections::of(file.path())?;
    let mut network = if sections.has("CONDUITS") || sections.has("SUBCATCHMENTS") {
        swmm::network(&sections)?
    } else if sections.has("PIPES") || sections.has("JUNCTIONS") {
        epanet::network(&sections)?
    } else {
        return Err(Failure::new(
            "unsupported",
            format!("{} no tiene [PIPES] ni [CONDUITS]: no es una red de EPANET ni de SWMM", source.name),
            format!("{} has neither [PIPES] nor [CONDUITS]: it is no network of EPANET or SWMM", source.name),
        ));
    };
    network.place(&sections);
    let driver = network.driver;
    let table = table::choose(network.tables(), layer)?;
    table::send(table, driver, file.decision.report.clone(), send)
}

impl Network {
    /// Takes positions and bends.
    fn place(&mut self, sections: &Sections) {
        for line in sections.lines("COORDINATES") {
            match position(line) {
                Some(place) => {
                    self.positions.insert(line.word(0).to_owned(), place);
                }
                None => self.notes.push(no_position(line)),
            }
        }
        for line in sections.lines("VERTICES") {
            match position(line) {
                Some(place) => self.vertices.entry(line.word(0).to_owned()).or_default().push(place),
                None => self.notes.push(no_position(line)),
            }
        }
    }

    fn tables(mut self) -> Vec<Table> {
        let found = graph::look(&self);
        let nodes = self.nodes.iter().zip(found.nodes).map(|(node, notes)| match node {
            Ok(node) => Row::Whole { wkb: self.point(node), values: node.values(), notes },
            Err(why) => Row::Unreadable(why.clone()),
        });
        let nodes = nodes.collect();
        let links = self.links.iter().zip(found.links).map(|(link, notes)| match link {
            Ok(link) => Row::Whole { wkb: self.line(link), values: link.values(), notes },
            Err(why) => Row::Unreadable(why.clone()),
        });
        let links = links.collect();
        self.notes.extend(found.notes);
        let notes = self.notes;
        let [name, other] = LAYERS;
        let table =
            |name, geometry, fields, rows, notes| Table { name, geometry, fields, rows, crs: None, notes };
        vec![
            table(name, "Point", fields(NODE_FIELDS), nodes, notes.clone()),
            table(other, "Line String", fields(LINK_FIELDS), links, notes),
        ]
    }

    fn point(&self, node: &Node) -> Vec<u8> {
        self.positions.get(&node.id).map_or_else(Vec::new, |place| table::point(*place))
    }

    fn line(&self, link: &Link) -> Vec<u8> {
        let end = |node: &str| self.positions.get(node).copied();
        let bends = self.vertices.get(&link.id).into_iter().flatten().copied();
        let whole: Vec<_> = end(&link.from).into_iter().chain(bends).chain(end(&link.to)).collect();
        table::line(&whole)
    }
}

// The file's ID is a name here: a layer's `id` is the feature's number.
const NODE_FIELDS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("kind", Kind::Text),
    ("elevation_m", Kind::Real),
    ("depth_m", Kind::Real),
    ("demand_lps", Kind::Real),
];
const LINK_FIELDS: &[(&str, Kind)] = &[
    ("name", Kind::Text),
    ("kind", Kind::Text),
    ("from_node", Kind::Text),
    ("to_node", Kind::Text),
    ("length_m", Kind::Real),
    ("diameter_mm", Kind::Real),
    ("height_mm", Kind::Real),
    ("roughness", Kind::Real),
    ("detail", Kind::Text),
    ("status", Kind::Text),
];

impl Node {
    fn values(&self) -> Vec<Value> {
        let numbers = [self.elevation_m, self.depth_m, self.demand_lps].map(real);
        [text(&self.id), text(self.kind)].into_iter().chain(numbers).collect()
    }
}

impl Link {
    fn values(&self) -> Vec<Value> {
        let names = [&self.id, self.kind, &self.from, &self.to].map(text);
        let numbers = [self.length_m, self.diameter_mm, self.height_mm, self.roughness].map(real);
        let rest = [&self.detail, &self.status].map(|word| text(word));
        names.into_iter().chain(numbers).chain(rest).collect()
    }
}

fn position(line: &Line) -> Option<[f64; 2]> {
    let number = |at| line.number(at).ok().flatten().filter(|number: &f64| number.is_finite());
    Some([number(1)?, number(2)?])
}

fn no_position(line: &Line) -> Note {
    let at = line.number;
    Note::new("no_position", format!("la línea {at} no es una posición"), format!("line {at} is no position"))
}
