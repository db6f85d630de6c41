//! Records to the features of one of GDAL's layers.

use std::io::Read;
use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{
    Feature, FieldDefn, Geometry, Layer, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gdal::{Dataset, DriverManager};

use super::model::{Field, Format, Plan, Shape};
use super::{Records, broken, unfit};
use crate::spatial::vector_file::take_complaints;
use crate::spatial::wire::{Failure, Kind, Record, Value};

/// How a format keeps the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Integer,
    BigInteger,
    Real,
    Text,
    Date,
    Moment,
}

impl Holds {
    pub(super) const fn of(format: Format, kind: Kind) -> Self {
        match (kind, format) {
            // Everything is text in KML, and "true" says more there than 1.
            (Kind::Truth, Format::Kml) => Self::Text,
            (Kind::Truth | Kind::Integer, _) => Self::Integer,
            (Kind::BigInteger, _) => Self::BigInteger,
            (Kind::Real, _) => Self::Real,
            (Kind::Date, Format::GeoPackage | Format::Shapefile) => Self::Date,
            // A GeoPackage's moments are in UTC: one without a zone would become another moment.
            (Kind::ZonedMoment, Format::GeoPackage) => Self::Moment,
            _ => Self::Text,
        }
    }

    const fn ogr(self) -> OGRFieldType::Type {
        match self {
            Self::Integer => OGRFieldType::OFTInteger,
            Self::BigInteger => OGRFieldType::OFTInteger64,
            Self::Real => OGRFieldType::OFTReal,
            Self::Text => OGRFieldType::OFTString,
            Self::Date => OGRFieldType::OFTDate,
            Self::Moment => OGRFieldType::OFTDateTime,
        }
    }
}

/// A file of one layer with the fields of the plan.
pub(super) fn write<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    let mut dataset = create(plan.format, path)?;
    // An index is of shapes.
    let options = if plan.shape.is_some() { "SPATIAL_INDEX=YES" } else { "SPATIAL_INDEX=NO" };
    let layer = create_layer(&mut dataset, plan, &[options])?;
    add_fields(&layer, plan.format, &plan.fields, plan.fields.iter().map(|field| field.name.as_str()))?;
    pour(plan, records, &layer)?;
    close(dataset)
}

/// An empty data set.
pub(super) fn create(format: Format, path: &Path) -> Result<Dataset, Failure> {
    let driver = DriverManager::get_driver_by_name(format.driver()).map_err(gdal)?;
    driver.create_vector_only(path).map_err(gdal)
}

/// A layer without fields.
pub(super) fn create_layer<'d>(
    dataset: &'d mut Dataset,
    plan: &Plan,
    options: &[&str],
) -> Result<Layer<'d>, Failure> {
    let srs = plan.shape.as_ref().map(system).transpose()?;
    let ty = plan.shape.as_ref().map_or(OGRwkbGeometryType::wkbNone, |shape| geometry_type(&shape.kind));
    let options = LayerOptions { name: &plan.layer, srs: srs.as_ref(), ty, options: Some(options) };
    dataset.create_layer(options).map_err(gdal)
}

fn system(shape: &Shape) -> Result<SpatialRef, Failure> {
    let mut system = SpatialRef::from_epsg(shape.epsg).map_err(gdal)?;
    system.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(system)
}

/// PostGIS's name of a type as OGR's.
fn geometry_type(kind: &str) -> OGRwkbGeometryType::Type {
    let lower = kind.to_ascii_lowercase();
    let flat = lower.trim_end_matches(['z', 'm']);
    let ty = match flat {
        "point" => OGRwkbGeometryType::wkbPoint,
        "linestring" => OGRwkbGeometryType::wkbLineString,
        "polygon" => OGRwkbGeometryType::wkbPolygon,
        "multipoint" => OGRwkbGeometryType::wkbMultiPoint,
        "multilinestring" => OGRwkbGeometryType::wkbMultiLineString,
        "multipolygon" => OGRwkbGeometryType::wkbMultiPolygon,
        "geometrycollection" => OGRwkbGeometryType::wkbGeometryCollection,
        // Curves are given as lines, so what is left may be any type.
        _ => return OGRwkbGeometryType::wkbUnknown,
    };
    if lower[flat.len()..].contains('z') { gdal::vector::geometry_type_set_z(ty) } else { ty }
}

