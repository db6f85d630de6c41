//! The collections: one for each layer.

use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::pages;
use super::reply::{self, Head, Link};
use crate::exports;
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::{GEOJSON, HTML, JSON, Media, SCHEMA};
use crate::layers::extent::Extent;
use crate::layers::{Layer, Text, crs};
use crate::problem::Result;

/// `GET /ogc/collections`
pub async fn list(mut ask: Ask) -> Result<Response> {
    let offered = [JSON, HTML];
    let media = ask.only_media(&offered)?;
    let snapshot = ask.source.catalogue.current().await?;
    let notice = snapshot.notice();
    let head = Head::new(media, notice.clone());
    if media == HTML {
        return pages::collections(&ask, &head, snapshot.served().map(AsRef::as_ref));
    }
    let layers: Vec<&Arc<Layer>> = snapshot.served().collect();
    let extents =
        futures_util::future::join_all(layers.iter().map(|layer| ask.source.catalogue.extent(layer))).await;
    let collections: Vec<Value> = layers
        .iter()
        .zip(extents)
        .map(|(layer, extent)| {
            let href = ask.link(&format!("/ogc/collections/{}", encode(&layer.name)));
            let this = Link::new(&ask, "self", JSON.mime, href, "Esta capa", "This layer");
            collection(&ask, layer, extent, notice.as_ref(), vec![this])
        })
        .collect();
    let document = json!({
        "links": reply::links(&ask, &reply::own_links(&ask, media, &offered)),
        "attribution": notice.as_ref().map(|notice| ask.language.of(notice)),
        "collections": collections,
    });
    Ok(head.document(&ask, document))
}

/// `GET /ogc/collections/{id}`
pub async fn show(Path(id): Path<String>, mut ask: Ask) -> Result<Response> {
    let offered = [JSON, HTML];
    let media = ask.only_media(&offered)?;
    let layer = ask.source.catalogue.layer(&id).await?;
    let notice = ask.source.catalogue.current().await?.notice();
    let extent = ask.source.catalogue.extent(&layer).await;
    let head = Head::new(media, notice.clone());
    if media == HTML {
        return pages::collection(&ask, &head, &layer, extent, &parts(&ask, &layer));
    }
    let document = collection(&ask, &layer, extent, notice.as_ref(), reply::own_links(&ask, media, &offered));
    Ok(head.document(&ask, document))
}

fn collection(
    ask: &Ask,
    layer: &Layer,
    extent: Extent,
    notice: Option<&Text>,
    mut links: Vec<Link>,
) -> Value {
    links.extend(parts(ask, layer));
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("id", json!(layer.name));
    set("title", json!(ask.language.of(&layer.title)));
    set("description", json!(reply::with_notice(ask, notice, ask.language.of(&layer.description))));
    if let Some(notice) = notice {
        set("attribution", json!(ask.language.of(notice)));
    }
    // Rows without a place are records: a client that takes features for spatial then leaves their CRS alone.
    set("itemType", json!(if layer.geometry.is_some() { "feature" } else { "record" }));
    if let Some(extent) = extent_json(extent) {
        set("extent", extent);
    }
    // Features without geometry have no reference system; a client would look for what to transform.
    if layer.geometry.is_some() {
        set("crs", layer.crs.iter().map(|crs| crs.uri.as_str()).collect());
        set("storageCrs", json!(layer.crs[layer.storage_crs].uri));
    }
    set("links", reply::links(ask, &links));
    Value::Object(document)
}

/// Links from a collection to everything that is made of it.
fn parts(ask: &Ask, layer: &Layer) -> Vec<Link> {
    let at = |path: &str| ask.link(&format!("/ogc/collections/{}{path}", encode(&layer.name)));
    let rel = |rel, mime, path: &str, es: &str, en: &str| Link::new(ask, rel, mime, at(path), es, en);
    let mut links = vec![
        rel("items", GEOJSON.mime, "/items?f=geojson", "Objetos como GeoJSON", "Features as GeoJSON"),
        rel("items", HTML.mime, "/items?f=html", "Objetos como página", "Features as a page"),
        rel("http://www.opengis.net/def/rel/ogc/1.0/schema", SCHEMA.mime, "/schema", "Esquema", "Schema"),
        rel(
            "http://www.opengis.net/def/rel/ogc/1.0/queryables",
            SCHEMA.mime,
            "/queryables",
            "Campos para filtrar",
            "Queryables",
        ),
        rel(
            "http://www.opengis.net/def/rel/ogc/1.0/sortables",
            SCHEMA.mime,
            "/sortables",
            "Campos para ordenar",
            "Sortables",
        ),
    ];
    links.extend(downloads(ask, layer));
    // GDAL takes a `describedby` of the types application/xml and JSON for a schema; these are neither.
    let file = |mime, name: &str, es: &str, en: &str| {
        let href = ask.link(&format!("/capas/{}/{name}", encode(&layer.name)));
        Link::new(ask, "describedby", mime, href, es, en)
    };
    links.push(file("application/ld+json", "metadatos.jsonld", "Metadatos DCAT", "Metadata, DCAT"));
    links.push(file(
        "application/vnd.iso.19139+xml",
        "metadatos.xml",
        "Metadatos ISO 19139",
        "Metadata, ISO 19139",
    ));
    if layer.geometry.is_some() {
        let tilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
        links.push(rel(tilesets, JSON.mime, "/tiles", "Teselas vectoriales", "Vector tiles"));
        links.push(rel("tilejson", JSON.mime, "/tiles/WebMercatorQuad?f=tilejson", "TileJSON", "TileJSON"));
    }
    links
}

/// The whole layer as files, in the system that it is stored in where the format holds it.
fn downloads(ask: &Ask, layer: &Layer) -> Vec<Link> {
    let link = |(media, address): (Media, String)| {
        let (es, en) = (format!("Objetos como {}", media.f), format!("Features as {}", media.f));
        Link::new(ask, "enclosure", media.mime, ask.link(&address), &es, &en)
    };
    exports::downloads(layer).into_iter().map(link).collect()
}

fn extent_json(extent: Extent) -> Option<Value> {
    let mut document = Map::new();
    if let Some(rectangle) = extent.rectangle {
        document.insert("spatial".to_owned(), json!({ "bbox": [rectangle], "crs": crs::CRS84 }));
    }
    if let Some((from, to)) = extent.period {
        let from = from.map(|day| format!("{day}T00:00:00-05:00"));
        let to = to.map(|day| format!("{day}T23:59:59-05:00"));
        let trs = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
        document.insert("temporal".to_owned(), json!({ "interval": [[from, to]], "trs": trs }));
    }
    (!document.is_empty()).then_some(Value::Object(document))
}
