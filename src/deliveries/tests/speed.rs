//! A large delivery: every defect that was put in is found, whatever the size. How long it took is printed.
//!
//! `PREDIO_LOTS=50000 cargo test --release --lib deliveries::tests::speed -- --nocapture` measures.

use std::fmt::Write;
use std::time::Instant;

use super::*;

/// Lots of a block: two rows of ten.
const OF_BLOCK: usize = 20;

fn size() -> usize {
    let said = std::env::var("PREDIO_LOTS").ok().and_then(|text| text.parse().ok());
    said.unwrap_or(2_000)
}

/// Blocks of twenty lots of eight corners each. Of a hundred lots one crosses itself and one is a centimetre off.
fn large(lots: usize) -> (String, String) {
    let (mut file, mut blocks) = (String::new(), String::new());
    let crs = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::32718"}}"#;
    let _ = write!(file, r#"{{"type":"FeatureCollection",{crs},"features":["#);
    for lot in 0..lots {
        let (block, place) = (lot / OF_BLOCK, lot % OF_BLOCK);
        let (x, y) = (
            (198_000 + block % 50 * 120 + place % 10 * 10) as f64,
            (8_811_010 + block / 50 * 60 + place / 10 * 20) as f64,
        );
        let off = if lot % 100 == 49 { 0.01 } else { 0.0 };
        let ring = if lot % 100 == 99 {
            vec![[x, y], [x + 10.0, y + 20.0], [x + 10.0, y], [x, y + 20.0], [x, y]]
        } else {
            vec![
                [x, y],
                [x + 5.0, y],
                [x + 10.0, y],
                [x + 10.0, y + 10.0],
                [x + 10.0 + off, y + 20.0],
                [x + 5.0, y + 20.0],
                [x, y + 20.0],
                [x, y + 10.0],
                [x, y],
            ]
        };
        let comma = if lot == 0 { "" } else { "," };
        let _ = write!(
            file,
            r#"{comma}{{"type":"Feature","properties":{{"MZ":"{:03}","LOTE":{},"AREA":200}},"geometry":{{"type":"Polygon","coordinates":[{ring:?}]}}}}"#,
            block % 999 + 1,
            lot + 1
        );
        if place == 0 {
            let _ = write!(
                blocks,
                "insert into land.block (ubigeo, sector_code, code, label, geom) values ('150203', '{:02}', '{1:03}', '{1:03}',
                   st_multi(st_makeenvelope({x}, {y}, {x} + 100, {y} + 40, 32718)));",
                block / 999 + 2,
                block % 999 + 1
            );
        }
    }
    file.push_str("]}");
    (file, blocks)
}

#[tokio::test]
async fn a_large_delivery_is_examined_whole() {
    let (office, lots) = (Office::open().await, size());
    let (file, blocks) = large(lots);
    let sectors = "insert into land.sector (ubigeo, code, name, geom)
        select '150203', lpad(s::text, 2, '0'), s::text, st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718))
        from generate_series(2, 9) s;";
    let sql = format!("begin; set local predio.reason = 'test'; {sectors} {blocks} commit;");
    // Safe SQL: numbers of this file.
    office.test.owner().await.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let begun = Instant::now();
    let (at, told) = office.checked("target=parcels&file_name=grande.geojson", file).await;
    println!("{lots} lots staged and examined in {:.1} s", begun.elapsed().as_secs_f64());
    let count = |class: &str| {
        let found = told["findings"].as_array().unwrap().iter().find(|one| one["class"] == class);
        found.map_or(0, |one| usize::try_from(one["findings"].as_u64().unwrap()).unwrap())
    };
    assert_eq!(
        (told["read_count"].as_u64(), count("self_intersection")),
        (Some(lots as u64), lots / 100),
        "{told:#}"
    );
    assert_eq!(count("corner_not_matched"), lots / 100, "{told:#}");
    assert_eq!(told["findings"].as_array().unwrap().len(), 2, "{}", told["findings"]);
    let begun = Instant::now();
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, told["entered"].as_u64()),
        (StatusCode::OK, Some((lots - lots / 100) as u64)),
        "{told}"
    );
    println!("{} lots accepted in {:.1} s", told["entered"], begun.elapsed().as_secs_f64());
}
