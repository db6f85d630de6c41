//! From a file's fields to a table's columns.
//!
//! A name that SQL and the layer contract can carry stays as the file spells it; any other is written in plain
//! lower case, and the report says so.

use std::collections::HashSet;

use crate::intake::names::without_accent;
use crate::spatial::wire::{Field, Kind};

/// Names that the layer contract gives a meaning, and PostgreSQL's own.
const TAKEN: &[&str] =
    &["id", "geom", "geom_crs84", "valid", "version", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// One column of the new table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Column {
    /// Name in the table.
    pub name: String,
    /// Name in the file.
    pub source: String,
    /// Type of its values.
    pub kind: Kind,
}

impl Column {
    /// The type in PostgreSQL.
    pub fn sql_type(&self) -> &'static str {
        match self.kind {
            Kind::Truth => "boolean",
            Kind::Integer => "integer",
            Kind::BigInteger => "bigint",
            Kind::Real => "double precision",
            Kind::Text => "text",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::Moment => "timestamp",
            Kind::ZonedMoment => "timestamptz",
            Kind::Bytes => "bytea",
        }
    }
}

/// Gives each field its column, in order.
pub fn plan(fields: &[Field]) -> Vec<Column> {
    let mut used: HashSet<String> = TAKEN.iter().map(|&name| name.to_owned()).collect();
    fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let wanted = if is_plain(&field.name) { field.name.clone() } else { plain(&field.name, index) };
            Column { name: free(&wanted, &mut used), source: field.name.clone(), kind: field.kind }
        })
        .collect()
}

fn is_plain(name: &str) -> bool {
    name.len() <= 60
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn plain(name: &str, index: usize) -> String {
    let mut plain = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match without_accent(letter) {
            letter if letter.is_ascii_alphanumeric() => plain.push(letter),
            _ if plain.ends_with('_') || plain.is_empty() => {}
            _ => plain.push('_'),
        }
    }
    plain.truncate(50);
    let plain = plain.trim_end_matches('_');
    match plain.chars().next() {
        None => format!("field_{}", index + 1),
        Some(first) if first.is_ascii_digit() => format!("_{plain}"),
        Some(_) => plain.to_owned(),
    }
}

/// A name that differs from all before it also without regard to case, because files of clients have no case.
fn free(wanted: &str, used: &mut HashSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut number = 2;
    while !used.insert(name.to_ascii_lowercase()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(fields: &[&str]) -> Vec<String> {
        let fields: Vec<Field> =
            fields.iter().map(|name| Field { name: (*name).to_owned(), kind: Kind::Text }).collect();
        plan(&fields).into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn names_stay_unless_they_cannot() {
        assert_eq!(names(&["LIBELLE", "area_m2"]), ["LIBELLE", "area_m2"]);
        assert_eq!(
            names(&["nombre _establecimiento", "Área (m²)", "2da etapa", "¿?"]),
            ["nombre_establecimiento", "area_m", "_2da_etapa", "field_4"]
        );
    }

    #[test]
    fn names_that_collide_are_numbered() {
        assert_eq!(names(&["id", "Lote", "lote", "GEOM"]), ["id_2", "Lote", "lote_2", "GEOM_2"]);
        assert_eq!(names(&["a_2", "a", "a"]), ["a_2", "a", "a_3"]);
    }
}
