//! Vector tiles of WebMercatorQuad, cut by `ST_AsMVT`.
//!
//! Two ways to the same tile. The exact one moves each geometry to Web Mercator. The quick one takes `geom_crs84`
//! and the tile's box in degrees, and lets `ST_AsMVTGeom` scale linearly; longitude is linear in Mercator anyway,
//! latitude nearly so within a small tile. The error of a linear step of height h (radians) at latitude φ is at
//! most h²/8 · |y″| with y″ = sec φ · tan φ, on a tile of height h · sec φ, so in units of a tile's 4096 it is
//! at most 512 · h · tan|φ|. The quick way is taken where this stays below a fifth of a unit: in Peru from zoom 12.
//!
//! Below a quarter of a pixel (two units in both directions) lines and areas are left out, up to the zoom where that
//! is less than a lot's width: they could not be seen, and a tile of a whole province stays small.

use std::f64::consts::PI;
use std::fmt::Write;
use std::sync::Arc;

use sqlx::Row;

use super::features::{Source, refused};
use super::model::{Kind, Layer, quoted};
use super::request::Request;
use super::sql::{Plan, Writer};
use crate::problem::{Error, Result};

/// Deepest zoom.
pub const MAX_ZOOM: u8 = 22;
/// Units across a tile.
const EXTENT: u32 = 4096;
/// Units beyond the edge that are kept, so that outlines join.
const BUFFER: u32 = 64;
/// Half the circumference of the Mercator square, in metres.
pub const HALF_SQUARE_M: f64 = 20_037_508.342_789_244;
/// Largest error of the quick way, in units.
const TOLERATED_UNITS: f64 = 0.2;
/// Smallest extent of a line or area that is drawn, in units.
const SMALLEST_UNITS: f64 = 2.0;
/// From this zoom on nothing is left out as too small: two units are less than 0.6 m, and the test costs as much
/// as the cutting.
const ALL_FROM_ZOOM: u8 = 15;

/// A tile's place in the pyramid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    zoom: u8,
    row: u32,
    column: u32,
}

impl Place {
    /// A place that exists; none outside the pyramid.
    pub fn new(zoom: u8, row: u32, column: u32) -> Option<Self> {
        (zoom <= MAX_ZOOM && row < 1 << zoom && column < 1 << zoom).then_some(Self { zoom, row, column })
    }

    fn size(self) -> f64 {
        f64::from(1_u32 << self.zoom)
    }

    fn longitude(self, column: f64) -> f64 {
        column / self.size() * 360.0 - 180.0
    }

    fn latitude(self, row: f64) -> f64 {
        (PI * (1.0 - 2.0 * row / self.size())).sinh().atan().to_degrees()
    }

    /// West, south, east, north in degrees.
    pub fn degrees(self) -> [f64; 4] {
        let (row, column) = (f64::from(self.row), f64::from(self.column));
        [self.longitude(column), self.latitude(row + 1.0), self.longitude(column + 1.0), self.latitude(row)]
    }

    /// Left, bottom, right, top in Web Mercator metres.
    pub fn metres(self) -> [f64; 4] {
        let side = 2.0 * HALF_SQUARE_M / self.size();
        let left = side.mul_add(f64::from(self.column), -HALF_SQUARE_M);
        let top = HALF_SQUARE_M - side * f64::from(self.row);
        [left, top - side, left + side, top]
    }

    /// Upper bound of the quick way's error in units; see the module.
    pub fn linear_error_units(self) -> f64 {
        let [_, south, _, north] = self.degrees();
        let steepest = south.abs().max(north.abs()).to_radians();
        f64::from(EXTENT) / 8.0 * (north - south).to_radians() * steepest.tan()
    }
}

/// How positions get into the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through Web Mercator.
    Exact,
    /// Linearly from degrees.
    Quick,
}

