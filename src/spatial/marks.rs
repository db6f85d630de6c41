//! The mark of a file of ours, which it keeps among its metadata when another program edits it. A stranger may write any
//! mark: it is a word to look up, and proves nothing.

use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal::vector::sql::Dialect;

/// What the metadata of a GeoPackage call it.
pub(super) const STANDARD: &str = "urn:predio:field-copy";
/// Longest mark.
const MOST_LETTERS: usize = 64;

/// The mark of a GeoPackage; none where it has none.
pub(super) fn of(driver: &str, dataset: &Dataset) -> Option<String> {
    if driver != "GPKG" {
        return None;
    }
    let sql = format!("select metadata from gpkg_metadata where md_standard_uri = '{STANDARD}' limit 1");
    let mut rows = dataset.execute_sql(sql, None, Dialect::DEFAULT).ok()??;
    let mark = rows.features().next().and_then(|row| row.field_as_string(0).ok().flatten());
    mark.filter(|mark| !mark.is_empty() && mark.len() <= MOST_LETTERS)
}
