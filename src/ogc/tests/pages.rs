//! The pages and the API document.

use std::collections::HashSet;

use serde_json::Value;

use super::world;

#[tokio::test]
async fn every_resource_has_a_page_without_script() {
    let world = world().await;
    for path in [
        "/ogc",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/t_lots",
        "/ogc/collections/t_lots/items",
        "/ogc/collections/t_lots/items/1",
        "/ogc/api",
    ] {
        for lang in ["es", "en"] {
            let page = world.get(&format!("{path}?f=html&lang={lang}")).await;
            assert_eq!(page.status, 200, "{path}");
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{lang}\">")) && text.contains("<main id=\"main\">"));
            assert!(!text.contains("<script") && !text.contains("style="), "{path}");
        }
    }
    assert_eq!(world.get("/assets/predio.css").await.status, 200);
    let page = world.get("/ogc/collections/t_lots/items?f=html").await.text();
    assert_eq!(page.matches("<tr>").count(), 101);
    assert!(page.contains("rel=\"next\""));
}

#[tokio::test]
async fn data_cannot_become_markup() {
    let world = world().await;
    let sql = "update fixture.lot set name = '<script>alert(1)</script>' where id = 1";
    sqlx::Executor::execute(&mut world.database.owner().await, sql).await.unwrap();
    for path in ["t_lots/items?f=html", "t_lots/items/1?f=html"] {
        let page = world.items(path).await.text();
        assert!(page.contains("alert(1)") && !page.contains("<script>"), "{path}");
    }
}

fn references(value: &Value, found: &mut HashSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(address)) = members.get("$ref") {
                found.insert(address.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(members) => members.iter().for_each(|member| references(member, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_api_document_is_whole_and_tells_clients_what_they_look_for() {
    let world = world().await;
    let document = world.get("/ogc/api").await.json();
    assert_eq!(document["openapi"], "3.0.3");
    let mut found = HashSet::new();
    references(&document, &mut found);
    for address in &found {
        let pointer = address.strip_prefix('#').unwrap_or_else(|| panic!("{address} leaves the document"));
        assert!(document.pointer(pointer).is_some(), "{address} points nowhere");
    }
    let limit = &document["components"]["parameters"]["limit"];
    assert_eq!(
        (&limit["schema"]["maximum"], &limit["schema"]["default"]),
        (&1_000_000.into(), &5_000.into())
    );
    assert_eq!((&limit["style"], &limit["explode"]), (&"form".into(), &false.into()));
    let bbox = &document["components"]["parameters"]["bbox"]["schema"];
    assert_eq!(
        (&bbox["type"], &bbox["minItems"], &bbox["maxItems"]),
        (&"array".into(), &4.into(), &6.into())
    );
    let items = document["paths"]["/collections/t_lots/items"]["get"]["parameters"].as_array().unwrap();
    let name = items.iter().find(|parameter| parameter["name"] == "name").unwrap();
    assert_eq!(
        (&name["in"], &name["style"], &name["explode"], &name["schema"]["type"]),
        (&"query".into(), &"form".into(), &false.into(), &"string".into())
    );
    let mut ids = HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let operation = &operations["get"];
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
        let named: Vec<&str> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| {
                let shared = parameter["$ref"].as_str().and_then(|address| document.pointer(&address[1..]));
                shared.unwrap_or(parameter)["name"].as_str().unwrap()
            })
            .collect();
        for piece in path.split('/').filter_map(|piece| piece.strip_prefix('{')?.strip_suffix('}')) {
            assert!(named.contains(&piece), "{path} does not define {piece}");
        }
        assert_eq!(named.len(), named.iter().collect::<HashSet<_>>().len(), "{path}");
    }
    assert!(ids.contains("t_lots.collection.vector.getTile"));
}
