//! GeoParquet 1.1: shapes as WKB with a covering box for each, the system as PROJJSON (the short form of EPSG would be read
//! as none), titles and units in the file's own words (`columns`).
//!
//! This GDAL has no driver for it, so it is written with the library that Arrow's own people keep. Rows are held for one
//! batch, columns for one group of rows.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int32Builder, Int64Builder,
    StringBuilder, StructBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field as Column, Fields, Schema, TimeUnit};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use gdal::spatial_ref::SpatialRef;
use gdal::vector::Geometry;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::{Value as Json, json};

use super::model::{Field, Plan, Shape};
use super::{Records, broken, layer, unfit};
use crate::spatial::wire::{Failure, Kind, Record, Value};

/// Rows that are handed to the library at once, and rows of a group.
const BATCH: usize = 2_000;
const GROUP: usize = 20_000;
const SIDES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

pub(super) fn write<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    let schema = Arc::new(schema(plan));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP))
        .build();
    let file = std::fs::File::create_new(path).map_err(|error| broken(&error.into()))?;
    // Beside a copy of Arrow's own schema pyarrow, and with it GeoPandas, sees nothing of what the file says of itself.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(file, schema.clone(), options).map_err(failed)?;
    let mut table = Table::new(plan);
    while let Some(record) = records.next()? {
        table.add(plan, &record)?;
        if table.rows == BATCH {
            writer.write(&table.batch(&schema)?).map_err(failed)?;
        }
    }
    writer.write(&table.batch(&schema)?).map_err(failed)?;
    if let Some(shape) = &plan.shape {
        let geo = table.seen.metadata(shape, &box_name(plan))?.to_string();
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo));
    }
    let said = [
        ("title", plan.title.clone()),
        ("description", plan.description.clone()),
        ("columns", dictionary(plan).to_string()),
    ];
    for (name, text) in said {
        writer.append_key_value_metadata(KeyValue::new(name.to_owned(), text));
    }
    writer.close().map_err(failed)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn failed(error: impl ToString) -> Failure {
    broken(&anyhow::anyhow!(error.to_string()))
}

/// The name of the boxes' column, one that no field has.
fn box_name(plan: &Plan) -> String {
    let is_free = |name: &str| !plan.fields.iter().any(|field| field.name == name);
    if is_free("bbox") { "bbox".to_owned() } else { "predio_bbox".to_owned() }
}

fn schema(plan: &Plan) -> Schema {
    let mut columns: Vec<Column> = plan.fields.iter().map(column).collect();
    if let Some(shape) = &plan.shape {
        columns.push(Column::new(&shape.column, DataType::Binary, true));
        columns.push(Column::new(box_name(plan), DataType::Struct(sides()), true));
    }
    Schema::new(columns)
}

fn sides() -> Fields {
    SIDES.iter().map(|side| Column::new(*side, DataType::Float64, false)).collect()
}

fn column(field: &Field) -> Column {
    let kind = match field.kind {
        Kind::Truth => DataType::Boolean,
        Kind::Integer => DataType::Int32,
        Kind::BigInteger => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Date => DataType::Date32,
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::ZonedMoment => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Text | Kind::Time | Kind::Bytes => DataType::Utf8,
    };
    Column::new(&field.name, kind, true)
}

/// What each column means.
fn dictionary(plan: &Plan) -> Json {
    let one = |field: &Field| {
        (field.name.clone(), json!({ "title": field.title, "description": field.description }))
    };
    Json::Object(plan.fields.iter().map(one).collect())
}

