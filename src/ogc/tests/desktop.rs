//! Editing over PostGIS with a login of one's own, as QGIS does it: the same doors, the same rules, the same journal.

use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError};
use sqlx::{AssertSqlSafe, Connection};

use super::writing::{Office, office};
use super::*;

/// Somebody's own login, member of one audience role, with the reason in the options of the connection.
async fn login(office: &Office, of: &str) -> (String, PgConnection) {
    let name =
        format!("predio_sql_{of}_{}_{}", std::process::id(), office.test.name.rsplit('_').next().unwrap());
    let mut superuser = PgConnection::connect(&office.test.superuser_url()).await.unwrap();
    let make = format!("create role {name} nologin; grant predio_{of} to {name}");
    superuser.execute(AssertSqlSafe(make)).await.unwrap();
    // As `options` of a connection service does it: QGIS itself cannot say `set local`.
    let options: PgConnectOptions = office.test.superuser_url().parse().unwrap();
    let mut connection =
        PgConnection::connect_with(&options.options([("predio.reason", "orden-7")])).await.unwrap();
    connection.execute(AssertSqlSafe(format!("set session authorization {name}"))).await.unwrap();
    (name, connection)
}

async fn leave(office: &Office, name: &str, connection: PgConnection) {
    connection.close().await.unwrap();
    let mut superuser = PgConnection::connect(&office.test.superuser_url()).await.unwrap();
    superuser.execute(AssertSqlSafe(format!("drop role {name}"))).await.unwrap();
}

/// The name of the rule that refuses `sql`.
async fn refused(connection: &mut PgConnection, sql: &'static str) -> String {
    let error = connection.execute(sql).await.expect_err(sql);
    let cause = error.as_database_error().unwrap().downcast_ref::<PgDatabaseError>();
    cause.constraint().map_or_else(|| format!("{}: {}", cause.code(), cause.message()), str::to_owned)
}

#[tokio::test]
async fn a_network_is_edited_as_in_qgis() {
    let office = office().await;
    let (name, mut qgis) = login(&office, "planner").await;
    // As QGIS's PostGIS provider writes: one transaction for each kind of change.
    let id: i64 = sqlx::query_scalar(
        "insert into \"layer\".\"water_mains\" (\"geom\", \"kind\", \"state\", \"diameter_mm\")
         values (st_geomfromwkb(st_asbinary(st_makeline(st_makepoint($1, $2), st_makepoint($3, $4))), 32718), $5, $6, $7) returning \"id\"",
    )
    .bind(195_100.000_4)
    .bind(8_815_000.0)
    .bind(195_150.0)
    .bind(8_815_020.0)
    .bind("main")
    .bind("planned")
    .bind(110)
    .fetch_one(&mut qgis)
    .await
    .unwrap();
    for sql in [
        "update \"layer\".\"water_mains\" set \"state\" = 'in_service', \"installed_year\" = 2026 where \"id\" = 2",
        "update \"layer\".\"water_mains\" set \"geom\" = st_geomfromtext('LINESTRING(195100 8815000, 195160 8815020)', 32718) where \"id\" = 2",
    ] {
        assert_eq!(qgis.execute(sql).await.unwrap().rows_affected(), 1);
    }
    let kept: (String, String, i32, String) =
        sqlx::query_as("select ubigeo, network, version, st_astext(geom) from utility.line where id = $1")
            .bind(id)
            .fetch_one(&mut office.test.owner().await)
            .await
            .unwrap();
    assert_eq!(
        kept,
        ("150203".into(), "water".into(), 3, "LINESTRING(195100 8815000,195160 8815020)".into())
    );
    for (sql, rule) in [
        ("update layer.water_mains set state = 'roto' where id = 2", "line_state_is_known"),
        ("update layer.water_mains set age_years = 3 where id = 2", "layer_property_is_derived"),
        (
            "update layer.water_mains set state = 'planned', version = 1 where id = 2",
            "layer_version_is_current",
        ),
        (
            "update layer.water_mains set geom = st_geomfromtext('LINESTRING(195100 8815000, 195100 8815000)', 32718) where id = 2",
            "layer_geometry_is_valid",
        ),
        (
            "begin; set local predio.reason = ''; delete from layer.water_mains where id = 2",
            "write_needs_a_reason",
        ),
        ("rollback; delete from utility.line where id = 2", "42501: permission denied for table line"),
        ("update layer.parcels set use = 'x' where id = 1", "42501: permission denied for view parcels"),
    ] {
        assert_eq!(refused(&mut qgis, sql).await, rule, "{sql}");
    }
    assert_eq!(qgis.execute("delete from layer.water_mains where id = 2").await.unwrap().rows_affected(), 1);
    let journal: Vec<(String, Option<String>, String, String)> = sqlx::query_as(
        "select login, account, operation, reason from audit.entry where relation = 'utility.line' and login = $1 order by id",
    )
    .bind(&name)
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    let wanted = ["INSERT", "UPDATE", "UPDATE", "DELETE"]
        .map(|did| (name.clone(), None, did.to_owned(), "orden-7".to_owned()));
    assert_eq!(journal, wanted);
    leave(&office, &name, qgis).await;
}

