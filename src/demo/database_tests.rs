//! The district in a real PostGIS: every noun is there, the agreed fabric keeps its promises, and each defect
//! of the catalogue is found by its own rule.

use super::*;
use crate::testing::{self, TestDatabase};

/// A clone of the small demonstration, and its owner's connection.
async fn demonstration() -> (TestDatabase, PgConnection) {
    let database = testing::demo_database().await;
    let owner = database.owner().await;
    (database, owner)
}

async fn number(c: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(c).await.expect(sql)
}

#[tokio::test]
async fn it_has_the_size_that_was_asked_for() {
    let (_database, c) = &mut demonstration().await;
    let parcels = number(c, "select count(*) from layer.parcels where valid @> current_date").await;
    assert_eq!(parcels, testing::SMALL_DISTRICT as i64);
    let kind =
        number(c, "select count(*) from service.setting where name = 'kind' and value = '\"demonstration\"'")
            .await;
    assert_eq!(kind, 1);
}

#[tokio::test]
async fn no_noun_of_the_mission_is_empty() {
    let (_database, c) = &mut demonstration().await;
    let layers: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         -- Findings are kept by an audit; the demonstration has not been audited yet.
         where n.nspname in ('layer', 'staff_layer') and c.relname <> 'fabric_findings' or c.relname in ('source', 'survey', 'party', 'tenure_right_version',
           'property_unit', 'corner', 'lineage', 'use_index', 'building_parameter', 'service_connection', 'parcel_lock',
           'case_event', 'recorded_area', 'party_member') and n.nspname in ('land', 'person', 'zoning', 'utility', 'titling')
           and c.relkind = 'r'",
    )
    .fetch_all(&mut *c)
    .await
    .expect("the catalogue");
    assert!(layers.len() > 40, "{layers:?}");
    for layer in layers {
        let sql = sqlx::AssertSqlSafe(format!("select exists (select from {layer})"));
        let filled: bool = sqlx::query_scalar(sql).fetch_one(&mut *c).await.expect("a layer");
        assert!(filled, "{layer} is empty");
    }
}

#[tokio::test]
async fn agreed_parcels_do_not_overlap_and_share_every_corner() {
    let (_database, c) = &mut demonstration().await;
    let overlaps = number(
        c,
        "select count(*) from land.parcel_version a
         join land.parcel_version b on a.id < b.id and a.geom && b.geom and st_relate(a.geom, b.geom, 'T********')
         where a.fabric_state = 'agreed' and b.fabric_state = 'agreed' and a.valid && b.valid and a.parcel_id <> b.parcel_id
           and st_area(st_intersection(a.geom, b.geom)) > 0",
    )
    .await;
    assert_eq!(overlaps, 0);
    let unmatched = number(
        c,
        "with corner as (select c.x_mm, c.y_mm, st_setsrid(st_makepoint(c.x_mm / 1000.0, c.y_mm / 1000.0), 32718) as geom from land.corner c)
         select count(*) from corner c join land.parcel_version v on v.fabric_state = 'agreed' and upper_inf(v.valid)
           and v.geom && st_expand(c.geom, 0.005) and st_dwithin(v.geom, st_boundary(v.geom), 0) and st_dwithin(st_boundary(v.geom), c.geom, 0.005)
         where not exists (select from st_dumppoints(v.geom) d
           where round(st_x(d.geom) * 1000) = c.x_mm and round(st_y(d.geom) * 1000) = c.y_mm)",
    )
    .await;
    assert_eq!(unmatched, 0);
    let without_corner = number(
        c,
        "select count(*) from land.parcel_version v cross join st_dumppoints(v.geom) d
         where v.fabric_state = 'agreed' and not exists (select from land.corner c where c.ubigeo = v.ubigeo
           and c.x_mm = round(st_x(d.geom) * 1000) and c.y_mm = round(st_y(d.geom) * 1000))",
    )
    .await;
    assert_eq!(without_corner, 0);
}

