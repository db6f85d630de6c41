//! The landing page: where everything else is.

use axum::response::Response;
use serde_json::json;

use super::pages;
use super::reply::{self, Head, Link};
use crate::http::ask::Ask;
use crate::http::negotiate::{HTML, JSON, OPENAPI};
use crate::layers::Text;
use crate::problem::Result;

/// `GET /ogc`
pub async fn show(mut ask: Ask) -> Result<Response> {
    let offered = [JSON, HTML];
    let media = ask.only_media(&offered)?;
    let snapshot = ask.source.catalogue.current().await?;
    let mut links = reply::own_links(&ask, media, &offered);
    let mut add = |rel, mime, path: &str, es: &str, en: &str| {
        links.push(Link::new(&ask, rel, mime, ask.link(path), es, en));
    };
    add("service-desc", OPENAPI.mime, "/ogc/api?f=json", "Definición de la API", "Definition of the API");
    add("service-doc", HTML.mime, "/ogc/api?f=html", "Documentación de la API", "Documentation of the API");
    add("conformance", JSON.mime, "/ogc/conformance", "Normas que cumple", "Standards it conforms to");
    add("data", JSON.mime, "/ogc/collections", "Capas", "Layers");
    let (sets, tilesets) = (
        "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
        "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
    );
    add(sets, JSON.mime, "/ogc/tileMatrixSets", "Esquemas de teselas", "Tiling schemes");
    add(
        tilesets,
        JSON.mime,
        "/ogc/tiles",
        "Teselas vectoriales de varias capas",
        "Vector tiles of several layers",
    );
    let notice = snapshot.notice();
    let head = Head::new(media, notice.clone());
    if media == HTML {
        return pages::landing(&ask, &head, &links);
    }
    let document = json!({
        "title": ask.language.of(&title()),
        "description": reply::with_notice(&ask, notice.as_ref(), ask.language.of(&description())),
        "attribution": notice.as_ref().map(|notice| ask.language.of(notice)),
        "links": reply::links(&ask, &links),
    });
    Ok(head.document(&ask, document))
}

/// What the service is called.
pub fn title() -> Text {
    Text {
        es: "Predio: catastro y planificación".to_owned(), en: "Predio: cadastre and planning".to_owned()
    }
}

/// What the service is.
pub fn description() -> Text {
    Text {
        es: "Capas del catastro, la zonificación, las redes y los riesgos del distrito.".to_owned(),
        en: "Layers of the district's cadastre, zoning, networks and hazards.".to_owned(),
    }
}
