//! OGC API Features, Part 1: core, GeoJSON, HTML, OpenAPI 3.0.

use serde_json::Value;

use crate::client::{ask, collections, document, get, id, links};

/// `/conf/core/http`
#[test]
fn http() {
    assert_eq!(ask("HEAD", "/", "*/*").body.len(), 0);
    assert_eq!(ask("DELETE", "/", "*/*").status, 405);
}

/// `/conf/core/root-op`, `/conf/core/root-success`
#[test]
fn root() {
    let root = document("/");
    for rel in ["service-desc", "service-doc", "conformance", "data"] {
        let all = links(&root, rel);
        assert!(!all.is_empty(), "{rel}");
        assert!(all.iter().all(|link| get(link).status == 200), "{rel}");
    }
}

/// `/conf/core/api-definition-op`, `/conf/core/api-definition-success`, `/conf/oas30/oas-definition-1`
#[test]
fn api_definition() {
    let address = links(&document("/"), "service-desc").remove(0);
    let answer = get(&address);
    assert_eq!((answer.status, answer.mime()), (200, "application/vnd.oai.openapi+json"));
    let api = answer.json();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.0."));
    assert!(
        !answer.body.windows(8).any(|window| window == b"\"$ref\":\"h"),
        "a reference leaves the document"
    );
    assert_eq!(api["servers"][0]["url"], format!("{}/ogc", crate::client::base()));
    for collection in collections() {
        let path = format!("/collections/{}/items", id(&collection));
        assert!(api["paths"][&path]["get"]["parameters"].is_array(), "{path}");
    }
}

/// `/conf/core/conformance-op`, `/conf/core/conformance-success`
#[test]
fn conformance() {
    let classes = document("/conformance")["conformsTo"].clone();
    for class in ["core", "geojson", "html", "oas30"] {
        let uri = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(classes.as_array().unwrap().contains(&Value::from(uri)), "{class}");
    }
}

/// `/conf/core/fc-md-op`, `/conf/core/fc-md-success`, `/conf/core/fc-md-links`, `/conf/core/fc-md-items-links`,
/// `/conf/core/fc-md-extent`
#[test]
fn collections_metadata() {
    let all = document("/collections");
    assert_eq!(links(&all, "self").len(), 1);
    assert!(!links(&all, "alternate").is_empty());
    for collection in collections() {
        assert!(links(&collection, "items").iter().any(|link| link.contains("/items")));
        if let Some(bbox) = collection["extent"]["spatial"]["bbox"][0].as_array() {
            assert!(bbox.len() == 4 && bbox[1].as_f64() <= bbox[3].as_f64(), "{}", id(&collection));
        }
    }
}

/// `/conf/core/sfc-md-op`, `/conf/core/sfc-md-success`
#[test]
fn one_collection() {
    for collection in collections() {
        let one = document(&format!("/collections/{}", id(&collection)));
        for member in ["id", "title", "description", "crs", "storageCrs", "itemType"] {
            assert_eq!(one[member], collection[member], "{member}");
        }
    }
    assert_eq!(get("/collections/no_such_collection").status, 404);
}

/// `/conf/core/fc-op`, `/conf/core/fc-response`, `/conf/core/fc-links`, `/conf/core/fc-numberReturned`,
/// `/conf/core/fc-numberMatched`, `/conf/geojson/content`
#[test]
fn features() {
    for collection in collections() {
        let answer = get(&format!("/collections/{}/items?limit=10", id(&collection)));
        assert_eq!((answer.status, answer.mime()), (200, "application/geo+json"), "{}", id(&collection));
        let page = answer.json();
        assert_eq!(page["type"], "FeatureCollection");
        assert_eq!(links(&page, "self").len(), 1);
        assert!(!links(&page, "alternate").is_empty());
        let returned = page["features"].as_array().unwrap().len();
        assert_eq!(page["numberReturned"], returned);
        assert!(page["numberMatched"].as_u64().is_none_or(|matched| matched >= returned as u64));
        assert!(
            page["features"]
                .as_array()
                .unwrap()
                .iter()
                .all(|feature| feature["type"] == "Feature" && !feature["id"].is_null())
        );
    }
}

