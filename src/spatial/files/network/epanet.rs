//! EPANET: water under pressure. The unit of flow says which units everything else has.

use super::sections::{Line, Sections};
use super::{Link, Network, Node};
use crate::spatial::wire::{Failure, Note};

/// What a file's numbers are multiplied with.
struct Units {
    lps: f64,
    metres: f64,
    millimetres: f64,
}

/// Reads the network, without positions.
///
/// # Errors
/// Where its units are not known.
pub fn network(sections: &Sections) -> Result<Network, Failure> {
    let (units, note) = units(sections)?;
    let mut network = Network { driver: "EPANET", notes: vec![note], ..Network::default() };
    for (section, kind) in [("JUNCTIONS", "junction"), ("RESERVOIRS", "reservoir"), ("TANKS", "tank")] {
        network.nodes.extend(sections.lines(section).iter().map(|line| node(line, kind, &units)));
    }
    for (section, kind) in [("PIPES", "pipe"), ("PUMPS", "pump"), ("VALVES", "valve")] {
        network.links.extend(sections.lines(section).iter().map(|line| link(line, kind, &units)));
    }
    Ok(network)
}

fn node(line: &Line, kind: &'static str, units: &Units) -> Result<Node, String> {
    let demand_lps = if kind == "junction" { line.scaled(2, units.lps)? } else { None };
    Ok(Node {
        id: line.needed(0, "the node's name")?,
        kind,
        elevation_m: line.scaled(1, units.metres)?,
        depth_m: None,
        demand_lps,
    })
}

fn link(line: &Line, kind: &'static str, units: &Units) -> Result<Link, String> {
    let mut link = Link {
        id: line.needed(0, "the link's name")?,
        kind,
        from: line.needed(1, "its first node")?,
        to: line.needed(2, "its second node")?,
        length_m: None,
        diameter_mm: None,
        height_mm: None,
        roughness: None,
        detail: String::new(),
        status: String::new(),
    };
    match kind {
        "pipe" => {
            link.length_m = line.scaled(3, units.metres)?;
            link.diameter_mm = line.scaled(4, units.millimetres)?;
            link.roughness = line.number(5)?;
            line.word(7).clone_into(&mut link.status);
        }
        "valve" => {
            link.diameter_mm = line.scaled(3, units.millimetres)?;
            link.detail = line.rest(4);
        }
        _ => link.detail = line.rest(3),
    }
    Ok(link)
}

fn units(sections: &Sections) -> Result<(Units, Note), Failure> {
    let told = sections.option("UNITS");
    let flow = told.clone().unwrap_or_else(|| "GPM".to_owned());
    let lps = litres_per_second(&flow).ok_or_else(|| unknown(&flow))?;
    let is_metric = matches!(flow.as_str(), "LPS" | "LPM" | "MLD" | "CMH" | "CMD" | "CMS");
    let (metres, millimetres) = if is_metric { (1.0, 1.0) } else { (0.3048, 25.4) };
    let (es, en) = if is_metric {
        (
            "los diámetros están en milímetros y las longitudes en metros",
            "diameters are millimetres and lengths metres",
        )
    } else {
        (
            "los diámetros estaban en pulgadas y las longitudes en pies; se han convertido",
            "diameters were inches and lengths feet, and have been converted",
        )
    };
    let by_default = if told.is_some() {
        ("", "")
    } else {
        (" (no dicho: lo supone EPANET)", " (not told: EPANET's default)")
    };
    let note = Note::new(
        "units",
        format!("caudales en {flow}{}: {es}", by_default.0),
        format!("flow in {flow}{}: {en}", by_default.1),
    );
    Ok((Units { lps, metres, millimetres }, note))
}

/// A unit of flow that nobody knows says nothing about lengths either.
pub fn unknown(flow: &str) -> Failure {
    Failure::new(
        "unsupported",
        format!("[OPTIONS] dice una unidad de caudal desconocida: {flow}"),
        format!("[OPTIONS] tells an unknown unit of flow: {flow}"),
    )
}

/// What one of these is in litres per second.
pub fn litres_per_second(flow: &str) -> Option<f64> {
    Some(match flow {
        "CFS" => 28.316_846_592,
        "GPM" => 3.785_411_784 / 60.0,
        "MGD" => 3_785_411.784 / 86_400.0,
        "IMGD" => 4_546_090.0 / 86_400.0,
        "AFD" => 1_233_481.837_547_52 / 86_400.0,
        "LPS" => 1.0,
        "LPM" => 1.0 / 60.0,
        "MLD" => 1e6 / 86_400.0,
        "CMH" => 1_000.0 / 3_600.0,
        "CMD" => 1_000.0 / 86_400.0,
        "CMS" => 1_000.0,
        _ => return None,
    })
}
