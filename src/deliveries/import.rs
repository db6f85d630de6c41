//! A delivery from the command line: the same steps as over HTTP, one after the other.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use serde::Serialize;
use serde_json::{Value, json};

use super::model::{About, Count, Delivery};
use super::routes::{found, worker};
use super::store::{changes, decide, reading};
use super::work::File;
use super::{returns, store, targets};
use crate::access::Actor;
use crate::app::App;
use crate::problem::Error;
use crate::refusal::Refusal;
use crate::sources;
use crate::spatial::digest;

/// What a return brings, in words.
const KINDS: [(&str, &str); 12] = [
    ("same", "sin cambio · unchanged"),
    ("ours", "cambiados solo aquí, quedan · changed here only, kept"),
    ("equal", "con el mismo cambio de ambos lados · changed the same on both sides"),
    ("update", "cambiados en campo · changed in the field"),
    ("merge", "cambiados en ambos lados sin contradicción · changed on both sides, not against each other"),
    ("create", "nuevos · new"),
    ("delete", "borrados en campo · deleted in the field"),
    ("operation", "con polígono que cambia por una operación · with a polygon that changes by an operation"),
    ("refused", "rechazados, vea los hallazgos · refused, see the findings"),
    ("conflict", "en conflicto · in conflict"),
    ("open", "conflictos por decidir · conflicts to decide"),
    ("applied", "aplicados · applied"),
];

/// What became of a file.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The delivery as it is now.
    pub delivery: Delivery,
    /// Its findings by class.
    pub findings: Vec<Count>,
    /// Objects that entered, where it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered: Option<i64>,
    /// Changes of a return by their kind; null for another delivery.
    pub changes: Value,
}

