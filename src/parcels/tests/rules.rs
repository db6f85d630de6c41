//! The rules of the database, for whoever writes: psql, QGIS, two sessions at once.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{scalar, town};
use crate::testing::TestDatabase;

/// Somebody with a login of their own, at PostgreSQL's default isolation, whose tool sends plain SQL.
async fn person(test: &TestDatabase) -> PgConnection {
    let mut connection = PgConnection::connect(&test.app_url()).await.unwrap();
    run(&mut connection, "set role predio_surveyor; set predio.reason = 'edición directa'").await.unwrap();
    connection
}

async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), String> {
    let done = connection.execute(AssertSqlSafe(sql.to_owned())).await;
    done.map(|_| ()).map_err(|error| {
        let cause = error.into_database_error().unwrap();
        cause.constraint().unwrap_or_else(|| cause.message()).to_owned()
    })
}

/// A square by its south-west corner in whole metres, north of the town.
fn square(east: i64, north: i64, side: i64) -> String {
    let (w, s) = (197_000 + east, 8_817_000 + north);
    format!("st_multi(st_makeenvelope({w}, {s}, {}, {}, 32718))", w + side, s + side)
}

/// An operation by hand that makes a provisional parcel agreed with another polygon.
fn replace(parcel: i64, geom: &str) -> String {
    format!(
        "insert into land.operation (ubigeo, kind) values ('150203', 'replace');
         insert into land.corner (ubigeo, x_mm, y_mm, method)
         select distinct '150203', (st_x(d.geom) * 1000)::bigint, (st_y(d.geom) * 1000)::bigint, 'test'
         from st_dumppoints({geom}) d on conflict do nothing;
         update land.parcel_version set geom = {geom}, fabric_state = 'agreed' where parcel_id = {parcel};"
    )
}

