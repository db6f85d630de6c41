//! Lots of a drawing: what its boundary lines go round, its hatches, and the texts that lie inside.

use geo::{Area, BoundingRect, Contains, Coord, InteriorPoint, LineString, Polygon};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};

use super::super::{Drawing, Source};
use super::entities::{self, Entity, Shape};
use super::faces::{self, Faces};
use super::georeference::declared;
use super::{Degenerate, EXAMPLES, LAYERS, join};
use crate::spatial::files::table::{Row, Table, fields};
use crate::spatial::wire::{Failure, Kind, Note, Value};

/// Gaps up to a centimetre are closed: less than any survey of a town is good for, more than a program rounds.
const GAP: f64 = 0.01;
/// A hatch that differs less from what the lines go round is its filling.
const SAME_AREA: f64 = 0.001;

/// What is taken from the drawing.
#[derive(Default)]
struct Taken {
    lines: Vec<LineString>,
    hatches: Vec<(String, Polygon)>,
    texts: Vec<(Coord, String)>,
    degenerate: Degenerate,
    blocks: usize,
}

/// One lot.
struct Lot {
    polygon: Polygon,
    hatch: Option<String>,
    labels: Vec<String>,
}

/// The layer `lots`.
///
/// # Errors
/// Where the drawing cannot be opened, has none of the layers that were named, or cannot be cut at its crossings.
pub fn table(source: &Source, wanted: &Drawing) -> Result<Table, Failure> {
    let gap = gap(wanted)?;
    let taken = take(source, wanted)?;
    let joined = join::join(taken.lines, gap)?;
    let Faces { polygons, dangling, bridges } = faces::trace(joined.lines);
    let mut lots: Vec<Lot> = polygons.into_iter().map(|polygon| Lot::new(polygon, None)).collect();
    let by_lines = lots.len();
    for (layer, hatch) in taken.hatches {
        if !lots[..by_lines].iter().any(|lot| lot.is_filled_by(&hatch)) {
            lots.push(Lot::new(hatch, Some(layer)));
        }
    }
    let outside = assign(&mut lots, taken.texts);
    let mut notes: Vec<Note> = taken.degenerate.note().into_iter().collect();
    notes.extend(counted(
        "blocks_left_out",
        taken.blocks,
        "bloques no cuentan como linderos",
        "blocks do not count as boundaries",
    ));
    notes.extend(counted("ends_joined", joined.moved, "extremos se unieron", "ends were joined"));
    notes.extend(loose(&dangling));
    notes.extend(counted(
        "bridges",
        bridges,
        "líneas tienen el mismo lote a ambos lados",
        "lines have the same lot on both sides",
    ));
    notes.extend(counted("labels_outside", outside, "textos no están en ningún lote", "texts lie in no lot"));
    Ok(Table {
        name: LAYERS[2],
        geometry: "Polygon",
        fields: fields(&[
            ("label", Kind::Text),
            ("labels", Kind::BigInteger),
            ("made_of", Kind::Text),
            ("layer", Kind::Text),
        ]),
        rows: lots.into_iter().map(Lot::row).collect(),
        crs: declared(&source.path),
        notes,
    })
}

fn gap(wanted: &Drawing) -> Result<f64, Failure> {
    let gap = wanted.join.unwrap_or(GAP);
    if gap.is_finite() && gap > 0.0 {
        return Ok(gap);
    }
    Err(Failure::new(
        "unsupported",
        format!("--join {gap}: el espacio que se cierra debe ser mayor que cero"),
        format!("--join {gap}: the gap that is closed must be larger than zero"),
    ))
}

