//! Filters over HTTP, held against PostgreSQL's own answer to the same question.

use axum::http::StatusCode;
use sqlx::AssertSqlSafe;

use super::{World, world};
use crate::http::ask::encode;

async fn ids_by_sql(world: &World, relation: &str, condition: &str) -> Vec<i64> {
    let sql = format!("select id::bigint from {relation} as v where {condition} order by id");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut world.database.owner().await).await.unwrap()
}

async fn ids(world: &World, layer: &str, filter: &str, more: &str) -> Vec<i64> {
    let answer = world.items(&format!("{layer}/items?filter={}{more}", encode(filter))).await;
    assert_eq!(answer.status, StatusCode::OK, "{filter}: {}", answer.text());
    answer.ids()
}

/// What is wrong with a filter, in the service's words.
async fn refusal(world: &World, layer: &str, filter: &str, more: &str) -> String {
    let answer = world.items(&format!("{layer}/items?filter={}{more}", encode(filter))).await;
    assert!(answer.parameter().starts_with("filter"), "{filter}: {}", answer.text());
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn text_means_what_sql_means() {
    let world = world().await;
    for (filter, sql) in [
        ("id = 7", "id = 7"),
        ("\"name\" = 'Lote C'", "name = 'Lote C'"),
        ("name <> 'Lote C'", "name <> 'Lote C'"),
        ("NOT (name = 'Lote C')", "not (name = 'Lote C')"),
        ("name IS NULL and flag", "name is null and flag"),
        ("name IS NOT NULL", "name is not null"),
        ("small in (1, 3) OR amount > 480.5", "small in (1, 3) or amount > 480.5"),
        ("small NOT IN (1, 3) AND id < 20", "small not in (1, 3) and id < 20"),
        ("id in (1.5, 3)", "id = 3"),
        ("name LIKE 'Lote_C'", "name like 'Lote_C'"),
        ("name NOT LIKE '%C'", "name not like '%C'"),
        (r"name LIKE 'Lote\_C'", "false"),
        ("CASEI(name) = CASEI('lOTE c')", "name = 'Lote C'"),
        ("CASEI(name) LIKE CASEI('%c')", "name = 'Lote C'"),
        ("CASEI(name) IN (CASEI('lote a'), CASEI('LOTE B'))", "name in ('Lote A', 'Lote B')"),
        ("ACCENTI(name) = ACCENTI('Löte Ç')", "name = 'Lote C'"),
        ("ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('lóte%ç'))", "name = 'Lote C'"),
        ("amount BETWEEN 10 AND 20", "amount between 10 and 20"),
        ("size BETWEEN 1 and 2.5", "size between 1 and 2.5"),
        ("size * 3 = id", "size::numeric * 3 = id"),
        ("(id + 2) * 2 - 1 >= 700 AND id % 2 = 1", "(id + 2) * 2 - 1 >= 700 and id % 2 = 1"),
        ("id div 7 = 3", "id / 7 = 3"),
        ("small ^ 2 = 9", "small = 3"),
        ("-id < -398", "id > 398"),
        ("small = id", "small = id"),
        ("id / small > 100", "small <> 0 and id::numeric / small > 100"),
        ("NOT (id / small > 100)", "small <> 0 and id::numeric / small <= 100"),
        ("id % small = 1", "small <> 0 and mod(id, nullif(small, 0)) = 1"),
        ("(small - 4) ^ 0.5 > 0", "false"),
        ("id ^ 9999 > 0", "id = 1"),
        ("flag = false", "not flag"),
        ("flag and not flag", "false"),
        ("flag = (small > 2)", "flag = (small > 2)"),
        ("true", "true"),
        ("day = DATE('2020-01-05')", "day = '2020-01-05'"),
        ("day in (DATE('2020-01-05'), DATE('2020-01-06'))", "day in ('2020-01-05', '2020-01-06')"),
        ("moment >= TIMESTAMP('2024-01-01T07:00:00Z')", "moment >= '2024-01-01T07:00:00Z'"),
        ("moment < DATE('2024-01-01')", "moment < '2024-01-01T05:00:00Z'"),
        ("clock < TIMESTAMP('2024-01-01T00:01:00Z')", "clock < '2024-01-01T00:01:00'"),
        ("key = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'", "id = 1"),
        ("'c4ca4238-a0b9-2382-0dcc-509a6f75849b' = key", "id = 1"),
        ("span = '[5,8)'", "id = 5"),
        ("length(name) = 6 and upper(name) = 'LOTE A'", "name = 'Lote A'"),
        ("abs(id - 200) < 2.5 and floor(size) = 66", "abs(id - 200) < 2.5 and floor(size) = 66"),
        ("geom IS NULL", "geom is null"),
        ("document IS NULL", "false"),
        ("size < 1e300 and amount > -99999999999999999999", "amount is not null"),
        ("id > 99999999999999999999", "false"),
    ] {
        assert_eq!(
            ids(&world, "t_lots", filter, "").await,
            ids_by_sql(&world, "fixture.lot", sql).await,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn time_knows_all_relations() {
    let world = world().await;
    let from = "TIMESTAMP('2024-01-01T02:00:00Z')";
    let span = "INTERVAL('2024-01-01T02:00:00Z', '2024-01-01T04:00:00Z')";
    let hour = "extract(hour from moment at time zone 'UTC')";
    for (filter, sql) in [
        (format!("T_AFTER(moment, {from})"), format!("{hour} > 2")),
        (format!("t_before(moment, {span})"), format!("{hour} < 2")),
        (format!("t_equals(moment, {from})"), format!("{hour} = 2")),
        (format!("t_intersects(moment, {span})"), format!("{hour} between 2 and 4")),
        (format!("t_disjoint(moment, {span})"), format!("{hour} not between 2 and 4")),
        (format!("t_during(moment, {span})"), format!("{hour} = 3")),
        (format!("t_contains({span}, moment)"), format!("{hour} = 3")),
        (format!("t_starts(moment, {span})"), format!("{hour} = 2")),
        (format!("t_startedBy({span}, moment)"), format!("{hour} = 2")),
        (format!("t_finishes(moment, {span})"), format!("{hour} = 4")),
        (format!("t_finishedBy({span}, moment)"), format!("{hour} = 4")),
        ("t_meets(INTERVAL('..', '2024-01-01T02:00:00Z'), moment)".to_owned(), format!("{hour} = 2")),
        (format!("t_metBy(moment, {span})"), format!("{hour} = 4")),
        (format!("t_overlaps(INTERVAL(moment, '2024-01-01T03:00:00Z'), {span})"), format!("{hour} < 2")),
        (format!("t_overlappedBy({span}, INTERVAL(moment, '2024-01-01T03:00:00Z'))"), format!("{hour} < 2")),
        ("t_after(moment, TIMESTAMP('0000-01-01T00:00:00Z'))".into(), "true".into()),
        ("t_before(moment, TIMESTAMP('9999-12-31T23:59:59Z'))".into(), "true".into()),
        ("t_intersects(moment, INTERVAL('0000-01-01T00:00:00Z', '..'))".into(), "true".into()),
        (
            "t_intersects(day, INTERVAL('2020-01-05', '2020-01-06'))".into(),
            "day between '2020-01-05' and '2020-01-06'".into(),
        ),
        ("t_equals(day, DATE('2020-01-05'))".into(), "day = '2020-01-05'".into()),
        // A day among instants is the whole day in Lima.
        ("t_during(TIMESTAMP('2020-01-06T04:59:59Z'), day)".into(), "day = '2020-01-05'".into()),
        ("t_intersects(moment, DATE('2023-12-31'))".into(), format!("{hour} < 5")),
        ("t_intersects(clock, DATE('2024-01-01'))".into(), "true".into()),
    ] {
        assert_eq!(
            ids(&world, "t_lots", &filter, "").await,
            ids_by_sql(&world, "fixture.lot", &sql).await,
            "{filter}"
        );
    }
    // The layer's own validity has no end where there is no value.
    let filter = "t_intersects(INTERVAL(valid_from, valid_until), INTERVAL('2023-01-01', '..'))";
    assert_eq!(ids(&world, "t_versions", filter, "").await, [1, 3]);
}

#[tokio::test]
async fn shapes_are_compared_in_any_system() {
    let world = world().await;
    let square = "POLYGON((195100 8812100, 195200 8812100, 195200 8812200, 195100 8812200, 195100 8812100))";
    let utm = "&filter-crs=http://www.opengis.net/def/crs/EPSG/0/32718";
    for (name, function) in [
        ("S_INTERSECTS", "ST_Intersects"),
        ("s_disjoint", "ST_Disjoint"),
        ("s_within", "ST_Within"),
        ("s_overlaps", "ST_Overlaps"),
        ("s_touches", "ST_Touches"),
        ("s_crosses", "ST_Crosses"),
        ("s_contains", "ST_Contains"),
        ("s_equals", "ST_Equals"),
    ] {
        let sql = format!("{function}(geom, 'SRID=32718;{square}')");
        let expected = ids_by_sql(&world, "fixture.lot", &sql).await;
        for layer in ["t_lots", "t_plain"] {
            assert_eq!(
                ids(&world, layer, &format!("{name}(geom, {square})"), utm).await,
                expected,
                "{name} {layer}"
            );
        }
    }
    let degrees: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "select ST_AsText(ST_Transform('SRID=32718;{square}'::geometry, 4326)) union all \
         select ST_AsText(ST_FlipCoordinates(ST_Transform('SRID=32718;{square}'::geometry, 4326)))"
    )))
    .fetch_all(&mut world.database.owner().await)
    .await
    .unwrap();
    let expected =
        ids_by_sql(&world, "fixture.lot", &format!("ST_Intersects(geom, 'SRID=32718;{square}')")).await;
    assert!(expected.len() > 10);
    for layer in ["t_lots", "t_plain"] {
        for (wkt, more) in [
            (&degrees[0], ""),
            (&degrees[0], "&filter-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
            (&degrees[1], "&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326"),
        ] {
            assert_eq!(
                ids(&world, layer, &format!("s_intersects(geom, {wkt})"), more).await,
                expected,
                "{layer} {more}"
            );
        }
        let not = ids(&world, layer, &format!("NOT s_intersects(geom, {})", degrees[0]), "").await;
        let sql = format!("not ST_Intersects(geom, 'SRID=32718;{square}')");
        assert_eq!(not, ids_by_sql(&world, "fixture.lot", &sql).await, "a row without a shape is unknown");
    }
    for (filter, expected) in [
        ("s_intersects(geom, BBOX(177, 65, -177, 70))", vec![1, 2]),
        ("s_intersects(geom, MULTIPOINT(178 66, (0 66)))", vec![1, 3]),
        ("s_equals(geom, POINT Z (0 66 12.5))", vec![3]),
        ("s_intersects(POINT(0 66), geom)", vec![3]),
        ("s_intersects(geom, GEOMETRYCOLLECTION(POINT(0 66), LINESTRING(178 65, 178 67)))", vec![1, 3]),
        (
            "s_intersects(geom, BBOX(-180, -90, 180, 90)) and not s_disjoint(geom, MULTILINESTRING((0 0, 0 90)))",
            vec![3],
        ),
        ("s_intersects(geom, BBOX(0, 66, 0, 66))", vec![3]),
        ("s_within(geom, MULTIPOLYGON(((-1 65, 1 65, 1 67, -1 67, -1 65))))", vec![3]),
        ("s_intersects(geom, geom)", vec![1, 2, 3]),
    ] {
        assert_eq!(ids(&world, "t_far", filter, "").await, expected, "{filter}");
    }
}

#[tokio::test]
async fn sets_have_no_order() {
    let world = world().await;
    for (filter, all) in [
        ("a_contains(tags, ('a'))", true),
        ("A_CONTAINS(tags, ('b\"c', 'a'))", true),
        ("a_equals(tags, ('b\"c', 'a'))", true),
        ("a_equals(tags, ('a'))", false),
        ("a_containedBy(tags, ('a', 'b\"c', 'd'))", true),
        ("a_overlaps(tags, ('x', 'a'))", true),
        ("a_overlaps(tags, ('x', 'y'))", false),
        ("a_contains(tags, (1))", false),
        ("a_equals(tags, tags)", true),
        ("a_contains(tags, ())", true),
        // A structure that is no list is unknown, also in the negative.
        ("NOT a_overlaps(document, ('a'))", false),
    ] {
        let found = ids(&world, "t_lots", filter, "").await;
        assert_eq!(found.len(), if all { 400 } else { 0 }, "{filter}");
    }
}

#[tokio::test]
async fn json_is_the_same_filter() {
    let world = world().await;
    for (json, sql) in [
        (r#"{"op":"=","args":[{"property":"name"},"Lote C"]}"#, "name = 'Lote C'"),
        (
            r#"{"op":"and","args":[{"op":">","args":[{"property":"id"},5]},{"op":"<=","args":[{"property":"id"},9.5]}]}"#,
            "id between 6 and 9",
        ),
        (r#"{"op":"not","args":[{"op":"isNull","args":[{"property":"name"}]}]}"#, "name is not null"),
        (r#"{"op":"in","args":[{"property":"small"},[1,3]]}"#, "small in (1, 3)"),
        (r#"{"op":"between","args":[{"property":"amount"},10,20]}"#, "amount between 10 and 20"),
        (
            r#"{"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["lote c%"]}]}"#,
            "name = 'Lote C'",
        ),
        (r#"{"op":"=","args":[{"property":"day"},{"date":"2020-01-05"}]}"#, "day = '2020-01-05'"),
        (
            r#"{"op":"t_intersects","args":[{"property":"moment"},{"interval":["..","2024-01-01T02:00:00Z"]}]}"#,
            "moment <= '2024-01-01T02:00:00Z'",
        ),
        (
            r#"{"op":"=","args":[{"op":"%","args":[{"property":"id"},7]},{"op":"+","args":[1,2]}]}"#,
            "id % 7 = 3",
        ),
        (r#"{"op":"a_contains","args":[{"property":"tags"},["a"]]}"#, "true"),
        (
            r#"{"op":"s_intersects","args":[{"property":"geom"},{"type":"Point","coordinates":[-77.79,-10.74]}]}"#,
            "ST_Intersects(geom_crs84, 'SRID=4326;POINT(-77.79 -10.74)')",
        ),
        (
            r#"{"op":"s_intersects","args":[{"property":"geom"},{"bbox":[-77.79,-10.74,-77.78,-10.73]}]}"#,
            "ST_Intersects(geom_crs84, ST_MakeEnvelope(-77.79, -10.74, -77.78, -10.73, 4326))",
        ),
    ] {
        let found = ids(&world, "t_lots", json, "&filter-lang=cql2-json").await;
        assert_eq!(found, ids_by_sql(&world, "fixture.lot", sql).await, "{json}");
    }
    for json in [
        "{",
        "null",
        "[]",
        "1",
        r#"{"op":"="}"#,
        r#"{"op":"=","args":[1]}"#,
        r#"{"op":"=","args":[{"property":7},1]}"#,
        r#"{"op":"s_intersects","args":[{"property":"geom"},{"type":"Point","coordinates":["x",1]}]}"#,
        r#"{"op":"s_intersects","args":[{"property":"geom"},{"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}]}"#,
        r#"{"op":"=","args":[{"property":"name"},null]}"#,
    ] {
        refusal(&world, "t_lots", json, "&filter-lang=cql2-json").await;
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_at_its_place() {
    let world = world().await;
    for (filter, says) in [
        ("", "at character 1"),
        ("name", "at character 1: a condition is expected"),
        (
            "nonsense = 1",
            "at character 1: `nonsense` is not a queryable of this collection; these are: id, name,",
        ),
        ("id = 1 AND nonsense > 2", "at character 12"),
        ("geom_crs84 IS NULL", "is not a queryable"),
        ("name = 1", "at character 8: this is a number; a text in single quotes is expected here"),
        ("1 = name", "`name` is a text"),
        ("small = 'x'", "this is a text in single quotes; a number is expected"),
        ("flag > true", "have no order"),
        ("day = '2020-01-05'", "a day such as DATE('2024-06-30') is expected"),
        ("day = DATE('2020-02-30')", "`2020-02-30` is not a day"),
        ("moment = TIMESTAMP('yesterday')", "is not an instant"),
        ("key = '1'", "`1` is not a UUID"),
        ("name LIKE 'a\\", "not closed"),
        (r"name LIKE 'a\\\'", "not closed"),
        ("name LIKE 3", "a text in single quotes is expected"),
        ("small IN ()", "at least one value"),
        ("small IN (1, 'a')", "at character 14"),
        ("small BETWEEN 1", "`AND` is expected"),
        ("small = 1 small", "an operator or the end is expected, not `small`"),
        ("(small = 1", "`,` or `)` is expected, not the end"),
        ("small = = 1", "a property, a literal or a function is expected"),
        ("pg_sleep(10) = 1", "`pg_sleep` is no operator or function of a filter"),
        ("pg_read_file('/etc/passwd') LIKE '%'", "`pg_read_file` is no operator or function"),
        ("casei(name, name) = 'a'", "`casei` takes 1 argument(s), not 2"),
        ("small ^ 1e301 = 1", "too large"),
        ("geom = 1", "`geom` is a geometry"),
        ("s_intersects(geom, 1)", "s_intersects takes the geometry"),
        ("s_intersects(name, POINT(1 2))", "`name` has no shape"),
        (
            "s_intersects(geom, POINT(8812000 195000))",
            "vertex 1 (8812000, 195000) lies outside the area of use",
        ),
        ("s_intersects(geom, LINESTRING(0 0, 0 91))", "vertex 2 (0, 91)"),
        ("s_intersects(geom, LINESTRING(0 0))", "at least 2 positions"),
        ("s_intersects(geom, POLYGON((0 0, 1 1, 1 0, 0 1)))", "ends where it began"),
        ("s_intersects(geom, POINT(1))", "a number is expected, not `)`"),
        ("s_intersects(geom, POINT(1e999 1))", "a finite number is expected"),
        ("s_intersects(geom, BBOX(1, 2, 3))", "a box has 4 or 6 numbers"),
        ("s_intersects(geom, BBOX(1, 5, 2, 4))", "beyond its upper corner"),
        ("s_touches(geom, GEOMETRYCOLLECTION(POINT(1 2)))", "takes no collection"),
        ("tags = 'a'", "compare it with a_contains"),
        ("a_contains(name, ('a'))", "a single value, not a list"),
        ("t_after(name, DATE('2020-01-01'))", "an instant or an interval is expected"),
        ("t_after(day, INTERVAL('2020-01-01'))", "takes 2 argument(s)"),
        ("{\"op\":\"=\"}", "say filter-lang=cql2-json"),
        ("name = 'a' ; drop table x", "`;` means nothing here"),
    ] {
        let said = refusal(&world, "t_lots", filter, "").await;
        assert!(said.contains(says), "{filter}: {said}");
    }
    for (query, parameter) in [
        ("filter=id=1&filter-lang=ecql", "filter-lang"),
        ("filter=id=1&filter-crs=EPSG:4326", "filter-crs"),
        ("filter=%00", "filter"),
    ] {
        assert_eq!(world.items(&format!("t_lots/items?{query}")).await.parameter(), parameter);
    }
    assert_eq!(
        world.items("t_list/items?filter=s_intersects(geom,POINT(1%202))").await.parameter(),
        "filter"
    );
}

#[tokio::test]
async fn what_would_cost_much_is_refused_at_once() {
    let world = world().await;
    let many = |part: &str, count: usize, between: &str| vec![part; count].join(between);
    let ring = (0..10_050).map(|i| format!("{}.{i} 1", i % 90)).collect::<Vec<_>>().join(",");
    for (filter, says) in [
        (format!("{}id=1{}", "(".repeat(400), ")".repeat(400)), "64 levels"),
        (format!("{}id=1{}", "(".repeat(60_000), ")"), "64 levels"),
        (format!("{}id=1", "NOT ".repeat(400)), "64 levels"),
        (format!("id {}= 1", "+ 1 ".repeat(400)), "100 arithmetic operators"),
        (format!("id = {}1", "-".repeat(400)), "is expected"),
        (format!("id IN ({})", many("1", 12_000, ",")), "10000 parts"),
        (many("id=1", 8_000, " OR "), "10000 parts"),
        (format!("s_intersects(geom,MULTIPOINT({}))", many("1 2", 12_000, ",")), "10000 vertices"),
        (format!("s_intersects(geom,LINESTRING({ring}))"), "bytes"),
        (format!("name = '{}'", "x".repeat(66_000)), "at most 65536"),
        (
            format!("s_intersects(geom,{}POINT(1 2){}", "GEOMETRYCOLLECTION(".repeat(100), ")".repeat(101)),
            "64 levels",
        ),
    ] {
        let begin = std::time::Instant::now();
        let layer =
            world.app.source_of(crate::access::Audience::Public).catalogue.layer("t_lots").await.unwrap();
        let crs = crate::layers::crs::Crs::crs84();
        let read =
            crate::layers::filter::Filter::read(&layer, crate::layers::filter::Language::Text, &filter, crs);
        let said = read.unwrap_err().to_string();
        assert!(said.contains(says), "{said}");
        assert!(begin.elapsed().as_millis() < 500, "{:?} {said}", begin.elapsed());
    }
    let deep = format!("{}1{}", r#"{"op":"not","args":["#.repeat(100), "]}".repeat(100));
    assert!(refusal(&world, "t_lots", &deep, "&filter-lang=cql2-json").await.contains("recursion"));
    let deep = format!("{}true{}", r#"{"op":"not","args":["#.repeat(60), "]}".repeat(60));
    assert_eq!(ids(&world, "t_lots", &deep, "&filter-lang=cql2-json").await.len(), 400);
    // What is just within the limits is answered.
    let wide = many("id=1", 400, " OR ");
    assert_eq!(ids(&world, "t_lots", &wide, "").await, [1]);
    let list = (1..5_000).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(ids(&world, "t_lots", &format!("id NOT IN ({list})"), "").await, Vec::<i64>::new());
    let sum = format!("id = 0{}", " + 1e300 * 1e300".repeat(49));
    assert_eq!(ids(&world, "t_lots", &sum, "").await, Vec::<i64>::new());
    assert_eq!(ids(&world, "t_lots", "id ^ 1e90 > 0", "").await, [1]);
}

#[tokio::test]
async fn a_filter_joins_every_other_condition() {
    let world = world().await;
    let filter = encode("small > 1 AND NOT flag");
    let query = format!(
        "t_lots/items?filter={filter}&filter-lang=cql2-text&name=Lote%20C&bbox=-78,-11,-77,-10&sortby=-day&limit=3"
    );
    let expected: Vec<i64> = sqlx::query_scalar(
        "select id from fixture.lot where small > 1 and not flag and name = 'Lote C' and geom is not null order by day desc, id",
    )
    .fetch_all(&mut world.database.owner().await)
    .await
    .unwrap();
    let (mut found, mut page) = (Vec::new(), world.items(&query).await);
    loop {
        assert_eq!(page.json()["numberMatched"], expected.len());
        found.extend(page.ids());
        let Some(next) = page.next() else { break };
        assert_eq!(next.matches(&format!("filter={filter}&")).count(), 1, "{next}");
        let stolen = next.replace("small", "id");
        assert_eq!(world.get(&stolen).await.parameter(), "cursor");
        page = world.get(&next).await;
    }
    assert!(expected.len() > 6);
    assert_eq!(found, expected);
    let hits = world.items(&format!("t_lots/items?filter={filter}&resultType=hits")).await.json();
    let all = ids_by_sql(&world, "fixture.lot", "small > 1 and not flag").await;
    assert_eq!(hits["numberMatched"], all.len());
    assert_eq!(world.items("t_versions/items?filter=id=2&datetime=2020-06-01").await.ids(), [2]);
    assert_eq!(world.items("t_versions/items?filter=id=2").await.ids(), Vec::<i64>::new());
}

#[tokio::test]
async fn a_tile_holds_what_passes() {
    let world = world().await;
    let (row, column) = super::tiles::place(15);
    let at = |query: &str| format!("/ogc/collections/t_lots/tiles/WebMercatorQuad/15/{row}/{column}{query}");
    let all = world.get(&at("")).await;
    let some = world.get(&at("?filter=flag")).await;
    assert_eq!((all.status, some.status), (StatusCode::OK, StatusCode::OK));
    assert!(some.body.len() < all.body.len() && some.header("etag") != all.header("etag"));
    assert_eq!(world.get(&at("?filter=id%20%3C%200")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&at("?filter=nonsense=1")).await.parameter(), "filter");
    let one = world
        .get(&format!("/ogc/tiles/WebMercatorQuad/15/{row}/{column}?collections=t_lots&filter=flag"))
        .await;
    assert_eq!(one.body, some.body);
    let two = world.get("/ogc/tiles/WebMercatorQuad/0/0/0?collections=t_lots,t_far&filter=id=1").await;
    assert_eq!(two.parameter(), "filter");
}

#[tokio::test]
async fn the_index_finds_the_candidates() {
    use crate::layers::{filter, request::Request, sql};
    let world = world().await;
    let layer = world.app.source_of(crate::access::Audience::Public).catalogue.layer("t_lots").await.unwrap();
    let plain =
        world.app.source_of(crate::access::Audience::Public).catalogue.layer("t_plain").await.unwrap();
    let utm = layer.crs.iter().find(|crs| crs.uri.ends_with("/32718")).unwrap().clone();
    let degrees = crate::layers::crs::Crs::crs84();
    let mut owner = world.database.owner().await;
    sqlx::raw_sql("analyze fixture.lot; set enable_seqscan = off").execute(&mut owner).await.unwrap();
    for (layer, text, crs, index) in [
        (&layer, "s_intersects(geom, POINT(-77.79 -10.74))", &degrees, "lot_geom_crs84_idx"),
        (&layer, "s_within(geom, BBOX(195100, 8812100, 195200, 8812200))", &utm, "lot_geom_idx"),
        (&plain, "s_intersects(geom, POINT(-77.79 -10.74))", &degrees, "lot_geom_idx"),
        (&layer, "id in (3, 4)", &degrees, "lot_pkey"),
        (&layer, "id = 3", &degrees, "lot_pkey"),
    ] {
        let read = filter::Filter::read(layer, filter::Language::Text, text, crs.clone()).unwrap();
        let mut request = Request::all(chrono::Utc::now().into());
        request.filter = Some(std::sync::Arc::new(read));
        let statement = sql::count(layer, &request, None, sql::Plan { prefilter: true }).unwrap();
        let explain = format!("explain {}", statement.text);
        let plan: Vec<String> = sqlx::query_scalar_with(AssertSqlSafe(explain), statement.values)
            .fetch_all(&mut owner)
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(index) && plan.contains("Index Cond"), "{text}: {plan}");
    }
}
