//! Pages: every feature exactly once, whatever the order and the filter.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use sqlx::Executor;

use super::{World, world};

async fn walk(world: &World, query: &str) -> Vec<i64> {
    let mut all = Vec::new();
    let mut address = format!("/ogc/collections/t_lots/items?{query}");
    loop {
        let answer = world.get(&address).await;
        assert_eq!(answer.status, 200, "{address}: {}", answer.text());
        all.extend(answer.ids());
        assert_eq!(answer.json()["numberReturned"], answer.ids().len());
        let Some(next) = answer.next() else {
            assert!(!answer.header("link").contains("rel=\"next\""));
            return all;
        };
        assert!(answer.header("link").contains(&format!("<{next}>; rel=\"next\"")));
        address = next;
    }
}

#[tokio::test]
async fn a_walk_yields_every_row_once_in_order() {
    let world = world().await;
    let columns = ["name", "small", "size", "amount", "flag", "day", "moment", "clock", "key"];
    let filters = [
        ("", "true"),
        ("&flag=true", "flag"),
        ("&small=2", "small = 2"),
        ("&name=Lote%20D", "name = 'Lote D'"),
        (
            "&bbox=-77.7875,-10.7340,-77.7835,-10.7305",
            "ST_Intersects(geom_crs84, ST_MakeEnvelope(-77.7875,-10.7340,-77.7835,-10.7305,4326))",
        ),
    ];
    let keys = proptest::collection::vec((0..columns.len(), any::<bool>()), 0..3);
    let strategy = (keys, 0..filters.len(), 1_u64..90, any::<bool>());
    let mut runner = TestRunner::default();
    for _ in 0..40 {
        let (keys, filter, limit, offset) = strategy.new_tree(&mut runner).unwrap().current();
        let mut seen = std::collections::HashSet::new();
        let keys: Vec<_> = keys.into_iter().filter(|(column, _)| seen.insert(*column)).collect();
        let sortby: Vec<String> =
            keys.iter().map(|(c, d)| format!("{}{}", if *d { "-" } else { "" }, columns[*c])).collect();
        let order: Vec<String> = keys
            .iter()
            .map(|(c, d)| format!("{} {}, ", columns[*c], if *d { "desc" } else { "asc" }))
            .collect();
        let order = order.concat();
        let sortby = if sortby.is_empty() { String::new() } else { format!("&sortby={}", sortby.join(",")) };
        let (query, condition) = filters[filter];
        let skip = if offset { 3 } else { 0 };
        let query = format!("limit={limit}{query}{sortby}&offset={skip}");
        let sql = format!("select id from fixture.lot where {condition} order by {order}id offset {skip}");
        let expected: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut world.database.owner().await)
            .await
            .unwrap();
        assert_eq!(walk(&world, &query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_walk_among_writers_yields_each_surviving_row_once() {
    let world = world().await;
    let mut owner = world.database.owner().await;
    let mut address = "/ogc/collections/t_lots/items?limit=50&sortby=size".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = world.get(&address).await;
        seen.extend(answer.ids());
        let Some(next) = answer.next() else { break };
        address = next;
        // Rows before and behind the reader come and go; their sort keys do not change.
        owner.execute("delete from fixture.lot where id in (select id from fixture.lot where id > 60 order by random() limit 5)").await.unwrap();
        owner
            .execute("insert into fixture.lot (id, size) select max(id) + 1, 2.5 from fixture.lot")
            .await
            .unwrap();
        owner.execute("update fixture.lot set name = 'touched' where id = 30").await.unwrap();
    }
    let mut unique = seen.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), seen.len());
    let survivors: Vec<i64> =
        sqlx::query_scalar("select id from fixture.lot where id <= 400").fetch_all(&mut owner).await.unwrap();
    assert!(survivors.iter().all(|id| seen.contains(id)));
}

#[tokio::test]
async fn numbers_are_exact_or_absent() {
    let world = world().await;
    let first = world.items("t_lots/items?limit=10").await.json();
    assert_eq!((&first["numberMatched"], &first["numberReturned"]), (&400.into(), &10.into()));
    let second =
        world.get(&world.items("t_lots/items?limit=10&flag=true").await.next().unwrap()).await.json();
    assert_eq!(second["numberMatched"], 200);
    let beyond = world.items("t_lots/items?offset=1000").await.json();
    assert_eq!((&beyond["numberMatched"], &beyond["numberReturned"]), (&400.into(), &0.into()));
    let many = world.items("t_many/items?limit=2").await.json();
    assert!(many.get("numberMatched").is_none());
    let hits = world.items("t_many/items?resultType=hits").await.json();
    assert_eq!((&hits["numberMatched"], &hits["numberReturned"]), (&1_000_000.into(), &0.into()));
    assert_eq!(world.items("t_lots/items?resultType=hits&flag=true").await.json()["numberMatched"], 200);
    let clamped = world.items("t_lots/items?limit=99999999999999999999999").await;
    assert_eq!(clamped.ids().len(), 400);
    assert_eq!(world.items("t_lots/items?offset=399&limit=1").await.ids(), [400]);
    assert_eq!(world.items("t_lots/items?offset=99999999999999999999").await.ids().len(), 0);
}

#[tokio::test]
async fn next_keeps_every_parameter_and_serves_no_other_query() {
    let world = world().await;
    let query = "limit=5&flag=true&sortby=-amount&properties=name&crs=http%3A%2F%2Fwww.opengis.net%2Fdef%2Fcrs%2FEPSG%2F0%2F32718&lang=en&offset=2";
    let answer = world.items(&format!("t_lots/items?{query}")).await;
    let next = answer.next().unwrap();
    for kept in query.split('&').filter(|pair| !pair.starts_with("offset")) {
        assert!(next.contains(kept), "{next} lost {kept}");
    }
    let cursor = next.split("cursor=").nth(1).unwrap().to_owned();
    for other in ["limit=5", "limit=5&flag=false&sortby=-amount", "flag=true&sortby=amount&properties=name"] {
        assert_eq!(
            world.items(&format!("t_lots/items?{other}&cursor={cursor}")).await.parameter(),
            "cursor",
            "{other}"
        );
    }
    assert_eq!(world.items(&format!("t_far/items?cursor={cursor}")).await.parameter(), "cursor");
}
