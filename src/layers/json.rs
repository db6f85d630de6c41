//! Rows to GeoJSON features: each feature's text is written once, straight into the answer's buffer.

use sqlx::postgres::{PgRow, PgValueRef};
use sqlx::{Row, ValueRef};

use super::crs;
use super::cursor::Position;
use super::ewkb::{self, Style};
use super::model::{Kind, Layer};
use super::request::{Request, Value};
use crate::problem::Result;

/// Seconds from 1970 to PostgreSQL's epoch, 2000-01-01.
const EPOCH_S: i64 = 946_684_800;

/// Writes the rows of one request.
pub(super) struct FeatureWriter {
    id: Kind,
    style: Style,
    is_crs84: bool,
    /// Index of the geometry column, when it was asked for and there is one.
    geometry: Option<usize>,
    /// For each property: `"name":` with the comma before it, and its kind.
    properties: Vec<(Vec<u8>, Kind)>,
    first_property: usize,
    first_key: usize,
    keys: usize,
}

impl FeatureWriter {
    pub(super) fn new(layer: &Layer, request: &Request) -> Self {
        let has_geometry = request.with_geometry && layer.geometry.is_some();
        let first_property = 1 + usize::from(has_geometry);
        let mut properties = Vec::new();
        for column in request.columns(layer) {
            let mut label = if properties.is_empty() { Vec::new() } else { vec![b','] };
            string(&column.name, &mut label);
            label.push(b':');
            properties.push((label, column.kind));
        }
        Self {
            id: layer.id.kind,
            style: Style::from(&request.crs),
            is_crs84: request.crs.uri == crs::CRS84,
            geometry: has_geometry.then_some(1),
            first_key: first_property + properties.len(),
            properties,
            first_property,
            keys: request.sort.len(),
        }
    }

    /// Appends the feature of `row`.
    pub(super) fn write(&self, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
        self.id(row, out)?;
        out.extend_from_slice(b",\"geometry\":");
        self.geometry(row, out)?;
        out.push(b',');
        self.properties(row, out)?;
        out.push(b'}');
        Ok(())
    }

    /// The id as JSON.
    pub(super) fn id(&self, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        value(self.id, &row.try_get_raw(0)?, out)
    }

    /// `"properties":{…}`
    pub(super) fn properties(&self, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(b"\"properties\":{");
        for (index, (label, _)) in self.properties.iter().enumerate() {
            out.extend_from_slice(label);
            self.property(row, index, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// How the id is kept.
    pub(super) fn id_kind(&self) -> Kind {
        self.id
    }

    /// How a property is kept.
    pub(super) fn kind(&self, index: usize) -> Kind {
        self.properties[index].1
    }

    /// How many properties there are.
    pub(super) fn width(&self) -> usize {
        self.properties.len()
    }

    /// The value of a property as JSON.
    pub(super) fn property(&self, row: &PgRow, index: usize, out: &mut Vec<u8>) -> Result<()> {
        value(self.properties[index].1, &row.try_get_raw(self.first_property + index)?, out)
    }

    /// Whether positions are longitude and latitude, as GeoJSON has them.
    pub(super) fn is_crs84(&self) -> bool {
        self.is_crs84
    }

    /// How positions are written.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// Whether there is a geometry to write.
    pub(super) fn has_geometry(&self) -> bool {
        self.geometry.is_some()
    }

    /// The geometry as it came, where the row has one.
    pub(super) fn ewkb<'r>(&self, row: &'r PgRow) -> Result<Option<&'r [u8]>> {
        let Some(index) = self.geometry else { return Ok(None) };
        let raw = row.try_get_raw(index)?;
        if raw.is_null() { Ok(None) } else { bytes(&raw).map(Some) }
    }

    /// The geometry as GeoJSON.
    pub(super) fn geometry(&self, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        match self.ewkb(row)? {
            Some(ewkb) if ewkb::write(ewkb, self.style, out).is_ok() => {}
            _ => out.extend_from_slice(b"null"),
        }
        Ok(())
    }

    /// Where `row` stands in the order.
    pub(super) fn position(&self, row: &PgRow) -> Result<Position> {
        position(row, self.id, self.first_key, self.keys)
    }
}

/// The position of a row whose first column is the id and whose `keys` sort keys begin at `first_key`.
pub(super) fn position(row: &PgRow, id: Kind, first_key: usize, keys: usize) -> Result<Position> {
    let id = match id {
        Kind::Int2 => Value::Int(row.try_get::<i16, _>(0)?.into()),
        Kind::Int4 => Value::Int(row.try_get::<i32, _>(0)?.into()),
        Kind::Int8 => Value::Int(row.try_get(0)?),
        Kind::Uuid => Value::Uuid(row.try_get(0)?),
        _ => Value::Text(row.try_get(0)?),
    };
    let keys =
        (first_key..first_key + keys).map(|index| row.try_get(index)).collect::<Result<_, sqlx::Error>>()?;
    Ok(Position { keys, id })
}

fn bytes<'a>(raw: &PgValueRef<'a>) -> Result<&'a [u8]> {
    Ok(raw.as_bytes().map_err(|error| anyhow::anyhow!(error))?)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    Ok(bytes.try_into().map_err(|_| anyhow::anyhow!("a value of {} bytes, not {N}", bytes.len()))?)
}

