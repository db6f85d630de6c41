//! Geometry literals: checked, brought into the order x, y, and written as well-known binary.

use super::tree::Place;
use crate::layers::area::Area;
use crate::layers::bbox::Rectangle;
use crate::layers::crs::Crs;
use crate::problem::Result;

/// Two numbers in the order in which they were written.
pub type Position = [f64; 2];

/// A geometry as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Point.
    Point(Position),
    /// Line string.
    Line(Vec<Position>),
    /// Polygon: its rings.
    Polygon(Vec<Vec<Position>>),
    /// Several points.
    Points(Vec<Position>),
    /// Several lines.
    Lines(Vec<Vec<Position>>),
    /// Several polygons.
    Polygons(Vec<Vec<Vec<Position>>>),
    /// Several shapes.
    Collection(Vec<Shape>),
    /// A box: four numbers, or six of which the heights are ignored.
    Box(Vec<f64>),
}

/// A geometry that can be bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Well-known binary, which names no SRID.
    pub wkb: Vec<u8>,
    /// The box around it.
    pub around: Rectangle,
    /// Whether it is a collection, which few predicates take.
    pub is_collection: bool,
}

impl Shape {
    /// The names of WKT and GeoJSON, in small letters.
    pub const NAMES: [&str; 7] = [
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
    ];

    /// Checks structure and positions against `crs`.
    ///
    /// # Errors
    /// Names what is wrong and the vertex.
    pub fn settle(&self, crs: &Crs, place: &Place) -> Result<Settled> {
        let mut writer = Writer {
            crs,
            area: Area::of(crs),
            place,
            bytes: Vec::new(),
            around: [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
            vertices: 0,
        };
        writer.shape(self)?;
        let is_collection = matches!(self, Self::Collection(_));
        Ok(Settled { wkb: writer.bytes, around: writer.around, is_collection })
    }
}

struct Writer<'a> {
    crs: &'a Crs,
    area: Option<Area>,
    place: &'a Place,
    bytes: Vec<u8>,
    around: Rectangle,
    vertices: usize,
}

impl Writer<'_> {
    fn head(&mut self, kind: u32) {
        self.bytes.push(1);
        self.bytes.extend(kind.to_le_bytes());
    }

    fn count(&mut self, count: usize) -> Result<()> {
        let count = u32::try_from(count)
            .map_err(|_| self.place.wrong("la geometría es demasiado grande", "the geometry is too large"))?;
        self.bytes.extend(count.to_le_bytes());
        Ok(())
    }

    fn shape(&mut self, shape: &Shape) -> Result<()> {
        match shape {
            Shape::Point(position) => {
                self.head(1);
                self.position(*position)
            }
            Shape::Line(line) => {
                self.head(2);
                self.line(line)
            }
            Shape::Polygon(rings) => {
                self.head(3);
                self.polygon(rings)
            }
            Shape::Points(points) => self.several(4, points, |writer, point| {
                writer.head(1);
                writer.position(*point)
            }),
            Shape::Lines(lines) => self.several(5, lines, |writer, line| {
                writer.head(2);
                writer.line(line)
            }),
            Shape::Polygons(polygons) => self.several(6, polygons, |writer, rings| {
                writer.head(3);
                writer.polygon(rings)
            }),
            Shape::Collection(shapes) => self.several(7, shapes, Self::shape),
            Shape::Box(numbers) => self.rectangle(numbers),
        }
    }

    fn several<T>(
        &mut self,
        kind: u32,
        parts: &[T],
        write: impl Fn(&mut Self, &T) -> Result<()>,
    ) -> Result<()> {
        if parts.is_empty() {
            return Err(self.place.wrong("la geometría está vacía", "the geometry is empty"));
        }
        self.head(kind);
        self.count(parts.len())?;
        parts.iter().try_for_each(|part| write(self, part))
    }

    fn line(&mut self, line: &[Position]) -> Result<()> {
        if line.len() < 2 {
            return Err(self
                .place
                .wrong("una línea tiene al menos 2 posiciones", "a line has at least 2 positions"));
        }
        self.positions(line)
    }

    fn polygon(&mut self, rings: &[Vec<Position>]) -> Result<()> {
        if rings.is_empty() {
            return Err(self
                .place
                .wrong("un polígono tiene al menos un anillo", "a polygon has at least one ring"));
        }
        self.count(rings.len())?;
        for ring in rings {
            if ring.len() < 4 || ring.first() != ring.last() {
                return Err(self.place.wrong(
                    "un anillo tiene al menos 4 posiciones y termina donde comenzó",
                    "a ring has at least 4 positions and ends where it began",
                ));
            }
            self.positions(ring)?;
        }
        Ok(())
    }

    fn positions(&mut self, positions: &[Position]) -> Result<()> {
        self.count(positions.len())?;
        positions.iter().try_for_each(|position| self.position(*position))
    }

    fn position(&mut self, written: Position) -> Result<()> {
        self.vertices += 1;
        let [x, y] = if self.crs.northing_first { [written[1], written[0]] } else { written };
        if self.area.is_some_and(|area| !area.holds([x, y])) {
            return Err(self.place.wrong(
                format!(
                    "el vértice {} ({}, {}) está fuera del área de uso de {}; revise filter-crs y el orden de sus ejes",
                    self.vertices, written[0], written[1], self.crs.uri
                ),
                format!(
                    "vertex {} ({}, {}) lies outside the area of use of {}; mind filter-crs and the order of its axes",
                    self.vertices, written[0], written[1], self.crs.uri
                ),
            ));
        }
        self.around =
            [self.around[0].min(x), self.around[1].min(y), self.around[2].max(x), self.around[3].max(y)];
        self.bytes.extend(x.to_le_bytes());
        self.bytes.extend(y.to_le_bytes());
        Ok(())
    }

    /// A box as a polygon, or as two where it crosses the antimeridian; one without width or height is a line or point.
    fn rectangle(&mut self, numbers: &[f64]) -> Result<()> {
        let ([a, b, c, d] | [a, b, _, c, d, _]) = numbers[..] else {
            return Err(self.place.wrong(
                format!("una caja tiene 4 o 6 números, no {}", numbers.len()),
                format!("a box has 4 or 6 numbers, not {}", numbers.len()),
            ));
        };
        let [west, south, east, north] = if self.crs.northing_first { [b, a, d, c] } else { [a, b, c, d] };
        if south > north || (west > east && !self.crs.degrees) {
            return Err(self.place.wrong(
                "la esquina inferior de la caja pasa de la superior",
                "the lower corner of the box lies beyond its upper corner",
            ));
        }
        if west > east {
            let halves = [[west, south, 180.0, north], [-180.0, south, east, north]];
            return self.shape(&Shape::Polygons(halves.map(|half| self.ring(half)).to_vec()));
        }
        let [low, high] = [self.written([west, south]), self.written([east, north])];
        let shape = match (west < east, south < north) {
            (true, true) => Shape::Polygon(self.ring([west, south, east, north])),
            (false, false) => Shape::Point(low),
            _ => Shape::Line(vec![low, high]),
        };
        self.shape(&shape)
    }

    fn ring(&self, [west, south, east, north]: Rectangle) -> Vec<Vec<Position>> {
        let corners = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        vec![corners.map(|corner| self.written(corner)).to_vec()]
    }

    fn written(&self, [x, y]: Position) -> Position {
        if self.crs.northing_first { [y, x] } else { [x, y] }
    }
}
