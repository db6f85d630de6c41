//! Features: pages of them, and one.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::pages;
use super::query::{self, DEFAULT_LIMIT, HTML_LIMIT, Items};
use super::reply::{self, Head, Link};
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::{GEOJSON, HTML, JSON, Media};
use crate::layers::features::{Answer, Features};
use crate::layers::{Layer, cursor};
use crate::problem::{Error, Result};

/// `GET /ogc/collections/{id}/items`
pub async fn list(Path(id): Path<String>, mut ask: Ask) -> Result<Response> {
    let layer = ask.source.catalogue.layer(&id).await?;
    let offered = [GEOJSON, HTML];
    let media = ask.media(&offered)?;
    let recorded = ask.recorded_as_of()?;
    let Items { mut request, only_hits } = query::items(&layer, &mut ask.parameters, default_limit(media))?;
    if let Some(moment) = recorded {
        request = request.recorded_at(moment);
    }
    let mut links = reply::own_links(&ask, media, &offered);
    links.push(collection_link(&ask, &layer));
    let mut head = Head::new(media, ask.source.catalogue.current().await?.notice());
    head.crs = Some(request.crs.uri.clone());
    if only_hits {
        let matched = ask.source.count(&layer, &request).await?;
        let tail = tail(&ask, &links, Some(matched), 0);
        return Ok(head.whole(&ask, [opening(&head, &ask).as_slice(), &tail].concat()));
    }
    let answer = ask.source.features(&layer, &request).await?;
    let next = next_link(&ask, &answer, media);
    head.links.extend(next.clone());
    if media == HTML {
        let Features::Whole { json, .. } = answer.features else {
            return Err(Error::bad("limit", "a page for people holds at most 1000 features"));
        };
        return pages::items(&ask, &head, &layer, &json, answer.matched, next.map(|next| next.href));
    }
    links.extend(next);
    Ok(collection(&ask, &head, &links, answer))
}

fn default_limit(media: Media) -> u64 {
    if media == HTML { HTML_LIMIT } else { DEFAULT_LIMIT }
}

fn next_link(ask: &Ask, answer: &Answer, media: Media) -> Option<Link> {
    let token = answer.next.as_deref()?;
    // The cursor says where to go on: an offset beside it would skip features again.
    let href = ask.address_with(&[("offset", None), ("cursor", Some(token))]);
    Some(Link::new(ask, "next", media.mime, href, "Página siguiente", "Next page"))
}

fn collection_link(ask: &Ask, layer: &Layer) -> Link {
    let href = ask.link(&format!("/ogc/collections/{}", encode(&layer.name)));
    Link::new(
        ask,
        "collection",
        JSON.mime,
        href,
        ask.language.of(&layer.title),
        ask.language.of(&layer.title),
    )
}

fn opening(head: &Head, ask: &Ask) -> Vec<u8> {
    let mut text = b"{\"type\":\"FeatureCollection\",".to_vec();
    if let Some(notice) = &head.notice {
        text.extend_from_slice(
            format!("\"attribution\":{},", Value::from(ask.language.of(notice))).as_bytes(),
        );
    }
    text.extend_from_slice(b"\"features\":[");
    text
}

fn tail(ask: &Ask, links: &[Link], matched: Option<u64>, returned: u64) -> Vec<u8> {
    let matched = matched.map(|matched| format!(",\"numberMatched\":{matched}")).unwrap_or_default();
    format!("]{matched},\"numberReturned\":{returned},\"links\":{}}}", reply::links(ask, links)).into_bytes()
}

fn collection(ask: &Ask, head: &Head, links: &[Link], answer: Answer) -> Response {
    let Answer { matched, features, .. } = answer;
    let mut text = opening(head, ask);
    match features {
        Features::Whole { json, returned } => {
            text.reserve(json.len() + 2048);
            text.extend_from_slice(&json);
            text.extend_from_slice(&tail(ask, links, matched, returned));
            head.whole(ask, text)
        }
        Features::Streamed(stream) => {
            let (kept, links) = (ask.clone(), links.to_vec());
            let bytes = stream.into_bytes(text, move |returned| tail(&kept, &links, matched, returned));
            head.streamed(ask, Body::from_stream(bytes))
        }
    }
}

/// `GET /ogc/collections/{id}/items/{fid}`
pub async fn show(Path((id, fid)): Path<(String, String)>, mut ask: Ask) -> Result<Response> {
    let layer = ask.source.catalogue.layer(&id).await?;
    let offered = [GEOJSON, HTML];
    let media = ask.media(&offered)?;
    let recorded = ask.recorded_as_of()?;
    let mut request = query::item(&layer, &mut ask.parameters)?;
    if let Some(moment) = recorded {
        request = request.recorded_at(moment);
    }
    let missing = || Error::NotFound(format!("collection `{id}` has no feature `{fid}`"));
    let key = cursor::parse_id(&layer, &fid).ok_or_else(missing)?;
    let feature = ask.source.feature(&layer, key, &request).await?.ok_or_else(missing)?;
    let mut links = reply::own_links(&ask, media, &offered);
    links.push(collection_link(&ask, &layer));
    let mut head = Head::new(media, ask.source.catalogue.current().await?.notice());
    head.crs = Some(request.crs.uri.clone());
    if media == HTML {
        return pages::item(&ask, &head, &layer, &feature);
    }
    head.version = version(&layer, &feature);
    Ok(head.whole(&ask, with_members(feature, &ask, &head, &links)))
}

/// The version of a feature whose layer can be written.
fn version(layer: &Layer, feature: &[u8]) -> Option<i64> {
    #[derive(serde::Deserialize)]
    struct Feature {
        properties: Properties,
    }
    #[derive(serde::Deserialize)]
    struct Properties {
        version: Option<i64>,
    }
    layer.door.as_ref()?;
    serde_json::from_slice::<Feature>(feature).ok()?.properties.version
}

/// The feature with its links, and with the notice where there is one.
fn with_members(mut feature: Vec<u8>, ask: &Ask, head: &Head, links: &[Link]) -> Vec<u8> {
    feature.pop();
    let notice =
        head.notice.as_ref().map(|notice| format!(",\"attribution\":{}", json!(ask.language.of(notice))));
    feature.extend_from_slice(
        format!("{},\"links\":{}}}", notice.unwrap_or_default(), reply::links(ask, links)).as_bytes(),
    );
    feature
}
