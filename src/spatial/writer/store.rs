//! The tables of a GeoPackage that GDAL does not write: columns, data dictionary, styles, metadata.
//!
//! OGR's SQL binds no values. Safe SQL: the file is new and the writer's own, and [`quoted`] and [`literal`] double the
//! one character that ends a name or a text in SQLite.

use gdal::Dataset;
use gdal::vector::LayerAccess;
use gdal::vector::sql::Dialect;

use super::layer::gdal;
use super::model::Plan;
use crate::spatial::wire::{Failure, Kind};

const ISO_19139: &str = "http://www.isotc211.org/2005/gmd";
/// Which copy the file is.
const MARK: &str = "urn:predio:field-copy";
/// Longest mark.
const MARK_LETTERS: usize = 64;

/// Gives the table the plan's columns.
pub(super) fn columns(dataset: &Dataset, plan: &Plan) -> Result<(), Failure> {
    for field in &plan.fields {
        let (table, name) = (quoted(&plan.layer), quoted(&field.name));
        run(dataset, &format!("alter table {table} add column {name} {}", sql_type(field.kind)))?;
    }
    Ok(())
}

const fn sql_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Truth => "BOOLEAN",
        Kind::Integer => "MEDIUMINT",
        Kind::BigInteger => "INTEGER",
        Kind::Real => "DOUBLE",
        Kind::Date => "DATE",
        Kind::ZonedMoment => "DATETIME",
        Kind::Text | Kind::Time | Kind::Moment | Kind::Bytes => "TEXT",
    }
}

/// Adds the index of places.
pub(super) fn index(dataset: &Dataset, plan: &Plan) -> Result<(), Failure> {
    let Some(shape) = &plan.shape else { return Ok(()) };
    let (table, column) = (literal(&plan.layer), literal(&shape.column));
    run(dataset, &format!("select CreateSpatialIndex({table}, {column})"))
}

/// Adds what the file says about its layers.
pub(super) fn describe(dataset: &Dataset, plans: &[Plan]) -> Result<(), Failure> {
    run(dataset, EXTENSIONS)?;
    dictionaries(dataset, plans)?;
    styles(dataset, plans)?;
    metadata(dataset, plans)
}

const EXTENSIONS: &str = "create table if not exists gpkg_extensions (table_name TEXT, column_name TEXT,
    extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))";

/// `gpkg_data_columns`, from the layer's column comments.
fn dictionaries(dataset: &Dataset, plans: &[Plan]) -> Result<(), Failure> {
    run(
        dataset,
        "create table gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
         description TEXT, mime_type TEXT, constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
         CONSTRAINT gdc_tn UNIQUE (table_name, name))",
    )?;
    extension(
        dataset,
        "gpkg_data_columns",
        "gpkg_schema",
        "http://www.geopackage.org/spec121/#extension_schema",
    )?;
    plans.iter().try_for_each(|plan| dictionary(dataset, plan))
}

fn dictionary(dataset: &Dataset, plan: &Plan) -> Result<(), Failure> {
    for field in &plan.fields {
        let values = [&plan.layer, &field.name, &field.name, &field.title, &field.description]
            .map(|text| literal(text));
        let columns = "table_name, column_name, name, title, description";
        run(dataset, &format!("insert into gpkg_data_columns ({columns}) values ({})", values.join(", ")))?;
    }
    Ok(())
}

/// `layer_styles`, as QGIS keeps styles in a file.
fn styles(dataset: &Dataset, plans: &[Plan]) -> Result<(), Failure> {
    let Some(first) = plans.iter().find(|plan| !plan.styles.is_empty()) else { return Ok(()) };
    run(
        dataset,
        "create table layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
         f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT,
         styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
         update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))",
    )?;
    let stamp = literal(&first.stamp());
    run(
        dataset,
        &format!(
            "insert into gpkg_contents (table_name, data_type, identifier, last_change)
             values ('layer_styles', 'attributes', 'layer_styles', {stamp})"
        ),
    )?;
    plans.iter().try_for_each(|plan| styles_of(dataset, plan))
}

