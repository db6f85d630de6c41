//! OGC API Features, Part 3: filtering with CQL2, on every collection by its own queryables.

use serde_json::{Value, json};

use crate::client::{collections, document, get, id};

/// A value as a part of an address.
fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn matched(collection: &Value, query: &str) -> u64 {
    let answer = get(&format!("/collections/{}/items?resultType=hits{query}", id(collection)));
    assert_eq!(answer.status, 200, "{} {query}: {}", id(collection), String::from_utf8_lossy(&answer.body));
    answer.json()["numberMatched"].as_u64().unwrap()
}

fn by_text(collection: &Value, filter: &str) -> u64 {
    matched(collection, &format!("&filter-lang=cql2-text&filter={}", encode(filter)))
}

fn by_json(collection: &Value, filter: &Value) -> u64 {
    matched(collection, &format!("&filter-lang=cql2-json&filter={}", encode(&filter.to_string())))
}

/// The queryables that are no geometry, with a literal of theirs in text and in JSON.
fn scalars(collection: &Value) -> Vec<(String, String, Value)> {
    let queryables = document(&format!("/collections/{}/queryables", id(collection)));
    let literal = |property: &Value| match (property["type"].as_str()?, property["format"].as_str()) {
        ("boolean", _) => Some(("true".to_owned(), json!(true))),
        ("integer" | "number", _) => Some(("3".to_owned(), json!(3))),
        ("string", Some("date")) => Some(("DATE('2024-01-01')".to_owned(), json!({ "date": "2024-01-01" }))),
        ("string", Some("date-time")) => {
            let text = "2024-01-01T00:00:00Z";
            Some((format!("TIMESTAMP('{text}')"), json!({ "timestamp": text })))
        }
        ("string", None) => Some(("'M'".to_owned(), json!("M"))),
        _ => None,
    };
    let properties = queryables["properties"].as_object().unwrap().iter();
    properties
        .filter_map(|(name, property)| literal(property).map(|(text, json)| (name.clone(), text, json)))
        .collect()
}

/// `/conf/filter/filter-param`, `/conf/filter/filter-lang-param`, CQL2 `/conf/basic-cql2`: a comparison, its opposite and
/// what is null are everything, and both languages agree.
#[test]
fn a_comparison_and_its_opposite_and_null_are_all() {
    for collection in collections() {
        let all = matched(&collection, "");
        for (name, text, literal) in scalars(&collection) {
            for (symbol, opposite) in [("=", "<>"), ("<", ">="), (">", "<=")] {
                if literal.is_boolean() && symbol != "=" {
                    continue;
                }
                let name = format!("\"{name}\"");
                let some = by_text(&collection, &format!("{name} {symbol} {text}"));
                let others = by_text(&collection, &format!("{name} {opposite} {text}"));
                let none = by_text(&collection, &format!("{name} IS NULL"));
                assert_eq!(some + others + none, all, "{}: {name} {symbol} {text}", id(&collection));
                let not = by_text(&collection, &format!("NOT ({name} {symbol} {text})"));
                assert_eq!(not, others, "{}: {name} {symbol} {text}", id(&collection));
                let property = name.trim_matches('"');
                let same = by_json(
                    &collection,
                    &json!({ "op": symbol, "args": [{ "property": property }, literal] }),
                );
                assert_eq!(same, some, "{}: {name} {symbol} {text}", id(&collection));
            }
        }
    }
}

/// `/conf/filter/filter-crs-wgs84`, `/conf/filter/filter-crs-param`, CQL2 `/conf/basic-spatial-functions`: what meets the
/// collection's own box, in each of its reference systems with degrees.
#[test]
fn the_extent_holds_every_shape() {
    for collection in collections() {
        let Some(bbox) = collection["extent"]["spatial"]["bbox"][0].as_array() else { continue };
        let queryables = document(&format!("/collections/{}/queryables", id(&collection)));
        let properties = queryables["properties"].as_object().unwrap();
        let Some((shape, _)) =
            properties.iter().find(|(_, property)| property["x-ogc-role"] == "primary-geometry")
        else {
            continue;
        };
        let edge: Vec<f64> = bbox.iter().map(|number| number.as_f64().unwrap()).collect();
        let [west, south, east, north] = edge[..] else { panic!("{bbox:?}") };
        let [west, south, east, north] = [west - 0.01, south - 0.01, east + 0.01, north + 0.01];
        let shaped = by_text(&collection, &format!("\"{shape}\" IS NOT NULL"));
        let inside = |box_text: String, crs: &str| {
            let filter = encode(&format!("S_INTERSECTS(\"{shape}\", BBOX({box_text}))"));
            matched(&collection, &format!("&filter={filter}{crs}"))
        };
        assert_eq!(inside(format!("{west},{south},{east},{north}"), ""), shaped, "{}", id(&collection));
        let latitude_first = "&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326";
        assert_eq!(
            inside(format!("{south},{west},{north},{east}"), latitude_first),
            shaped,
            "{}",
            id(&collection)
        );
    }
}

/// `/conf/filter/mixing-expressions`: filter and other parameters are joined by AND.
#[test]
fn filter_and_parameters_are_joined() {
    for collection in collections() {
        let at_zero = "&bbox=-0.001,-0.001,0.001,0.001";
        let boxed = matched(&collection, at_zero);
        assert_eq!(matched(&collection, &format!("&filter={}{at_zero}", encode("TRUE"))), boxed);
        assert_eq!(matched(&collection, &format!("&filter={}{at_zero}", encode("FALSE"))), 0);
        assert_eq!(by_text(&collection, "id IS NULL"), 0);
        assert_eq!(by_text(&collection, "id IS NOT NULL AND TRUE"), matched(&collection, ""));
    }
}

/// `/conf/filter/response`, `/req/filter/filter-param`: what is no filter is a 400.
#[test]
fn what_is_no_filter_is_refused() {
    for collection in collections() {
        let items = format!("/collections/{}/items?limit=1", id(&collection));
        for query in [
            "filter=%22",
            "filter=nonsense=1",
            "filter=id=",
            "filter-lang=ecql&filter=TRUE",
            "filter-crs=x&filter=TRUE",
        ] {
            assert_eq!(get(&format!("{items}&{query}")).status, 400, "{query}");
        }
    }
}

/// CQL2 `/conf/cql2-text`, `/conf/cql2-json` and the rest are declared, under the names before 1.0 too.
#[test]
fn the_classes_are_declared() {
    let declared = document("/conformance")["conformsTo"].to_string();
    for class in [
        "conf/filter",
        "conf/features-filter",
        "conf/cql2-text",
        "conf/cql2-json",
        "conf/basic-cql2",
        "conf/basic-spatial-operators",
        "conf/basic-spatial-functions",
        "conf/spatial-functions",
        "conf/temporal-functions",
        "conf/array-functions",
        "conf/property-property",
        "conf/functions",
        "conf/arithmetic",
        "conf/case-insensitive-comparison",
        "conf/accent-insensitive-comparison",
        "conf/advanced-comparison-operators",
    ] {
        assert!(declared.contains(&format!("/{class}\"")), "{class}");
    }
}
