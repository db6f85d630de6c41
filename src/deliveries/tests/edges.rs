//! One boundary, measured twice, is no overlap; where the line between the two runs, and how the boundary becomes one.

use super::crs::{PSAD56, in_other_numbers_of};
use super::*;

/// A lot of 20 by 20 metres, and one north of it with a corner that reaches `depth` into it.
fn corner_inside(depth: f64) -> [Value; 2] {
    let (x, y) = (EAST, NORTH + 20.0);
    let ring =
        json!([[[x, y], [x + 10.0, y - depth], [x + 20.0, y], [x + 20.0, y + 20.0], [x, y + 20.0], [x, y]]]);
    let words = |lot: &str| json!({ "MZ": "A", "LOTE": lot });
    [polygon(&rectangle(0.0, 0.0, 20.0, 20.0), &words("1")), polygon(&ring, &words("2"))]
}

/// Findings about neighbours.
async fn neighbours(office: &Office, at: &str) -> Vec<(i64, String)> {
    let is_meant = |class: &str| ["overlap_", "edge_", "corner_"].iter().any(|word| class.starts_with(word));
    office.findings(at).await.into_iter().filter(|(_, class)| is_meant(class)).collect()
}

#[tokio::test]
async fn an_overlap_thinner_than_the_accuracy_is_a_boundary_measured_twice() {
    let office = Office::open().await;
    for (query, depth, expected) in [
        ("", 0.019, (1, "edge_not_matched")),
        ("", 0.03, (2, "overlap_in_delivery")),
        ("&accuracy_m=0.05", 0.03, (1, "edge_not_matched")),
        ("&accuracy_m=0.05", 0.06, (2, "overlap_in_delivery")),
        // A hand's width is the most that is forgiven, however rough the survey was.
        ("&accuracy_m=2", 0.06, (2, "overlap_in_delivery")),
        ("&accuracy_m=0.001", 0.008, (2, "overlap_in_delivery")),
    ] {
        let query = format!("target=parcels&file_name=linderos.geojson{query}");
        let (at, _) = office.checked(&query, geojson(Some(32718), &corner_inside(depth))).await;
        let expected = [(expected.0, expected.1.to_owned())];
        assert_eq!(neighbours(&office, &at).await, expected, "{query}, {depth} m");
    }
}

#[tokio::test]
async fn the_neighbours_corner_is_woven_in_and_moves_nothing() {
    let office = Office::open().await;
    let file = geojson(Some(32718), &corner_inside(0.015));
    let (at, _) = office.checked("target=parcels&file_name=linderos.geojson", file).await;
    let told = office.get(&format!("{at}/findings?class=edge_not_matched")).await;
    let finding = &told["findings"][0];
    assert_eq!((&finding["other"], &finding["repair"]), (&json!("2"), &json!("weave_edges")), "{told:#}");
    let body = json!({ "class": "edge_not_matched" });
    let (status, told) = office.decide(Method::POST, &at, "repairs?dry_run=true", body.clone()).await;
    assert_eq!((status, &told["changed"]), (StatusCode::OK, &json!(1)), "{told}");
    assert_eq!(told["repairs"][0]["moved_m"], 0.015);
    let (status, told) = office.decide(Method::POST, &at, "repairs", body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    office.rest(&at).await;
    assert_eq!(neighbours(&office, &at).await, []);
    let corner = format!(
        "select count(*) from delivery.feature where st_intersects(st_points(geom), st_setsrid(st_makepoint({}, {}), 32718))",
        EAST + 10.0,
        NORTH + 19.985
    );
    // Safe SQL: numbers of this test.
    let with_it: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(corner))
        .fetch_one(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(with_it, 2, "both have the corner, where its own survey put it");
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["repaired_count"]),
        (StatusCode::OK, &json!(2), &json!(1)),
        "{told}"
    );
}

/// Long lots in the numbers of the old datum, written to the millimetre as programs do.
#[tokio::test]
async fn lots_brought_through_another_datum_do_not_overlap_for_it() {
    let office = Office::open().await;
    let words = |lot: usize| json!({ "MZ": "A", "LOTE": lot });
    let slanted = |east: f64, north: f64| json!([EAST + east - 0.31 * north, NORTH + north + 0.31 * east]);
    let lot = |k: usize, (west, south, east, north): (f64, f64, f64, f64)| {
        let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
        polygon(&json!([ring.map(|(x, y)| slanted(x, y))]), &words(k))
    };
    let mut lots = Vec::new();
    for row in 0..12_u32 {
        let south = f64::from(row) * 100.0;
        let middle = 60.0 + f64::from(row) * 3.7;
        lots.push(lot(lots.len(), (0.0, south, 160.0, south + 25.0)));
        lots.push(lot(lots.len(), (0.0, south + 25.0, middle, south + 50.0)));
        lots.push(lot(lots.len(), (middle, south + 25.0, 160.0, south + 50.0)));
    }
    let written = format!("st_geomfromtext(st_astext({PSAD56}, 3), 24878)");
    let file = geojson(Some(24878), &in_other_numbers_of(&office, &lots, &written).await);
    let (at, told) = office.checked("target=parcels&file_name=psad56.geojson", file).await;
    let found = neighbours(&office, &at).await;
    assert!(found.iter().any(|(_, class)| class == "edge_not_matched"), "{told:#}");
    assert!(found.iter().all(|(_, class)| class == "edge_not_matched"), "{found:?}");
    let lots_with_one: std::collections::BTreeSet<i64> = found.iter().map(|(number, _)| *number).collect();
    let (status, told) =
        office.decide(Method::POST, &at, "repairs", json!({ "class": "edge_not_matched" })).await;
    assert_eq!((status, &told["changed"]), (StatusCode::ACCEPTED, &json!(lots_with_one.len())), "{told}");
    office.rest(&at).await;
    assert_eq!(neighbours(&office, &at).await, []);
}

#[tokio::test]
async fn against_the_fabric_provisional_land_is_forgiven_and_agreed_land_is_not() {
    let office = Office::open().await;
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots()[..1])).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    // North of the first lot, `depth` into it.
    let north = |depth: f64| {
        let lot = polygon(&rectangle(0.0, 20.0 - depth, 20.0, 20.0), &json!({ "MZ": "A", "LOTE": 9 }));
        geojson(Some(32718), &[lot])
    };
    let query = "target=parcels&file_name=norte.geojson";
    for (depth, class) in [(0.015, "edge_near_fabric"), (0.06, "overlap_with_provisional")] {
        let (at, _) = office.checked(query, north(depth)).await;
        let found = neighbours(&office, &at).await;
        assert!(found.contains(&(1, class.to_owned())), "{depth}: {found:?}");
        assert_eq!(found.iter().filter(|(_, class)| !class.starts_with("corner_")).count(), 1, "{found:?}");
    }
    let body = json!({ "reason": "levantamiento conforme", "codes": ["15020301001001"] });
    let (status, _, told) = office.call(Method::POST, "/api/v1/parcels/agree", &[], body.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    let (at, _) = office.checked(query, north(0.015)).await;
    assert!(neighbours(&office, &at).await.contains(&(1, "overlap_with_agreed".to_owned())));
}
