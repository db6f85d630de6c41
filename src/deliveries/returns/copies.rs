//! Field copies: taking one, and fetching its file.

use std::sync::atomic::AtomicU64;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::super::model::About;
use super::super::routes::{READING, elsewhere, limit, whole};
use super::super::store::copies::{self, New};
use super::super::targets::{self, OFFICES, Target};
use super::model::{FieldCopy, Wanted, check_suits};
use crate::access::Actor;
use crate::app::App;
use crate::exports::{self, DIGEST, FileFormat, Reader};
use crate::http::ask::{Ask, number};
use crate::http::idempotency::{self, Answer, Claim, Keyed};
use crate::http::negotiate::{GPKG, JSON, Language};
use crate::layers::features::UNLIMITED;
use crate::ogc::query;
use crate::problem::{Error, Result};
use crate::sources;

/// Largest file that is kept.
const MOST_BYTES: u64 = 50 << 20;

/// `POST /api/v1/field_copies`: takes one, whose file is fetched at its address.
pub async fn take_over_http(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    keyed: Keyed<Wanted>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let wanted = &keyed.body;
    let target = targets::of(&app, &actor, &wanted.target).await?;
    let mut transaction = app.source.database.write_as(&target.actor, &wanted.reason).await?;
    let account = actor.account.as_deref().unwrap_or_default();
    let claimed = match idempotency::claim(&mut transaction, account, &keyed.key, &keyed.request).await? {
        Claim::Answered(answer) => return Ok(answer.into_response()),
        Claim::New(claimed) => claimed,
    };
    let copy = take(&app, &mut transaction, &target, wanted, (ask.language, &ask.base)).await?;
    let answer = Answer::json(StatusCode::CREATED, &copy)?
        .with(&header::LOCATION, format!("/api/v1/field_copies/{}", copy.id));
    claimed.keep(&mut transaction, &answer).await?;
    transaction.commit().await?;
    Ok(answer.into_response())
}

/// Takes a field copy in the transaction of the caller: the file is written, and kept as it is.
///
/// # Errors
/// A bad request that names the member; too large.
async fn take(
    app: &App,
    connection: &mut PgConnection,
    target: &Target,
    wanted: &Wanted,
    (language, base): (Language, &str),
) -> Result<FieldCopy> {
    check_suits(&target.layer)?;
    let request = query::items(&target.layer, &mut wanted.parameters(&target.layer)?, UNLIMITED)?.request;
    if !sources::store::is_district(connection, &wanted.ubigeo).await? {
        return Err(Error::bad("ubigeo", "is no district of this cadastre"));
    }
    let _permit = app.files.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
    let source = app.source_of(target.actor.audience);
    let reader = Reader { source, language, base };
    let mut sheet = exports::sheet(reader, &target.layer, &request, FileFormat::GeoPackage).await?;
    let mark = Uuid::new_v4().to_string();
    sheet.plan.mark = Some(mark.clone());
    let columns: Vec<String> = sheet.plan.fields.iter().map(|field| field.name.clone()).collect();
    let file = exports::write(&app.reader, source, &[sheet], &AtomicU64::new(0)).await?;
    if file.length > MOST_BYTES {
        return Err(Error::bad(
            "bbox",
            format!(
                "the copy would have {} MB, and 50 are kept; ask for less by `bbox` or `filter`",
                file.length >> 20
            ),
        ));
    }
    let bytes = tokio::fs::read(&file.written.path).await.map_err(anyhow::Error::from)?;
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let new =
        New { wanted, mark: &mark, columns: &columns, features: file.written.rows, sha256: &file.hex() };
    copies::record(connection, &new, &bytes).await.map_err(elsewhere)
}