/// A provisional parcel far from the others, drawn by SQL; its number.
async fn drawn(connection: &mut PgConnection, east: i64) -> i64 {
    let geom = square(east, 500, 10);
    let sql = format!("insert into land.parcel_version (geom) values ({geom}) returning parcel_id");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn attributes_are_edited_freely_and_polygons_are_not() {
    let test = town().await;
    let mut person = person(&test).await;
    run(
        &mut person,
        "update land.parcel_version set use = 'comercio', registered_area_m2 = 200 where parcel_id = 1",
    )
    .await
    .unwrap();
    let moved = "update land.parcel_version set geom = st_translate(geom, 0.5, 0) where parcel_id = 1";
    assert_eq!(run(&mut person, moved).await.unwrap_err(), "parcel_version_changes_by_operation");
    let longer = "update land.parcel_version set valid = '[2019-01-01,)' where parcel_id = 1";
    assert_eq!(run(&mut person, longer).await.unwrap_err(), "parcel_version_changes_by_operation");
    let forged = "update land.parcel_version set begun_by = 77, use = 'x' where parcel_id = 1";
    run(&mut person, forged).await.unwrap();
    let begun: i64 =
        scalar(&mut person, "select begun_by from land.parcel_version where parcel_id = 1").await;
    assert_eq!(begun, scalar::<i64>(&mut person, "select id from land.operation").await);
    let hint: Option<String> = {
        let error = person.execute(AssertSqlSafe(moved.to_owned())).await.unwrap_err();
        let cause = error.into_database_error().unwrap();
        cause.downcast::<sqlx::postgres::PgDatabaseError>().hint().map(str::to_owned)
    };
    assert!(hint.unwrap().contains("/adjust"));
}

#[tokio::test]
async fn a_new_parcel_enters_on_free_land_as_provisional() {
    let test = town().await;
    let mut person = person(&test).await;
    run(&mut person, &format!("insert into land.parcel_version (geom) values ({})", square(0, 0, 10)))
        .await
        .unwrap();
    let (state, code, ubigeo): (String, String, String) = sqlx::query_as(
        "select v.fabric_state, p.code, v.ubigeo from land.parcel_version v join land.parcel p on p.id = v.parcel_id
         where v.id = (select max(id) from land.parcel_version)",
    )
    .fetch_one(&mut person)
    .await
    .unwrap();
    assert_eq!((state.as_str(), code.as_str(), ubigeo.as_str()), ("provisional", "L-000001", "150203"));
    let agreed = format!(
        "insert into land.parcel_version (geom, fabric_state) values ({}, 'agreed')",
        square(50, 0, 10)
    );
    assert_eq!(run(&mut person, &agreed).await.unwrap_err(), "parcel_version_agreed_by_operation");
    let taken = "insert into land.parcel_version (geom) select st_translate(geom, 1, 1) from land.parcel_version where parcel_id = 1";
    assert_eq!(run(&mut person, taken).await.unwrap_err(), "parcel_version_enters_on_free_land");
    let again = "insert into land.parcel_version (parcel_id, ubigeo, valid, geom)
        select parcel_id, ubigeo, '[2001-01-01,2002-01-01)', geom from land.parcel_version where parcel_id = 1";
    assert_eq!(run(&mut person, again).await.unwrap_err(), "parcel_version_changes_by_operation");
}

#[tokio::test]
async fn delete_retires() {
    let test = town().await;
    let mut person = person(&test).await;
    run(&mut person, "delete from land.parcel_version where parcel_id = 3").await.unwrap();
    let (open, kind): (bool, String) = sqlx::query_as(
        "select upper_inf(v.valid), o.kind from land.parcel_version v join land.operation o on o.id = v.ended_by where v.parcel_id = 3",
    )
    .fetch_one(&mut person)
    .await
    .unwrap();
    assert_eq!((open, kind.as_str()), (false, "retire"));
    // What entered today was never in force for a day: it is gone, and the history has it.
    let parcel = drawn(&mut person, 0).await;
    let sql = format!("delete from land.parcel_version where parcel_id = {parcel}");
    run(&mut person, &sql).await.unwrap();
    let kept = "select count(*) from history.land_parcel_version where geom && st_makeenvelope(196999, 8817499, 197011, 8817511, 32718)";
    assert_eq!(scalar::<i64>(&mut test.owner().await, kept).await, 1);
}

#[tokio::test]
async fn adjoining_parcels_pass_and_overlapping_ones_do_not() {
    let test = town().await;
    let mut person = person(&test).await;
    let (a, b, c) = (drawn(&mut person, 0).await, drawn(&mut person, 20).await, drawn(&mut person, 40).await);
    let one = |parcel, geom: &str| format!("begin; {} commit", replace(parcel, geom));
    run(&mut person, &one(a, &square(0, 0, 10))).await.unwrap();
    run(&mut person, &one(b, &square(10, 0, 10))).await.unwrap();
    let refused = run(&mut person, &one(c, &square(19, 0, 10))).await.unwrap_err();
    assert_eq!(refused, "parcel_version_agreed_do_not_overlap");
    run(&mut person, "rollback").await.ok();
    // A millimetre is an overlap too.
    let thin = "st_multi(st_makeenvelope(197019.999, 8817000, 197030, 8817010, 32718))";
    assert_eq!(run(&mut person, &one(c, thin)).await.unwrap_err(), "parcel_version_agreed_do_not_overlap");
    run(&mut person, "rollback").await.ok();
    // Its corner stands on an edge that lacks it.
    let unmatched = run(&mut person, &one(c, &square(20, 3, 5))).await.unwrap_err();
    assert_eq!(unmatched, "parcel_version_agreed_corners_are_matched");
    run(&mut person, "rollback").await.ok();
    let off_grid = "st_multi(st_makeenvelope(197040.0004, 8817000, 197050, 8817010, 32718))";
    assert_eq!(
        run(&mut person, &one(c, off_grid)).await.unwrap_err(),
        "parcel_version_agreed_is_on_the_grid"
    );
    run(&mut person, "rollback").await.ok();
    let bow = "st_setsrid('multipolygon(((197040 8817000, 197050 8817010, 197050 8817000, 197040 8817010, 197040 8817000)))'::geometry, 32718)";
    assert_eq!(run(&mut person, &one(c, bow)).await.unwrap_err(), "parcel_version_agreed_is_valid");
    run(&mut person, "rollback").await.ok();
    // Two pieces around a hole of their neighbour.
    let island = "st_multi(st_union(st_makeenvelope(197060, 8817000, 197070, 8817010, 32718), st_difference(
        st_makeenvelope(197080, 8817000, 197100, 8817020, 32718), st_makeenvelope(197085, 8817005, 197090, 8817010, 32718))))";
    run(&mut person, &one(c, island)).await.unwrap();
    let inside = drawn(&mut person, 60).await;
    run(&mut person, &one(inside, "st_multi(st_makeenvelope(197085, 8817005, 197090, 8817010, 32718))"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_corner_without_record_is_refused_and_none_is_moved_or_deleted() {
    let test = town().await;
    let mut person = person(&test).await;
    let parcel = drawn(&mut person, 0).await;
    let geom = square(0, 0, 10);
    let sql = format!(
        "begin; insert into land.operation (ubigeo, kind) values ('150203', 'replace');
         update land.parcel_version set geom = {geom}, fabric_state = 'agreed' where parcel_id = {parcel}; commit"
    );
    assert_eq!(run(&mut person, &sql).await.unwrap_err(), "parcel_version_agreed_corners_are_known");
    run(&mut person, "rollback").await.ok();
    let moved = run(&mut person, "update land.corner set x_mm = x_mm + 1").await;
    assert_eq!(moved.unwrap_err(), "corner_place_never_changes");
    assert!(run(&mut person, "delete from land.corner").await.unwrap_err().contains("permission denied"));
    let owner = &mut test.owner().await;
    let deleted = run(owner, "set predio.reason = 'x'; delete from land.corner").await;
    assert_eq!(deleted.unwrap_err(), "corner_place_never_changes");
}

#[tokio::test]
async fn an_operation_is_not_forged() {
    let test = town().await;
    let mut person = person(&test).await;
    let load = "insert into land.operation (ubigeo, kind) values ('150203', 'load')";
    assert_eq!(run(&mut person, load).await.unwrap_err(), "operation_load_is_the_owners");
    let txid = "insert into land.operation (ubigeo, kind, txid) values ('150203', 'retire', '1')";
    assert!(run(&mut person, txid).await.unwrap_err().contains("permission denied"));
    let quiet = "update land.operation set changes = 100";
    assert!(run(&mut person, quiet).await.unwrap_err().contains("permission denied"));
    let link = "insert into land.lineage (parent_parcel_id, child_parcel_id, operation, effective_on) values (1, 2, 'split', current_date)";
    assert_eq!(run(&mut person, link).await.unwrap_err(), "lineage_comes_from_an_operation");
    let rights = "select land.carry_rights(1, 2, current_date, null)";
    assert!(run(&mut person, rights).await.unwrap_err().contains("permission denied"));
    let others = "begin; insert into land.operation (ubigeo, kind) values ('150203', 'split');
        select land.register_follows(land.current_operation(), array[1], array[2]::bigint[]); commit";
    assert_eq!(run(&mut person, others).await.unwrap_err(), "register_follows_its_operation");
    run(&mut person, "rollback").await.ok();
    // The judgement cannot be had early and escaped afterwards.
    let early = "begin; insert into land.operation (ubigeo, kind) values ('150203', 'adjust');
        update land.parcel_version set use = 'x' where parcel_id = 1; set constraints all immediate; set constraints all deferred;
        update land.parcel_version set geom = st_multi(st_translate(geom, 0.5, 0)) where parcel_id = 1; commit";
    assert_eq!(run(&mut person, early).await.unwrap_err(), "operation_opens_no_gap");
    run(&mut person, "rollback").await.ok();
    // A split that loses land, a merge that forgets its parents, an adjustment that opens a gap.
    let lossy = "begin; insert into land.operation (ubigeo, kind, declares_gap) values ('150203', 'split', true);
        update land.parcel_version set valid = daterange(lower(valid), (now() at time zone 'America/Lima')::date) where parcel_id = 18; commit";
    assert_eq!(run(&mut person, lossy).await.unwrap_err(), "operation_keeps_lineage");
    run(&mut person, "rollback").await.ok();
    // What ends on another day than the operation's would be judged on a day on which it is still there.
    let later = "begin; insert into land.operation (ubigeo, kind, declares_gap) values ('150203', 'retire', true);
        update land.parcel_version set valid = daterange(lower(valid), '2100-01-01') where parcel_id = 18; commit";
    assert_eq!(run(&mut person, later).await.unwrap_err(), "operation_takes_effect_on_its_day");
    run(&mut person, "rollback").await.ok();
    let gap = "begin; insert into land.operation (ubigeo, kind) values ('150203', 'adjust');
        insert into land.corner (ubigeo, x_mm, y_mm, method)
        select '150203', (round(st_x(d.geom)) * 1000)::bigint, (round(st_y(d.geom)) * 1000)::bigint, 'test'
        from land.parcel_version v, st_dumppoints(st_multi(st_buffer(v.geom, -3, 'join=mitre'))) d where parcel_id = 4 on conflict do nothing;
        update land.parcel_version set geom = st_multi(st_snaptogrid(st_buffer(geom, -3, 'join=mitre'), 1)) where parcel_id = 4; commit";
    assert_eq!(run(&mut person, gap).await.unwrap_err(), "operation_opens_no_gap");
}

/// Both draw a parcel on the same place and make it agreed; neither sees the other's before its own commit.
#[tokio::test]
async fn two_sessions_at_read_committed_do_not_both_get_the_place() {
    let test = town().await;
    for isolation in ["read committed", "repeatable read", "serializable"] {
        let (mut one, mut two) = (person(&test).await, person(&test).await);
        let east = 1000 + i64::try_from(isolation.len()).unwrap() * 40;
        let (a, b) = (drawn(&mut one, east + 500).await, drawn(&mut two, east + 520).await);
        let begin = format!("begin isolation level {isolation};");
        run(&mut one, &format!("{begin} {}", replace(a, &square(east, 0, 10)))).await.unwrap();
        run(&mut two, &format!("{begin} {}", replace(b, &square(east + 5, 5, 10)))).await.unwrap();
        let (first, second) = tokio::join!(run(&mut one, "commit"), run(&mut two, "commit"));
        let refused: Vec<String> = [first, second].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 1, "{isolation}: {refused:?}");
        let says = &refused[0];
        let expected = says == "parcel_version_agreed_do_not_overlap" || says.contains("could not serialize");
        assert!(expected, "{isolation}: {says}");
        if isolation == "read committed" {
            assert_eq!(says, "parcel_version_agreed_do_not_overlap");
        }
    }
}
