//! Single values and periods as SQL.
//!
//! Two values are compared in a common form. A column is left as it is wherever that form allows, so that an index on it
//! serves; arithmetic is done in `numeric`, which has no overflow that a filter of limited size could reach, and a
//! division by zero has no value.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use uuid::Uuid;

use super::sql::Sql;
use super::typed::{Arithmetic, Bound, Literal, Period, Scalar, TemporalRelation, Type};
use crate::layers::model::{Column, Kind};
use crate::layers::when::midnight;
use crate::problem::{Error, Result};

/// The SQL type that values are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `boolean`
    Truth,
    /// An integer of any width.
    Int,
    /// `float8`
    Float,
    /// `numeric`
    Numeric,
    /// `text`
    Text,
    /// `uuid`
    Uuid,
    /// `date`
    Day,
    /// `timestamptz`
    Instant,
    /// `timestamp`
    Clock,
}

impl Form {
    const fn sql_type(self) -> &'static str {
        match self {
            Self::Truth => "boolean",
            Self::Int => "int8",
            Self::Float => "float8",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Uuid => "uuid",
            Self::Day => "date",
            Self::Instant => "timestamptz",
            Self::Clock => "timestamp",
        }
    }
}

impl Scalar {
    /// The literal, when it is one.
    pub(super) fn literal(&self) -> Option<&Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    /// The form that it has by itself.
    fn form(&self) -> Form {
        match self {
            Self::Property(column) => form_of(column.kind),
            Self::Literal(literal) => match literal {
                Literal::Truth(_) => Form::Truth,
                Literal::Int(_) => Form::Int,
                Literal::Decimal(_) => Form::Numeric,
                Literal::Text(_) => Form::Text,
                Literal::Uuid(_) => Form::Uuid,
                Literal::Day(_) => Form::Day,
                Literal::Instant(_) => Form::Instant,
            },
            Self::Arithmetic(..) => Form::Numeric,
            Self::Function(function, _) => match function.gives {
                Type::Number => Form::Numeric,
                _ => Form::Text,
            },
            Self::Condition(_) => Form::Truth,
        }
    }
}

const fn form_of(kind: Kind) -> Form {
    match kind {
        Kind::Bool => Form::Truth,
        Kind::Int2 | Kind::Int4 | Kind::Int8 => Form::Int,
        Kind::Float8 => Form::Float,
        Kind::Float4 | Kind::Numeric => Form::Numeric,
        Kind::Uuid => Form::Uuid,
        Kind::Date => Form::Day,
        Kind::TimestampTz => Form::Instant,
        Kind::Timestamp => Form::Clock,
        Kind::Text | Kind::Json | Kind::Other => Form::Text,
    }
}

/// The form in which all of `values` are compared; they are of one type, or all in time.
pub(super) fn common(values: &[&Scalar]) -> Form {
    let has = |form| values.iter().any(|value| value.form() == form);
    let columns_are = |form| values.iter().all(|value| value.literal().is_some() || value.form() == form);
    let first = values.first().map_or(Form::Text, |value| value.form());
    match first {
        _ if values.iter().all(|value| value.form() == first) => first,
        Form::Int | Form::Float | Form::Numeric if has(Form::Float) && columns_are(Form::Float) => {
            Form::Float
        }
        Form::Int | Form::Float | Form::Numeric => Form::Numeric,
        _ if has(Form::Clock) && columns_are(Form::Clock) => Form::Clock,
        _ if has(Form::Instant) => Form::Instant,
        _ if has(Form::Clock) => Form::Clock,
        _ => first,
    }
}