#[tokio::test]
async fn a_hazard_is_edited_where_it_is_in_force() {
    let office = office().await;
    let (name, mut qgis) = login(&office, "planner").await;
    // Both versions have the id; the one in force is meant.
    for _ in 0..2 {
        let done = qgis.execute("update layer.hazard_zones set level = 'medium', mitigable = not coalesce(mitigable, false) where id = 1").await;
        assert_eq!(done.unwrap().rows_affected(), 1);
    }
    let versions: Vec<String> = sqlx::query_scalar(
        "select level || ' ' || valid from risk.hazard_zone_version where hazard_zone_id = 1 order by valid",
    )
    .fetch_all(&mut office.test.owner().await)
    .await
    .unwrap();
    assert!(
        versions.len() == 2
            && versions[0].starts_with("high [2020-01-01,")
            && versions[1].starts_with("medium ["),
        "{versions:?}"
    );
    assert_eq!(
        refused(&mut qgis, "update layer.hazard_zones set level = 'high' where id = 2").await,
        "layer_changes_what_is_in_force"
    );
    assert_eq!(
        refused(&mut qgis, "delete from layer.hazard_zones where id = 2").await,
        "layer_changes_what_is_in_force"
    );
    assert_eq!(
        refused(&mut qgis, "delete from risk.hazard_zone where id = 1").await,
        "42501: permission denied for table hazard_zone"
    );
    leave(&office, &name, qgis).await;
}

#[tokio::test]
async fn of_a_parcel_qgis_writes_what_the_service_writes() {
    let office = office().await;
    let (name, mut qgis) = login(&office, "surveyor").await;
    let done =
        qgis.execute("update layer.parcels set use = 'comercio', address = 'Jr. Lima 12' where id = 1").await;
    assert_eq!(done.unwrap().rows_affected(), 1);
    let done = qgis
        .execute(
            "update land.parcel_version set house_number = '12' where parcel_id = 1 and upper_inf(valid)",
        )
        .await;
    assert_eq!(done.unwrap().rows_affected(), 1);
    for (sql, rule) in [
        (
            "update layer.parcels set geom = st_translate(geom, 1, 0) where id = 1",
            "parcel_version_changes_by_operation",
        ),
        (
            "update land.parcel_version set geom = st_translate(geom, 1, 0) where parcel_id = 1",
            "parcel_version_changes_by_operation",
        ),
        ("update layer.parcels set fabric_state = 'agreed' where id = 2", "layer_property_is_derived"),
        ("update layer.parcels set code = 'x' where id = 2", "layer_property_is_derived"),
        ("update layer.parcels set block = '002' where id = 2", "layer_property_stays_with_the_object"),
        (
            "insert into layer.parcels (geom) select geom from layer.parcels where id = 1",
            "parcel_version_enters_on_free_land",
        ),
        (
            "insert into layer.parcels (fabric_state, geom) values ('agreed', st_multi(st_makeenvelope(195090, 8815000, 195095, 8815010, 32718)))",
            "parcel_version_agreed_by_operation",
        ),
        ("delete from land.parcel where id = 1", "42501: permission denied for table parcel"),
    ] {
        assert_eq!(refused(&mut qgis, sql).await, rule, "{sql}");
    }
    let drawn = "insert into layer.parcels (sector, block, geom) values ('01', '001', st_multi(st_makeenvelope(195090, 8815000, 195095, 8815010, 32718))) returning code || ' ' || fabric_state";
    let entered: String = sqlx::query_scalar(drawn).fetch_one(&mut qgis).await.unwrap();
    assert_eq!(entered, "15020301001003 provisional");
    // What QGIS saves at once is one transaction, whatever it holds.
    let saved = "begin; update layer.parcels set use = 'taller' where id = 2; delete from layer.parcels where id in (1, 2); commit";
    sqlx::raw_sql(saved).execute(&mut qgis).await.unwrap();
    let standing: i64 = sqlx::query_scalar("select count(*) from land.parcel_version where upper_inf(valid)")
        .fetch_one(&mut office.test.owner().await)
        .await
        .unwrap();
    assert_eq!(standing, 1, "the provisional one");
    let retired: (String, String, String) =
        sqlx::query_as("select kind, role, reason from land.operation order by id desc limit 1")
            .fetch_one(&mut office.test.owner().await)
            .await
            .unwrap();
    assert_eq!(retired, ("retire".to_owned(), name.clone(), "orden-7".to_owned()));
    leave(&office, &name, qgis).await;
}
