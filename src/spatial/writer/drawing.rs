//! A drawing (DXF): the edge of each polygon as a closed polyline, lines and points as they are, a text on each.
//!
//! GDAL writes polygons as hatches, which a surveyor cannot snap to, so rings are written as lines.

use std::io::Read;
use std::path::Path;

use gdal::vector::{
    Feature, FieldDefn, Geometry, Layer, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gdal::{Dataset, DriverManager};
use geo::InteriorPoint;

use super::model::{Format, Plan};
use super::{Records, layer, unfit};
use crate::spatial::vector_file::take_complaints;
use crate::spatial::wire::{Failure, Record, Value};

/// What the driver asks a feature for, by name; only the first two are set.
const FIELDS: [&str; 8] =
    ["Layer", "OGR_STYLE", "SubClasses", "ExtendedEntity", "Linetype", "EntityHandle", "Text", "BlockName"];
/// Height of the texts, metres.
const TEXT_HEIGHT: f64 = 2.0;

pub(super) fn write<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    // The driver's own layer takes no field for the text's look, but finds it by name on a feature of another layer.
    let mut memory = DriverManager::get_driver_by_name("Memory")
        .and_then(|driver| driver.create_vector_only(""))
        .map_err(layer::gdal)?;
    let pattern = pattern(&mut memory)?;
    let mut dataset = layer::create(Format::Dxf, path)?;
    let options =
        LayerOptions { name: "entities", ty: OGRwkbGeometryType::wkbUnknown, ..LayerOptions::default() };
    let entities = dataset.create_layer(options).map_err(layer::gdal)?;
    let drawing = Drawing { plan, pattern: &pattern, entities: &entities };
    while let Some(record) = records.next()? {
        drawing.one(&record)?;
    }
    layer::close(dataset)
}

fn pattern(memory: &mut Dataset) -> Result<Layer<'_>, Failure> {
    let layer = memory.create_layer(LayerOptions::default()).map_err(layer::gdal)?;
    for name in FIELDS {
        FieldDefn::new(name, OGRFieldType::OFTString)
            .and_then(|field| field.add_to_layer(&layer))
            .map_err(layer::gdal)?;
    }
    Ok(layer)
}

struct Drawing<'a> {
    plan: &'a Plan,
    pattern: &'a Layer<'a>,
    entities: &'a Layer<'a>,
}

impl Drawing<'_> {
    fn one(&self, record: &Record) -> Result<(), Failure> {
        // What has no shape cannot be drawn.
        let Some(shape) = layer::shape(record)? else {
            return Err(unfit(
                record.number,
                &layer::key(record),
                "no tiene forma que dibujar; filtre `geom IS NOT NULL`",
                "has no shape to draw; filter by `geom IS NOT NULL`",
            ));
        };
        let mut lines = Vec::new();
        edges(&shape, &mut lines)?;
        for line in lines {
            self.entity(record, line, &self.plan.layer, "")?;
        }
        let label = match record.values.get(self.plan.label) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Integer(number)) => number.to_string(),
            _ => return Ok(()),
        };
        let Some(place) = inside(&shape)? else { return Ok(()) };
        // The style's own marks would end the text.
        let label = label.replace('\\', "").replace('"', "'");
        let style = format!("LABEL(f:\"Arial\",t:\"{label}\",s:{TEXT_HEIGHT}g,p:5)");
        self.entity(record, place, &format!("{}_texto", self.plan.layer), &style)
    }

    fn entity(&self, record: &Record, shape: Geometry, layer: &str, style: &str) -> Result<(), Failure> {
        let mut feature = Feature::new(self.pattern.defn()).map_err(layer::gdal)?;
        feature.set_field_string(0, layer).map_err(layer::gdal)?;
        feature.set_field_string(1, style).map_err(layer::gdal)?;
        feature.set_geometry(shape).map_err(layer::gdal)?;
        let made = feature.create(self.entities);
        match (made, take_complaints()) {
            (Ok(()), None) => Ok(()),
            (made, said) => {
                let why = said.unwrap_or_else(|| made.err().map(|e| e.to_string()).unwrap_or_default());
                Err(unfit(record.number, &layer::key(record), &why, &why))
            }
        }
    }
}

/// The rings of polygons as lines, and every other part as it is.
fn edges(shape: &Geometry, found: &mut Vec<Geometry>) -> Result<(), Failure> {
    let flat = gdal::vector::geometry_type_flatten(shape.geometry_type());
    match flat {
        OGRwkbGeometryType::wkbPolygon => {
            for ring in 0..shape.geometry_count() {
                let mut line = Geometry::empty(OGRwkbGeometryType::wkbLineString).map_err(layer::gdal)?;
                let mut points = Vec::new();
                shape.get_geometry(ring).get_points(&mut points);
                for (x, y, _) in points {
                    line.add_point_2d((x, y));
                }
                found.push(line);
            }
        }
        OGRwkbGeometryType::wkbPoint | OGRwkbGeometryType::wkbLineString => found.push(shape.clone()),
        _ => {
            for part in 0..shape.geometry_count() {
                edges(&shape.get_geometry(part), found)?;
            }
        }
    }
    Ok(())
}

/// A place on the shape for its text.
fn inside(shape: &Geometry) -> Result<Option<Geometry>, Failure> {
    let Some(place) = shape.to_geo().map_err(layer::gdal)?.interior_point() else { return Ok(None) };
    let mut point = Geometry::empty(OGRwkbGeometryType::wkbPoint).map_err(layer::gdal)?;
    point.set_point_2d(0, (place.x(), place.y()));
    Ok(Some(point))
}
