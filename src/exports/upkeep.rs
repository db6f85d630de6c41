//! What is done for kept files now and then: the dead are told, the old are forgotten, the downloads of the day are made.

use std::time::{Duration, Instant};

use chrono::{Days, NaiveDate, Utc};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::district;
use super::store::{self, job};
use crate::app::App;
use crate::http::negotiate::Language;
use crate::layers::when::Moment;
use crate::problem::Result;

/// How often somebody looks for the dead and the old.
const ROUND: Duration = Duration::from_secs(20);
/// How often somebody looks whether the downloads of the day are there. Not at once: who starts a service waits for it.
const DAILY_ROUND: Duration = Duration::from_mins(5);

/// Looks after kept files until `stop`.
pub async fn upkeep(app: App, stop: CancellationToken) {
    let mut beat = tokio::time::interval(ROUND);
    let mut last_daily = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = beat.tick() => {}
        }
        match look(&app).await {
            Ok(0) => {}
            Ok(broken) => tracing::warn!(broken, "exports whose worker is gone"),
            Err(error) => tracing::warn!(?error, "exports could not be looked after; it is tried again"),
        }
        if last_daily.elapsed() >= DAILY_ROUND {
            tokio::select! {
                () = stop.cancelled() => break,
                () = daily(&app) => last_daily = Instant::now(),
            }
        }
    }
}

async fn daily(app: &App) {
    if let Err(error) = make_downloads(app, Moment::from(Utc::now()).day).await {
        tracing::warn!(?error, "the downloads of the districts could not be made; it is tried again");
    }
}

/// Tells of exports whose worker is gone, and forgets what was ended or has expired; returns how many broke.
///
/// # Errors
/// When the database fails.
pub(super) async fn look(app: &App) -> Result<u64> {
    let trouble = json!({
        "es": "el servicio terminó mientras hacía la exportación; nada quedó a medias: pídala de nuevo",
        "en": "the service ended while it made the export; nothing was left half done: ask for it again",
    });
    let mut transaction = store::begin(&app.source.database).await?;
    let broken = job::tell_dead(&mut transaction, &trouble).await?;
    job::forget(&mut transaction).await?;
    transaction.commit().await?;
    Ok(broken)
}

/// Makes what is missing of the downloads of `day`, and forgets those that are too old; returns how many were made.
///
/// # Errors
/// When the database fails, or a file cannot be written.
pub(super) async fn make_downloads(app: &App, day: NaiveDate) -> Result<u64> {
    let kept = u64::from(app.settings.district_days);
    let mut made = 0;
    if kept > 0 {
        let mut snapshot = app.source.database.read(app.source.catalogue.audience()).await?;
        let districts = store::district::districts(&mut snapshot).await?;
        drop(snapshot);
        for (ubigeo, _) in districts {
            made += u64::from(make_download(app, &ubigeo, day).await?);
        }
    }
    let mut transaction = store::begin(&app.source.database).await?;
    let first = day.checked_sub_days(Days::new(kept.saturating_sub(1))).unwrap_or(day);
    // With none to be kept, today's is too old as well.
    let first = if kept == 0 { NaiveDate::MAX } else { first };
    store::district::forget(&mut transaction, first).await?;
    transaction.commit().await?;
    Ok(made)
}

/// Makes one, unless it is there or another process makes it.
async fn make_download(app: &App, ubigeo: &str, day: NaiveDate) -> Result<bool> {
    let mut transaction = store::begin(&app.source.database).await?;
    if !store::district::is_ours_to_make(&mut transaction, ubigeo, day).await? {
        return Ok(false);
    }
    let begun = Instant::now();
    let made = district::write(app, ubigeo, day, Language::Es).await?;
    let file = &made.file;
    let kept = store::keep(&mut transaction, &file.written.path, file.length, &file.hex(), |_| ()).await?;
    let rows = file.written.rows;
    store::district::record(&mut transaction, (ubigeo, day), kept, &made.layers, rows).await?;
    transaction.commit().await?;
    let (bytes, ms) = (file.length, begun.elapsed().as_millis());
    tracing::info!(ubigeo, %day, rows, bytes, ms, "the download of a district was made");
    Ok(true)
}
