//! KML: a place mark for each record.
//!
//! GDAL takes a place mark's name and description from fields called so, and from any other field where there are none,
//! which is then no field any more. So both are always there.

use std::io::Read;
use std::path::Path;

use super::model::{Field, Format, Plan};
use super::{Records, layer};
use crate::spatial::wire::{Failure, Kind, Value};

pub(super) fn write<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    let mut plan = plan.clone();
    let mut added = Vec::new();
    for (name, source) in [("Name", Some(plan.label)), ("Description", None)] {
        if !plan.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name)) {
            let (title, description) = (String::new(), String::new());
            plan.fields.push(Field { name: name.to_owned(), kind: Kind::Text, title, description });
            added.push(source);
        }
    }
    let mut dataset = layer::create(Format::Kml, path)?;
    let layer = layer::create_layer(&mut dataset, &plan, &[])?;
    layer::add_fields(&layer, &plan, plan.fields.iter().map(|field| field.name.as_str()))?;
    while let Some(mut record) = records.next()? {
        for source in &added {
            let value = source.and_then(|index| record.values.get(index).cloned());
            record.values.push(value.unwrap_or(Value::Null));
        }
        layer::one(&plan, &record, &layer)?;
    }
    layer::close(dataset)
}
