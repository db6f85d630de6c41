//! Each operation on the small town.

use std::fmt::Write;

use super::{
    NORTH, SOUTH, act, attempt, code, day, in_force, metres, on, place, rules_of, scalar, surveyor, today,
    town,
};
use crate::parcels::cut::{Cut, Leg};
use crate::parcels::model::{CornerChange, Part, Request};
use crate::parcels::operations::{Mode, perform};
use crate::problem::Error;

const DAY: &str = "2024-05-06";

/// A line along the middle of lot 3, from the street to its back.
fn lengthwise() -> Cut {
    Cut::Line(vec![metres(place(25.0, -1.0)), metres(place(25.1, 21.0))])
}

pub fn split(lot: usize, cut: Cut, lawful: bool) -> Request {
    Request::Split { code: code(lot), cut, lawful, registered_areas_m2: Vec::new() }
}

#[tokio::test]
async fn a_dry_run_says_everything_and_changes_nothing() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let before = in_force(owner, today()).await;
    let report = attempt(&test, &split(3, lengthwise(), true), &on(day(DAY))).await.unwrap();
    assert!(report.broken.is_empty(), "{:?}", report.broken);
    assert!(report.dry_run && report.operation_id.is_none());
    let part = |part| {
        report.parcels.iter().filter(|one| one.part == part).map(|one| one.code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(part(Part::Ends), [code(3)]);
    assert_eq!(part(Part::Begins), [code(SOUTH + NORTH + 1), code(SOUTH + NORTH + 2)]);
    // The line leaves lot 3 at its back, in the middle of an edge of lot 12 (north, 24 to 32 m).
    assert_eq!(part(Part::GetsCorner), [code(12)]);
    assert_eq!(report.rights.len(), 1);
    assert_eq!((report.rights[0].kind.as_str(), report.rights[0].holders), ("ownership", 1));
    assert_eq!(report.preview.features.len(), 3);
    let [street] = report.free_edges.as_slice() else { panic!("{:?}", report.free_edges) };
    assert!(street.area_change_m2 <= street.limit_m2 && street.limit_m2 < 0.004, "{street:?}");
    assert_eq!(in_force(owner, today()).await, before);
    let operations: i64 = scalar(owner, "select count(*) from land.operation").await;
    assert_eq!(operations, 1);
}

#[tokio::test]
async fn a_split_keeps_the_land_and_carries_the_rights() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let before: f64 = in_force(owner, today()).await.values().sum();
    let report = act(&test, &split(3, lengthwise(), true), &on(day(DAY))).await.unwrap();
    let after: f64 = in_force(owner, today()).await.values().sum();
    let limit: f64 = report.free_edges.iter().map(|edge| edge.limit_m2).sum();
    assert!((after - before).abs() <= limit, "{before} {after}");
    let changes: f64 = report.free_edges.iter().map(|edge| edge.area_change_m2).sum();
    assert!(((after - before).abs() - changes).abs() < 1e-6);
    let children = "select count(*) from land.lineage l join land.operation o on o.id = l.operation_id where l.parent_parcel_id = 3";
    assert_eq!(scalar::<i64>(owner, children).await, 2);
    let holders = "select count(*) from land.lineage l
        join land.property_unit_parcel up on up.parcel_id = l.child_parcel_id
        join land.property_unit u on u.id = up.property_unit_id and u.crc like '150203010010__010101001'
        join land.tenure_right r on r.property_unit_id = u.id
        join land.tenure_right_version v on v.tenure_right_id = r.id and upper_inf(v.valid) and v.party_id = 1";
    assert_eq!(scalar::<i64>(owner, holders).await, 2);
    let ended = "select upper(v.valid) from land.tenure_right_version v where v.tenure_right_id = 3";
    assert_eq!(scalar::<chrono::NaiveDate>(owner, ended).await, day(DAY));
    // The day before, the land was as before.
    let then = in_force(owner, day("2024-05-05")).await;
    assert_eq!((then.len(), then.contains_key(&code(3))), (SOUTH + NORTH, true));
    assert_eq!(then.values().sum::<f64>().to_bits(), before.to_bits());
}

