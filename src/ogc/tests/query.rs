//! Filters, selection, order, and what is refused.

use super::world;

#[tokio::test]
async fn equality_reads_each_type() {
    let world = world().await;
    for (filter, expected) in [
        ("id=7", "id = 7"),
        ("name=Lote%20C", "name = 'Lote C'"),
        ("name=Lote+C", "name = 'Lote C'"),
        ("small=3", "small = 3"),
        ("amount=12.5", "amount = 12.5"),
        ("flag=true", "flag"),
        ("day=2020-01-05", "day = '2020-01-05'"),
        ("moment=2024-01-01T03:00:00Z", "moment = '2024-01-01T03:00:00Z'"),
        ("key=c4ca4238-a0b9-2382-0dcc-509a6f75849b", "id = 1"),
        ("span=%5B5,8)", "id = 5"),
        ("flag=true&small=2", "flag and small = 2"),
    ] {
        let sql = format!("select id from fixture.lot where {expected} order by id");
        let expected: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut world.database.owner().await)
            .await
            .unwrap();
        assert!(!expected.is_empty());
        assert_eq!(world.items(&format!("t_lots/items?{filter}")).await.ids(), expected, "{filter}");
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_by_name() {
    let world = world().await;
    for (query, parameter) in [
        ("nonsense=1", "nonsense"),
        ("Limit=1", "Limit"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=1&limit=2", "limit"),
        ("offset=x", "offset"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=5,5,6,4", "bbox"),
        ("sortby=nonsense", "sortby"),
        ("sortby=document", "sortby"),
        ("sortby=name,-name", "sortby"),
        ("properties=nonsense", "properties"),
        ("skipGeometry=maybe", "skipGeometry"),
        ("resultType=all", "resultType"),
        ("cursor=nonsense", "cursor"),
        ("f=xml", "f"),
        ("lang=qu", "lang"),
        ("id=1e3", "id"),
        ("id=%D9%A1", "id"),
        ("small=x", "small"),
        ("amount=1;drop%20table", "amount"),
        ("flag=perhaps", "flag"),
        ("day=2020-02-30", "day"),
        ("key=1", "key"),
        ("document=%7B%7D", "document"),
        ("geom=x", "geom"),
        ("name=%ff", "name"),
        ("name=%00", "name"),
        ("name=%zz", "name"),
    ] {
        assert_eq!(world.items(&format!("t_lots/items?{query}")).await.parameter(), parameter, "{query}");
    }
    for path in ["t_lots?x=1", "t_lots/items/1?limit=1", "t_lots/schema?x=1", "t_lots/tiles?x=1"] {
        assert_eq!(world.items(path).await.status, 400, "{path}");
    }
    let hostile = world.items("t_lots/items?name='%20or%201=1%20--").await;
    assert!(hostile.ids().is_empty());
}

#[tokio::test]
async fn ids_of_any_letters_come_back() {
    let world = world().await;
    let all = world.items("t_words/items").await.json();
    let features = all["features"].as_array().unwrap();
    assert_eq!(features.len(), 8);
    for feature in features {
        let id = feature["id"].as_str().unwrap();
        let address = format!("t_words/items/{}", crate::http::ask::encode(id).replace('.', "%2E"));
        let one = world.items(&address).await;
        assert_eq!(one.json()["id"], id, "{address}");
    }
    for id in ["x", "%D9%A1", "01", "+1", "1%20", "99999999999999999999", "1.0", "-", "null", "1;"] {
        assert_eq!(world.items(&format!("t_lots/items/{id}")).await.status, 404, "{id}");
    }
    assert_eq!(world.items("t_lots/items/%ff").await.status, 400);
    assert_eq!(world.items("t_lots/items/%00").await.status, 400);
    assert_eq!(world.items("t_lots/items/%2").await.status, 400);
}

#[tokio::test]
async fn selection_and_order() {
    let world = world().await;
    let answer = world.items("t_lots/items?properties=name,flag&skipGeometry=true&limit=1").await.json();
    let feature = &answer["features"][0];
    assert_eq!(feature["geometry"], serde_json::Value::Null);
    assert_eq!(feature["properties"], serde_json::json!({ "name": "Lote B", "flag": false }));
    for (sortby, order) in [
        ("-id", "id desc"),
        ("amount", "amount, id"),
        ("%2Bamount", "amount, id"),
        ("+amount", "amount, id"),
        ("-amount,flag", "amount desc, flag, id"),
        ("name,-day", "name, day desc, id"),
    ] {
        let sql = format!("select id from fixture.lot order by {order}");
        let expected: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(&mut world.database.owner().await)
            .await
            .unwrap();
        assert_eq!(world.items(&format!("t_lots/items?sortby={sortby}")).await.ids(), expected, "{sortby}");
    }
}

#[tokio::test]
async fn values_keep_their_type() {
    let world = world().await;
    let properties = world.items("t_lots/items/1").await.json()["properties"].clone();
    assert_eq!(
        properties,
        serde_json::json!({
            "name": "Lote B", "small": 1, "size": 1.0 / 3.0, "amount": 1.25, "flag": false, "day": "2020-01-02",
            "moment": "2024-01-01T01:00:00Z", "clock": "2024-01-01T00:00:01", "tags": ["a", "b\"c"], "document": { "k": 1 },
            "key": "c4ca4238-a0b9-2382-0dcc-509a6f75849b", "span": "[1,4)", "version": 1,
        })
    );
    assert_eq!(world.items("t_lots/items/7").await.json()["properties"]["amount"], serde_json::Value::Null);
}
