//! Rows as frames of [`wire`], for the process that writes files: key, properties, and the geometry as it is stored.
//!
//! Values go by the way of JSON, so that a file cannot say anything else than the GeoJSON of the same request.

use sqlx::postgres::PgRow;

use crate::layers::json::FeatureWriter;
use crate::layers::model::Kind;
use crate::problem::Result;
use crate::spatial::wire::{self, Frame, Record, Value};

const SRID_FLAG: u32 = 0x2000_0000;

pub(super) fn write(features: &FeatureWriter, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
    let mut json = Vec::new();
    features.id(row, &mut json)?;
    let mut values = vec![value(features.id_kind(), &json)?];
    for index in 0..features.width() {
        json.clear();
        features.property(row, index, &mut json)?;
        values.push(value(features.kind(index), &json)?);
    }
    let wkb = features.ewkb(row)?.map(without_srid).unwrap_or_default();
    let record = Record { wkb, values, ..Record::default() };
    wire::write(out, &Frame::Record(record)).map_err(anyhow::Error::from)?;
    Ok(())
}

/// A value of `kind` from its JSON.
fn value(kind: Kind, json: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(json).map_err(anyhow::Error::from)?;
    Ok(match (kind, text) {
        (_, "null") => Value::Null,
        (Kind::Bool, _) => Value::Integer((text == "true").into()),
        (Kind::Int2 | Kind::Int4 | Kind::Int8, _) => {
            Value::Integer(text.parse().map_err(anyhow::Error::from)?)
        }
        (Kind::Float4 | Kind::Float8 | Kind::Numeric, _) => {
            Value::Real(text.parse().map_err(anyhow::Error::from)?)
        }
        (Kind::Json, _) => Value::Text(text.to_owned()),
        _ => Value::Text(serde_json::from_str(text).map_err(anyhow::Error::from)?),
    })
}

/// The geometry without its system, which GDAL's reader does not know. PostGIS gives it to the outermost part only.
fn without_srid(ewkb: &[u8]) -> Vec<u8> {
    let Some(([order, code @ ..], rest)) = ewkb.split_first_chunk::<5>() else { return ewkb.to_vec() };
    let code = if *order == 0 { u32::from_be_bytes(*code) } else { u32::from_le_bytes(*code) };
    let (code, rest) = match rest.split_at_checked(4) {
        Some((_, shape)) if code & SRID_FLAG != 0 => (code & !SRID_FLAG, shape),
        _ => (code, rest),
    };
    let code = if *order == 0 { code.to_be_bytes() } else { code.to_le_bytes() };
    [&[*order][..], &code, rest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_left_out_and_nothing_else() {
        let point = [&[1][..], &1_u32.to_le_bytes(), &[7; 16]].concat();
        let placed = [&[1][..], &(1 | SRID_FLAG).to_le_bytes(), &32718_u32.to_le_bytes(), &[7; 16]].concat();
        assert_eq!(without_srid(&placed), point);
        assert_eq!(without_srid(&point), point);
    }

    #[test]
    fn values_are_those_of_the_json() {
        assert_eq!(value(Kind::Numeric, b"1.25").unwrap(), Value::Real(1.25));
        assert_eq!(value(Kind::Bool, b"true").unwrap(), Value::Integer(1));
        assert_eq!(value(Kind::Json, b"[\"a\"]").unwrap(), Value::Text("[\"a\"]".into()));
        assert_eq!(value(Kind::Text, b"\"\\u00d1\\\"a\"").unwrap(), Value::Text("Ñ\"a".into()));
        assert_eq!(value(Kind::Text, b"\"null\"").unwrap(), Value::Text("null".into()));
        assert_eq!(value(Kind::Date, b"null").unwrap(), Value::Null);
    }
}
