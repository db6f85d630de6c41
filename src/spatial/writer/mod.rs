//! Files that go out, written by a child process behind the walls of [`super::sandbox`].
//!
//! Invariants: rows reach the child as frames of [`super::wire`], the plan before them; the child writes into one private
//! folder and knows nothing of the database; what it wrote is a file only when it said so with its last frame. Memory
//! does not grow with the rows, but for the index of a FlatGeobuf (some 60 bytes a feature).

mod drawing;
mod geopackage;
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
    ended: bool,
}

impl<R: Read> Records<R> {
    /// The next row, numbered from 1; none after the end.
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

/// Reads the plan, then writes every row; how many they were.
///
/// # Errors
/// `unfit` where the format cannot hold a row, `broken` for the rest.
fn write(mut input: impl Read, folder: &Path) -> Result<u64, Failure> {
    let plan: Plan = wire::read(&mut input)
        .and_then(|(_, payload)| Ok(serde_json::from_slice(&payload)?))
        .map_err(|error| broken(&error))?;
    let mut records = Records { input, read: 0, ended: false };
    let path = folder.join(plan.format.file_name());
    match plan.format {
        Format::GeoPackage => geopackage::write(&plan, &mut records, &path)?,
        Format::Shapefile => shapefile::write(&plan, &mut records, folder, &path)?,
        Format::Dxf => drawing::write(&plan, &mut records, &path)?,
        Format::Kml => kml::write(&plan, &mut records, &path)?,
        Format::FlatGeobuf => layer::write(&plan, &mut records, &path)?,
    }
    Ok(records.read)
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
