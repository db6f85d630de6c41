//! An operation as it arrives: one JSON object with what is to be done and on which terms.

use serde_json::{Map, Value};

use super::model::{Request, Terms};
use crate::problem::{Error, Result};

/// Members that say on which terms; all others belong to the operation.
const TERMS: [&str; 6] = ["reason", "effective_on", "source_id", "survey_id", "case", "expected"];

/// Reads the body of an operation of this kind, on the parcel that the path names.
///
/// # Errors
/// A bad request that names the member that is missing, unknown or wrong.
pub fn read(kind: &str, code: Option<&str>, mut body: Map<String, Value>) -> Result<(Request, Terms)> {
    let mut terms = Map::new();
    for name in TERMS {
        if let Some(value) = body.remove(name) {
            terms.insert(name.to_owned(), value);
        }
    }
    let terms: Terms = serde_json::from_value(Value::Object(terms))
        .map_err(|error| Error::bad("body", error.to_string()))?;
    if terms.reason.trim().len() < 3 {
        return Err(Error::bad("reason", "says why, for the journal"));
    }
    if !body.values().all(is_on_earth) {
        return Err(Error::bad("body", "holds a number that is larger than any coordinate"));
    }
    body.insert("operation".to_owned(), kind.into());
    if let Some(code) = code {
        body.insert("code".to_owned(), code.into());
    }
    let request =
        serde_json::from_value(Value::Object(body)).map_err(|error| Error::bad("body", error.to_string()))?;
    Ok((request, terms))
}

/// Coordinates are whole millimetres from here on; what is no place on Earth never gets there.
fn is_on_earth(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() < 1e9),
        Value::Array(list) => list.iter().all(is_on_earth),
        Value::Object(members) => members.values().all(is_on_earth),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn terms_and_operation_are_told_apart() {
        let text = r#"{"reason": "resolución 7", "source_id": 3, "lawful": true, "cut": {"line": [[1, 2], [3, 4]]}}"#;
        let (request, terms) = read("split", Some("15020301001001"), body(text)).unwrap();
        assert_eq!(terms.source_id, Some(3));
        assert!(matches!(request, Request::Split { lawful: true, ref code, .. } if code == "15020301001001"));
    }

    #[test]
    fn a_number_that_is_no_coordinate_is_refused() {
        let far = r#"{"reason": "prueba", "lawful": true, "cut": {"line": [[1e300, 2], [3, 4]]}}"#;
        assert!(read("split", Some("A"), body(far)).unwrap_err().to_string().contains("larger"));
    }

    #[test]
    fn an_unknown_member_and_a_missing_reason_are_named() {
        let unknown =
            read("retire", Some("A"), body(r#"{"reason": "porque sí", "lawfull": true}"#)).unwrap_err();
        assert!(unknown.to_string().contains("lawfull"), "{unknown}");
        let silent = read("retire", Some("A"), body("{}")).unwrap_err();
        assert!(silent.to_string().contains("reason"), "{silent}");
    }
}
