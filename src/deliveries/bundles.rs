//! Bundles: the deliveries of one upload, one for each layer of its file that is wanted. Each is placed, mapped and repaired by
//! itself; together they enter in one transaction and are taken back in one.
//!
//! What enters first is ground for what comes after: sectors, then blocks, then what stands in them. So each delivery is
//! examined anew on what has just entered, in the same transaction, before it enters itself: lots find the blocks of their
//! own bundle.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sqlx::{PgConnection, Postgres, Transaction};

use super::decisions::{Why, changed_since, in_the_way, nothing_enters};
use super::model::{About, Delivery};
use super::routes::{READING, elsewhere, found, worker};
use super::store::{bundles, decide, reading};
use super::targets::{self, Target};
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::{Ask, number};
use crate::http::idempotency::{self, Answer, Claim, Claimed, Keyed};
use crate::http::negotiate::JSON;
use crate::problem::{Error, Result, Violation};

/// Ground comes first.
const ORDER: [&str; 3] = ["sectors", "blocks", "parcels"];

/// The target of each delivery that is brought; all of one office, in whose name they are.
///
/// # Errors
/// As [`targets::of`]; a bad request for layers of two offices.
pub async fn targets(app: &App, actor: &Actor, about: &About) -> Result<Vec<Target>> {
    let mut found: Vec<Target> = Vec::new();
    for one in about.each() {
        let target = targets::of(app, actor, &one.target).await?;
        if found.first().is_some_and(|first| first.actor.audience != target.actor.audience) {
            return Err(Error::bad(
                "layers",
                "es: van a dos oficinas: entregue las de cada una por separado | en: go to two offices: bring those of each by themselves",
            ));
        }
        found.push(target);
    }
    Ok(found)
}

/// A number for what is brought together, and where its layers go is kept for the next file of the sender.
///
/// # Errors
/// When the database fails.
pub async fn begin(connection: &mut PgConnection, about: &About) -> Result<Option<i64>> {
    if about.layers.is_empty() {
        return Ok(None);
    }
    let sender = (about.ubigeo.as_str(), about.sender.trim());
    bundles::remember(connection, sender, &about.layers).await.map_err(elsewhere)?;
    Ok(Some(bundles::next_number(connection).await?))
}

/// The answer to who brought a bundle.
///
/// # Errors
/// Where it cannot be written.
pub fn brought(bundle: i64, deliveries: &[Delivery]) -> Result<Answer> {
    let told = json!({ "bundle": bundle, "deliveries": deliveries });
    Ok(Answer::json(StatusCode::ACCEPTED, &told)?
        .with(&header::LOCATION, format!("/api/v1/bundles/{bundle}")))
}

/// A version of the whole: versions only grow, so their sum names one state of all of them.
fn version(deliveries: &[Delivery]) -> i64 {
    deliveries.iter().map(|one| i64::from(one.version)).sum()
}

/// `GET /api/v1/bundles/{bundle}`: its deliveries, in the order in which they enter.
pub async fn show(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(bundle): Path<String>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let bundle = number(&bundle)?;
    let (mut transaction, _, _) = open(&app, &actor, bundle, READING).await?;
    let deliveries = in_order(bundles::deliveries(&mut transaction, bundle).await?);
    let tag = HeaderValue::try_from(format!("\"{}\"", version(&deliveries))).map_err(anyhow::Error::from)?;
    let mut told = Vec::new();
    for one in &deliveries {
        let mut delivery = serde_json::to_value(one).map_err(anyhow::Error::from)?;
        let counts = reading::counts(&mut transaction, one.id).await?;
        delivery["findings"] = serde_json::to_value(counts).map_err(anyhow::Error::from)?;
        told.push(delivery);
    }
    Ok(([(header::ETAG, tag)], Json(json!({ "bundle": bundle, "deliveries": told }))).into_response())
}

