//! JSON-FG (OGC Features and Geometries JSON): GeoJSON that says its time, and its place in any reference system.

use sqlx::postgres::PgRow;

use crate::layers::json::FeatureWriter;
use crate::layers::model::Layer;
use crate::layers::request::Request;
use crate::problem::Result;

/// Where the ends of a feature's validity stand among its properties.
pub(super) struct Period {
    from: usize,
    until: usize,
}

impl Period {
    /// None for a layer without validity, or when one of the two is left out.
    pub(super) fn of(layer: &Layer, request: &Request) -> Option<Self> {
        let columns = request.columns(layer);
        let at = |role: &str| columns.iter().position(|column| column.role == Some(role));
        Some(Self { from: at("primary-interval-start")?, until: at("primary-interval-end")? })
    }

    fn write(&self, features: &FeatureWriter, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(b"{\"interval\":[");
        for (index, end) in [self.from, self.until].into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let start = out.len();
            features.property(row, end, out)?;
            if out[start..] == *b"null" {
                out.truncate(start);
                out.extend_from_slice(b"\"..\"");
            }
        }
        out.extend_from_slice(b"]}");
        Ok(())
    }
}

/// In CRS84 the shape is a `geometry`, in every other system a `place`.
pub(super) fn write(
    features: &FeatureWriter,
    period: Option<&Period>,
    row: &PgRow,
    out: &mut Vec<u8>,
) -> Result<()> {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    features.id(row, out)?;
    out.extend_from_slice(b",\"time\":");
    match period {
        Some(period) => period.write(features, row, out)?,
        None => out.extend_from_slice(b"null"),
    }
    let is_plain = features.is_crs84();
    out.extend_from_slice(if is_plain {
        b",\"place\":null,\"geometry\":"
    } else {
        b",\"geometry\":null,\"place\":"
    });
    features.geometry(row, out)?;
    out.push(b',');
    features.properties(row, out)?;
    out.push(b'}');
    Ok(())
}