#[tokio::test]
async fn a_block_is_the_union_of_its_lots_and_lies_in_its_sector() {
    let (_database, c) = &mut demonstration().await;
    let different = number(
        c,
        "select count(*) from land.block b where not st_equals(b.geom, (select st_union(v.geom) from land.parcel_version v
           where v.block_id = b.id and upper_inf(v.valid)))",
    )
    .await;
    assert_eq!(different, 0);
    let outside = number(
        c,
        "select count(*) from land.block b join land.sector s on s.ubigeo = b.ubigeo and s.code = b.sector_code
         where not st_covers(s.geom, b.geom)",
    )
    .await;
    assert_eq!(outside, 0);
    let strange = number(
        c,
        "select count(*) from land.parcel p join land.parcel_version v on v.parcel_id = p.id
         where p.kind = 'urban' and p.code <> v.ubigeo || v.sector_code || v.block_code || v.lot_code",
    )
    .await;
    assert_eq!(strange, 0);
}

#[tokio::test]
async fn everything_but_the_defects_is_valid_and_buildings_stay_inside() {
    let (_database, c) = &mut demonstration().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', n.nspname, c.relname), a.attname::text from pg_attribute a
         join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
         where a.atttypid = 'geometry'::regtype and a.attname in ('geom', 'extent') and c.relkind = 'r'
           and n.nspname in ('land', 'zoning', 'utility', 'risk', 'programme') and c.relname <> 'parcel_version'",
    )
    .fetch_all(&mut *c)
    .await
    .expect("the catalogue");
    for (table, column) in columns {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} where not st_isvalid({column})"));
        let broken: i64 = sqlx::query_scalar(sql).fetch_one(&mut *c).await.expect("a table");
        assert_eq!(broken, 0, "{table}.{column}");
    }
    let leaving = number(
        c,
        "select count(*) from land.building b join land.parcel_version v on v.parcel_id = b.parcel_id and upper_inf(v.valid)
         where v.fabric_state = 'agreed' and not st_covers(v.geom, b.geom)",
    )
    .await;
    assert_eq!(leaving, 0);
}

#[tokio::test]
async fn zones_of_the_plan_in_force_do_not_overlap_and_expansion_carries_none() {
    let (_database, c) = &mut demonstration().await;
    let overlaps = number(
        c,
        "select count(*) from layer.zones a join layer.zones b on a.id < b.id and a.geom && b.geom and st_relate(a.geom, b.geom, 'T********')
         where a.valid @> current_date and b.valid @> current_date",
    )
    .await;
    assert_eq!(overlaps, 0);
    let wrong = number(
        c,
        "select count(*) from zoning.parcel_zone f join land.parcel_version v on v.parcel_id = f.parcel_id and upper_inf(v.valid)
         join zoning.zone_version z on z.zone_id = f.zone_id
         where not st_covers(z.geom, st_pointonsurface(v.geom))",
    )
    .await;
    assert_eq!(wrong, 0);
    let zoned = number(
        c,
        "select count(*) from layer.parcels p join land.settlement s on s.name = p.settlement
         where s.kind = 'expansion' and p.kind = 'urban' and p.zone_class is not null",
    )
    .await;
    assert_eq!(zoned, 0);
    let dates = number(
        c,
        "select count(distinct zone_class) from layer.zones where valid @> date '2015-01-01'
         union all select count(*) from layer.zones where valid @> date '2015-01-01' and valid @> current_date order by 1 limit 1",
    )
    .await;
    assert_eq!(dates, 0, "a zone is in force at both dates");
}

#[tokio::test]
async fn reachable_means_a_main_in_service_within_50_m() {
    let (_database, c) = &mut demonstration().await;
    let wrong = number(
        c,
        "select count(*) from utility.parcel_service s
         join land.parcel_version v on v.parcel_id = s.parcel_id and upper_inf(v.valid) and v.fabric_state = 'agreed'
         cross join lateral (select exists (select from utility.line l where l.network = 'water' and l.kind = 'distribution'
           and l.state = 'in_service' and st_dwithin(l.geom, v.geom, 50)) as near) n
         where s.water = 'reachable' and not n.near or s.water = 'unserved' and n.near",
    )
    .await;
    assert_eq!(wrong, 0);
    for word in ["connected", "reachable", "unserved", "unknown"] {
        let sql = "select count(*) from utility.parcel_service where water = $1 and sewer = any (array['connected', 'reachable', 'unserved', 'unknown'])";
        let some: i64 = sqlx::query_scalar(sql).bind(word).fetch_one(&mut *c).await.expect("a count");
        assert!(some > 0, "{word}");
    }
    let unproven = number(
        c,
        "select count(*) from utility.parcel_service s where s.water = 'connected' and not exists (
           select from utility.service_connection k where k.parcel_id = s.parcel_id and k.network = 'water')",
    )
    .await;
    assert_eq!(unproven, 0);
}

