//! `/capas`, `/capas/{layer}`, `/acerca`, and the style sheet.

use askama::Template;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::shell::{Page, reply};
use super::store;
use super::words::{self, Words};
use crate::access::Permission;
use crate::app::App;
use crate::exports::{self, FileFormat};
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::HTML;
use crate::http::routes::Routes;
use crate::layers::extent::Extent;
use crate::layers::{Column, Layer};
use crate::problem::Result;

/// The pages about the data.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/assets/predio.css", Permission::Public, style)
        .get("/capas", Permission::Public, layers)
        .get("/capas/{layer}", Permission::Public, layer)
        .merge(super::account::routes())
        .merge(super::downloads::routes())
        .get("/acerca", Permission::Public, about)
}

async fn style(ask: Ask) -> Response {
    let css = include_str!("../../templates/predio.css");
    let tag = crate::http::etag::of(css.as_bytes());
    let headers = [(header::CACHE_CONTROL, "max-age=300".parse()), (header::ETAG, Ok(tag.clone()))];
    let mut response = if crate::http::etag::is_known(&ask.headers, &tag) {
        axum::http::StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
    };
    for (name, value) in headers {
        if let Ok(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

// The list of layers -----------------------------------------------------------------------------------

struct LayerRow {
    href: String,
    title: String,
    description: String,
    count: String,
    dates: String,
    extent: String,
}

#[derive(Template)]
#[template(path = "pages/layers.html")]
struct LayersPage {
    page: Page,
    downloads: String,
    rows: Vec<LayerRow>,
}

async fn layers(mut ask: Ask) -> Result<Response> {
    ask.only_media(&[HTML])?;
    let snapshot = ask.source.catalogue.current().await?;
    let layers: Vec<_> = snapshot.served().collect();
    let extents = layers.iter().map(|layer| ask.source.catalogue.extent(layer));
    let extents = futures_util::future::join_all(extents).await;
    let words = words::of(ask.language);
    let mut rows: Vec<_> =
        layers.iter().zip(extents).map(|(layer, extent)| layer_row(&ask, words, layer, extent)).collect();
    rows.sort_by(|a, b| a.title.cmp(&b.title));
    let notice = snapshot.notice();
    let page = Page::new(&ask, notice.as_ref(), words.layers_title).also(
        "application/json",
        ask.link("/ogc/collections?f=json"),
        "JSON",
    );
    reply(&ask, notice, &LayersPage { page, downloads: ask.link("/descargas"), rows })
}

fn layer_row(ask: &Ask, words: &Words, layer: &Layer, extent: Extent) -> LayerRow {
    LayerRow {
        href: ask.link(&format!("/capas/{}", encode(&layer.name))),
        title: ask.language.of(&layer.title).to_owned(),
        description: ask.language.of(&layer.description).to_owned(),
        count: count(extent),
        dates: dates(words, extent),
        extent: rectangle(words, layer, extent),
    }
}

fn count(extent: Extent) -> String {
    extent.count.map(|count| count.to_string()).unwrap_or_default()
}

fn dates(words: &Words, extent: Extent) -> String {
    let Some((first, last)) = extent.period else { return String::new() };
    let day = |day: Option<chrono::NaiveDate>, open: &str| {
        day.map_or_else(|| open.to_owned(), |day| day.to_string())
    };
    format!("{} – {}", day(first, "…"), day(last, words.today))
}

fn rectangle(words: &Words, layer: &Layer, extent: Extent) -> String {
    match extent.rectangle {
        _ if layer.geometry.is_none() => words.no_geometry.to_owned(),
        Some(sides) => sides.map(|side| format!("{side:.4}")).join(", "),
        None => String::new(),
    }
}

// One layer --------------------------------------------------------------------------------------------

struct TextLink {
    href: String,
    text: &'static str,
}

/// The files that the layer can be fetched as.
fn files(ask: &Ask, words: &Words, layer: &Layer) -> Vec<TextLink> {
    let text = |media| match exports::media_of(media) {
        Some(FileFormat::FlatGeobuf) => words.file_fgb,
        Some(FileFormat::Shapefile) => words.file_shp,
        Some(FileFormat::Kml) => words.file_kml,
        Some(FileFormat::Dxf) => words.file_dxf,
        #[cfg(feature = "geoparquet")]
        Some(FileFormat::Parquet) => "GeoParquet",
        Some(FileFormat::GeoPackage) | None => words.file_gpkg,
    };
    let links = exports::downloads(layer).into_iter();
    links.map(|(media, address)| TextLink { href: ask.link(&address), text: text(media) }).collect()
}

#[derive(Template)]
#[template(path = "pages/layer.html")]
struct LayerPage {
    page: Page,
    text: String,
    facts: Vec<(&'static str, String)>,
    downloads: Vec<TextLink>,
    service: String,
    ogr: String,
    tiles: Option<String>,
    fields: Vec<(String, String, String, String)>,
}

async fn layer(Path(name): Path<String>, mut ask: Ask) -> Result<Response> {
    ask.only_media(&[HTML])?;
    let layer = ask.source.catalogue.layer(&name).await?;
    let notice = ask.source.catalogue.current().await?.notice();
    let extent = ask.source.catalogue.extent(&layer).await;
    let words = words::of(ask.language);
    let at = format!("{}/ogc/collections/{}", ask.base, encode(&layer.name));
    let page = Page::new(&ask, notice.as_ref(), ask.language.of(&layer.title)).also(
        "application/json",
        format!("{at}?f=json"),
        "JSON",
    );
    let shown = LayerPage {
        page,
        text: ask.language.of(&layer.description).to_owned(),
        facts: facts(&ask, words, &layer, extent),
        downloads: downloads(&ask, words, &layer),
        service: format!("{}/ogc", ask.base),
        ogr: format!("ogr2ogr -t_srs EPSG:32718 {0}.gpkg \"OAPIF:{1}/ogc\" {0}", layer.name, ask.base),
        tiles: layer.geometry.is_some().then(|| format!("{at}/tiles/WebMercatorQuad?f=tilejson")),
        fields: std::iter::once(&layer.id).chain(&layer.columns).map(|column| field(&ask, column)).collect(),
    };
    reply(&ask, notice, &shown)
}

/// Everything that a reader takes of a layer: the choice in the map first, then files, documents, styles, metadata.
fn downloads(ask: &Ask, words: &'static Words, layer: &Layer) -> Vec<TextLink> {
    let name = encode(&layer.name);
    let link = |address: String, text| TextLink { href: format!("{}{address}", ask.base), text };
    let of_collection = |address: &str, text| link(format!("/ogc/collections/{name}{address}"), text);
    // Of the style that has the layer's name; others stand in the project.
    let file = |file: &str, text| link(format!("/capas/{name}/{file}"), text);
    let mut all =
        vec![TextLink { href: ask.link(&format!("/?download={name}")), text: words.choose_download }];
    all.extend(files(ask, words, layer));
    all.extend([
        of_collection("/items?f=csv", words.items_csv),
        of_collection("/items?f=html", words.items_page),
        of_collection("/items?f=json&limit=10000", words.items_json),
        of_collection("/schema", words.schema),
        of_collection("?f=html", words.collection),
        file(&format!("{name}.qlr"), words.qgis_layer),
        file(&format!("{name}.qml"), words.style_qml),
        file("metadatos.json", words.metadata_json),
        file("metadatos.xml", words.metadata_iso),
        file("metadatos.jsonld", words.metadata_dcat),
        link("/proyecto.qgz".to_owned(), words.qgis_project),
    ]);
    all
}

fn facts(ask: &Ask, words: &'static Words, layer: &Layer, extent: Extent) -> Vec<(&'static str, String)> {
    let geometry = layer
        .geometry
        .as_ref()
        .map_or_else(|| words.no_geometry.to_owned(), |geometry| geometry.kind.clone());
    let history = if layer.valid.is_some() { words.history_yes } else { words.history_no };
    let all = [
        (words.name, layer.name.clone()),
        (words.audience, if layer.is_public() { words.everybody } else { words.offices }.to_owned()),
        (words.geometry, geometry),
        (words.storage_crs, layer.crs.get(layer.storage_crs).map(|crs| crs.uri.clone()).unwrap_or_default()),
        (words.count, count(extent)),
        (words.dates, dates(words, extent)),
        (words.history, history.to_owned()),
        (words.extent, rectangle(words, layer, extent)),
        ("OGC API", format!("{}/ogc/collections/{}", ask.base, encode(&layer.name))),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn field(ask: &Ask, column: &Column) -> (String, String, String, String) {
    let unit = column.unit.clone().unwrap_or_default();
    (column.name.clone(), ask.language.of(&column.title).to_owned(), unit, column.sql_type.clone())
}

// About the data ---------------------------------------------------------------------------------------

#[derive(Template)]
#[template(path = "pages/about.html")]
struct AboutPage {
    page: Page,
    sections: &'static [(&'static str, &'static str)],
    districts: Vec<(String, String, &'static str)>,
    norms: Vec<(String, String, String)>,
}

async fn about(mut ask: Ask) -> Result<Response> {
    ask.only_media(&[HTML])?;
    let notice = ask.source.catalogue.current().await?.notice();
    let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
    let (districts, norms) = store::sources(&mut snapshot).await?;
    drop(snapshot);
    let words = words::of(ask.language);
    let certainty = |code: &str, note: Option<String>| {
        let said = match code {
            "V" => words.certainty_v,
            "KS" => words.certainty_ks,
            _ => words.to_confirm,
        };
        note.map_or_else(|| said.to_owned(), |note| format!("{said}. {note}"))
    };
    let shown = AboutPage {
        page: Page::new(&ask, notice.as_ref(), words.about_title),
        // A real cadastre needs no word about invented data.
        sections: if notice.is_some() { &words.about } else { &words.about[1..] },
        districts: districts
            .into_iter()
            .map(|(name, source, sharp)| (name, source, if sharp { "" } else { words.indicative }))
            .collect(),
        norms: norms
            .into_iter()
            .map(|(code, title, sure, note)| (code, title, certainty(&sure, note)))
            .collect(),
    };
    reply(&ask, notice, &shown)
}
