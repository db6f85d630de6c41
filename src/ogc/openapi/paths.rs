//! The operations.

use serde_json::{Map, Value, json};

use super::parameters::{of_filter, of_item, of_items, shared_one};
use super::writing;
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::{GEOJSON, JSON, MVT, OPENAPI, SCHEMA};
use crate::layers::Layer;
use crate::layers::catalogue::Snapshot;

/// An operation: id, tag, summary, parameters, and the schema of its answer by media type.
struct Operation<'a> {
    id: String,
    tag: &'a str,
    summary: String,
    parameters: Vec<Value>,
    content: Value,
}

impl Operation<'_> {
    fn json(self) -> Value {
        let mut responses = Map::new();
        responses.insert("200".to_owned(), json!({ "description": self.summary, "content": self.content }));
        if self.tag == "Tiles" && self.id.ends_with(".getTile") {
            responses.insert("204".to_owned(), json!({ "description": "The tile is empty." }));
        }
        for (status, name) in [
            ("400", "BadRequest"),
            ("404", "NotFound"),
            ("406", "NotAcceptable"),
            ("500", "ServerError"),
            ("503", "Overloaded"),
        ] {
            responses.insert(status.to_owned(), json!({ "$ref": format!("#/components/responses/{name}") }));
        }
        json!({ "get": {
            "operationId": self.id, "tags": [self.tag], "summary": self.summary,
            "parameters": self.parameters, "responses": responses,
        } })
    }
}

fn answer(mime: &str, schema: &str) -> Value {
    json!({ mime: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } })
}

fn answer_or_page(mime: &str, schema: &str) -> Value {
    let mut content = answer(mime, schema);
    content["text/html"] = json!({ "schema": { "type": "string" } });
    content
}

/// The formats that are files, beside what is answered otherwise.
fn with_files(mut content: Value) -> Value {
    for media in crate::exports::OFFERED {
        content[media.mime] = json!({ "schema": { "type": "string", "format": "binary" } });
    }
    content
}

fn shared(names: &[&str]) -> Vec<Value> {
    names.iter().map(|name| shared_one(name)).collect()
}

/// `paths`
pub(super) fn all(ask: &Ask, snapshot: &Snapshot) -> Value {
    let mut paths = Map::new();
    let mut add = |path: String, operation: Operation| paths.insert(path, operation.json());
    let say = |es: &str, en: &str| if ask.language.tag() == "es" { es.to_owned() } else { en.to_owned() };
    let simple = |id: &str, tag: &'static str, summary: String, content: Value| Operation {
        id: id.to_owned(),
        tag,
        summary,
        parameters: shared(&["fJson", "lang"]),
        content,
    };
    let capabilities = "Capabilities";
    add(
        "/".into(),
        simple(
            "getLandingPage",
            capabilities,
            say("Página de inicio", "Landing page"),
            answer_or_page(JSON.mime, "landingPage"),
        ),
    );
    add(
        "/api".into(),
        simple(
            "getApi",
            capabilities,
            say("Esta definición", "This definition"),
            answer_or_page(OPENAPI.mime, "document"),
        ),
    );
    add(
        "/conformance".into(),
        simple(
            "getConformanceDeclaration",
            capabilities,
            say("Normas que cumple", "Standards it conforms to"),
            answer_or_page(JSON.mime, "confClasses"),
        ),
    );
    add(
        "/collections".into(),
        simple(
            "getCollections",
            capabilities,
            say("Capas", "Collections"),
            answer_or_page(JSON.mime, "collections"),
        ),
    );
    for layer in snapshot.served() {
        for (path, operation) in of_collection(ask, layer) {
            add(path, operation);
        }
    }
    let only_json = |id: &str, summary: String, schema: &str| Operation {
        id: id.to_owned(),
        tag: "Tiles",
        summary,
        parameters: shared(&["fOnlyJson", "lang"]),
        content: answer(JSON.mime, schema),
    };
    add(
        "/tileMatrixSets".into(),
        only_json("getTileMatrixSetsList", say("Esquemas de teselas", "Tiling schemes"), "document"),
    );
    add(
        "/tileMatrixSets/WebMercatorQuad".into(),
        only_json("getTileMatrixSet", say("WebMercatorQuad", "WebMercatorQuad"), "document"),
    );
    add(
        "/tiles".into(),
        only_json("all.dataset.vector.getTileSetsList", say("Conjuntos de teselas", "Tilesets"), "tileSets"),
    );
    let title = say("Varias capas", "Several layers");
    for (path, operation) in
        tiles("", "all.dataset.vector", &title, &["collections"], shared(&["filter", "filter-lang"]))
    {
        add(path, operation);
    }
    for layer in snapshot.served() {
        for (path, method, operation) in writing::of_layer(ask, layer) {
            paths[&path][method] = operation;
        }
    }
    Value::Object(paths)
}