impl Way {
    /// The way for `layer` at `place`.
    pub fn of(layer: &Layer, place: Place) -> Self {
        let in_degrees =
            layer.geometry.as_ref().is_some_and(|geometry| geometry.has_crs84 || geometry.srid == 4326);
        if in_degrees && place.linear_error_units() < TOLERATED_UNITS { Self::Quick } else { Self::Exact }
    }
}

impl Source {
    /// The tile at `place` with a layer inside for each of `layers`; empty where nothing is.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when no connection comes free.
    pub async fn tile(&self, layers: &[Arc<Layer>], place: Place, request: &Request) -> Result<Vec<u8>> {
        let ways: Vec<Way> = layers.iter().map(|layer| Way::of(layer, place)).collect();
        let mut plan = Plan { prefilter: true };
        for _ in 0..2 {
            match self.tile_by(layers, place, request, &ways, plan).await {
                Err(Error::Database(sqlx::Error::Database(cause))) => match cause.code().as_deref() {
                    // The view was made anew under a prepared statement.
                    Some("0A000") => {}
                    Some("XX000") if plan.prefilter && request.filter.is_some() => plan.prefilter = false,
                    Some("42P01" | "42703" | "42501") => {
                        self.catalogue.forget();
                        return Err(Error::NotFound("a collection of this tile has changed".to_owned()));
                    }
                    code => {
                        let refused =
                            code.filter(|_| request.filter.is_some()).and_then(|code| refused(code, request));
                        return Err(refused.unwrap_or(Error::Database(sqlx::Error::Database(cause))));
                    }
                },
                other => return other,
            }
        }
        self.tile_by(layers, place, request, &ways, plan).await
    }

    /// As [`Source::tile`], by the given ways.
    ///
    /// # Errors
    /// As [`Source::tile`].
    pub async fn tile_by(
        &self,
        layers: &[Arc<Layer>],
        place: Place,
        request: &Request,
        ways: &[Way],
        plan: Plan,
    ) -> Result<Vec<u8>> {
        let mut writer = Writer::default();
        writer.text.push_str("select ''::bytea");
        for (layer, way) in layers.iter().zip(ways) {
            cut(&mut writer, layer, place, request, *way, plan)?;
        }
        let mut reader = self.reader(request).await?;
        let row = writer.finish().query().fetch_one(reader.connection()?).await;
        reader.finish();
        Ok(row?.try_get(0)?)
    }
}

