//! OGC's table of filters and their matches, run on the three layers that it was made for.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use clap::Parser;
use predio::app::App;
use predio::config::Settings;
use predio::database::Database;
use predio::router::router;
use tower::ServiceExt;

use super::{Town, shared};

const LAYERS: [&str; 3] =
    ["ne_110m_admin_0_countries", "ne_110m_populated_places_simple", "ne_110m_rivers_lake_centerlines"];

#[derive(Parser)]
struct Wrapped {
    #[command(flatten)]
    settings: Settings,
}

#[derive(serde::Deserialize)]
struct Row {
    collection: String,
    filter: String,
    expected_matched: u64,
}

async fn matched(router: &Router, row: &Row) -> Result<u64, String> {
    // The table was written by a shell: a backslash before `<` and `(` is its own.
    let filter = row.filter.replace("\\<", "<").replace("\\(", "(");
    let filter = predio::http::ask::encode(&filter);
    let address = format!("/ogc/collections/{}/items?resultType=hits&filter={filter}", row.collection);
    let request =
        Request::builder().uri(address).header(header::HOST, "predio.test").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    document["numberMatched"].as_u64().ok_or_else(|| document.to_string())
}

#[tokio::test]
async fn every_filter_of_the_table_matches_as_many() {
    let (Some(file), Some(table)) = (shared("cql2/ne110m4cql2.gpkg"), shared("cql2/expected_counts.csv"))
    else {
        return;
    };
    let town = Town::new().await;
    for layer in LAYERS {
        town.publish(layer, &file, |args| args.layer = Some(layer.to_owned())).await.unwrap();
    }
    let settings = Wrapped::parse_from(["test"]).settings;
    let database = Database::open(&town.url.replace("postgres@", "predio_app@"), &settings).unwrap();
    let router = router(App::new(settings, database).await.unwrap());
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for row in csv::Reader::from_path(table).unwrap().deserialize() {
        let row: Row = row.unwrap();
        rows += 1;
        let matched = matched(&router, &row).await;
        if matched != Ok(row.expected_matched) {
            wrong.push(format!(
                "{} {}: {matched:?}, not {}",
                row.collection, row.filter, row.expected_matched
            ));
        }
    }
    assert_eq!((rows, wrong), (68, Vec::<String>::new()));
}
