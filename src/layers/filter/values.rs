//! Single values and periods of a filter, with their types.

use chrono::{DateTime, NaiveDate, Utc};

use super::functions;
use super::tree::{Node, Place, Term};
use super::typed::{Arithmetic, Bound, Literal, Period, Scalar, Type};
use super::typing::{Typer, exactly, unknown_function};
use crate::problem::Result;

impl Typer<'_> {
    /// `node` as a value, and its type.
    pub(super) fn typed(&self, node: &Node) -> Result<(Scalar, Type)> {
        let literal = |literal, kind| Ok((Scalar::Literal(literal), kind));
        match &node.term {
            Term::Property(name) => self.property(name, &node.place),
            Term::Text(text) if text.contains('\0') => {
                Err(node.place.wrong("un texto no lleva NUL", "a text holds no NUL"))
            }
            Term::Text(text) => literal(Literal::Text(text.clone()), Type::Text),
            Term::Number(digits) => literal(number(digits, &node.place)?, Type::Number),
            Term::Truth(truth) => literal(Literal::Truth(*truth), Type::Truth),
            Term::Date(text) => literal(Literal::Day(day(text, &node.place)?), Type::Day),
            Term::Timestamp(text) => literal(Literal::Instant(instant(text, &node.place)?), Type::Instant),
            Term::Shape(_) => Err(node.place.wrong(
                "una geometría solo se compara con s_intersects y las otras s_…",
                "a geometry is compared with s_intersects and its kin only",
            )),
            Term::List(_) => Err(node.place.wrong(
                "una lista solo va tras IN y en a_equals y las otras a_…",
                "a list stands only after IN and in a_equals and its kin",
            )),
            Term::Call(name, arguments) => self.call(node, name, arguments),
        }
    }

    fn property(&self, name: &str, place: &Place) -> Result<(Scalar, Type)> {
        if self.layer.geometry.as_ref().is_some_and(|geometry| geometry.column == name) {
            return Err(place.wrong(
                format!("`{name}` es una geometría: compárela con s_intersects y las otras s_…"),
                format!("`{name}` is a geometry: compare it with s_intersects and its kin"),
            ));
        }
        let column = self.column(name, place)?;
        match Type::of(column.kind) {
            Some(kind) => Ok((Scalar::Property(Box::new(column.clone())), kind)),
            None => Err(place.wrong(
                format!("`{name}` es una lista o estructura: compárela con a_contains y las otras a_…"),
                format!("`{name}` is a list or structure: compare it with a_contains and its kin"),
            )),
        }
    }

    fn call(&self, node: &Node, name: &str, arguments: &[Node]) -> Result<(Scalar, Type)> {
        if let Some(arithmetic) = arithmetic(name) {
            let [one, other] = exactly(node, name, arguments)?;
            let (one, other) = (self.of(one, Type::Number)?, self.of(other, Type::Number)?);
            return Ok((Scalar::Arithmetic(arithmetic, Box::new(one), Box::new(other)), Type::Number));
        }
        if let Some(function) = functions::find(name) {
            let [argument] = exactly(node, name, arguments)?;
            let argument = self.of(argument, function.takes)?;
            return Ok((Scalar::Function(function, vec![argument]), function.gives));
        }
        if name == "interval" {
            return Err(node.place.wrong(
                "un intervalo solo se compara con t_intersects y las otras t_…",
                "an interval is compared with t_intersects and its kin only",
            ));
        }
        if !is_condition(name) {
            return Err(unknown_function(&node.place, name));
        }
        self.condition(node).map(|condition| (Scalar::Condition(Box::new(condition)), Type::Truth))
    }

    /// `node` as a period: an interval, or an instant or day.
    pub(super) fn period(&self, node: &Node) -> Result<Period> {
        if let Term::Call(name, bounds) = &node.term
            && name == "interval"
        {
            let [from, to] = exactly(node, name, bounds)?;
            return Ok(Period { from: self.bound(from)?, to: self.bound(to)? });
        }
        let (scalar, kind) = self.typed(node)?;
        if !kind.is_temporal() {
            let (es, en) = kind.words();
            return Err(node.place.wrong(
                format!("esto es {es}; aquí se espera un día, un instante o un intervalo"),
                format!("this is {en}; a day, an instant or an interval is expected here"),
            ));
        }
        Ok(Period { from: Bound::At(scalar.clone(), false), to: Bound::At(scalar, false) })
    }

    fn bound(&self, node: &Node) -> Result<Bound> {
        let Some(text) = literal_text(node) else {
            let scalar = self.of(node, Type::Day)?;
            // No value in the layer's own validity means that it has no end.
            let is_open = matches!(&scalar, Scalar::Property(column)
                if column.role.is_some_and(|role| role.starts_with("primary-interval")));
            return Ok(Bound::At(scalar, is_open));
        };
        match text {
            ".." => Ok(Bound::Open),
            _ if text.len() <= "2024-06-30".len() => {
                Ok(Bound::At(Scalar::Literal(Literal::Day(day(text, &node.place)?)), false))
            }
            _ => Ok(Bound::At(Scalar::Literal(Literal::Instant(instant(text, &node.place)?)), false)),
        }
    }
}

