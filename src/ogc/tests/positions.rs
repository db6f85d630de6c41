//! Positions and rings, held against PostGIS.

use serde_json::Value;
use sqlx::Row;

use super::world;

fn rings(geometry: &Value) -> Vec<Vec<Vec<f64>>> {
    let polygons = geometry["coordinates"].as_array().unwrap();
    let ring = |ring: &Value| serde_json::from_value(ring.clone()).unwrap();
    polygons.iter().flat_map(|polygon| polygon.as_array().unwrap().iter().map(ring)).collect()
}

fn turn(ring: &[Vec<f64>]) -> f64 {
    ring.windows(2).map(|edge| (edge[1][0] - edge[0][0]) * (edge[1][1] + edge[0][1])).sum::<f64>() * -0.5
}

#[tokio::test]
async fn every_position_agrees_with_postgis() {
    let world = world().await;
    let mut owner = world.database.owner().await;
    for (crs, column, tolerance) in [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "geom_crs84", 1e-9),
        ("http://www.opengis.net/def/crs/EPSG/0/32718", "geom", 0.001),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", "ST_Transform(geom, 3857)", 0.001),
    ] {
        let answer = world.items(&format!("t_lots/items?crs={crs}")).await.json();
        for feature in answer["features"].as_array().unwrap() {
            let written = serde_json::to_string(&feature["geometry"]).unwrap();
            let written = (feature["geometry"] != Value::Null).then_some(written);
            let sql = format!(
                "select ($2::text is null) = (geom is null), coalesce(ST_HausdorffDistance(ST_SetSRID(ST_GeomFromGeoJSON($2), ST_SRID({column})), {column}), 0) from fixture.lot where id = $1"
            );
            let row = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(feature["id"].as_i64())
                .bind(written)
                .fetch_one(&mut owner)
                .await
                .unwrap();
            assert!(row.get::<bool, _>(0));
            assert!(row.get::<f64, _>(1) <= tolerance, "{crs} {}", feature["id"]);
        }
    }
}

#[tokio::test]
async fn shells_turn_left_and_holes_turn_right() {
    let world = world().await;
    let answer = world.items("t_lots/items").await.json();
    let mut holes = 0;
    for feature in
        answer["features"].as_array().unwrap().iter().filter(|feature| feature["geometry"] != Value::Null)
    {
        for (index, ring) in rings(&feature["geometry"]).iter().enumerate() {
            assert_eq!(ring.first(), ring.last());
            assert_eq!(turn(ring) > 0.0, index == 0, "{} ring {index}", feature["id"]);
            holes += usize::from(index > 0);
        }
    }
    assert!(holes > 50);
}

#[tokio::test]
async fn every_type_of_geometry_is_written_as_postgis_writes_it() {
    let world = world().await;
    for wkt in [
        "POINT(1 2)",
        "POINT EMPTY",
        "POINT Z(1 2 3.5)",
        "LINESTRING(0 0,1 1.5)",
        "LINESTRING EMPTY",
        "POLYGON EMPTY",
        "MULTIPOINT(1 1,2 2)",
        "MULTILINESTRING((0 0,1 1),(2 2,3 3))",
        "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,2 1,1 1))",
        "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))",
        "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))",
        "GEOMETRYCOLLECTION EMPTY",
        "MULTIPOLYGON EMPTY",
        "LINESTRING ZM(0 0 1 9,1 1 2 9)",
    ] {
        let row = sqlx::query("select ST_GeomFromText($1, 4326)::bytea, ST_AsGeoJSON(ST_Force3DZ(ST_GeomFromText($1, 4326)), 9), ST_AsGeoJSON(ST_Force2D(ST_GeomFromText($1, 4326)), 9)")
            .bind(wkt)
            .fetch_one(&mut world.database.owner().await)
            .await
            .unwrap();
        let mut out = Vec::new();
        let crs84 = crate::layers::crs::Crs::crs84();
        crate::layers::ewkb::write(&row.get::<Vec<u8>, _>(0), (&crs84).into(), &mut out).unwrap();
        let written: Value = serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{wkt}: {error}"));
        let expected: Value = serde_json::from_str(row.get(if wkt.contains('Z') { 1 } else { 2 })).unwrap();
        let numbers = |value: &Value| value.to_string().replace(".0", "");
        assert_eq!(numbers(&written), numbers(&expected), "{wkt}");
    }
}