fn styles_of(dataset: &Dataset, plan: &Plan) -> Result<(), Failure> {
    let stamp = literal(&plan.stamp());
    let column = literal(plan.shape.as_ref().map_or("", |shape| &shape.column));
    for (index, style) in plan.styles.iter().enumerate() {
        let (table, name, qml) = (literal(&plan.layer), literal(&style.name), literal(&style.qml));
        let sld = style.sld.as_deref().map_or_else(|| "null".to_owned(), literal);
        let is_default = u8::from(index == 0);
        run(
            dataset,
            &format!(
                "insert into layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
                 styleQML, styleSLD, useAsDefault, description, owner, update_time)
                 values ('', '', {table}, {column}, {name}, {qml}, {sld}, {is_default}, {name}, '', {stamp})"
            ),
        )?;
    }
    Ok(())
}

/// `gpkg_metadata`: each layer's metadata by ISO 19139, and the file's own mark.
fn metadata(dataset: &Dataset, plans: &[Plan]) -> Result<(), Failure> {
    let documents: Vec<_> = plans.iter().flat_map(documents_of).collect();
    if documents.is_empty() {
        return Ok(());
    }
    metadata_tables(dataset)?;
    documents.into_iter().zip(1..).try_for_each(|(document, number)| keep(dataset, &document, number))
}

/// What is said of a layer as a whole.
struct Document<'a> {
    plan: &'a Plan,
    standard: &'static str,
    mime: &'static str,
    text: &'a str,
}

fn documents_of(plan: &Plan) -> impl Iterator<Item = Document<'_>> {
    let iso = plan.metadata.as_deref();
    let iso = iso.map(|text| Document { plan, standard: ISO_19139, mime: "text/xml", text });
    let mark = plan.mark.as_deref();
    let mark = mark.map(|text| Document { plan, standard: MARK, mime: "text/plain", text });
    iso.into_iter().chain(mark)
}

/// The mark of a file of ours, which it keeps when another program edits it. A stranger may write any mark: it is a word to
/// look up, and proves nothing.
pub fn mark_of(driver: &str, dataset: &Dataset) -> Option<String> {
    if driver != "GPKG" {
        return None;
    }
    let sql = format!("select metadata from gpkg_metadata where md_standard_uri = '{MARK}' limit 1");
    let mut rows = dataset.execute_sql(sql, None, Dialect::DEFAULT).ok()??;
    let mark = rows.features().next().and_then(|row| row.field_as_string(0).ok().flatten());
    mark.filter(|mark| !mark.is_empty() && mark.len() <= MARK_LETTERS)
}

fn metadata_tables(dataset: &Dataset) -> Result<(), Failure> {
    run(
        dataset,
        "create table gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
         md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
         metadata TEXT NOT NULL DEFAULT '')",
    )?;
    run(
        dataset,
        "create table gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
         row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
         md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
         CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
         CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))",
    )?;
    for table in ["gpkg_metadata", "gpkg_metadata_reference"] {
        extension(dataset, table, "gpkg_metadata", "http://www.geopackage.org/spec121/#extension_metadata")?;
    }
    Ok(())
}

fn keep(dataset: &Dataset, document: &Document<'_>, number: u32) -> Result<(), Failure> {
    let Document { plan, standard, mime, text } = document;
    let values = format!("{number}, 'dataset', '{standard}', '{mime}', {}", literal(text));
    let columns = "id, md_scope, md_standard_uri, mime_type, metadata";
    run(dataset, &format!("insert into gpkg_metadata ({columns}) values ({values})"))?;
    let (table, stamp) = (literal(&plan.layer), literal(&plan.stamp()));
    run(
        dataset,
        &format!(
            "insert into gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id)
             values ('table', {table}, {stamp}, {number})"
        ),
    )
}

fn extension(dataset: &Dataset, table: &str, name: &str, definition: &str) -> Result<(), Failure> {
    run(
        dataset,
        &format!(
            "insert into gpkg_extensions (table_name, extension_name, definition, scope)
             values ('{table}', '{name}', '{definition}', 'read-write')"
        ),
    )
}

fn run(dataset: &Dataset, sql: &str) -> Result<(), Failure> {
    dataset.execute_sql(sql, None, Dialect::DEFAULT).map(|_| ()).map_err(gdal)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
