//! `/proyecto.qgz`, and for each layer `/capas/{layer}/{file}`: its styles, its definition, its metadata.

use axum::extract::Path;
use axum::http::header;
use axum::response::Response;
use serde_json::Value;

use super::metadata::Metadata;
use super::project::{self, About, Source};
use super::style::{self, Style};
use super::{qml, sld, store};
use crate::access::Permission;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::attachment;
use crate::http::negotiate::{JSON, Media};
use crate::http::routes::Routes;
use crate::layers::Layer;
use crate::ogc::reply::Head;
use crate::problem::{Error, Result};

const QGZ: Media = Media { f: "qgz", mime: "application/x-qgis-project+zip" };
const QML: Media = Media { f: "qml", mime: "application/vnd.qgis.style+xml" };
const QLR: Media = Media { f: "qlr", mime: "application/vnd.qgis.layer-definition+xml" };
const SLD: Media = Media { f: "sld", mime: "application/vnd.ogc.sld+xml;version=1.1" };
const ISO: Media = Media { f: "xml", mime: "application/vnd.iso.19139+xml" };
const DCAT: Media = Media { f: "jsonld", mime: "application/ld+json" };

/// What desktop programs ask for.
pub fn routes() -> Routes<App> {
    Routes::default().get("/proyecto.qgz", Permission::Public, project).get(
        "/capas/{layer}/{file}",
        Permission::Public,
        file,
    )
}

/// `GET /proyecto.qgz?source=ogc`
async fn project(mut ask: Ask) -> Result<Response> {
    let source = match ask.parameters.take("source").as_deref() {
        None | Some("ogc") => Source::Ogc,
        Some("postgis") => Source::Postgis,
        Some(_) => return Err(Error::bad("source", "is ogc or postgis")),
    };
    ask.parameters.finish()?;
    let snapshot = ask.source.catalogue.current().await?;
    let notice = snapshot.notice();
    let about = About {
        base: &ask.base,
        language: ask.language,
        source,
        notice: notice.as_ref(),
        extent: extent(&ask).await?,
    };
    let packed = project::qgz(&about, snapshot.served().map(AsRef::as_ref))?;
    Ok(download(&ask, &Head::new(QGZ, notice.clone()), "proyecto.qgz", packed))
}

/// Where a map opens: the district.
async fn extent(ask: &Ask) -> Result<Option<[f64; 4]>> {
    let mut snapshot = ask.source.database.read(ask.actor.audience).await?;
    Ok(store::district(&mut snapshot).await?)
}

/// `GET /capas/{layer}/{file}`
async fn file(Path((name, file)): Path<(String, String)>, ask: Ask) -> Result<Response> {
    ask.parameters.finish()?;
    let layer = ask.source.catalogue.layer(&name).await?;
    let missing = || Error::NotFound(format!("the layer `{name}` has no file `{file}`"));
    let (stem, ending) = file.rsplit_once('.').ok_or_else(missing)?;
    let notice = ask.source.catalogue.current().await?.notice();
    let head = |media| Head::new(media, notice.clone());
    match (stem, ending) {
        ("metadatos", "json" | "xml" | "jsonld") => metadata(&ask, &layer, ending).await,
        (_, "qlr") if stem == layer.name => {
            let (base, language) = (&*ask.base, ask.language);
            let about = About { base, language, source: Source::Ogc, notice: notice.as_ref(), extent: None };
            Ok(download(&ask, &head(QLR), &file, project::qlr(&about, &layer).into_bytes()))
        }
        (_, "qml") => {
            let style = style(&layer, stem);
            // A layer without a style has a plain one of its own name.
            if style.is_none() && stem != layer.name {
                return Err(missing());
            }
            Ok(download(&ask, &head(QML), &file, qml::document(&layer, style, ask.language).into_bytes()))
        }
        (_, "sld") => {
            let style = style(&layer, stem).ok_or_else(missing)?;
            Ok(download(&ask, &head(SLD), &file, sld::document(&layer, style, ask.language).into_bytes()))
        }
        _ => Err(missing()),
    }
}

/// The style of the layer that has this name.
fn style(layer: &Layer, stem: &str) -> Option<&'static Style> {
    style::of_layer(&layer.name).into_iter().find(|style| style.id == stem)
}

async fn metadata(ask: &Ask, layer: &std::sync::Arc<Layer>, ending: &str) -> Result<Response> {
    let metadata = Metadata::of(&ask.source, ask.actor.audience, layer, ask.language, &ask.base).await?;
    let notice = metadata.notice.clone();
    let json = |media, document: Value| {
        Head::new(media, notice.clone()).whole(ask, document.to_string().into_bytes())
    };
    Ok(match ending {
        "json" => json(JSON, metadata.json()),
        "jsonld" => json(DCAT, metadata.dcat()),
        _ => Head::new(ISO, notice.clone()).whole(ask, metadata.iso().into_bytes()),
    })
}

fn download(ask: &Ask, head: &Head, name: &str, body: Vec<u8>) -> Response {
    let mut response = head.whole(ask, body);
    response.headers_mut().insert(header::CONTENT_DISPOSITION, attachment::named(name));
    response
}
