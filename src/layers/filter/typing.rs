//! From a tree to types: each name is a queryable or a known function, each value of the type that is compared.

use super::functions;
use super::relations::{find_sets, find_spatial, find_temporal};
use super::shape::Shape;
use super::tree::{Node, Place, Term};
use super::typed::{Comparison, Condition, Figure, Operand, Scalar, Set, SetRelation, SpatialRelation, Type};
use super::values::{literal_text, number};
use crate::layers::crs::Crs;
use crate::layers::model::{Column, Layer};
use crate::problem::Result;

/// Types the parts of a filter on `layer`, whose positions are in `crs`.
pub(super) struct Typer<'a> {
    pub(super) layer: &'a Layer,
    pub(super) crs: &'a Crs,
}

impl Typer<'_> {
    /// `node` as a condition.
    pub(super) fn condition(&self, node: &Node) -> Result<Condition> {
        let Term::Call(name, arguments) = &node.term else { return self.truth(node) };
        let several = || arguments.iter().map(|part| self.condition(part)).collect::<Result<Vec<_>>>();
        match name.as_str() {
            "and" | "or" if arguments.len() < 2 => {
                Err(takes(node, name, ("dos o más condiciones", "two or more conditions")))
            }
            "and" => several().map(Condition::All),
            "or" => several().map(Condition::Any),
            "not" => {
                let [inner] = exactly(node, name, arguments)?;
                self.condition(inner).map(|inner| Condition::Not(Box::new(inner)))
            }
            "like" => self.like(node, arguments),
            "between" => self.between(node, arguments),
            "in" => self.is_in(node, arguments),
            "isnull" => {
                let [operand] = exactly(node, name, arguments)?;
                self.operand(operand).map(Condition::IsNull)
            }
            _ => self.relation(node, name, arguments),
        }
    }

    fn relation(&self, node: &Node, name: &str, arguments: &[Node]) -> Result<Condition> {
        if let Some(comparison) = comparison(name) {
            return self.compare(node, comparison, exactly(node, name, arguments)?);
        }
        if let Some(relation) = find_spatial(name) {
            return self.spatial(relation, exactly(node, name, arguments)?);
        }
        if let Some(relation) = find_temporal(name) {
            let [one, other] = exactly(node, name, arguments)?;
            return Ok(Condition::Temporal(relation, self.period(one)?, self.period(other)?));
        }
        if let Some(relation) = find_sets(name) {
            return self.sets(relation, exactly(node, name, arguments)?);
        }
        self.truth(node)
    }

    /// A value that is true or false by itself.
    fn truth(&self, node: &Node) -> Result<Condition> {
        match self.typed(node)? {
            (scalar, Type::Truth) => Ok(Condition::True(scalar)),
            (_, kind) => {
                let (es, en) = kind.words();
                let es = format!("se espera una condición, no {es}");
                Err(node.place.wrong(es, format!("a condition is expected, not {en}")))
            }
        }
    }

    fn compare(&self, node: &Node, comparison: Comparison, [one, other]: &[Node; 2]) -> Result<Condition> {
        let [one, other] = self.alike([one, other])?;
        let (one, kind) = one;
        if kind == Type::Truth && !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
            return Err(node.place.wrong(
                "true y false no tienen orden; compare con = o <>",
                "true and false have no order; compare with = or <>",
            ));
        }
        Ok(Condition::Compare(comparison, one, other.0))
    }

    fn like(&self, node: &Node, arguments: &[Node]) -> Result<Condition> {
        let [text, pattern] = exactly(node, "like", arguments)?;
        let text = self.of(text, Type::Text)?;
        if let Some(words) = literal_text(pattern)
            && ends_with_escape(words)
        {
            return Err(pattern.place.wrong(
                r"un patrón no puede terminar en un solo \; escriba \\ para el carácter mismo",
                r"a pattern cannot end with a single \; write \\ for the character itself",
            ));
        }
        Ok(Condition::Like(text, self.of(pattern, Type::Text)?))
    }

    fn between(&self, node: &Node, arguments: &[Node]) -> Result<Condition> {
        // CQL2 JSON before 1.0 had the bounds in a list.
        let arguments: Vec<&Node> = match arguments {
            [value, Node { term: Term::List(bounds), .. }] => std::iter::once(value).chain(bounds).collect(),
            _ => arguments.iter().collect(),
        };
        let [value, low, high] = arguments[..] else {
            return Err(takes(node, "between", ("un valor y dos límites", "a value and two bounds")));
        };
        let [(value, kind), (low, _), (high, _)] = self.alike([value, low, high])?;
        if kind == Type::Truth {
            return Err(node.place.wrong("true y false no tienen orden", "true and false have no order"));
        }
        Ok(Condition::Between(value, low, high))
    }

    fn is_in(&self, node: &Node, arguments: &[Node]) -> Result<Condition> {
        let [value, list] = exactly(node, "in", arguments)?;
        let Term::List(list) = &list.term else {
            return Err(takes(node, "in", ("un valor y una lista", "a value and a list")));
        };
        if list.is_empty() {
            return Err(node
                .place
                .wrong("la lista de IN tiene al menos un valor", "the list of IN has at least one value"));
        }
        let (value, kind) = match (self.typed(value), &list[..]) {
            (Ok(typed), _) => typed,
            (Err(error), _) => return Err(error),
        };
        let list: Result<Vec<Scalar>> = list.iter().map(|item| self.of(item, kind)).collect();
        Ok(Condition::In(value, list?))
    }

    /// Values of one type; those that only literals say, such as a UUID, follow the property beside them.
    fn alike<const N: usize>(&self, nodes: [&Node; N]) -> Result<[(Scalar, Type); N]> {
        let first_typed = nodes.iter().find(|node| literal_text(node).is_none()).unwrap_or(&nodes[0]);
        let (_, kind) = self.typed(first_typed)?;
        let values: Result<Vec<_>> =
            nodes.iter().map(|node| self.of(node, kind).map(|scalar| (scalar, kind))).collect();
        values?.try_into().map_err(|_| nodes[0].place.wrong("no se puede comparar", "cannot be compared"))
    }

    /// `node` as a value of type `wanted`, or of another that it is compared with.
    pub(super) fn of(&self, node: &Node, wanted: Type) -> Result<Scalar> {
        if wanted == Type::Uuid
            && let Some(text) = literal_text(node)
        {
            let wrong =
                |_| node.place.wrong(format!("`{text}` no es un UUID"), format!("`{text}` is not a UUID"));
            return text
                .parse()
                .map(|uuid| Scalar::Literal(super::typed::Literal::Uuid(uuid)))
                .map_err(wrong);
        }
        let (scalar, kind) = self.typed(node)?;
        if kind == wanted || (kind.is_temporal() && wanted.is_temporal()) {
            return Ok(scalar);
        }
        let ((es, en), (wanted_es, wanted_en)) = (kind.words(), wanted.words());
        let (this_es, this_en) = match &scalar {
            Scalar::Property(column) => (format!("`{}`", column.name), format!("`{}`", column.name)),
            _ => ("esto".to_owned(), "this".to_owned()),
        };
        Err(node.place.wrong(
            format!("{this_es} es {es}; aquí se espera {wanted_es}"),
            format!("{this_en} is {en}; {wanted_en} is expected here"),
        ))
    }

    fn operand(&self, node: &Node) -> Result<Operand> {
        if let Term::Property(name) = &node.term {
            if self.is_shape(name) {
                return Ok(Operand::Shape);
            }
            let column = self.column(name, &node.place)?;
            if Type::of(column.kind).is_none() {
                return Ok(Operand::Structure(Box::new(column.clone())));
            }
        }
        self.typed(node).map(|(scalar, _)| Operand::Scalar(scalar))
    }

    fn is_shape(&self, name: &str) -> bool {
        self.layer.geometry.as_ref().is_some_and(|geometry| geometry.column == name)
    }

    /// The property of that name.
    pub(super) fn column(&self, name: &str, place: &Place) -> Result<&Column> {
        self.layer.property(name).ok_or_else(|| {
            let mut known: Vec<&str> = self.layer.columns.iter().map(|column| column.name.as_str()).collect();
            known.insert(0, &self.layer.id.name);
            known.extend(self.layer.geometry.as_ref().map(|geometry| geometry.column.as_str()));
            let shown: String = name.chars().take(60).collect();
            let known = known.join(", ");
            place.wrong(
                format!("`{shown}` no es una propiedad de esta colección; lo son: {known}"),
                format!("`{shown}` is not a queryable of this collection; these are: {known}"),
            )
        })
    }

    fn spatial(&self, relation: SpatialRelation, [one, other]: &[Node; 2]) -> Result<Condition> {
        Ok(Condition::Spatial(relation, self.figure(relation, one)?, self.figure(relation, other)?))
    }

    fn figure(&self, relation: SpatialRelation, node: &Node) -> Result<Figure> {
        match &node.term {
            Term::Property(name) if self.is_shape(name) => Ok(Figure::Own),
            Term::Property(name) => {
                self.column(name, &node.place)?;
                Err(node.place.wrong(
                    format!("`{name}` no tiene forma; nombre la geometría de la colección"),
                    format!("`{name}` has no shape; name the geometry of the collection"),
                ))
            }
            Term::Shape(shape) => self.literal(relation, shape, &node.place).map(Figure::Literal),
            _ => Err(node.place.wrong(
                format!(
                    "{} recibe la geometría de la colección y un literal como POINT(-77.78 -10.7)",
                    relation.name
                ),
                format!(
                    "{} takes the geometry of the collection and a literal such as POINT(-77.78 -10.7)",
                    relation.name
                ),
            )),
        }
    }

    fn literal(
        &self,
        relation: SpatialRelation,
        shape: &Shape,
        place: &Place,
    ) -> Result<super::shape::Settled> {
        let settled = shape.settle(self.crs, place)?;
        if settled.is_collection && !matches!(relation.name, "s_intersects" | "s_disjoint") {
            let name = relation.name;
            return Err(place.wrong(
                format!("{name} no recibe colecciones; solo s_intersects y s_disjoint"),
                format!("{name} takes no collection of shapes; only s_intersects and s_disjoint do"),
            ));
        }
        Ok(settled)
    }

    fn sets(&self, relation: SetRelation, [one, other]: &[Node; 2]) -> Result<Condition> {
        Ok(Condition::Sets(relation, self.set(one)?, self.set(other)?))
    }

    fn set(&self, node: &Node) -> Result<Set> {
        match &node.term {
            Term::Property(name) => {
                let column = self.column(name, &node.place)?;
                if Type::of(column.kind).is_some() {
                    return Err(node.place.wrong(
                        format!("`{name}` es un solo valor, no una lista"),
                        format!("`{name}` is a single value, not a list"),
                    ));
                }
                Ok(Set::Property(Box::new(column.clone())))
            }
            Term::List(list) => list.iter().map(element).collect::<Result<_>>().map(Set::Literal),
            // In text, brackets around a single value are no list yet.
            _ => element(node).map(|only| Set::Literal(serde_json::Value::Array(vec![only]))),
        }
    }
}