/// Records a delivery of a file of the caller's own; returns its number.
///
/// # Errors
/// [`Refusal`] for what the file or what is said about it is refused for.
pub async fn record(app: &App, offices: &[Actor], about: About, file: &Path) -> anyhow::Result<i64> {
    about.check().map_err(refused)?;
    let (sha256, bytes) = fingerprint(file)?;
    let mut last = Error::bad("target", "is no layer");
    for actor in offices {
        let mut about = about.clone();
        let completed = returns::complete(app, actor, &mut about).await;
        let target = match completed.map(|()| about.target.clone()) {
            Ok(name) => targets::of(app, actor, &name).await,
            Err(error) => Err(error),
        };
        let target = match target {
            Ok(target) => target,
            Err(error) => {
                last = error;
                continue;
            }
        };
        let mut transaction = app.source.database.write_as(&target.actor, &about.reason()).await?;
        if !sources::store::is_district(&mut transaction, &about.ubigeo).await? {
            return Err(refused(Error::bad("district", "is no district of this cadastre")));
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let new = store::New {
            about: &about,
            file_name: &name,
            sha256: &sha256,
            bytes,
            properties: serde_json::to_value(targets::properties(&target.layer))?,
            geometry: target.layer.geometry.as_ref().map_or("Geometry", |geometry| geometry.kind.as_str()),
            fixed: about.plan.as_ref().map_or_else(|| json!({}), |plan| json!({ "plan": plan })),
            bundle: None,
        };
        let id = store::record(&mut transaction, &new).await?;
        transaction.commit().await?;
        return Ok(id);
    }
    Err(refused(last))
}

fn refused(error: Error) -> anyhow::Error {
    if error.status().is_client_error() { Refusal::because(error.to_string()) } else { error.into() }
}

fn fingerprint(file: &Path) -> anyhow::Result<(String, i64)> {
    let unreadable = |error: std::io::Error| Refusal::because(format!("{}: {error}", file.display()));
    let (bytes, sha256) = digest::of_file(file).map_err(unreadable)?;
    Ok((hex::encode(sha256), i64::try_from(bytes).unwrap_or(i64::MAX)))
}

/// Stages and examines it; how that went is in the database.
pub async fn work(app: &App, id: i64, file: &Path) {
    worker(app).stage(id, File { path: file.to_owned(), folder: None }).await;
}

/// How far the work is.
///
/// # Errors
/// When the database fails.
pub async fn progress(app: &App, id: i64) -> anyhow::Result<Option<(String, i64, Option<i64>)>> {
    let mut transaction = app.source.database.begin_service().await?;
    Ok(store::progress(&mut transaction, id).await?)
}

/// Accepts it where that is wanted and possible, and tells what became of it.
///
/// # Errors
/// [`Refusal`] when the file could not be staged, or nothing of it can enter.
pub async fn conclude(app: &App, offices: &[Actor], id: i64, accept: bool) -> anyhow::Result<Outcome> {
    for actor in offices {
        let mut transaction = app.source.database.write_as(actor, "entrega por la línea de órdenes").await?;
        let delivery = match found(&mut transaction, id).await {
            Ok(delivery) => delivery,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        if delivery.state == "broken" {
            let said = |language: &str| {
                delivery.trouble.as_ref().and_then(|t| t[language].as_str()).unwrap_or_default().to_owned()
            };
            return Err(Refusal::because(format!("{}\n{}", said("es"), said("en"))));
        }
        let mut entered = None;
        if accept && delivery.state == "checked" && delivery.returns.is_some() {
            changes::accept(&mut transaction, &delivery).await?;
        } else if accept && delivery.state == "checked" {
            let target = targets::of(app, actor, &delivery.target).await.map_err(refused)?;
            let accepted = decide::accept(&mut transaction, &delivery, &target.layer.relation).await?;
            if accepted.entered == 0 {
                return Err(Refusal::because(
                    "todos los elementos tienen un error\nevery feature has an error",
                ));
            }
            entered = Some(accepted.entered);
        }
        let delivery = found(&mut transaction, id).await?;
        let findings = reading::counts(&mut transaction, id).await?;
        let changes = returns::counts(&mut transaction, &delivery).await?;
        transaction.commit().await.context("keeping the acceptance")?;
        return Ok(Outcome { delivery, findings, entered, changes });
    }
    anyhow::bail!("the delivery {id} is not there any more")
}

impl Outcome {
    /// Whether somebody should look at it.
    pub fn needs_eyes(&self) -> bool {
        self.delivery.state == "needs_crs"
            || self.changes["open"].as_i64().is_some_and(|open| open > 0)
            || self.findings.iter().any(|one| one.severity != "notice")
    }

    /// For people: Spanish, with English beside it.
    pub fn in_words(&self) -> String {
        let mut text = String::new();
        let delivery = &self.delivery;
        let _ = writeln!(
            text,
            "Entrega · Delivery {}: {} → {}",
            delivery.id, delivery.file_name, delivery.target
        );
        let _ = writeln!(text, "  estado · state    {}", delivery.state);
        if let (Some(srid), Some(how)) = (delivery.srid, &delivery.crs_how) {
            let operation = delivery.operation.as_deref().unwrap_or_default();
            let _ = writeln!(text, "  sistema · system  EPSG:{srid} ({how}) {operation}");
        }
        for (words, count) in [
            ("leídos · read          ", delivery.read_count),
            ("aceptados · accepted   ", delivery.accepted_count),
            ("reparados · repaired   ", delivery.repaired_count),
            ("rechazados · rejected  ", delivery.rejected_count),
        ] {
            if let Some(count) = count {
                let _ = writeln!(text, "  {words} {count}");
            }
        }
        self.write_proposals(&mut text);
        self.write_changes(&mut text);
        for one in &self.findings {
            let _ = writeln!(text, "  {:8} {:7} {}", one.severity, one.findings, one.class);
        }
        text
    }

    fn write_changes(&self, text: &mut String) {
        for (kind, words) in KINDS {
            let count = self.changes[kind].as_i64().unwrap_or(0);
            if count > 0 {
                let _ = writeln!(text, "  {count:7} {words}");
            }
        }
    }

    fn write_proposals(&self, text: &mut String) {
        if self.delivery.state != "needs_crs" {
            return;
        }
        let _ = writeln!(
            text,
            "  diga su sistema · say its system: POST /api/v1/deliveries/{}/crs",
            self.delivery.id
        );
        let proposals = self.delivery.proposals().unwrap_or_default();
        for one in proposals.iter().filter(|one| one.distance_km.is_some()).take(5) {
            let share = |share: Option<f64>| {
                share.map_or_else(|| "—".to_owned(), |share| format!("{:.0} %", share * 100.0))
            };
            let _ = writeln!(
                text,
                "    {:18} {} · {}: en el distrito · in the district {}, vértices · corners {}, superposición · overlap {}, a {:.0} km",
                one.candidate,
                one.es,
                one.en,
                share(Some(one.inside_share)),
                share(one.corner_share),
                share(one.overlap_share),
                one.distance_km.unwrap_or(f64::NAN)
            );
        }
    }
}
