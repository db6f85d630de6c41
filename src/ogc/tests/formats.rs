//! Downloads: every format has the features of GeoJSON, in its order.

use serde_json::Value;

use super::world;

const QUERY: &str = "filter=small%20%3E%202&sortby=-day&bbox=-78,-11,-77,-10";

fn ids(features: &[Value]) -> Vec<Value> {
    features.iter().map(|feature| feature["id"].clone()).collect()
}

#[tokio::test]
async fn a_sequence_is_the_collection_line_by_line() {
    let world = world().await;
    let collection = world.items(&format!("t_lots/items?{QUERY}")).await.json();
    let sequence = world.items(&format!("t_lots/items?{QUERY}&f=geojsonseq")).await;
    assert_eq!(sequence.header("content-type"), "application/geo+json-seq");
    assert_eq!(sequence.header("content-disposition"), "attachment; filename=\"t_lots.geojsonl\"");
    let text = sequence.text();
    let features: Vec<Value> = text
        .split('\u{1e}')
        .skip(1)
        .map(|record| serde_json::from_str(record.strip_suffix('\n').unwrap()).unwrap())
        .collect();
    assert_eq!(features, *collection["features"].as_array().unwrap());
    assert!(features.len() > 100);
}

#[tokio::test]
async fn csv_has_each_value_and_the_shape_as_wkt() {
    let world = world().await;
    let utm = "crs=http://www.opengis.net/def/crs/EPSG/0/32718";
    let answer = world.items(&format!("t_lots/items?{QUERY}&f=csv&{utm}")).await;
    assert!(answer.header("content-type").starts_with("text/csv"));
    let mut reader = csv::Reader::from_reader(&answer.body[..]);
    let names = reader.headers().unwrap().clone();
    assert_eq!(names.iter().next(), Some("id"));
    let at = |name: &str| names.iter().position(|other| other == name).unwrap();
    let collection = world.items(&format!("t_lots/items?{QUERY}")).await.json();
    let mut owner = world.database.owner().await;
    let mut rows = 0;
    for (row, feature) in reader.records().zip(collection["features"].as_array().unwrap()) {
        let row = row.unwrap();
        rows += 1;
        assert_eq!(row[0], feature["id"].to_string());
        let properties = &feature["properties"];
        assert_eq!(&row[at("name")], properties["name"].as_str().unwrap_or_default());
        assert_eq!(&row[at("day")], properties["day"].as_str().unwrap());
        assert_eq!(serde_json::from_str::<Value>(&row[at("tags")]).unwrap(), properties["tags"]);
        let apart: f64 = sqlx::query_scalar(
            "select ST_HausdorffDistance(geom, ST_GeomFromText($1, 32718)) from fixture.lot where id = $2",
        )
        .bind(&row[at("geom")])
        .bind(row[0].parse::<i64>().unwrap())
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert!(apart < 0.001, "{apart} m: {}", &row[at("geom")]);
    }
    assert!(rows > 100);
    let none = world.items("t_lots/items?f=csv&filter=id%20%3C%200").await.text();
    assert_eq!((none.lines().count(), none.starts_with("id,name,")), (1, true));
    let short = world.items("t_lots/items?f=csv&properties=name&skipGeometry=true&limit=2").await;
    assert_eq!(short.text(), "id,name\r\n1,Lote B\r\n2,Lote C\r\n");
    assert!(short.header("link").contains("rel=\"next\""), "{}", short.header("link"));
    let empty = world.items("t_lots/items?f=csv&filter=geom%20IS%20NULL&limit=1").await.text();
    assert!(empty.ends_with(",\r\n"), "{empty}");
}

