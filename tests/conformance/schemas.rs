//! OGC API Features, Part 5: schemas.

use serde_json::Value;

use crate::client::{collections, document, get, id, links};

fn linked(collection: &Value, kind: &str) -> Value {
    let link = links(collection, &format!("http://www.opengis.net/def/rel/ogc/1.0/{kind}")).remove(0);
    let answer = get(&link);
    assert_eq!((answer.status, answer.mime()), (200, "application/schema+json"));
    let schema = answer.json();
    assert_eq!(
        (&schema["type"], &schema["$schema"]),
        (&"object".into(), &"https://json-schema.org/draft/2020-12/schema".into())
    );
    assert_eq!(schema["$id"], format!("{}/ogc/collections/{}/{kind}", crate::client::base(), id(collection)));
    schema
}

/// `/conf/schemas/properties`, `/conf/core-roles-features/type-ids`, `/conf/returnables-and-receivables/get-op`
#[test]
fn the_schema_describes_what_is_returned() {
    for collection in collections() {
        let schema = linked(&collection, "schema");
        let page = document(&format!("/collections/{}/items?limit=20", id(&collection)));
        for feature in page["features"].as_array().unwrap() {
            for (name, value) in feature["properties"].as_object().unwrap() {
                let declared = &schema["properties"][name];
                assert!(declared.is_object(), "{}.{name}", id(&collection));
                let fits = match declared["type"].as_str() {
                    Some("integer") => value.is_i64(),
                    Some("number") => value.is_number(),
                    Some("boolean") => value.is_boolean(),
                    Some("string") => value.is_string(),
                    _ => true,
                };
                assert!(
                    value.is_null() || fits,
                    "{}.{name}: {value} is no {}",
                    id(&collection),
                    declared["type"]
                );
            }
        }
        let with_role = |role: &str| {
            schema["properties"]
                .as_object()
                .unwrap()
                .values()
                .filter(|property| property["x-ogc-role"] == role)
                .count()
        };
        assert_eq!(with_role("id"), 1);
        assert!(with_role("primary-geometry") <= 1);
    }
}

/// `/conf/queryables/get-op`, Part 3 `/conf/queryables-query-parameters`: each can be asked for, nothing else can.
#[test]
fn queryables_are_parameters() {
    for collection in collections() {
        let queryables = linked(&collection, "queryables");
        let items = format!("/collections/{}/items?limit=1", id(&collection));
        for (name, property) in queryables["properties"].as_object().unwrap() {
            let value = match (property["type"].as_str(), property["format"].as_str()) {
                (None, _) => continue,
                (Some("boolean"), _) => "true",
                (Some("integer" | "number"), _) => "1",
                (_, Some("date")) => "2024-01-01",
                (_, Some("date-time")) => "2024-01-01T00:00:00Z",
                (_, Some("uuid")) => "c4ca4238-a0b9-2382-0dcc-509a6f75849b",
                _ => continue,
            };
            assert_eq!(get(&format!("{items}&{name}={value}")).status, 200, "{}.{name}", id(&collection));
        }
    }
}

/// `/conf/sortables/get-op`
#[test]
fn sortables_sort() {
    for collection in collections() {
        let sortables = linked(&collection, "sortables");
        for name in sortables["properties"].as_object().unwrap().keys() {
            for sign in ["", "-"] {
                let answer =
                    get(&format!("/collections/{}/items?limit=2&sortby={sign}{name}", id(&collection)));
                assert_eq!(answer.status, 200, "{}.{name}", id(&collection));
            }
        }
    }
}
