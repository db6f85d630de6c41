//! `/predio/{code}`: the extract as page, JSON and GeoJSON.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::model::{CadastralCode, Extract};
use super::{page, store};
use crate::access::Permission;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::negotiate::{GEOJSON, HTML, JSON, Media};
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::ogc::reply::Head;
use crate::problem::{Error, Result};
use crate::surveys::perimeter::Table;

/// The extract.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/predio/{code}", Permission::Public, show)
        .get("/api/v1/parcels/{code}/extract", Permission::Public, api_extract)
        .get("/api/v1/parcels/{code}/areas", Permission::Public, api_areas)
}

/// What is on record now, or was at an instant.
async fn found(
    snapshot: &mut sqlx::PgConnection,
    code: &CadastralCode,
    day: chrono::NaiveDate,
    recorded: Option<Moment>,
) -> Result<Vec<Extract>> {
    match recorded {
        None => store::extract(snapshot, code, day).await,
        Some(moment) => store::extract_recorded(snapshot, code, day, moment.instant).await,
    }
}

/// The one extract that a request to the API means, with its representation.
async fn single(code: &str, ask: &mut Ask, offered: &[Media]) -> Result<(Media, Extract)> {
    let code = CadastralCode::parse(code)
        .ok_or_else(|| Error::NotFound("no parcel can have such a code".to_owned()))?;
    let media = ask.media(offered)?;
    let recorded = ask.recorded_as_of()?;
    let day = ask.as_of(recorded)?;
    let district = ask.parameters.take("ubigeo");
    ask.parameters.finish()?;
    let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
    let mut extracts = found(&mut snapshot, &code, day, recorded).await?;
    drop(snapshot);
    if let Some(district) = &district {
        extracts.retain(|extract| extract.place.ubigeo == *district);
    }
    match (extracts.pop(), extracts.is_empty()) {
        (Some(extract), true) => Ok((media, extract)),
        (Some(_), false) => Err(Error::bad("ubigeo", "the code exists in several districts; name one")),
        (None, _) => Err(Error::NotFound(format!("there is no parcel `{}` on {day}", code.as_str()))),
    }
}

async fn api_extract(Path(code): Path<String>, mut ask: Ask) -> Result<Response> {
    let (media, extract) = single(&code, &mut ask, &[JSON, GEOJSON]).await?;
    one(&ask, media, &extract, None)
}

/// The four areas, the scale of the grid, and whether registered and grid area agree.
async fn api_areas(Path(code): Path<String>, mut ask: Ask) -> Result<Response> {
    let (media, extract) = single(&code, &mut ask, &[JSON]).await?;
    let document = json!({
        "notice": extract.notice, "as_of": extract.as_of, "code": extract.code, "kind": extract.kind,
        "areas": extract.areas, "tolerance": extract.tolerance,
    });
    Ok(Head::new(media, page::notice(&extract)).document(&ask, document))
}

/// A code in the path, perhaps with the ending of a representation. One that cannot exist answers 404 before any
/// statement runs.
struct Asked {
    code: CadastralCode,
    ending: Option<Media>,
    is_canonical: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let impossible = || Error::NotFound("no parcel can have such a code".to_owned());
        let Path(said) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| impossible())?;
        let (text, ending) = match said.rsplit_once('.') {
            Some((text, "json")) => (text, Some(JSON)),
            Some((text, "geojson")) => (text, Some(GEOJSON)),
            Some((text, "html")) => (text, Some(HTML)),
            _ => (said.as_str(), None),
        };
        let code = CadastralCode::parse(text).ok_or_else(impossible)?;
        Ok(Self { is_canonical: code.as_str() == text, code, ending })
    }
}

async fn show(asked: Asked, mut ask: Ask) -> Result<Response> {
    let media = match asked.ending {
        Some(media) => media,
        None => ask.media(&[HTML, JSON, GEOJSON])?,
    };
    let recorded = ask.recorded_as_of()?;
    let day = ask.as_of(recorded)?;
    let district = ask.parameters.take("ubigeo");
    ask.parameters.finish()?;
    let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
    let mut extracts = found(&mut snapshot, &asked.code, day, recorded).await?;
    if let Some(district) = &district {
        extracts.retain(|extract| extract.place.ubigeo == *district);
    }
    let unit = if extracts.is_empty() {
        store::parcels_of_unit(&mut snapshot, &asked.code).await?
    } else {
        Vec::new()
    };
    let table = match &extracts[..] {
        [extract] if asked.is_canonical && media == HTML => {
            let place = &extract.place;
            let (ubigeo, code) = (&place.ubigeo, &extract.code);
            Some(crate::surveys::table(&mut snapshot, ubigeo, code, day, recorded.is_some()).await?)
        }
        _ => None,
    };
    drop(snapshot);
    match &extracts[..] {
        [extract] if asked.is_canonical => one(&ask, media, extract, table.as_ref()),
        [extract] => Ok(elsewhere(&ask, &extract.code, asked.ending)),
        [] if unit.len() == 1 => Ok(elsewhere(&ask, &unit[0].1, asked.ending)),
        [] if !unit.is_empty() => page::choices(&ask, media, &asked.code, unit, true).await,
        [] => Err(Error::NotFound(format!("there is no parcel `{}` on {day}", asked.code.as_str()))),
        several => {
            let places =
                several.iter().map(|extract| (extract.place.ubigeo.clone(), extract.code.clone())).collect();
            page::choices(&ask, media, &asked.code, places, false).await
        }
    }
}

/// The parcel's own address; the ending and the query stay.
fn elsewhere(ask: &Ask, code: &str, ending: Option<Media>) -> Response {
    let ending = ending.map(|media| format!(".{}", media.f)).unwrap_or_default();
    let query = if ask.query.is_empty() { String::new() } else { format!("?{}", ask.query) };
    let place = HeaderValue::try_from(format!("{}/predio/{code}{ending}{query}", ask.base));
    let Ok(place) = place else { return StatusCode::NOT_FOUND.into_response() };
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, place)]).into_response()
}

fn one(ask: &Ask, media: Media, extract: &Extract, table: Option<&Table>) -> Result<Response> {
    if let Some(table) = table {
        return page::parcel(ask, extract, table);
    }
    let body = if media == GEOJSON {
        feature(extract)?
    } else {
        serde_json::to_value(extract).map_err(anyhow::Error::from)?
    };
    let head = Head::new(media, page::notice(extract));
    Ok(head.whole(ask, body.to_string().into_bytes()))
}

/// The same as a feature: the extract is its properties.
fn feature(extract: &Extract) -> Result<Value> {
    let geometry: Value = match &extract.place.geometry {
        Some(text) => serde_json::from_str(text).map_err(anyhow::Error::from)?,
        None => Value::Null,
    };
    let mut feature = json!({
        "type": "Feature",
        "id": extract.code,
        "geometry": geometry,
        "properties": extract,
    });
    if let (Some(bbox), Value::Object(members)) = (&extract.place.bbox, &mut feature) {
        members.insert("bbox".to_owned(), json!(bbox));
    }
    Ok(feature)
}
