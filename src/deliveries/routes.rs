//! `/api/v1/deliveries`: bringing a file, looking at what was found, following the work.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::model::{About, Delivery, Finding};
use super::receive::{Received, about};
use super::store::reading::{self, Which};
use super::targets;
use super::work::{File, Worker};
use super::{bundles, compare, decisions, layers, preview, repairs, store, survey};
use crate::access::{Actor, Audience, Permission};
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::{self, Answer, Claim, Key, RequestHash};
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::problem::{Error, Result};
use crate::sources;

/// Who brings files: the fabric is the surveyors', networks and plans are the planners'.
const OFFICES: Permission = Permission::Roles(&[Audience::Surveyor, Audience::Planner]);
/// Who changes the fabric.
const SURVEYOR: Permission = Permission::Roles(&[Audience::Surveyor]);
/// Why a delivery is looked at, where nobody says more.
pub(super) const READING: &str = "lectura de la entrega";
/// Things of one page, unless told.
const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 10_000;
/// Pause between two looks at the progress.
const GLANCE: Duration = Duration::from_millis(300);
/// A silent connection is cut by proxies after half a minute or more.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Deliveries.
pub fn routes() -> Routes<App> {
    Routes::default()
        .post("/api/v1/deliveries", OFFICES, bring)
        .post("/api/v1/deliveries/layers", OFFICES, layers::look)
        .get("/api/v1/deliveries", OFFICES, list)
        .get("/api/v1/deliveries/{id}", OFFICES, show)
        .get("/api/v1/deliveries/{id}/events", OFFICES, follow)
        .get("/api/v1/deliveries/{id}/findings", OFFICES, findings)
        .get("/api/v1/deliveries/{id}/features", OFFICES, features)
        .post("/api/v1/deliveries/{id}/features/{feature}/replace/{code}", SURVEYOR, survey::replace)
        .get("/api/v1/deliveries/{id}/preview", OFFICES, preview::preview)
        .post("/api/v1/deliveries/{id}/crs", OFFICES, decisions::place)
        .put("/api/v1/deliveries/{id}/mapping", OFFICES, decisions::map)
        .post("/api/v1/deliveries/{id}/check", OFFICES, decisions::check)
        .post("/api/v1/deliveries/{id}/repairs", OFFICES, repairs::repair)
        .post("/api/v1/deliveries/{id}/findings/{finding}/repair", OFFICES, repairs::repair_one)
        .get("/api/v1/deliveries/{id}/compare", OFFICES, compare::compare)
        .post("/api/v1/deliveries/{id}/accept", OFFICES, decisions::accept)
        .post("/api/v1/deliveries/{id}/reject", OFFICES, decisions::reject)
        .post("/api/v1/deliveries/{id}/revoke", OFFICES, decisions::revoke)
        .get("/api/v1/bundles/{bundle}", OFFICES, bundles::show)
        .post("/api/v1/bundles/{bundle}/accept", OFFICES, bundles::accept)
        .post("/api/v1/bundles/{bundle}/revoke", OFFICES, bundles::revoke)
}

/// The worker of this service.
pub fn worker(app: &App) -> Worker {
    Worker { database: app.source.database.clone(), program: app.reader.clone() }
}

async fn bring(State(app): State<App>, actor: Actor, mut ask: Ask, request: Request) -> Result<Response> {
    let key = Key::of(&ask.headers)?;
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let parameters = std::mem::take(&mut ask.parameters);
    let received = Received::take(request, parameters, about).await?;
    // A form has another boundary each time: what makes a request the same one is what it says and its file.
    let said = format!("{}{:?}", received.sha256, received.about);
    let hash = RequestHash::of(&method, &uri, said.as_bytes());
    let (answer, staged) = record(&app, &actor, (&key, &hash), &received).await?;
    let folder = Arc::new(received.folder);
    for id in staged {
        let worker = worker(&app);
        let file = File { path: received.file.clone(), folder: Some(folder.clone()) };
        tokio::spawn(async move { worker.stage(id, file).await });
    }
    Ok(answer.into_response())
}

