//! The district in a real PostGIS.

use super::*;

/// A fresh migrated database on the test server.
async fn fresh() -> (String, PgConnection) {
    let server =
        std::env::var("PREDIO_TEST_URL").expect("PREDIO_TEST_URL names a superuser of a test server");
    let name = format!("demo_{}", uuid::Uuid::new_v4().simple());
    crate::database::schema::create(&server, &name).await.expect("the schema is made");
    let options = PgConnectOptions::from_str(&server).expect("a server address").database(&name);
    let url = sqlx::ConnectOptions::to_url_lossy(&options).to_string();
    let connection = PgConnection::connect_with(&options).await.expect("the new database answers");
    (url, connection)
}

fn size() -> Options {
    let parcels = std::env::var("PREDIO_DEMO_PARCELS").ok().and_then(|n| n.parse().ok());
    Options { parcels: Some(parcels.unwrap_or(1_200)), ..Options::default() }
}

#[tokio::test]
async fn the_whole_district() {
    let (url, mut c) = fresh().await;
    let summary = generate(&url, &size(), |p| eprintln!("{p:?}")).await.expect("the demonstration");
    eprintln!("{summary:#?}");
    let count: i64 = sqlx::query_scalar("select count(*) from layer.parcels where valid @> current_date")
        .fetch_one(&mut c)
        .await
        .expect("rows");
    assert_eq!(count, size().parcels.unwrap_or_default() as i64);
}
