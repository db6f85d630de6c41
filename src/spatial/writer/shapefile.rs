//! A shapefile, all its parts in one archive, with a table that says what became of the names.
//!
//! A name has ten bytes and a text 254: what is shortened is told in `campos.csv`.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::layer::{self, Holds};
use super::model::{Format, Plan};
use super::{Records, broken};
use crate::spatial::wire::{Failure, Record, Value};

/// Bytes of the longest text that dBASE holds.
pub(super) const WIDEST_TEXT: u8 = 254;
const LONGEST_NAME: usize = 10;
const PARTS: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];

pub(super) fn write<R: Read>(
    plan: &Plan,
    records: &mut Records<R>,
    folder: &Path,
    archive: &Path,
) -> Result<(), Failure> {
    let parts = folder.join("parts");
    std::fs::create_dir(&parts).map_err(|error| broken(&error.into()))?;
    let names = short_names(plan.fields.iter().map(|field| field.name.as_str()));
    let mut cut = vec![0_u64; plan.fields.len()];
    // The driver takes a name with an ending for the one file, so it may be a table without shapes too.
    let ending = if plan.shape.is_some() { "shp" } else { "dbf" };
    let mut dataset = layer::create(Format::Shapefile, &parts.join(format!("{}.{ending}", plan.layer)))?;
    let layer = layer::create_layer(&mut dataset, plan, &["ENCODING=UTF-8"])?;
    layer::add_fields(&layer, plan.format, &plan.fields, names.iter().map(String::as_str))?;
    while let Some(mut record) = records.next()? {
        shorten(plan, &mut record, &mut cut);
        layer::one(plan, &record, &layer)?;
    }
    layer::close(dataset)?;
    pack(plan, &parts, archive, &table(plan, &names, &cut)).map_err(|error| broken(&error))?;
    std::fs::remove_dir_all(&parts).map_err(|error| broken(&error.into()))
}

/// Cuts texts between characters, and counts the cuts of each field.
fn shorten(plan: &Plan, record: &mut Record, cut: &mut [u64]) {
    for ((value, field), cut) in record.values.iter_mut().zip(&plan.fields).zip(cut) {
        if let Value::Text(text) = value
            && Holds::of(Format::Shapefile, field.kind) == Holds::Text
            && text.len() > usize::from(WIDEST_TEXT)
        {
            text.truncate(text.floor_char_boundary(WIDEST_TEXT.into()));
            *cut += 1;
        }
    }
}

/// Names of at most ten bytes, no two alike whatever their letters' case.
fn short_names<'n>(names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for name in names {
        let fit = |room: usize| &name[..name.floor_char_boundary(room)];
        let numbered = (1..).map(|number: u32| {
            let number = format!("_{number}");
            format!("{}{number}", fit(LONGEST_NAME - number.len()))
        });
        let is_free = |short: &String| !taken.iter().any(|other| other.eq_ignore_ascii_case(short));
        let short = std::iter::once(fit(LONGEST_NAME).to_owned()).chain(numbered).find(is_free);
        taken.extend(short);
    }
    taken
}

/// `campos.csv`: what each field is, under its short name.
fn table(plan: &Plan, names: &[String], cut: &[u64]) -> Vec<u8> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut line = |cells: [&str; 5]| {
        // A vector takes every byte.
        let _ = table.write_record(cells);
    };
    line(["campo", "nombre", "titulo", "descripcion", "textos_cortados"]);
    for ((field, name), cut) in plan.fields.iter().zip(names).zip(cut) {
        line([name, &field.name, &field.title, &field.description, &cut.to_string()]);
    }
    table.into_inner().unwrap_or_default()
}

fn pack(plan: &Plan, parts: &Path, archive: &Path, table: &[u8]) -> anyhow::Result<()> {
    let mut zip = ZipWriter::new(File::create_new(archive)?);
    let options = SimpleFileOptions::default();
    for part in PARTS {
        let name = format!("{}.{part}", plan.layer);
        let path = parts.join(&name);
        if path.is_file() {
            zip.start_file(name, options)?;
            std::io::copy(&mut File::open(path)?, &mut zip)?;
        }
    }
    zip.start_file("campos.csv", options)?;
    zip.write_all(table)?;
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_apart() {
        let long = ["registered_area_m2", "registered_area_ha", "REGISTERED", "id", "señalización", "Id"];
        let short = short_names(long.into_iter());
        assert_eq!(short, ["registered", "register_1", "REGISTER_2", "id", "señalizac", "Id_1"]);
        assert!(short.iter().all(|name| name.len() <= LONGEST_NAME));
    }
}
