//! The whole way of a clean file: brought, staged, examined, accepted, taken back.

use super::*;

#[tokio::test]
async fn a_clean_file_enters_and_is_taken_back() {
    let office = Office::open().await;
    let (at, told) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots())).await;
    assert_eq!(
        (&told["read_count"], &told["crs_how"], &told["srid"]),
        (&json!(6), &json!("declared"), &json!(32718))
    );
    assert_eq!(office.findings(&at).await, []);
    assert_eq!(office.count("select count(*) from land.parcel_version").await, 0, "nothing changes before");
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["accepted_count"]),
        (StatusCode::OK, &json!(6), &json!(6)),
        "{told}"
    );
    let rows: Vec<(String, String, String, Option<f64>)> = sqlx::query_as(
        "select p.code, v.fabric_state, v.use, v.declared_area_m2::float8 from land.parcel_version v join land.parcel p on p.id = v.parcel_id
         order by st_xmin(v.geom)",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    assert_eq!(rows.len(), 6);
    assert_eq!(
        rows[0],
        ("15020301001001".to_owned(), "provisional".to_owned(), "vivienda".to_owned(), Some(200.0))
    );
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!(
        (status, &told["taken_back"], &told["state"]),
        (StatusCode::OK, &json!(6), &json!("revoked")),
        "{told}"
    );
    assert_eq!(office.count("select count(*) from land.parcel_version").await, 0);
    assert_eq!(
        office.count("select count(*) from history.land_parcel_version").await,
        6,
        "the history keeps what was"
    );
    assert_eq!(office.count("select count(*) from land.parcel").await, 6, "no code is given again");
}