impl Sql<'_> {
    /// `value` in `form`.
    pub(super) fn scalar(&mut self, value: &Scalar, form: Form) -> Result<String> {
        match value {
            Scalar::Property(column) => Ok(property(column, form)),
            Scalar::Literal(literal) => self.literal(literal, form),
            Scalar::Arithmetic(arithmetic, one, other) => {
                let (one, other) = (self.scalar(one, Form::Numeric)?, self.scalar(other, Form::Numeric)?);
                Ok(work_out(*arithmetic, &one, &other))
            }
            Scalar::Function(function, arguments) => {
                let takes = if function.takes == Type::Number { Form::Numeric } else { Form::Text };
                let arguments: Result<Vec<_>> = arguments.iter().map(|one| self.scalar(one, takes)).collect();
                let [before, after] = function.sql;
                Ok(format!("{before}{}{after}", arguments?.join(", ")))
            }
            Scalar::Condition(condition) => self.condition(condition),
        }
    }

    /// A bound literal. It says its type: statements are kept by their text, so one text must mean one list of types.
    fn literal(&mut self, literal: &Literal, form: Form) -> Result<String> {
        let place = match form {
            Form::Truth => self.writer.push(literal.truth()?),
            Form::Int => self.writer.push(literal.int()?),
            Form::Float => self.writer.push(literal.float()?),
            Form::Numeric => self.writer.push(literal.digits()?),
            Form::Text => self.writer.push(literal.words()?),
            Form::Uuid => self.writer.push(literal.uuid()?),
            Form::Day => self.writer.push(literal.day()?),
            Form::Instant => self.writer.push(literal.instant()?),
            Form::Clock => self.writer.push(literal.clock()?),
        };
        Ok(match form {
            Form::Numeric => format!("{}::text::numeric", place?),
            form => format!("{}::{}", place?, form.sql_type()),
        })
    }

    /// Literals as one bound array.
    pub(super) fn array(&mut self, list: &[&Literal], form: Form) -> Result<String> {
        fn all<T>(list: &[&Literal], read: impl Fn(&Literal) -> Result<T>) -> Result<Vec<T>> {
            list.iter().map(|literal| read(literal)).collect()
        }
        let place = match form {
            Form::Truth => self.writer.push(all(list, Literal::truth)?),
            Form::Int => self.writer.push(all(list, Literal::int)?),
            Form::Float => self.writer.push(all(list, Literal::float)?),
            Form::Numeric => self.writer.push(all(list, Literal::digits)?),
            Form::Text => self.writer.push(all(list, Literal::words)?),
            Form::Uuid => self.writer.push(all(list, Literal::uuid)?),
            Form::Day => self.writer.push(all(list, Literal::day)?),
            Form::Instant => self.writer.push(all(list, Literal::instant)?),
            Form::Clock => self.writer.push(all(list, Literal::clock)?),
        };
        Ok(match form {
            Form::Numeric => format!("{}::text[]::numeric[]", place?),
            form => format!("{}::{}[]", place?, form.sql_type()),
        })
    }

    pub(super) fn temporal(
        &mut self,
        relation: TemporalRelation,
        one: &Period,
        other: &Period,
    ) -> Result<String> {
        let bounds = [&one.from, &one.to, &other.from, &other.to];
        let scalars: Vec<&Scalar> = bounds.into_iter().filter_map(Bound::scalar).collect();
        let form = if scalars.is_empty() { Form::Day } else { common(&scalars) };
        let [a, b] = [self.bound(&one.from, form, false)?, self.bound(&one.to, form, true)?];
        let [c, d] = [self.bound(&other.from, form, false)?, self.bound(&other.to, form, true)?];
        let words: Vec<&str> = relation
            .sql
            .split(' ')
            .map(|word| match word {
                "p.a" => a.as_str(),
                "p.b" => b.as_str(),
                "p.c" => c.as_str(),
                "p.d" => d.as_str(),
                word => word,
            })
            .collect();
        Ok(format!("({})", words.join(" ")))
    }

    /// An end of a period; of a day among instants its first or its last microsecond in Lima.
    fn bound(&mut self, bound: &Bound, form: Form, is_end: bool) -> Result<String> {
        let open = format!("'{}infinity'::{}", if is_end { "" } else { "-" }, form.sql_type());
        let Bound::At(scalar, is_open) = bound else { return Ok(open) };
        let is_widened = is_end && scalar.form() == Form::Day && form != Form::Day;
        let text = match scalar {
            Scalar::Literal(Literal::Day(day)) if is_widened => {
                let last = self.literal(&Literal::Day(day.succ_opt().unwrap_or(*day)), form)?;
                format!("({last} - interval '1 microsecond')")
            }
            Scalar::Property(column) if is_widened => {
                let next = Column { source: format!("({} + 1)", column.source), ..(**column).clone() };
                format!("({} - interval '1 microsecond')", property(&next, form))
            }
            scalar => self.scalar(scalar, form)?,
        };
        Ok(if *is_open { format!("coalesce({text}, {open})") } else { text })
    }
}

