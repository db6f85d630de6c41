//! The parameters that operations share, and those that a collection's properties make.

use serde_json::{Value, json};

use crate::layers::catalogue::Snapshot;
use crate::layers::tile::MAX_ZOOM;
use crate::layers::{Column, Layer};
use crate::ogc::query::{DEFAULT_LIMIT, MAX_LIMIT};

/// A reference to a shared parameter.
pub(super) fn shared_one(name: &str) -> Value {
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({
        "name": name, "in": "query", "description": description, "required": false,
        "style": "form", "explode": false, "schema": schema,
    })
}

fn path(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "path", "description": description, "required": true, "schema": schema })
}

/// `components.parameters`
pub(super) fn shared(snapshot: &Snapshot) -> Value {
    let with_tiles: Vec<&str> =
        snapshot.served().filter(|layer| layer.geometry.is_some()).map(|layer| layer.name.as_str()).collect();
    let numbers = json!({ "type": "array", "items": { "type": "number" }, "minItems": 4, "maxItems": 6 });
    json!({
        "bbox": query("bbox", "Only features that intersect the box: 4 numbers, or 6 of which the heights are ignored, in the axis order of bbox-crs. A box whose west exceeds its east crosses the antimeridian.", &numbers),
        "datetime": query("datetime", "Only what was in force at an instant (2024-06-30T12:00:00Z or 2024-06-30), or last in force within an interval (2024-01-01T00:00:00Z/..). On layers that keep no history it is accepted and changes nothing.", &json!({ "type": "string" })),
        "limit": query("limit", "Most features of a page; more than the maximum is taken as the maximum.", &json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT })),
        "offset": query("offset", "Features to skip from the start.", &json!({ "type": "integer", "minimum": 0, "default": 0 })),
        "filter": query("filter", "Only features that pass this CQL2 filter; a feature of which that is not known does not. The queryables are its properties.", &json!({ "type": "string" })),
        "filter-lang": query("filter-lang", "How filter is written.", &json!({ "type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text" })),
        "cursor": query("cursor", "Where the page before ended; taken from its `next` link.", &json!({ "type": "string" })),
        "skipGeometry": query("skipGeometry", "Leave the geometries out.", &json!({ "type": "boolean", "default": false })),
        "resultType": query("resultType", "`hits` for the exact number of matches without features.", &json!({ "type": "string", "enum": ["results", "hits"], "default": "results" })),
        "lang": query("lang", "Language of titles and texts.", &json!({ "type": "string", "enum": ["es", "en"], "default": "es" })),
        "fJson": query("f", "Representation.", &json!({ "type": "string", "enum": ["json", "html"] })),
        "fOnlyJson": query("f", "Representation.", &json!({ "type": "string", "enum": ["json"] })),
        "fItems": query("f", "Representation.", &json!({ "type": "string", "enum": ["geojson", "json", "html"] })),
        "fFeatures": query("f", "Representation. The downloads (all but geojson, json and html) have everything that passes when limit is not given.", &json!({ "type": "string", "enum": ["geojson", "json", "html", "jsonfg", "geojsonseq", "csv", "gpkg", "fgb", "shp", "kml", "dxf"] })),
        "fTile": query("f", "Representation.", &json!({ "type": "string", "enum": ["mvt"] })),
        "fTileset": query("f", "Representation.", &json!({ "type": "string", "enum": ["json", "tilejson"] })),
        "collections": query("collections", "Layers in the tile.", &json!({ "type": "array", "minItems": 1, "items": { "type": "string", "enum": with_tiles } })),
        "tileProperties": query("properties", "Only these properties of the tile's layers; all without it.", &json!({ "type": "array", "items": { "type": "string" } })),
        "featureId": path("featureId", "Id of the feature.", &json!({ "type": "string" })),
        "tileMatrix": path("tileMatrix", "Zoom.", &json!({ "type": "integer", "minimum": 0, "maximum": MAX_ZOOM })),
        "tileRow": path("tileRow", "Row from the top.", &json!({ "type": "integer", "minimum": 0 })),
        "tileCol": path("tileCol", "Column from the left.", &json!({ "type": "integer", "minimum": 0 })),
    })
}

/// The parameters of a collection's items, in full.
pub(super) fn of_items(layer: &Layer) -> Vec<Value> {
    let mut all: Vec<Value> =
        ["limit", "offset", "cursor", "bbox", "datetime", "skipGeometry", "resultType", "lang", "fFeatures"]
            .into_iter()
            .map(shared_one)
            .collect();
    all.push(query("bbox-crs", "Reference system of bbox.", &crs(layer)));
    all.extend(of_filter(layer));
    all.push(query(
        "sortby",
        "Properties to sort by, each with `-` before it for largest first.",
        &names(layer, |column| column.kind.is_sortable(), true),
    ));
    all.extend(of_item(layer));
    let queryable =
        std::iter::once(&layer.id).chain(&layer.columns).filter(|column| column.kind.is_queryable());
    all.extend(queryable.filter(|column| !RESERVED.contains(&column.name.as_str())).map(property));
    all
}

/// The parameters of a filter.
pub(super) fn of_filter(layer: &Layer) -> Vec<Value> {
    let crs = query(
        "filter-crs",
        "Reference system of the positions in filter, and the order of their axes.",
        &crs(layer),
    );
    vec![shared_one("filter"), shared_one("filter-lang"), crs]
}

/// The parameters that a single feature shares with items.
pub(super) fn of_item(layer: &Layer) -> Vec<Value> {
    vec![
        query("crs", "Reference system of the answer.", &crs(layer)),
        query("properties", "Only these properties.", &names(layer, |_| true, false)),
    ]
}

/// Names that mean something else in a query.
const RESERVED: [&str; 16] = [
    "limit",
    "offset",
    "cursor",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "properties",
    "skipGeometry",
    "sortby",
    "filter",
    "filter-lang",
    "filter-crs",
    "resultType",
    "f",
    "lang",
];

fn crs(layer: &Layer) -> Value {
    let uris: Vec<&str> = layer.crs.iter().map(|crs| crs.uri.as_str()).collect();
    json!({ "type": "string", "format": "uri", "enum": uris, "default": crate::layers::crs::CRS84 })
}

fn names(layer: &Layer, wanted: impl Fn(&Column) -> bool, signed: bool) -> Value {
    let names = std::iter::once(&layer.id).chain(&layer.columns).filter(|column| wanted(column));
    let items = if signed {
        let all: Vec<String> =
            names.flat_map(|column| [column.name.clone(), format!("-{}", column.name)]).collect();
        json!({ "type": "string", "enum": all })
    } else {
        let all: Vec<&str> = names.map(|column| column.name.as_str()).collect();
        json!({ "type": "string", "enum": all })
    };
    json!({ "type": "array", "minItems": 1, "items": items })
}

fn property(column: &Column) -> Value {
    let (kind, format) = column.kind.schema();
    let mut schema = json!({ "type": kind });
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    let mut parameter = query(&column.name, &format!("{} | {}", column.title.es, column.title.en), &schema);
    parameter["required"] = json!(false);
    parameter
}
