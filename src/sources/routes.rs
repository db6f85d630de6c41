//! `/api/v1/sources`: recording a source, attaching a file to it, fetching the file.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::file::{self, Hash, MOST_BYTES, Type};
use super::model::{FileOf, NewSource, Source};
use super::store;
use crate::access::{Actor, Audience, Permission, Scope};
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::attachment;
use crate::http::body::unread;
use crate::http::idempotency::{Answer, Keyed, once};
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::problem::{Error, Result};

/// The office that keeps the register.
const TITLING: Permission = Permission::Roles(&[Audience::Titling]);
/// Files that are taken or given at the same time: each stands in memory as a whole.
static ROOM: Semaphore = Semaphore::const_new(4);
/// Longest time for which one file may come in.
const PATIENCE: Duration = Duration::from_mins(5);

/// Sources and their files.
pub fn routes() -> Routes<App> {
    Routes::default()
        .post("/api/v1/sources", TITLING, record)
        .get("/api/v1/sources/{id}", TITLING, show)
        .post("/api/v1/sources/{id}/files", TITLING, attach)
        .get("/api/v1/sources/{id}/files/{sha256}", TITLING, fetch)
        // A reading that leaves a note is no safe method.
        .post("/api/v1/sources/{id}/files/{sha256}", TITLING, fetch_personal)
}

/// Largest body at `path`, where it is a file that comes in.
pub fn body_limit(path: &str) -> Option<usize> {
    let inside = path.strip_prefix("/api/v1/sources/")?.strip_suffix("/files")?;
    (!inside.contains('/')).then_some(MOST_BYTES)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recording {
    ubigeo: String,
    reason: String,
    source: NewSource,
}

async fn record(State(app): State<App>, actor: Actor, keyed: Keyed<Recording>) -> Result<Response> {
    let asked = &keyed.body;
    asked.source.check(Moment::from(Utc::now()).day)?;
    if asked.reason.trim().len() < 3 {
        return Err(Error::bad("reason", "says why, for the journal"));
    }
    let mut transaction = app.source.database.write_as(&actor, &asked.reason).await?;
    if !store::is_district(&mut transaction, &asked.ubigeo).await? {
        return Err(Error::bad("ubigeo", "is no district of this cadastre"));
    }
    let account = actor.account.as_deref().unwrap_or_default();
    let answer = once(&mut transaction, account, &keyed.key, &keyed.request, async |connection| {
        let id = store::record(connection, &asked.ubigeo, &asked.source).await?;
        let source = find(connection, id).await?;
        Answer::json(StatusCode::CREATED, &Told { source: &source, files: Vec::new() })
    })
    .await?;
    transaction.commit().await?;
    Ok(answer.into_response())
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    source: &'a Source,
    files: Vec<FileOf>,
}

async fn told<'a>(connection: &mut PgConnection, source: &'a Source) -> Result<Told<'a>> {
    Ok(Told { source, files: store::files(connection, source).await? })
}

async fn find(connection: &mut PgConnection, id: i64) -> Result<Source> {
    let mut found = store::named(connection, &[id]).await?;
    found.pop().ok_or_else(|| Error::NotFound(format!("there is no source {id}")))
}

async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let source = find(&mut snapshot, number(&id)?).await?;
    Ok(Json(told(&mut snapshot, &source).await?).into_response())
}

/// The same bytes are the same file, so a repetition needs no key: it finds it attached.
async fn attach(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let id = number(&id)?;
    let _room = ROOM.acquire().await.map_err(anyhow::Error::from)?;
    let bytes = whole(body).await?;
    let kind = Type::of(&bytes)?;
    let reason = format!("archivo de la fuente {id}");
    let mut transaction = app.source.database.write_as(&actor, &reason).await?;
    let source = find(&mut transaction, id).await?;
    let is_new = store::attach(&mut transaction, &source, kind, &bytes).await?;
    let told = Json(told(&mut transaction, &source).await?).into_response();
    transaction.commit().await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, told).into_response())
}

/// The body as a whole, within the limit and the time.
async fn whole(body: Body) -> Result<Bytes> {
    let read = timeout(PATIENCE, to_bytes(body, MOST_BYTES)).await;
    let read = read.map_err(|_| Error::bad("body", "did not come in time"))?;
    read.map_err(|error| unread(&error, MOST_BYTES))
}

async fn fetch(
    State(app): State<App>,
    actor: Actor,
    Path((id, sha256)): Path<(String, String)>,
) -> Result<Response> {
    let (id, hash) = (number(&id)?, Hash::parse(&sha256).ok_or_else(unknown)?);
    let _room = ROOM.acquire().await.map_err(anyhow::Error::from)?;
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let source = find(&mut snapshot, id).await?;
    if source.about_person {
        return Err(Error::Forbidden(
            "this source is about a person: POST to this address with the purpose".to_owned(),
        ));
    }
    let (media, bytes) = store::content(&mut snapshot, id, &hash).await?.ok_or_else(unknown)?;
    Ok(download(&hash, &media, bytes))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Purpose {
    purpose: String,
}

async fn fetch_personal(
    State(app): State<App>,
    actor: Actor,
    Path((id, sha256)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response> {
    if !actor.reaches(Scope::Person) {
        return Err(Error::Forbidden("the token lacks the scope `person`".to_owned()));
    }
    let asked: Purpose =
        serde_json::from_slice(&body).map_err(|error| Error::bad("body", error.to_string()))?;
    let (id, hash) = (number(&id)?, Hash::parse(&sha256).ok_or_else(unknown)?);
    let _room = ROOM.acquire().await.map_err(anyhow::Error::from)?;
    let mut transaction = app.source.database.write_as(&actor, &asked.purpose).await?;
    find(&mut transaction, id).await?;
    let found = store::personal_content(&mut transaction, id, &hash, &asked.purpose).await?;
    // What was told was noted, and what was noted stays.
    transaction.commit().await?;
    let (media, bytes) = found.ok_or_else(unknown)?;
    Ok(download(&hash, &media, bytes))
}

fn unknown() -> Error {
    Error::NotFound("this source has no such file".to_owned())
}

/// A download, never a page: whatever is inside runs nowhere in the name of this service.
fn download(hash: &Hash, media: &str, bytes: Vec<u8>) -> Response {
    let name = attachment::named(&format!("{hash}.{}", file::ending(media)));
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, name);
    for (header, value) in [
        (header::CONTENT_TYPE, media),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header, value);
        }
    }
    response
}