/// Records a delivery, or one for each layer that is wanted, in one transaction; their numbers.
async fn record(
    app: &App,
    actor: &Actor,
    (key, hash): (&Key, &RequestHash),
    received: &Received,
) -> Result<(Answer, Vec<i64>)> {
    let about = &received.about;
    let targets = bundles::targets(app, actor, about).await?;
    let mut transaction = app.source.database.write_as(&targets[0].actor, &about.reason()).await?;
    let account = actor.account.as_deref().unwrap_or_default();
    let claimed = match idempotency::claim(&mut transaction, account, key, hash).await? {
        Claim::Answered(answer) => return Ok((answer, Vec::new())),
        Claim::New(claimed) => claimed,
    };
    check_places(&mut transaction, received).await?;
    let bundle = bundles::begin(&mut transaction, about).await?;
    let mut deliveries = Vec::new();
    for (about, target) in about.each().iter().zip(&targets) {
        let id = insert(&mut transaction, (about, target), received, bundle).await?;
        deliveries.push(found(&mut transaction, id).await?);
    }
    let answer = match bundle {
        None => Answer::json(StatusCode::ACCEPTED, &deliveries[0])?
            .with(&header::LOCATION, format!("/api/v1/deliveries/{}", deliveries[0].id)),
        Some(bundle) => bundles::brought(bundle, &deliveries)?,
    };
    claimed.keep(&mut transaction, &answer).await?;
    transaction.commit().await?;
    Ok((answer, deliveries.iter().map(|one| one.id).collect()))
}

async fn insert(
    connection: &mut PgConnection,
    (about, target): (&About, &targets::Target),
    received: &Received,
    bundle: Option<i64>,
) -> Result<i64> {
    let new = store::New {
        about,
        file_name: &received.file_name,
        sha256: &received.sha256,
        bytes: received.bytes,
        properties: serde_json::to_value(targets::properties(&target.layer)).map_err(anyhow::Error::from)?,
        geometry: target.layer.geometry.as_ref().map_or("Geometry", |geometry| geometry.kind.as_str()),
        fixed: about.plan.as_ref().map_or_else(|| json!({}), |plan| json!({ "plan": plan })),
        bundle,
    };
    store::record(connection, &new).await.map_err(elsewhere)
}

/// 44000 with_check_option_violation: the office's own view holds what is inserted to the districts of the account.
pub(super) fn elsewhere(error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.as_deref() == Some("44000") {
        return Error::Forbidden("the rights of this account are limited to other districts".to_owned());
    }
    error.into()
}

async fn check_places(connection: &mut PgConnection, received: &Received) -> Result<()> {
    if !sources::store::is_district(connection, &received.about.ubigeo).await? {
        return Err(Error::bad("ubigeo", "is no district of this cadastre"));
    }
    if let Some(source) = received.about.source_id
        && !sources::store::is_source(connection, source).await?
    {
        return Err(Error::bad("source_id", "is no document of this cadastre"));
    }
    Ok(())
}

/// The delivery, where it is the office's own.
///
/// # Errors
/// [`Error::NotFound`], whoever else's it may be.
pub async fn found(connection: &mut PgConnection, id: i64) -> Result<Delivery> {
    let delivery = reading::delivery(connection, id).await?;
    delivery.ok_or_else(|| Error::NotFound(format!("this office has no delivery {id}")))
}

