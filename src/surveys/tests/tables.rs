use axum::http::StatusCode;

use super::{get, json, service};
use crate::surveys::store;

const PARCELS: &str = "
    begin;
    set local predio.reason = 'test';
    insert into land.district (ubigeo, name, province, department, source, valid, geom)
      values ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)',
        st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
    insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
    insert into land.parcel (id, ubigeo, code, kind) overriding system value
      values (1, '150203', 'CON-HUECO', 'rural'), (2, '150203', 'SIN-PLANO', 'rural');
    insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, registered_area_m2, geom) values
      (1, '150203', '[2020-01-01,)', 'provisional', 900, st_geomfromtext('MULTIPOLYGON(
        ((196000 8816000, 196030 8816000, 196030 8816030, 196000 8816030, 196000 8816000),
         (196010 8816010, 196010 8816020, 196020 8816020, 196020 8816010, 196010 8816010)),
        ((196100 8816100, 196110.001 8816100, 196105 8816109.5, 196100 8816100)))', 32718)),
      (2, '150203', '[2020-01-01,)', 'provisional', 900, null);
    insert into land.source (id, ubigeo, kind, title, about_person) overriding system value
      values (1, '150203', 'plan', 'Plano ficticio', false), (2, '150203', 'deed', 'Escritura de Persona Ficticia', true);
    insert into land.survey (id, ubigeo, method, sigma_m, source_id) overriding system value
      values (1, '150203', 'gnss', 0.02, 1), (2, '150203', 'gnss', 0.02, 2);
    insert into land.corner (ubigeo, x_mm, y_mm, method, sigma_m, measured_on, survey_id)
      values ('150203', 196000000, 8816030000, 'gnss', 0.02, '2024-05-01', 1),
             ('150203', 196030000, 8816030000, 'gnss', 0.02, '2024-05-01', 2);
    commit;";

#[tokio::test]
async fn holes_and_parts_have_their_own_rings_and_corners_their_source() {
    let test = crate::testing::database().await;
    sqlx::raw_sql(PARCELS).execute(&mut test.owner().await).await.unwrap();
    let service = service(&test).await;
    let (status, _, body) = get(&service, "/api/v1/parcels/con-hueco/perimeter").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let table = json(&body);
    let sections = table["sections"].as_array().unwrap();
    let rings: Vec<_> = sections
        .iter()
        .map(|s| (s["part"].as_u64(), s["is_hole"].as_bool(), s["closes"].as_bool()))
        .collect();
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(rings, [(Some(2), no, yes), (Some(1), no, yes), (Some(1), yes, yes)]);
    assert_eq!(sections[2]["angle_sum_s"], "1080°00'00\"");
    let first = &sections[1]["rows"][0];
    assert_eq!(
        (first["easting_m"].as_f64(), first["northing_m"].as_f64(), first["interior_angle_s"].as_str()),
        (Some(196_000.0), Some(8_816_030.0), Some("90°00'00\""))
    );
    assert_eq!((first["method"].as_str(), first["sigma_m"].as_f64()), (Some("gnss"), Some(0.02)));
    assert_eq!(
        (first["measured_on"].as_str(), first["source"].as_str()),
        (Some("2024-05-01"), Some("Plano ficticio"))
    );
    // The title of a document about a person names that person, so the public does not get it.
    assert!(sections[1]["rows"][1]["source"].is_null() && !body.contains("Persona"), "{body}");
    assert!((table["areas"]["grid_excess_pct"].as_f64().unwrap() - 0.149).abs() < 0.001, "{body}");
    let (_, headers, csv) = get(&service, "/api/v1/parcels/CON-HUECO/perimeter?f=csv").await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 3 + 4 + 4);
    assert!(lines[0].starts_with("PARTE,ANILLO,VÉRTICE,LADO,DISTANCIA,ÁNGULO INTERNO,ESTE,NORTE"));
    assert_eq!(
        lines[4],
        "1,exterior,4,4-5,30.00,\"90°00'00\"\"\",196000.000,8816030.000,gnss,0.02,2024-05-01,Plano ficticio"
    );
    let (status, _, body) = get(&service, "/api/v1/parcels/SIN-PLANO/perimeter").await;
    assert_eq!((status, json(&body)["sections"].as_array().unwrap().len()), (StatusCode::OK, 0));
    for (path, expected) in [
        ("/api/v1/parcels/CON-HUECO/perimeter?as_of=2019-12-31", StatusCode::NOT_FOUND),
        ("/api/v1/parcels/CON-HUECO/perimeter?as_of=ayer", StatusCode::BAD_REQUEST),
        ("/api/v1/parcels/_/perimeter", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(get(&service, path).await.0, expected, "{path}");
    }
}

#[tokio::test]
async fn every_parcel_of_the_demonstration_prints_a_table_that_closes() {
    let test = crate::testing::demo_database().await;
    let mut snapshot = test.database.read(crate::database::Audience::Public).await.unwrap();
    let codes: Vec<(String, String, Option<f64>)> = sqlx::query_as(
        "select ubigeo, code, st_perimeter(geom) from layer.parcels
         where valid @> '2026-01-01'::date and fabric_state = 'agreed' order by id",
    )
    .fetch_all(&mut *snapshot)
    .await
    .unwrap();
    assert!(codes.len() > 800);
    for (ubigeo, code, perimeter) in codes {
        let day = "2026-01-01".parse().unwrap();
        let table = store::table(&mut snapshot, &ubigeo, &code, day, false).await.unwrap();
        assert!(table.sections.iter().all(|section| section.closes), "{code}: {table:?}");
        assert!((table.perimeter_m - perimeter.unwrap()).abs() < 1e-6, "{code}");
        // Every vertex of an agreed parcel is a corner, and every corner says how it was measured.
        let rows = || table.sections.iter().flat_map(|section| &section.rows);
        assert!(rows().count() >= 3 && rows().all(|row| row.measured.method.is_some()), "{code}");
    }
}

#[tokio::test]
async fn the_page_shows_the_table_and_the_scale_of_the_grid() {
    let test = crate::testing::database().await;
    sqlx::raw_sql(PARCELS).execute(&mut test.owner().await).await.unwrap();
    let service = service(&test).await;
    let (status, _, body) = get(&service, "/predio/CON-HUECO.html").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    for said in ["Cuadro de vértices y lados", "Ángulo interno", "0.149 %", "8816030.000", "perimeter?f=csv"]
    {
        assert!(body.contains(said), "{said}: {body}");
    }
    let (_, _, body) = get(&service, "/predio/SIN-PLANO.html").await;
    assert!(!body.contains("Cuadro de vértices"), "{body}");
    let (_, _, body) = get(&service, "/api/v1/parcels/CON-HUECO/areas").await;
    let areas = json(&body);
    assert_eq!(areas["tolerance"]["verdict"], "within", "{body}");
    assert_eq!(
        (areas["areas"]["registered_m2"].as_f64(), areas["areas"]["declared_m2"].as_f64()),
        (Some(900.0), None)
    );
    let (_, _, body) = get(&service, "/api/v1/parcels/CON-HUECO/extract").await;
    assert_eq!(json(&body)["code"], "CON-HUECO");
}

#[tokio::test]
async fn psad56_comes_in_by_the_pinned_operation_and_says_so() {
    let test = crate::testing::database().await;
    let c = &mut test.owner().await;
    let (x, y, operation): (f64, f64, String) = sqlx::query_as(
        "select round(st_x(moved)::numeric, 3)::float8, round(st_y(moved)::numeric, 3)::float8, operation
         from land.into_utm_18s(st_setsrid(st_makepoint(196000, 8816000), 24878))",
    )
    .fetch_one(&mut *c)
    .await
    .unwrap();
    assert_eq!((x, y), (195_779.764, 8_815_629.205));
    assert!(operation.contains("EPSG:1208"));
    let unknown =
        sqlx::query("select land.into_utm_18s(st_setsrid(st_makepoint(1, 1), 2154))").execute(&mut *c).await;
    let refused = unknown.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("coordinates_have_a_known_way_in"));
}
