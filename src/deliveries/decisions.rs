//! What an office decides about a delivery, each decision one transaction under a key, on the version that it saw.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};

use super::model::{Delivery, Origin, Proposal};
use super::routes::{read, worker};
use super::store::place::{By, choose};
use super::store::{decide, reading};
use super::{mapping, returns, targets};
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::{self, Answer, Claim, Claimed, Keyed};
use crate::http::negotiate::JSON;
use crate::problem::{Error, Result, Violation};

/// A decision that has begun: its transaction, its key, the delivery held for it.
pub(super) struct Decision {
    pub transaction: Transaction<'static, Postgres>,
    claimed: Claimed,
    pub delivery: Delivery,
    pub actor: Actor,
}

/// How a decision begins: an answer that was given before, or the work.
pub(super) enum Begun {
    Answered(Answer),
    New(Box<Decision>),
}

impl Decision {
    /// Begins one; `states` are those in which it can be made.
    pub async fn begin<T>(
        app: &App,
        actor: &Actor,
        ask: &Ask,
        id: &str,
        (keyed, reason): (&Keyed<T>, &str),
        states: &[&str],
    ) -> Result<Begun> {
        let id = number(id)?;
        if reason.trim().len() < 3 {
            return Err(Error::bad("reason", "says why, for the journal"));
        }
        // In which office of the account the delivery is.
        let (mut transaction, _, actor) = read(app, actor, id, reason).await?;
        let account = actor.account.as_deref().unwrap_or_default();
        let claimed = match idempotency::claim(&mut transaction, account, &keyed.key, &keyed.request).await? {
            Claim::Answered(answer) => return Ok(Begun::Answered(answer)),
            Claim::New(claimed) => claimed,
        };
        let delivery = reading::held(&mut transaction, id).await?;
        let delivery =
            delivery.ok_or_else(|| Error::NotFound(format!("this office has no delivery {id}")))?;
        check_seen(ask, &delivery)?;
        check_state(&delivery, states)?;
        Ok(Begun::New(Box::new(Self { transaction, claimed, delivery, actor })))
    }

    /// Ends it with what is told of the delivery now.
    pub async fn end(mut self, status: StatusCode, more: Value) -> Result<Answer> {
        let now = super::routes::found(&mut self.transaction, self.delivery.id).await?;
        let told = with(serde_json::to_value(&now).map_err(anyhow::Error::from)?, more);
        let answer =
            Answer::json(status, &told)?.with(&axum::http::header::ETAG, format!("\"{}\"", now.version));
        self.claimed.keep(&mut self.transaction, &answer).await?;
        self.transaction.commit().await.map_err(crate::parcels::operations::explained)?;
        Ok(answer)
    }
}

/// What became of the features.
pub(super) fn tally(now: &Delivery) -> Value {
    json!({ "read_count": now.read_count, "accepted_count": now.accepted_count,
        "repaired_count": now.repaired_count, "rejected_count": now.rejected_count })
}

/// The members of both.
pub(super) fn with(mut told: Value, more: Value) -> Value {
    if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
        told.extend(more);
    }
    told
}

/// Examines the delivery beside the requests; `moves`: its system is another one now.
pub(super) fn examine(app: &App, id: i64, moves: bool) {
    let worker = worker(app);
    tokio::spawn(async move { worker.check(id, moves).await });
}

/// No lost update: who decides says which version it saw.
fn check_seen(ask: &Ask, delivery: &Delivery) -> Result<()> {
    let seen = ask.seen_version()?.ok_or_else(|| {
        Error::PreconditionRequired(format!(
            "say which version of delivery {} you saw: If-Match",
            delivery.id
        ))
    })?;
    if seen == delivery.version.to_string() {
        return Ok(());
    }
    Err(Error::PreconditionFailed(format!(
        "the delivery is at version {} now, state {}",
        delivery.version, delivery.state
    )))
}

fn check_state(delivery: &Delivery, states: &[&str]) -> Result<()> {
    if states.contains(&delivery.state.as_str()) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "es: la entrega está en estado {0}, y esto se decide en {1} | en: the delivery is in state {0}, and this is decided in {1}",
        delivery.state,
        states.join(", ")
    )))
}

/// Begins or answers; used by every handler.
macro_rules! begun {
    ($begun:expr) => {
        match $begun.await? {
            Begun::Answered(answer) => return Ok(answer.into_response()),
            Begun::New(decision) => *decision,
        }
    };
}
pub(super) use begun;