/// `/conf/core/fc-limit-definition`, `/conf/core/fc-limit-response`
#[test]
fn limit() {
    for collection in collections() {
        for limit in [1, 3] {
            let page = document(&format!("/collections/{}/items?limit={limit}", id(&collection)));
            assert!(page["features"].as_array().unwrap().len() <= limit);
        }
        assert_eq!(get(&format!("/collections/{}/items?limit=0", id(&collection))).status, 400);
    }
}

/// `/conf/core/fc-bbox-definition`, `/conf/core/fc-bbox-response`
#[test]
fn bbox() {
    for collection in collections() {
        let Some(bbox) = collection["extent"]["spatial"]["bbox"][0].as_array() else { continue };
        let numbers: Vec<f64> = bbox.iter().map(|side| side.as_f64().unwrap()).collect();
        let around = format!(
            "{},{},{},{}",
            numbers[0] - 1e-6,
            numbers[1] - 1e-6,
            numbers[2] + 1e-6,
            numbers[3] + 1e-6
        );
        let inside = document(&format!("/collections/{}/items?limit=5&bbox={around}", id(&collection)));
        assert!(inside["numberReturned"].as_u64().unwrap() > 0, "{}", id(&collection));
        let far = document(&format!("/collections/{}/items?limit=5&bbox=10,50,11,51", id(&collection)));
        assert_eq!(far["numberReturned"], 0, "{}", id(&collection));
        assert_eq!(get(&format!("/collections/{}/items?bbox=1,2,3", id(&collection))).status, 400);
    }
}

/// `/conf/core/fc-time-definition`, `/conf/core/fc-time-response`
#[test]
fn datetime() {
    for collection in collections() {
        for text in [
            "2024-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z/..",
            "../2024-01-01T00:00:00Z",
            "2023-01-01T00:00:00Z/2024-01-01T00:00:00Z",
        ] {
            assert_eq!(
                get(&format!("/collections/{}/items?limit=1&datetime={text}", id(&collection))).status,
                200
            );
        }
        assert_eq!(get(&format!("/collections/{}/items?datetime=never", id(&collection))).status, 400);
    }
}

/// `/conf/core/query-param-invalid`, `/conf/core/query-param-unknown`
#[test]
fn unknown_parameters() {
    for path in ["/", "/conformance", "/collections"] {
        assert_eq!(get(&format!("{path}?no_such_parameter=1")).status, 400, "{path}");
    }
    for collection in collections() {
        assert_eq!(get(&format!("/collections/{}/items?no_such_parameter=1", id(&collection))).status, 400);
    }
}

/// `/conf/core/f-op`, `/conf/core/f-success`, `/conf/core/f-links`
#[test]
fn one_feature() {
    for collection in collections() {
        let page = document(&format!("/collections/{}/items?limit=2", id(&collection)));
        for feature in page["features"].as_array().unwrap() {
            let fid = feature["id"].to_string().trim_matches('"').to_owned();
            let one = document(&format!("/collections/{}/items/{fid}", id(&collection)));
            assert_eq!(
                (&one["id"], &one["geometry"], &one["properties"]),
                (&feature["id"], &feature["geometry"], &feature["properties"])
            );
            for rel in ["self", "alternate", "collection"] {
                assert!(!links(&one, rel).is_empty(), "{rel}");
            }
        }
        assert_eq!(get(&format!("/collections/{}/items/no-such-feature", id(&collection))).status, 404);
    }
}

/// `/conf/html/definition`, `/conf/html/content`
#[test]
fn html() {
    for path in ["/", "/conformance", "/collections", "/api"] {
        let answer = ask("GET", path, "text/html");
        assert_eq!((answer.status, answer.mime()), (200, "text/html"), "{path}");
    }
    for collection in collections() {
        let answer = ask("GET", &format!("/collections/{}/items?limit=2", id(&collection)), "text/html");
        assert_eq!((answer.status, answer.mime()), (200, "text/html"));
    }
}
