//! Features: pages of them, and one.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::Response;
use serde_json::{Value, json};

use super::pages;
use super::query::{self, DEFAULT_LIMIT, HTML_LIMIT, Items};
use super::reply::{self, Head, Link};
use crate::app::App;
use crate::exports;
use crate::http::ask::{Ask, encode};
use crate::http::attachment;
use crate::http::negotiate::{CSV, GEOJSON, GEOJSONSEQ, HTML, JSON, JSONFG, Media};
use crate::layers::features::{Answer, Features, UNLIMITED};
use crate::layers::formats::Format;
use crate::layers::request::Request;
use crate::layers::{Layer, cursor};
use crate::problem::{Error, Result};

/// `GET /ogc/collections/{id}/items`
pub async fn list(State(app): State<App>, Path(id): Path<String>, mut ask: Ask) -> Result<Response> {
    let layer = ask.source.catalogue.layer(&id).await?;
    let texts = [GEOJSON, HTML, JSONFG, GEOJSONSEQ, CSV];
    let offered = [&texts[..], exports::OFFERED].concat();
    let media = ask.media(&offered)?;
    let recorded = ask.recorded_as_of()?;
    let Items { mut request, only_hits } = query::items(&layer, &mut ask.parameters, default_limit(media))?;
    if let Some(moment) = recorded {
        request = request.recorded_at(moment);
    }
    let mut head = Head::new(media, ask.source.catalogue.current().await?.notice());
    head.crs = Some(request.crs.uri.clone());
    if let Some(format) = exports::media_of(media) {
        if only_hits {
            return Err(Error::bad("resultType", "a file holds features; ask for their number with f=json"));
        }
        return file(&app, &ask, head, &layer, &request, format).await;
    }
    let fit = |media: &Media| {
        exports::media_of(*media).is_none_or(|format| exports::refusal(format, &layer, &request).is_none())
    };
    let offered: Vec<Media> = offered.into_iter().filter(fit).collect();
    let mut links = reply::own_links(&ask, media, &offered);
    links.push(collection_link(&ask, &layer));
    if only_hits {
        let matched = ask.source.count(&layer, &request).await?;
        let tail = tail(&ask, &links, Some(matched), 0);
        return Ok(head.whole(&ask, [opening(&head, &ask).as_slice(), &tail].concat()));
    }
    let format = format(media);
    let answer = ask.source.features_as(&layer, &request, format).await?;
    let next = next_link(&ask, &answer, media);
    head.links.extend(next.clone());
    if media == HTML {
        let Features::Whole { json, .. } = answer.features else {
            return Err(Error::bad("limit", "a page for people holds at most 1000 features"));
        };
        return pages::items(&ask, &head, &layer, &json, answer.matched, next.map(|next| next.href));
    }
    if matches!(format, Format::Csv | Format::Sequence) {
        return Ok(download(&ask, &head, &layer, format.opening(&layer, &request), answer));
    }
    links.extend(next);
    let opening =
        if format == Format::JsonFg { fg_opening(&head, &ask, &layer) } else { opening(&head, &ask) };
    Ok(collection(&ask, &head, opening, &links, answer))
}

/// The features as a file that is written for this answer.
async fn file(
    app: &App,
    ask: &Ask,
    mut head: Head,
    layer: &Arc<Layer>,
    request: &Request,
    format: exports::FileFormat,
) -> Result<Response> {
    let permit = app.files.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
    let reader = exports::Reader { source: &ask.source, language: ask.language, base: &ask.base };
    let sheet = exports::sheet(reader, layer, request, format).await?;
    let file = exports::write(&app.reader, &ask.source, &[sheet], &AtomicU64::new(0)).await?;
    head.links.extend(file.next.as_deref().map(|token| next_page(ask, token, head.mime)));
    let name = format!("{}.{}", layer.name, format.ending());
    exports::answer(file, permit, &name, |body| head.streamed(ask, body)).await
}

fn format(media: Media) -> Format {
    match media {
        CSV => Format::Csv,
        GEOJSONSEQ => Format::Sequence,
        JSONFG => Format::JsonFg,
        _ => Format::GeoJson,
    }
}

/// A file without a frame: what stands before the features, and they.
fn download(ask: &Ask, head: &Head, layer: &Layer, mut text: Vec<u8>, answer: Answer) -> Response {
    let mut response = match answer.features {
        Features::Whole { json, .. } => {
            text.extend_from_slice(&json);
            head.whole(ask, text)
        }
        Features::Streamed(stream) => {
            head.streamed(ask, Body::from_stream(stream.into_bytes(text, |_| Vec::new())))
        }
    };
    let ending = if head.mime == CSV.mime { "csv" } else { "geojsonl" };
    let name = attachment::named(&format!("{}.{ending}", layer.name));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    response
}

fn default_limit(media: Media) -> u64 {
    match media {
        HTML => HTML_LIMIT,
        CSV | GEOJSONSEQ | JSONFG => UNLIMITED,
        file if exports::media_of(file).is_some() => UNLIMITED,
        _ => DEFAULT_LIMIT,
    }
}

fn next_link(ask: &Ask, answer: &Answer, media: Media) -> Option<Link> {
    answer.next.as_deref().map(|token| next_page(ask, token, media.mime))
}

fn next_page(ask: &Ask, token: &str, mime: &'static str) -> Link {
    // The cursor says where to go on: an offset beside it would skip features again.
    let href = ask.address_with(&[("offset", None), ("cursor", Some(token))]);
    Link::new(ask, "next", mime, href, "Página siguiente", "Next page")
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
    let mut text = OBJECT.as_bytes().to_vec();
    if let Some(notice) = &head.notice {
        text.extend_from_slice(
            format!("\"attribution\":{},", Value::from(ask.language.of(notice))).as_bytes(),
        );
    }
    text.extend_from_slice(b"\"features\":[");
    text
}

/// JSON-FG says what it is, what the features are, and the reference system of their places.
fn fg_opening(head: &Head, ask: &Ask, layer: &Layer) -> Vec<u8> {
    let mut text = format!("{OBJECT}\"conformsTo\":[\"[ogc-json-fg-1-0.2:core]\"],").into_bytes();
    let crs = head.crs.as_deref().filter(|uri| *uri != crate::layers::crs::CRS84);
    let said = format!("\"featureType\":{},\"coordRefSys\":{},", json!(layer.name), json!(crs));
    text.extend_from_slice(said.replace("\"coordRefSys\":null,", "").as_bytes());
    text.extend_from_slice(&opening(head, ask)[OBJECT.len()..]);
    text
}

/// How every collection of features begins.
const OBJECT: &str = "{\"type\":\"FeatureCollection\",";

fn tail(ask: &Ask, links: &[Link], matched: Option<u64>, returned: u64) -> Vec<u8> {
    let matched = matched.map(|matched| format!(",\"numberMatched\":{matched}")).unwrap_or_default();
    format!("]{matched},\"numberReturned\":{returned},\"links\":{}}}", reply::links(ask, links)).into_bytes()
}

fn collection(ask: &Ask, head: &Head, mut text: Vec<u8>, links: &[Link], answer: Answer) -> Response {
    let Answer { matched, features, .. } = answer;
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
