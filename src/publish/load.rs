//! From the reader's frames into the staging table, one feature at a time.

use anyhow::bail;
use sqlx::PgConnection;

use super::columns::Column;
use super::refuse;
use super::store::stage::Copy;
use crate::intake::copy_text::push_text;
use crate::intake::defect_word;
use crate::intake::personal::Watch;
use crate::spatial::ewkb::{self, Flat};
use crate::spatial::reader::Reader;
use crate::spatial::wire::{Frame, Record, Remark, Value};

/// Remarks that are kept word for word; beyond that only their number.
const LISTED: usize = 200;

/// What was seen while loading.
#[derive(Default)]
pub struct Tally {
    /// Features of the file, readable or not.
    pub read: u64,
    /// Features with a geometry that is not empty.
    pub with_geometry: u64,
    /// Features whose Z or M was left out.
    pub dropped_z: u64,
    /// Features with arcs.
    pub curved: u64,
    /// Features with a position that is no longitude and latitude.
    pub beyond_degrees: u64,
    /// Box of all positions.
    pub bounds: Option<[f64; 4]>,
    /// Number of remarks on values.
    pub remarked: u64,
    /// The first remarks, with their feature.
    pub remarks: Vec<(u64, Remark)>,
    /// Number of notes on features.
    pub noted: u64,
    /// The first of them, with their feature.
    pub notes: Vec<(u64, crate::spatial::wire::Note)>,
    /// What the columns look like.
    pub personal: Watch,
}

/// Why a row is set aside already, for the staging table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aside {
    /// Stable word of the reason.
    pub reason: &'static str,
    /// Field, vertex, or the driver's words.
    pub detail: String,
    /// Where, in the file's coordinates.
    pub place: Option<(f64, f64)>,
}

/// Loads all features; the staging table then has one row for each.
pub async fn pump(
    reader: &mut Reader,
    connection: &mut PgConnection,
    columns: &[Column],
    repair: bool,
) -> anyhow::Result<Tally> {
    let mut tally = Tally { personal: Watch::new(columns.len()), ..Tally::default() };
    let mut copy = Copy::begin(connection, columns).await?;
    loop {
        match reader.next().await? {
            Some(Frame::Record(record)) => {
                if record.values.len() != columns.len() {
                    bail!(
                        "feature {} has {} values for {} fields",
                        record.number,
                        record.values.len(),
                        columns.len()
                    );
                }
                take(&mut tally, &mut copy, columns, &record, repair);
            }
            Some(Frame::Unreadable(unreadable)) => {
                tally.read += 1;
                copy.aside(unreadable.number, columns, &aside("unreadable", &unreadable.why, None));
            }
            Some(Frame::Failure(failure)) => {
                copy.abort().await;
                return Err(refuse(&failure.es, &failure.en));
            }
            Some(Frame::Header(_)) => bail!("the reader of the file sent two headers"),
            Some(Frame::End(_)) | None => break,
        }
        copy.flush_if_full().await?;
    }
    copy.finish().await?;
    Ok(tally)
}

fn take(tally: &mut Tally, copy: &mut Copy<'_>, columns: &[Column], record: &Record, repair: bool) {
    tally.read += 1;
    for remark in &record.remarks {
        tally.remarked += 1;
        if tally.remarks.len() < LISTED {
            tally.remarks.push((record.number, remark.clone()));
        }
    }
    for note in &record.notes {
        tally.noted += 1;
        if tally.notes.len() < LISTED {
            tally.notes.push((record.number, note.clone()));
        }
    }
    for (index, value) in record.values.iter().enumerate() {
        tally.personal.add(index, value);
    }
    let lost = record.remarks.iter().find(|remark| remark.what.loses_value());
    if let Some(remark) = lost.filter(|_| !repair) {
        let name = columns.get(remark.field).map_or("", |column| column.source.as_str());
        copy.aside(
            record.number,
            columns,
            &aside(lost_word(remark), &format!("{name} = {}", remark.value), None),
        );
        return;
    }
    let flat = if record.wkb.is_empty() { Ok(Flat::default()) } else { ewkb::flatten(&record.wkb, repair) };
    match flat {
        Ok(flat) => {
            note(tally, &flat);
            let fix = if flat.closed_rings > 0 { Some("open_ring") } else { lost.map(lost_word) };
            let detail =
                lost.and_then(|remark| columns.get(remark.field)).map_or("", |column| column.source.as_str());
            copy.row(record.number, columns, &flat, fix.map(|fix| (fix, detail)), &record.values);
        }
        Err(defect) => {
            copy.aside(record.number, columns, &aside(defect_word(defect.what), &defect.path, defect.place));
        }
    }
}

fn note(tally: &mut Tally, flat: &Flat) {
    tally.dropped_z += u64::from(flat.dropped_z);
    tally.curved += u64::from(flat.curved);
    let Some([west, south, east, north]) = flat.bounds else { return };
    tally.with_geometry += 1;
    tally.beyond_degrees += u64::from(west < -180. || east > 180. || south < -90. || north > 90.);
    let [w, s, e, n] = tally.bounds.unwrap_or([west, south, east, north]);
    tally.bounds = Some([w.min(west), s.min(south), e.max(east), n.max(north)]);
}

fn aside(reason: &'static str, detail: &str, place: Option<(f64, f64)>) -> Aside {
    Aside { reason, detail: detail.to_owned(), place }
}

fn lost_word(remark: &Remark) -> &'static str {
    use crate::spatial::wire::What;
    if remark.what == What::NotFinite { "not_a_number" } else { "no_such_moment" }
}

/// Appends a value as `COPY` reads text.
pub fn push_value(row: &mut Vec<u8>, column: &Column, value: &Value) {
    use std::io::Write;
    match value {
        Value::Null => row.extend_from_slice(b"\\N"),
        Value::Integer(number) => {
            let _ = write!(row, "{number}");
        }
        Value::Real(number) => {
            let _ = write!(row, "{number:?}");
        }
        Value::Text(text) => {
            if column.kind == crate::spatial::wire::Kind::Bytes {
                row.extend_from_slice(b"\\\\x");
            }
            push_text(row, text);
        }
    }
}