fn take(source: &Source, wanted: &Drawing) -> Result<Taken, Failure> {
    let mut taken = Taken::default();
    let mut missing: Vec<&String> = wanted.boundaries.iter().chain(&wanted.labels).collect();
    let among = |names: &[String], layer: &String| names.is_empty() || names.contains(layer);
    entities::each(source, &mut |entity: Entity| {
        missing.retain(|name| **name != entity.layer);
        let bounds = among(&wanted.boundaries, &entity.layer);
        if bounds {
            taken.degenerate.add(&entity);
        }
        match entity.shape {
            Shape::Text(place, text) if among(&wanted.labels, &entity.layer) => {
                taken.texts.push((place, text));
            }
            Shape::Lines(_) | Shape::Areas(_) if bounds && entity.in_block && !wanted.blocks => {
                taken.blocks += 1;
            }
            Shape::Lines(lines) if bounds => taken.lines.extend(lines),
            Shape::Areas(areas) if bounds => {
                taken.hatches.extend(areas.into_iter().map(|area| (entity.layer.clone(), area)));
            }
            _ => {}
        }
    })?;
    if let Some(name) = missing.first() {
        return Err(Failure::new(
            "layers",
            format!("el plano no tiene la capa «{name}»; --layer layers las muestra todas"),
            format!("the drawing has no layer '{name}'; --layer layers shows them all"),
        ));
    }
    Ok(taken)
}

/// Gives each text to the smallest lot around it; says how many have none.
fn assign(lots: &mut [Lot], texts: Vec<(Coord, String)>) -> usize {
    let areas: Vec<f64> = lots.iter().map(|lot| lot.polygon.unsigned_area()).collect();
    let boxes = lots.iter().enumerate().filter_map(|(at, lot)| {
        let bounds = lot.polygon.bounding_rect()?;
        Some(GeomWithData::new(Rectangle::from_corners(bounds.min().into(), bounds.max().into()), at))
    });
    let near: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>> = RTree::bulk_load(boxes.collect());
    let mut outside = 0;
    for (place, text) in texts {
        let around = near.locate_all_at_point(&place.into()).map(|found| found.data);
        let around = around.filter(|at| lots[*at].polygon.contains(&place));
        match around.min_by(|one, other| areas[*one].total_cmp(&areas[*other])) {
            Some(at) => lots[at].labels.push(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            None => outside += 1,
        }
    }
    outside
}

impl Lot {
    fn new(polygon: Polygon, hatch: Option<String>) -> Self {
        Self { polygon, hatch, labels: Vec::new() }
    }

    fn is_filled_by(&self, hatch: &Polygon) -> bool {
        let (own, other) = (self.polygon.unsigned_area(), hatch.unsigned_area());
        (own - other).abs() <= own * SAME_AREA
            && hatch.interior_point().is_some_and(|inside| self.polygon.contains(&inside))
    }

    fn row(self) -> Row {
        let note = match self.labels.len() {
            0 => Some(Note::new("no_label", "el lote no tiene texto", "the lot has no text")),
            1 => None,
            count => Some(Note::new(
                "several_labels",
                format!("el lote tiene {count} textos"),
                format!("the lot has {count} texts"),
            )),
        };
        let label = if self.labels.is_empty() { Value::Null } else { Value::Text(self.labels.join(" / ")) };
        let made_of = if self.hatch.is_some() { "hatch" } else { "lines" };
        let values = vec![
            label,
            Value::Integer(self.labels.len() as i64),
            Value::Text(made_of.to_owned()),
            self.hatch.map_or(Value::Null, Value::Text),
        ];
        Row::Whole { wkb: wkb(&self.polygon), values, notes: note.into_iter().collect() }
    }
}

fn counted(code: &str, count: usize, es: &str, en: &str) -> Option<Note> {
    (count > 0).then(|| Note::new(code, format!("{count} {es}"), format!("{count} {en}")))
}

fn loose(dangling: &[LineString]) -> Option<Note> {
    let places = dangling.iter().take(EXAMPLES).filter_map(|line| line.0.first());
    let places: Vec<String> = places.map(|place| format!("({:.3}, {:.3})", place.x, place.y)).collect();
    let (count, list) = (dangling.len(), places.join(", "));
    (count > 0).then(|| {
        Note::new(
            "dangling_lines",
            format!("{count} líneas terminan sin cerrar un lote: {list} …"),
            format!("{count} lines end without closing a lot: {list} …"),
        )
    })
}

fn wkb(polygon: &Polygon) -> Vec<u8> {
    let rings: Vec<&LineString> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes();
    let mut wkb = vec![1, 3, 0, 0, 0];
    wkb.extend(count(rings.len()));
    for ring in rings {
        wkb.extend(count(ring.0.len()));
        for place in &ring.0 {
            wkb.extend(place.x.to_le_bytes());
            wkb.extend(place.y.to_le_bytes());
        }
    }
    wkb
}
