//! `/api/v1/parcels`: operations, the parcel as its next writer must know it, lineage.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::model::{Report, Request, Terms};
use super::operations::{Mode, explained, perform};
use super::{ask, lineage, store};
use crate::access::{Actor, Audience, Permission};
use crate::app::App;
use crate::database::retry;
use crate::http::ask::Ask;
use crate::http::idempotency::{Answer, Key, RequestHash, once};
use crate::http::negotiate::JSON;
use crate::http::routes::Routes;
use crate::layers::when::Moment;
use crate::problem::{Error, Result};

/// Who changes the fabric.
const WRITERS: Permission = Permission::Roles(&[Audience::Surveyor]);
/// Who works with its versions.
const STAFF: Permission = Permission::Roles(&[Audience::Surveyor, Audience::Titling, Audience::Planner]);

/// Operations and lineage.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/api/v1/parcels/{code}", STAFF, show)
        .get("/api/v1/parcels/{code}/lineage", STAFF, relatives)
        .post("/api/v1/parcels/merge", WRITERS, merge)
        .post("/api/v1/parcels/agree", WRITERS, agree)
        .post("/api/v1/parcels/{code}/{operation}", WRITERS, one)
}

/// Operations on the one parcel that the path names.
const ON_ONE: [&str; 6] = ["split", "detach", "adjust", "replace", "retire", "correct"];

async fn one(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    Path((code, operation)): Path<(String, String)>,
    (method, uri): (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    if !ON_ONE.contains(&operation.as_str()) {
        return Err(Error::NotFound("there is nothing at this address".to_owned()));
    }
    let write = Write::read(ask, &operation, Some(&code.to_uppercase()), (method, uri), &body)?;
    write.answer(&app, &actor).await
}

async fn merge(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    called: (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    Write::read(ask, "merge", None, called, &body)?.answer(&app, &actor).await
}

async fn agree(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    called: (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    Write::read(ask, "agree", None, called, &body)?.answer(&app, &actor).await
}

/// Does or tries an operation on the parcel of that code, whose members somebody has read already: a polygon that was
/// delivered stands in no request.
///
/// # Errors
/// As the operation over HTTP.
pub async fn operate(
    app: &App,
    actor: &Actor,
    ask: Ask,
    (operation, code): (&str, &str),
    members: Map<String, Value>,
    hash: RequestHash,
) -> Result<Response> {
    Write::of(ask, operation, Some(&code.to_uppercase()), members, hash)?.answer(app, actor).await
}

/// An operation that was asked for over HTTP.
struct Write {
    request: Request,
    terms: Terms,
    today: NaiveDate,
    /// What makes a repetition one: absent in a dry run, which may be repeated at will.
    key: Option<Key>,
    hash: RequestHash,
}

impl Write {
    fn read(
        ask: Ask,
        operation: &str,
        code: Option<&str>,
        (method, uri): (Method, Uri),
        body: &Bytes,
    ) -> Result<Self> {
        let members: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| Error::bad("body", error.to_string()))?;
        Self::of(ask, operation, code, members, RequestHash::of(&method, &uri, body))
    }

    fn of(
        mut ask: Ask,
        operation: &str,
        code: Option<&str>,
        members: Map<String, Value>,
        hash: RequestHash,
    ) -> Result<Self> {
        let dry_run = ask.dry_run()?;
        ask.only_media(&[JSON])?;
        let (request, mut terms) = ask::read(operation, code, members)?;
        if let (Some(code), Some(seen)) = (code, ask.seen_version()?) {
            terms.expected.insert(code.to_owned(), seen);
        }
        if !dry_run {
            says_what_it_saw(&request, &terms)?;
        }
        let key = if dry_run { None } else { Some(Key::of(&ask.headers)?) };
        let today = Moment::from(chrono::Utc::now()).day;
        Ok(Self { request, terms, today, key, hash })
    }

    async fn answer(&self, app: &App, actor: &Actor) -> Result<Response> {
        match &self.key {
            None => Ok(Json(self.attempt(app, actor).await?).into_response()),
            Some(key) => Ok(retry(|| self.once(app, actor, key)).await?.into_response()),
        }
    }

    async fn attempt(&self, app: &App, actor: &Actor) -> Result<Report> {
        let mut transaction = app.source.database.write_as(actor, &self.terms.reason).await?;
        let report = perform(&mut transaction, &self.request, &self.terms, self.today, Mode::Try).await?;
        transaction.rollback().await?;
        Ok(report)
    }

    async fn once(&self, app: &App, actor: &Actor, key: &Key) -> Result<Answer> {
        let mut transaction = app.source.database.write_as(actor, &self.terms.reason).await?;
        let account = actor.account.as_deref().unwrap_or_default();
        let answer = once(&mut transaction, account, key, &self.hash, async |connection| {
            let report = perform(connection, &self.request, &self.terms, self.today, Mode::Do).await?;
            Answer::json(StatusCode::CREATED, &report)
        })
        .await?;
        transaction.commit().await.map_err(explained)?;
        Ok(answer)
    }
}

/// No lost update: who changes a parcel says which version it saw. Agreeing changes no polygon that anybody drew.
fn says_what_it_saw(request: &Request, terms: &Terms) -> Result<()> {
    let unsaid = request.codes().into_iter().find(|code| !terms.expected.contains_key(*code));
    match (request, unsaid) {
        (Request::Agree { .. }, _) | (_, None) => Ok(()),
        (_, Some(code)) => Err(Error::PreconditionRequired(format!(
            "say which version of {code} you saw: If-Match, or `expected` with the `version` of each parcel"
        ))),
    }
}

async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(code): Path<String>,
) -> Result<Response> {
    let day = ask.as_of(None)?;
    ask.only_media(&[JSON])?;
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let mut found = store::current(&mut snapshot, &code.to_uppercase(), day).await?;
    if found.len() > 1 {
        return Err(Error::Conflict("this code stands in several districts".to_owned()));
    }
    let parcel =
        found.pop().ok_or_else(|| Error::NotFound("no parcel has this code on that day".to_owned()))?;
    let tag = HeaderValue::try_from(format!("\"{}\"", parcel.version)).map_err(anyhow::Error::from)?;
    Ok(([(header::ETAG, tag)], Json(parcel)).into_response())
}

async fn relatives(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(code): Path<String>,
) -> Result<Response> {
    let day = ask.as_of(None)?;
    ask.only_media(&[JSON])?;
    let mut snapshot = app.source.database.read(actor.audience).await?;
    let lineage = lineage::of(&mut snapshot, &code.to_uppercase(), day).await?;
    if lineage.parcels.is_empty() {
        return Err(Error::NotFound("no parcel has this code".to_owned()));
    }
    Ok(Json(lineage).into_response())
}
