//! `/api/v1/units`: the rights over a property unit, and acts that change them. `/api/v1/parties` stands in [`people`].

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, Utc};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;

use super::acts::{Mode, perform};
use super::model::{ACTS, Report, Request, Rights, Terms};
use super::rules::explained;
use super::{ask, people, store};
use crate::access::{Actor, Audience, Permission};
use crate::app::App;
use crate::database::retry;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::{Answer, Key, RequestHash, once};
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::problem::{Error, Result};
use crate::sources;

/// The office that keeps the register.
const TITLING: Permission = Permission::Roles(&[Audience::Titling]);

/// Units, acts, parties.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/api/v1/parcels/{code}/units", TITLING, of_parcel)
        .get("/api/v1/units/{id}", TITLING, show)
        .post("/api/v1/units/{id}/rights/{operation}", TITLING, act)
        .post("/api/v1/parties", TITLING, people::record)
        .post("/api/v1/parties/find", TITLING, people::find)
}

async fn act(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    Path((unit, operation)): Path<(String, String)>,
    (method, uri): (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    if !ACTS.contains(&operation.as_str()) {
        return Err(Error::NotFound("there is nothing at this address".to_owned()));
    }
    Write::read(ask, number(&unit)?, &operation, (method, uri), &body)?.answer(&app, &actor).await
}

/// An act that was asked for over HTTP.
struct Write {
    unit: i64,
    request: Request,
    terms: Terms,
    today: NaiveDate,
    /// What makes a repetition one: absent in a dry run, which may be repeated at will.
    key: Option<Key>,
    hash: RequestHash,
}

impl Write {
    fn read(
        mut ask: Ask,
        unit: i64,
        operation: &str,
        (method, uri): (Method, Uri),
        body: &Bytes,
    ) -> Result<Self> {
        let dry_run = ask.dry_run()?;
        ask.only_media(&[JSON])?;
        let today = Moment::from(Utc::now()).day;
        let members: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| Error::bad("body", error.to_string()))?;
        let (request, mut terms) = ask::read(operation, members, today)?;
        if let Some(seen) = ask.seen_version()? {
            terms.version = Some(seen);
        }
        if !dry_run && terms.version.is_none() {
            return Err(Error::PreconditionRequired(
                "say which version of the unit's rights you saw: If-Match, or `version`".to_owned(),
            ));
        }
        let key = if dry_run { None } else { Some(Key::of(&ask.headers)?) };
        Ok(Self { unit, request, terms, today, key, hash: RequestHash::of(&method, &uri, body) })
    }

    async fn answer(&self, app: &App, actor: &Actor) -> Result<Response> {
        match &self.key {
            None => Ok(Json(self.attempt(app, actor).await?).into_response()),
            Some(key) => Ok(retry(|| self.once(app, actor, key)).await?.into_response()),
        }
    }

    async fn attempt(&self, app: &App, actor: &Actor) -> Result<Report> {
        let mut transaction = app.source.database.write_as(actor, &self.terms.reason).await?;
        let report = self.perform(&mut transaction, Mode::Try).await?;
        transaction.rollback().await?;
        Ok(report)
    }

    async fn once(&self, app: &App, actor: &Actor, key: &Key) -> Result<Answer> {
        let mut transaction = app.source.database.write_as(actor, &self.terms.reason).await?;
        let account = actor.account.as_deref().unwrap_or_default();
        let answer = once(&mut transaction, account, key, &self.hash, async |connection| {
            Answer::json(StatusCode::CREATED, &self.perform(connection, Mode::Do).await?)
        })
        .await?;
        transaction.commit().await.map_err(explained)?;
        Ok(answer)
    }

    async fn perform(&self, connection: &mut PgConnection, mode: Mode) -> Result<Report> {
        perform(connection, self.unit, &self.request, &self.terms, self.today, mode).await
    }
}

async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    let day = ask.as_of(None)?;
    ask.only_media(&[JSON])?;
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let rights = rights(&mut snapshot, &actor, number(&id)?, day).await?;
    let tag = HeaderValue::try_from(format!("\"{}\"", rights.unit.version)).map_err(anyhow::Error::from)?;
    Ok(([(header::ETAG, tag)], Json(rights)).into_response())
}

async fn of_parcel(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(code): Path<String>,
) -> Result<Response> {
    let day = ask.as_of(None)?;
    let ubigeo = ask.parameters.take("ubigeo");
    ask.only_media(&[JSON])?;
    let code = code.to_uppercase();
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let found = store::units_of(&mut snapshot, &code, ubigeo.as_deref()).await?;
    if found.iter().any(|(_, other)| Some(other) != found.first().map(|(_, first)| first)) {
        return Err(Error::Conflict("several districts have this code: say `ubigeo`".to_owned()));
    }
    // A parcel that the register says nothing of is a parcel all the same.
    if found.is_empty() && !store::is_parcel(&mut snapshot, &code).await? {
        return Err(Error::NotFound(format!("no parcel has the code {code}")));
    }
    let mut units = Vec::with_capacity(found.len());
    for (id, _) in found {
        units.push(rights(&mut snapshot, &actor, id, day).await?);
    }
    Ok(Json(json!({ "code": code, "as_of": day, "units": units })).into_response())
}

/// Whose rights end at the borders of districts is told of no party's holdings elsewhere.
async fn rights(connection: &mut PgConnection, actor: &Actor, id: i64, day: NaiveDate) -> Result<Rights> {
    let unit = store::unit(connection, id).await?;
    let unit = unit.ok_or_else(|| Error::NotFound(format!("there is no property unit {id}")))?;
    if actor.districts().is_some_and(|own| !own.contains(&unit.ubigeo)) {
        return Err(Error::Forbidden("the rights of this account are limited to other districts".to_owned()));
    }
    let mut rights = store::entries(connection, &[id]).await?;
    rights.retain(|entry| entry.covers(day));
    let restrictions = store::burdens::in_force(connection, id, day).await?;
    let acts = store::acts(connection, id).await?;
    let mut proofs: Vec<i64> = rights.iter().filter_map(|entry| entry.source).collect();
    proofs.extend(restrictions.iter().filter_map(|one| one.source));
    proofs.extend(acts.iter().map(|act| act.source));
    let sources = sources::store::named(connection, &proofs).await?;
    Ok(Rights { unit, as_of: day, rights, restrictions, sources, acts })
}
