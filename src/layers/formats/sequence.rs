//! GeoJSON text sequences (RFC 8142): each feature between a record separator and a line feed, readable one by one.

use sqlx::postgres::PgRow;

use crate::layers::json::FeatureWriter;
use crate::problem::Result;

const RECORD_SEPARATOR: u8 = 0x1e;

pub(super) fn write(features: &FeatureWriter, row: &PgRow, out: &mut Vec<u8>) -> Result<()> {
    out.push(RECORD_SEPARATOR);
    features.write(row, out)?;
    out.push(b'\n');
    Ok(())
}
