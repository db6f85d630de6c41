//! The extract on constructed land, in a real PostGIS.

use std::fmt::Write;

use chrono::NaiveDate;
use sqlx::AssertSqlSafe;

use super::model::{CadastralCode, Extract, Restriction, Verdict, WithinTolerance};
use super::store;
use crate::database::Audience;
use crate::testing::{self, TestDatabase};

const DAY: &str = "2026-06-30";

/// A district with a square parcel of 10 x 20 m at its middle; everything else is said by `more`.
async fn land(more: &str) -> TestDatabase {
    let test = testing::database().await;
    let sql = format!(
        "begin;
        set local predio.reason = 'test';
        insert into land.district (ubigeo, name, province, department, source, valid, geom)
        values ('150203', 'Pativilca', 'Barranca', 'Lima', 'test', '[2000-01-01,)',
          st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
        insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
        insert into land.parcel (id, ubigeo, code, kind) overriding system value values (1, '150203', '15020301001001', 'urban');
        insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code,
          registered_area_m2, geom)
        values (1, '150203', '[2020-01-01,)', 'agreed', '01', '001', '001', 200,
          st_multi(st_makeenvelope(196000, 8816000, 196010, 8816020, 32718)));
        insert into land.corner (ubigeo, x_mm, y_mm, method)
        select distinct ubigeo, round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'gnss'
        from land.parcel_version cross join st_dumppoints(geom) d;
        {more};
        commit;"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut test.owner().await).await.unwrap();
    test
}

async fn extract_on(test: &TestDatabase, code: &str, day: &str) -> Vec<Extract> {
    let day: NaiveDate = day.parse().unwrap();
    let mut snapshot = test.database.read(Audience::Public).await.unwrap();
    store::extract(&mut snapshot, &CadastralCode::parse(code).unwrap(), day).await.unwrap()
}

async fn extract(test: &TestDatabase) -> Extract {
    extract_on(test, "15020301001001", DAY).await.remove(0)
}

fn theme<'a>(extract: &'a Extract, code: &str) -> &'a Restriction {
    extract.restrictions.iter().find(|restriction| restriction.theme == code).unwrap()
}

/// A multipolygon of a box given relative to the parcel's south-west corner.
fn area(west: f64, south: f64, east: f64, north: f64) -> String {
    let (x, y) = (196_000.0, 8_816_000.0);
    format!("st_multi(st_makeenvelope({}, {}, {}, {}, 32718))", x + west, y + south, x + east, y + north)
}

fn studied(theme: &str, area: &str) -> String {
    format!(
        "insert into risk.studied_area (ubigeo, theme, office, valid, geom) \
         values ('150203', '{theme}', 'Oficina de riesgo', '[2020-01-01,)', {area});"
    )
}

fn restricted(id: u32, kind: &str, area: &str) -> String {
    format!(
        "insert into risk.restricted_area (id, ubigeo, kind) overriding system value values ({id}, '150203', '{kind}');
        insert into risk.restricted_area_version (restricted_area_id, valid, name, office, geom)
        values ({id}, '[2020-01-01,)', 'Zona {id}', 'Oficina {id}', {area});"
    )
}

fn hazard(id: u32, level: &str, declared: bool, mitigable: &str, area: &str) -> String {
    let declaration = if declared { "'Res. 1'" } else { "null" };
    format!(
        "insert into risk.hazard_zone (id, ubigeo, kind) overriding system value values ({id}, '150203', 'flood');
        insert into risk.hazard_zone_version (hazard_zone_id, valid, level, declared, declaration, mitigable, geom)
        values ({id}, '[2020-01-01,)', '{level}', {declared}, {declaration}, {mitigable}, {area});"
    )
}

fn wide() -> String {
    area(-1000.0, -1000.0, 1000.0, 1000.0)
}

#[tokio::test]
async fn where_nothing_was_studied_nothing_is_denied() {
    let extract = extract(&land("").await).await;
    assert_eq!(extract.summary.no_data, extract.restrictions.len());
    assert!(extract.restrictions.len() >= 24);
    for restriction in &extract.restrictions {
        let note = restriction.note.as_ref().unwrap();
        assert!(
            note.es.starts_with("No se sabe: falta ") && note.en.starts_with("Not known: missing is "),
            "{note:?}"
        );
        assert!(note.es.contains(&restriction.office) && restriction.norm.is_some());
    }
    assert!(extract.zoning.note.is_some() && extract.cuc.is_none());
    assert!(theme(&extract, "landfill_buffer").norm.as_ref().unwrap().to_confirm);
}

