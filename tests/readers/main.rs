//! Formats that readers of our own read, or that GDAL reads with help, on real files and small ones.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

use std::collections::BTreeMap;

use predio::spatial::ewkb::{self, Flat};
use predio::spatial::reader::Wanted;
use predio::spatial::wire::{Record, Value};

#[path = "../corpus/answer.rs"]
#[expect(dead_code, reason = "the corpus asks for more")]
mod answer;
mod drawings;
mod json_fg;
mod networks;
mod power;
#[path = "../shared/mod.rs"]
mod real;
mod tables;

use answer::Answer;
use real::shared;

/// Reads a file of this name and content.
async fn read(name: &str, content: &str, layer: Option<&str>) -> Answer {
    read_with(name, content, &of_layer(layer)).await
}

async fn read_with(name: &str, content: &str, wanted: &Wanted) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, content).unwrap();
    Answer::with(&file, wanted).await
}

fn of_layer(layer: Option<&str>) -> Wanted {
    Wanted { layer: layer.map(str::to_owned), ..Wanted::default() }
}

/// What the header says under this code.
fn note<'a>(answer: &'a Answer, code: &str) -> &'a str {
    let notes = &answer.header.as_ref().unwrap().notes;
    notes.iter().find(|note| note.code == code).map_or("", |note| note.en.as_str())
}

fn flat(record: &Record) -> Flat {
    ewkb::flatten(&record.wkb, false).unwrap()
}

/// The value of a field of a record.
fn value<'a>(answer: &'a Answer, record: &'a Record, field: &str) -> &'a Value {
    let fields = &answer.header.as_ref().unwrap().fields;
    let at = fields.iter().position(|other| other.name == field);
    &record.values[at.unwrap_or_else(|| panic!("no field {field} in {fields:?}"))]
}

/// The record with this text in this field.
fn find<'a>(answer: &'a Answer, field: &str, wanted: &str) -> &'a Record {
    let is_meant = |record: &&Record| *value(answer, record, field) == Value::Text(wanted.to_owned());
    answer.records.iter().find(is_meant).unwrap_or_else(|| panic!("no {field} = {wanted}"))
}

/// How often each value of a field occurs.
fn counts(answer: &Answer, field: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in &answer.records {
        if let Value::Text(text) = value(answer, record, field) {
            *counts.entry(text.clone()).or_default() += 1;
        }
    }
    counts
}

/// The codes of the notes on the records, each with how often.
fn notes(answer: &Answer) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for note in answer.records.iter().flat_map(|record| &record.notes) {
        *counts.entry(note.code.clone()).or_default() += 1;
    }
    counts
}

fn near(value: &Value, wanted: f64) -> bool {
    matches!(value, Value::Real(number) if (number - wanted).abs() < 1e-6 * wanted.abs().max(1.0))
}