fn cut(
    writer: &mut Writer,
    layer: &Layer,
    place: Place,
    request: &Request,
    way: Way,
    plan: Plan,
) -> Result<()> {
    let Some(geometry) = &layer.geometry else { return Ok(()) };
    let column = format!("v.{}", quoted(&geometry.column));
    let degrees = if geometry.has_crs84 { "v.geom_crs84".to_owned() } else { column.clone() };
    let has_degrees = geometry.has_crs84 || geometry.srid == 4326;
    let margin = f64::from(BUFFER) / f64::from(EXTENT);
    // Safe SQL: see `layers::sql`; the names inside the tile are literals made from the catalogue.
    let feature_id = if layer.has_integer_id() { ", 'id'" } else { "" };
    let _ = write!(
        writer.text,
        " || coalesce((select ST_AsMVT(t, {}, {EXTENT}, 'mvt_shape'{feature_id}) from (select ",
        literal(&layer.name)
    );
    let (shape, bounds) = match way {
        Way::Quick => (degrees.clone(), writer.envelope(&place.degrees(), 4326)?),
        Way::Exact => (
            format!("ST_Transform({}, 3857)", if has_degrees { &degrees } else { &column }),
            writer.envelope(&place.metres(), 3857)?,
        ),
    };
    let shape = if geometry.may_curve() { format!("ST_CurveToLine({shape})") } else { shape };
    let _ = write!(
        writer.text,
        "ST_AsMVTGeom({shape}, {bounds}, {EXTENT}, {BUFFER}, true) as mvt_shape, {} as id",
        id(layer)
    );
    for column in request.columns(layer) {
        let cast = match column.kind {
            Kind::Numeric => "::float8",
            Kind::Bool | Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Float4 | Kind::Float8 | Kind::Text => {
                ""
            }
            _ => "::text",
        };
        let _ = write!(writer.text, ", {}{cast} as {}", column.source, quoted(&column.name));
    }
    let _ = write!(writer.text, " from {} as v where true", request.relation(layer));
    writer.in_force(layer, request)?;
    writer.passes(layer, request, plan)?;
    if has_degrees {
        let [west, south, east, north] = place.degrees();
        let (wide, high) = ((east - west) * margin, (north - south) * margin);
        let around = writer.envelope(&[west - wide, south - high, east + wide, north + high], 4326)?;
        let _ = write!(writer.text, " and {degrees} && {around}");
        if geometry.dimension() != Some(0) && place.zoom < ALL_FROM_ZOOM {
            let units = SMALLEST_UNITS / f64::from(EXTENT);
            let (width, height) =
                (writer.number((east - west) * units)?, writer.number((north - south) * units)?);
            let _ = write!(
                writer.text,
                " and (ST_Dimension({degrees}) = 0 or ST_XMax({degrees}) - ST_XMin({degrees}) > {width} \
                 or ST_YMax({degrees}) - ST_YMin({degrees}) > {height})"
            );
        }
    } else {
        // Tiles of the whole world have no image in a system made for one zone: from zoom 5 on the index helps.
        if place.zoom >= 5 {
            let _ = write!(
                writer.text,
                " and {column} && ST_Expand(ST_Transform(ST_Segmentize({bounds}, {}), {srid}), {})",
                writer_length(place, 32.0),
                writer_length(place, 16.0),
                srid = geometry.srid
            );
        }
    }
    // A shape that vanished is null, and `ST_AsMVT` leaves its feature out; asking here would cut each shape twice.
    writer.text.push_str(") as t), ''::bytea)");
    Ok(())
}

fn writer_length(place: Place, parts: f64) -> String {
    format!("{:.3}", 2.0 * HALF_SQUARE_M / place.size() / parts)
}

fn id(layer: &Layer) -> String {
    if layer.has_integer_id() {
        format!("{}::int8", layer.id.source)
    } else {
        format!("{}::text", layer.id.source)
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_the_pyramid_do_not_exist() {
        assert!(Place::new(0, 0, 0).is_some());
        assert!(Place::new(0, 1, 0).is_none());
        assert!(Place::new(22, (1 << 22) - 1, (1 << 22) - 1).is_some());
        assert!(Place::new(23, 0, 0).is_none());
    }

    #[test]
    fn the_boxes_in_degrees_and_metres_agree() {
        let place = Place::new(12, 2171, 1163).unwrap();
        let [west, south, _, north] = place.degrees();
        let [left, bottom, _, top] = place.metres();
        let x = west / 180.0 * HALF_SQUARE_M;
        let y = |latitude: f64| latitude.to_radians().tan().asinh() / PI * HALF_SQUARE_M;
        assert!((x - left).abs() < 1e-6 && (y(south) - bottom).abs() < 1e-6 && (y(north) - top).abs() < 1e-6);
    }

    #[test]
    fn the_bound_covers_the_true_error() {
        for (zoom, row) in [(8, 135), (10, 542), (12, 2171), (14, 8686), (12, 1430)] {
            let place = Place::new(zoom, row, 100).unwrap();
            let [_, south, _, north] = place.degrees();
            let [_, bottom, _, top] = place.metres();
            let worst = (1..1000).map(|step| {
                let share = f64::from(step) / 1000.0;
                let y = ((south + (north - south) * share).to_radians()).tan().asinh() / PI * HALF_SQUARE_M;
                ((y - bottom) / (top - bottom) - share).abs() * f64::from(EXTENT)
            });
            let worst = worst.fold(0.0, f64::max);
            assert!(
                worst <= place.linear_error_units() && worst > 0.5 * place.linear_error_units(),
                "{zoom}: {worst}"
            );
        }
        assert!(Place::new(12, 2171, 1163).unwrap().linear_error_units() < TOLERATED_UNITS);
    }
}