#[tokio::test]
async fn absence_is_a_no_only_where_all_of_the_parcel_was_studied() {
    let half = area(-1000.0, -1000.0, 1000.0, 10.0);
    let more = studied("flood", &wide())
        + &studied("archaeology", &half)
        + &studied("tsunami", &area(500.0, 500.0, 600.0, 600.0));
    let extract = extract(&land(&more).await).await;
    assert_eq!(theme(&extract, "flood").verdict, Verdict::NotAffected);
    assert_eq!(theme(&extract, "flood").office, "Oficina de riesgo");
    let partly = theme(&extract, "archaeological");
    assert_eq!(partly.verdict, Verdict::NoData);
    assert!(partly.note.as_ref().unwrap().es.contains("50.0 % del predio"), "{:?}", partly.note);
    assert_eq!(theme(&extract, "tsunami").verdict, Verdict::NoData);
}

#[tokio::test]
async fn studies_side_by_side_count_together_and_a_corner_a_millimetre_outside_is_inside() {
    let more = studied("flood", &area(-100.0, -100.0, 100.0, 8.0))
        + &studied("flood", &area(-100.0, 8.0, 100.0, 100.0))
        + &studied("archaeology", &area(0.001, 0.001, 100.0, 100.0))
        + &studied("tsunami", &area(0.5, 0.0, 100.0, 100.0));
    let extract = extract(&land(&more).await).await;
    assert_eq!(theme(&extract, "flood").verdict, Verdict::NotAffected);
    assert_eq!(theme(&extract, "archaeological").verdict, Verdict::NotAffected);
    assert_eq!(theme(&extract, "tsunami").verdict, Verdict::NoData);
}

#[tokio::test]
async fn what_reaches_the_parcel_is_measured_and_named() {
    let more = studied("flood", &wide())
        + &hazard(1, "high", false, "null", &area(-50.0, -50.0, 5.0, 50.0))
        + &hazard(2, "medium", false, "true", &area(2.0, -50.0, 50.0, 50.0))
        + &restricted(1, "archaeological", &area(8.0, -50.0, 50.0, 50.0))
        + &restricted(2, "public_space", &area(100.0, 0.0, 200.0, 20.0));
    let extract = extract(&land(&more).await).await;
    let flood = theme(&extract, "flood");
    assert_eq!(flood.verdict, Verdict::Affected);
    assert!(!flood.blocking && !extract.summary.blocking);
    // Two zones that overlap each other count once: the parcel is 200 m².
    assert_eq!((flood.area_m2, flood.percent), (Some(200.0), Some(100.0)));
    assert_eq!(flood.objects.len(), 2);
    let apart: f64 = flood.objects.iter().map(|object| object.area_m2.unwrap()).sum();
    assert!((apart - 260.0).abs() < 0.01);
    let site = theme(&extract, "archaeological");
    assert_eq!((site.verdict, site.area_m2, site.percent), (Verdict::Affected, Some(40.0), Some(20.0)));
    assert_eq!(site.office, "Oficina 1");
    assert_eq!(theme(&extract, "public_space").verdict, Verdict::NoData);
    assert_eq!(theme(&extract, "public_space").distance_m, Some(90.0));
}

#[tokio::test]
async fn only_very_high_and_declared_not_mitigable_blocks() {
    for (level, declared, mitigable, blocks) in [
        ("very_high", true, "false", true),
        ("very_high", true, "true", false),
        ("very_high", true, "null", false),
        ("very_high", false, "false", false),
        ("high", true, "false", false),
    ] {
        let extract = extract(&land(&hazard(1, level, declared, mitigable, &wide())).await).await;
        assert_eq!(theme(&extract, "flood").verdict, Verdict::Affected);
        assert_eq!(
            (theme(&extract, "flood").blocking, extract.summary.blocking),
            (blocks, blocks),
            "{level} {mitigable}"
        );
    }
}

