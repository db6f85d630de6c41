//! Much of everything: the reader grows to its bound, and this process does not.

use std::fmt::Write;

use predio::spatial::ewkb;

use super::*;

/// Lines of a table of points.
pub fn rows(count: usize) -> String {
    let mut text = String::from("code,lon,lat\n");
    for index in 0..count {
        let _ = writeln!(text, "{index:08},{:.6},-10.5", -77.0 - index as f64 / 1e7);
    }
    text
}

#[tokio::test]
async fn a_ring_of_a_million_vertices_passes() {
    let lab = Lab::new();
    let mut text = String::from(r#"{"type":"Polygon","coordinates":[["#);
    for index in 0..1_000_000 {
        let angle = f64::from(index) * std::f64::consts::TAU / 1e6;
        let _ = write!(text, "[{:.7},{:.7}],", angle.cos(), angle.sin());
    }
    text += "[1.0,0.0]]]}";
    let answer = lab.read(&lab.file("ring.geojson", text)).await;
    let flat = ewkb::flatten(&answer.records[0].wkb, false).unwrap();
    assert_eq!(flat.positions, 1_000_001);
}

#[tokio::test]
async fn a_feature_that_is_too_large_is_named() {
    let lab = Lab::new();
    let mut text = String::from("code,wkt\n1,\"LINESTRING(0 0");
    for index in 0..5_000_000 {
        let _ = write!(text, ",{} 1", index % 10);
    }
    text += ")\"\n2,POINT(1 2)\n";
    let answer = lab.read(&lab.file("line.csv", text)).await;
    assert_eq!((answer.records.len(), answer.unreadable.len()), (1, 1), "{:?}", answer.failure);
    assert!(answer.unreadable[0].1.contains("larger than"), "{:?}", answer.unreadable);
}

#[tokio::test]
async fn a_count_that_lies_is_not_believed() {
    let lab = Lab::new();
    let file = lab.folder.path().join("uploads/plan.fgb");
    broken::write("FlatGeobuf", &file);
    let whole = std::fs::read(&file).unwrap();
    let count = u64::from(broken::FEATURES).to_le_bytes();
    let at = whole.windows(8).position(|part| part == count).unwrap();
    for lie in [1 << 20, 1 << 40, u64::MAX] {
        let mut copy = whole.clone();
        copy[at..at + 8].copy_from_slice(&lie.to_le_bytes());
        std::fs::write(&file, copy).unwrap();
        let answer = lab.read(&file).await;
        assert!(answer.failure.is_some(), "{lie}: {:?}", answer.read);
    }
}
