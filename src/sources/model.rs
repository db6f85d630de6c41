//! A source as it is recorded and told. No SQL, no HTTP.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::problem::{Error, Result};

/// Kinds of sources with their Spanish names, which make the title.
const KINDS: [(&str, &str); 10] = [
    ("deed", "Escritura pública"),
    ("private_deed", "Documento privado con firmas legalizadas"),
    ("court_ruling", "Resolución judicial"),
    ("intestate_succession", "Sucesión intestada"),
    ("will", "Testamento"),
    ("resolution", "Resolución administrativa"),
    ("title", "Título de propiedad"),
    ("registry_entry", "Asiento registral"),
    ("possession_certificate", "Constancia de posesión"),
    ("plan", "Plano"),
];

/// A source that is to be recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    /// Its kind, one of those that the API lists.
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The office that issued it.
    pub office: String,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// Whether it is about persons; so it is unless it is said otherwise.
    #[serde(default = "yes")]
    pub about_person: bool,
}

fn yes() -> bool {
    true
}

impl NewSource {
    /// Checks what was said on `today`.
    ///
    /// # Errors
    /// A bad request that names the member.
    pub fn check(&self, today: NaiveDate) -> Result<()> {
        let kinds: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        let says = |text: &str| (1..=200).contains(&text.trim().chars().count());
        if !kinds.contains(&self.kind.as_str()) {
            return Err(Error::bad("source.kind", format!("is one of {}", kinds.join(", "))));
        }
        if !says(&self.number) {
            return Err(Error::bad("source.number", "is the number of the document, at most 200 letters"));
        }
        if !says(&self.office) {
            return Err(Error::bad("source.office", "is the office that issued it, at most 200 letters"));
        }
        if self.issued_on > today {
            return Err(Error::bad("source.issued_on", "lies in the future"));
        }
        Ok(())
    }

    /// What it is called: kind and number, which name nobody.
    pub fn title(&self) -> String {
        let name = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("Documento", |(_, name)| name);
        format!("{name} {}", self.number.trim())
    }
}

/// A source as it is told. The title of one about a person stays untold: an older one may name that person.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Source {
    /// Its number in the register.
    pub id: i64,
    /// District.
    pub ubigeo: String,
    /// Kind of document.
    pub kind: String,
    /// Number of the document.
    pub number: Option<String>,
    /// Title, of a source that is about no person.
    pub title: Option<String>,
    /// Office that issued it.
    pub office: Option<String>,
    /// When.
    pub issued_on: Option<NaiveDate>,
    /// Whether it is about a person.
    pub about_person: bool,
}

/// A file of a source.
#[derive(Clone, Debug, Serialize)]
pub struct FileOf {
    /// SHA-256, hexadecimal: its address.
    pub sha256: String,
    /// Type, from its bytes.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// When it was attached.
    pub attached_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_known_by_what_names_nobody() {
        let said = r#"{"kind": "deed", "number": " 123-2026 ", "office": "Notaría de Barranca", "issued_on": "2026-03-01"}"#;
        let source: NewSource = serde_json::from_str(said).unwrap();
        let today = "2026-06-01".parse().unwrap();
        assert!(source.about_person);
        assert_eq!(source.title(), "Escritura pública 123-2026");
        source.check(today).unwrap();
        for wrong in [
            NewSource { kind: "letter".to_owned(), ..source.clone() },
            NewSource { number: "  ".to_owned(), ..source.clone() },
            NewSource { office: String::new(), ..source.clone() },
            NewSource { issued_on: "2026-06-02".parse().unwrap(), ..source.clone() },
        ] {
            assert!(matches!(wrong.check(today), Err(Error::BadRequest { .. })), "{wrong:?}");
        }
    }
}
