//! What an office decides about a return: that it is applied, what becomes of a conflict, that it is taken back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::decisions::{Begun, Decision, begun, changed_since, in_the_way, tally, with};
use super::super::routes::found;
use super::super::store::decide::Refused;
use super::super::store::{changes, decide as store};
use super::changes::check_returns;
use super::model::{Change, Side};
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::Keyed;
use crate::http::negotiate::JSON;
use crate::parcels::operations::explained;
use crate::problem::{Error, Result, Violation};

/// Refusals that one answer lists.
const LISTED: usize = 100;

/// Applies what may be applied, as one; conflicts stay open.
///
/// # Errors
/// A broken rule when nothing differs.
pub(in crate::deliveries) async fn accept(mut decision: Decision, dry_run: bool) -> Result<Response> {
    let connection = &mut decision.transaction;
    let before = changes::counts(connection, decision.delivery.id).await?;
    let differs = ["update", "merge", "create", "delete", "conflict"];
    if !differs.iter().any(|kind| before[kind].as_i64().is_some_and(|count| count > 0)) {
        return Err(nothing_differs());
    }
    let refused = changes::accept(connection, &decision.delivery).await?;
    let refused: Vec<Value> = refused.iter().take(LISTED).map(told).collect();
    let counts = changes::counts(connection, decision.delivery.id).await?;
    let more = json!({ "entered": counts["applied"], "changes": counts, "refused": refused });
    if dry_run {
        changes::judge_now(connection).await.map_err(explained)?;
        let now = found(connection, decision.delivery.id).await?;
        return Ok(axum::Json(with(tally(&now), more)).into_response());
    }
    Ok(decision.end(StatusCode::OK, more).await?.into_response())
}

fn told(refused: &Refused) -> Value {
    let feature = Some(refused.number).filter(|number| *number > 0);
    json!({ "feature": feature, "rule": refused.rule, "message": refused.message })
}

fn nothing_differs() -> Error {
    Error::Rules(vec![Violation {
        rule: "return-has-something-to-apply".into(),
        detail: "es: la devolución no trae ningún cambio que aplicar ni que decidir; déjela de lado | \
                 en: the return brings no change to apply or to decide; put it aside"
            .to_owned(),
        pointer: None,
    }])
}

/// Whose side counts, and the version on record that who decides saw.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    reason: String,
    take: Side,
    /// None: it ended here.
    #[serde(default)]
    version: Option<i32>,
}

/// `POST …/changes/{change}/decide`: takes their side of a conflict, or keeps what is on record.
pub async fn decide(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path((id, change)): Path<(String, String)>,
    keyed: Keyed<Verdict>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let verdict = &keyed.body;
    let mut decision =
        begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &verdict.reason), &["accepted"]));
    check_returns(&decision.delivery)?;
    let change = open_conflict(&mut decision, number(&change)?).await?;
    if verdict.take == Side::Theirs {
        check_seen(&change, verdict.version)?;
    }
    let has_something = change.is_gone || !change.fields.is_empty();
    if verdict.take == Side::Theirs && has_something {
        write(&mut decision, &change).await?;
    } else {
        changes::keep(&mut decision.transaction, change.id).await?;
    }
    changes::close(&mut decision.transaction, decision.delivery.id).await?;
    let counts = changes::counts(&mut decision.transaction, decision.delivery.id).await?;
    Ok(decision.end(StatusCode::OK, json!({ "changes": counts })).await?.into_response())
}

/// The conflict against what is on record now.
async fn open_conflict(decision: &mut Decision, id: i64) -> Result<Change> {
    let found = changes::one(&mut decision.transaction, &decision.delivery, id).await?;
    let change = found
        .ok_or_else(|| Error::NotFound(format!("delivery {} has no change {id}", decision.delivery.id)))?;
    if change.change == "conflict" && change.state == "open" {
        return Ok(change);
    }
    Err(Error::Conflict(format!(
        "es: no es un conflicto abierto ({0}, {1}) | en: it is no open conflict ({0}, {1})",
        change.change, change.state
    )))
}

/// Nothing is overwritten that who decides did not see.
fn check_seen(change: &Change, version: Option<i32>) -> Result<()> {
    if change.seen == version {
        return Ok(());
    }
    let now = change.seen.map_or_else(|| "—".to_owned(), |version| version.to_string());
    Err(Error::PreconditionFailed(format!(
        "es: ya no es como usted lo vio, la versión que consta es {now}: mire de nuevo el conflicto (`version`) | \
         en: it is no longer as you saw it, the version on record is {now}: look at the conflict again (`version`)"
    )))
}

async fn write(decision: &mut Decision, change: &Change) -> Result<()> {
    let refused = changes::apply(&mut decision.transaction, &decision.delivery, Some(change.id)).await?;
    if let Some(first) = refused.first() {
        return Err(Error::Rules(vec![Violation {
            rule: first.rule.clone().into(),
            detail: first.message.clone(),
            pointer: None,
        }]));
    }
    let now = changes::one(&mut decision.transaction, &decision.delivery, change.id).await?;
    if now.is_some_and(|now| now.state == "applied") {
        return Ok(());
    }
    Err(Error::PreconditionFailed(
        "es: alguien lo cambió mientras tanto | en: somebody changed it meanwhile".to_owned(),
    ))
}

/// Takes back what was applied, as one, while nothing was built on it.
///
/// # Errors
/// A conflict that names what stands in the way.
pub(in crate::deliveries) async fn revoke(mut decision: Decision) -> Result<Response> {
    let connection = &mut decision.transaction;
    let mut built = changes::stands_on(connection, &decision.delivery).await?;
    built.extend(store::built_on(connection, decision.delivery.id).await?);
    if !built.is_empty() {
        return Err(in_the_way(&built));
    }
    let taken = changes::take_back(connection, &decision.delivery).await.map_err(|error| match error {
        Error::Database(error) => changed_since(error),
        other => other,
    })?;
    Ok(decision.end(StatusCode::OK, json!({ "taken_back": taken })).await?.into_response())
}
