//! Returns of each layer, of the fabric, and what of a file is not believed.

use super::returns::{Taken, mains};
use super::*;

/// Each layer of the demonstration that an office writes comes back as it went out.
#[tokio::test]
async fn every_layer_comes_back_as_it_went_out() {
    let test = testing::demo_database().await;
    let ubigeo: String = sqlx::query_scalar("select ubigeo from land.district order by id limit 1")
        .fetch_one(&mut test.owner().await)
        .await
        .unwrap();
    assert_eq!(ubigeo, "150203");
    let mut office = Office::on(test).await;
    let mut seen = Vec::new();
    for (audience, layers) in [
        (
            Audience::Surveyor,
            &["parcels", "blocks", "sectors", "buildings", "streets", "roads", "facilities"][..],
        ),
        (
            Audience::Planner,
            &[
                "water_mains",
                "sewer_mains",
                "power_lines",
                "water_assets",
                "sewer_assets",
                "power_assets",
                "hazard_zones",
            ],
        ),
    ] {
        office = office.of(audience);
        for layer in layers {
            let taken = office.take(layer).await;
            let at = office.give_back(&taken).await;
            let counts = office.get(&format!("{at}/changes")).await["counts"].clone();
            let differ: Vec<_> = counts
                .as_object()
                .unwrap()
                .iter()
                .filter(|(kind, count)| *kind != "same" && count.as_i64() != Some(0))
                .collect();
            assert!(differ.is_empty(), "{layer}: {counts}");
            assert_eq!(office.findings(&at).await, [], "{layer}");
            seen.push((*layer, counts["same"].as_i64().unwrap()));
        }
    }
    println!("{seen:?}");
    assert!(seen.iter().all(|(_, same)| *same > 0), "{seen:?}");
}

/// Agreed lots of the demonstration's town.
async fn lots_of_a_town() -> Office {
    let office = Office::open().await;
    let (at, _) =
        office.checked("target=parcels&file_name=lotes.geojson", geojson(Some(32718), &lots()[..5])).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    let agree = json!({ "reason": "levantamiento conforme", "block": "15020301001" });
    let (status, _, told) = office.call(Method::POST, "/api/v1/parcels/agree", &[], agree.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    office
}

#[tokio::test]
pub async fn a_polygon_of_the_fabric_is_never_applied_and_its_values_are() {
    let office = lots_of_a_town().await;
    let taken = office.take("parcels").await;
    let wider = Taken::shape(
        "MULTIPOLYGON(((196040 8816000, 196052 8816000, 196052 8816020, 196040 8816020, 196040 8816000)))",
    );
    taken.edit(&format!("update parcels set geom = {wider}, use = 'comercio' where code = '15020301001005'"));
    taken.edit("update parcels set address = 'Jr. Lima 4' where code = '15020301001004'");
    taken.edit("update parcels set zone_class = 'RDM', block = '002' where code = '15020301001001'");
    let at = office.give_back(&taken).await;
    let counts = office.get(&at).await["changes"].clone();
    assert_eq!(
        (&counts["update"], &counts["same"], &counts["operation"]),
        (&json!(2), &json!(3), &json!(0)),
        "{counts}"
    );
    let told = office.get(&format!("{at}/findings?class=polygon_by_operation")).await;
    let said = told["findings"][0]["es"].as_str().unwrap();
    assert!(said.contains("/replace/15020301001005"), "{said}");
    let found = office.findings(&at).await;
    assert_eq!(found.iter().filter(|(_, class)| class == "property_not_taken").count(), 2, "{found:?}");
    let area =
        "select round(sum(v.grid_area_m2))::bigint from land.parcel_version v where upper_inf(v.valid)";
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    assert_eq!(office.count(area).await, 1000);
    assert_eq!(
        office
            .count("select count(*) from layer.parcels where use = 'comercio' or address = 'Jr. Lima 4'")
            .await,
        2
    );
    // The way that the finding names.
    let feature = told["findings"][0]["feature"].as_i64().unwrap();
    let seen = office.get("/api/v1/parcels/15020301001005").await["version"].as_str().unwrap().to_owned();
    let path = format!("{at}/features/{feature}/replace/15020301001005");
    let body = json!({ "reason": "levantamiento de campo" }).to_string();
    let (status, _, done) =
        office.call(Method::POST, &path, &[("if-match", &format!("\"{seen}\""))], body).await;
    assert_eq!(status, StatusCode::CREATED, "{done}");
    assert_eq!(office.count(area).await, 1040);
}

#[tokio::test]
async fn a_new_lot_enters_provisional_and_only_its_polygon_changed_is_told() {
    let office = lots_of_a_town().await;
    let taken = office.take("parcels").await;
    let free = Taken::shape(
        "MULTIPOLYGON(((196000 8816020, 196010 8816020, 196010 8816040, 196000 8816040, 196000 8816020)))",
    );
    taken.edit(&format!("insert into parcels (ubigeo, sector, block, use, geom) values ('150203', '01', '001', 'vivienda', {free})"));
    let wider = Taken::shape(
        "MULTIPOLYGON(((196040 8816000, 196052 8816000, 196052 8816020, 196040 8816020, 196040 8816000)))",
    );
    taken.edit(&format!("update parcels set geom = {wider} where code = '15020301001005'"));
    let at = office.give_back(&taken).await;
    let counts = office.get(&at).await["changes"].clone();
    assert_eq!(
        (&counts["create"], &counts["operation"], &counts["same"]),
        (&json!(1), &json!(1), &json!(4)),
        "{counts}"
    );
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(1)), "{told}");
    assert_eq!(
        office.count("select count(*) from layer.parcels where fabric_state = 'provisional'").await,
        1
    );
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!((status, &told["taken_back"]), (StatusCode::OK, &json!(1)), "{told}");
    assert_eq!(
        office.count("select count(*) from layer.parcels where fabric_state = 'provisional'").await,
        0
    );
}