/// Two lots meet at the end of a slit so narrow that a corner on one side of it lies on the other side as well.
#[tokio::test]
async fn the_free_edge_of_a_neighbour_that_bends_is_shown_too() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let insert = |u| CornerChange::Insert { at: metres(place(u, 0.0)) };
    let slit = CornerChange::Move { from: metres(place(20.0, 0.0)), to: metres(place(20.0, 10.0)) };
    let adjust = |lot, corners| Request::Adjust { code: code(lot), corners };
    act(&test, &adjust(3, vec![insert(20.1)]), &on(day(DAY))).await.unwrap();
    act(&test, &adjust(2, vec![insert(19.9), slit]), &on(day(DAY))).await.unwrap();
    let before: f64 = in_force(owner, today()).await.values().sum();
    let across = Cut::Line(vec![metres(place(9.0, 9.985)), metres(place(20.05, 9.985))]);
    let report = act(&test, &split(2, across, true), &on(day(DAY))).await.unwrap();
    let part = |code: &str| report.parcels.iter().find(|one| one.code == code).unwrap().part;
    assert_eq!((part(&code(1)), part(&code(3))), (Part::GetsCorner, Part::GetsCorner));
    assert_eq!(report.free_edges.len(), 2, "{:?}", report.free_edges);
    let after: f64 = in_force(owner, today()).await.values().sum();
    let limit: f64 = report.free_edges.iter().map(|edge| edge.limit_m2).sum();
    assert!((after - before).abs() <= limit, "{before} {after} {limit}");
}

#[tokio::test]
async fn a_lawful_split_archives_the_cuc_and_another_keeps_it() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let give = "begin; set local predio.reason = 'x'; update land.parcel set cuc = '12345678000' || id where id in (3, 5); commit";
    sqlx::raw_sql(give).execute(&mut *owner).await.unwrap();
    act(&test, &split(3, lengthwise(), true), &on(day(DAY))).await.unwrap();
    assert_eq!(scalar::<String>(owner, "select cuc from land.retired_cuc").await, "123456780003");
    let again =
        "begin; set local predio.reason = 'x'; update land.parcel set cuc = '123456780003' where id = 7";
    let refused = sqlx::raw_sql(again).execute(&mut *owner).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().constraint(), Some("parcel_cuc_is_never_reused"));
    sqlx::raw_sql("rollback").execute(&mut *owner).await.unwrap();
    let cut = Cut::Line(vec![metres(place(45.0, -1.0)), metres(place(45.0, 21.0))]);
    act(&test, &split(5, cut, false), &on(day(DAY))).await.unwrap();
    let parts = "select count(*) from land.parcel p join land.lineage l on l.child_parcel_id = p.id
        where l.parent_parcel_id = 5 and p.cuc is null and p.matrix_cuc = '123456780005'";
    assert_eq!(scalar::<i64>(owner, parts).await, 2);
    // In fact only divided: the unit with its rights is the same, and lies on both parts.
    let units =
        "select count(distinct up.property_unit_id) from land.property_unit_parcel up join land.lineage l
        on l.child_parcel_id = up.parcel_id where l.parent_parcel_id = 5 and up.property_unit_id = 5";
    assert_eq!(scalar::<i64>(owner, units).await, 1);
    assert_eq!(scalar::<String>(owner, "select cuc from land.parcel where id = 5").await, "123456780005");
}

#[tokio::test]
async fn a_parcel_is_cut_by_legs_and_by_area() {
    let test = town().await;
    let legs = vec![Leg { bearing: 343.0, distance: 12.0 }, Leg { bearing: 73.0, distance: 1.0 }];
    let from = metres(place(24.0, 0.0));
    let report = act(&test, &split(3, Cut::Legs { from, legs }, true), &on(day(DAY))).await.unwrap();
    assert_eq!(report.parcels.iter().filter(|one| one.part == Part::Begins).count(), 2);
    let cut = Cut::Area { area_m2: 60.0, towards: 73.0 };
    let report = act(&test, &split(6, cut, true), &on(day(DAY))).await.unwrap();
    let areas: Vec<f64> = report
        .parcels
        .iter()
        .filter(|one| one.part == Part::Begins)
        .map(|one| one.after.unwrap().grid_area_m2)
        .collect();
    // 20 m of line, each end rounded by less than a millimetre.
    assert!((areas[0] - 60.0).abs() < 0.015 && (areas[1] - 140.0).abs() < 0.03, "{areas:?}");
}