/// A transaction in which the account's districts are known, in whichever of its offices the delivery is.
pub async fn read(
    app: &App,
    actor: &Actor,
    id: i64,
    reason: &str,
) -> Result<(sqlx::Transaction<'static, sqlx::Postgres>, Delivery, Actor)> {
    let mut last = Error::NotFound(format!("this office has no delivery {id}"));
    for office in targets::OFFICES.into_iter().filter(|office| actor.offices().contains(office)) {
        let mut actor = actor.clone();
        actor.audience = office;
        let mut transaction = app.source.database.write_as(&actor, reason).await?;
        match found(&mut transaction, id).await {
            Ok(delivery) => return Ok((transaction, delivery, actor)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let (mut transaction, delivery, _) = read(&app, &actor, number(&id)?, READING).await?;
    let mut told = serde_json::to_value(&delivery).map_err(anyhow::Error::from)?;
    told["findings"] = serde_json::to_value(reading::counts(&mut transaction, delivery.id).await?)
        .map_err(anyhow::Error::from)?;
    told["progress"] = progress(&mut transaction, &delivery).await?;
    let tag = HeaderValue::try_from(format!("\"{}\"", delivery.version)).map_err(anyhow::Error::from)?;
    Ok(([(header::ETAG, tag)], Json(told)).into_response())
}

async fn progress(connection: &mut PgConnection, delivery: &Delivery) -> Result<Value> {
    let progress = reading::progress(connection, delivery.id).await?;
    let progress = progress.filter(|_| delivery.is_busy());
    Ok(json!({
        "state": delivery.state,
        "phase": progress.as_ref().map(|(phase, ..)| phase),
        "done": progress.as_ref().map(|(_, done, _)| done),
        "total": progress.as_ref().and_then(|(.., total)| *total),
    }))
}

async fn list(State(app): State<App>, actor: Actor, mut ask: Ask) -> Result<Response> {
    let before = whole(&mut ask, "before")?;
    let limit = limit(&mut ask)?;
    let state = ask.parameters.take("state");
    ask.only_media(&[JSON])?;
    let mut transaction = app.source.database.write_as(&actor, "lectura de entregas").await?;
    let deliveries = reading::list(&mut transaction, (before, limit), state.as_deref()).await?;
    let next = deliveries.last().filter(|_| deliveries.len() as i64 == limit).map(|last| last.id);
    Ok(Json(json!({ "deliveries": deliveries, "before": next })).into_response())
}

fn limit(ask: &mut Ask) -> Result<i64> {
    match whole(ask, "limit")? {
        None => Ok(PAGE),
        Some(limit) if (1..=LARGEST_PAGE).contains(&limit) => Ok(limit),
        Some(_) => Err(Error::bad("limit", format!("must be a whole number from 1 to {LARGEST_PAGE}"))),
    }
}

fn whole(ask: &mut Ask, name: &str) -> Result<Option<i64>> {
    let text = ask.parameters.take(name);
    text.map(|text| text.parse().map_err(|_| Error::bad(name, "is a whole number"))).transpose()
}

async fn findings(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let which = Which {
        class: ask.parameters.take("class"),
        severity: ask.parameters.take("severity"),
        number: whole(&mut ask, "feature")?,
        after: whole(&mut ask, "after")?.unwrap_or(0),
        limit: limit(&mut ask)?,
    };
    ask.only_media(&[JSON])?;
    let (mut transaction, delivery, _) = read(&app, &actor, number(&id)?, READING).await?;
    let found = reading::findings(&mut transaction, delivery.id, &which).await?;
    let next = found.last().filter(|_| found.len() as i64 == which.limit).map(|last| last.id);
    let told: Vec<Value> = found.iter().map(told).collect();
    Ok(Json(json!({ "findings": told, "after": next })).into_response())
}

/// A finding as it is told; what it has not is not there.
pub fn told(finding: &Finding) -> Value {
    let (es, en) = finding.in_words();
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            told.insert(name.to_owned(), value);
        }
    };
    put("id", json!(finding.id));
    put("class", json!(finding.class));
    put("severity", json!(finding.severity));
    put("feature", json!(finding.number));
    put("part", json!(finding.part));
    put("ring", json!(finding.ring));
    put("vertex", json!(finding.vertex));
    put("field", json!(finding.field));
    put("other", json!(finding.other));
    put("measure", json!(finding.measure));
    put("place", json!(finding.east.zip(finding.north).map(|(east, north)| [east, north])));
    put("lon_lat", json!(finding.lon.zip(finding.lat).map(|(lon, lat)| [lon, lat])));
    put("repair", json!(finding.repair));
    put("es", json!(es));
    put("en", json!(en));
    Value::Object(told)
}

async fn features(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let (after, limit) = (whole(&mut ask, "after")?.unwrap_or(0), limit(&mut ask)?);
    let verdict = ask.parameters.take("verdict");
    ask.only_media(&[JSON])?;
    let (mut transaction, delivery, _) = read(&app, &actor, number(&id)?, READING).await?;
    let features =
        reading::features(&mut transaction, delivery.id, (after, limit), verdict.as_deref()).await?;
    Ok(Json(json!({ "type": "FeatureCollection", "features": features })).into_response())
}

/// Follows the work until it rests.
async fn follow(State(app): State<App>, actor: Actor, ask: Ask, Path(id): Path<String>) -> Result<Response> {
    ask.parameters.clone().finish()?;
    let id = number(&id)?;
    let (_, _, actor) = read(&app, &actor, id, READING).await?;
    let sleeper = app.wake.join(&app.source.database).await?;
    let events = unfold(Some((app, actor, sleeper, None)), move |state| async move {
        let (app, actor, mut sleeper, mut last) = state?;
        loop {
            let now = glance(&app, &actor, id).await;
            let Ok((value, is_busy)) = now else {
                let event = Event::default().event("error").data("{}");
                return Some((Ok::<_, Infallible>(event), None));
            };
            if last.as_ref() != Some(&value) {
                let event =
                    Event::default().event(if is_busy { "progress" } else { "end" }).data(value.to_string());
                last = Some(value);
                return Some((Ok(event), is_busy.then_some((app, actor, sleeper, last))));
            }
            tokio::select! {
                awake = sleeper.sleep() => if !awake { return None },
                () = tokio::time::sleep(GLANCE) => {}
            }
        }
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn glance(app: &App, actor: &Actor, id: i64) -> Result<(Value, bool)> {
    let mut transaction = app.source.database.write_as(actor, READING).await?;
    let delivery = found(&mut transaction, id).await?;
    Ok((progress(&mut transaction, &delivery).await?, delivery.is_busy()))
}
