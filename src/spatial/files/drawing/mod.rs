//! A drawing (DXF) as surveyors deliver it, in three layers: `entities` as GDAL gives them, `layers` with what is in each
//! of the drawing's own, and `lots`: lines joined into polygons, hatches, and the texts inside them.
//!
//! Lots are made here and not by PostGIS afterwards, because whoever asks for a file takes features one by one: a lot must
//! be one before it can be judged, staged and counted. GEOS nodes the lines (through GDAL), what goes round is traced in
//! [`faces`].

mod blocks;
mod entities;
mod faces;
mod georeference;
mod groups;
mod join;
mod lots;

use std::collections::BTreeMap;

use self::entities::{Entity, Shape};
use super::table::{self, Row, Table, fields};
use super::{Drawing, Send, Source, Wanted, several};
use crate::spatial::vector_file;
use crate::spatial::wire::{Encoding, Failure, Kind, Note, Value};

pub use self::georeference::declared;

/// The layers of every drawing.
pub const LAYERS: [&str; 3] = ["entities", "layers", LOTS];
/// What lines go round; `lots:MANZANAS` of that layer of the drawing only.
pub const LOTS: &str = "lots";
const DRIVER: &str = "DXF";
/// Examples in a note.
const EXAMPLES: usize = 5;

/// Streams one of the three layers; `entities` where none is told.
///
/// # Errors
/// Where the drawing cannot be opened, or has no such layer.
pub fn read(source: &Source, wanted: &Wanted, send: &mut Send<'_>) -> Result<(), Failure> {
    blocks::check(&source.path)?;
    let [entities, layers, lots] = LAYERS;
    match wanted.layer.as_deref() {
        None => vector_file::read(source, Some(entities), send),
        Some(layer) if layer == entities => vector_file::read(source, Some(entities), send),
        Some(layer) if layer == layers => table::send(overview(source)?, DRIVER, encoding(), send),
        Some(layer) if layer == lots => {
            table::send(lots::table(source, &wanted.drawing)?, DRIVER, encoding(), send)
        }
        Some(layer) if let Some(own) = layer.strip_prefix("lots:") => {
            let drawing = Drawing { boundaries: vec![own.to_owned()], ..wanted.drawing.clone() };
            table::send(lots::table(source, &drawing)?, DRIVER, encoding(), send)
        }
        Some(_) => Err(several(&LAYERS.map(str::to_owned))),
    }
}

/// The drawing's own layers that have lines or areas, where there are several.
///
/// # Errors
/// Where the drawing cannot be opened.
pub fn bounding(source: &Source) -> Result<Vec<String>, Failure> {
    let mut layers: BTreeMap<String, Holds> = BTreeMap::new();
    entities::each(source, &mut |entity| layers.entry(entity.layer.clone()).or_default().add(&entity))?;
    let bounding: Vec<String> = layers
        .into_iter()
        .filter(|(_, holds)| holds.lines + holds.areas > 0)
        .map(|(layer, _)| layer)
        .collect();
    Ok(if bounding.len() > 1 { bounding } else { Vec::new() })
}

fn encoding() -> Encoding {
    Encoding {
        name: "UTF-8".to_owned(),
        declared: None,
        why_es: "lo fija el formato del archivo".to_owned(),
        why_en: "fixed by the file's format".to_owned(),
    }
}

/// What one layer of the drawing holds.
#[derive(Default)]
struct Holds {
    entities: i64,
    lines: i64,
    areas: i64,
    points: i64,
    texts: i64,
    blocks: i64,
    degenerate: i64,
}

fn overview(source: &Source) -> Result<Table, Failure> {
    let mut layers: BTreeMap<String, Holds> = BTreeMap::new();
    let mut spots = Degenerate::default();
    entities::each(source, &mut |entity| {
        spots.add(&entity);
        layers.entry(entity.layer.clone()).or_default().add(&entity);
    })?;
    let rows = layers.into_iter().map(|(layer, holds)| Row::Whole {
        wkb: Vec::new(),
        values: std::iter::once(Value::Text(layer)).chain(holds.values()).collect(),
        notes: Vec::new(),
    });
    Ok(Table {
        name: LAYERS[1],
        geometry: "None",
        fields: fields(&[
            ("layer", Kind::Text),
            ("entities", Kind::BigInteger),
            ("lines", Kind::BigInteger),
            ("areas", Kind::BigInteger),
            ("points", Kind::BigInteger),
            ("texts", Kind::BigInteger),
            ("blocks", Kind::BigInteger),
            ("degenerate", Kind::BigInteger),
        ]),
        rows: rows.collect(),
        crs: None,
        notes: spots.note().into_iter().collect(),
    })
}

impl Holds {
    fn add(&mut self, entity: &Entity) {
        self.entities += 1;
        self.degenerate += entity.degenerate.len() as i64;
        if entity.in_block {
            self.blocks += 1;
            return;
        }
        match &entity.shape {
            Shape::Lines(lines) => self.lines += lines.len() as i64,
            Shape::Areas(areas) => self.areas += areas.len() as i64,
            Shape::Text(..) => self.texts += 1,
            Shape::Point => self.points += 1,
            Shape::Other => {}
        }
    }

    fn values(self) -> impl Iterator<Item = Value> {
        [self.entities, self.lines, self.areas, self.points, self.texts, self.blocks, self.degenerate]
            .into_iter()
            .map(Value::Integer)
    }
}

/// Lines without length: points of symbols, and places where somebody clicked twice.
#[derive(Default)]
struct Degenerate {
    entities: usize,
    lines: usize,
    examples: Vec<String>,
}

impl Degenerate {
    fn add(&mut self, entity: &Entity) {
        let Some(place) = entity.degenerate.first() else { return };
        self.entities += 1;
        self.lines += entity.degenerate.len();
        if self.examples.len() < EXAMPLES {
            self.examples.push(format!("{} ({:.3}, {:.3})", entity.handle, place.x, place.y));
        }
    }

    fn note(self) -> Option<Note> {
        let Self { entities, lines, examples } = self;
        let list = examples.join(", ");
        (entities > 0).then(|| {
            Note::new(
                "degenerate_lines",
                format!(
                    "{entities} entidades tienen líneas sin longitud ({lines}), que no cuentan: {list} …"
                ),
                format!(
                    "{entities} entities have lines without length ({lines}), which do not count: {list} …"
                ),
            )
        })
    }
}