#[tokio::test]
async fn a_line_that_does_not_divide_and_an_area_beyond_are_refused_by_name() {
    let test = town().await;
    let short = Cut::Line(vec![metres(place(25.0, -1.0)), metres(place(25.0, 9.0))]);
    assert_eq!(
        rules_of(act(&test, &split(3, short, true), &on(day(DAY))).await),
        ["line_divides_the_parcel"]
    );
    let far = Cut::Area { area_m2: 2000.0, towards: 0.0 };
    assert_eq!(
        rules_of(act(&test, &split(3, far, true), &on(day(DAY))).await),
        ["area_is_within_the_parcel"]
    );
    let beside = Cut::Line(vec![metres(place(20.004, -1.0)), metres(place(20.004, 21.0))]);
    let rules = rules_of(act(&test, &split(3, beside, true), &on(day(DAY))).await);
    assert!(rules.iter().all(|rule| *rule == "side_is_long_enough") && !rules.is_empty(), "{rules:?}");
    let unknown = Request::Retire { code: "15020301009999".to_owned() };
    assert!(matches!(act(&test, &unknown, &on(day(DAY))).await, Err(Error::NotFound(_))));
    let future = today() + chrono::Duration::days(2);
    assert_eq!(
        rules_of(act(&test, &split(3, lengthwise(), true), &on(future)).await),
        ["operation_takes_effect_by_today"]
    );
    let registered = Request::Split {
        code: code(3),
        cut: lengthwise(),
        lawful: true,
        registered_areas_m2: vec![Some(100.0), Some(99.0)],
    };
    let owner = &mut test.owner().await;
    let set = "begin; set local predio.reason = 'x'; update land.parcel_version set registered_area_m2 = 200 where parcel_id = 3; commit";
    sqlx::raw_sql(set).execute(&mut *owner).await.unwrap();
    assert_eq!(rules_of(act(&test, &registered, &on(day(DAY))).await), ["operation_registered_areas_add_up"]);
}

#[tokio::test]
async fn what_was_merged_is_one_parcel_of_the_same_holder() {
    let test = town().await;
    let merge = |codes: Vec<String>| Request::Merge { codes, registered_area_m2: None };
    let report = act(&test, &merge(vec![code(1), code(2), code(9)]), &on(day(DAY))).await.unwrap();
    let union = report.parcels.iter().find(|one| one.part == Part::Begins).unwrap();
    assert!((union.after.unwrap().grid_area_m2 - 560.0).abs() < 0.1);
    let owner = &mut test.owner().await;
    assert_eq!(in_force(owner, today()).await.len(), SOUTH + NORTH - 2);
    let apart = rules_of(act(&test, &merge(vec![code(4), code(8)]), &on(day(DAY))).await);
    assert_eq!(apart, ["merge_is_one_piece"]);
    let another = "begin; set local predio.reason = 'x'; insert into person.party (id, kind, name) overriding system value values (2, 'natural', 'Otra');
        update land.tenure_right_version set party_id = 2 where tenure_right_id = 5; commit";
    sqlx::raw_sql(another).execute(&mut *owner).await.unwrap();
    let strangers = rules_of(act(&test, &merge(vec![code(4), code(5)]), &on(day(DAY))).await);
    assert_eq!(strangers, ["merge_has_one_holder"]);
}

#[tokio::test]
async fn a_detached_part_leaves_a_remainder_with_its_code() {
    let test = town().await;
    let keep = Some(metres(place(21.0, 10.0)));
    let request = Request::Detach {
        code: code(3),
        cut: lengthwise(),
        lawful: true,
        keep,
        registered_areas_m2: Vec::new(),
    };
    let report = act(&test, &request, &on(day(DAY))).await.unwrap();
    let parts: Vec<(String, Part)> = report.parcels.iter().map(|one| (one.code.clone(), one.part)).collect();
    assert_eq!(parts, [(code(3), Part::Changes), (code(12), Part::GetsCorner), (code(19), Part::Begins)]);
    let owner = &mut test.owner().await;
    assert_eq!(scalar::<i64>(owner, "select count(*) from land.lineage where parent_parcel_id = 3").await, 1);
    let open =
        "select count(*) from land.tenure_right_version where tenure_right_id = 3 and upper_inf(valid)";
    assert_eq!(scalar::<i64>(owner, open).await, 1);
}

