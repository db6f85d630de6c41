//! A GeoPackage: the layers, their data dictionary, their styles and metadata.
//!
//! The same plans and rows make the same bytes: what GDAL and SQLite would take from the clock comes from the plan.

use std::io::Read;
use std::path::Path;

use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::model::{Format, Plan};
use super::{Records, layer, store};
use crate::spatial::wire::Failure;

pub(super) fn write<R: Read>(plans: &[Plan], records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    // A file that is not whole is nobody's: no statement needs to survive a crash.
    for (option, value) in [("OGR_SQLITE_SYNCHRONOUS", "OFF"), ("OGR_SQLITE_JOURNAL", "MEMORY")] {
        gdal::config::set_config_option(option, value).map_err(layer::gdal)?;
    }
    layer::close(layer::create(Format::GeoPackage, path)?)?;
    for plan in plans {
        // GDAL's own name for the time that it writes into `gpkg_contents`.
        gdal::config::set_config_option("OGR_CURRENT_DATE", &plan.stamp()).map_err(layer::gdal)?;
        create(plan, path)?;
        pour(plan, records, path)?;
        records.next_layer();
    }
    // Indexes take their time, which the rows of a next layer must not wait for.
    let dataset = update(path)?;
    plans.iter().try_for_each(|plan| store::index(&dataset, plan))?;
    store::describe(&dataset, plans)?;
    layer::close(dataset)
}

fn create(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let mut dataset = update(path)?;
    let key = format!("FID={}", key_name(plan));
    let shape = format!("GEOMETRY_NAME={}", plan.shape.as_ref().map_or("geom", |shape| &shape.column));
    let said = [format!("IDENTIFIER={}", plan.title), format!("DESCRIPTION={}", plan.description)];
    layer::create_layer(&mut dataset, plan, &[&key, &shape, &said[0], &said[1], "SPATIAL_INDEX=NO"])?;
    layer::close(dataset)?;
    // The binding knows no true-or-false fields, so the columns are made in SQL and the file is opened anew.
    let dataset = update(path)?;
    store::columns(&dataset, plan)?;
    layer::close(dataset)
}

fn pour<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    let mut dataset = update(path)?;
    let whole = dataset.start_transaction().map_err(layer::gdal)?;
    layer::pour(plan, records, &whole.layer_by_name(&plan.layer).map_err(layer::gdal)?)?;
    whole.commit().map_err(layer::gdal)?;
    layer::close(dataset)
}

/// The row's own number, under a name that no field has.
fn key_name(plan: &Plan) -> &'static str {
    let is_free = |name: &str| !plan.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
    ["fid", "ogc_fid", "gpkg_fid"].into_iter().find(|name| is_free(name)).unwrap_or("predio_row_number")
}

fn update(path: &Path) -> Result<Dataset, Failure> {
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_VECTOR | GdalOpenFlags::GDAL_OF_UPDATE,
        allowed_drivers: Some(&["GPKG"]),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, options).map_err(layer::gdal)
}
