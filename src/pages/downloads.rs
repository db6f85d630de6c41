//! `/descargas`, `/descargas/{ubigeo}` and the files that stand there: the dated downloads of the districts.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::Response;
use chrono::NaiveDate;
use serde_json::{Value, json};

use super::shell::{Page, reply};
use super::words::downloads::{self as words, DownloadWords};
use crate::access::Permission;
use crate::app::App;
use crate::exports::district;
use crate::exports::serve;
use crate::exports::store::district::Download;
use crate::exports::store::{self, Kept};
use crate::http::ask::{Ask, encode};
use crate::http::attachment;
use crate::http::negotiate::{GPKG, HTML, JSON, Media};
use crate::http::routes::Routes;
use crate::layers::{Layer, Text};
use crate::ogc::reply::Head;
use crate::problem::{Error, Result};

/// What `sha256sum` reads.
const SUM: Media = Media { f: "sha256", mime: "text/plain; charset=utf-8" };

/// The downloads of the districts.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/descargas", Permission::Public, districts)
        .get("/descargas/{ubigeo}", Permission::Public, show)
        .get("/descargas/{ubigeo}/{day}", Permission::Public, fetch)
}

#[derive(Template)]
#[template(path = "pages/download_districts.html")]
struct DistrictsPage {
    page: Page,
    say: &'static DownloadWords,
    districts: Vec<(String, String)>,
}

async fn districts(mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[HTML, JSON])?;
    let notice = ask.source.catalogue.current().await?.notice();
    let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
    let all = store::district::districts(&mut snapshot).await?;
    drop(snapshot);
    let at = |ubigeo: &str| ask.link(&format!("/descargas/{}", encode(ubigeo)));
    if media == JSON {
        let told =
            all.iter().map(|(ubigeo, name)| json!({ "ubigeo": ubigeo, "name": name, "href": at(ubigeo) }));
        return Ok(document(&ask, notice, json!({ "districts": told.collect::<Vec<_>>() })));
    }
    let say = words::of(ask.language);
    let districts = all.iter().map(|(ubigeo, name)| (at(ubigeo), format!("{name} ({ubigeo})"))).collect();
    let page = page(&ask, notice.as_ref(), say.title.to_owned());
    reply(&ask, notice, &DistrictsPage { page, say, districts })
}

fn page(ask: &Ask, notice: Option<&Text>, title: String) -> Page {
    Page::new(ask, notice, title).also(JSON.mime, ask.address_with(&[("f", Some("json"))]), "JSON")
}

fn document(ask: &Ask, notice: Option<Text>, mut document: Value) -> Response {
    document["notice"] = json!(notice.as_ref().map(|notice| ask.language.of(notice)));
    Head::new(JSON, notice).document(ask, document)
}

struct Row {
    day: NaiveDate,
    name: String,
    href: String,
    sum_href: String,
    bytes: i64,
    features: i64,
    sha256: String,
}

#[derive(Template)]
#[template(path = "pages/downloads.html")]
struct DownloadsPage {
    page: Page,
    say: &'static DownloadWords,
    ubigeo: String,
    rows: Vec<Row>,
    layers: Vec<(String, String)>,
    left_out: Vec<(String, String)>,
}

async fn show(State(app): State<App>, Path(ubigeo): Path<String>, mut ask: Ask) -> Result<Response> {
    let media = ask.only_media(&[HTML, JSON])?;
    let name = district::named(&app.source, &ubigeo).await?;
    let notice = ask.source.catalogue.current().await?.notice();
    let downloads = downloads(&app, &ubigeo).await?;
    if media == JSON {
        let told: Vec<Value> =
            downloads.iter().map(|download| told(&row(&ask, &ubigeo, download), download)).collect();
        return Ok(document(&ask, notice, json!({ "ubigeo": ubigeo, "name": name, "downloads": told })));
    }
    let say = words::of(ask.language);
    let held = downloads.first().map(|download| &download.layers[..]).unwrap_or_default();
    let (layers, left_out) = layers(&app, &ask, held).await?;
    let shown = DownloadsPage {
        page: page(&ask, notice.as_ref(), format!("{} {name}", say.of)),
        say,
        rows: downloads.iter().map(|download| row(&ask, &ubigeo, download)).collect(),
        ubigeo,
        layers,
        left_out,
    };
    reply(&ask, notice, &shown)
}

async fn downloads(app: &App, ubigeo: &str) -> Result<Vec<Download>> {
    let mut transaction = store::begin(&app.source.database).await?;
    let downloads = store::district::downloads(&mut transaction, ubigeo).await?;
    transaction.commit().await?;
    Ok(downloads)
}

fn row(ask: &Ask, ubigeo: &str, download: &Download) -> Row {
    let at = format!("{}/descargas/{}/{}", ask.base, encode(ubigeo), download.day);
    Row {
        day: download.day,
        name: name(ubigeo, download.day),
        href: format!("{at}.gpkg"),
        sum_href: format!("{at}.sha256"),
        bytes: download.bytes,
        features: download.row_count,
        sha256: download.sha256.clone(),
    }
}

/// Of the file and of its sum, without their endings.
fn name(ubigeo: &str, day: NaiveDate) -> String {
    format!("{ubigeo}-{day}")
}

fn told(row: &Row, download: &Download) -> Value {
    json!({ "date": row.day, "bytes": row.bytes, "sha256": row.sha256, "features": row.features, "layers": download.layers,
        "made_at": download.made_at, "href": row.href, "sha256_href": row.sum_href, "type": GPKG.mime })
}

type Titles = Vec<(String, String)>;

/// The public layers that the file holds, and those that it does not, with their pages.
async fn layers(app: &App, ask: &Ask, held: &[String]) -> Result<(Titles, Titles)> {
    let current = app.source.catalogue.current().await?;
    let public = current.served().filter(|layer| layer.is_public());
    let (inside, outside): (Vec<_>, Vec<_>) = public.partition(|layer| held.contains(&layer.name));
    let titled = |layers: Vec<&Arc<Layer>>| {
        let one = |layer: &&Arc<Layer>| {
            let href = ask.link(&format!("/capas/{}", encode(&layer.name)));
            (href, ask.language.of(&layer.title).to_owned())
        };
        layers.iter().map(one).collect()
    };
    Ok((titled(inside), titled(outside)))
}

/// `{day}` is a date with the ending of the file, or of its sum.
async fn fetch(
    State(app): State<App>,
    Path((ubigeo, file)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response> {
    ask.parameters.finish()?;
    let missing = || Error::NotFound(format!("there is no download `{file}` of this district"));
    let (day, ending) = file.split_once('.').ok_or_else(missing)?;
    let day: NaiveDate = day.parse().map_err(|_| missing())?;
    let mut downloads = downloads(&app, &ubigeo).await?.into_iter();
    let download = downloads.find(|download| download.day == day).ok_or_else(missing)?;
    let notice = ask.source.catalogue.current().await?.notice();
    let name = name(&ubigeo, day);
    match ending {
        "gpkg" => {
            let kept = Kept { id: download.file_id, bytes: download.bytes, sha256: download.sha256 };
            serve(&app.source.database, &ask, &Head::new(GPKG, notice), &kept, &format!("{name}.gpkg"))
        }
        "sha256" => {
            let sum = format!("{}  {name}.gpkg\n", download.sha256);
            let mut response = Head::new(SUM, notice).whole(&ask, sum.into_bytes());
            let named = attachment::named(&format!("{name}.sha256"));
            response.headers_mut().insert(header::CONTENT_DISPOSITION, named);
            Ok(response)
        }
        _ => Err(missing()),
    }
}
