//! KML: a place mark for each record.
//!
//! GDAL's layer begins with a name and a description. Fields that are called so go there, and no field beside them may
//! have such a name.

use std::io::Read;
use std::path::Path;

use super::model::{Field, Format, Plan};
use super::{Records, layer};
use crate::spatial::wire::{Failure, Kind, Value};

/// Fields that the driver makes by itself.
const MADE: usize = 2;

pub(super) fn write<R: Read>(plan: &Plan, records: &mut Records<R>, path: &Path) -> Result<(), Failure> {
    let sources = sources(plan);
    let field = |source: &Option<usize>| source.map_or_else(nothing, |index| plan.fields[index].clone());
    let placed = Plan { fields: sources.iter().map(field).collect(), ..plan.clone() };
    let mut dataset = layer::create(Format::Kml, path)?;
    let layer = layer::create_layer(&mut dataset, &placed, &[])?;
    let own = &placed.fields[MADE..];
    layer::add_fields(&layer, Format::Kml, own, own.iter().map(|field| field.name.as_str()))?;
    while let Some(mut record) = records.next()? {
        let value = |source: &Option<usize>| source.and_then(|index| record.values.get(index).cloned());
        record.values = sources.iter().map(|source| value(source).unwrap_or(Value::Null)).collect();
        layer::one(&placed, &record, &layer)?;
    }
    layer::close(dataset)
}

/// Which of the plan's fields stands where: name, description, then all others.
fn sources(plan: &Plan) -> Vec<Option<usize>> {
    let at = |name: &str| plan.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    let (name, description) = (at("name"), at("description"));
    let rest = (0..plan.fields.len()).map(Some).filter(|index| *index != name && *index != description);
    [name.or(Some(plan.label)), description].into_iter().chain(rest).collect()
}

fn nothing() -> Field {
    let (name, title, description) = (String::new(), String::new(), String::new());
    Field { name, kind: Kind::Text, title, description }
}
