//! Formats that need something said, from the file to the layer.

use predio::spatial::reader::Drawing;

use super::*;

#[tokio::test]
async fn a_network_is_published_with_its_notes() {
    let Some(file) = shared("networks/ky4.inp") else { return };
    let mut town = Town::new().await;
    let refusal = town.refusal("refused", &file, |_| {}).await;
    assert!(refusal.contains("nodes, links"), "{refusal}");
    let layer = |args: &mut Args| args.layer = Some("links".into());
    let refusal = town.refusal("refused", &file, layer).await;
    assert!(refusal.contains("--srid"), "{refusal}");
    let report = town
        .publish("pipes", &file, |args| {
            layer(args);
            args.srid = Some(3089);
        })
        .await
        .unwrap();
    // Both ends of a pump lie on one place, which is no line.
    assert_eq!(counts(&report), [1158, 1156, 0, 2]);
    assert!(report.findings.iter().all(|finding| finding.place.is_some()), "{:?}", report.findings);
    assert!(report.in_words().contains("diameters were inches"), "{}", report.in_words());
    // The drawing is in feet of the US survey, and as long as the pipes are told to be.
    let drawn: f64 = town
        .one("select percentile_cont(0.5) within group (order by st_length(geom) * 1200 / 3937 / length_m) from layer.pipes where length_m > 0")
        .await;
    assert!((drawn - 1.0).abs() < 0.005, "{drawn}");
}

#[tokio::test]
async fn lots_of_a_drawing_are_published() {
    let Some(file) = shared("dxf/official_survey_lv95.dxf") else { return };
    let mut town = Town::new().await;
    let report = town
        .publish("drawn_buildings", &file, |args| {
            args.layer = Some("lots".into());
            args.srid = Some(2056);
            args.drawing = Drawing {
                boundaries: vec!["29__01211".into()],
                labels: vec!["35__01219".into()],
                ..Drawing::default()
            };
        })
        .await
        .unwrap();
    assert_eq!(counts(&report), [39, 39, 0, 0], "PostGIS finds each of them valid");
    assert_eq!(report.geometry.as_deref(), Some("Polygon"));
    // What the lines go round is what PostGIS itself finds.
    town.publish("lines", &file, |args| {
        args.srid = Some(2056);
    })
    .await
    .unwrap();
    let areas: (f64, f64) = sqlx::query_as(
        "select (select sum(st_area(geom)) from layer.drawn_buildings),
                (select sum(st_area(face.geom)) from (
                    select (st_dump(st_polygonize(line.geom))).geom from (
                        select st_node(st_collect(st_force2d(geom))) geom from layer.lines
                        where \"Layer\" = '29__01211' and \"SubClasses\" not like '%Block%') line) face)",
    )
    .fetch_one(&mut town.connection)
    .await
    .unwrap();
    assert!((areas.0 - areas.1).abs() < 0.001, "{areas:?}");
}

#[tokio::test]
async fn curves_of_json_fg_become_chords_within_a_millimetre() {
    let Some(file) = shared("geojson/curves/curve-polygon.json") else { return };
    let mut town = Town::new().await;
    let report = town.publish("curves", &file, |_| {}).await.unwrap();
    assert_eq!((report.loaded, report.straightened, report.crs.how), (1, 1, "declared"));
    let kind: String = town.one("select st_geometrytype(geom) from layer.curves").await;
    assert_eq!(kind, "ST_Polygon");
}
