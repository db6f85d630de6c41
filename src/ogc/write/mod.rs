//! Features Part 4: create, replace and delete features of layers that have a door.
//!
//! Invariants: the database judges, through the same view that QGIS writes over PostGIS; a write says why; a replacement
//! or a delete says which version its writer saw; an account acts in the office that the layer is granted to. There is
//! no PATCH: a client that has it would send changes without the version.

mod body;
mod desk;
mod explain;
mod place;
mod seen;

pub use desk::{options_of_item, options_of_items};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sqlx::PgConnection;

use self::body::Sent;
use self::desk::Desk;
use self::seen::Seen;
use crate::access::Actor;
use crate::app::App;
use crate::database::retry;
use crate::http::ask::{Ask, encode};
use crate::http::idempotency::{self, Answer, Claim, Key, RequestHash};
use crate::layers::crs::Crs;
use crate::layers::request::Value;
use crate::layers::write::{self, Draft, Written};
use crate::layers::{Action, Layer, cursor};
use crate::problem::{Error, Result};

/// The header that says why, for the journal.
const REASON: HeaderName = HeaderName::from_static("predio-reason");

/// `POST /ogc/collections/{id}/items`
pub async fn create(
    State(app): State<App>,
    actor: Actor,
    Path(id): Path<String>,
    ask: Ask,
    called: (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    let desk = desk::of(&app, &actor, &id, Action::Create).await?;
    let sent = sent(&desk.layer, &ask.headers, &body)?;
    Write::of(desk, ask, called, &body, None, |_| Work::Create(sent.draft))?.answer(&app).await
}

/// `PUT /ogc/collections/{id}/items/{fid}`
pub async fn replace(
    State(app): State<App>,
    actor: Actor,
    Path((id, fid)): Path<(String, String)>,
    ask: Ask,
    called: (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    let desk = desk::of(&app, &actor, &id, Action::Replace).await?;
    let sent = sent(&desk.layer, &ask.headers, &body)?;
    let target = target(&desk.layer, &fid)?;
    let work = |seen| Work::Replace(target, seen, sent.draft);
    Write::of(desk, ask, called, &body, sent.version, work)?.answer(&app).await
}

/// `DELETE /ogc/collections/{id}/items/{fid}`
pub async fn delete(
    State(app): State<App>,
    actor: Actor,
    Path((id, fid)): Path<(String, String)>,
    ask: Ask,
    called: (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    let desk = desk::of(&app, &actor, &id, Action::Delete).await?;
    let target = target(&desk.layer, &fid)?;
    Write::of(desk, ask, called, &body, None, |seen| Work::Delete(target, seen))?.answer(&app).await
}

/// The feature in the body.
fn sent(layer: &Layer, headers: &HeaderMap, body: &Bytes) -> Result<Sent> {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|mime| mime.to_str().ok()).unwrap_or_default();
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !["application/geo+json", "application/json"].contains(&mime.as_str()) {
        return Err(Error::bad("Content-Type", "is application/geo+json"));
    }
    let crs = content_crs(layer, headers)?;
    let door =
        layer.door.as_ref().ok_or_else(|| anyhow::anyhow!("a layer without a door was to be written"))?;
    body::read(layer, door, &crs, body)
}

/// System of the positions in the body: `Content-Crs`, CRS84 without it.
fn content_crs(layer: &Layer, headers: &HeaderMap) -> Result<Crs> {
    let Some(value) = headers.get("content-crs") else { return Ok(Crs::crs84()) };
    let uri = value.to_str().unwrap_or_default().trim().trim_start_matches('<').trim_end_matches('>');
    let uris: Vec<_> = layer.crs.iter().map(|crs| crs.uri.as_str()).collect();
    let unknown = || Error::bad("Content-Crs", format!("`{uri}` is not one of {}", uris.join(", ")));
    layer.crs_by_uri(uri).cloned().ok_or_else(unknown)
}

fn missing(layer: &Layer, fid: &str) -> Error {
    Error::NotFound(format!("collection `{}` has no feature `{fid}`", layer.name))
}

fn target(layer: &Layer, fid: &str) -> Result<Value> {
    cursor::parse_id(layer, fid).ok_or_else(|| missing(layer, fid))
}

/// Why it is written: header, else parameter. A desktop program that can send neither says at least what it is.
fn reason(ask: &mut Ask) -> Result<String> {
    let said = match ask.headers.get(REASON) {
        Some(value) => Some(
            String::from_utf8(value.as_bytes().to_vec())
                .map_err(|_| Error::bad("Predio-Reason", "is not UTF-8"))?,
        ),
        None => ask.parameters.take("reason"),
    };
    let agent = ask.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let program = agent.split_whitespace().find(|word| word.starts_with("QGIS/"));
    let said =
        said.or_else(|| program.map(|program| format!("editado con {program}, sin otro motivo declarado")));
    let said = said.unwrap_or_default().trim().to_owned();
    if said.len() < 3 {
        return Err(Error::bad(
            "reason",
            "says why, for the journal: header Predio-Reason, or parameter `reason`",
        ));
    }
    Ok(said)
}

/// Whether the record is put right: parameter `correction`.
fn corrects(ask: &mut Ask) -> Result<bool> {
    match ask.parameters.take("correction").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::bad("correction", "is true or false")),
    }
}

/// What is to be done.
enum Work {
    Create(Draft),
    Replace(Value, Option<Seen>, Draft),
    Delete(Value, Option<Seen>),
}