/// Appends one value as JSON.
fn value(kind: Kind, raw: &PgValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    if raw.is_null() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    let bytes = bytes(raw)?;
    match kind {
        Kind::Bool => out.extend_from_slice(if bytes == [1] { b"true" } else { b"false" }),
        Kind::Int2 => integer(i16::from_be_bytes(fixed(bytes)?).into(), out),
        Kind::Int4 => integer(i32::from_be_bytes(fixed(bytes)?).into(), out),
        Kind::Int8 => integer(i64::from_be_bytes(fixed(bytes)?), out),
        Kind::Float4 => float4(f32::from_be_bytes(fixed(bytes)?), out),
        Kind::Float8 => float8(f64::from_be_bytes(fixed(bytes)?), out),
        Kind::Numeric => out.extend_from_slice(if matches!(bytes, b"NaN" | b"Infinity" | b"-Infinity") {
            b"null"
        } else {
            bytes
        }),
        Kind::Json => out.extend_from_slice(bytes),
        Kind::Uuid => string(&uuid::Uuid::from_bytes(fixed(bytes)?).to_string(), out),
        Kind::Date => date(i32::from_be_bytes(fixed(bytes)?), out),
        Kind::Timestamp => timestamp(i64::from_be_bytes(fixed(bytes)?), "", out),
        Kind::TimestampTz => timestamp(i64::from_be_bytes(fixed(bytes)?), "Z", out),
        Kind::Text | Kind::Other => string(std::str::from_utf8(bytes).map_err(anyhow::Error::from)?, out),
    }
    Ok(())
}

fn integer(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn float8(value: f64, out: &mut Vec<u8>) {
    // JSON has neither NaN nor infinity.
    out.extend_from_slice(
        if value.is_finite() { ryu::Buffer::new().format(value).to_owned() } else { "null".to_owned() }
            .as_bytes(),
    );
}

fn float4(value: f32, out: &mut Vec<u8>) {
    out.extend_from_slice(
        if value.is_finite() { ryu::Buffer::new().format(value).to_owned() } else { "null".to_owned() }
            .as_bytes(),
    );
}

fn date(days: i32, out: &mut Vec<u8>) {
    let day = chrono::NaiveDate::from_ymd_opt(2000, 1, 1)
        .and_then(|epoch| epoch.checked_add_signed(chrono::Duration::days(days.into())));
    match day {
        // Infinity is no day: an open end is null.
        Some(day) if days != i32::MAX && days != i32::MIN => string(&day.to_string(), out),
        _ => out.extend_from_slice(b"null"),
    }
}

fn timestamp(micros: i64, zone: &str, out: &mut Vec<u8>) {
    let instant = micros.checked_add(EPOCH_S * 1_000_000).and_then(chrono::DateTime::from_timestamp_micros);
    match instant {
        Some(instant) => string(&format!("{}{zone}", instant.format("%Y-%m-%dT%H:%M:%S%.f")), out),
        None => out.extend_from_slice(b"null"),
    }
}

/// Appends `text` as a JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn strings_read_back_as_themselves() {
        for original in ["", "Ñandú", "a\"b\\c", "line\nbreak\t\u{1}", "\u{10ffff}"] {
            let written = text(|out| string(original, out));
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), original);
        }
    }

    #[test]
    fn times_and_numbers_that_json_lacks_are_null() {
        assert_eq!(text(|out| date(i32::MAX, out)), "null");
        assert_eq!(text(|out| date(0, out)), "\"2000-01-01\"");
        assert_eq!(text(|out| timestamp(1_500_000, "Z", out)), "\"2000-01-01T00:00:01.500Z\"");
        assert_eq!(text(|out| timestamp(i64::MAX, "Z", out)), "null");
        assert_eq!(text(|out| float8(f64::NAN, out)), "null");
        assert_eq!(text(|out| float8(0.1, out)), "0.1");
    }
}
