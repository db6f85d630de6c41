//! Files that are no plain features: what their readers notice becomes findings.

use super::*;

/// A water network of two pipes, one of which ends at a node that is not there.
pub(super) const NETWORK: &str = "[JUNCTIONS]
;ID Elev Demand
J1 10 0
J2 11 0
[PIPES]
;ID Node1 Node2 Length Diameter Roughness MinorLoss Status
P1 J1 J2 100 110 140 0 Open
P2 J2 J9 50 90 140 0 Open
[OPTIONS]
Units LPS
[COORDINATES]
;Node X Y
J1 196000 8816000
J2 196100 8816000
[END]
";

#[tokio::test]
async fn a_network_says_what_its_reader_noticed() {
    let mut office = Office::open().await;
    office.actor = Actor::inside("pilar", Audience::Planner, "pedido-1");
    let query = "target=water_mains&file_name=red.inp&layer=links&srid=32718";
    let (at, told) = office.checked(query, NETWORK).await;
    assert_eq!(told["read_count"], 2, "{told:#}");
    let notes = office.get(&format!("{at}/findings?class=file_note")).await;
    let notes: Vec<(Option<i64>, &str, &str)> = notes["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["feature"].as_i64(), one["es"].as_str().unwrap(), one["en"].as_str().unwrap()))
        .collect();
    let of_pipe: Vec<_> = notes.iter().filter(|note| note.0 == Some(2)).collect();
    assert!(
        of_pipe.iter().any(|(_, es, en)| es.contains("J9") && en.contains("J9") && es != en),
        "{notes:?}"
    );
    assert!(notes.iter().all(|(_, es, en)| !es.contains("| en:") && !en.contains("es:")), "{notes:?}");
    assert!(notes.iter().any(|note| note.0.is_none()), "the units are told of the file: {notes:?}");
}