/// Whether the name is that of a condition, which may stand where a value does.
fn is_condition(name: &str) -> bool {
    use super::relations::{find_sets, find_spatial, find_temporal};
    ["and", "or", "not", "like", "between", "in", "isnull", "=", "<>", "<", "<=", ">", ">="].contains(&name)
        || find_spatial(name).is_some()
        || find_temporal(name).is_some()
        || find_sets(name).is_some()
}

/// The text, when the node is a text literal.
pub(super) fn literal_text(node: &Node) -> Option<&str> {
    match &node.term {
        Term::Text(text) => Some(text),
        _ => None,
    }
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    match name {
        "+" => Some(Arithmetic::Plus),
        "-" => Some(Arithmetic::Minus),
        "*" => Some(Arithmetic::Times),
        "/" => Some(Arithmetic::Over),
        "%" => Some(Arithmetic::Rest),
        "div" => Some(Arithmetic::Whole),
        "^" => Some(Arithmetic::Power),
        _ => None,
    }
}

/// A number, no larger than a double holds and no longer than anybody needs.
pub(super) fn number(digits: &str, place: &Place) -> Result<Literal> {
    const LARGEST: f64 = 1e300;
    const LONGEST: usize = 100;
    const SMALLEST_EXPONENT: i32 = -300;
    if let Ok(whole) = digits.parse::<i64>() {
        return Ok(Literal::Int(whole));
    }
    let exponent =
        digits.to_ascii_lowercase().split_once('e').map_or(Ok(0), |(_, exponent)| exponent.parse::<i32>());
    let is_sound = digits.parse::<f64>().is_ok_and(|number| number.abs() <= LARGEST)
        && digits.len() <= LONGEST
        && exponent.is_ok_and(|exponent| exponent >= SMALLEST_EXPONENT);
    if is_sound {
        Ok(Literal::Decimal(digits.to_owned()))
    } else {
        Err(place.wrong(
            format!("el número es demasiado grande o pequeño; a lo más {LARGEST:e}, con {LONGEST} cifras"),
            format!("the number is too large or too small; at most {LARGEST:e}, with {LONGEST} digits"),
        ))
    }
}

fn day(text: &str, place: &Place) -> Result<NaiveDate> {
    let is_plain = text.len() == "2024-06-30".len() && text.is_ascii();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_plain);
    day.ok_or_else(|| {
        place.wrong(
            format!("`{text}` no es un día como 2024-06-30"),
            format!("`{text}` is not a day such as 2024-06-30"),
        )
    })
}

fn instant(text: &str, place: &Place) -> Result<DateTime<Utc>> {
    // A `+` in a query string is a space by the rules of forms.
    let instant = DateTime::parse_from_rfc3339(&text.replace(' ', "+"));
    let wrong = |_| {
        place.wrong(
            format!("`{text}` no es un instante como 2024-06-30T12:00:00Z"),
            format!("`{text}` is not an instant such as 2024-06-30T12:00:00Z"),
        )
    };
    instant.map(|instant| instant.with_timezone(&Utc)).map_err(wrong)
}
