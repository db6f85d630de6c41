//! The work on an export: rows counted, the file written, its bytes kept.
//!
//! One transaction of the service's own role holds the export's row from the first statement to the last. A worker that
//! dies lets go of it, and whoever looks next tells that the export broke; nothing of it was kept.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::progress::{Phase, Progress};
use crate::app::App;
use crate::exports::store::{self, job};
use crate::exports::{self, FileFormat, Reader, Sheet};
use crate::http::negotiate::Language;
use crate::layers::Layer;
use crate::layers::features::Source;
use crate::layers::request::Request;
use crate::problem::{Error, Result};

/// Exports that are made at once in this process; the others wait their turn.
static ROOM: Semaphore = Semaphore::const_new(2);

/// An export that is to be made.
pub struct Work {
    pub id: Uuid,
    /// What the asker sees.
    pub source: Source,
    pub format: FileFormat,
    pub language: Language,
    /// Start of the addresses in it.
    pub base: String,
    /// What is asked of each layer.
    pub requests: Vec<(Arc<Layer>, Request)>,
}

/// Makes the export, unless it is ended first, and tells in the database what became of it.
pub async fn run(app: App, work: Work) {
    let progress = Progress::default();
    let database = &app.source.database;
    let outcome = tokio::select! {
        made = make(&app, &work, &progress) => made,
        () = progress.tell(database, work.id) => Ok(()),
    };
    if let Err(error) = outcome {
        tracing::warn!(?error, export = %work.id, "an export broke");
        if let Err(error) = tell_broken(&app, work.id, &in_words(&error)).await {
            // Then the next look for the dead tells it.
            tracing::warn!(?error, export = %work.id, "and could not be told");
        }
    }
}

async fn make(app: &App, work: &Work, progress: &Progress) -> Result<()> {
    let _room = ROOM.acquire().await.map_err(anyhow::Error::from)?;
    let mut transaction = store::begin(&app.source.database).await?;
    if !job::hold(&mut transaction, work.id).await? {
        return Ok(());
    }
    progress.enter(Phase::Counting);
    progress.expect(count(work).await?);
    progress.enter(Phase::Writing);
    let sheets = sheets(work).await?;
    let file = exports::write(&app.reader, &work.source, &sheets, &progress.rows).await?;
    progress.enter(Phase::Keeping);
    let others = job::crowd(&mut transaction, None).await?.bytes.unsigned_abs();
    if others + file.length > app.settings.export_bytes() {
        return Err(no_room(file.length));
    }
    let told = |bytes| progress.kept(bytes);
    let kept = store::keep(&mut transaction, &file.written.path, file.length, &file.hex(), told).await?;
    let hours = app.settings.export_hours;
    job::tell_ready(&mut transaction, work.id, kept, file.written.rows, hours).await?;
    transaction.commit().await?;
    Ok(())
}

async fn count(work: &Work) -> Result<u64> {
    let mut total = 0;
    for (layer, request) in &work.requests {
        let matched = work.source.count(layer, request).await?;
        total += matched.saturating_sub(request.offset).min(request.limit);
    }
    Ok(total)
}

async fn sheets(work: &Work) -> Result<Vec<Sheet>> {
    let reader = Reader { source: &work.source, language: work.language, base: &work.base };
    let mut sheets = Vec::with_capacity(work.requests.len());
    for (layer, request) in &work.requests {
        sheets.push(exports::sheet(reader, layer, request, work.format).await?);
    }
    Ok(sheets)
}

fn no_room(length: u64) -> Error {
    Error::Conflict(format!(
        "es: el archivo tiene {length} bytes y no caben más exportaciones preparadas; pida menos, o espere a que otras venzan | \
         en: the file has {length} bytes, and no more prepared exports fit; ask for less, or wait until others expire"
    ))
}

async fn tell_broken(app: &App, id: Uuid, trouble: &Value) -> Result<()> {
    let mut transaction = store::begin(&app.source.database).await?;
    job::tell_broken(&mut transaction, id, trouble).await?;
    transaction.commit().await?;
    Ok(())
}

/// What is told of an end that was not meant: the request's own fault in words, ours without its cause.
fn in_words(error: &Error) -> Value {
    let text = match error {
        Error::Conflict(text) => crate::layers::Text::parse(text),
        Error::BadRequest { parameter, detail } => crate::layers::Text {
            es: format!("lo pedido no cabe en el archivo: {parameter}: {detail}"),
            en: format!("what was asked for does not fit the file: {parameter}: {detail}"),
        },
        Error::Overloaded | Error::TooSlow => crate::layers::Text {
            es: "la base de datos está ocupada; pídala de nuevo".to_owned(),
            en: "the database is busy; ask again".to_owned(),
        },
        _ => crate::layers::Text {
            es: "el servicio falló al hacer la exportación; su registro dice por qué".to_owned(),
            en: "the service failed while making the export; its log says why".to_owned(),
        },
    };
    json!({ "es": text.es, "en": text.en })
}
