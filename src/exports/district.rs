//! The download of a district: every public layer of it on a date, in one GeoPackage.
//!
//! Invariants: it is read as the public, so it holds nothing that is not for everybody; all layers are read in one
//! snapshot; the same state of the database on the same date makes the same bytes, because rows come in the order of their
//! keys and whatever would be taken from the clock is taken from the date.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chrono::NaiveDate;

use super::store::district as store;
use super::work::{self, File};
use super::{FileFormat, Reader, Sheet, sheet};
use crate::app::App;
use crate::database::reader::Snapshot;
use crate::http::negotiate::Language;
use crate::layers::features::{Source, UNLIMITED};
use crate::layers::request::{Request, Value};
use crate::layers::when::{Moment, When};
use crate::layers::{Kind, Layer};
use crate::problem::{Error, Result};

/// The column that says to which district a feature belongs.
const DISTRICT: &str = "ubigeo";

/// A file, and the layers that it holds.
pub struct District {
    pub file: File,
    pub layers: Vec<String>,
}

/// Writes the download of the district `ubigeo` as it is on `day`.
///
/// # Errors
/// [`Error::NotFound`] for no district of this database; when the database fails or the file cannot be written.
pub async fn write(app: &App, ubigeo: &str, day: NaiveDate, language: Language) -> Result<District> {
    let source = app.source.patient(work::PATIENCE);
    named(&source, ubigeo).await?;
    let held = source.database.hold_snapshot(source.catalogue.audience()).await?;
    let base = app.settings.base_url.as_deref().unwrap_or_default();
    let reader = Reader { source: &source, language, base };
    let written = write_in(app, reader, ubigeo, day, &held.snapshot).await;
    held.finish();
    written
}

/// The name of the district.
///
/// # Errors
/// [`Error::NotFound`] for no district of this database.
pub async fn named(source: &Source, ubigeo: &str) -> Result<String> {
    let mut snapshot = source.database.read(source.catalogue.audience()).await?;
    let all = store::districts(&mut snapshot).await?;
    let found = all.into_iter().find(|(code, _)| code == ubigeo);
    found.map(|(_, name)| name).ok_or_else(|| Error::NotFound(format!("there is no district `{ubigeo}`")))
}

async fn write_in(
    app: &App,
    reader: Reader<'_>,
    ubigeo: &str,
    day: NaiveDate,
    snapshot: &Snapshot,
) -> Result<District> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for layer in layers(reader.source).await? {
        let request = request(&layer, ubigeo, day, snapshot)?;
        sheets.push(sheet(reader, &layer, &request, FileFormat::GeoPackage).await?);
    }
    let layers = sheets.iter().map(|sheet| sheet.layer.name.clone()).collect();
    let file = work::write(&app.reader, reader.source, &sheets, &AtomicU64::new(0)).await?;
    Ok(District { file, layers })
}

/// The public layers whose features say their district, by name.
async fn layers(source: &Source) -> Result<Vec<Arc<Layer>>> {
    let current = source.catalogue.current().await?;
    let says_its_district = |layer: &&Arc<Layer>| {
        layer.is_public() && layer.property(DISTRICT).is_some_and(|column| column.kind == Kind::Text)
    };
    Ok(current.served().filter(says_its_district).cloned().collect())
}

fn request(layer: &Layer, ubigeo: &str, day: NaiveDate, snapshot: &Snapshot) -> Result<Request> {
    let moment = Moment::of_day(day).ok_or_else(|| Error::bad("datetime", "is no day of the calendar"))?;
    let column = layer.property(DISTRICT).cloned();
    let column = column.ok_or_else(|| anyhow::anyhow!("{} says no district", layer.name))?;
    Ok(Request {
        when: Some(When::Instant(moment)),
        snapshot: Some(snapshot.clone()),
        equals: vec![(column, Value::Text(ubigeo.to_owned()))],
        limit: UNLIMITED,
        crs: layer.crs[layer.storage_crs].clone(),
        ..Request::all(moment)
    })
}
