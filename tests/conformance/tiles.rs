//! OGC API Tiles: core, tileset, list of tilesets, of the dataset and of each collection, MVT.

use serde_json::Value;

use crate::client::{collections, document, get, id, links};

const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";

fn template(document: &Value) -> String {
    let link = document["links"].as_array().unwrap().iter().find(|link| link["rel"] == "item").unwrap();
    assert_eq!(
        (&link["templated"], &link["type"]),
        (&true.into(), &"application/vnd.mapbox-vector-tile".into())
    );
    link["href"].as_str().unwrap().to_owned()
}

fn filled(template: &str, limits: &Value, row: &str, column: &str) -> String {
    template
        .replace("{tileMatrix}", limits["tileMatrix"].as_str().unwrap())
        .replace("{tileRow}", row)
        .replace("{tileCol}", column)
}

/// `/conf/core/tc-op`, `/conf/core/tc-success`, `/conf/core/tc-error`, `/conf/tileset/description`,
/// `/conf/mvt/content`, `/conf/geodata-tilesets/operation`
#[test]
fn tiles_of_each_collection() {
    for collection in collections() {
        let Some(list) = links(&collection, TILESETS).pop() else { continue };
        let tileset = document(&list)["tilesets"][0].clone();
        assert_eq!(
            tileset["tileMatrixSetURI"],
            "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
        );
        // Clients that stop at the list find there where tiles are.
        assert_eq!(tileset["tileMatrixSetLimits"].as_array().unwrap().len(), 23, "{}", id(&collection));
        let whole = document(&links(&tileset, "self").remove(0));
        assert_eq!(
            (&whole["dataType"], &whole["crs"]),
            (&"vector".into(), &"http://www.opengis.net/def/crs/EPSG/0/3857".into())
        );
        let template = template(&whole);
        let limits = &whole["tileMatrixSetLimits"][13];
        let answer = get(&filled(
            &template,
            limits,
            &limits["minTileRow"].to_string(),
            &limits["minTileCol"].to_string(),
        ));
        match answer.status {
            200 => assert_eq!(answer.mime(), "application/vnd.mapbox-vector-tile"),
            status => assert_eq!(status, 204, "{}", id(&collection)),
        }
        assert_eq!(get(&filled(&template, limits, "2147483647", "2147483647")).status, 404);
    }
}

/// `/conf/dataset-tilesets/landing-page`, `/conf/tilesets-list/tileset-links`, `/conf/collections-selection/collections-parameter`
#[test]
fn tiles_of_the_dataset() {
    let list = links(&document("/"), TILESETS).remove(0);
    assert!(list.contains("/tiles"));
    assert_eq!(document(&list)["tilesets"].as_array().unwrap().len(), 1);
    let all = collections();
    let shaped: Vec<&str> =
        all.iter().filter(|collection| !links(collection, TILESETS).is_empty()).map(id).take(2).collect();
    let answer = get(&format!("/tiles/WebMercatorQuad/0/0/0?collections={}", shaped.join(",")));
    assert!(matches!(answer.status, 200 | 204));
    assert_eq!(get("/tiles/WebMercatorQuad/0/0/0?collections=no_such_collection").status, 400);
}

/// `/conf/oas30/operation-id`; the tile matrix set by the Two Dimensional Tile Matrix Set standard.
#[test]
fn definitions() {
    let api = document("/api");
    let ids: Vec<&str> = api["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|path| path["get"]["operationId"].as_str().unwrap())
        .collect();
    for suffix in [
        "collection.vector.getTileSetsList",
        "collection.vector.getTileSet",
        "collection.vector.getTile",
        "dataset.vector.getTile",
    ] {
        assert!(ids.iter().any(|id| id.ends_with(&format!(".{suffix}"))), "{suffix}");
    }
    let set = document("/tileMatrixSets/WebMercatorQuad");
    assert_eq!(set["tileMatrices"][1]["matrixWidth"], 2);
    assert!(
        (set["tileMatrices"][0]["scaleDenominator"].as_f64().unwrap() - 559_082_264.028_717).abs() < 1e-3
    );
}
