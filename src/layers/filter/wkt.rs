//! Geometry literals in CQL2 text: WKT, and `BBOX(…)`.

use super::lexer::Token;
use super::shape::{Position, Shape};
use super::text::Parser;
use crate::problem::Result;

impl Parser {
    /// The geometry that begins here, where one does.
    pub(super) fn shape(&mut self, name: &str) -> Result<Option<Shape>> {
        let is_known = Shape::NAMES.contains(&name) || name == "bbox";
        if !is_known || !self.is_shape() {
            return Ok(None);
        }
        let place = self.place();
        self.next();
        self.takes_word("z");
        self.expect("(")?;
        self.budget.sink(&place)?;
        let shape = match name {
            "point" => Shape::Point(self.position()?),
            "linestring" => Shape::Line(self.list(Self::position)?),
            "polygon" => Shape::Polygon(self.list(Self::line)?),
            "multipoint" => Shape::Points(self.list(Self::point)?),
            "multilinestring" => Shape::Lines(self.list(Self::line)?),
            "multipolygon" => Shape::Polygons(self.list(Self::polygon)?),
            "bbox" => Shape::Box(self.list(Self::number)?),
            _ => Shape::Collection(self.list(Self::member)?),
        };
        self.budget.rise();
        self.expect(")")?;
        Ok(Some(shape))
    }

    fn list<T>(&mut self, part: fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut parts = vec![part(self)?];
        while self.takes(",") {
            parts.push(part(self)?);
        }
        Ok(parts)
    }

    fn number(&mut self) -> Result<f64> {
        let sign = if self.takes("-") { -1.0 } else { 1.0 };
        if sign > 0.0 {
            self.takes("+");
        }
        let Token::Number(digits) = self.peek() else {
            return Err(self.unexpected(("un número", "a number")));
        };
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.next();
                Ok(sign * number)
            }
            _ => Err(self.unexpected(("un número finito", "a finite number"))),
        }
    }

    /// Two numbers, and a height and a measure that are ignored because the data are plane.
    fn position(&mut self) -> Result<Position> {
        let place = self.place();
        self.budget.vertex(&place)?;
        let position = [self.number()?, self.number()?];
        for _ in 0..2 {
            if matches!(self.peek(), Token::Number(_) | Token::Symbol("-")) {
                self.number()?;
            }
        }
        Ok(position)
    }

    fn line(&mut self) -> Result<Vec<Position>> {
        self.expect("(")?;
        let line = self.list(Self::position)?;
        self.expect(")")?;
        Ok(line)
    }

    fn polygon(&mut self) -> Result<Vec<Vec<Position>>> {
        self.expect("(")?;
        let rings = self.list(Self::line)?;
        self.expect(")")?;
        Ok(rings)
    }

    /// A point of several, which may stand in brackets of its own.
    fn point(&mut self) -> Result<Position> {
        if !self.takes("(") {
            return self.position();
        }
        let position = self.position()?;
        self.expect(")")?;
        Ok(position)
    }

    fn member(&mut self) -> Result<Shape> {
        let Token::Name(name) = self.peek().clone() else {
            return Err(self.unexpected(("una geometría", "a geometry")));
        };
        match self.shape(&name.to_lowercase())? {
            Some(shape) => Ok(shape),
            None => Err(self.unexpected(("una geometría", "a geometry"))),
        }
    }
}
