//! The operations that write a layer (Features Part 4), where the asker may.

use serde_json::{Map, Value, json};

use super::parameters::shared_one;
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::GEOJSON;
use crate::layers::{Column, Door, Layer};

/// Path, method and operation of each.
pub(super) fn of_layer(ask: &Ask, layer: &Layer) -> Vec<(String, &'static str, Value)> {
    let Some(door) = layer.open_door() else { return Vec::new() };
    let items = format!("/collections/{}/items", encode(&layer.name));
    let item = format!("{items}/{{featureId}}");
    let mut all = Vec::new();
    if door.may.create {
        all.push((items, "post", operation(ask, layer, door, &CREATE)));
    }
    if door.may.replace {
        all.push((item.clone(), "put", operation(ask, layer, door, &REPLACE)));
    }
    if door.may.delete {
        all.push((item, "delete", operation(ask, layer, door, &DELETE)));
    }
    all
}

/// What the operations differ in.
struct Kind {
    id: &'static str,
    es: &'static str,
    en: &'static str,
    success: (&'static str, &'static str),
    has_body: bool,
    is_of_item: bool,
}

const CREATE: Kind = Kind {
    id: "createFeature",
    es: "crear",
    en: "create",
    success: ("201", "Created; `Location` has its address, `ETag` its version."),
    has_body: true,
    is_of_item: false,
};
const REPLACE: Kind = Kind {
    id: "replaceFeature",
    es: "reemplazar",
    en: "replace",
    success: ("200", "Replaced; `ETag` has its version."),
    has_body: true,
    is_of_item: true,
};
const DELETE: Kind = Kind {
    id: "deleteFeature",
    es: "retirar",
    en: "delete",
    success: ("204", "Gone, or retired where the law knows no deletion."),
    has_body: false,
    is_of_item: true,
};

fn operation(ask: &Ask, layer: &Layer, door: &Door, kind: &Kind) -> Value {
    let verb = if ask.language.tag() == "es" { kind.es } else { kind.en };
    let mut success = json!({ "description": kind.success.1 });
    if kind.has_body {
        let written = json!({ "type": "object", "required": ["id", "version"], "properties": {
            "id": { "oneOf": [{ "type": "string" }, { "type": "integer" }] }, "version": { "type": "integer" } } });
        success["content"] = json!({ "application/json": { "schema": written } });
    }
    let mut responses = Map::from_iter([(kind.success.0.to_owned(), success)]);
    let failures = [
        ("400", "BadRequest"),
        ("401", "Unauthorized"),
        ("403", "Forbidden"),
        ("404", "NotFound"),
        ("409", "Conflict"),
        ("412", "PreconditionFailed"),
        ("422", "RulesBroken"),
        ("428", "PreconditionRequired"),
        ("500", "ServerError"),
        ("503", "Overloaded"),
    ];
    for (status, name) in
        failures.iter().filter(|(status, _)| kind.is_of_item || !["412", "428"].contains(status))
    {
        responses.insert((*status).to_owned(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    let mut operation = json!({
        "operationId": format!("{}.{}", layer.name, kind.id), "tags": ["Features"],
        "summary": format!("{}: {verb}", ask.language.of(&layer.title)),
        "parameters": parameters(layer, kind), "responses": responses,
    });
    if kind.has_body {
        operation["requestBody"] =
            json!({ "required": true, "content": { GEOJSON.mime: { "schema": feature(ask, layer, door) } } });
    }
    operation
}

fn parameters(layer: &Layer, kind: &Kind) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let header = |name: &str, description: &str, schema: &Value| json!({ "name": name, "in": "header", "description": description, "required": false, "schema": schema });
    let query = |name: &str, description: &str, schema: &Value| json!({ "name": name, "in": "query", "description": description, "required": false, "schema": schema });
    let mut all = vec![
        header("Predio-Reason", "Why, for the journal; one of header and parameter is required.", &text),
        query("reason", "Why, for a client that cannot send the header.", &text),
        header("Idempotency-Key", "A random UUID; the same write with the same key is done once.", &text),
    ];
    if kind.has_body && kind.is_of_item {
        all.push(query(
            "correction",
            "Puts right what was recorded, for the whole period of the version, instead of beginning another one today.",
            &json!({ "type": "boolean", "default": false }),
        ));
    }
    if kind.has_body {
        let uris: Vec<&str> = layer.crs.iter().map(|crs| crs.uri.as_str()).collect();
        let schema = json!({ "type": "string", "enum": uris.iter().map(|uri| format!("<{uri}>")).collect::<Vec<_>>() });
        all.push(header("Content-Crs", "Reference system of the positions; CRS84 without it.", &schema));
    }
    if kind.is_of_item {
        all.insert(0, shared_one("featureId"));
        all.push(header(
            "If-Match",
            "The tag of the feature that the writer saw, or its version in quotes.",
            &text,
        ));
        let version = json!({ "type": "integer" });
        all.push(query(
            "version",
            "The version that the writer saw, for a client that cannot send If-Match.",
            &version,
        ));
    }
    all
}

/// The feature that is taken: the properties that a writer sets, and the version that it saw.
fn feature(ask: &Ask, layer: &Layer, door: &Door) -> Value {
    let mut properties = Map::new();
    for column in layer.columns.iter().filter(|column| door.receives(&column.name)) {
        properties.insert(column.name.clone(), property(ask, column, door));
    }
    properties.insert("version".to_owned(), json!({ "type": "integer" }));
    let required: Vec<&str> =
        layer.columns.iter().map(|column| column.name.as_str()).filter(|name| door.requires(name)).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    json!({
        "type": "object", "required": ["type", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "geometry": { "$ref": "#/components/schemas/geometryGeoJSON" },
            "properties": schema,
        },
    })
}

fn property(ask: &Ask, column: &Column, door: &Door) -> Value {
    let (kind, format) = column.kind.schema();
    let mut schema = json!({ "type": kind, "title": ask.language.of(&column.title) });
    if let Some(format) = format {
        schema["format"] = json!(format);
    }
    if !door.requires(&column.name) {
        schema["nullable"] = json!(true);
    }
    schema
}
