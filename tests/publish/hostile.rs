//! Files that lie, break or ask for what is not theirs.

use super::*;

#[tokio::test]
async fn a_vrt_that_calls_itself_json_opens_nothing() {
    let folder = folder();
    let secret = folder.join("secret.csv");
    std::fs::write(&secret, "name,x,y\ncanary,1,2\n").unwrap();
    let vrt = folder.join("innocent.json");
    let text = format!(
        "<OGRVRTDataSource><OGRVRTLayer name=\"secret\"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        secret.display()
    );
    std::fs::write(&vrt, text).unwrap();
    let town = Town::new().await;
    let refusal = town.refusal("refused", &vrt, |_| {}).await;
    assert!(refusal.contains("innocent.json") && !refusal.contains("canary"), "{refusal}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_truncated_shapefile_accounts_for_what_is_gone() {
    let Some(file) = shared(&format!("{CARMEN}/shp_clegua/manzana.shp")) else { return };
    let folder = folder();
    let copy = copy_shape(&file, &folder);
    let whole = std::fs::read(&copy).unwrap();
    std::fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    let mut town = Town::new().await;
    let report = town.publish("cut", &copy, |_| {}).await.unwrap();
    assert_eq!(report.read, 248);
    assert_eq!(report.loaded + report.rejected, 248);
    assert!(report.rejected > 50, "{:?}", counts(&report));
    assert!(report.findings.iter().all(|finding| finding.reason == "unreadable" && finding.detail.is_some()));
    let bare: i64 = town.one("select count(*) from layer.cut where geom is null").await;
    assert_eq!(bare, 0, "a lost geometry is not an absent one");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn columns_about_people_stay_with_the_staff() {
    let folder = folder();
    let file = folder.join("padron.csv");
    std::fs::write(
        &file,
        "lote,propietario,cod,obs,lat,lon\n\
         01,\"QUISPE MAMANI, JUAN\",41203377,María Flores Rojas,-10.7,-77.7\n\
         02,ROSA PEREZ DIAZ,08123456,Luis Torres Ramos,-10.71,-77.71\n\
         03,x,73998011,Ana Chávez Ruiz,-10.72,-77.72\n\
         04,x,10445566,\"Díaz Soto, Pedro\",-10.73,-77.73\n\
         05,x,25678901,Jorge Silva León,-10.74,-77.74\n",
    )
    .unwrap();
    let mut town = Town::new().await;
    let refusal = town.refusal("refused", &file, |_| {}).await;
    for column in ["propietario", "cod", "obs"] {
        assert!(refusal.contains(column), "{refusal}");
    }
    let report = town.publish("padron", &file, |args| args.audience = Audience::Staff).await.unwrap();
    assert_eq!(report.personal.len(), 3);
    let public: bool =
        town.one("select has_table_privilege('predio_public', 'staff_layer.padron', 'select')").await;
    let staff: bool =
        town.one("select has_table_privilege('predio_surveyor', 'staff_layer.padron', 'select')").await;
    assert_eq!((public, staff), (false, true));
    let lots = town.all("select lote from staff_layer.padron order by 1").await;
    assert_eq!(lots, ["01", "02", "03", "04", "05"], "leading zeros stay");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn names_are_not_taken_twice_and_permissions_stay() {
    let Some(file) = shared(&format!("{CARMEN}/shp_clegua/sectores.shp")) else { return };
    let mut town = Town::new().await;
    for name in ["parcels", "zone_drafts", "publication", "Lotes", "a b"] {
        town.refusal(name, &file, |args| args.replace = true).await;
    }
    town.publish("sectores", &file, |_| {}).await.unwrap();
    let refusal = town.refusal("sectores", &file, |_| {}).await;
    assert!(refusal.contains("--replace"), "{refusal}");
    town.connection.execute("revoke select on layer.sectores from predio_public; grant select on layer.sectores to predio_planner").await.unwrap();
    town.publish("sectores", &file, |args| args.replace = true).await.unwrap();
    let public: bool =
        town.one("select has_table_privilege('predio_public', 'layer.sectores', 'select')").await;
    let planner: bool =
        town.one("select has_table_privilege('predio_planner', 'layer.sectores', 'select')").await;
    assert_eq!((public, planner), (false, true), "a replacement does not widen what was narrowed");
    town.connection.execute("create view public.uses_it as select * from layer.sectores").await.unwrap();
    let refusal = town.refusal("sectores", &file, |args| args.replace = true).await;
    assert!(refusal.contains("uses_it"), "{refusal}");
}

#[tokio::test]
async fn numbers_that_say_no_system_need_one() {
    let folder = folder();
    let file = folder.join("utm.geojson");
    let feature = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"n":1},"geometry":{"type":"Point","coordinates":[195887.294,8815820.772]}}]}"#;
    std::fs::write(&file, feature).unwrap();
    let mut town = Town::new().await;
    let refusal = town.refusal("refused", &file, |_| {}).await;
    assert!(refusal.contains("--srid 32718") && refusal.contains("PSAD56"), "{refusal}");
    let report = town.publish("utm", &file, |args| args.srid = Some(32718)).await.unwrap();
    assert_eq!(report.crs.how, "told");
    let apart: f64 = town
        .one("select st_distance(geom, st_transform('SRID=4326;POINT(-77.78 -10.70)'::geometry, 32718)) from layer.utm")
        .await;
    assert!(apart < 0.001, "{apart}");
    town.refusal("refused", &file, |args| args.srid = Some(4326)).await;
    town.refusal("refused", &file, |args| args.srid = Some(123_456)).await;
    if let Some(drawing) = shared("dxf/closed_loop_with_arcs.dxf") {
        town.refusal("refused", &drawing, |_| {}).await;
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn geojson_cases_are_loaded_or_named() {
    let town = Town::new().await;
    let accepted = [
        ("valid/valid_featurecollection_multiple_feature_types.geojson", "Geometry", 4),
        ("valid/valid_geometry_3d_coordinates.geojson", "Point", 1),
        ("problematic_structure/problematic_nested_geometrycollection.geojson", "GeometryCollection", 1),
        (
            "problematic_geometries/problematic_multitype_geometry_with_just_one_geometry.geojson",
            "MultiPolygon",
            1,
        ),
        ("invalid_geometries/invalid_exterior_not_ccw.geojson", "Polygon", 1),
    ];
    for (path, geometry, count) in accepted {
        let Some(file) = shared(&format!("geojson/{path}")) else { return };
        let report = town.publish("case_of", &file, |args| args.replace = true).await.unwrap();
        assert_eq!(
            (report.geometry.as_deref(), report.loaded, report.crs.srid),
            (Some(geometry), count, Some(4326)),
            "{path}"
        );
    }
    let rejected = [
        (
            "invalid_geometries/invalid_unclosed.geojson",
            "ring is not closed at (13.378049, 52.516176) [ring 1, vertex 4]",
        ),
        (
            "invalid_geometries/invalid_less_three_unique_nodes.geojson",
            "too few points at (13.377016, 52.512418)",
        ),
        (
            "problematic_geometries/problematic_self_intersection_large.geojson",
            "self-intersection at (13.38000925570909, 52.50705274530909)",
        ),
        (
            "problematic_geometries/problematic_zero_length_linestring.geojson",
            "too few points at (13.39265, 52.515046)",
        ),
        (
            "invalid_structure/invalid_featurecollection_features_is_object.geojson",
            "Missing 'features' member",
        ),
        (
            "invalid_structure/invalid_feature_geometry_is_string.geojson",
            "could not be read [geometry.type: not a GeoJSON geometry]",
        ),
        (
            "invalid_structure/invalid_featurecollection_feature_nullfeature.geojson",
            "could not be read [features: not an object]",
        ),
    ];
    for (path, why) in rejected {
        let Some(file) = shared(&format!("geojson/{path}")) else { return };
        let refusal = town.refusal("case_of_2", &file, |_| {}).await;
        assert!(refusal.contains(why), "{path}: {refusal}");
    }
    let repairable = "geojson/invalid_geometries/invalid_unclosed.geojson";
    let Some(file) = shared(repairable) else { return };
    let report = town.publish("case_of_3", &file, |args| args.repair = true).await.unwrap();
    assert_eq!(counts(&report), [1, 0, 1, 0]);
}

#[tokio::test]
async fn a_world_map_reaches_its_edge() {
    let Some(file) = shared("cql2/ne110m4cql2.gpkg") else { return };
    let mut town = Town::new().await;
    let refusal = town.refusal("refused", &file, |_| {}).await;
    assert!(refusal.contains("ne_110m_admin_0_countries"), "{refusal}");
    let layer = |args: &mut Args| args.layer = Some("ne_110m_admin_0_countries".into());
    let report = town.publish("countries", &file, layer).await.unwrap();
    assert_eq!(counts(&report), [177, 177, 0, 0]);
    let date: String = town.one("select string_agg(distinct format_type(atttypid, null), ', ' order by format_type(atttypid, null)) from pg_attribute where attrelid = 'layer.countries'::regclass and attnum > 0").await;
    assert!(date.contains("bigint") && date.contains("double precision") && date.contains("text"), "{date}");
}

#[tokio::test]
async fn a_spreadsheet_in_latin1_with_a_date_that_is_none() {
    let folder = folder();
    let file = folder.join("agua.csv");
    std::fs::write(&file, b"calle;lat;lon\nJir\xf3n Jun\xedn;-10.7;-77.7\nPasaje Pati\xf1o;-10.8;-77.8\n")
        .unwrap();
    let mut town = Town::new().await;
    let report = town.publish("agua", &file, |_| {}).await.unwrap();
    assert_eq!((report.encoding.name.as_str(), report.loaded), ("windows-1252", 2));
    assert_eq!(town.all("select calle from layer.agua order by id").await, ["Jirón Junín", "Pasaje Patiño"]);
    std::fs::remove_dir_all(folder).unwrap();
}