#[tokio::test]
pub async fn the_file_is_believed_for_its_edits_only() {
    let office = mains().await;
    let (first, second) = (office.take("water_mains").await, office.take("water_mains").await);
    // Of another copy.
    let path = format!("/api/v1/deliveries?returns={}&file_name=campo.gpkg", second.copy);
    let (_, headers, _) = office.call(Method::POST, &path, &[], first.bytes()).await;
    let told = office.rest(headers[header::LOCATION].to_str().unwrap()).await;
    assert_eq!(told["state"], "broken", "{told}");
    assert!(
        told["trouble"]["es"].as_str().unwrap().contains(&format!("otra salida de campo ({})", first.copy)),
        "{told}"
    );
    // Without a word it is a delivery like another, which says what it could be.
    let at = office.bring("target=water_mains&file_name=campo.gpkg", first.bytes()).await;
    office.rest(&at).await;
    let notes = office.get(&format!("{at}/findings?class=file_note")).await;
    let said = notes["findings"][0]["en"].as_str().unwrap();
    assert!(said.contains(&format!("returns={}", first.copy)), "{said}");
    // A column of one's own is not kept, a version that was written over counts for nothing.
    first.edit("alter table water_mains add column dni_titular text");
    first.edit("update water_mains set dni_titular = '12345678', version = 77 where id = 1");
    first.edit("update water_mains set material = 'HDPE', age_years = 3 where id = 2");
    let at = office.give_back(&first).await;
    let counts = office.get(&at).await["changes"].clone();
    assert_eq!((&counts["update"], &counts["same"]), (&json!(1), &json!(11)), "{counts}");
    let found = office.findings(&at).await;
    let of = |class: &str| found.iter().filter(|(_, other)| other == class).count();
    assert_eq!((of("column_not_of_copy"), of("property_not_taken"), found.len()), (1, 2, 3), "{found:?}");
    let kept = "select count(*) from delivery.feature where attributes::text like '%12345678%'";
    assert_eq!(office.count(kept).await, 0);
    // Nothing of another layer, and nothing that is nobody's.
    for (query, member) in [
        (format!("returns={}&target=sewer_mains&file_name=campo.gpkg", first.copy), "target"),
        ("returns=9999&file_name=campo.gpkg".to_owned(), "returns"),
    ] {
        let (status, _, told) =
            office.call(Method::POST, &format!("/api/v1/deliveries?{query}"), &[], first.bytes()).await;
        assert_eq!((status, &told["parameter"]), (StatusCode::BAD_REQUEST, &json!(member)), "{told}");
    }
}

