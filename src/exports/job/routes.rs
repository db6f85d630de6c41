//! `/api/v1/exports`: asking for one, following it, fetching its file, ending it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::asked::Asked;
use super::worker::{self, Work};
use crate::access::{Actor, Audience, Permission};
use crate::app::App;
use crate::changes;
use crate::exports::store::job::{Export, New};
use crate::exports::store::{self, job};
use crate::exports::{PATIENCE, media_of_format, named, serve};
use crate::http::ask::Ask;
use crate::http::idempotency::{Answer, Keyed, once};
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::ogc::reply::Head;
use crate::problem::{Error, Result};

/// Exports of one account, or of all who are not signed in, that are made or wait for it.
const MOST_OPEN: [i64; 2] = [3, 12];
/// Exports of one account, or of all who are not signed in, that are kept.
const MOST_KEPT: [i64; 2] = [30, 300];
/// When an account may ask again.
const PATIENCE_S: u32 = 30;

/// Exports by a job.
pub fn routes() -> Routes<App> {
    Routes::default()
        .post("/api/v1/exports", Permission::Public, ask_for)
        .get("/api/v1/exports/{id}", Permission::Public, show)
        .delete("/api/v1/exports/{id}", Permission::Public, end)
        .get("/api/v1/exports/{id}/events", Permission::Public, follow)
        .get("/api/v1/exports/{id}/file", Permission::Public, file)
}

async fn ask_for(State(app): State<App>, ask: Ask, keyed: Keyed<Map<String, Value>>) -> Result<Response> {
    ask.parameters.finish()?;
    let body = Value::Object(keyed.body.clone());
    let asked = Asked::read(keyed.body)?;
    let requests = asked.requests(&ask.source).await?;
    let id = Uuid::new_v4();
    let mut transaction = store::begin(&app.source.database).await?;
    let account = ask.actor.account.as_deref();
    let key_owner = account.unwrap_or_default();
    let answer = once(&mut transaction, key_owner, &keyed.key, &keyed.request, async |connection| {
        check_limits(&app, connection, account).await?;
        let new = New {
            id,
            account,
            office: ask.actor.audience.name(),
            format: media_of_format(asked.format).f,
            asked: &body,
            hours: app.settings.export_hours,
        };
        job::record(connection, &new).await?;
        let told = told(&found(connection, &ask.actor, id).await?);
        let at = format!("/api/v1/exports/{id}");
        Ok(Answer::json(StatusCode::ACCEPTED, &told)?.with(&header::LOCATION, at))
    })
    .await?;
    transaction.commit().await?;
    if !answer.replayed {
        let source = ask.source.patient(PATIENCE);
        let (format, language, base) = (asked.format, ask.language, ask.base);
        tokio::spawn(worker::run(app, Work { id, source, format, language, base, requests }));
    }
    Ok(answer.into_response())
}

/// Files take room and a process each: nobody has more than a few, and all together no more than was set.
async fn check_limits(app: &App, connection: &mut PgConnection, account: Option<&str>) -> Result<()> {
    job::take_turn(connection).await?;
    let crowd = job::crowd(connection, account).await?;
    let of = usize::from(account.is_none());
    match () {
        () if crowd.open >= MOST_OPEN[of] => Err(Error::TooMany(PATIENCE_S)),
        () if crowd.kept >= MOST_KEPT[of] => Err(Error::Conflict(format!(
            "{} exports are kept: end one with DELETE, or wait until one expires",
            crowd.kept
        ))),
        () if crowd.bytes.unsigned_abs() >= app.settings.export_bytes() => Err(Error::Overloaded),
        () => Ok(()),
    }
}

/// The export, where the actor may know of it.
///
/// # Errors
/// [`Error::NotFound`], whoever else's it may be.
async fn found(connection: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<Export> {
    let export = job::of(connection, id, actor.account.as_deref()).await?;
    // An office that was taken away takes along what was read in it.
    let holds = |export: &Export| match Audience::named(&export.office) {
        Some(Audience::Public | Audience::Citizen) => true,
        Some(office) => actor.audience == office || actor.offices().contains(&office),
        None => false,
    };
    export.filter(holds).ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::NotFound("there is no such export, or it has expired".to_owned())
}

fn number(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| unknown())
}

async fn glance(app: &App, actor: &Actor, id: Uuid) -> Result<Export> {
    let mut transaction = store::begin(&app.source.database).await?;
    let export = found(&mut transaction, actor, id).await?;
    transaction.commit().await?;
    Ok(export)
}

fn told(export: &Export) -> Value {
    let state = match (export.is_open(), export.phase.as_str()) {
        (true, "waiting") => "waiting",
        (true, _) => "working",
        _ => &export.state,
    };
    let at = format!("/api/v1/exports/{}", export.id);
    let progress = export.is_open().then(|| {
        json!({ "phase": export.phase, "features": export.done, "total": export.total, "bytes": export.kept_bytes })
    });
    json!({
        "id": export.id,
        "state": state,
        "format": export.format,
        "asked": export.asked,
        "progress": progress,
        "features": export.row_count,
        "bytes": export.bytes,
        "sha256": export.sha256,
        "trouble": export.trouble,
        "created_at": export.created_at,
        "started_at": export.started_at,
        "ready_at": export.ready_at,
        "expires_at": export.expires_at,
        "file": export.file_id.map(|_| format!("{at}/file")),
        "events": format!("{at}/events"),
    })
}

async fn show(State(app): State<App>, mut ask: Ask, Path(id): Path<String>) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let export = glance(&app, &ask.actor, number(&id)?).await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(told(&export))).into_response())
}

async fn follow(State(app): State<App>, ask: Ask, Path(id): Path<String>) -> Result<Response> {
    ask.parameters.finish()?;
    let id = number(&id)?;
    let actor = ask.actor;
    glance(&app, &actor, id).await?;
    let sleeper = app.wake.join(&app.source.database).await?;
    Ok(changes::follow(sleeper, move || {
        let (app, actor) = (app.clone(), actor.clone());
        async move {
            let export = glance(&app, &actor, id).await?;
            Ok((told(&export), export.is_open()))
        }
    }))
}

async fn file(State(app): State<App>, ask: Ask, Path(id): Path<String>) -> Result<Response> {
    ask.parameters.finish()?;
    let export = glance(&app, &ask.actor, number(&id)?).await?;
    let Some(kept) = export.kept() else {
        return Err(Error::Conflict(format!("the export has no file: its state is `{}`", export.state)));
    };
    let format = named(&export.format).ok_or_else(|| anyhow::anyhow!("a format {}", export.format))?;
    let head = Head::new(media_of_format(format), ask.source.catalogue.current().await?.notice());
    let name = Asked::file_name(&Asked::layers_of(&export.asked), format);
    serve(&app.source.database, &ask, &head, &kept, &name)
}

async fn end(State(app): State<App>, ask: Ask, Path(id): Path<String>) -> Result<Response> {
    ask.parameters.finish()?;
    let mut transaction = store::begin(&app.source.database).await?;
    let export = found(&mut transaction, &ask.actor, number(&id)?).await?;
    job::end(&mut transaction, export.id).await?;
    job::forget(&mut transaction).await?;
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