/// The tileset and its tiles, of one layer or, with `choice`, of several.
fn tiles(
    at: &str,
    id: &str,
    title: &str,
    choice: &[&str],
    filter: Vec<Value>,
) -> [(String, Operation<'static>); 2] {
    let set = format!("{at}/tiles/WebMercatorQuad");
    let tile =
        [&["tileMatrix", "tileRow", "tileCol"], choice, &["tileProperties", "datetime", "fTile", "lang"]];
    [
        (
            set.clone(),
            Operation {
                id: format!("{id}.getTileSet"),
                tag: "Tiles",
                summary: format!("{title}: tileset"),
                parameters: shared(&[choice, &["fTileset", "lang"]].concat()),
                content: answer(JSON.mime, "document"),
            },
        ),
        (
            format!("{set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"),
            Operation {
                id: format!("{id}.getTile"),
                tag: "Tiles",
                summary: format!("{title}: tile"),
                parameters: shared(&tile.concat()).into_iter().chain(filter).collect(),
                content: json!({ MVT.mime: { "schema": { "type": "string", "format": "binary" } } }),
            },
        ),
    ]
}

fn of_collection(ask: &Ask, layer: &Layer) -> Vec<(String, Operation<'static>)> {
    let title = ask.language.of(&layer.title);
    let at = |path: &str| format!("/collections/{}{path}", encode(&layer.name));
    let id = |operation: &str| format!("{}.{operation}", layer.name);
    let mut item = shared(&["featureId", "datetime", "skipGeometry", "fItems", "lang"]);
    item.extend(of_item(layer));
    let schema = |operation: &str, path: &str| {
        (
            at(path),
            Operation {
                id: id(operation),
                tag: "Schemas",
                summary: format!("{title}: {}", path.trim_start_matches('/')),
                parameters: shared(&["fOnlyJson", "lang"]),
                content: answer(SCHEMA.mime, "document"),
            },
        )
    };
    let mut all = vec![
        (
            at(""),
            Operation {
                id: id("describeCollection"),
                tag: "Features",
                summary: title.to_owned(),
                parameters: shared(&["fJson", "lang"]),
                content: answer_or_page(JSON.mime, "collection"),
            },
        ),
        (
            at("/items"),
            Operation {
                id: id("getFeatures"),
                tag: "Features",
                summary: format!("{title}: items"),
                parameters: of_items(layer),
                content: with_files(answer_or_page(GEOJSON.mime, "featureCollectionGeoJSON")),
            },
        ),
        (
            at("/items/{featureId}"),
            Operation {
                id: id("getFeature"),
                tag: "Features",
                summary: format!("{title}: item"),
                parameters: item,
                content: answer_or_page(GEOJSON.mime, "featureGeoJSON"),
            },
        ),
        schema("getSchema", "/schema"),
        schema("getQueryables", "/queryables"),
        schema("getSortables", "/sortables"),
    ];
    if layer.geometry.is_some() {
        all.push((
            at("/tiles"),
            Operation {
                id: id("collection.vector.getTileSetsList"),
                tag: "Tiles",
                summary: format!("{title}: tilesets"),
                parameters: shared(&["fOnlyJson", "lang"]),
                content: answer(JSON.mime, "tileSets"),
            },
        ));
        all.extend(tiles(&at(""), &id("collection.vector"), title, &[], of_filter(layer)));
    }
    all
}