/// Takes a field copy from the command line, in the first of the offices that changes the layer.
///
/// # Errors
/// As [`take`].
pub async fn take_inside(app: &App, offices: &[Actor], wanted: &Wanted) -> Result<(FieldCopy, Vec<u8>)> {
    let mut last = Error::bad("target", "is no layer");
    for actor in offices {
        let target = match targets::of(app, actor, &wanted.target).await {
            Ok(target) => target,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let mut transaction = app.source.database.write_as(&target.actor, &wanted.reason).await?;
        let copy = take(app, &mut transaction, &target, wanted, (Language::Es, "")).await?;
        let bytes = copies::own_bytes(&mut transaction, copy.id).await?;
        transaction.commit().await?;
        return Ok((copy, bytes));
    }
    Err(last)
}

/// The copy in whichever of the account's offices it is.
async fn found(app: &App, actor: &Actor, id: i64) -> Result<(Transaction<'static, Postgres>, FieldCopy)> {
    for office in OFFICES.into_iter().filter(|office| actor.offices().contains(office)) {
        let mut actor = actor.clone();
        actor.audience = office;
        let mut transaction = app.source.database.write_as(&actor, READING).await?;
        if let Some(copy) = copies::own(&mut transaction, id).await? {
            return Ok((transaction, copy));
        }
    }
    Err(Error::NotFound(format!("this office has no field copy {id}")))
}

/// Gives a delivery that returns a copy what the copy says: district, layer, sender.
///
/// # Errors
/// A bad request for a copy that is not the office's, or of another layer or district.
pub async fn complete(app: &App, actor: &Actor, about: &mut About) -> Result<()> {
    let Some(id) = about.returns else { return Ok(()) };
    let found = found(app, actor, id).await;
    let (_, copy) = found.map_err(|error| match error {
        Error::NotFound(detail) => Error::bad("returns", detail),
        other => other,
    })?;
    let sender = format!("salida de campo {id}");
    for (member, said, known) in
        [("target", &mut about.target, &copy.target), ("ubigeo", &mut about.ubigeo, &copy.ubigeo)]
    {
        if !said.is_empty() && said != known {
            return Err(Error::bad(member, format!("field copy {id} is of {known}")));
        }
        said.clone_from(known);
    }
    if about.sender.trim().is_empty() {
        about.sender = sender;
    }
    about.reason.get_or_insert_with(|| format!("devolución de la salida de campo {id}"));
    about.check_said()
}

/// `GET /api/v1/field_copies`: the office's own, the newest first.
pub async fn list(State(app): State<App>, actor: Actor, mut ask: Ask) -> Result<Response> {
    let (before, limit) = (whole(&mut ask, "before")?, limit(&mut ask)?);
    ask.only_media(&[JSON])?;
    let mut transaction = app.source.database.write_as(&actor, READING).await?;
    let copies = copies::list(&mut transaction, (before, limit)).await?;
    let next = copies.last().filter(|_| copies.len() as i64 == limit).map(|last| last.id);
    Ok(Json(json!({ "field_copies": copies, "before": next })).into_response())
}

/// `GET /api/v1/field_copies/{id}`
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let (_, copy) = found(&app, &actor, number(&id)?).await?;
    Ok(Json(copy).into_response())
}

/// `GET /api/v1/field_copies/{id}/file`: the GeoPackage as it went out.
pub async fn fetch(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
) -> Result<Response> {
    ask.only_media(&[GPKG])?;
    let _permit = app.files.clone().try_acquire_owned().map_err(|_| Error::Overloaded)?;
    let (mut transaction, copy) = found(&app, &actor, number(&id)?).await?;
    let bytes = copies::own_bytes(&mut transaction, copy.id).await?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    for (header, value) in [
        (header::CONTENT_TYPE, GPKG.mime.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", copy.file_name())),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (DIGEST, digest(&copy.sha256)?),
    ] {
        headers.insert(header, HeaderValue::try_from(value).map_err(anyhow::Error::from)?);
    }
    Ok(response)
}

/// In the form of RFC 9530.
fn digest(sha256: &str) -> Result<String> {
    use base64::Engine;
    let hash = hex::decode(sha256).map_err(anyhow::Error::from)?;
    Ok(format!("sha-256=:{}:", base64::engine::general_purpose::STANDARD.encode(hash)))
}