#[tokio::test]
async fn a_copy_is_its_offices_own() {
    let mut office = mains().await;
    let taken = office.take("water_mains").await;
    let at = office.give_back(&taken).await;
    for other in [Audience::Surveyor, Audience::Titling, Audience::Citizen, Audience::Admin] {
        office.actor = Actor::inside("otra", other, "pedido-2");
        for path in [
            format!("/api/v1/field_copies/{}", taken.copy),
            format!("/api/v1/field_copies/{}/file", taken.copy),
            format!("{at}/changes"),
        ] {
            let (status, _, told) = office.call(Method::GET, &path, &[], Body::empty()).await;
            let expected =
                if other == Audience::Surveyor { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{other:?} {path}: {told}");
        }
    }
    office.actor = Actor::inside("otra", Audience::Surveyor, "pedido-2");
    assert_eq!(office.get("/api/v1/field_copies").await["field_copies"], json!([]));
    let mut surveyor = office.test.database.write(Audience::Surveyor).await.unwrap();
    for view in ["own_field_copy", "own_field_copy_file", "own_change"] {
        // Safe SQL: one of three names.
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from delivery.{view}"));
        let seen: i64 = sqlx::query_scalar(sql).fetch_one(&mut *surveyor).await.unwrap();
        assert_eq!(seen, 0, "{view}");
    }
}

#[tokio::test]
async fn a_copy_is_taken_once_per_key_and_within_the_districts_of_the_account() {
    let mut office = mains().await;
    let path = "/api/v1/field_copies";
    let body = json!({ "reason": "salida a campo", "ubigeo": "150203", "target": "water_mains" }).to_string();
    let key = [("idempotency-key", "una-sola-salida")];
    let (status, _, first) = office.call(Method::POST, path, &key, body.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let (_, headers, again) = office.call(Method::POST, path, &key, body.clone()).await;
    assert_eq!((&again, &headers["idempotency-replayed"]), (&first, &"true".parse().unwrap()));
    assert_eq!(office.count("select count(*) from delivery.field_copy").await, 1);
    let limited = "begin; set local predio.reason = 'test';
        insert into access.account (name, offices, districts) values ('vecina', '{planner}', '{150201}'); commit;";
    office.test.owner().await.execute(limited).await.unwrap();
    office.actor = Actor::inside("vecina", Audience::Planner, "pedido-3");
    let (status, _, told) = office.call(Method::POST, path, &[], body).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    let (status, _, told) =
        office.call(Method::GET, &format!("{path}/{}/file", first["id"]), &[], Body::empty()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
    let back = format!("/api/v1/deliveries?returns={}&file_name=campo.gpkg", first["id"]);
    let (status, _, told) = office.call(Method::POST, &back, &[], "nada").await;
    assert_eq!((status, &told["parameter"]), (StatusCode::BAD_REQUEST, &json!("returns")), "{told}");
    assert_eq!(office.count("select count(*) from delivery.field_copy").await, 1);
}

#[tokio::test]
async fn only_part_of_the_layer_goes_out_and_only_that_is_compared() {
    let office = mains().await;
    let body = json!({ "reason": "salida a campo", "ubigeo": "150203", "target": "water_mains", "filter": "id <= 4" });
    let (status, _, told) = office.call(Method::POST, "/api/v1/field_copies", &[], body.to_string()).await;
    assert_eq!((status, &told["features"]), (StatusCode::CREATED, &json!(4)), "{told}");
    for (member, value) in
        [("filter", "nada = 3"), ("bbox", "1,2"), ("ubigeo", "150299"), ("target", "zones")]
    {
        let mut body = body.clone();
        body[member] = json!(value);
        let (status, _, told) =
            office.call(Method::POST, "/api/v1/field_copies", &[], body.to_string()).await;
        assert!(status.is_client_error(), "{member}: {status} {told}");
    }
    let (_, _, bytes) = office
        .raw(Method::GET, &format!("/api/v1/field_copies/{}/file", told["id"]), &[], Body::empty())
        .await;
    let path = format!("/api/v1/deliveries?returns={}&file_name=campo.gpkg", told["id"]);
    let (_, headers, _) = office.call(Method::POST, &path, &[], bytes).await;
    let told = office.rest(headers[header::LOCATION].to_str().unwrap()).await;
    assert_eq!(
        (&told["state"], &told["changes"]["same"], &told["changes"]["delete"]),
        (&json!("checked"), &json!(4), &json!(0)),
        "{told}"
    );
}

/// A hazard in force since 2020, one that ends, a draft of a plan with two classes and two zones, and a main with a valve.
const VERSIONS: &str = "begin; set local predio.reason = 'test';
    insert into risk.hazard_zone (ubigeo, kind) values ('150203', 'flood'), ('150203', 'flood');
    insert into risk.hazard_zone_version (hazard_zone_id, valid, level, geom)
    select id, '[2020-01-01,)', 'high', st_multi(st_makeenvelope(195000 + 600 * id, 8815000, 195500 + 600 * id, 8815500, 32718))
    from risk.hazard_zone;
    insert into zoning.plan (ubigeo, kind, name, state, fictitious) values ('150203', 'PDU', 'Borrador', 'draft', true);
    insert into zoning.zone_class (plan_id, code, name, category)
    select p.id, c, c, 'residential' from zoning.plan p, unnest(array['RDM', 'RDB']) c;
    insert into zoning.zone (ubigeo, plan_id) select ubigeo, id from zoning.plan, generate_series(1, 2);
    insert into zoning.zone_version (zone_id, zone_class_id, geom)
    select z.id, c.id, st_multi(st_makeenvelope(195000 + 600 * z.id, 8815000, 195500 + 600 * z.id, 8815500, 32718))
    from zoning.zone z join zoning.zone_class c on c.plan_id = z.plan_id and c.code = 'RDM';
    insert into utility.asset (ubigeo, network, kind, state, line_id, geom)
    select ubigeo, network, 'valve', 'in_service', id, st_startpoint(geom) from utility.line where id = 1;
    commit;";

#[tokio::test]
async fn objects_with_versions_and_zones_of_a_draft_come_back_through_their_doors() {
    let office = mains().await;
    office.test.owner().await.execute(VERSIONS).await.unwrap();
    let hazards = office.take("hazard_zones").await;
    hazards.edit("update hazard_zones set level = 'medium' where id in (1, 2)");
    office.meanwhile("delete from layer.hazard_zones where id = 2").await;
    let at = office.give_back(&hazards).await;
    assert_eq!(office.changes(&at).await, [(1, "update".to_owned()), (2, "conflict".to_owned())]);
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    let versions = "select count(*) from risk.hazard_zone_version where hazard_zone_id = 1";
    assert_eq!(office.count(versions).await, 2, "what was in force stays on record");
    let now =
        "select count(*) from layer.hazard_zones where id = 1 and upper_inf(valid) and level = 'medium'";
    assert_eq!(office.count(now).await, 1);
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!((status, &told["taken_back"]), (StatusCode::OK, &json!(1)), "{told}");
    assert_eq!(office.count(now).await, 0);

    let drafts = office.take("zone_drafts").await;
    drafts.edit("update zone_drafts set zone_class = 'RDB' where id = 1");
    drafts.edit("delete from zone_drafts where id = 2");
    let free =
        Taken::shape("MULTIPOLYGON(((195000 8816000, 195100 8816000, 195100 8816100, 195000 8816000)))");
    for class in ["RDB", "ZZZ"] {
        drafts.edit(&format!(
            "insert into zone_drafts (ubigeo, plan, zone_class, geom) values ('150203', 'Borrador', '{class}', {free})"
        ));
    }
    let at = office.give_back(&drafts).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(3)), "{told}");
    assert_eq!(told["refused"][0]["rule"], "layer_value_is_known", "{told}");
    let rows: Vec<String> = sqlx::query_scalar("select zone_class from staff_layer.zone_drafts order by id")
        .fetch_all(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(rows, ["RDB", "RDB"]);
}

#[tokio::test]
async fn what_others_refer_to_stays_and_is_told() {
    let office = mains().await;
    office.test.owner().await.execute(VERSIONS).await.unwrap();
    let taken = office.take("water_mains").await;
    taken.edit("delete from water_mains where id in (1, 2)");
    let at = office.give_back(&taken).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(1)), "{told}");
    assert!(told["refused"][0]["message"].as_str().unwrap().contains("others still refer to it"), "{told}");
    assert_eq!(office.count("select count(*) from utility.line where id in (1, 2)").await, 1);
}

