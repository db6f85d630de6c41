//! Power grids of pandapower (JSON): tables written as text inside the document, in layers `buses`, `lines` and
//! `transformers`.
//!
//! Positions come in two layouts: GeoJSON text in the column `geo` (since 3.0), or tables `bus_geodata` and
//! `line_geodata` beside (before). A line without a drawing is drawn straight between its buses, and noted.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};

use super::table::{self, Row, Table, fields};
use super::{Send, Source};
use crate::spatial::text_file;
use crate::spatial::wire::{Crs, Failure, Kind, Note, Value};

/// The layers of every grid.
pub const LAYERS: [&str; 3] = ["buses", "lines", "transformers"];
const DRIVER: &str = "pandapower";

/// A column of the grid, what it is called here, its kind, and what numbers are multiplied with.
type Column = (&'static str, &'static str, Kind, f64);

const BUS: &[Column] = &[
    ("name", "name", Kind::Text, 1.0),
    ("vn_kv", "voltage_kv", Kind::Real, 1.0),
    ("type", "kind", Kind::Text, 1.0),
    ("zone", "zone", Kind::Text, 1.0),
    ("in_service", "in_service", Kind::Integer, 1.0),
];
const LINE: &[Column] = &[
    ("name", "name", Kind::Text, 1.0),
    ("std_type", "standard_type", Kind::Text, 1.0),
    ("from_bus", "from_bus", Kind::BigInteger, 1.0),
    ("to_bus", "to_bus", Kind::BigInteger, 1.0),
    ("length_km", "length_m", Kind::Real, 1_000.0),
    ("max_i_ka", "max_current_a", Kind::Real, 1_000.0),
    ("parallel", "parallel", Kind::BigInteger, 1.0),
    ("type", "kind", Kind::Text, 1.0),
    ("in_service", "in_service", Kind::Integer, 1.0),
];
const TRANSFORMER: &[Column] = &[
    ("name", "name", Kind::Text, 1.0),
    ("std_type", "standard_type", Kind::Text, 1.0),
    ("hv_bus", "high_bus", Kind::BigInteger, 1.0),
    ("lv_bus", "low_bus", Kind::BigInteger, 1.0),
    ("sn_mva", "power_kva", Kind::Real, 1_000.0),
    ("vn_hv_kv", "high_voltage_kv", Kind::Real, 1.0),
    ("vn_lv_kv", "low_voltage_kv", Kind::Real, 1.0),
    ("in_service", "in_service", Kind::Integer, 1.0),
];

/// One table of the document.
#[derive(Default)]
struct Frame {
    columns: Vec<String>,
    index: Vec<Json>,
    data: Vec<Vec<Json>>,
}

/// Streams one of the layers.
///
/// # Errors
/// Where the document is damaged, or the layer is not said.
pub fn read(source: &Source, layer: Option<&str>, send: &mut Send<'_>) -> Result<(), Failure> {
    let text = text_file::prepare(&source.path)?;
    let grid = Grid::of(text.path())?;
    let table = table::choose(grid.tables(), layer)?;
    table::send(table, DRIVER, text.decision.report.clone(), send)
}

struct Grid {
    buses: Frame,
    lines: Frame,
    transformers: Frame,
    /// The numbers of the buses.
    known: HashSet<i64>,
    places: HashMap<i64, [f64; 2]>,
    routes: HashMap<i64, Vec<[f64; 2]>>,
    /// Positions are GeoJSON, which is longitude and latitude.
    is_geojson: bool,
}