/// A write that was asked for over HTTP.
struct Write {
    desk: Desk,
    work: Work,
    reason: String,
    /// Whether it puts right what was recorded, for the whole period of the version.
    corrects: bool,
    /// What makes a repetition one, where the client says it.
    key: Option<(Key, RequestHash)>,
    /// Address of the collection's items.
    items: String,
}

impl Write {
    fn of(
        desk: Desk,
        mut ask: Ask,
        (method, uri): (Method, Uri),
        body: &Bytes,
        version: Option<i64>,
        work: impl FnOnce(Option<Seen>) -> Work,
    ) -> Result<Self> {
        let reason = reason(&mut ask)?;
        let corrects = method == Method::PUT && corrects(&mut ask)?;
        let seen = Seen::read(&mut ask, version)?;
        ask.parameters.finish()?;
        let key = if ask.headers.contains_key(idempotency::KEY) {
            Some((Key::of(&ask.headers)?, RequestHash::of(&method, &uri, body)))
        } else {
            None
        };
        let items = format!("{}/ogc/collections/{}/items", ask.base, encode(&desk.layer.name));
        Ok(Self { work: work(seen), desk, reason, corrects, key, items })
    }

    async fn answer(&self, app: &App) -> Result<Response> {
        Ok(retry(|| self.once(app)).await?.into_response())
    }

    async fn once(&self, app: &App) -> Result<Answer> {
        let Desk { layer, actor } = &self.desk;
        let mut transaction = app.source.database.write_as(actor, &self.reason).await?;
        let account = actor.account.as_deref().unwrap_or_default();
        let claimed = match &self.key {
            None => None,
            Some((key, hash)) => match idempotency::claim(&mut transaction, account, key, hash).await? {
                Claim::Answered(answer) => return Ok(answer),
                Claim::New(claimed) => Some(claimed),
            },
        };
        if self.corrects {
            write::correct(&mut transaction).await?;
        }
        let answer = self.perform(&mut transaction).await?;
        if let Some(claimed) = claimed {
            claimed.keep(&mut transaction, &answer).await?;
        }
        transaction.commit().await.map_err(|error| explain::refused(layer, error))?;
        Ok(answer)
    }

    async fn perform(&self, connection: &mut PgConnection) -> Result<Answer> {
        let layer = &self.desk.layer;
        let refused = |error| explain::refused(layer, error);
        match &self.work {
            Work::Create(draft) => {
                let written = write::create(connection, layer, draft).await.map_err(refused)?;
                let answer = self.told(StatusCode::CREATED, &written)?;
                Ok(answer.with(&header::LOCATION, format!("{}/{}", self.items, encode(&written.id))))
            }
            Work::Replace(id, seen, draft) => {
                let current = self.current(connection, id, seen.as_ref()).await?;
                let written =
                    write::replace(connection, layer, (id, current), draft).await.map_err(refused)?;
                self.told(StatusCode::OK, &written.ok_or_else(explain::overtaken)?)
            }
            Work::Delete(id, seen) => {
                let current = self.current(connection, id, seen.as_ref()).await?;
                if !write::delete(connection, layer, (id, current)).await.map_err(refused)? {
                    return Err(explain::overtaken());
                }
                Ok(Answer {
                    status: StatusCode::NO_CONTENT,
                    headers: Vec::new(),
                    body: String::new(),
                    replayed: false,
                })
            }
        }
    }

    /// The id and the version now, so that the next write needs no reading.
    fn told(&self, status: StatusCode, written: &Written) -> Result<Answer> {
        let id = match written.id.parse::<i64>() {
            Ok(number) if self.desk.layer.has_integer_id() => json!(number),
            _ => json!(written.id),
        };
        let answer = Answer::json(status, &json!({ "id": id, "version": written.version }))?;
        Ok(answer.with(&header::ETAG, format!("\"{}\"", written.version)))
    }

    /// No lost update: the version in force, which is what the writer saw, or what the writer's own program wrote since.
    async fn current(&self, connection: &mut PgConnection, id: &Value, seen: Option<&Seen>) -> Result<i64> {
        let layer = &self.desk.layer;
        let current =
            write::version(connection, layer, id).await?.ok_or_else(|| missing(layer, &text(id)))?;
        let Some(seen) = seen else {
            let may = self.deletes_own_work(connection, id).await?;
            return if may { Ok(current) } else { Err(explain::unseen()) };
        };
        if seen.is(current) {
            return Ok(current);
        }
        let since = match (id, seen.newest()) {
            (Value::Int(id), Some(newest)) => write::changes_since(connection, layer, *id, newest).await?,
            _ => None,
        };
        if seen.by_property && since.as_ref().is_some_and(|since| since.is_own) {
            return Ok(current);
        }
        Err(explain::stale(current, since.as_ref()))
    }

    /// A delete of what nobody else ever wrote loses nobody's work, whatever was seen: QGIS cannot say it.
    async fn deletes_own_work(&self, connection: &mut PgConnection, id: &Value) -> Result<bool> {
        match (&self.work, id) {
            (Work::Delete(..), Value::Int(id)) => write::is_own_work(connection, &self.desk.layer, *id).await,
            _ => Ok(false),
        }
    }
}

fn text(id: &Value) -> String {
    match id {
        Value::Int(id) => id.to_string(),
        Value::Uuid(id) => id.to_string(),
        Value::Text(id) => id.clone(),
        other => format!("{other:?}"),
    }
}