impl Bound {
    fn scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Open => None,
            Self::At(scalar, _) => Some(scalar),
        }
    }
}

fn property(column: &Column, form: Form) -> String {
    let source = &column.source;
    match (column.kind, form) {
        (Kind::Numeric, Form::Numeric) => source.clone(),
        (_, Form::Numeric) => format!("{source}::numeric"),
        (Kind::Other, _) => format!("{source}::text"),
        (Kind::Date, Form::Clock) => format!("{source}::timestamp"),
        (Kind::Date, Form::Instant) => format!("({source}::timestamp at time zone 'America/Lima')"),
        (Kind::Timestamp, Form::Instant) => format!("({source} at time zone 'UTC')"),
        _ => source.clone(),
    }
}

fn work_out(arithmetic: Arithmetic, one: &str, other: &str) -> String {
    match arithmetic {
        Arithmetic::Plus => format!("({one} + {other})"),
        Arithmetic::Minus => format!("({one} - {other})"),
        Arithmetic::Times => format!("({one} * {other})"),
        Arithmetic::Over => format!("({one} / nullif({other}, 0))"),
        Arithmetic::Rest => format!("mod({one}, nullif({other}, 0))"),
        Arithmetic::Whole => format!("div({one}, nullif({other}, 0))"),
        Arithmetic::Power => power(one, other),
    }
}

/// A power that is no number, or larger than any that is written in a filter, has no value.
fn power(base: &str, exponent: &str) -> String {
    format!(
        "(select case \
         when p.a is null or p.b is null then null \
         when abs(p.a) > 1e100 or abs(p.b) > 1e100 or (p.a <> 0 and abs(p.a) < 1e-100) then null \
         when p.a = 0 and p.b < 0 then null \
         when p.a < 0 and p.b <> trunc(p.b) then null \
         when case when p.a = 0 then false else abs(p.b * ln(abs(p.a))) > 650 end then null \
         else power(p.a::float8, p.b::float8)::numeric end \
         from (select {base} as a, {exponent} as b) as p)"
    )
}

/// What the type has settled; another literal is a fault of this room and no answer.
fn strange(literal: &Literal) -> Error {
    anyhow::anyhow!("{literal:?} was to be written as another type").into()
}

impl Literal {
    fn truth(&self) -> Result<bool> {
        if let Self::Truth(truth) = self { Ok(*truth) } else { Err(strange(self)) }
    }

    fn int(&self) -> Result<i64> {
        if let Self::Int(number) = self { Ok(*number) } else { Err(strange(self)) }
    }

    fn float(&self) -> Result<f64> {
        match self {
            Self::Int(number) => Ok(*number as f64),
            Self::Decimal(digits) => digits.parse().map_err(|_| strange(self)),
            _ => Err(strange(self)),
        }
    }

    fn digits(&self) -> Result<String> {
        match self {
            Self::Int(number) => Ok(number.to_string()),
            Self::Decimal(digits) => Ok(digits.clone()),
            _ => Err(strange(self)),
        }
    }

    fn words(&self) -> Result<String> {
        if let Self::Text(words) = self { Ok(words.clone()) } else { Err(strange(self)) }
    }

    fn uuid(&self) -> Result<Uuid> {
        if let Self::Uuid(uuid) = self { Ok(*uuid) } else { Err(strange(self)) }
    }

    fn day(&self) -> Result<NaiveDate> {
        if let Self::Day(day) = self { Ok(*day) } else { Err(strange(self)) }
    }

    /// A day among instants begins at midnight in Lima.
    fn instant(&self) -> Result<DateTime<Utc>> {
        match self {
            Self::Instant(instant) => Ok(*instant),
            Self::Day(day) => midnight(*day).ok_or_else(|| strange(self)),
            _ => Err(strange(self)),
        }
    }

    fn clock(&self) -> Result<NaiveDateTime> {
        match self {
            Self::Day(day) => Ok(day.and_time(NaiveTime::MIN)),
            Self::Instant(instant) => Ok(instant.naive_utc()),
            _ => Err(strange(self)),
        }
    }
}