/// A value of a list, as JSON has it.
fn element(node: &Node) -> Result<serde_json::Value> {
    match &node.term {
        Term::Text(text) | Term::Date(text) => Ok(text.clone().into()),
        Term::Truth(truth) => Ok((*truth).into()),
        Term::Number(digits) => {
            number(digits, &node.place)?;
            let digits = digits.parse::<serde_json::Number>();
            digits
                .map(serde_json::Value::Number)
                .map_err(|_| node.place.wrong("se espera un número", "a number is expected"))
        }
        Term::List(list) => list.iter().map(element).collect(),
        _ => Err(node.place.wrong(
            "una lista tiene literales: textos, números, true, false",
            "a list holds literals: texts, numbers, true, false",
        )),
    }
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        "=" => Some(Comparison::Equal),
        "<>" => Some(Comparison::Unequal),
        "<" => Some(Comparison::Less),
        "<=" => Some(Comparison::AtMost),
        ">" => Some(Comparison::More),
        ">=" => Some(Comparison::AtLeast),
        _ => None,
    }
}

fn ends_with_escape(pattern: &str) -> bool {
    pattern.chars().rev().take_while(|letter| *letter == '\\').count() % 2 == 1
}

/// The arguments, when there are `N` of them.
pub(super) fn exactly<'a, const N: usize>(
    node: &Node,
    name: &str,
    arguments: &'a [Node],
) -> Result<&'a [Node; N]> {
    let count = arguments.len();
    let wrong = |_| {
        node.place.wrong(
            format!("`{name}` recibe {N} argumento(s), no {count}"),
            format!("`{name}` takes {N} argument(s), not {count}"),
        )
    };
    arguments.try_into().map_err(wrong)
}

fn takes(node: &Node, name: &str, (es, en): (&str, &str)) -> crate::problem::Error {
    node.place.wrong(format!("`{name}` recibe {es}"), format!("`{name}` takes {en}"))
}

/// What a filter may call, for a name that is none of it.
pub(super) fn unknown_function(place: &Place, name: &str) -> crate::problem::Error {
    let known: Vec<&str> = functions::FUNCTIONS.iter().map(|function| function.name).collect();
    let shown: String = name.chars().take(60).collect();
    let known = known.join(", ");
    place.wrong(
        format!(
            "`{shown}` no es operador ni función de un filtro; las funciones son {known}, s_…, t_… y a_…"
        ),
        format!("`{shown}` is no operator or function of a filter; functions are {known}, s_…, t_… and a_…"),
    )
}
