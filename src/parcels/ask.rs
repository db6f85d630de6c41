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
    body.insert("operation".to_owned(), kind.into());
    if let Some(code) = code {
        body.insert("code".to_owned(), code.into());
    }
    let request =
        serde_json::from_value(Value::Object(body)).map_err(|error| Error::bad("body", error.to_string()))?;
    Ok((request, terms))
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
    fn an_unknown_member_and_a_missing_reason_are_named() {
        let unknown =
            read("retire", Some("A"), body(r#"{"reason": "porque sí", "lawfull": true}"#)).unwrap_err();
        assert!(unknown.to_string().contains("lawfull"), "{unknown}");
        let silent = read("retire", Some("A"), body("{}")).unwrap_err();
        assert!(silent.to_string().contains("reason"), "{silent}");
    }
}
