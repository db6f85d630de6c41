//! SWMM: water that runs down. The unit of flow says whether lengths are feet or metres.

use std::collections::HashMap;

use super::epanet::{litres_per_second, unknown};
use super::sections::{Line, Sections};
use super::{Link, Network, Node};
use crate::spatial::wire::{Failure, Note};

/// Reads the network, without positions.
///
/// # Errors
/// Where its units are not known.
pub fn network(sections: &Sections) -> Result<Network, Failure> {
    let (metres, note) = units(sections)?;
    let mut network = Network { driver: "SWMM", notes: vec![note], ..Network::default() };
    for (section, kind) in
        [("JUNCTIONS", "junction"), ("OUTFALLS", "outfall"), ("STORAGE", "storage"), ("DIVIDERS", "divider")]
    {
        network.nodes.extend(sections.lines(section).iter().map(|line| node(line, kind, metres)));
    }
    let shapes: HashMap<&str, &Line> =
        sections.lines("XSECTIONS").iter().map(|line| (line.word(0), line)).collect();
    for (section, kind) in [
        ("CONDUITS", "conduit"),
        ("PUMPS", "pump"),
        ("ORIFICES", "orifice"),
        ("WEIRS", "weir"),
        ("OUTLETS", "outlet"),
    ] {
        let lines = sections.lines(section).iter();
        network.links.extend(lines.map(|line| link(line, kind, shapes.get(line.word(0)).copied(), metres)));
    }
    Ok(network)
}

fn node(line: &Line, kind: &'static str, metres: f64) -> Result<Node, String> {
    let has_depth = kind == "junction" || kind == "storage";
    Ok(Node {
        id: line.needed(0, "the node's name")?,
        kind,
        elevation_m: line.scaled(1, metres)?,
        depth_m: if has_depth { line.scaled(2, metres)? } else { None },
        demand_lps: None,
    })
}

fn link(line: &Line, kind: &'static str, shape: Option<&Line>, metres: f64) -> Result<Link, String> {
    let is_conduit = kind == "conduit";
    let form = shape.map_or("", |shape| shape.word(1));
    let height_mm = shape.map_or(Ok(None), |shape| shape.scaled(2, metres * 1_000.0))?;
    let is_round = form.to_ascii_uppercase().ends_with("CIRCULAR") || form.eq_ignore_ascii_case("FORCE_MAIN");
    Ok(Link {
        id: line.needed(0, "the link's name")?,
        kind,
        from: line.needed(1, "its first node")?,
        to: line.needed(2, "its second node")?,
        length_m: if is_conduit { line.scaled(3, metres)? } else { None },
        diameter_mm: height_mm.filter(|_| is_round),
        height_mm: height_mm.filter(|_| !is_round),
        roughness: if is_conduit { line.number(4)? } else { None },
        detail: if is_conduit { form.to_owned() } else { line.word(3).to_owned() },
        status: if kind == "pump" { line.word(4).to_owned() } else { String::new() },
    })
}

/// What a length is in metres, and how it is told.
fn units(sections: &Sections) -> Result<(f64, Note), Failure> {
    let flow = sections.option("FLOW_UNITS").unwrap_or_else(|| "CFS".to_owned());
    litres_per_second(&flow).ok_or_else(|| unknown(&flow))?;
    let is_metric = matches!(flow.as_str(), "CMS" | "LPS" | "MLD");
    let (metres, es, en) = if is_metric {
        (1.0, "las longitudes están en metros", "lengths are metres")
    } else {
        (
            0.3048,
            "las longitudes estaban en pies; se han convertido",
            "lengths were feet, and have been converted",
        )
    };
    Ok((metres, Note::new("units", format!("caudales en {flow}: {es}"), format!("flow in {flow}: {en}"))))
}