#[tokio::test]
async fn a_file_in_another_system_and_without_some_columns_is_the_same() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    let moved = taken.path().with_file_name("grados.gpkg");
    let done = std::process::Command::new("ogr2ogr")
        .args(["-t_srs", "EPSG:4326", "-sql", "select id, material, geom from water_mains"])
        .args([&moved, &taken.path()])
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::rename(&moved, taken.path()).unwrap();
    let at = office.give_back(&taken).await;
    assert_eq!(office.changes(&at).await, []);
    let told = office.get(&at).await;
    assert_eq!((&told["srid"], &told["changes"]["same"]), (&json!(4326), &json!(12)), "{told}");
    let (status, told) = office.decide(Method::PUT, &at, "mapping", json!({ "mapping": [] })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
}

#[tokio::test]
pub async fn a_shape_that_is_none_and_a_part_of_the_file_are_told() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    taken.edit("update water_mains set geom = null where id = 1");
    taken.edit("update water_mains set diameter_mm = -5 where id = 2");
    taken.edit("delete from water_mains where id > 6");
    let at = office.give_back(&taken).await;
    let found = office.findings(&at).await;
    let of = |class: &str| found.iter().filter(|(_, other)| other == class).count();
    assert_eq!((of("geometry_missing"), of("many_absent"), found.len()), (1, 1, 2), "{found:?}");
    let counts = office.get(&at).await["changes"].clone();
    assert_eq!(
        (&counts["refused"], &counts["delete"], &counts["update"]),
        (&json!(1), &json!(6), &json!(1)),
        "{counts}"
    );
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["refused"][0]["rule"]),
        (StatusCode::OK, &json!("line_diameter_is_positive")),
        "{told}"
    );
    assert_eq!(office.count("select count(*) from utility.line where geom is not null").await, 6);
}

