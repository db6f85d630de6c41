//! Vector tiles (OGC API Tiles) and their descriptions.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Map, Value, json};

use super::query;
use super::reply::{self, Head, Link};
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::{JSON, MVT, Media, TILEJSON};
use crate::layers::extent::Extent;
use crate::layers::filter::Filter;
use crate::layers::request::Request;
use crate::layers::tile::{HALF_SQUARE_M, MAX_ZOOM, Place};
use crate::layers::{Geometry, Layer, Text};
use crate::problem::{Error, Result};

const WEB_MERCATOR: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const QUAD: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
/// Scale of zoom 0 for pixels of 0.28 mm, by the definition of `WebMercatorQuad`.
const SCALE_0: f64 = 559_082_264.028_717_3;
/// Pixels of a tile's side.
const TILE_PIXELS: f64 = 256.0;
/// All that Web Mercator shows, in degrees: the extent of layers that have none of their own.
const WORLD: [f64; 4] = [-180.0, -85.051_128_779, 180.0, 85.051_128_779];
/// Most layers in one tile.
const MAX_LAYERS: usize = 32;

/// `GET /ogc/tileMatrixSets`
pub async fn matrix_sets(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[JSON])?;
    let this = Link::new(
        &ask,
        "self",
        JSON.mime,
        ask.link("/ogc/tileMatrixSets/WebMercatorQuad"),
        "Definición",
        "Definition",
    );
    let document = json!({
        "tileMatrixSets": [{
            "id": "WebMercatorQuad", "title": "Google Maps Compatible for the World", "uri": QUAD, "crs": WEB_MERCATOR,
            "links": reply::links(&ask, &[this]),
        }],
        "links": reply::links(&ask, &reply::own_links(&ask, media, &[JSON])),
    });
    Ok(Head::new(media, None).document(&ask, document))
}

/// `GET /ogc/tileMatrixSets/WebMercatorQuad`
pub async fn web_mercator_quad(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[JSON])?;
    let matrices: Vec<Value> = (0..=MAX_ZOOM)
        .map(|zoom| {
            let side = f64::from(1_u32 << zoom);
            json!({
                "id": zoom.to_string(),
                "scaleDenominator": SCALE_0 / side,
                "cellSize": 2.0 * HALF_SQUARE_M / TILE_PIXELS / side,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-HALF_SQUARE_M, HALF_SQUARE_M],
                "tileWidth": 256, "tileHeight": 256, "matrixWidth": 1_u32 << zoom, "matrixHeight": 1_u32 << zoom,
            })
        })
        .collect();
    let document = json!({
        "id": "WebMercatorQuad", "title": "Google Maps Compatible for the World", "uri": QUAD, "crs": WEB_MERCATOR,
        "orderedAxes": ["X", "Y"], "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
        "links": reply::links(&ask, &reply::own_links(&ask, media, &[JSON])),
    });
    Ok(Head::new(media, None).document(&ask, document))
}

/// `GET /ogc/collections/{id}/tiles`
pub async fn collection_tilesets(Path(id): Path<String>, mut ask: Ask) -> Result<Response> {
    let layer = with_geometry(&ask, &id).await?;
    let media = ask.only_media(&[JSON])?;
    let path = format!("/ogc/collections/{}/tiles", encode(&layer.name));
    let title = ask.language.of(&layer.title).to_owned();
    list(&ask, media, &path, &title, &[layer]).await
}

/// `GET /ogc/tiles`
pub async fn tilesets(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[JSON])?;
    let layers = chosen(&ask, None).await?;
    list(&ask, media, "/ogc/tiles", ask.language.of(&super::landing::title()), &layers).await
}

