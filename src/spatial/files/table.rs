//! Layers that a reader of our own makes whole in memory before it sends them: networks are thousands of rows, not
//! millions.

use super::{Send, lost, several};
use crate::spatial::wire::{
    Crs, Encoding, End, Failure, Field, Frame, Header, Kind, Note, Record, Unreadable, Value,
};

/// One layer.
pub struct Table {
    pub name: &'static str,
    /// As OGC names its type.
    pub geometry: &'static str,
    pub fields: Vec<Field>,
    pub rows: Vec<Row>,
    pub crs: Option<Crs>,
    pub notes: Vec<Note>,
}

/// One feature, or why it is none.
pub enum Row {
    Whole { wkb: Vec<u8>, values: Vec<Value>, notes: Vec<Note> },
    Unreadable(String),
}

/// Fields by name and kind.
pub fn fields(list: &[(&str, Kind)]) -> Vec<Field> {
    list.iter().map(|(name, kind)| Field { name: (*name).to_owned(), kind: *kind }).collect()
}

/// The layer that is meant.
///
/// # Errors
/// `layers` where it is not clear.
pub fn choose(tables: Vec<Table>, wanted: Option<&str>) -> Result<Table, Failure> {
    let names: Vec<String> = tables.iter().map(|table| table.name.to_owned()).collect();
    let mut meant = tables.into_iter().filter(|table| wanted == Some(table.name));
    meant.next().ok_or_else(|| several(&names))
}

/// Sends a layer.
///
/// # Errors
/// Where nobody listens any more.
pub fn send(table: Table, driver: &str, encoding: Encoding, send: &mut Send<'_>) -> Result<(), Failure> {
    let read = table.rows.len() as u64;
    let header = Header {
        driver: driver.to_owned(),
        layer: table.name.to_owned(),
        fields: table.fields,
        crs: table.crs,
        encoding,
        geometry: table.geometry.to_owned(),
        announced: Some(read),
        notes: table.notes,
        mark: None,
    };
    send(Frame::Header(Box::new(header))).map_err(lost)?;
    for (number, row) in (1..).zip(table.rows) {
        let frame = match row {
            Row::Whole { wkb, values, notes } => {
                Frame::Record(Record { number, wkb, values, notes, ..Record::default() })
            }
            Row::Unreadable(why) => Frame::Unreadable(Unreadable { number, why }),
        };
        send(frame).map_err(lost)?;
    }
    send(Frame::End(End { read })).map_err(lost)
}

/// A point as WKB.
pub fn point([x, y]: [f64; 2]) -> Vec<u8> {
    let mut wkb = vec![1, 1, 0, 0, 0];
    wkb.extend(x.to_le_bytes());
    wkb.extend(y.to_le_bytes());
    wkb
}

/// A line as WKB; nothing where it has fewer than two positions.
pub fn line(positions: &[[f64; 2]]) -> Vec<u8> {
    if positions.len() < 2 {
        return Vec::new();
    }
    let mut wkb = vec![1, 2, 0, 0, 0];
    wkb.extend(u32::try_from(positions.len()).unwrap_or(u32::MAX).to_le_bytes());
    for number in positions.iter().flatten() {
        wkb.extend(number.to_le_bytes());
    }
    wkb
}

/// A number, or nothing.
pub fn real(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Real)
}

/// A text; empty is nothing.
pub fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) }
}