impl Grid {
    fn of(path: &std::path::Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| broken(&error))?;
        let document: Json = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
        let tables = document.get("_object").and_then(Json::as_object);
        let tables = tables.ok_or_else(|| broken(&"_object is missing"))?;
        let [buses, lines, transformers] = ["bus", "line", "trafo"].map(|name| Frame::of(tables, name));
        let (buses, lines, transformers) = (buses?, lines?, transformers?);
        let is_geojson = buses.at("geo").is_some();
        let (old_places, old_routes) =
            (Frame::of(tables, "bus_geodata")?, Frame::of(tables, "line_geodata")?);
        let mut places = old_places.places();
        places.extend(buses.drawn().filter_map(|(bus, shape)| Some((bus, *shape.first()?))));
        let mut routes = old_routes.routes();
        routes.extend(lines.drawn());
        let known = buses.index.iter().filter_map(Json::as_i64).collect();
        Ok(Self { buses, lines, transformers, known, places, routes, is_geojson })
    }

    fn tables(&self) -> Vec<Table> {
        let crs = self.is_geojson.then(|| Crs {
            name: "WGS 84".to_owned(),
            authority: Some(("EPSG".to_owned(), 4326)),
            geographic: true,
            by_format: true,
            ..Crs::default()
        });
        let [buses, lines, transformers] = LAYERS;
        let table = |name, geometry, columns: &[Column], rows| Table {
            name,
            geometry,
            fields: fields(
                &std::iter::once(("number", Kind::BigInteger))
                    .chain(columns.iter().map(|c| (c.1, c.2)))
                    .collect::<Vec<_>>(),
            ),
            rows,
            crs: crs.clone(),
            notes: Vec::new(),
        };
        vec![
            table(buses, "Point", BUS, self.buses.rows(BUS, |row| self.bus(row))),
            table(lines, "Line String", LINE, self.lines.rows(LINE, |row| self.line(row))),
            table(
                transformers,
                "Point",
                TRANSFORMER,
                self.transformers.rows(TRANSFORMER, |row| self.transformer(row)),
            ),
        ]
    }

    fn bus(&self, row: usize) -> (Vec<u8>, Vec<Note>) {
        let place = self.buses.index.get(row).and_then(Json::as_i64).and_then(|bus| self.places.get(&bus));
        place.map_or_else(|| (Vec::new(), vec![no_position()]), |place| (table::point(*place), Vec::new()))
    }

    fn line(&self, row: usize) -> (Vec<u8>, Vec<Note>) {
        let mut notes = self.missing(&self.lines, row, ["from_bus", "to_bus"]);
        let id = self.lines.index.get(row).and_then(Json::as_i64);
        if let Some(route) = id.and_then(|id| self.routes.get(&id)).filter(|route| route.len() > 1) {
            return (table::line(route), notes);
        }
        let end = |column| self.places.get(&self.lines.value(row, column).as_i64()?).copied();
        let straight: Vec<_> = end("from_bus").into_iter().chain(end("to_bus")).collect();
        notes.push(if straight.len() < 2 { no_position() } else { straight_note() });
        (table::line(&straight), notes)
    }

    fn transformer(&self, row: usize) -> (Vec<u8>, Vec<Note>) {
        let mut notes = self.missing(&self.transformers, row, ["hv_bus", "lv_bus"]);
        let place = ["hv_bus", "lv_bus"]
            .iter()
            .find_map(|column| self.places.get(&self.transformers.value(row, column).as_i64()?));
        if place.is_none() {
            notes.push(no_position());
        }
        (place.map_or_else(Vec::new, |place| table::point(*place)), notes)
    }

    /// Buses that a row names and that are none.
    fn missing(&self, frame: &Frame, row: usize, columns: [&str; 2]) -> Vec<Note> {
        let buses = columns.iter().map(|column| frame.value(row, column));
        let unknown = buses.filter(|bus| bus.as_i64().is_none_or(|bus| !self.known.contains(&bus)));
        unknown
            .map(|bus| {
                Note::new(
                    "unknown_node",
                    format!("la barra {bus} no existe"),
                    format!("there is no bus {bus}"),
                )
            })
            .collect()
    }
}