#[tokio::test]
async fn a_strip_counts_outward_and_an_area_inward() {
    // Each lies `gap` metres east of the parcel's edge; a negative gap overlaps.
    for (gap, strip, zone) in [
        (0.2, Verdict::NotAffected, Verdict::NotAffected),
        (0.0001, Verdict::Affected, Verdict::NotAffected),
        (0.04, Verdict::Affected, Verdict::NotAffected),
        (0.0, Verdict::Affected, Verdict::NotAffected),
        (-0.04, Verdict::Affected, Verdict::NotAffected),
        (-0.2, Verdict::Affected, Verdict::Affected),
    ] {
        let beside = area(10.0 + gap, -50.0, 60.0, 70.0);
        let more = studied("beach", &wide())
            + &studied("archaeology", &wide())
            + &restricted(1, "beach_public", &beside)
            + &restricted(2, "archaeological", &beside);
        let extract = extract(&land(&more).await).await;
        assert_eq!(theme(&extract, "beach_public").verdict, strip, "strip at {gap}");
        assert_eq!(theme(&extract, "archaeological").verdict, zone, "area at {gap}");
        if (0.0..0.001).contains(&gap) {
            assert_eq!(theme(&extract, "beach_public").area_m2, Some(0.0));
            assert!(theme(&extract, "beach_public").note.as_ref().unwrap().es.contains("toca su borde"));
        }
    }
}

#[tokio::test]
async fn a_river_bank_is_a_line_and_an_estimated_margin_says_so() {
    let more = format!(
        "insert into risk.river_bank (ubigeo, name, side, geom) values ('150203', 'Río', 'right',
          st_setsrid(st_makeline(st_point(196005, 8815900), st_point(196005, 8816100)), 32718));
        insert into risk.river_bed (ubigeo, name, kind, geom) values ('150203', 'Río', 'inactive', {});
        insert into risk.river_margin (id, ubigeo) overriding system value values (1, '150203');
        insert into risk.river_margin_version (river_margin_id, valid, state, width_m, legal_value, norm_id, geom)
        select 1, '[2020-01-01,)', 'estimated', 10, 'estimada – sin valor legal', n.id, {} from land.norm n
        where n.code = 'RJ 332-2016-ANA'",
        area(-50.0, -50.0, 2.0, 50.0),
        area(0.0, 0.0, 5.0, 20.0)
    );
    let extract = extract(&land(&more).await).await;
    let bank = theme(&extract, "river_bank");
    assert_eq!((bank.verdict, bank.area_m2), (Verdict::Affected, None));
    assert_eq!(theme(&extract, "river_bed_inactive").area_m2, Some(40.0));
    assert_eq!(theme(&extract, "river_bed_active").verdict, Verdict::NoData);
    let margin = theme(&extract, "river_margin");
    assert!(margin.note.as_ref().unwrap().es.contains("Estimada, sin valor legal"));
    assert!(margin.norm.as_ref().unwrap().to_confirm);
    assert_eq!(margin.percent, Some(50.0));
}