#[tokio::test]
async fn shares_of_each_unit_and_kind_sum_to_one_exactly() {
    let (_database, c) = &mut demonstration().await;
    let wrong = number(
        c,
        "select count(*) from (
           select r.property_unit_id, r.kind from land.tenure_right r join land.tenure_right_version v on v.tenure_right_id = r.id
           group by 1, 2 having count(distinct v.share_denominator) <> 1 or sum(v.share_numerator) <> max(v.share_denominator)) w",
    )
    .await;
    assert_eq!(wrong, 0);
}

#[tokio::test]
async fn nothing_looks_like_a_real_person_or_registry_entry() {
    let (_database, c) = &mut demonstration().await;
    let suspicious = number(
        c,
        "select (select count(*) from person.party where not fictitious or name !~ 'Fictici' or document_number !~ '^00')
              + (select count(*) from land.property_unit where registry_entry !~ '^FICT-')
              + (select count(*) from land.parcel where cuc is not null)",
    )
    .await;
    assert_eq!(suspicious, 0);
}

/// Whether the rule of a defect's class finds the lot `$1`; `p` is the lot as the layer shows it.
fn rule(class: &str) -> &'static str {
    match class {
        "overlap_agreed" | "overlap_rural" => {
            "exists (select from layer.parcels q where q.fabric_state = 'agreed' and q.valid @> current_date and q.geom && p.geom
               and st_area(st_intersection(q.geom, p.geom)) > 10)"
        }
        "overlap_provisional" | "duplicate" => {
            "exists (select from layer.parcels q where q.fabric_state = 'provisional' and q.id <> p.id and st_isvalid(q.geom)
               and st_area(st_intersection(q.geom, p.geom)) > 10)"
        }
        "sliver_gap" => {
            "exists (select from layer.parcels q where q.fabric_state = 'provisional' and q.id <> p.id and st_distance(q.geom, p.geom) between 0.05 and 0.5)"
        }
        "river_margin" => "exists (select from layer.river_margins m where st_intersects(m.geom, p.geom))",
        "river_bed" => "exists (select from layer.river_beds b where b.kind = 'active' and st_intersects(b.geom, p.geom))",
        "inactive_bed" => "exists (select from layer.river_beds b where b.kind = 'inactive' and st_intersects(b.geom, p.geom))",
        "outside_district" => "not exists (select from layer.district d where st_intersects(d.geom, p.geom))",
        "crossing_limit" => "exists (select from layer.district d where st_crosses(st_boundary(d.geom), p.geom))",
        "area_beyond_tolerance" => "abs(p.registered_area_m2 - p.grid_area_m2) / p.registered_area_m2 > 0.025",
        "off_grid" => "not land.on_grid(p.geom)",
        "unmatched_corner" => {
            "exists (select from layer.parcels q, st_dumppoints(p.geom) d where q.fabric_state = 'agreed' and q.valid @> current_date
               and st_dwithin(st_boundary(q.geom), d.geom, 0.002) and not exists (select from land.corner c
                 where c.x_mm = round(st_x(d.geom) * 1000) and c.y_mm = round(st_y(d.geom) * 1000)))"
        }
        "building_outside" => "exists (select from layer.buildings b where b.parcel_code = p.code and st_area(st_difference(b.geom, p.geom)) > 1)",
        "archaeological" => "exists (select from layer.archaeological_areas a where st_intersects(a.geom, p.geom))",
        "hazard_not_mitigable" => {
            "exists (select from layer.hazard_zones h where h.level = 'very_high' and h.declared and not h.mitigable and st_intersects(h.geom, p.geom))"
        }
        "hazard_mitigable" => {
            "exists (select from layer.hazard_zones h where h.level = 'very_high' and h.mitigable and st_intersects(h.geom, p.geom))"
        }
        "not_studied" => "not exists (select from layer.studied_areas s where st_intersects(s.geom, p.geom))",
        "missing_holder" => {
            "not exists (select from land.property_unit_parcel u join land.tenure_right r on r.property_unit_id = u.property_unit_id where u.parcel_id = p.id)"
        }
        "spike" => "st_isvalid(p.geom) and st_perimeter(p.geom) > 100",
        "self_touching" | "self_crossing" => "not st_isvalid(p.geom)",
        "short_side" => {
            "exists (select from st_dumpsegments(st_boundary(p.geom)) s where st_length(s.geom) < 0.01)"
        }
        "multipart" => "st_numgeometries(p.geom) > 1",
        "hole" => "st_nrings(p.geom) > 1",
        "case_pending" => "exists (select from land.parcel_lock l where l.parcel_id = p.id) and p.titling_state = 'in_process'",
        "beach" => "exists (select from layer.restricted_areas a where a.kind = 'beach_public' and st_intersects(a.geom, p.geom))",
        "road_right_of_way" => "exists (select from layer.restricted_areas a where a.kind = 'road_right_of_way' and st_intersects(a.geom, p.geom))",
        "power_easement" => "exists (select from layer.restricted_areas a where a.kind = 'power_easement' and st_intersects(a.geom, p.geom))",
        "public_space" => "exists (select from layer.restricted_areas a where a.kind = 'public_space' and st_intersects(a.geom, p.geom))",
        "no_polygon" => "p.geom is null",
        "old_datum" => {
            "exists (select from layer.parcels q where q.fabric_state = 'agreed'
               and st_equals(q.geom, land.to_grid(st_translate(p.geom, -220.24, -370.8))))"
        }
        other => panic!("no rule for {other}"),
    }
}

