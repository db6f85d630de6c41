//! From the reader's frames into the staging table, one feature at a time and with constant memory.

use anyhow::bail;
use serde_json::{Map, Value as Json, json};
use sqlx::PgConnection;

use super::model::Field;
use super::store::stage::{Copy, Row};
use crate::intake::defect_word;
use crate::intake::names::plain;
use crate::intake::personal::Watch;
use crate::refusal::Refusal;
use crate::spatial::ewkb::{self, Flat, Wrong};
use crate::spatial::reader::Reader;
use crate::spatial::wire::{Frame, Header, Note, Record, Value, What};

/// Different values of a column that are kept as samples.
const SAMPLES: usize = 5;
/// Longest sample.
const SAMPLE_LETTERS: usize = 60;
/// Features between two reports of progress.
const STRIDE: u64 = 2_000;

/// What was seen while reading.
pub struct Seen {
    /// Features of the file, readable or not.
    pub read: u64,
    /// Its columns.
    pub fields: Vec<Field>,
    watch: Watch,
}

impl Seen {
    fn of(header: &Header) -> Self {
        let mut names: Vec<String> = Vec::new();
        for field in &header.fields {
            let free = (1..).map(|n| if n == 1 { field.name.clone() } else { format!("{}_{n}", field.name) });
            let name = free.into_iter().find(|name| !names.contains(name)).unwrap_or_default();
            names.push(name.replace('\0', ""));
        }
        let field = |(name, field): (String, &crate::spatial::wire::Field)| Field {
            name,
            kind: field.kind,
            filled: 0,
            numbers: 0,
            samples: Vec::new(),
            personal: None,
        };
        let fields: Vec<Field> = names.into_iter().zip(&header.fields).map(field).collect();
        Self { read: 0, watch: Watch::new(fields.len()), fields }
    }

    /// Names of columns that look like people; marks them, and forgets their samples.
    pub fn drop_people(&mut self) -> Vec<String> {
        let suspects = self.watch.suspects(self.fields.iter().map(|field| field.name.as_str()));
        for suspect in &suspects {
            for field in self.fields.iter_mut().filter(|field| field.name == suspect.column) {
                let (es, en) = suspect.in_words();
                field.personal = Some(format!("es: {es} | en: {en}"));
                field.samples.clear();
            }
        }
        suspects.into_iter().map(|suspect| suspect.column).collect()
    }

    /// Names of columns that are none of `wanted`; forgets their samples.
    pub fn drop_others(&mut self, wanted: &[String]) -> Vec<String> {
        let others = self.fields.iter_mut().filter(|field| !wanted.contains(&field.name));
        others
            .map(|field| {
                field.samples.clear();
                field.name.clone()
            })
            .collect()
    }

    fn note(&mut self, record: &Record) {
        for (index, value) in record.values.iter().enumerate() {
            self.watch.add(index, value);
            if let Some(field) = self.fields.get_mut(index) {
                note_value(field, value);
            }
        }
    }
}

fn note_value(field: &mut Field, value: &Value) {
    let text = match value {
        Value::Null => return,
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) if text.trim().is_empty() => return,
        Value::Text(text) => text.trim().chars().take(SAMPLE_LETTERS).collect(),
    };
    field.filled += 1;
    let number = text.replace(',', ".").parse::<f64>().is_ok_and(f64::is_finite);
    field.numbers += u64::from(number);
    if field.samples.len() < SAMPLES && !field.samples.contains(&text) {
        field.samples.push(text);
    }
}

/// Reads the file into the staging table; `told` hears how far it is.
///
/// # Errors
/// [`Refusal`] for what the file itself is refused for.
pub async fn pump<F: Future<Output = ()>>(
    reader: &mut Reader,
    header: &Header,
    connection: &mut PgConnection,
    told: impl Fn(u64) -> F,
) -> anyhow::Result<Seen> {
    let mut seen = Seen::of(header);
    let mut copy = Copy::begin(connection).await?;
    loop {
        match reader.next().await? {
            Some(Frame::Record(record)) => {
                if record.values.len() != seen.fields.len() {
                    bail!("feature {} has {} values", record.number, record.values.len());
                }
                seen.note(&record);
                copy.row(&row(&record, &seen.fields));
            }
            Some(Frame::Unreadable(unreadable)) => {
                copy.row(&Row::flawed(unreadable.number, "unreadable", unreadable.why));
            }
            Some(Frame::Failure(failure)) => {
                copy.abort().await;
                return Err(Refusal::because(format!("es: {} | en: {}", failure.es, failure.en)));
            }
            Some(Frame::Header(_)) => bail!("the reader of the file sent two headers"),
            Some(Frame::End(_)) | None => break,
        }
        seen.read += 1;
        if seen.read.is_multiple_of(STRIDE) {
            told(seen.read).await;
        }
        copy.flush_if_full().await?;
    }
    copy.finish().await?;
    Ok(seen)
}

fn row(record: &Record, fields: &[Field]) -> Row {
    let mut row = Row { number: record.number, attributes: attributes(record, fields), ..Row::default() };
    if !record.remarks.is_empty() || !record.notes.is_empty() {
        row.remarks = Some(remarks(record, fields));
    }
    if record.wkb.is_empty() {
        return row;
    }
    match ewkb::flatten(&record.wkb, false) {
        Ok(flat) => take_shape(&mut row, flat),
        Err(defect) => {
            row.flaw = Some(defect_word(defect.what).to_owned());
            row.flaw_detail = defect.path;
            row.flaw_place = defect.place;
            // A ring that was left open is kept closed, so that the repair can be shown.
            if defect.what == Wrong::OpenRing
                && let Ok(flat) = ewkb::flatten(&record.wkb, true)
            {
                take_shape(&mut row, flat);
            }
        }
    }
    row
}

fn take_shape(row: &mut Row, flat: Flat) {
    row.had_height = flat.dropped_z;
    row.had_arcs = flat.curved;
    if flat.positions > 0 {
        row.wkb = flat.wkb;
    }
}

fn attributes(record: &Record, fields: &[Field]) -> String {
    let mut all = Map::new();
    for (field, value) in fields.iter().zip(&record.values) {
        let value = match value {
            Value::Null => continue,
            Value::Integer(number) => json!(number),
            Value::Real(number) => json!(number),
            Value::Text(text) => Json::String(text.replace('\0', "")),
        };
        all.insert(field.name.clone(), value);
    }
    Json::Object(all).to_string()
}

fn remarks(record: &Record, fields: &[Field]) -> String {
    let word = |what: What| match what {
        What::NoSuchMoment => "date_impossible",
        What::NotFinite => "number_impossible",
        What::CutCharacter => "text_cut",
        What::OtherEncoding => "text_in_other_encoding",
        What::NoCharacter => "text_with_no_character",
    };
    let one = |remark: &crate::spatial::wire::Remark| {
        let field = fields.get(remark.field).map_or("", |field| field.name.as_str());
        json!({ "field": field, "class": word(remark.what), "value": plain(&remark.value) })
    };
    let note = |note: &Note| json!({ "field": "", "class": "file_note", "value": format!("es: {} | en: {}", note.es, note.en) });
    Json::Array(record.remarks.iter().map(one).chain(record.notes.iter().map(note)).collect()).to_string()
}