impl Frame {
    /// A table of the document, which may be missing; as text (usual) or as it is.
    fn of(tables: &Map<String, Json>, name: &str) -> Result<Self, Failure> {
        let Some(frame) = tables.get(name) else { return Ok(Self::default()) };
        let object = frame.get("_object").unwrap_or(frame);
        let parsed: Json = match object {
            Json::String(text) => {
                serde_json::from_str(text).map_err(|error| broken(&format!("{name}: {error}")))?
            }
            other => other.clone(),
        };
        let list = |member| parsed.get(member).and_then(Json::as_array).cloned();
        let (Some(columns), Some(index), Some(data)) = (list("columns"), list("index"), list("data")) else {
            return Err(broken(&format!("{name}: columns, index or data is missing")));
        };
        let columns = columns.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect();
        let data =
            data.into_iter().map(|row| if let Json::Array(row) = row { row } else { Vec::new() }).collect();
        Ok(Self { columns, index, data })
    }

    fn at(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|other| other == column)
    }

    fn value(&self, row: usize, column: &str) -> &Json {
        self.at(column).and_then(|at| self.data.get(row)?.get(at)).unwrap_or(&Json::Null)
    }

    fn rows(&self, columns: &[Column], shape: impl Fn(usize) -> (Vec<u8>, Vec<Note>)) -> Vec<Row> {
        let row = |at: usize| {
            let (wkb, notes) = shape(at);
            let id = carry(self.index.get(at).unwrap_or(&Json::Null), Kind::BigInteger, 1.0);
            let values =
                columns.iter().map(|(column, _, kind, factor)| carry(self.value(at, column), *kind, *factor));
            Row::Whole { wkb, values: std::iter::once(id).chain(values).collect(), notes }
        };
        (0..self.data.len()).map(row).collect()
    }

    fn numbered(&self) -> impl Iterator<Item = (i64, usize)> {
        self.index.iter().enumerate().filter_map(|(row, id)| Some((id.as_i64()?, row)))
    }

    /// Positions of the column `geo`.
    fn drawn(&self) -> impl Iterator<Item = (i64, Vec<[f64; 2]>)> {
        self.numbered().filter_map(|(id, row)| {
            let geometry: Json = serde_json::from_str(self.value(row, "geo").as_str()?).ok()?;
            let coordinates = geometry.get("coordinates")?;
            position(coordinates)
                .map(|place| vec![place])
                .or_else(|| route(coordinates))
                .map(|shape| (id, shape))
        })
    }

    fn places(&self) -> HashMap<i64, [f64; 2]> {
        let place = |row| Some([self.value(row, "x").as_f64()?, self.value(row, "y").as_f64()?]);
        self.numbered().filter_map(|(id, row)| Some((id, place(row)?))).collect()
    }

    fn routes(&self) -> HashMap<i64, Vec<[f64; 2]>> {
        self.numbered().filter_map(|(id, row)| Some((id, route(self.value(row, "coords"))?))).collect()
    }
}

fn position(value: &Json) -> Option<[f64; 2]> {
    match value.as_array()?.as_slice() {
        [x, y, ..] => Some([x.as_f64()?, y.as_f64()?]),
        _ => None,
    }
}

fn route(value: &Json) -> Option<Vec<[f64; 2]>> {
    value.as_array()?.iter().map(position).collect()
}

fn carry(value: &Json, kind: Kind, factor: f64) -> Value {
    match (value, kind) {
        (Json::Bool(flag), Kind::Integer) => Value::Integer(i64::from(*flag)),
        (Json::Number(number), Kind::Real) => {
            number.as_f64().map_or(Value::Null, |number| Value::Real(number * factor))
        }
        (Json::Number(number), Kind::Integer | Kind::BigInteger) => {
            number.as_i64().map_or(Value::Null, Value::Integer)
        }
        (Json::String(text), Kind::Text) => table::text(text),
        (Json::Null, _) => Value::Null,
        (other, Kind::Text) => Value::Text(other.to_string()),
        _ => Value::Null,
    }
}

fn no_position() -> Note {
    Note::new("no_position", "no tiene coordenadas", "it has no coordinates")
}

fn straight_note() -> Note {
    Note::new("drawn_straight", "sin trazo: se une recto", "without a drawing: joined straight")
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure::new("broken", format!("la red está dañada: {error}"), format!("the grid is damaged: {error}"))
}
