//! Files that go out, written by a child process behind the walls of [`super::sandbox`].
//!
//! Invariants: rows reach the child as frames of [`super::wire`], the plans before them, and each layer's rows end by
//! themselves; the child writes into one private folder and knows nothing of the database; what it wrote is a file only when it said so with its last frame. Memory
//! does not grow with the rows, but for the index of a FlatGeobuf (some 60 bytes a feature).

mod drawing;
mod geopackage;
#[cfg(feature = "geoparquet")]
mod geoparquet;
mod kml;
mod layer;
mod model;
mod process;
mod shapefile;
mod store;

pub use model::{Field, Format, Plan, Shape, Style};
pub use process::{Args, Writer, Written, run_child, start};
pub(super) use store::mark_of;

use std::io::Read;
use std::path::Path;

use super::wire::{self, Failure, Frame, Record};

/// The rows, one after another, until their proper end.
pub(super) struct Records<R> {
    input: R,
    read: u64,
    /// Rows of the layers before.
    total: u64,
    ended: bool,
}

impl<R: Read> Records<R> {
    /// Goes on to the rows of the next layer.
    fn next_layer(&mut self) {
        self.total += self.read;
        self.read = 0;
        self.ended = false;
    }

    /// The next row of the layer, numbered from 1; none after the end of its rows.
    ///
    /// # Errors
    /// `broken` where the stream is cut: a file of the rows so far must not pass for the whole.
    fn next(&mut self) -> Result<Option<Record>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let frame = wire::read(&mut self.input).and_then(|(kind, payload)| wire::parse(kind, &payload));
        match frame.map_err(|error| broken(&error))? {
            Frame::Record(mut record) => {
                self.read += 1;
                record.number = self.read;
                Ok(Some(record))
            }
            Frame::End(_) => {
                self.ended = true;
                Ok(None)
            }
            other => Err(broken(&anyhow::anyhow!("a frame out of place: {other:?}"))),
        }
    }
}

/// Reads the plans, then writes every row of each; how many they were.
///
/// # Errors
/// `unfit` where the format cannot hold a row, `broken` for the rest.
fn write(mut input: impl Read, folder: &Path) -> Result<u64, Failure> {
    let plans: Vec<Plan> = wire::read(&mut input)
        .and_then(|(_, payload)| Ok(serde_json::from_slice(&payload)?))
        .map_err(|error| broken(&error))?;
    let mut records = Records { input, read: 0, total: 0, ended: false };
    let path = folder.join(one(&plans)?.format.file_name());
    match one(&plans)?.format {
        Format::GeoPackage => geopackage::write(&plans, &mut records, &path)?,
        Format::Shapefile => shapefile::write(only(&plans)?, &mut records, folder, &path)?,
        Format::Dxf => drawing::write(only(&plans)?, &mut records, &path)?,
        Format::Kml => kml::write(only(&plans)?, &mut records, &path)?,
        Format::FlatGeobuf => layer::write(only(&plans)?, &mut records, &path)?,
        #[cfg(feature = "geoparquet")]
        Format::Parquet => geoparquet::write(only(&plans)?, &mut records, &path)?,
    }
    Ok(records.total + records.read)
}

fn one(plans: &[Plan]) -> Result<&Plan, Failure> {
    plans.first().ok_or_else(|| broken(&anyhow::anyhow!("a file of no layer")))
}

/// The plan of a format that holds one layer.
fn only(plans: &[Plan]) -> Result<&Plan, Failure> {
    match plans {
        [plan] => Ok(plan),
        _ => Err(broken(&anyhow::anyhow!("this format holds one layer, and {} were planned", plans.len()))),
    }
}

fn broken(error: &anyhow::Error) -> Failure {
    Failure::new(
        "broken",
        format!("el archivo no se pudo escribir: {error:#}"),
        format!("the file could not be written: {error:#}"),
    )
}

/// A row that the format cannot hold, with what to do about it.
fn unfit(number: u64, id: &str, es: &str, en: &str) -> Failure {
    Failure::new("unfit", format!("objeto {number} ({id}): {es}"), format!("feature {number} ({id}): {en}"))
}
