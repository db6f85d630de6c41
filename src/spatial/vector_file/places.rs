//! The positions of a table whose format has none: in a pair of columns, or as WKT.

use gdal::vector::Geometry;

use super::CSV_OPTIONS;
use crate::spatial::wire::{Field, Note, Record, Value};

/// Which columns hold the position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Places {
    None,
    Pair(usize, usize),
    Wkt(usize),
}

impl Places {
    /// Looks for the columns by the names that a CSV file's are looked for.
    pub fn of(fields: &[Field]) -> Self {
        let [x, y, wkt] = [0, 1, 2].map(|option| {
            let names: Vec<&str> = CSV_OPTIONS[option].split(['=', ',']).skip(1).collect();
            names
                .iter()
                .find_map(|name| fields.iter().position(|field| field.name.trim().eq_ignore_ascii_case(name)))
        });
        match (wkt, x, y) {
            (Some(wkt), _, _) => Self::Wkt(wkt),
            (None, Some(x), Some(y)) => Self::Pair(x, y),
            _ => Self::None,
        }
    }

    /// Gives the record its position; a text that is none is noted.
    pub fn give(self, record: &mut Record) {
        let made = match self {
            Self::None => return,
            Self::Pair(x, y) => pair(&record.values[x], &record.values[y]),
            Self::Wkt(at) => wkt(&record.values[at]),
        };
        match made {
            Ok(wkb) => record.wkb = wkb,
            Err(said) => record.notes.push(Note::new(
                "no_position",
                format!("{said} no es una posición"),
                format!("{said} is no position"),
            )),
        }
    }
}

/// A point, or nothing where both columns are empty.
fn pair(x: &Value, y: &Value) -> Result<Vec<u8>, String> {
    if (x, y) == (&Value::Null, &Value::Null) {
        return Ok(Vec::new());
    }
    let (Some(east), Some(north)) = (number(x), number(y)) else {
        return Err(format!("{}, {}", shown(x), shown(y)));
    };
    let mut wkb = vec![1, 1, 0, 0, 0];
    wkb.extend(east.to_le_bytes());
    wkb.extend(north.to_le_bytes());
    Ok(wkb)
}

fn wkt(value: &Value) -> Result<Vec<u8>, String> {
    let Value::Text(text) = value else {
        return if *value == Value::Null { Ok(Vec::new()) } else { Err(shown(value)) };
    };
    let geometry = Geometry::from_wkt(text).and_then(|geometry| geometry.iso_wkb());
    geometry.map_err(|_| shown(value))
}

/// A number, also where the cell is text with a decimal comma.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Real(number) => *number,
        Value::Integer(number) => *number as f64,
        Value::Text(text) => text.trim().replace(',', ".").parse().ok()?,
        Value::Null => return None,
    };
    number.is_finite().then_some(number)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "∅".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => format!("«{}»", text.chars().take(60).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spatial::wire::Kind;

    fn fields(names: &[&str]) -> Vec<Field> {
        names.iter().map(|name| Field { name: (*name).to_owned(), kind: Kind::Text }).collect()
    }

    #[test]
    fn columns_are_found_by_name() {
        assert_eq!(Places::of(&fields(&["lote", "Norte ", "ESTE"])), Places::Pair(2, 1));
        assert_eq!(Places::of(&fields(&["x", "y", "wkt"])), Places::Wkt(2));
        assert_eq!(Places::of(&fields(&["x", "z"])), Places::None);
    }

    #[test]
    fn a_position_is_a_pair_of_numbers_or_is_noted() {
        let mut record =
            Record { values: vec![Value::Text("-77,7".into()), Value::Real(-10.5)], ..Record::default() };
        Places::Pair(0, 1).give(&mut record);
        assert_eq!(record.wkb.len(), 21);
        let mut record =
            Record { values: vec![Value::Text("aquí".into()), Value::Null], ..Record::default() };
        Places::Pair(0, 1).give(&mut record);
        assert_eq!(record.notes[0].en, "«aquí», ∅ is no position");
        let mut empty = Record { values: vec![Value::Null, Value::Null], ..Record::default() };
        Places::Pair(0, 1).give(&mut empty);
        assert!(empty.wkb.is_empty() && empty.notes.is_empty());
    }
}
