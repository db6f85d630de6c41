//! What other features keep about a parcel follows it through an operation.

use super::operations::split;
use super::{act, code, day, metres, on, place, town};
use crate::parcels::cut::Cut;
use crate::parcels::model::Request;

const DAY: &str = "2024-06-01";

#[tokio::test]
async fn after_a_split_each_part_has_its_zone_its_services_and_its_titling_state() {
    let test = town().await;
    // The zone's edge and the water main lie in the west; connections were recorded here; the lot is in process.
    let around = "begin; set local predio.reason = 'test';
        insert into zoning.plan (ubigeo, kind, name, state, valid) values ('150203', 'PDU', 'Plan', 'adopted', '[2020-01-01,)');
        insert into zoning.zone_class (plan_id, code, name, category) select id, c, c, 'residential' from zoning.plan, unnest(array['RDM', 'RDB']) c;
        insert into zoning.zone (ubigeo, plan_id) select '150203', id from zoning.plan, generate_series(1, 2);
        insert into zoning.zone_version (zone_id, zone_class_id, valid, geom)
        select row_number() over (order by c.code desc), c.id, '[2020-01-01,)',
          st_multi(case c.code when 'RDM' then st_buffer(l.half, 0.001) else st_difference(st_expand(l.geom, 500), l.half) end)
        from zoning.zone_class c cross join (
          select v.geom, st_intersection(v.geom, st_translate(v.geom, -4.78, -1.46)) as half from land.parcel_version v where v.parcel_id = 3) l;
        insert into utility.recorded_area (ubigeo, network, as_of, office, geom)
        select '150203', 'water', '2024-01-01', 'x', st_multi(st_makeenvelope(195000, 8815000, 197000, 8817000, 32718));
        insert into utility.line (ubigeo, network, kind, state, geom)
        select '150203', 'power', 'distribution', 'in_service', st_makeline(st_point(196000, 8816000, 32718), st_point(196010, 8816000, 32718));
        insert into utility.service_connection (ubigeo, network, parcel_id, state, geom)
        select '150203', 'water', 3, 'active', st_translate(st_centroid(v.geom), -2, -0.6) from land.parcel_version v where v.parcel_id = 3;
        insert into titling.parcel_state (parcel_id, state, case_number) values (3, 'in_process', '001-2024');
        commit;";
    sqlx::raw_sql(around).execute(&mut test.owner().await).await.unwrap();
    let line = Cut::Line(vec![metres(place(25.0, -1.0)), metres(place(25.0, 21.0))]);
    act(&test, &split(3, line, true), &on(day(DAY))).await.unwrap();
    let mut parts: Vec<(Option<String>, String, String, String, String)> = sqlx::query_as(
        "select zone_class, water, sewer, power, titling_state from layer.parcels l
         join land.lineage g on g.child_parcel_id = l.id order by zone_class",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    parts.sort();
    let part = |zone: &str, water: &str| {
        let (zone, water) = (Some(zone.to_owned()), water.to_owned());
        (zone, water, "unknown".to_owned(), "reachable".to_owned(), "in_process".to_owned())
    };
    assert_eq!(parts, [part("RDB", "unserved"), part("RDM", "connected")]);
    // Parents that differ leave the title open; a union lies where most of it lies.
    act(&test, &Request::Merge { codes: vec![code(5), code(6)], registered_area_m2: None }, &on(day(DAY)))
        .await
        .unwrap();
    let united: (Option<String>, String) = sqlx::query_as(
        "select l.zone_class, l.titling_state from layer.parcels l where l.id = (select max(child_parcel_id) from land.lineage)",
    )
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    assert_eq!(united, (Some("RDB".to_owned()), "no_data".to_owned()));
}
