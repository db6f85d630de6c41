//! The expressions of styles: worked out, or written in the language of QGIS or as an OGC filter.
//!
//! A small part of MapLibre's language is enough for all styles; what is not of it yields nothing, and a test of the
//! styles fails.

use serde_json::Value;

use crate::desktop::xml::{Element, element, text};

/// What is known of a feature while a filter is worked out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// A property, and its value.
    pub property: Option<(&'a str, &'a str)>,
    /// Dimension of its shape.
    pub dimension: Option<u8>,
}

/// Whether a filter holds; nothing where that cannot be said from what is known.
pub fn holds(filter: &Value, known: Known) -> Option<bool> {
    let items = filter.as_array()?;
    let value = |at: usize| items.get(at).and_then(|item| value(item, known));
    match items.first()?.as_str()? {
        "==" => Some(value(1)? == value(2)?),
        "!=" => Some(value(1)? != value(2)?),
        "match" => {
            let asked = value(1)?;
            let mut pairs = items.get(2..items.len() - 1)?.chunks_exact(2);
            let found = pairs.find(|pair| labels(&pair[0]).contains(&asked)).map(|pair| &pair[1]);
            found.or(items.last())?.as_bool()
        }
        _ => None,
    }
}

fn value(item: &Value, known: Known) -> Option<String> {
    if let Some(text) = item.as_str() {
        return Some(text.to_owned());
    }
    let items = item.as_array()?;
    match (items.first()?.as_str()?, items.get(1).and_then(Value::as_str)) {
        ("get", Some(name)) => {
            known.property.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
        }
        ("geometry-type", _) => {
            Some(["Point", "LineString", "Polygon"].get(usize::from(known.dimension?))?.to_string())
        }
        _ => None,
    }
}