/// Which system, by the name of a proposal or by its parts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    reason: String,
    candidate: Option<String>,
    srid: Option<i32>,
    #[serde(default)]
    axes_swapped: bool,
    unit_m: Option<f64>,
}

impl Place {
    fn choose(&self, proposals: &[Proposal]) -> Result<Proposal> {
        if let Some(name) = &self.candidate {
            let named = proposals.iter().find(|one| one.candidate == *name).cloned();
            return named.ok_or_else(|| Error::bad("candidate", "is none of the proposals of the delivery"));
        }
        let srid = self.srid.ok_or_else(|| Error::bad("candidate", "names a proposal; or say `srid`"))?;
        let unit_m = self.unit_m.unwrap_or(1.0);
        if !(unit_m.is_finite() && unit_m > 0.0) {
            return Err(Error::bad("unit_m", "is a positive number of metres"));
        }
        let same = |one: &&Proposal| {
            one.srid == srid && one.axes_swapped == self.axes_swapped && (one.unit_m - unit_m).abs() < 1e-12
        };
        let known = proposals.iter().find(same).cloned();
        let words = || format!("EPSG:{srid}");
        Ok(known.unwrap_or_else(|| Proposal {
            candidate: String::new(),
            es: words(),
            en: words(),
            srid,
            axes_swapped: self.axes_swapped,
            unit_m,
            looked_at: 0,
            inside_share: 0.0,
            corner_share: None,
            overlap_share: None,
            median_offset_m: None,
            distance_km: None,
        }))
    }
}

/// `POST …/crs`: says where the delivery is.
pub async fn place(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Place>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let body = &keyed.body;
    let states = ["needs_crs", "checked", "broken"];
    let mut decision = begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &body.reason), &states));
    check_staged(&decision.delivery)?;
    let chosen = body.choose(&decision.delivery.proposals()?)?;
    if !decide::is_system(&mut decision.transaction, chosen.srid).await? {
        return Err(Error::bad("srid", format!("EPSG:{} is no system that PostGIS knows", chosen.srid)));
    }
    let id = decision.delivery.id;
    choose(&mut decision.transaction, (By::Office, id), &chosen, "chosen").await?;
    decide::to_check(&mut decision.transaction, id).await?;
    let answer = decision.end(StatusCode::ACCEPTED, Value::Null).await?;
    examine(&app, id, true);
    Ok(answer.into_response())
}

/// What broke before its features were kept has nothing to go on with.
fn check_staged(delivery: &Delivery) -> Result<()> {
    if delivery.read_count.is_some() {
        return Ok(());
    }
    Err(Error::Conflict(
        "es: nada quedó preparado: suba el archivo otra vez | en: nothing was staged: upload the file again"
            .to_owned(),
    ))
}

/// What the columns mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meaning {
    reason: String,
    mapping: Vec<Origin>,
}

/// `PUT …/mapping`: says what the columns mean, and keeps it for the sender's next file.
pub async fn map(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Meaning>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let body = &keyed.body;
    let mut decision =
        begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &body.reason), &["needs_crs", "checked"]));
    let delivery = &decision.delivery;
    if delivery.returns.is_some() {
        return Err(Error::Conflict(
            "es: las columnas de una devolución son las de su capa | en: the columns of a return are those of its layer"
                .to_owned(),
        ));
    }
    mapping::check(&delivery.target, &delivery.properties()?, &delivery.fields()?, &body.mapping)?;
    let (id, is_placed) = (delivery.id, delivery.crs_how.is_some());
    decide::set_mapping(&mut decision.transaction, &decision.delivery, &body.mapping).await?;
    if is_placed {
        decide::to_check(&mut decision.transaction, id).await?;
    }
    let answer = decision.end(StatusCode::ACCEPTED, Value::Null).await?;
    if is_placed {
        examine(&app, id, false);
    }
    Ok(answer.into_response())
}

/// Why, and nothing else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    pub(super) reason: String,
}

/// `POST …/check`: examines it anew, because the fabric went on or the service ended.
pub async fn check(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let mut decision = begun!(Decision::begin(
        &app,
        &actor,
        &ask,
        &id,
        (&keyed, &keyed.body.reason),
        &["checked", "broken"]
    ));
    check_staged(&decision.delivery)?;
    if decision.delivery.crs_how.is_none() {
        return Err(Error::Conflict(
            "es: diga primero su sistema (POST …/crs) | en: say its system first (POST …/crs)".to_owned(),
        ));
    }
    let (id, is_broken) = (decision.delivery.id, decision.delivery.state == "broken");
    decide::to_check(&mut decision.transaction, id).await?;
    let answer = decision.end(StatusCode::ACCEPTED, Value::Null).await?;
    examine(&app, id, is_broken);
    Ok(answer.into_response())
}

