//! Repairs: shown before and after, then made on the staged shapes. The file and the cadastre stay as they are.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::decisions::{Begun, Decision, Why, begun, examine};
use super::store::decide;
use super::store::repair::{self, Chosen};
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::Keyed;
use crate::http::negotiate::JSON;
use crate::problem::{Error, Result};

/// Every finding of a class.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfClass {
    reason: String,
    class: String,
}

/// `POST …/repairs`: every finding of a class that has a repair.
pub async fn repair(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<OfClass>,
) -> Result<Response> {
    let chosen = Chosen::Class(keyed.body.class.clone());
    mend(&app, &actor, ask, &id, (&keyed, &keyed.body.reason), &chosen).await
}

/// `POST …/findings/{finding}/repair`: one.
pub async fn repair_one(
    State(app): State<App>,
    actor: Actor,
    ask: Ask,
    Path((id, finding)): Path<(String, String)>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    let chosen = Chosen::Finding(number(&finding)?);
    mend(&app, &actor, ask, &id, (&keyed, &keyed.body.reason), &chosen).await
}

async fn mend<T>(
    app: &App,
    actor: &Actor,
    mut ask: Ask,
    id: &str,
    said: (&Keyed<T>, &str),
    chosen: &Chosen,
) -> Result<Response> {
    let dry_run = ask.dry_run()?;
    ask.only_media(&[JSON])?;
    let mut decision = begun!(Decision::begin(app, actor, &ask, id, said, &["checked"]));
    let id = decision.delivery.id;
    let changed = repair::plan(&mut decision.transaction, id, chosen).await?;
    if changed == 0 {
        return Err(Error::NotFound("no open finding of these has a repair".to_owned()));
    }
    let more = json!({ "changed": changed, "repairs": repair::shown(&mut decision.transaction).await? });
    if dry_run {
        return Ok(Json(more).into_response());
    }
    repair::apply(&mut decision.transaction, id).await?;
    decide::to_check(&mut decision.transaction, id).await?;
    let answer = decision.end(StatusCode::ACCEPTED, more).await?;
    examine(app, id, false);
    Ok(answer.into_response())
}
