//! The same resources as pages for people: no script, readable without style.

use askama::Template;
use axum::response::Response;
use serde_json::Value;

use super::reply::{Head, Link};
use super::words::{self, Words};
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::Language;
use crate::layers::Layer;
use crate::layers::extent::Extent;
use crate::problem::Result;

/// A link as a page shows it.
pub struct Shown {
    href: String,
    text: String,
}

/// What all pages have.
struct Page {
    lang: &'static str,
    words: &'static Words,
    title: String,
    notice: Option<String>,
    css: String,
    crumbs: Vec<Shown>,
    other_language: Shown,
    alternates: Vec<Shown>,
}

impl Page {
    fn new(ask: &Ask, head: &Head, title: &str, above: &[(&str, &str)], alternates: &[&str]) -> Self {
        let words = words::of(ask.language);
        let crumb = |(path, text): &(&str, &str)| Shown { href: ask.link(path), text: (*text).to_owned() };
        let alternate =
            |f: &&str| Shown { href: ask.address_with(&[("f", Some(f))]), text: f.to_uppercase() };
        Self {
            lang: ask.language.tag(),
            words,
            title: title.to_owned(),
            notice: head.notice.as_ref().map(|notice| ask.language.of(notice).to_owned()),
            css: format!("{}/assets/predio.css", ask.base),
            crumbs: std::iter::once(&("/ogc", words.home)).chain(above).map(crumb).collect(),
            other_language: Shown {
                href: ask.address_with(&[("lang", Some(words.other_tag))]),
                text: words.other_name.to_owned(),
            },
            alternates: alternates.iter().map(alternate).collect(),
        }
    }
}

fn reply(ask: &Ask, head: &Head, page: &impl Template) -> Result<Response> {
    Ok(head.whole(ask, page.render().map_err(anyhow::Error::from)?.into_bytes()))
}

#[derive(Template)]
#[template(path = "ogc/links.html")]
struct LinkList {
    page: Page,
    text: String,
    links: Vec<Shown>,
}

/// The landing page.
pub fn landing(ask: &Ask, head: &Head, links: &[Link]) -> Result<Response> {
    let title = super::landing::title();
    let page = Page::new(ask, head, ask.language.of(&title), &[], &["json"]);
    let readable = links.iter().filter(|link| !matches!(link.rel, "self" | "alternate"));
    let links = readable.map(|link| Shown { href: link.href.clone(), text: link.title.clone() }).collect();
    reply(
        ask,
        head,
        &LinkList { page, text: ask.language.of(&super::landing::description()).to_owned(), links },
    )
}

/// The list of layers.
pub fn collections<'a>(ask: &Ask, head: &Head, layers: impl Iterator<Item = &'a Layer>) -> Result<Response> {
    let page = Page::new(ask, head, words::of(ask.language).collections, &[], &["json"]);
    let links = layers
        .map(|layer| Shown {
            href: ask.link(&format!("/ogc/collections/{}", encode(&layer.name))),
            text: ask.language.of(&layer.title).to_owned(),
        })
        .collect();
    reply(ask, head, &LinkList { page, text: String::new(), links })
}

#[derive(Template)]
#[template(path = "ogc/lines.html")]
struct LineList<'a> {
    page: Page,
    text: &'a str,
    lines: &'a [&'a str],
}

/// The conformance classes.
pub fn conformance(ask: &Ask, head: &Head, classes: &[&str]) -> Result<Response> {
    let words = words::of(ask.language);
    let page = Page::new(ask, head, words.conformance, &[], &["json"]);
    reply(ask, head, &LineList { page, text: words.conformance_text, lines: classes })
}

#[derive(Template)]
#[template(path = "ogc/collection.html")]
struct Collection {
    page: Page,
    text: String,
    facts: Vec<(String, String)>,
    links: Vec<Shown>,
    fields: Vec<(String, String, String)>,
}

/// A layer.
pub fn collection(ask: &Ask, head: &Head, layer: &Layer, extent: Extent, links: &[Link]) -> Result<Response> {
    let words = words::of(ask.language);
    let above = [("/ogc/collections", words.collections)];
    let mut facts = vec![
        (words.identifier.to_owned(), layer.name.clone()),
        (words.storage_crs.to_owned(), layer.crs[layer.storage_crs].uri.clone()),
    ];
    if let Some(geometry) = &layer.geometry {
        facts.push((words.geometry.to_owned(), geometry.kind.clone()));
    }
    if let Some(rectangle) = extent.rectangle {
        facts.push((words.extent.to_owned(), rectangle.map(|side| format!("{side:.5}")).join(", ")));
    }
    let field = |column: &crate::layers::Column| {
        let unit = column.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
        (column.name.clone(), format!("{}{unit}", ask.language.of(&column.title)), column.sql_type.clone())
    };
    let readable = links.iter().filter(|link| !matches!(link.rel, "self" | "alternate"));
    reply(
        ask,
        head,
        &Collection {
            page: Page::new(ask, head, ask.language.of(&layer.title), &above, &["json"]),
            text: ask.language.of(&layer.description).to_owned(),
            facts,
            links: readable.map(|link| Shown { href: link.href.clone(), text: link.title.clone() }).collect(),
            fields: std::iter::once(&layer.id).chain(&layer.columns).map(field).collect(),
        },
    )
}