/// `POST …/accept`: what has no error enters, as one; `dry_run=true` tells what would.
pub async fn accept(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    let dry_run = ask.dry_run()?;
    ask.only_media(&[JSON])?;
    let mut decision =
        begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &keyed.body.reason), &["checked"]));
    if decision.delivery.returns.is_some() {
        return returns::accept(decision, dry_run).await;
    }
    let target = targets::of(&app, &decision.actor, &decision.delivery.target).await?;
    let id = decision.delivery.id;
    let accepted =
        decide::accept(&mut decision.transaction, &decision.delivery, &target.layer.relation).await?;
    let (entered, refused) = (accepted.entered, accepted.refused);
    if entered == 0 {
        return Err(nothing_enters(&refused));
    }
    let refused: Vec<Value> = refused
        .iter()
        .take(100)
        .map(|one| json!({ "feature": one.number, "rule": one.rule, "message": one.message }))
        .collect();
    let more = json!({ "entered": entered, "refused": refused });
    if dry_run {
        let now = super::routes::found(&mut decision.transaction, id).await?;
        return Ok(axum::Json(with(tally(&now), more)).into_response());
    }
    Ok(decision.end(StatusCode::OK, more).await?.into_response())
}

pub(super) fn nothing_enters(refused: &[decide::Refused]) -> Error {
    let mut broken = vec![Violation {
        rule: "delivery-has-something-to-enter".into(),
        detail: "es: todos los elementos tienen un error: repárelos o pida otro archivo | en: every feature has an error: repair them or ask for another file"
            .to_owned(),
        pointer: None,
    }];
    broken.extend(refused.iter().take(20).map(|one| Violation {
        rule: one.rule.clone().into(),
        detail: format!("feature {}: {}", one.number, one.message),
        pointer: None,
    }));
    Error::Rules(broken)
}

/// `POST …/reject`: puts it aside; it stays on record.
pub async fn reject(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let states = ["needs_crs", "checked", "broken"];
    let mut decision =
        begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &keyed.body.reason), &states));
    decide::reject(&mut decision.transaction, decision.delivery.id).await?;
    Ok(decision.end(StatusCode::OK, Value::Null).await?.into_response())
}

/// `POST …/revoke`: takes back what it entered, as one, while nothing was built on it.
pub async fn revoke(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(id): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let mut decision =
        begun!(Decision::begin(&app, &actor, &ask, &id, (&keyed, &keyed.body.reason), &["accepted"]));
    if decision.delivery.returns.is_some() {
        return returns::revoke(decision).await;
    }
    let id = decision.delivery.id;
    let built = decide::built_on(&mut decision.transaction, id).await?;
    if !built.is_empty() {
        return Err(in_the_way(&built));
    }
    let target = targets::of(&app, &decision.actor, &decision.delivery.target).await?;
    let taken = decide::take_back(&mut decision.transaction, id, &target.layer.relation)
        .await
        .map_err(changed_since)?;
    Ok(decision.end(StatusCode::OK, json!({ "taken_back": taken })).await?.into_response())
}

pub(super) fn in_the_way(built: &[(i64, Option<String>, String, Option<String>)]) -> Error {
    let one = |(number, code, what, which): &(i64, Option<String>, String, Option<String>)| {
        format!(
            "{} ({number}): {what} {}",
            code.as_deref().unwrap_or("-"),
            which.as_deref().unwrap_or_default()
        )
    };
    let list = built.iter().take(20).map(one).collect::<Vec<_>>().join("; ");
    Error::Conflict(format!(
        "es: no se revoca, porque algo se construyó sobre lo que entró: {list} | en: not revoked, because something was built on what it entered: {list}"
    ))
}

/// Changed since, or referred to by another: told by the rule's name.
pub(super) fn changed_since(error: sqlx::Error) -> Error {
    let cause = error.as_database_error();
    let told = cause.and_then(|cause| Some((cause.constraint()?.to_owned(), cause.message().to_owned())));
    match told {
        Some((rule, message)) if rule != "right_is_limited_to_districts" => {
            Error::Conflict(format!("{rule}: {message}"))
        }
        _ => error.into(),
    }
}