fn labels(item: &Value) -> Vec<String> {
    match item {
        Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        one => one.as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// In the expression language of QGIS.
pub fn qgis(item: &Value) -> Option<String> {
    let Some(items) = item.as_array() else {
        return match item {
            Value::String(text) => Some(quoted(text)),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
    };
    let operands = || items[1..].iter().map(qgis).collect::<Option<Vec<_>>>();
    match items.first()?.as_str()? {
        "get" => Some(format!("\"{}\"", items.get(1)?.as_str()?.replace('"', "\"\""))),
        "coalesce" => Some(format!("coalesce({})", operands()?.join(", "))),
        sign @ ("<" | "<=" | ">" | ">=" | "-" | "/" | "+" | "*") => {
            Some(format!("({})", operands()?.join(&format!(" {sign} "))))
        }
        "==" => Some(format!("({})", operands()?.join(" IS "))),
        "!=" => Some(format!("({})", operands()?.join(" IS NOT "))),
        "case" => {
            let (branches, otherwise) = branches(items)?;
            let mut text = String::from("CASE");
            for (condition, value) in branches {
                text = format!("{text} WHEN {} THEN {}", qgis(condition)?, qgis(value)?);
            }
            Some(format!("{text} ELSE {} END", qgis(otherwise)?))
        }
        _ => None,
    }
}

/// A text in the expression language of QGIS.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn branches(items: &[Value]) -> Option<(Vec<(&Value, &Value)>, &Value)> {
    let (otherwise, rest) = items.get(1..)?.split_last()?;
    let pairs = rest.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect();
    Some((pairs, otherwise))
}

/// As an OGC filter (1.1): the features for which `by` yields one of these values.
pub fn ogc(by: &Value, values: &[String]) -> Option<Element> {
    let items = by.as_array()?;
    if items.first()?.as_str()? != "case" {
        let operand = ogc_operand(by)?;
        let equal = |value: &String| {
            element("ogc:PropertyIsEqualTo").child(operand.clone()).child(text("ogc:Literal", value))
        };
        return any(values.iter().map(equal).collect());
    }
    let (branches, otherwise) = branches(items)?;
    let mut before: Vec<Element> = Vec::new();
    let mut found = Vec::new();
    for (condition, value) in branches {
        let condition = ogc_condition(condition)?;
        if values.iter().any(|one| value == one) {
            found.push(all(before.iter().cloned().chain([condition.clone()]).collect()));
        }
        before.push(element("ogc:Not").child(condition));
    }
    if values.iter().any(|one| otherwise == one) {
        found.push(all(before));
    }
    any(found)
}

fn any(mut found: Vec<Element>) -> Option<Element> {
    if found.len() > 1 { Some(element("ogc:Or").children(found)) } else { found.pop() }
}

fn all(mut found: Vec<Element>) -> Element {
    match found.pop() {
        Some(only) if found.is_empty() => only,
        last => element("ogc:And").children(found).children(last),
    }
}

fn ogc_condition(item: &Value) -> Option<Element> {
    let items = item.as_array()?;
    let name = match items.first()?.as_str()? {
        "<" => "ogc:PropertyIsLessThan",
        "<=" => "ogc:PropertyIsLessThanOrEqualTo",
        ">" => "ogc:PropertyIsGreaterThan",
        ">=" => "ogc:PropertyIsGreaterThanOrEqualTo",
        _ => return None,
    };
    Some(element(name).child(ogc_operand(items.get(1)?)?).child(ogc_operand(items.get(2)?)?))
}

fn ogc_operand(item: &Value) -> Option<Element> {
    let Some(items) = item.as_array() else {
        return Some(text("ogc:Literal", item.as_str().map_or_else(|| item.to_string(), str::to_owned)));
    };
    let name = match items.first()?.as_str()? {
        "get" => return Some(text("ogc:PropertyName", items.get(1)?.as_str()?)),
        "-" => "ogc:Sub",
        "+" => "ogc:Add",
        "*" => "ogc:Mul",
        "/" => "ogc:Div",
        _ => return None,
    };
    Some(element(name).child(ogc_operand(items.get(1)?)?).child(ogc_operand(items.get(2)?)?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_are_worked_out_for_a_class() {
        let known = Known { property: Some(("state", "planned")), dimension: Some(2) };
        let planned = json!(["match", ["get", "state"], ["planned", "damaged"], true, false]);
        assert_eq!(holds(&planned, known), Some(true));
        assert_eq!(holds(&json!(["!=", ["get", "state"], "planned"]), known), Some(false));
        assert_eq!(holds(&json!(["==", ["geometry-type"], "Polygon"]), known), Some(true));
        assert_eq!(holds(&json!(["==", ["get", "other"], "planned"]), known), None);
    }

    #[test]
    fn expressions_are_written_for_qgis() {
        let by = json!([
            "case",
            ["<=", ["-", ["get", "a"], ["get", "b"]], 0],
            "no",
            ["==", ["get", "c"], "it's"],
            "yes",
            "some"
        ]);
        assert_eq!(
            qgis(&by).unwrap(),
            "CASE WHEN ((\"a\" - \"b\") <= 0) THEN 'no' WHEN (\"c\" IS 'it''s') THEN 'yes' ELSE 'some' END"
        );
        assert_eq!(qgis(&json!(["within", 1])), None);
    }

    #[test]
    fn classes_are_ogc_filters() {
        let one = ogc(&json!(["get", "kind"]), &["a".into(), "b".into()]).unwrap().to_string();
        assert!(one.starts_with("<ogc:Or><ogc:PropertyIsEqualTo><ogc:PropertyName>kind<"), "{one}");
        let by = json!(["case", ["<=", ["get", "a"], 0], "none", [">", ["get", "a"], 9], "all", "some"]);
        let some = ogc(&by, &["some".into()]).unwrap().to_string();
        assert_eq!(some.matches("<ogc:Not>").count(), 2, "{some}");
        let none = ogc(&by, &["none".into()]).unwrap().to_string();
        assert!(none.starts_with("<ogc:PropertyIsLessThanOrEqualTo>"), "{none}");
    }
}