struct Row {
    href: String,
    id: String,
    values: Vec<String>,
}

#[derive(Template)]
#[template(path = "ogc/items.html")]
struct Items {
    page: Page,
    summary: String,
    names: Vec<String>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// A page of features as a table. `features` is the GeoJSON that everybody gets.
pub fn items(
    ask: &Ask,
    head: &Head,
    layer: &Layer,
    features: &[u8],
    matched: Option<u64>,
    next: Option<String>,
) -> Result<Response> {
    let words = words::of(ask.language);
    let at = format!("/ogc/collections/{}", encode(&layer.name));
    let title = ask.language.of(&layer.title);
    let above = [("/ogc/collections", words.collections), (at.as_str(), title)];
    let features: Vec<Value> =
        serde_json::from_slice(&[b"[", features, b"]"].concat()).map_err(anyhow::Error::from)?;
    let names: Vec<String> = features
        .first()
        .and_then(|feature| feature["properties"].as_object())
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    let row = |feature: &Value| {
        let id = text(&feature["id"], ask.language);
        Row {
            href: ask.link(&format!("{at}/items/{}?f=html", encode(&id))),
            values: names.iter().map(|name| text(&feature["properties"][name], ask.language)).collect(),
            id,
        }
    };
    let count = features.len();
    let summary = matched.map_or_else(
        || format!("{count} {}", words.features),
        |matched| format!("{count} {} {matched} {}", words.of, words.features),
    );
    reply(
        ask,
        head,
        &Items {
            page: Page::new(ask, head, &format!("{title}: {}", words.items), &above, &["geojson"]),
            summary,
            rows: features.iter().map(row).collect(),
            names,
            next,
        },
    )
}

#[derive(Template)]
#[template(path = "ogc/item.html")]
struct Item {
    page: Page,
    facts: Vec<(String, String)>,
}

/// One feature.
pub fn item(ask: &Ask, head: &Head, layer: &Layer, feature: &[u8]) -> Result<Response> {
    let words = words::of(ask.language);
    let at = format!("/ogc/collections/{}", encode(&layer.name));
    let title = ask.language.of(&layer.title);
    let items = format!("{at}/items?f=html");
    let above =
        [("/ogc/collections", words.collections), (at.as_str(), title), (items.as_str(), words.items)];
    let feature: Value = serde_json::from_slice(feature).map_err(anyhow::Error::from)?;
    let mut facts = vec![("id".to_owned(), text(&feature["id"], ask.language))];
    for (name, value) in feature["properties"].as_object().into_iter().flatten() {
        let label = layer.property(name).map_or(name.as_str(), |column| ask.language.of(&column.title));
        facts.push((label.to_owned(), text(value, ask.language)));
    }
    let shape = feature["geometry"]["type"].as_str().unwrap_or(words.unknown);
    facts.push((words.geometry.to_owned(), shape.to_owned()));
    let name = format!("{title} {}", text(&feature["id"], ask.language));
    reply(ask, head, &Item { page: Page::new(ask, head, &name, &above, &["geojson"]), facts })
}

fn text(value: &Value, language: Language) -> String {
    match value {
        Value::Null => words::of(language).unknown.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[derive(Template)]
#[template(path = "ogc/api.html")]
struct Api {
    page: Page,
    rows: Vec<(String, String, String)>,
}

/// The operations of the API document.
pub fn api(ask: &Ask, head: &Head, document: &Value) -> Result<Response> {
    let page = Page::new(ask, head, words::of(ask.language).api, &[], &["json"]);
    let name = |parameter: &Value| {
        let shared = parameter["$ref"].as_str().and_then(|address| address.rsplit('/').next());
        let shared = shared.map(|key| &document["components"]["parameters"][key]);
        shared.unwrap_or(parameter)["name"].as_str().unwrap_or_default().to_owned()
    };
    let row = |(path, operations): (&String, &Value)| {
        let get = &operations["get"];
        let parameters: Vec<String> = get["parameters"].as_array().into_iter().flatten().map(name).collect();
        (format!("/ogc{path}"), get["summary"].as_str().unwrap_or_default().to_owned(), parameters.join(", "))
    };
    let rows = document["paths"].as_object().into_iter().flatten().map(row).collect();
    reply(ask, head, &Api { page, rows })
}
