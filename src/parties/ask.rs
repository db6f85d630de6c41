//! An act as it arrives: one JSON object with what is to be done and on which terms.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::model::{Request, Terms};
use crate::problem::{Error, Result};

/// Members that say on which terms; all others belong to the act.
const TERMS: [&str; 5] = ["reason", "effective_on", "source_id", "source", "version"];

/// Reads the body of an act of this kind, on `today`.
///
/// # Errors
/// A bad request that names the member that is missing, unknown or wrong.
pub fn read(kind: &str, mut body: Map<String, Value>, today: NaiveDate) -> Result<(Request, Terms)> {
    let said: Map<String, Value> =
        TERMS.iter().filter_map(|name| Some(((*name).to_owned(), body.remove(*name)?))).collect();
    let wrong = |error: serde_json::Error| Error::bad("body", error.to_string());
    let terms: Terms = serde_json::from_value(Value::Object(said)).map_err(wrong)?;
    if terms.reason.trim().len() < 3 {
        return Err(Error::bad("reason", "says why, for the journal"));
    }
    match (&terms.source_id, &terms.source) {
        (Some(_), None) => {}
        (None, Some(source)) => source.check(today)?,
        _ => {
            let detail = "is the document that proves the act: either `source_id` or a new `source`";
            return Err(Error::bad("source", detail));
        }
    }
    body.insert("act".to_owned(), kind.into());
    let request: Request = serde_json::from_value(Value::Object(body)).map_err(wrong)?;
    if request.corrects() && terms.effective_on.is_some() {
        return Err(Error::bad("effective_on", "a correction puts right what was recorded and takes no day"));
    }
    Ok((request, terms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kind: &str, text: &str) -> Result<(Request, Terms)> {
        read(kind, serde_json::from_str(text).unwrap(), "2026-06-01".parse().unwrap())
    }

    #[test]
    fn terms_and_act_are_told_apart() {
        let text =
            r#"{"reason": "compraventa", "source_id": 3, "right": 7, "share": "1/6", "to": [{"party": 9}]}"#;
        let (request, terms) = asked("transfer", text).unwrap();
        assert_eq!(terms.source_id, Some(3));
        assert!(
            matches!(request, Request::Transfer { right: 7, share: Some(share), .. } if share.to_string() == "1/6")
        );
    }

    #[test]
    fn what_is_missing_unknown_or_wrong_is_named() {
        for (kind, text, named) in [
            ("transfer", r#"{"source_id": 3, "right": 7, "to": []}"#, "reason"),
            ("transfer", r#"{"reason": "venta", "right": 7, "to": []}"#, "source"),
            (
                "transfer",
                r#"{"reason": "venta", "source_id": 3, "right": 7, "to": [], "shares": 1}"#,
                "shares",
            ),
            (
                "transfer",
                r#"{"reason": "venta", "source_id": 3, "right": 7, "share": "7/6", "to": []}"#,
                "1/6",
            ),
            (
                "correction",
                r#"{"reason": "errata", "source_id": 3, "effective_on": "2026-01-01", "entries": []}"#,
                "effective_on",
            ),
            ("donation", r#"{"reason": "x y z", "source_id": 3}"#, "donation"),
        ] {
            let error = asked(kind, text).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }
}
