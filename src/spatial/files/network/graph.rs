//! What hangs together: links that lead nowhere, nodes without links or positions, parts that no link joins.

use std::collections::{HashMap, HashSet};

use super::Network;
use crate::spatial::wire::Note;

/// Notes on each node and link, in their order, and on the whole.
pub struct Found {
    pub nodes: Vec<Vec<Note>>,
    pub links: Vec<Vec<Note>>,
    pub notes: Vec<Note>,
}

/// Looks at the network as a graph.
pub fn look(network: &Network) -> Found {
    let mut groups = Groups::default();
    let mut twice = HashSet::new();
    for node in network.nodes.iter().flatten() {
        if groups.add(&node.id) {
            twice.insert(node.id.as_str());
        }
    }
    let mut linked = HashSet::new();
    for link in network.links.iter().flatten() {
        linked.extend([link.from.as_str(), link.to.as_str()]);
        groups.join(&link.from, &link.to);
    }
    let on_node = |node: &super::Node| {
        let mut notes = Vec::new();
        if twice.contains(node.id.as_str()) {
            notes.push(said(
                "duplicate_node",
                "otro nodo tiene el mismo nombre",
                "another node has the same name",
            ));
        }
        if !network.positions.contains_key(&node.id) {
            notes.push(said("no_position", "el nodo no tiene coordenadas", "the node has no coordinates"));
        }
        if !linked.contains(node.id.as_str()) {
            notes.push(said("unconnected", "ningún tramo llega al nodo", "no link reaches the node"));
        }
        notes
    };
    let on_link = |link: &super::Link| {
        let missing = [&link.from, &link.to].into_iter().filter(|end| !groups.knows(end)).map(|end| {
            Note::new("unknown_node", format!("el nodo {end} no existe"), format!("there is no node {end}"))
        });
        missing.collect()
    };
    Found {
        nodes: network.nodes.iter().map(|node| node.as_ref().map_or_else(|_| Vec::new(), on_node)).collect(),
        links: network.links.iter().map(|link| link.as_ref().map_or_else(|_| Vec::new(), on_link)).collect(),
        notes: parts(groups.count()),
    }
}

fn said(code: &str, es: &str, en: &str) -> Note {
    Note::new(code, es, en)
}

fn parts(count: usize) -> Vec<Note> {
    if count < 2 {
        return Vec::new();
    }
    vec![Note::new(
        "separate_parts",
        format!("la red tiene {count} partes que ningún tramo une"),
        format!("the network has {count} parts that no link joins"),
    )]
}

/// Which nodes hang together: each one points to another of its group, the last to itself.
#[derive(Default)]
struct Groups<'a> {
    at: HashMap<&'a str, usize>,
    leads_to: Vec<usize>,
}

impl<'a> Groups<'a> {
    /// Whether it was there already.
    fn add(&mut self, node: &'a str) -> bool {
        let next = self.leads_to.len();
        let there = self.at.insert(node, next).is_some();
        self.leads_to.push(next);
        there
    }

    fn knows(&self, node: &str) -> bool {
        self.at.contains_key(node)
    }

    fn join(&mut self, one: &str, other: &str) {
        if let (Some(one), Some(other)) = (self.at.get(one).copied(), self.at.get(other).copied()) {
            let (one, other) = (self.last(one), self.last(other));
            self.leads_to[one] = other;
        }
    }

    fn last(&mut self, mut at: usize) -> usize {
        while self.leads_to[at] != at {
            // Half of the way is saved each time it is gone.
            self.leads_to[at] = self.leads_to[self.leads_to[at]];
            at = self.leads_to[at];
        }
        at
    }

    fn count(&self) -> usize {
        self.at.values().filter(|at| self.leads_to[**at] == **at).count()
    }
}
