//! Comma-separated values (RFC 4180): id, properties, and the geometry as WKT in the system of the request.

use sqlx::postgres::PgRow;

use super::wkt;
use crate::layers::json::FeatureWriter;
use crate::layers::model::Layer;
use crate::layers::request::Request;
use crate::problem::Result;

/// The names: what a spreadsheet shows as its first line.
pub(super) fn header(layer: &Layer, request: &Request) -> Vec<u8> {
    let mut names = vec![layer.id.name.as_str()];
    names.extend(request.columns(layer).iter().map(|column| column.name.as_str()));
    if request.with_geometry {
        names.extend(layer.geometry.as_ref().map(|geometry| geometry.column.as_str()));
    }
    let mut out = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        field(name, &mut out);
    }
    out.extend_from_slice(b"\r\n");
    out
}

pub(super) fn write(features: &FeatureWriter, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
    let mut json = Vec::new();
    features.id(row, &mut json)?;
    plain(&json, out)?;
    for index in 0..features.width() {
        json.clear();
        features.property(row, index, &mut json)?;
        out.push(b',');
        plain(&json, out)?;
    }
    if features.has_geometry() {
        out.push(b',');
        let mut text = Vec::new();
        if let Some(ewkb) = features.ewkb(row)?
            && wkt::write(ewkb, features.style(), &mut text).is_err()
        {
            text.clear();
        }
        field(std::str::from_utf8(&text).map_err(anyhow::Error::from)?, out);
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// A JSON value as a field: a text without its quotes, nothing for null, a structure as its JSON.
fn plain(json: &[u8], out: &mut Vec<u8>) -> Result<()> {
    match json {
        b"null" => {}
        [b'"', ..] => field(&serde_json::from_slice::<String>(json).map_err(anyhow::Error::from)?, out),
        _ => field(std::str::from_utf8(json).map_err(anyhow::Error::from)?, out),
    }
    Ok(())
}

fn field(text: &str, out: &mut Vec<u8>) {
    if !text.contains(['"', ',', '\r', '\n']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_back_as_themselves() {
        for (json, text) in [
            (r#""a,b""#, "\"a,b\""),
            (r#""say \"x\"""#, "\"say \"\"x\"\"\""),
            ("null", ""),
            ("1.5", "1.5"),
            (r#"["a","b"]"#, "\"[\"\"a\"\",\"\"b\"\"]\""),
        ] {
            let mut out = Vec::new();
            plain(json.as_bytes(), &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
    }
}