/// A transaction of the office whose bundle it is.
async fn open(
    app: &App,
    actor: &Actor,
    bundle: i64,
    reason: &str,
) -> Result<(Transaction<'static, Postgres>, Vec<Delivery>, Actor)> {
    for office in targets::OFFICES.into_iter().filter(|office| actor.offices().contains(office)) {
        let mut actor = actor.clone();
        actor.audience = office;
        let mut transaction = app.source.database.write_as(&actor, reason).await?;
        let deliveries = bundles::deliveries(&mut transaction, bundle).await?;
        if !deliveries.is_empty() {
            return Ok((transaction, deliveries, actor));
        }
    }
    Err(Error::NotFound(format!("this office has no bundle {bundle}")))
}

fn in_order(mut deliveries: Vec<Delivery>) -> Vec<Delivery> {
    deliveries
        .sort_by_key(|one| ORDER.iter().position(|target| *target == one.target).unwrap_or(ORDER.len()));
    deliveries
}

/// How a decision begins: an answer that was given before, or the work.
enum Opened {
    Answered(Answer),
    New(Box<Joint>),
}

/// A decision on a bundle that has begun.
struct Joint {
    transaction: Transaction<'static, Postgres>,
    claimed: Claimed,
    bundle: i64,
    /// Those that the decision is about, in the order in which they enter.
    deliveries: Vec<Delivery>,
    actor: Actor,
}

impl Joint {
    /// Begins one; every delivery that nobody put aside must be in `state`.
    async fn begin(
        app: &App,
        actor: &Actor,
        ask: &Ask,
        bundle: &str,
        (keyed, state): (&Keyed<Why>, &str),
    ) -> Result<Opened> {
        let bundle = number(bundle)?;
        let reason = &keyed.body.reason;
        if reason.trim().len() < 3 {
            return Err(Error::bad("reason", "says why, for the journal"));
        }
        let (mut transaction, _, actor) = open(app, actor, bundle, reason).await?;
        let account = actor.account.as_deref().unwrap_or_default();
        let claimed = match idempotency::claim(&mut transaction, account, &keyed.key, &keyed.request).await? {
            Claim::Answered(answer) => return Ok(Opened::Answered(answer)),
            Claim::New(claimed) => claimed,
        };
        let held = bundles::held(&mut transaction, bundle).await?;
        check_seen(ask, bundle, &held)?;
        let deliveries: Vec<Delivery> =
            in_order(held).into_iter().filter(|one| one.state != "rejected").collect();
        check_state(&deliveries, state)?;
        Ok(Opened::New(Box::new(Self { transaction, claimed, bundle, deliveries, actor })))
    }

    /// Ends it with what is told of each delivery now, beside what was done to it.
    async fn end(mut self, done: Vec<(i64, Value)>) -> Result<Answer> {
        let told = self.told(done).await?;
        let version = version(&bundles::deliveries(&mut self.transaction, self.bundle).await?);
        let answer = Answer::json(StatusCode::OK, &told)?.with(&header::ETAG, format!("\"{version}\""));
        self.claimed.keep(&mut self.transaction, &answer).await?;
        self.transaction.commit().await.map_err(crate::parcels::operations::explained)?;
        Ok(answer)
    }

    async fn told(&mut self, done: Vec<(i64, Value)>) -> Result<Value> {
        let mut told = Vec::new();
        for (id, more) in done {
            let now = found(&mut self.transaction, id).await?;
            let mut now = serde_json::to_value(&now).map_err(anyhow::Error::from)?;
            if let (Some(now), Value::Object(more)) = (now.as_object_mut(), more) {
                now.extend(more);
            }
            told.push(now);
        }
        Ok(json!({ "bundle": self.bundle, "deliveries": told }))
    }
}

fn check_seen(ask: &Ask, bundle: i64, held: &[Delivery]) -> Result<()> {
    let seen = ask.seen_version()?.ok_or_else(|| {
        Error::PreconditionRequired(format!("say which version of bundle {bundle} you saw: If-Match"))
    })?;
    if seen == version(held).to_string() {
        return Ok(());
    }
    Err(Error::PreconditionFailed(format!("the bundle is at version {} now", version(held))))
}

