//! `/buscar` and `/buscar.json`.

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::model::{Found, Kind};
use super::store;
use crate::access::Permission;
use crate::app::App;
use crate::http::ask::{Ask, encode};
use crate::http::negotiate::{HTML, JSON, Media};
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::ogc::reply::Head;
use crate::pages::shell::{Page, reply};
use crate::pages::words::{self, Words};
use crate::problem::Result;

/// The search.
pub fn routes() -> Routes<App> {
    Routes::default().get("/buscar", Permission::Public, page).get("/buscar.json", Permission::Public, json)
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a str>,
    query: &'a str,
    results: &'a [Found],
}

async fn json(ask: Ask) -> Result<Response> {
    answer(ask, &[JSON]).await
}

async fn page(ask: Ask) -> Result<Response> {
    answer(ask, &[HTML, JSON]).await
}

async fn answer(mut ask: Ask, offered: &[Media]) -> Result<Response> {
    let said = ask.parameters.take("q");
    let media = ask.only_media(offered)?;
    let query = said.clone().unwrap_or_default();
    let notice = ask.source.catalogue.current().await?.notice();
    let mut found = Vec::new();
    if !query.trim().is_empty() {
        let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
        found = store::search(&mut snapshot, &query, Moment::from(chrono::Utc::now()).day).await?;
    }
    if media == HTML {
        return html(&ask, notice, said, &found);
    }
    let spoken = notice.as_ref().map(|notice| ask.language.of(notice));
    let document = serde_json::to_vec(&Answer { notice: spoken, query: &query, results: &found })
        .map_err(anyhow::Error::from)?;
    Ok(Head::new(JSON, notice.clone()).whole(&ask, document))
}

struct Shown {
    kind: &'static str,
    href: String,
    title: String,
    code: String,
    subtitle: String,
    list: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/search.html")]
struct SearchPage {
    page: Page,
    summary: Option<String>,
    found: Vec<Shown>,
}

fn html(
    ask: &Ask,
    notice: Option<crate::layers::Text>,
    said: Option<String>,
    found: &[Found],
) -> Result<Response> {
    let words = words::of(ask.language);
    let mut page = Page::new(ask, notice.as_ref(), words.search_title);
    let said = said.filter(|said| !said.trim().is_empty());
    if let Some(said) = &said {
        page = page.also("application/json", ask.link(&format!("/buscar.json?q={}", encode(said))), "JSON");
        page.said.clone_from(said);
    }
    let counted = if found.len() == 1 { words.result } else { words.results };
    let summary = said.map(|said| format!("{} {counted} «{said}»", found.len()));
    let shown = found.iter().map(|one| shown(ask, words, one)).collect();
    reply(ask, notice, &SearchPage { page, summary, found: shown })
}

fn shown(ask: &Ask, words: &'static Words, one: &Found) -> Shown {
    let list = |filter: String| Some(ask.link(&format!("/ogc/collections/parcels/items?f=html&{filter}")));
    let (kind, list) = match one.kind {
        Kind::Parcel => (words.kind_parcel, None),
        Kind::Settlement => (words.kind_settlement, list(format!("settlement={}", encode(&one.title)))),
        Kind::Street => (words.kind_street, None),
        Kind::Coordinate => (words.kind_coordinate, None),
        // ubigeo 6, sector 2, block 3
        Kind::Block => {
            let piece = |from: usize, to: usize| one.code.get(from..to).unwrap_or_default().to_owned();
            let filter = format!("ubigeo={}&sector={}&block={}", piece(0, 6), piece(6, 8), piece(8, 11));
            (words.kind_block, list(filter))
        }
    };
    Shown {
        kind,
        // The map takes its language from its address only.
        href: match one.kind {
            Kind::Parcel => ask.link(&one.href),
            _ if words.other_tag == "es" => {
                format!("{}{}{}lang=en", ask.base, one.href, if one.href.contains('?') { '&' } else { '?' })
            }
            _ => format!("{}{}", ask.base, one.href),
        },
        title: one.title.clone(),
        code: if matches!(one.kind, Kind::Parcel) { one.code.clone() } else { String::new() },
        subtitle: one.subtitle.clone(),
        list,
    }
}