#[tokio::test]
async fn wkt_reads_back_as_the_shape() {
    let world = world().await;
    let mut owner = world.database.owner().await;
    let shapes = [
        "POINT(1 2)",
        "POINT Z (1 2 3)",
        "POINT EMPTY",
        "LINESTRING(1 2,3 4)",
        "LINESTRING EMPTY",
        "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))",
        "MULTIPOINT(1 2,3 4)",
        "MULTILINESTRING((1 2,3 4),(5 6,7 8))",
        "MULTIPOLYGON(((0 0,4 0,4 4,0 0)),((5 5,6 5,6 6,5 5)))",
        "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))",
        "GEOMETRYCOLLECTION EMPTY",
    ];
    let values: Vec<String> =
        shapes.iter().enumerate().map(|(id, wkt)| format!("({id}, 'SRID=4326;{wkt}'::geometry)")).collect();
    let table = format!(
        "create view layer.t_shapes as select v.id::integer, v.geom::geometry(Geometry, 4326) as geom \
         from (values {}) as v(id, geom); grant select on layer.t_shapes to predio_public",
        values.join(",").replace("POINT Z (1 2 3)", "POINT(1 2)")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(table)).execute(&mut owner).await.unwrap();
    world.app.source_of(crate::access::Audience::Public).catalogue.forget();
    let answer = world.items("t_shapes/items?f=csv").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut rows = 0;
    for row in csv::Reader::from_reader(&answer.body[..]).records() {
        let row = row.unwrap();
        let id: i32 = row[0].parse().unwrap();
        let same: bool = sqlx::query_scalar(
            "select ST_AsBinary(ST_GeomFromText($1, 4326)) = ST_AsBinary(geom) from layer.t_shapes where id = $2",
        )
        .bind(&row[1])
        .bind(id)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert!(same, "{}: {}", shapes[usize::try_from(id).unwrap()], &row[1]);
        rows += 1;
    }
    assert_eq!(rows, shapes.len());
}

#[tokio::test]
async fn json_fg_says_time_and_place() {
    let world = world().await;
    let utm = "http://www.opengis.net/def/crs/EPSG/0/32718";
    let answer = world.items(&format!("t_versions/items?f=jsonfg&crs={utm}&datetime=2020-06-01")).await;
    assert_eq!(answer.header("content-type"), "application/fg+json");
    let document = answer.json();
    assert_eq!((&document["coordRefSys"], &document["featureType"]), (&utm.into(), &"t_versions".into()));
    assert!(document["conformsTo"].is_array());
    let first = &document["features"][0];
    assert_eq!(first["time"], serde_json::json!({ "interval": ["2020-01-01", "2021-12-31"] }));
    assert_eq!(document["features"][2]["time"], serde_json::json!({ "interval": ["..", ".."] }));
    assert_eq!((&first["geometry"], &first["place"]["coordinates"][0]), (&Value::Null, &195_000.into()));
    let plain = world.items(&format!("t_lots/items?{QUERY}&f=jsonfg")).await.json();
    let collection = world.items(&format!("t_lots/items?{QUERY}")).await.json();
    assert!(plain.get("coordRefSys").is_none() && plain["features"][0]["place"].is_null());
    let (plain, collection) =
        (plain["features"].as_array().unwrap(), collection["features"].as_array().unwrap());
    assert_eq!(ids(plain), ids(collection));
    for (one, other) in plain.iter().zip(collection) {
        assert_eq!((&one["geometry"], &one["properties"]), (&other["geometry"], &other["properties"]));
    }
}

#[tokio::test]
async fn a_download_without_limit_is_everything() {
    let world = world().await;
    let begin = "t_many/items?skipGeometry=true&filter=id%20%3C=%2020000";
    for (f, lines) in [("csv", 20_001), ("geojsonseq", 20_000)] {
        let answer = world.items(&format!("{begin}&f={f}")).await;
        assert_eq!(answer.text().lines().count(), lines, "{f}");
        assert!(!answer.header("link").contains("next"));
    }
    let document = world.items(&format!("{begin}&f=jsonfg")).await.json();
    assert_eq!(document["features"].as_array().unwrap().len(), 20_000);
    assert_eq!(document["numberReturned"], 20_000);
}
