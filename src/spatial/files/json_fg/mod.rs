//! JSON-FG (OGC Features and Geometries JSON), which GDAL 3.6 does not read: `place` in the system of `coordRefSys`,
//! arcs, `time`.
//!
//! One look through the file finds its fields and its reference system, a second one streams it.

mod fields;
mod geometry;
mod system;

use std::path::Path;

use serde_json::{Map, Value};

use self::fields::Fields;
use self::geometry::Axes;
use self::system::System;
use super::{Send, Source, lost};
use crate::spatial::json_stream::{self, Part};
use crate::spatial::text_file::{self, Text};
use crate::spatial::wire::{End, Failure, Frame, Header, Note, Record, Unreadable};

/// The name that the header gives.
const DRIVER: &str = "JSON-FG";

/// Whether a JSON file has what GeoJSON has not. Members may come in any order, so the whole file is looked through, for
/// words first.
pub fn is_json_fg(path: &Path) -> bool {
    const WORDS: [&str; 9] = [
        "json-fg",
        "\"coordRefSys\"",
        "\"place\"",
        "\"CircularString\"",
        "\"CompoundCurve\"",
        "\"CurvePolygon\"",
        "\"MultiCurve\"",
        "\"MultiSurface\"",
        "\"Prism\"",
    ];
    super::holds_any(path, &WORDS) && told(path).unwrap_or(false)
}

/// Whether one of these words is a member or type, and not a value somewhere.
fn told(path: &Path) -> Result<bool, Failure> {
    let mut found = false;
    let beyond = |geometry: &Value| {
        let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
        kind.contains("Curve") || kind.contains("Circular") || kind == "MultiSurface"
    };
    json_stream::walk(path, &mut |part| {
        found |= match part {
            Part::Member("conformsTo", value) => value.to_string().contains("json-fg"),
            Part::Member("coordRefSys", _) => true,
            Part::Member("place", value) => value.is_object(),
            Part::Member("type", value) => beyond(&serde_json::json!({ "type": value })),
            Part::Feature(_, feature) => {
                feature.get("coordRefSys").is_some()
                    || feature.get("place").is_some_and(Value::is_object)
                    || feature.get("geometry").is_some_and(beyond)
            }
            Part::Member(..) => false,
        };
        Ok(())
    })?;
    Ok(found)
}

/// What the first look found.
#[derive(Default)]
struct Survey {
    fields: Fields,
    /// Members of the document but `features`.
    members: Map<String, Value>,
    /// The first system that a `place` is in.
    place: Option<Value>,
    is_collection: bool,
    count: u64,
}

/// Streams the file.
///
/// # Errors
/// Where it is damaged, or its reference system is unknown.
pub fn read(source: &Source, send: &mut Send<'_>) -> Result<(), Failure> {
    let text = text_file::prepare(&source.path)?;
    let survey = look(text.path())?;
    let system = System::find(survey.place.as_ref())?;
    send(Frame::Header(Box::new(header(source, &text, &survey, &system)))).map_err(lost)?;
    let document = survey.members.get("coordRefSys");
    let mut read = 0;
    if survey.is_collection {
        json_stream::walk(text.path(), &mut |part| {
            let Part::Feature(number, feature) = part else { return Ok(()) };
            read = number;
            send(frame(number, &feature, document, &system, &survey.fields)).map_err(lost)
        })?;
    } else {
        read = 1;
        let feature = single(&survey.members);
        send(frame(1, &feature, document, &system, &survey.fields)).map_err(lost)?;
    }
    send(Frame::End(End { read })).map_err(lost)
}

fn look(path: &Path) -> Result<Survey, Failure> {
    let mut survey = Survey::default();
    let mut systems = Vec::new();
    json_stream::walk(path, &mut |part| {
        match part {
            Part::Feature(number, feature) => {
                survey.is_collection = true;
                survey.count = number;
                survey.fields.add(&feature);
                if survey.place.is_none() && has_place(&feature) {
                    survey.place = Some(own_system(&feature).cloned().unwrap_or(Value::Null));
                }
            }
            Part::Member(name, value) => {
                survey.members.insert(name.to_owned(), value);
            }
        }
        Ok(())
    })?;
    let is_collection = survey.members.get("type").is_some_and(|kind| kind == "FeatureCollection");
    survey.is_collection |= is_collection;
    if !survey.is_collection {
        let feature = single(&survey.members);
        survey.count = 1;
        survey.fields.add(&feature);
        survey.place = has_place(&feature).then_some(Value::Null);
        systems.extend(own_system(&feature).cloned());
    }
    // A place that names no system of its own is in the document's.
    if survey.place == Some(Value::Null) {
        survey.place = systems.pop().or_else(|| survey.members.get("coordRefSys").cloned());
    }
    Ok(survey)
}

/// The document as a feature, also where it is a bare geometry.
fn single(members: &Map<String, Value>) -> Value {
    if members.get("type").is_some_and(|kind| kind == "Feature") {
        return Value::Object(members.clone());
    }
    serde_json::json!({ "type": "Feature", "place": members, "properties": null })
}

fn has_place(feature: &Value) -> bool {
    feature.get("place").is_some_and(Value::is_object)
}

fn own_system(feature: &Value) -> Option<&Value> {
    feature.get("place").and_then(|place| place.get("coordRefSys")).or_else(|| feature.get("coordRefSys"))
}

fn header(source: &Source, text: &Text, survey: &Survey, system: &System) -> Header {
    let name = source.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let kind = survey.members.get("featureType").and_then(Value::as_str);
    let notes = system.compound.then(|| {
        Note::new(
            "height_system_left_out",
            "el sistema de coordenadas tiene alturas, que se omiten",
            "the reference system has heights, which are left out",
        )
    });
    Header {
        driver: DRIVER.to_owned(),
        layer: kind.map_or(name, str::to_owned),
        fields: survey.fields.list(),
        crs: Some(system.crs.clone()),
        encoding: text.decision.report.clone(),
        geometry: "Unknown (any)".to_owned(),
        announced: Some(survey.count),
        notes: notes.into_iter().collect(),
        mark: None,
    }
}

fn frame(number: u64, feature: &Value, document: Option<&Value>, system: &System, fields: &Fields) -> Frame {
    let unreadable = |why: String| Frame::Unreadable(Unreadable { number, why });
    if !feature.is_object() {
        return unreadable("features: not an object".to_owned());
    }
    match place(feature, document, system) {
        Ok(wkb) => Frame::Record(Record { number, wkb, values: fields.values(feature), ..Record::default() }),
        Err(why) => unreadable(why),
    }
}

/// The geometry that counts: `place`, and `geometry` where there is none.
fn place(feature: &Value, document: Option<&Value>, system: &System) -> Result<Vec<u8>, String> {
    let geometry = feature.get("geometry").filter(|geometry| !geometry.is_null());
    let (name, shape, own) = match (feature.get("place").filter(|place| !place.is_null()), geometry) {
        (Some(place), _) => ("place", place, own_system(feature).or(document)),
        (None, Some(geometry)) => ("geometry", geometry, None),
        (None, None) => return Ok(Vec::new()),
    };
    if !system.is_that_of(own) {
        let crs = &system.crs.name;
        return Err(format!(
            "{name}: in another reference system than the first place ({crs}); one file, one system"
        ));
    }
    geometry::to_wkb(shape, name, Axes { swapped: system.swapped })
}
