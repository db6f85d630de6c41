//! Schemas of a collection (Features Part 5): what is returned, what can be compared, what can be sorted by.

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::reply::Head;
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::SCHEMA;
use crate::layers::{Column, Geometry, Kind, Layer};
use crate::problem::Result;

/// `GET /ogc/collections/{id}/schema`
pub async fn schema(Path(id): Path<String>, ask: Ask) -> Result<Response> {
    show(&id, ask, "schema").await
}

/// `GET /ogc/collections/{id}/queryables`
pub async fn queryables(Path(id): Path<String>, ask: Ask) -> Result<Response> {
    show(&id, ask, "queryables").await
}

/// `GET /ogc/collections/{id}/sortables`
pub async fn sortables(Path(id): Path<String>, ask: Ask) -> Result<Response> {
    show(&id, ask, "sortables").await
}

async fn show(id: &str, mut ask: Ask, which: &str) -> Result<Response> {
    let layer = ask.source.catalogue.layer(id).await?;
    let media = ask.only_media(&[SCHEMA])?;
    let notice = ask.source.catalogue.current().await?.notice();
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}/ogc/collections/{}/{which}", ask.base, encode(&layer.name)),
        "type": "object",
        "title": ask.language.of(&layer.title),
        "description": ask.language.of(&layer.description),
        "properties": properties(&ask, &layer, which),
        "required": required(&layer, which),
        "additionalProperties": false,
    });
    Ok(Head::new(media, notice).document(&ask, document))
}

/// What a new feature must have; absent where the asker writes none.
fn required(layer: &Layer, which: &str) -> Value {
    let Some(door) = layer.open_door().filter(|_| which == "schema") else { return Value::Null };
    let columns = layer.columns.iter().map(|column| &column.name);
    let columns = columns.chain(layer.geometry.as_ref().map(|geometry| &geometry.column));
    columns.filter(|name| door.requires(name)).map(|name| json!(name)).collect()
}

/// Whether the asker may set the column.
fn is_received(layer: &Layer, column: &str) -> bool {
    layer.open_door().is_some_and(|door| door.receives(column))
}

fn properties(ask: &Ask, layer: &Layer, which: &str) -> Value {
    let mut all = Map::new();
    let mut place = 0;
    let wanted = |column: &&Column| match which {
        // Lists and structures are compared with a_contains and its kin.
        "sortables" => column.kind.is_sortable(),
        _ => true,
    };
    for column in std::iter::once(&layer.id).chain(&layer.columns).filter(wanted) {
        place += 1;
        all.insert(column.name.clone(), property(ask, layer, column, place));
    }
    if which != "sortables"
        && let Some(geometry) = &layer.geometry
    {
        all.insert(geometry.column.clone(), shape(ask, layer, geometry, place + 1));
    }
    Value::Object(all)
}

/// A property; read-only where the asker does not write it.
fn property(ask: &Ask, layer: &Layer, column: &Column, place: usize) -> Value {
    let mut schema = Map::new();
    let mut set = |name: &str, value: Value| schema.insert(name.to_owned(), value);
    set("title", json!(ask.language.of(&column.title)));
    if column.is_array() {
        set("type", json!("array"));
    } else if column.kind != Kind::Json {
        let (kind, format) = column.kind.schema();
        set("type", json!(kind));
        if let Some(format) = format {
            set("format", json!(format));
        }
    }
    if let Some(role) = column.role {
        set("x-ogc-role", json!(role));
    }
    if let Some(unit) = &column.unit {
        set("x-ogc-unit", json!(unit));
    }
    set("x-ogc-propertySeq", json!(place));
    if !is_received(layer, &column.name) {
        set("readOnly", json!(true));
    }
    Value::Object(schema)
}

fn shape(ask: &Ask, layer: &Layer, geometry: &Geometry, place: usize) -> Value {
    let known = [
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
    ];
    let name = geometry.kind.trim_end_matches(['Z', 'M']);
    let format = known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map_or("geometry-any".to_owned(), |known| format!("geometry-{}", known.to_lowercase()));
    let title = if ask.language.tag() == "es" { "Geometría" } else { "Geometry" };
    let mut schema = json!({
        "title": title, "format": format, "x-ogc-role": "primary-geometry", "x-ogc-propertySeq": place,
    });
    if !is_received(layer, &geometry.column) {
        schema["readOnly"] = json!(true);
    }
    schema
}
