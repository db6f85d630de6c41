//! The entities of a drawing, as far as lots need them.

use gdal::vector::{Feature, LayerAccess};
use geo::{Coord, Geometry, LineString, Polygon, Simplify};

use super::super::Source;
use crate::spatial::vector_file;
use crate::spatial::wire::Failure;

/// GDAL makes chords of a fixed angle, fine enough for a radius of a kilometre; those that a smaller radius does not need
/// are left out again, within half of the millimetre.
const CHORD_M: f64 = 0.0005;

/// One entity in model space.
pub struct Entity {
    /// The drawing's layer.
    pub layer: String,
    /// Its number in the drawing.
    pub handle: String,
    /// What it is.
    pub shape: Shape,
    /// It was drawn as a block.
    pub in_block: bool,
    /// Where its lines without length are.
    pub degenerate: Vec<Coord>,
}

/// What an entity is.
pub enum Shape {
    Lines(Vec<LineString>),
    Areas(Vec<Polygon>),
    Text(Coord, String),
    Point,
    Other,
}

/// Hands over each entity of model space; paper space is the frame of a printed sheet.
///
/// # Errors
/// Where the drawing cannot be opened.
pub fn each(source: &Source, take: &mut dyn FnMut(Entity)) -> Result<(), Failure> {
    let opened = vector_file::open(source)?;
    let mut layer = opened
        .dataset
        .layer_by_name("entities")
        .map_err(|error| Failure::new("broken", error.to_string(), error.to_string()))?;
    let defn = layer.defn();
    let at = |name| defn.field_index(name).ok();
    let (name, paper, classes, handle, words) =
        (at("Layer"), at("PaperSpace"), at("SubClasses"), at("EntityHandle"), at("Text"));
    for feature in layer.features() {
        let text = |index: Option<usize>| {
            index.and_then(|index| feature.field_as_string(index).ok().flatten()).unwrap_or_default()
        };
        if text(paper) == "1" {
            continue;
        }
        let classes = text(classes);
        let (shape, degenerate) = shape(&feature, &classes, text(words));
        let in_block = classes.contains("BlockReference");
        take(Entity { layer: text(name), handle: text(handle), shape, in_block, degenerate });
    }
    Ok(())
}

fn shape(feature: &Feature<'_>, classes: &str, words: String) -> (Shape, Vec<Coord>) {
    // What GDAL has and `geo` has not (solids, networks of triangles) bounds no lot.
    let flat = feature.geometry().map(|geometry| {
        let mut flat = geometry.clone();
        flat.flatten_to_2d();
        flat
    });
    let Some(geometry) = flat.and_then(|geometry| geometry.to_geo().ok()) else {
        return (Shape::Other, Vec::new());
    };
    if let (Geometry::Point(point), false) = (&geometry, words.is_empty()) {
        return (Shape::Text(point.0, words), Vec::new());
    }
    let mut parts = Parts::default();
    parts.add(geometry);
    let is_round = ["AcDbCircle", "AcDbEllipse", "AcDbSpline"].iter().any(|word| classes.contains(word));
    if is_round {
        parts.lines = parts.lines.iter().map(|line| line.simplify(CHORD_M)).collect();
    }
    let shape = match (parts.lines.is_empty(), parts.areas.is_empty()) {
        (false, _) => Shape::Lines(parts.lines),
        (true, false) => Shape::Areas(parts.areas),
        (true, true) if parts.points > 0 => Shape::Point,
        (true, true) => Shape::Other,
    };
    (shape, parts.degenerate)
}

#[derive(Default)]
struct Parts {
    lines: Vec<LineString>,
    areas: Vec<Polygon>,
    points: usize,
    degenerate: Vec<Coord>,
}

impl Parts {
    fn add(&mut self, geometry: Geometry) {
        match geometry {
            Geometry::LineString(line) => self.add_line(line),
            Geometry::MultiLineString(lines) => lines.into_iter().for_each(|line| self.add_line(line)),
            Geometry::Polygon(area) => self.areas.push(area),
            Geometry::MultiPolygon(areas) => self.areas.extend(areas),
            Geometry::GeometryCollection(parts) => parts.into_iter().for_each(|part| self.add(part)),
            Geometry::Point(_) | Geometry::MultiPoint(_) => self.points += 1,
            _ => {}
        }
    }

    fn add_line(&mut self, line: LineString) {
        let Some(first) = line.0.first().copied() else { return };
        let finite = line.0.iter().all(|place| place.x.is_finite() && place.y.is_finite());
        if finite && line.0.iter().any(|place| *place != first) {
            self.lines.push(line);
        } else {
            self.degenerate.push(first);
        }
    }
}
