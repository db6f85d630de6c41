//! CQL2 JSON: the same tree as from text.

use serde_json::{Map, Value};

use super::shape::{Position, Shape};
use super::tree::{Budget, Node, Place, Term};
use crate::problem::{Error, Result};

/// Reads `text`.
///
/// # Errors
/// Names the member that cannot be meant, as a JSON pointer.
pub fn read(text: &str) -> Result<Node> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        Error::bad("filter", format!("es: no es JSON: {error} | en: is not JSON: {error}"))
    })?;
    Reader::default().node(&value, "")
}

#[derive(Default)]
struct Reader {
    budget: Budget,
}

impl Reader {
    fn node(&mut self, value: &Value, at: &str) -> Result<Node> {
        let place = Place::Pointer(at.to_owned());
        self.budget.sink(&place)?;
        let term = match value {
            Value::Bool(truth) => Term::Truth(*truth),
            Value::Number(number) => Term::Number(number.to_string()),
            Value::String(text) => Term::Text(text.clone()),
            Value::Array(list) => Term::List(self.list(list, at)?),
            Value::Object(members) => self.object(members, at)?,
            Value::Null => {
                return Err(place.wrong(
                    "null no es valor de un filtro; pregunte con isNull",
                    "null is no value of a filter; ask with isNull",
                ));
            }
        };
        self.budget.rise();
        self.budget.node(place, term)
    }

    fn list(&mut self, list: &[Value], at: &str) -> Result<Vec<Node>> {
        list.iter().enumerate().map(|(index, value)| self.node(value, &format!("{at}/{index}"))).collect()
    }

    fn object(&mut self, members: &Map<String, Value>, at: &str) -> Result<Term> {
        let place = Place::Pointer(at.to_owned());
        let text = |name: &str| {
            let text = members.get(name).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| place.wrong(format!("`{name}` es un texto"), format!("`{name}` is a text")))
        };
        let list = |name: &str| {
            let list = members.get(name).and_then(Value::as_array);
            list.ok_or_else(|| place.wrong(format!("`{name}` es una lista"), format!("`{name}` is a list")))
        };
        let has = |name: &str| members.contains_key(name);
        match () {
            () if has("op") => {
                let arguments = self.list(list("args")?, &format!("{at}/args"))?;
                Ok(Term::Call(text("op")?.to_lowercase(), arguments))
            }
            () if has("property") => text("property").map(Term::Property),
            () if has("date") => text("date").map(Term::Date),
            () if has("timestamp") => text("timestamp").map(Term::Timestamp),
            () if has("interval") => {
                let bounds = self.list(list("interval")?, &format!("{at}/interval"))?;
                Ok(Term::Call("interval".to_owned(), bounds))
            }
            () if has("bbox") => {
                numbers(list("bbox")?, &place).map(|numbers| Term::Shape(Shape::Box(numbers)))
            }
            () if has("type") => self.shape(members, &place).map(Term::Shape),
            () => Err(place.wrong(
                "un objeto tiene uno de op, property, date, timestamp, interval, bbox, type",
                "an object has one of op, property, date, timestamp, interval, bbox, type",
            )),
        }
    }

    fn shape(&mut self, members: &Map<String, Value>, place: &Place) -> Result<Shape> {
        let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
        let at = members.get("coordinates").unwrap_or(&Value::Null);
        match kind {
            "Point" => self.position(at, place).map(Shape::Point),
            "LineString" => self.line(at, place).map(Shape::Line),
            "Polygon" => self.lines(at, place).map(Shape::Polygon),
            "MultiPoint" => self.line(at, place).map(Shape::Points),
            "MultiLineString" => self.lines(at, place).map(Shape::Lines),
            "MultiPolygon" => {
                let polygons = list_of(at, place)?;
                let polygons: Result<_> = polygons.iter().map(|rings| self.lines(rings, place)).collect();
                polygons.map(Shape::Polygons)
            }
            "GeometryCollection" => self.collection(members, place),
            _ => Err(place.wrong(
                format!("`{kind}` no es un tipo de geometría"),
                format!("`{kind}` is not a type of geometry"),
            )),
        }
    }

    fn collection(&mut self, members: &Map<String, Value>, place: &Place) -> Result<Shape> {
        self.budget.sink(place)?;
        let shapes = list_of(members.get("geometries").unwrap_or(&Value::Null), place)?;
        let shapes: Result<_> = shapes
            .iter()
            .map(|shape| match shape {
                Value::Object(members) => self.shape(members, place),
                _ => Err(place.wrong(
                    "cada miembro de `geometries` es una geometría",
                    "a member of `geometries` is a geometry",
                )),
            })
            .collect();
        self.budget.rise();
        shapes.map(Shape::Collection)
    }

    fn lines(&mut self, value: &Value, place: &Place) -> Result<Vec<Vec<Position>>> {
        list_of(value, place)?.iter().map(|line| self.line(line, place)).collect()
    }

    fn line(&mut self, value: &Value, place: &Place) -> Result<Vec<Position>> {
        list_of(value, place)?.iter().map(|position| self.position(position, place)).collect()
    }

    fn position(&mut self, value: &Value, place: &Place) -> Result<Position> {
        self.budget.vertex(place)?;
        match numbers(list_of(value, place)?, place)?[..] {
            [x, y] | [x, y, _] => Ok([x, y]),
            _ => Err(place.wrong(
                "una posición son dos números, o tres, de los que la altura no cuenta",
                "a position is two numbers, or three of which the height is ignored",
            )),
        }
    }
}

fn list_of<'a>(value: &'a Value, place: &Place) -> Result<&'a Vec<Value>> {
    value.as_array().ok_or_else(|| {
        place.wrong(
            "las coordenadas de la geometría no son listas con la profundidad debida",
            "the coordinates of the geometry are not lists of the right depth",
        )
    })
}

fn numbers(list: &[Value], place: &Place) -> Result<Vec<f64>> {
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    list.iter()
        .map(|value| {
            number(value)
                .ok_or_else(|| place.wrong("una coordenada es un número", "a coordinate is a number"))
        })
        .collect()
}
