//! What each role may do to each table, sequence and function, asked of `pg_catalog`.

use super::*;

#[tokio::test]
async fn the_public_reads_public_layers_and_nothing_else() {
    let test = testing::database().await;
    let held: Vec<(String, String, String)> =
        sqlx::query_as(include_str!("privileges.sql")).fetch_all(&mut test.owner().await).await.unwrap();
    let of = |role: &'static str| {
        held.iter().filter(move |(_, _, roles)| roles.split(' ').any(|other| other == role))
    };
    for (thing, rights, _) in of("public") {
        let is_layer = thing.starts_with("layer.") && rights == "select";
        let is_function = thing.starts_with("service.") && rights == "execute";
        // What kind of database it is, and what changed in the layers that the reader may read, and what they are about.
        let is_notice = ["service.setting", "service.layer_change", "service.layer_about"]
            .contains(&thing.as_str())
            && rights == "select";
        let is_door = ["schema layer", "schema service", "schema public"].contains(&thing.as_str())
            && rights == "usage";
        assert!(is_layer || is_function || is_notice || is_door, "the public may {rights} {thing}");
    }
    let functions: Vec<_> =
        of("public").filter(|(_, rights, _)| rights == "execute").map(|(thing, ..)| thing).collect();
    assert!(functions.len() <= 12, "the public may call many functions: {functions:?}");
    // Nobody reads a table of persons; one office calls three functions.
    for (thing, rights, roles) in held.iter().filter(|(thing, ..)| thing.contains("person.")) {
        let is_note = thing == "audit.person_reading" && rights == "select" && roles == "auditor";
        assert!(is_note || (rights == "execute" && roles == "titling"), "{roles} may {rights} {thing}");
    }
    // The service's login has nothing of its own, and only the gate sees a hash.
    assert_eq!(of("app").map(|(thing, ..)| thing.as_str()).collect::<Vec<_>>(), ["schema public"]);
    for (thing, rights, roles) in
        held.iter().filter(|(thing, rights, _)| thing.starts_with("access.") && rights.contains("select"))
    {
        assert!(
            roles == "gate"
                || !rights.contains("hash")
                    && (rights.contains('(')
                        || !["access.account", "access.session", "access.token"].contains(&thing.as_str())),
            "{roles} may {rights} {thing}"
        );
    }
    let lines: Vec<_> =
        held.iter().map(|(thing, rights, roles)| format!("{thing}\t{rights}\t{roles}")).collect();
    compare("privileges.tsv", &lines);
}

#[tokio::test]
async fn no_table_of_persons_is_reached_through_a_view() {
    let test = testing::database().await;
    let through: Vec<(String, String)> = sqlx::query_as(
        "select distinct v.oid::regclass::text, t.oid::regclass::text
         from pg_depend d
         join pg_rewrite w on w.oid = d.objid
         join pg_class v on v.oid = w.ev_class
         join pg_class t on t.oid = d.refobjid and t.relnamespace = 'person'::regnamespace
         where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and v.oid <> t.oid",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    assert_eq!(through, [("audit.person_reading".to_owned(), "person.access_log".to_owned())]);
}

#[tokio::test]
async fn a_box_is_found_by_its_index_in_every_role() {
    let test = testing::demo_database().await;
    let views: Vec<(String, String)> = sqlx::query_as(
        "select c.oid::regclass::text, n.nspname::text from pg_attribute a join pg_class c on c.oid = a.attrelid \
         join pg_namespace n on n.oid = c.relnamespace \
         where a.attname = 'geom_crs84' and n.nspname in ('layer', 'staff_layer') and c.relkind = 'v' order by 1",
    )
    .fetch_all(&mut test.owner().await)
    .await
    .unwrap();
    let mut proven = 0;
    for audience in Audience::ALL {
        let offices = [Audience::Planner, Audience::Surveyor, Audience::Titling, Audience::Admin];
        for (view, _) in views.iter().filter(|(_, schema)| schema == "layer" || offices.contains(&audience)) {
            let mut transaction = test.database.read(audience).await.unwrap();
            // Small tables are read whole even where an index would do; what counts is whether it can.
            sqlx::raw_sql("set local enable_seqscan = off").execute(&mut *transaction).await.unwrap();
            let sql = format!(
                "explain select * from {view} v where v.geom_crs84 && st_makeenvelope(-77.79, -10.70, -77.78, -10.69, 4326)"
            );
            let plan: Vec<String> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *transaction).await.unwrap();
            let plan = plan.join("\n");
            assert!(
                plan.contains("Index Cond: (geom_crs84 && ") || plan.contains("_geom_crs84"),
                "{audience:?} {view}\n{plan}"
            );
            proven += 1;
        }
    }
    assert!(proven > 150, "{proven}");
}