#[tokio::test]
async fn neighbours_move_with_a_corner_and_a_gap_is_not_left() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let total: f64 = in_force(owner, today()).await.values().sum();
    // Where lots 3 and 4 of the south meet lots of the north: four parcels or three have this corner.
    let from = metres(place(30.0, 20.0));
    let to = metres(place(30.3, 20.2));
    let request = Request::Adjust { code: code(3), corners: vec![CornerChange::Move { from, to }] };
    let report = act(&test, &request, &on(day(DAY))).await.unwrap();
    assert_eq!(report.parcels.len(), 3, "{:?}", report.parcels);
    assert!(report.parcels.iter().all(|one| one.part == Part::Changes));
    let after: f64 = in_force(owner, today()).await.values().sum();
    assert!((after - total).abs() < 1e-6);
    let at = metres(place(35.0, 0.0));
    let insert = Request::Adjust { code: code(4), corners: vec![CornerChange::Insert { at }] };
    act(&test, &insert, &on(day(DAY))).await.unwrap();
    let remove = Request::Adjust { code: code(4), corners: vec![CornerChange::Remove { at }] };
    act(&test, &remove, &on(day(DAY))).await.unwrap();
    let nowhere = rules_of(act(&test, &remove, &on(day(DAY))).await);
    assert_eq!(nowhere, ["corner_is_there"]);
    let inside = Request::Adjust {
        code: code(4),
        corners: vec![CornerChange::Insert { at: metres(place(35.0, 5.0)) }],
    };
    assert_eq!(rules_of(act(&test, &inside, &on(day(DAY))).await), ["corner_is_on_an_edge"]);
    let across = Request::Adjust {
        code: code(4),
        corners: vec![CornerChange::Move { from: metres(place(30.0, 0.0)), to: metres(place(60.0, 5.0)) }],
    };
    let rules = rules_of(act(&test, &across, &on(day(DAY))).await);
    assert!(
        rules.iter().any(|rule| *rule == "parcel_version_agreed_do_not_overlap"
            || *rule == "parcel_version_agreed_is_valid")
    );
}

#[tokio::test]
async fn a_survey_replaces_a_polygon_and_declares_what_becomes_free() {
    let test = town().await;
    let ring = |back: f64| {
        let corners = [(0.0, 0.0), (10.0, 0.0), (10.0, back), (8.0, back), (0.0, back)];
        vec![vec![corners.map(|(u, v)| metres(place(u, v))).to_vec()]]
    };
    let replace = |back, declares_gap| Request::Replace { code: code(1), polygons: ring(back), declares_gap };
    assert_eq!(rules_of(act(&test, &replace(19.0, false), &on(day(DAY))).await), ["operation_opens_no_gap"]);
    let over = rules_of(act(&test, &replace(21.0, false), &on(day(DAY))).await);
    assert!(over.contains(&"parcel_version_agreed_do_not_overlap".into()), "{over:?}");
    let report = attempt(&test, &replace(21.0, false), &on(day(DAY))).await.unwrap();
    let overlap =
        report.broken.iter().find(|one| one.rule.name == "parcel_version_agreed_do_not_overlap").unwrap();
    assert!(overlap.measure.unwrap() > 1.0 && overlap.at.is_some() && !overlap.rule.norm.is_empty());
    act(&test, &replace(19.0, true), &on(day(DAY))).await.unwrap();
    let far = Request::Replace {
        code: code(1),
        polygons: vec![vec![vec![[8_816_000.0, 196_000.0]; 3]]],
        declares_gap: false,
    };
    assert!(rules_of(act(&test, &far, &on(day(DAY))).await).contains(&"place_is_near_the_parcel".into()));
}