/// One column that is being filled.
enum Builder {
    Truth(BooleanBuilder),
    Integer(Int32Builder),
    BigInteger(Int64Builder),
    Real(Float64Builder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Truth => Self::Truth(BooleanBuilder::new()),
            Kind::Integer => Self::Integer(Int32Builder::new()),
            Kind::BigInteger => Self::BigInteger(Int64Builder::new()),
            Kind::Real => Self::Real(Float64Builder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Moment => Self::Moment(TimestampMicrosecondBuilder::new()),
            Kind::ZonedMoment => Self::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Text | Kind::Time | Kind::Bytes => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a value; what the column cannot hold is told by its type.
    fn add(&mut self, value: &Value) -> Result<(), &'static str> {
        match (self, value) {
            (Self::Truth(column), Value::Integer(number)) => column.append_value(*number != 0),
            (Self::Truth(column), Value::Null) => column.append_null(),
            (Self::Integer(column), Value::Integer(number)) => {
                column.append_value(i32::try_from(*number).map_err(|_| "an integer of 32 bits")?);
            }
            (Self::Integer(column), Value::Null) => column.append_null(),
            (Self::BigInteger(column), Value::Integer(number)) => column.append_value(*number),
            (Self::BigInteger(column), Value::Null) => column.append_null(),
            (Self::Real(column), Value::Real(number)) => column.append_value(*number),
            (Self::Real(column), Value::Null) => column.append_null(),
            (Self::Date(column), Value::Text(text)) => column.append_value(days(text).ok_or("a date")?),
            (Self::Date(column), Value::Null) => column.append_null(),
            (Self::Moment(column), Value::Text(text)) => {
                column.append_value(microseconds(text).ok_or("a time")?);
            }
            (Self::Moment(column), Value::Null) => column.append_null(),
            (Self::Text(column), Value::Text(text)) => column.append_value(text),
            (Self::Text(column), Value::Null) => column.append_null(),
            _ => return Err("a value of its type"),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Truth(column) => Arc::new(column.finish()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::BigInteger(column) => Arc::new(column.finish()),
            Self::Real(column) => Arc::new(column.finish()),
            Self::Date(column) => Arc::new(column.finish()),
            Self::Moment(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}

fn days(text: &str) -> Option<i32> {
    let day: NaiveDate = text.parse().ok()?;
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

fn microseconds(text: &str) -> Option<i64> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => Some(moment.timestamp_micros()),
        Err(_) => text.parse::<NaiveDateTime>().ok().map(|moment| moment.and_utc().timestamp_micros()),
    }
}

/// The rows of a batch.
struct Table {
    fields: Vec<Builder>,
    shapes: Option<Shapes>,
    seen: Seen,
    rows: usize,
}

/// Shapes with their boxes.
struct Shapes {
    wkb: BinaryBuilder,
    boxes: StructBuilder,
}

impl Table {
    fn new(plan: &Plan) -> Self {
        let side = |_| Box::new(Float64Builder::new()) as Box<dyn ArrayBuilder>;
        let shapes = plan.shape.as_ref().map(|_| Shapes {
            wkb: BinaryBuilder::new(),
            boxes: StructBuilder::new(sides(), SIDES.iter().map(side).collect()),
        });
        let fields = plan.fields.iter().map(|field| Builder::new(field.kind)).collect();
        Self { fields, shapes, seen: Seen::default(), rows: 0 }
    }

    fn add(&mut self, plan: &Plan, record: &Record) -> Result<(), Failure> {
        for ((builder, field), value) in self.fields.iter_mut().zip(&plan.fields).zip(&record.values) {
            builder.add(value).map_err(|wanted| {
                let key = layer::key(record);
                let (es, en) = (
                    format!("`{}` no cabe en su columna", field.name),
                    format!("`{}` is not {wanted}", field.name),
                );
                unfit(record.number, &key, &es, &en)
            })?;
        }
        if let Some(shapes) = &mut self.shapes {
            shapes.add(layer::shape(record)?, &mut self.seen)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// The rows so far, which are gone from here then.
    fn batch(&mut self, schema: &Arc<Schema>) -> Result<RecordBatch, Failure> {
        let mut columns: Vec<ArrayRef> = self.fields.iter_mut().map(Builder::finish).collect();
        if let Some(shapes) = &mut self.shapes {
            columns.push(Arc::new(shapes.wkb.finish()));
            columns.push(Arc::new(shapes.boxes.finish()));
        }
        self.rows = 0;
        RecordBatch::try_new(schema.clone(), columns).map_err(failed)
    }
}

impl Shapes {
    /// Heights are left out: the box and the system are of the plane.
    fn add(&mut self, shape: Option<Geometry>, seen: &mut Seen) -> Result<(), Failure> {
        let Some(mut shape) = shape else {
            self.wkb.append_null();
            return self.add_box(None);
        };
        shape.flatten_to_2d();
        self.wkb.append_value(shape.wkb().map_err(layer::gdal)?);
        let envelope = shape.envelope();
        let sides = [envelope.MinX, envelope.MinY, envelope.MaxX, envelope.MaxY];
        let sides = Some(sides).filter(|_| !shape.is_empty());
        seen.note(&shape.geometry_name(), sides);
        self.add_box(sides)
    }

    fn add_box(&mut self, sides: Option<[f64; 4]>) -> Result<(), Failure> {
        for (index, side) in sides.unwrap_or_default().into_iter().enumerate() {
            let builder = self.boxes.field_builder::<Float64Builder>(index);
            builder.ok_or_else(|| broken(&anyhow::anyhow!("a box has four sides")))?.append_value(side);
        }
        self.boxes.append(sides.is_some());
        Ok(())
    }
}

/// What the file says of all its shapes.
#[derive(Default)]
struct Seen {
    types: BTreeSet<&'static str>,
    bounds: Option<[f64; 4]>,
}

impl Seen {
    fn note(&mut self, name: &str, sides: Option<[f64; 4]>) {
        let known = [
            "Point",
            "LineString",
            "Polygon",
            "MultiPoint",
            "MultiLineString",
            "MultiPolygon",
            "GeometryCollection",
        ];
        self.types.extend(known.into_iter().find(|known| known.eq_ignore_ascii_case(name)));
        self.bounds = match (self.bounds, sides) {
            (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]),
            (known, new) => known.or(new),
        };
    }

    /// `geo`, as GeoParquet 1.1 wants it.
    fn metadata(&self, shape: &Shape, box_name: &str) -> Result<Json, Failure> {
        let covering: serde_json::Map<String, Json> =
            SIDES.iter().map(|side| ((*side).to_owned(), json!([box_name, side]))).collect();
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": self.types,
            "crs": projjson(shape.epsg)?,
            "covering": { "bbox": covering },
        });
        if let Some(bounds) = self.bounds {
            column["bbox"] = json!(bounds);
        }
        Ok(
            json!({ "version": "1.1.0", "primary_column": shape.column, "columns": { (&shape.column): column } }),
        )
    }
}

/// The system with the east first, as the coordinates stand: of degrees that is CRS84 and not EPSG:4326.
fn projjson(epsg: u32) -> Result<Json, Failure> {
    let system = match epsg {
        4326 => SpatialRef::from_definition("OGC:CRS84"),
        code => SpatialRef::from_epsg(code),
    };
    let text = system.and_then(|system| system.to_projjson()).map_err(layer::gdal)?;
    serde_json::from_str(&text).map_err(failed)
}