/// Fields under the names that the format gives them.
pub(super) fn add_fields<'n>(
    layer: &Layer<'_>,
    format: Format,
    fields: &[Field],
    names: impl Iterator<Item = &'n str>,
) -> Result<(), Failure> {
    for (field, name) in fields.iter().zip(names) {
        let holds = Holds::of(format, field.kind);
        let defined = FieldDefn::new(name, holds.ogr()).map_err(gdal)?;
        if format == Format::Shapefile && holds == Holds::Text {
            defined.set_width(super::shapefile::WIDEST_TEXT.into());
        }
        defined.add_to_layer(layer).map_err(gdal)?;
    }
    Ok(())
}

/// Writes every record.
pub(super) fn pour<R: Read>(plan: &Plan, records: &mut Records<R>, layer: &Layer<'_>) -> Result<(), Failure> {
    while let Some(record) = records.next()? {
        one(plan, &record, layer)?;
    }
    Ok(())
}

/// Writes one record.
pub(super) fn one(plan: &Plan, record: &Record, layer: &Layer<'_>) -> Result<(), Failure> {
    let mut feature = Feature::new(layer.defn()).map_err(gdal)?;
    for (index, (field, value)) in plan.fields.iter().zip(&record.values).enumerate() {
        match value {
            Value::Null => feature.set_field_null(index),
            Value::Integer(number) if Holds::of(plan.format, field.kind) == Holds::Text => {
                feature.set_field_string(index, &plain(*number, field.kind))
            }
            Value::Integer(number) => feature.set_field_integer64(index, *number),
            Value::Real(number) => feature.set_field_double(index, *number),
            Value::Text(text) => feature.set_field_string(index, text),
        }
        .map_err(gdal)?;
    }
    if let Some(shape) = shape(record)? {
        feature.set_geometry(shape).map_err(gdal)?;
    } else if plan.format == Format::FlatGeobuf && plan.shape.is_some() {
        return Err(unfit(
            record.number,
            &key(record),
            "no tiene forma, y un FlatGeobuf con índice no guarda objetos sin ella; filtre `geom IS NOT NULL`, o pida gpkg",
            "has no shape, and an indexed FlatGeobuf holds none without; filter by `geom IS NOT NULL`, or ask for gpkg",
        ));
    }
    let made = feature.create(layer);
    match (made, take_complaints()) {
        (Ok(()), None) => Ok(()),
        (_, Some(why)) => Err(unfit(record.number, &key(record), &why, &why)),
        (Err(error), None) => Err(unfit(record.number, &key(record), &error.to_string(), &error.to_string())),
    }
}

fn plain(number: i64, kind: Kind) -> String {
    match (kind, number) {
        (Kind::Truth, 0) => "false".to_owned(),
        (Kind::Truth, _) => "true".to_owned(),
        _ => number.to_string(),
    }
}

/// The record's geometry, where it has one.
pub(super) fn shape(record: &Record) -> Result<Option<Geometry>, Failure> {
    if record.wkb.is_empty() {
        return Ok(None);
    }
    Geometry::from_wkb(&record.wkb).map(Some).map_err(gdal)
}

/// The record's key as text.
pub(super) fn key(record: &Record) -> String {
    match record.values.first() {
        Some(Value::Integer(number)) => number.to_string(),
        Some(Value::Text(text)) => text.clone(),
        _ => "?".to_owned(),
    }
}

/// Ends the file: only now is it whole on the disk.
pub(super) fn close(dataset: Dataset) -> Result<(), Failure> {
    dataset.close().map_err(gdal)?;
    take_complaints().map_or(Ok(()), |why| Err(broken(&anyhow::anyhow!(why))))
}

/// What GDAL said.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
pub(super) fn gdal(error: gdal::errors::GdalError) -> Failure {
    let why = take_complaints().unwrap_or_else(|| error.to_string());
    broken(&anyhow::anyhow!(why))
}
