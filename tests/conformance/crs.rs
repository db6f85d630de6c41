//! OGC API Features, Part 2: reference systems.

use serde_json::Value;

use crate::client::{collections, document, get, id};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// The layers with positions. One without names no reference system, and its features have no geometry.
fn collections_on_land() -> Vec<Value> {
    let (on_land, without): (Vec<_>, Vec<_>) =
        collections().into_iter().partition(|collection| collection.get("crs").is_some());
    for collection in without {
        let items = document(&format!("/collections/{}/items?limit=100", id(&collection)));
        let features = items["features"].as_array().unwrap();
        assert!(features.iter().all(|feature| feature["geometry"].is_null()), "{}", id(&collection));
        assert_eq!(collection.get("storageCrs"), None, "{}", id(&collection));
        assert_eq!(collection["itemType"], "record", "{}", id(&collection));
    }
    assert!(!on_land.is_empty());
    on_land
}

/// `/conf/crs/crs-uri`, `/conf/crs/fc-md-crs-list`, `/conf/crs/fc-md-storageCrs-valid-value`
#[test]
fn metadata() {
    for collection in collections_on_land() {
        let crs = collection["crs"].as_array().unwrap();
        assert!(crs.contains(&CRS84.into()), "{}", id(&collection));
        assert!(crs.contains(&collection["storageCrs"]), "{}", id(&collection));
        assert!(crs.iter().all(|uri| uri.as_str().unwrap().starts_with("http://www.opengis.net/def/crs/")));
    }
}

/// `/conf/crs/fc-crs-definition`, `/conf/crs/fc-crs-valid-value`, `/conf/crs/fc-crs-default-value`,
/// `/conf/crs/ogc-crs-header`, `/conf/crs/ogc-crs-header-value`
#[test]
fn answers() {
    for collection in collections_on_land() {
        let items = format!("/collections/{}/items?limit=1", id(&collection));
        assert_eq!(get(&items).headers["content-crs"], format!("<{CRS84}>"));
        for uri in collection["crs"].as_array().unwrap() {
            let uri = uri.as_str().unwrap();
            let answer = get(&format!("{items}&crs={uri}"));
            assert_eq!(
                (answer.status, answer.headers["content-crs"].as_str()),
                (200, format!("<{uri}>").as_str())
            );
        }
        assert_eq!(get(&format!("{items}&crs=http://www.opengis.net/def/crs/EPSG/0/0")).status, 400);
    }
}

/// `/conf/crs/fc-bbox-crs-definition`, `/conf/crs/fc-bbox-crs-valid-value`, `/conf/crs/fc-bbox-crs-action`: the
/// extent as a box in degrees of either axis order finds the same features.
#[test]
fn boxes() {
    for collection in collections() {
        let Some(bbox) = collection["extent"]["spatial"]["bbox"][0].as_array() else { continue };
        let side = |index: usize| bbox[index].as_f64().unwrap();
        let (west, south) = (side(0), side(1));
        let (east, north) = (f64::midpoint(west, side(2)), f64::midpoint(south, side(3)));
        let items = format!("/collections/{}/items?limit=500", id(&collection));
        let one = document(&format!("{items}&bbox={west},{south},{east},{north}"));
        let other = document(&format!(
            "{items}&bbox={south},{west},{north},{east}&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326"
        ));
        assert_eq!(one["features"], other["features"], "{}", id(&collection));
        assert_eq!(get(&format!("{items}&bbox=1,2,3,4&bbox-crs=nonsense")).status, 400);
    }
}