#[tokio::test]
pub async fn where_a_feature_cannot_be_read_nothing_counts_as_taken_away() {
    let office = mains().await;
    let taken = office.take("water_mains").await;
    taken.edit("delete from water_mains where id = 12");
    let text = taken.path().with_file_name("campo.geojson");
    let done = std::process::Command::new("ogr2ogr")
        .args([&text, &taken.path()])
        .arg("water_mains")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let whole = std::fs::read_to_string(&text).unwrap();
    let broken = whole.replacen(r#""coordinates": ["#, r#""coordinates": "nada", "other": ["#, 1);
    assert_ne!(broken, whole);
    std::fs::write(taken.path(), broken).unwrap();
    let at = office.give_back(&taken).await;
    let found = office.findings(&at).await;
    let of = |class: &str| found.iter().filter(|(_, other)| other == class).count();
    assert_eq!((of("unreadable"), of("absence_uncertain")), (1, 1), "{found:?}");
    assert_eq!(office.get(&at).await["changes"]["delete"], 0);
}

/// A layer of the municipality's own, with a column of each type and values at which formats differ.
const PROBES: &str = "begin; set local predio.reason = 'test';
    create table land.probe (id bigint generated always as identity primary key, ubigeo text not null, flag boolean, small smallint,
      big bigint, ratio double precision, amount numeric(10, 2), any_amount numeric, day date, at timestamptz, at_local timestamp,
      note text, tags text[], extra jsonb, mark uuid, version integer not null default 1,
      recorded_from timestamptz not null default now(), geom geometry(MultiPolygon, 32718) not null);
    select history.track('land.probe');
    create view layer.probes as select id, ubigeo, flag, small, big, ratio, amount, any_amount, day, at, at_local, note, tags, extra, mark,
      version, geom from land.probe;
    comment on view layer.probes is 'es: Pruebas. | en: Probes.';
    select service.open_layer('layer.probes', 'land.probe');
    grant select, insert, update, delete on layer.probes to predio_planner;
    insert into land.probe (ubigeo, flag, small, big, ratio, amount, any_amount, day, at, at_local, note, tags, extra, mark, geom)
    select '150203', v.flag, v.small, v.big, v.ratio, v.amount, v.any_amount, v.day, v.at, v.at_local, v.note, v.tags, v.extra, v.mark,
      st_multi(st_makeenvelope(196000.0004, 8816000.12345, 196010.1, 8816010.7, 32718))
    from (values
      (true, 1::smallint, 9007199254740993, 0.1::float8 + 0.2::float8, 12.50, 123456789.123456789, date '2024-02-29',
        timestamptz '2024-12-31 23:59:59.123456-05', timestamp '2024-01-01 00:00:00.5', E'Ñandú \"O''Higgins\"\\n línea ', array['a', 'b,c'],
        jsonb '{\"a\": [1, null]}', uuid '00000000-0000-4000-8000-000000000001'),
      (false, (-32768)::smallint, -1, 1e-7::float8, 0.00, 0.1, date '1900-01-01', timestamptz '1970-01-01 00:00:00Z',
        timestamp '1999-12-31 23:59:59', '', array[]::text[], jsonb '\"\"', null),
      (null, null, null, null, null, null, null, null, null, null, null, null, null),
      (true, 0::smallint, 0, -0.0::float8, -99999999.99, 1e20, date '9999-12-31', timestamptz '2024-06-01 12:00:00Z',
        timestamp '2024-06-01 12:00:00', '0012', array['x'], jsonb '0', uuid 'ffffffff-ffff-4fff-bfff-ffffffffffff')
    ) v(flag, small, big, ratio, amount, any_amount, day, at, at_local, note, tags, extra, mark);
    commit;";

#[tokio::test]
async fn no_value_of_any_type_looks_changed_because_of_the_format() {
    let office = mains().await;
    office.test.owner().await.execute(PROBES).await.unwrap();
    let taken = office.take("probes").await;
    let at = office.give_back(&taken).await;
    assert_eq!(office.changes(&at).await, [], "{:#}", office.get(&format!("{at}/changes")).await);
    assert_eq!(office.findings(&at).await, []);
    // One value is changed of each, and the others stay to their last digit.
    let others = "select md5(string_agg((to_jsonb(p) - 'note' - 'version' - 'recorded_from' - 'day')::text, ',' order by id)) from land.probe p";
    let before: String = sqlx::query_scalar(others).fetch_one(&mut office.test.owner().await).await.unwrap();
    taken.edit("update probes set note = 'otra'");
    office.meanwhile("update layer.probes set day = '2020-01-01'").await;
    let at = office.give_back(&taken).await;
    let all = [1, 2, 3, 4].map(|id| (id, "merge".to_owned()));
    assert_eq!(office.changes(&at).await, all);
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!((status, &told["changes"]["applied"]), (StatusCode::OK, &json!(4)), "{told}");
    let after: String = sqlx::query_scalar(others).fetch_one(&mut office.test.owner().await).await.unwrap();
    assert_eq!(after, before);
    let both = "select count(*) from land.probe where note = 'otra' and day = '2020-01-01'";
    assert_eq!(office.count(both).await, 4);
    // Each type can be changed in the field, to nothing too.
    let again = office.take("probes").await;
    again.edit("update probes set flag = 0, small = 7, big = 9007199254740995, ratio = 0.25, amount = 3.5, day = '2023-03-03', mark = null where id = 1");
    let at = office.give_back(&again).await;
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let set = "select count(*) from land.probe where id = 1 and not flag and small = 7 and big = 9007199254740995 and ratio = 0.25
        and amount = 3.50 and day = '2023-03-03' and mark is null and any_amount = 123456789.123456789";
    assert_eq!(office.count(set).await, 1);
}