#[tokio::test]
async fn a_correction_changes_what_is_known_and_not_what_was_in_force() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let known: chrono::DateTime<chrono::Utc> = scalar(owner, "select clock_timestamp()").await;
    let polygons = vec![vec![
        [(0.0, -0.5), (10.0, 0.0), (10.0, 20.0), (8.0, 20.0), (0.0, 20.0)]
            .map(|(u, v)| metres(place(u, v)))
            .to_vec(),
    ]];
    let request = Request::Correct { code: code(1), polygons, declares_gap: false };
    act(&test, &request, &on(today())).await.unwrap();
    let versions: i64 = scalar(owner, "select count(*) from land.parcel_version where parcel_id = 1").await;
    assert_eq!(versions, 1);
    let (now, then): (f64, f64) = sqlx::query_as(
        "select (select grid_area_m2 from land.parcel_version where parcel_id = 1),
                (select grid_area_m2 from history.land_parcel_version_as_of($1) where parcel_id = 1)",
    )
    .bind(known)
    .fetch_one(&mut *owner)
    .await
    .unwrap();
    assert!((now - then - 2.5).abs() < 0.01, "{now} {then}");
    assert_eq!(
        scalar::<chrono::NaiveDate>(
            owner,
            "select lower(valid) from land.parcel_version where parcel_id = 1"
        )
        .await,
        day("2020-01-01")
    );
}

#[tokio::test]
async fn provisional_parcels_become_agreed_when_they_pass_alone_or_by_block() {
    let test = town().await;
    let mut person = surveyor(&test).await;
    let insert = "insert into land.parcel_version (sector_code, block_code, ubigeo, geom) values
        ('01', '002', '150203', st_multi(st_makeenvelope(196500, 8816500, 196510, 8816520, 32718))),
        ('01', '002', '150203', st_multi(st_makeenvelope(196510, 8816500, 196520, 8816510, 32718))),
        ('01', '003', '150203', st_multi(st_makeenvelope(196600, 8816500, 196610, 8816520, 32718))),
        ('01', '003', '150203', st_multi(st_makeenvelope(196609, 8816500, 196620, 8816520, 32718))),
        ('01', '003', '150203', null)";
    sqlx::raw_sql(insert).execute(&mut *person).await.unwrap();
    person.commit().await.unwrap();
    let agree = |block: &str| Request::Agree { codes: Vec::new(), block: Some(format!("15020301{block}")) };
    let report = act(&test, &agree("002"), &on(today())).await.unwrap();
    assert!(report.parcels.iter().all(|one| one.fabric_state.as_deref() == Some("agreed")));
    let owner = &mut test.owner().await;
    // The corner of the second on the side of the first is a corner of both now.
    let corners = "select st_npoints(v.geom)::bigint from land.parcel_version v join land.parcel p on p.id = v.parcel_id
        where p.code = '15020301002001'";
    assert_eq!(scalar::<i64>(owner, corners).await, 6);
    assert_eq!(
        rules_of(act(&test, &agree("003"), &on(today())).await),
        ["parcel_version_agreed_has_a_polygon"]
    );
    let two =
        Request::Agree { codes: vec!["15020301003001".to_owned(), "15020301003002".to_owned()], block: None };
    let rules = rules_of(act(&test, &two, &on(today())).await);
    assert!(rules.contains(&"parcel_version_agreed_do_not_overlap".into()), "{rules:?}");
    let one = Request::Agree { codes: vec!["15020301003001".to_owned()], block: None };
    act(&test, &one, &on(today())).await.unwrap();
    assert_eq!(rules_of(act(&test, &agree("002"), &on(today())).await), ["parcel_is_provisional"]);
}

#[tokio::test]
async fn an_open_case_holds_its_parcel_but_not_a_corner_in_its_edge() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let lock = "begin; set local predio.reason = 'x';
        insert into land.parcel_lock (parcel_id, reason, reference) values (3, 'titulación', 'EXP-7'), (12, 'titulación', 'EXP-8'); commit";
    sqlx::raw_sql(lock).execute(&mut *owner).await.unwrap();
    assert_eq!(
        rules_of(act(&test, &split(3, lengthwise(), true), &on(day(DAY))).await),
        ["parcel_lock_holds"]
    );
    let mut terms = on(day(DAY));
    terms.case_reference = Some("EXP-7".to_owned());
    let report = act(&test, &split(3, lengthwise(), true), &terms).await.unwrap();
    // Lot 12 is held by another case; it gets the corner, and the journal says so.
    assert_eq!(report.cases.len(), 2);
    let said = "select count(*) from audit.entry where relation = 'land.parcel_version' and reason like '%15020301001012 (EXP-8)%'";
    assert!(scalar::<i64>(owner, said).await > 0);
    let moved = CornerChange::Move { from: metres(place(24.0, 40.0)), to: metres(place(24.0, 40.5)) };
    let adjust = Request::Adjust { code: code(11), corners: vec![moved] };
    let rules = rules_of(act(&test, &adjust, &on(day("2024-06-01"))).await);
    assert_eq!(rules, ["parcel_lock_holds"]);
}