fn check_state(deliveries: &[Delivery], state: &str) -> Result<()> {
    let others: Vec<String> = deliveries
        .iter()
        .filter(|one| one.state != state)
        .map(|one| format!("{} ({})", one.id, one.state))
        .collect();
    if others.is_empty() && !deliveries.is_empty() {
        return Ok(());
    }
    let others = if others.is_empty() { "-".to_owned() } else { others.join(", ") };
    Err(Error::Conflict(format!(
        "es: se decide sobre todas juntas cuando están en estado {state}; no lo están: {others} (rechace la que no quiere) | en: they are decided together when they are in state {state}; these are not: {others} (reject the one that is not wanted)"
    )))
}

/// `POST /api/v1/bundles/{bundle}/accept`: every delivery of the bundle enters, in one transaction or not at all.
pub async fn accept(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(bundle): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    let dry_run = ask.dry_run()?;
    ask.only_media(&[JSON])?;
    let mut joint = match Joint::begin(&app, &actor, &ask, &bundle, (&keyed, "checked")).await? {
        Opened::New(joint) => joint,
        Opened::Answered(answer) => return Ok(answer.into_response()),
    };
    let mut done = Vec::new();
    for (turn, delivery) in joint.deliveries.clone().into_iter().enumerate() {
        if turn > 0 {
            examine_anew(&app, &mut joint, &delivery).await?;
        }
        done.push((delivery.id, enter(&app, &mut joint, &delivery).await?));
    }
    if dry_run {
        return Ok(Json(joint.told(done).await?).into_response());
    }
    Ok(joint.end(done).await?.into_response())
}

/// What entered before it is its ground now.
async fn examine_anew(app: &App, joint: &mut Joint, delivery: &Delivery) -> Result<()> {
    bundles::as_service(&mut joint.transaction).await?;
    worker(app).examine_in(&mut joint.transaction, delivery).await?;
    Ok(bundles::as_office(&mut joint.transaction, &joint.actor).await?)
}

async fn enter(app: &App, joint: &mut Joint, delivery: &Delivery) -> Result<Value> {
    let target = targets::of(app, &joint.actor, &delivery.target).await?;
    let accepted = decide::accept(&mut joint.transaction, delivery, &target.layer.relation).await?;
    if accepted.entered == 0 {
        return Err(of(delivery, nothing_enters(&accepted.refused)));
    }
    let refused: Vec<Value> = accepted
        .refused
        .iter()
        .map(|one| json!({ "feature": one.number, "rule": one.rule, "message": one.message }))
        .collect();
    Ok(json!({ "entered": accepted.entered, "refused": refused }))
}

/// The same, saying of which delivery.
fn of(delivery: &Delivery, error: Error) -> Error {
    let Error::Rules(broken) = error else { return error };
    let pointer = Some(format!("/deliveries/{}", delivery.id));
    Error::Rules(broken.into_iter().map(|one| Violation { pointer: pointer.clone(), ..one }).collect())
}

/// `POST /api/v1/bundles/{bundle}/revoke`: takes all of it back as one, last in first out.
pub async fn revoke(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    Path(bundle): Path<String>,
    keyed: Keyed<Why>,
) -> Result<Response> {
    ask.only_media(&[JSON])?;
    let mut joint = match Joint::begin(&app, &actor, &ask, &bundle, (&keyed, "accepted")).await? {
        Opened::New(joint) => joint,
        Opened::Answered(answer) => return Ok(answer.into_response()),
    };
    let mut done = Vec::new();
    for delivery in joint.deliveries.clone().into_iter().rev() {
        let built = decide::built_on(&mut joint.transaction, delivery.id).await?;
        if !built.is_empty() {
            return Err(in_the_way(&built));
        }
        let target = targets::of(&app, &joint.actor, &delivery.target).await?;
        let taken = decide::take_back(&mut joint.transaction, delivery.id, &target.layer.relation);
        done.push((delivery.id, json!({ "taken_back": taken.await.map_err(changed_since)? })));
    }
    Ok(joint.end(done).await?.into_response())
}