#[tokio::test]
async fn recorded_restrictions_come_by_parcel_by_unit_and_by_place() {
    let more = format!(
        "insert into land.property_unit (id, ubigeo, crc) overriding system value values (1, '150203', '15020301001001010101001');
        insert into land.property_unit_parcel values (1, 1);
        insert into land.restriction (id, ubigeo, kind) overriding system value
          values (1, '150203', 'mortgage'), (2, '150203', 'transfer_ban'), (3, '150203', 'right_of_way'), (4, '150203', 'past');
        insert into land.restriction_version (restriction_id, valid, parcel_id, property_unit_id, title, geom) values
          (1, '[2020-01-01,)', 1, null, 'Por lote', null),
          (2, '[2020-01-01,)', null, 1, 'Por unidad', null),
          (3, '[2020-01-01,)', null, null, 'Por lugar', {}),
          (4, '[2010-01-01,2015-01-01)', 1, null, 'Vencida', null)",
        area(5.0, 0.0, 50.0, 20.0)
    );
    let extract = extract(&land(&more).await).await;
    let recorded = theme(&extract, "recorded");
    let mut names: Vec<_> = recorded.objects.iter().filter_map(|object| object.name.as_deref()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Por lote", "Por lugar", "Por unidad"]);
    assert_eq!(extract.crc, ["15020301001001010101001"]);
}

#[tokio::test]
async fn zones_bring_all_fourteen_parameters_and_reserved_ones_limit() {
    let plan = |geom: &str| {
        format!(
            "insert into zoning.plan (id, ubigeo, kind, name, state, ordinance, valid, geom) overriding system value
              values (1, '150203', 'PDU', 'Plan', 'adopted', 'Ord. 1', '[2020-01-01,)', {geom});
            insert into zoning.zone_class (id, plan_id, code, name, category) overriding system value
              values (1, 1, 'RDM', 'Residencial', 'residential'), (2, 1, 'ZRP', 'Recreación pública', 'recreation');
            insert into zoning.building_parameter (zone_class_id, parameter, applies, value_text)
              values (1, 'floors_max', 'value', '3-4'), (1, 'heritage', 'not_applicable', null), (1, 'parking', 'not_regulated', null);
            insert into zoning.zone (id, ubigeo, plan_id) overriding system value values (1, '150203', 1), (2, '150203', 1);
            insert into zoning.zone_version (zone_id, valid, zone_class_id, geom) values
              (1, '[2020-01-01,)', 1, {}), (2, '[2020-01-01,)', 2, {});",
            area(-50.0, -50.0, 7.0, 50.0),
            area(7.0, -50.0, 50.0, 50.0)
        )
    };
    let extract = extract(&land(&plan(&wide())).await).await;
    let [main, second] = &extract.zoning.zones[..] else { panic!("{:?}", extract.zoning) };
    assert_eq!((main.zone_class.as_str(), main.percent, second.percent), ("RDM", Some(70.0), Some(30.0)));
    assert_eq!((main.parameters.len(), second.parameters.len()), (14, 14));
    let of = |code: &str| main.parameters.iter().find(|one| one.parameter == code).unwrap();
    assert_eq!(
        (of("floors_max").value.as_deref(), of("heritage").applies.as_str()),
        (Some("3-4"), "not_applicable")
    );
    assert!(["parking", "net_density"].iter().all(|code| of(code).applies == "not_regulated"));
    let reserved = theme(&extract, "zoning_reserved");
    assert_eq!((reserved.verdict, reserved.area_m2), (Verdict::Affected, Some(60.0)));
}

#[tokio::test]
async fn the_registered_area_is_held_against_its_tolerance_class() {
    let land = land("").await;
    let within = extract(&land).await;
    assert_eq!(
        (within.tolerance.verdict, within.tolerance.difference_pct),
        (WithinTolerance::Within, Some(0.0))
    );
    assert_eq!(within.tolerance.tolerance_pct, Some(2.0));
    assert_eq!((within.areas.grid_m2, within.areas.declared_m2), (Some(200.0), None));
    assert_eq!(within.areas.grid_excess_pct, Some(0.149));
    let mut owner = land.owner().await;
    for (registered, verdict) in [
        ("204.08", WithinTolerance::Within),
        ("204.1", WithinTolerance::Outside),
        ("195.2", WithinTolerance::Within),
        ("null", WithinTolerance::NotKnown),
    ] {
        let sql = format!(
            "begin; set local predio.reason = 'test'; update land.parcel_version set registered_area_m2 = {registered}; commit;"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
        assert_eq!(extract(&land).await.tolerance.verdict, verdict, "{registered}");
    }
}

#[tokio::test]
async fn a_parcel_without_polygon_or_with_a_broken_one_still_has_its_extract() {
    let more = studied("flood", &wide())
        + &hazard(1, "high", false, "null", &wide())
        + "insert into land.parcel (id, ubigeo, code, kind) overriding system value
             values (2, '150203', 'UC-00001', 'rural'), (3, '150203', 'UC-00002', 'rural');
           insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, geom) values
             (2, '150203', '[2020-01-01,)', 'provisional', null),
             (3, '150203', '[2020-01-01,)', 'provisional',
              'srid=32718;multipolygon(((196000 8816000, 196010 8816010, 196010 8816000, 196000 8816010, 196000 8816000)))')";
    let test = land(&more).await;
    let none = extract_on(&test, "uc-00001", DAY).await.remove(0);
    assert!(none.restrictions.iter().all(|restriction| restriction.verdict == Verdict::NoData));
    assert!(none.restrictions[0].note.as_ref().unwrap().es.contains("sin polígono"));
    let broken = extract_on(&test, "UC-00002", DAY).await.remove(0);
    assert_eq!(theme(&broken, "flood").verdict, Verdict::Affected);
}

#[tokio::test]
async fn the_past_can_be_asked_for() {
    let more = restricted(1, "archaeological", &wide())
        + "update risk.restricted_area_version set valid = '[2022-01-01,2024-01-01)'";
    let test = land(&more).await;
    assert!(extract_on(&test, "15020301001001", "2019-12-31").await.is_empty());
    let then = extract_on(&test, "15020301001001", "2023-01-01").await.remove(0);
    assert_eq!(theme(&then, "archaeological").verdict, Verdict::Affected);
    assert_eq!(theme(&extract(&test).await, "archaeological").verdict, Verdict::NoData);
}

#[tokio::test]
async fn the_public_reads_no_table_behind_the_extract() {
    let test = testing::database().await;
    let mut owner = test.owner().await;
    let readable: Vec<String> = sqlx::query_scalar(
        "select format('%s.%s', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'v', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'layer', 'public')
           and has_schema_privilege('predio_public', n.oid, 'usage') and has_table_privilege('predio_public', c.oid, 'select')
         order by 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(readable, ["service.layer_about", "service.layer_change", "service.setting"]);
    // The functions that run as their owner name no table of persons or rights, and fix their search path.
    let bodies: Vec<(String, String, bool)> = sqlx::query_as(
        "select p.proname::text, p.prosrc, coalesce(array_to_string(p.proconfig, ',') like 'search_path=%', false)
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where p.prosecdef and n.nspname = 'service' and has_function_privilege('predio_public', p.oid, 'execute')",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(bodies.len(), 6);
    for (name, body, fixed) in bodies {
        assert!(
            fixed
                && !body.contains("person.")
                && !body.contains("tenure")
                && !body.contains("registry_entry"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_overlay_of_the_public_can_use_its_index() {
    let test = testing::demo_database().await;
    let mut snapshot = test.database.read(Audience::Public).await.unwrap();
    // A small district fits into few pages; what is asked here is whether the index is open to the role at all.
    sqlx::raw_sql("set local enable_seqscan = off").execute(&mut *snapshot).await.unwrap();
    for (layer, index) in [
        ("hazard_zones", "hazard_zone_version_geom"),
        ("river_margins", "river_margin_version_geom"),
        ("river_beds", "river_bed_geom"),
        ("river_banks", "river_bank_geom"),
        ("archaeological_areas", "restricted_area_version_geom"),
        ("restricted_areas", "restricted_area_version_geom"),
        ("zones", "zone_version_geom"),
        ("plans", "plan_geom"),
        ("restrictions", "restriction_version_geom"),
        ("studied_areas", "studied_area_geom"),
        ("parcels", "parcel_version_geom"),
    ] {
        let box_of_a_parcel = "st_makeenvelope(196000, 8816000, 196010, 8816020, 32718)";
        let sql = format!("explain select v.id from layer.{layer} v where v.geom && {box_of_a_parcel}");
        let plan: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *snapshot).await.unwrap();
        assert!(plan.join("\n").contains(&format!("{index} ")), "{layer}\n{}", plan.join("\n"));
    }
    sqlx::raw_sql("set local enable_indexscan = off").execute(&mut *snapshot).await.unwrap();
    for (sql, index) in [
        ("select p.id from layer.parcels p where p.code like '%' || '30201' || '%'", "parcel_code_pieces"),
        (
            "select p.id from layer.parcels p where p.code operator(pg_catalog.~>=~) '150203' and p.code operator(pg_catalog.~<~) '150203~'",
            "parcel_code",
        ),
        (
            "select s.id from layer.settlements s where 'huayto' operator(public.<%) service.plain(s.name)",
            "settlement_plain_name",
        ),
        (
            "select t.id from layer.streets t where 'central' operator(public.<%) service.plain(t.name)",
            "street_plain_name",
        ),
    ] {
        let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("explain {sql}")))
            .fetch_all(&mut *snapshot)
            .await
            .unwrap();
        assert!(plan.join("\n").contains(index), "{sql}\n{}", plan.join("\n"));
    }
}

#[tokio::test]
async fn extracts_never_mix_under_load() {
    let test = testing::demo_database().await;
    let mut owner = test.owner().await;
    let codes: Vec<String> =
        sqlx::query_scalar("select p.code from land.parcel p order by md5(p.code) limit 64")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    assert_eq!(codes.len(), 64);
    let mut golden = Vec::new();
    for code in &codes {
        golden.push(text(&extract_on(&test, code, DAY).await));
    }
    for _ in 0..3 {
        let all = codes.iter().map(|code| extract_on(&test, code, DAY));
        let answers = futures_util::future::join_all(all).await;
        for ((code, golden), answer) in codes.iter().zip(&golden).zip(answers) {
            assert_eq!(&text(&answer), golden, "{code}");
        }
    }
    let different: std::collections::HashSet<_> = golden.iter().collect();
    assert_eq!(different.len(), golden.len());
}

fn text(extracts: &[Extract]) -> String {
    extracts.iter().fold(String::new(), |mut text, extract| {
        let _ = write!(text, "{}", serde_json::to_string(extract).unwrap());
        text
    })
}

#[test]
fn codes_that_cannot_exist_are_refused_before_any_statement() {
    for text in ["", "-1", "a'b", "15020301001001 ", "ñ", "1.5", "UC_1", &"1".repeat(33), "%", "..", "a/b"] {
        assert_eq!(CadastralCode::parse(text), None, "{text}");
    }
    assert_eq!(CadastralCode::parse("uc-00001").unwrap().as_str(), "UC-00001");
}