async fn list(ask: &Ask, media: Media, path: &str, title: &str, layers: &[Arc<Layer>]) -> Result<Response> {
    let notice = ask.source.catalogue.current().await?.notice();
    let around = extent_of(ask, layers).await;
    let set = ask.link(&format!("{path}/WebMercatorQuad"));
    let links = [
        Link::new(ask, "self", JSON.mime, set, "Descripción del conjunto", "Description of the tileset"),
        Link::new(
            ask,
            SCHEME,
            JSON.mime,
            ask.link("/ogc/tileMatrixSets/WebMercatorQuad"),
            "Esquema de teselas",
            "Tiling scheme",
        ),
        template(ask, path),
    ];
    let document = json!({
        "tilesets": [{
            "title": title, "dataType": "vector", "crs": WEB_MERCATOR, "tileMatrixSetURI": QUAD, "tileMatrixSetId": "WebMercatorQuad",
            "tileMatrixSetLimits": limits(around.unwrap_or(WORLD)),
            "links": links.iter().map(|link| templated(ask, link)).collect::<Value>(),
        }],
        "links": reply::links(ask, &reply::own_links(ask, media, &[JSON])),
    });
    Ok(Head::new(media, notice).document(ask, document))
}

fn template(ask: &Ask, path: &str) -> Link {
    let href = format!("{}{path}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?f=mvt", ask.base);
    Link::new(ask, "item", MVT.mime, href, "Teselas", "Tiles")
}

fn templated(ask: &Ask, link: &Link) -> Value {
    let mut document = link.json(ask);
    if link.rel == "item" {
        document["templated"] = json!(true);
    }
    document
}

/// `GET /ogc/collections/{id}/tiles/WebMercatorQuad`
pub async fn collection_tileset(Path(id): Path<String>, mut ask: Ask) -> Result<Response> {
    let layer = with_geometry(&ask, &id).await?;
    let media = ask.only_media(&[JSON, TILEJSON])?;
    let path = format!("/ogc/collections/{}/tiles", encode(&layer.name));
    let title = Text { es: layer.title.es.clone(), en: layer.title.en.clone() };
    describe(&ask, media, &path, "", &title, &[layer]).await
}

/// `GET /ogc/tiles/WebMercatorQuad`
pub async fn tileset(mut ask: Ask) -> Result<Response> {
    let wanted = ask.parameters.take("collections");
    let media = ask.only_media(&[JSON, TILEJSON])?;
    let layers = chosen(&ask, wanted.as_deref()).await?;
    let query = wanted.map(|names| format!("&collections={}", encode(&names))).unwrap_or_default();
    describe(&ask, media, "/ogc/tiles", &query, &super::landing::title(), &layers).await
}

async fn describe(
    ask: &Ask,
    media: Media,
    path: &str,
    query: &str,
    title: &Text,
    layers: &[Arc<Layer>],
) -> Result<Response> {
    let notice = ask.source.catalogue.current().await?.notice();
    let around = extent_of(ask, layers).await;
    let tiles = format!("{}{path}/WebMercatorQuad", ask.base);
    if media == TILEJSON {
        let document = json!({
            "tilejson": "3.0.0",
            "name": ask.language.of(title),
            "attribution": notice.as_ref().map(|notice| ask.language.of(notice)),
            "tiles": [format!("{tiles}/{{z}}/{{y}}/{{x}}?f=mvt{query}")],
            "minzoom": 0, "maxzoom": MAX_ZOOM, "bounds": around.unwrap_or(WORLD),
            "vector_layers": layers.iter().map(|layer| vector_layer(ask, layer)).collect::<Value>(),
        });
        return Ok(Head::new(media, notice).document(ask, document));
    }
    let mut links = reply::own_links(ask, media, &[JSON, TILEJSON]);
    links.push(Link::new(
        ask,
        SCHEME,
        JSON.mime,
        ask.link("/ogc/tileMatrixSets/WebMercatorQuad"),
        "Esquema de teselas",
        "Tiling scheme",
    ));
    let mut tile = template(ask, path);
    tile.href.push_str(query);
    links.push(tile);
    let mut document = json!({
        "title": ask.language.of(title),
        "attribution": notice.as_ref().map(|notice| ask.language.of(notice)),
        "dataType": "vector", "crs": WEB_MERCATOR, "tileMatrixSetURI": QUAD,
        "tileMatrixSetLimits": limits(around.unwrap_or(WORLD)),
        "layers": layers.iter().map(|layer| tileset_layer(ask, layer)).collect::<Value>(),
        "links": links.iter().map(|link| templated(ask, link)).collect::<Value>(),
    });
    if let Some([west, south, east, north]) = around {
        document["boundingBox"] = json!({
            "lowerLeft": [west, south], "upperRight": [east, north], "crs": crate::layers::crs::CRS84,
        });
    }
    Ok(Head::new(media, notice).document(ask, document))
}

