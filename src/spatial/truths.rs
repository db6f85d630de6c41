//! Which columns of a GeoPackage hold true and false: SQLite keeps them as numbers, and the GDAL binding does not tell
//! one kind of number from another.

use std::collections::HashSet;

use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal::vector::sql::Dialect;

/// The names of such columns of `table`; none where the file does not say so.
pub(super) fn of(driver: &str, dataset: &Dataset, table: &str) -> HashSet<String> {
    if driver != "GPKG" {
        return HashSet::new();
    }
    let table = table.replace('\'', "''");
    let columns = dataset.execute_sql(format!("pragma table_info('{table}')"), None, Dialect::DEFAULT);
    let Ok(Some(mut columns)) = columns else { return HashSet::new() };
    let named = columns.features().filter_map(|column| {
        let text = |index| column.field_as_string(index).ok().flatten();
        let is_truth = text(2)?.eq_ignore_ascii_case("boolean");
        text(1).filter(|_| is_truth)
    });
    named.collect()
}