#[tokio::test]
async fn every_defect_is_found_by_its_own_rule() {
    let (_database, c) = &mut demonstration().await;
    for entry in catalogue() {
        let code = format!("15020399001{:03}", entry.lot);
        let sql = sqlx::AssertSqlSafe(format!(
            "select p.fabric_state = 'provisional' and ({}) from layer.parcels p where p.code = $1",
            rule(entry.class)
        ));
        let found: Option<bool> =
            sqlx::query_scalar(sql).bind(&code).fetch_one(&mut *c).await.expect(entry.class);
        assert_eq!(found, Some(true), "{} {}", entry.id, entry.class);
    }
}

#[tokio::test]
async fn a_real_cadastre_is_left_alone() {
    let database = testing::database().await;
    let mut c = database.owner().await;
    let kind = "insert into service.setting (name, value) values ('kind', '\"real\"')";
    sqlx::raw_sql(kind).execute(&mut c).await.expect("a kind");
    let refused =
        generate(&database.owner_url(), &Options::default(), |_| ()).await.expect_err("a real cadastre");
    assert!(refused.to_string().contains("real cadastre"), "{refused}");
    assert_eq!(number(&mut c, "select count(*) from land.district").await, 0);
}

#[tokio::test]
async fn a_second_demonstration_is_refused_and_the_next_identifier_is_free() {
    let (database, c) = &mut demonstration().await;
    let refused =
        generate(&database.owner_url(), &Options::default(), |_| ()).await.expect_err("parcels are there");
    assert!(refused.to_string().contains("already holds parcels"), "{refused}");
    sqlx::raw_sql(
        "begin; set local predio.reason = 'test';
         insert into land.parcel (ubigeo, code, kind) values ('150203', '15020301001999', 'urban'); commit",
    )
    .execute(c)
    .await
    .expect("the sequence stands behind the demonstration");
}

#[tokio::test]
async fn further_districts_stand_beside_the_first() {
    let database = testing::database().await;
    let mut c = database.owner().await;
    for number in 0..2 {
        let made = district::make(number, 1_000, 5).expect("gis-data is well formed");
        write(&mut c, &made, &|_| ()).await.expect("the district");
    }
    let names = "select string_agg(ubigeo, ' ' order by ubigeo) from land.district where fictitious or ubigeo = '150203'";
    let names: String = sqlx::query_scalar(names).fetch_one(&mut c).await.expect("two districts");
    assert_eq!(names, "150203 990001");
    let strangers = number(
        &mut c,
        "select count(*) from land.parcel_version v join land.district d on d.ubigeo = v.ubigeo
         where v.fabric_state = 'agreed' and not st_covers(d.geom, v.geom)",
    )
    .await;
    assert_eq!(strangers, 0, "an agreed parcel lies in its own district");
}