fn drop_nulls(document: &mut Value) {
    if let Value::Object(members) = document {
        members.retain(|_, value| !value.is_null());
    }
}

/// The box around all layers, where they are anywhere.
async fn extent_of(ask: &Ask, layers: &[Arc<Layer>]) -> Option<[f64; 4]> {
    let extents: Vec<Extent> =
        futures_util::future::join_all(layers.iter().map(|layer| ask.source.catalogue.extent(layer))).await;
    extents.iter().filter_map(|extent| extent.rectangle).reduce(|one, other| {
        [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
    })
}

/// The tiles of each zoom that meet the box.
fn limits([west, south, east, north]: [f64; 4]) -> Value {
    (0..=MAX_ZOOM)
        .map(|zoom| {
            let side = f64::from(1_u32 << zoom);
            let index = |share: f64| (share * side).floor().clamp(0.0, side - 1.0);
            let column = |longitude: f64| index((longitude + 180.0) / 360.0);
            let row = |latitude: f64| {
                let latitude = latitude.clamp(WORLD[1], WORLD[3]).to_radians();
                index((1.0 - latitude.tan().asinh() / std::f64::consts::PI) / 2.0)
            };
            json!({
                "tileMatrix": zoom.to_string(),
                "minTileRow": whole(row(north)), "maxTileRow": whole(row(south)),
                "minTileCol": whole(column(west)), "maxTileCol": whole(column(east)),
            })
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the rows of a zoom")]
fn whole(index: f64) -> u32 {
    index as u32
}

fn fields(ask: &Ask, layer: &Layer) -> Map<String, Value> {
    layer.columns.iter().map(|column| (column.name.clone(), json!(ask.language.of(&column.title)))).collect()
}

fn vector_layer(ask: &Ask, layer: &Layer) -> Value {
    json!({
        "id": layer.name, "description": ask.language.of(&layer.title), "minzoom": 0, "maxzoom": MAX_ZOOM,
        "fields": fields(ask, layer),
    })
}

fn tileset_layer(ask: &Ask, layer: &Layer) -> Value {
    let properties: Map<String, Value> = layer
        .columns
        .iter()
        .map(|column| {
            (
                column.name.clone(),
                json!({ "type": column.kind.schema().0, "title": ask.language.of(&column.title) }),
            )
        })
        .collect();
    let mut document = json!({
        "id": layer.name, "title": ask.language.of(&layer.title), "dataType": "vector",
        "geometryDimension": layer.geometry.as_ref().and_then(Geometry::dimension),
        "minTileMatrix": "0", "maxTileMatrix": MAX_ZOOM.to_string(),
        "propertiesSchema": { "type": "object", "properties": properties },
    });
    drop_nulls(&mut document);
    document
}

type Zxy = (String, String, String);

/// `GET /ogc/collections/{id}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`
pub async fn collection_tile(
    Path((id, zoom, row, column)): Path<(String, String, String, String)>,
    mut ask: Ask,
) -> Result<Response> {
    let layer = with_geometry(&ask, &id).await?;
    cut(&mut ask, &[layer], &(zoom, row, column)).await
}

/// `GET /ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}`
pub async fn tile(Path(place): Path<Zxy>, mut ask: Ask) -> Result<Response> {
    let wanted = ask.parameters.take("collections");
    let layers = chosen(&ask, wanted.as_deref()).await?;
    cut(&mut ask, &layers, &place).await
}

async fn cut(ask: &mut Ask, layers: &[Arc<Layer>], place: &Zxy) -> Result<Response> {
    let media = ask.media(&[MVT])?;
    let mut request = Request::all(Utc::now().into());
    if let Some(moment) = ask.recorded_as_of()? {
        request = request.recorded_at(moment);
    }
    request.when = query::when(&mut ask.parameters)?;
    request.properties =
        ask.parameters.take("properties").map(|text| selection(layers, &text)).transpose()?;
    request.filter = filter(ask, layers)?;
    ask.parameters.finish()?;
    let outside = || Error::NotFound("there is no such tile in WebMercatorQuad".to_owned());
    let place = self::place(place).ok_or_else(outside)?;
    let notice = ask.source.catalogue.current().await?.notice();
    let bytes = ask.source.tile(layers, place, &request).await?;
    if bytes.is_empty() {
        // OGC API Tiles, 1.0: an empty tile of the pyramid is 204, not an error.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(Head::new(media, notice).whole(ask, bytes))
}

/// A filter speaks of the properties of one collection.
fn filter(ask: &mut Ask, layers: &[Arc<Layer>]) -> Result<Option<Arc<Filter>>> {
    match layers {
        [layer] => query::filter(layer, &mut ask.parameters),
        _ => match ask.parameters.take("filter") {
            None => Ok(None),
            Some(_) => Err(Error::bad(
                "filter",
                "es: trata de una sola colección: nómbrela con collections | en: speaks of one collection: name it with collections",
            )),
        },
    }
}

/// The properties that `properties` names; each belongs to at least one of the layers.
fn selection(layers: &[Arc<Layer>], text: &str) -> Result<Vec<String>> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            if layers.iter().any(|layer| layer.property(name).is_some()) {
                Ok(name.to_owned())
            } else {
                Err(Error::bad("properties", format!("`{name}` is not a property of this tile's layers")))
            }
        })
        .collect()
}

fn place((zoom, row, column): &Zxy) -> Option<Place> {
    let number = |text: &str| -> Option<u32> {
        let number: u32 = text.parse().ok()?;
        (number.to_string() == text).then_some(number)
    };
    Place::new(u8::try_from(number(zoom)?).ok()?, number(row)?, number(column)?)
}

async fn with_geometry(ask: &Ask, id: &str) -> Result<Arc<Layer>> {
    let layer = ask.source.catalogue.layer(id).await?;
    if layer.geometry.is_none() {
        return Err(Error::NotFound(format!("collection `{id}` has no geometry, so it has no tiles")));
    }
    Ok(layer)
}

/// The layers that `collections` names; all that fit when it is absent.
async fn chosen(ask: &Ask, names: Option<&str>) -> Result<Vec<Arc<Layer>>> {
    let Some(names) = names else {
        let snapshot = ask.source.catalogue.current().await?;
        return Ok(snapshot
            .served()
            .filter(|layer| layer.geometry.is_some())
            .take(MAX_LAYERS)
            .cloned()
            .collect());
    };
    let mut layers: Vec<Arc<Layer>> = Vec::new();
    for name in names.split(',') {
        let layer = match with_geometry(ask, name).await {
            Err(Error::NotFound(detail)) => return Err(Error::bad("collections", detail)),
            other => other?,
        };
        if !layers.iter().any(|other| other.name == layer.name) {
            layers.push(layer);
        }
    }
    if layers.len() > MAX_LAYERS {
        return Err(Error::bad("collections", format!("names more than {MAX_LAYERS} collections")));
    }
    Ok(layers)
}
