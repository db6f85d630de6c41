//! A typed filter as SQL.
//!
//! Safe SQL: see `layers::sql`. Names are columns of the catalogue, operators and functions come from lists in this
//! room, and every literal is bound: it never changes the text, and a list of literals is one bound array. What is
//! not known (a value that is missing) is SQL's null, so that `NOT` keeps it unknown, and such a row does not pass.

use super::typed::{Comparison, Condition, Figure, Operand, Scalar, Set, SetRelation, SpatialRelation};
use super::values_sql::{Form, common};
use super::{Filter, shape::Settled};
use crate::layers::model::{Layer, quoted};
use crate::layers::sql::{Plan, Writer, stored_in};
use crate::problem::Result;

/// Writes conditions on `layer`.
pub(super) struct Sql<'a> {
    pub(super) layer: &'a Layer,
    pub(super) filter: &'a Filter,
    pub(super) plan: Plan,
    pub(super) writer: &'a mut Writer,
}

impl Sql<'_> {
    pub(super) fn condition(&mut self, condition: &Condition) -> Result<String> {
        match condition {
            Condition::All(parts) => self.chain(parts, " and "),
            Condition::Any(parts) => self.chain(parts, " or "),
            Condition::Not(inner) => Ok(format!("(not {})", self.condition(inner)?)),
            Condition::True(scalar) => self.scalar(scalar, Form::Truth),
            Condition::Compare(comparison, one, other) => {
                let form = common(&[one, other]);
                let (one, other) = (self.scalar(one, form)?, self.scalar(other, form)?);
                Ok(format!("({one} {} {other})", symbol(*comparison)))
            }
            Condition::Like(text, pattern) => {
                let (text, pattern) = (self.scalar(text, Form::Text)?, self.scalar(pattern, Form::Text)?);
                Ok(format!("({text} like {pattern})"))
            }
            Condition::Between(value, low, high) => {
                let form = common(&[value, low, high]);
                let (value, low) = (self.scalar(value, form)?, self.scalar(low, form)?);
                Ok(format!("({value} between {low} and {})", self.scalar(high, form)?))
            }
            Condition::In(value, list) => self.is_in(value, list),
            Condition::IsNull(operand) => Ok(format!("({} is null)", self.operand(operand)?)),
            Condition::Spatial(relation, one, other) => self.spatial(*relation, one, other),
            Condition::Temporal(relation, one, other) => self.temporal(*relation, one, other),
            Condition::Sets(relation, one, other) => self.sets(*relation, one, other),
        }
    }

    fn chain(&mut self, parts: &[Condition], word: &str) -> Result<String> {
        let parts: Result<Vec<_>> = parts.iter().map(|part| self.condition(part)).collect();
        Ok(format!("({})", parts?.join(word)))
    }

    /// A list of literals is one array; values that have to be worked out are compared one by one.
    fn is_in(&mut self, value: &Scalar, list: &[Scalar]) -> Result<String> {
        let all: Vec<&Scalar> = std::iter::once(value).chain(list).collect();
        let form = common(&all);
        let value = self.scalar(value, form)?;
        let literals: Option<Vec<_>> = list.iter().map(Scalar::literal).collect();
        if let Some(literals) = literals {
            let array = self.array(&literals, form)?;
            return Ok(format!("({value} = any({array}))"));
        }
        let tests: Result<Vec<_>> =
            list.iter().map(|item| Ok(format!("{value} = {}", self.scalar(item, form)?))).collect();
        Ok(format!("({})", tests?.join(" or ")))
    }

    fn operand(&mut self, operand: &Operand) -> Result<String> {
        match operand {
            Operand::Scalar(scalar) => self.scalar(scalar, common(&[scalar])),
            Operand::Structure(column) => Ok(column.source.clone()),
            Operand::Shape => Ok(self.own_shape()),
        }
    }

    fn own_shape(&self) -> String {
        self.layer
            .geometry
            .as_ref()
            .map_or("null".to_owned(), |geometry| format!("v.{}", quoted(&geometry.column)))
    }

    /// Shapes are compared in the system of the filter, which is what its lines mean. Where the layer stores its shapes
    /// in that system (`geom_crs84` beside a UTM geometry is such a store) this is the stored column and its index; a
    /// shape that is stored in another system is moved, after an index has found the candidates.
    fn spatial(&mut self, relation: SpatialRelation, one: &Figure, other: &Figure) -> Result<String> {
        let srid = self.filter.crs.srid;
        let stored = self.layer.geometry.as_ref().map(|geometry| stored_in(geometry, srid));
        let (own, own_srid) = match (&stored, &self.layer.geometry) {
            (Some(Some((column, srid))), _) => (column.clone(), *srid),
            (_, Some(geometry)) => (format!("ST_Transform(v.{}, {srid})", quoted(&geometry.column)), srid),
            _ => ("null".to_owned(), srid),
        };
        let mut figure = |figure: &Figure| match figure {
            Figure::Own => Ok(own.clone()),
            Figure::Literal(settled) => self.shape(settled, own_srid),
        };
        let (first, second) = (figure(one)?, figure(other)?);
        let exact = format!("{}({first}, {second})", relation.function);
        let is_moved = matches!(stored, Some(None)) && self.plan.prefilter && relation.name != "s_disjoint";
        match (is_moved, one, other) {
            (true, Figure::Own, Figure::Literal(settled)) | (true, Figure::Literal(settled), Figure::Own) => {
                self.after_index(settled, &exact)
            }
            _ => Ok(exact),
        }
    }

    fn shape(&mut self, settled: &Settled, srid: i32) -> Result<String> {
        let place = self.writer.push(settled.wkb.clone())?;
        Ok(format!("ST_SetSRID(ST_GeomFromWKB({place}::bytea), {srid})"))
    }

    fn after_index(&mut self, settled: &Settled, exact: &str) -> Result<String> {
        let Some(geometry) = &self.layer.geometry else { return Ok(exact.to_owned()) };
        let near = self.writer.near(geometry, &settled.around, self.filter.crs.srid)?;
        Ok(format!("({near} and {exact})"))
    }

    fn sets(&mut self, relation: SetRelation, one: &Set, other: &Set) -> Result<String> {
        let (a, b) = (self.set(one)?, self.set(other)?);
        Ok(match relation {
            SetRelation::Equals => format!("({a} @> {b} and {a} <@ {b})"),
            SetRelation::Contains => format!("({a} @> {b})"),
            SetRelation::ContainedBy => format!("({a} <@ {b})"),
            SetRelation::Overlaps => format!(
                "(case when {a} is null or {b} is null then null else exists \
                 (select from jsonb_array_elements({a}) as element where {b} @> jsonb_build_array(element)) end)"
            ),
        })
    }

    /// A JSON array; a column that holds something else in a row has no value there.
    fn set(&mut self, set: &Set) -> Result<String> {
        match set {
            Set::Literal(list) => Ok(format!("{}::jsonb", self.writer.push(list.clone())?)),
            Set::Property(column) => {
                let json = format!("to_jsonb({})", column.source);
                Ok(format!("(case when jsonb_typeof({json}) = 'array' then {json} end)"))
            }
        }
    }
}

const fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Unequal => "<>",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::More => ">",
        Comparison::AtLeast => ">=",
    }
}
