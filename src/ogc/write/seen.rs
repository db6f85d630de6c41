//! Which version of a feature its writer saw: no update is lost.
//!
//! The tag of a feature begins with its version, before a dash. `If-Match` compares that version and not the whole tag,
//! so the tag of any representation will do: in another reference system, another language, compressed.

use axum::http::header;

use crate::http::ask::Ask;
use crate::problem::{Error, Result};

/// The versions that a writer says it saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    versions: Vec<i64>,
    /// Said by the `version` property only, which a program may keep from before its own last write.
    pub by_property: bool,
}

impl Seen {
    /// Takes it from `If-Match`, else from the parameter `version`, else from the property of that name.
    ///
    /// # Errors
    /// For a parameter that is no number.
    pub fn read(ask: &mut Ask, property: Option<i64>) -> Result<Option<Self>> {
        let parameter = ask.parameters.take("version");
        let parameter =
            parameter.map(|text| text.parse().map_err(|_| Error::bad("version", "is a whole number")));
        let said = |versions: Vec<i64>, by_property| Some(Self { versions, by_property });
        let mut tags = Vec::new();
        for value in ask.headers.get_all(header::IF_MATCH) {
            let text = value.to_str().map_err(|_| Error::bad("If-Match", "is a list of tags in quotes"))?;
            tags.extend(text.split(',').map(str::trim).map(str::to_owned));
        }
        // A star would overwrite whatever is there.
        if !tags.is_empty() && tags.iter().all(|tag| tag != "*") {
            return Ok(said(tags.iter().filter_map(|tag| version(tag)).collect(), false));
        }
        match (parameter.transpose()?, property) {
            (Some(version), _) => Ok(said(vec![version], false)),
            (None, Some(version)) => Ok(said(vec![version], true)),
            (None, None) => Ok(None),
        }
    }

    /// Whether it saw `current`.
    pub fn is(&self, current: i64) -> bool {
        self.versions.contains(&current)
    }

    /// The newest of them.
    pub fn newest(&self) -> Option<i64> {
        self.versions.iter().copied().max()
    }
}

/// The version in a tag: `W/"3-8f…"` and `"3"` say 3.
fn version(tag: &str) -> Option<i64> {
    let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    tag.split('-').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_tag_says_its_version() {
        assert_eq!(version("W/\"3-8f00\""), Some(3));
        assert_eq!(version("\"12\""), Some(12));
        for other in ["\"8f00\"", "\"\"", "*", "\"xyz\""] {
            assert_eq!(version(other), None, "{other}");
        }
    }
}