#[tokio::test]
async fn what_ends_on_its_first_day_leaves_the_history_only() {
    let test = town().await;
    let owner = &mut test.owner().await;
    let report = act(&test, &split(3, lengthwise(), true), &on(day(DAY))).await.unwrap();
    let parts: Vec<String> =
        report.parcels.iter().filter(|one| one.part == Part::Begins).map(|one| one.code.clone()).collect();
    act(&test, &Request::Merge { codes: parts.clone(), registered_area_m2: None }, &on(day(DAY)))
        .await
        .unwrap();
    assert_eq!(in_force(owner, day(DAY)).await.len(), SOUTH + NORTH);
    let kept = "select count(*) from history.land_parcel_version h join land.parcel p on p.id = h.parcel_id where p.code = any($1)";
    let kept: i64 = sqlx::query_scalar(kept).bind(&parts).fetch_one(&mut *owner).await.unwrap();
    assert_eq!(kept, 2);
    let before = split(3, lengthwise(), true);
    let told = act(&test, &before, &on(day(DAY))).await;
    assert!(
        matches!(&told, Err(Error::Conflict(told)) if told.contains("split, predio_surveyor")),
        "{told:?}"
    );
    let past = Request::Retire { code: code(19 + 2) };
    let mut transaction = surveyor(&test).await;
    let refused = perform(&mut transaction, &past, &on(day("2023-01-01")), today(), Mode::Do).await;
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

/// Three parcels around a corner, each touching the free edge of the three at one point only: what a removed corner
/// would leave between them touches it at three points, which is no edge.
#[tokio::test]
async fn a_corner_stays_where_land_would_be_left_between_parcels() {
    let test = town().await;
    let shapes = [
        "140.293 130.740,141.566 132.627,142.069 131.126,140.363 129.253,140.293 130.740",
        "141.566 132.627,142.078 133.386,142.575 131.682,142.069 131.126,141.566 132.627",
        "138.597 127.315,140.363 129.253,142.069 131.126,142.575 131.682,143.232 129.611,143.861 127.554,146.102 121.616,\
         138.829 124.490,138.835 124.617,138.896 125.968,138.597 127.315",
    ];
    let mut sql = String::from(
        "begin; set local predio.reason = 'test';
         insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');",
    );
    for (id, shape) in (101..).zip(shapes) {
        let corners: Vec<String> = shape.split(',').map(moved_to_the_town).collect();
        let _ = write!(
            sql,
            "insert into land.parcel (id, ubigeo, code, kind) overriding system value values ({id}, '150203', '{code}', 'urban');
             insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, sector_code, block_code, lot_code, geom)
             values ({id}, '150203', '[2020-01-01,)', 'agreed', '01', '001', '{id}',
               'SRID=32718;MULTIPOLYGON((({ring})))');",
            code = code(id),
            ring = corners.join(",")
        );
    }
    sql += "insert into land.corner (ubigeo, x_mm, y_mm, method)
            select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
            from land.parcel_version v cross join st_dumppoints(v.geom) d where v.parcel_id > 100;
            commit;";
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut test.owner().await).await.unwrap();
    let change = CornerChange::Remove { at: [196_142.069, 8_816_131.126] };
    let request = Request::Adjust { code: code(102), corners: vec![change] };
    let refused = rules_of(act(&test, &request, &on(day(DAY))).await);
    assert!(refused.iter().any(|rule| rule == "operation_opens_no_gap"), "{refused:?}");
}

/// Easting and northing of a pair that is counted from the town's corner.
fn moved_to_the_town(pair: &str) -> String {
    let (east, north) = pair.trim().split_once(' ').unwrap();
    format!("196{east} 8816{north}")
}
