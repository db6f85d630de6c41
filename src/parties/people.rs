//! `/api/v1/parties`: recording natural and legal persons, groups and spouses, and finding them for a purpose.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rules::{self, Broken, explained};
use super::share::Share;
use super::store::{self, Member, Party};
use crate::access::{Actor, Scope};
use crate::app::App;
use crate::http::idempotency::{Answer, Keyed, once};
use crate::problem::{Error, Result};

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A person.
    Natural,
    /// A company, an association, the municipality.
    Legal,
    /// Several who hold together, such as a succession without partition.
    Group,
    /// A marriage under community of property: holds as one, without shares.
    Spouses,
}

impl PartyKind {
    /// As it stands in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::Legal => "legal",
            Self::Group => "group",
            Self::Spouses => "spouses",
        }
    }
}

/// A party that is to be recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewParty {
    /// Why, for the journal.
    pub reason: String,
    /// What it is.
    pub kind: PartyKind,
    /// Its name, as on the document.
    pub name: String,
    /// Kind of identity document.
    #[serde(default)]
    pub document_kind: Option<String>,
    /// Its number.
    #[serde(default)]
    pub document_number: Option<String>,
    /// Members of a group or of spouses.
    #[serde(default)]
    pub members: Vec<NewMember>,
}

/// A member that is on record.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Number of the party.
    pub party: i64,
    /// Its share in the group.
    #[serde(default)]
    pub share: Option<Share>,
}

impl NewParty {
    /// Whether what was said can be meant.
    fn check(&self) -> Result<()> {
        if self.reason.trim().len() < 3 {
            return Err(Error::bad("reason", "says why, for the journal"));
        }
        if !(1..=300).contains(&self.name.trim().chars().count()) {
            return Err(Error::bad("name", "is the name as on the document, at most 300 letters"));
        }
        let broken = self.broken();
        if broken.is_empty() { Ok(()) } else { Err(rules::refused(&broken)) }
    }

    fn broken(&self) -> Vec<Broken> {
        let shares: Vec<Share> = self.members.iter().filter_map(|one| one.share).collect();
        let has_members = matches!(self.kind, PartyKind::Group | PartyKind::Spouses);
        let are_two = self.members.len() == 2 && shares.is_empty();
        let some_fit = shares.len() == self.members.len() && Share::make_one(&shares);
        [
            ("party_document_fits", !self.document_fits()),
            ("party_alone_has_no_members", !has_members && !self.members.is_empty()),
            ("party_spouses_are_two", self.kind == PartyKind::Spouses && !are_two),
            ("party_group_has_members", self.kind == PartyKind::Group && self.members.len() < 2),
            (
                "party_member_shares_sum_to_one",
                self.kind == PartyKind::Group && !shares.is_empty() && !some_fit,
            ),
        ]
        .into_iter()
        .filter(|(_, is_broken)| *is_broken)
        .filter_map(|(name, _)| Broken::of(name))
        .collect()
    }

    fn document_fits(&self) -> bool {
        let digits = match self.document_kind.as_deref() {
            Some("DNI") => 8,
            Some("RUC") => 11,
            Some(kind) => {
                return self.document_number.is_some() && (1..=40).contains(&kind.len());
            }
            None => return self.document_number.is_none(),
        };
        let number = self.document_number.as_deref().unwrap_or_default();
        number.len() == digits && number.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// Personal data go in and out by sessions, and by tokens with the scope for it.
fn reaches_persons(actor: &Actor) -> Result<()> {
    if actor.reaches(Scope::Person) {
        return Ok(());
    }
    Err(Error::Forbidden("the token lacks the scope `person`".to_owned()))
}

pub async fn record(State(app): State<App>, actor: Actor, keyed: Keyed<NewParty>) -> Result<Response> {
    reaches_persons(&actor)?;
    keyed.body.check()?;
    let mut transaction = app.source.database.write_as(&actor, &keyed.body.reason).await?;
    let account = actor.account.as_deref().unwrap_or_default();
    let answer = once(&mut transaction, account, &keyed.key, &keyed.request, async |connection| {
        let members: Vec<i64> = keyed.body.members.iter().map(|one| one.party).collect();
        let unknown = store::unknown_parties(connection, &members).await?;
        if !unknown.is_empty() {
            return Err(rules::refused(&Broken::about("party_is_recorded", unknown)));
        }
        let party = store::record_party(connection, &keyed.body).await.map_err(known)?;
        Answer::json(StatusCode::CREATED, &json!({ "party": party }))
    })
    .await?;
    transaction.commit().await.map_err(explained)?;
    Ok(answer.into_response())
}

/// Whose document is on record is on record: the number of that party is told, nothing else of it.
fn known(error: sqlx::Error) -> Error {
    let cause = error.as_database_error();
    if cause.and_then(sqlx::error::DatabaseError::constraint) != Some("party_document_is_recorded_once") {
        return explained(error);
    }
    let number = cause.map(sqlx::error::DatabaseError::message).unwrap_or_default();
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    Error::Conflict(format!(
        "es: ese documento ya está registrado: titular {number} | en: that document is on record: party {number}"
    ))
}

/// Which parties are asked for, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    purpose: String,
    /// By the number of their document.
    #[serde(default)]
    document: Option<String>,
    /// By their numbers.
    #[serde(default)]
    parties: Vec<i64>,
}

#[derive(Serialize)]
struct Found {
    parties: Vec<Party>,
    members: Vec<Member>,
}

pub async fn find(State(app): State<App>, actor: Actor, body: Bytes) -> Result<Response> {
    reaches_persons(&actor)?;
    let wanted: Wanted =
        serde_json::from_slice(&body).map_err(|error| Error::bad("body", error.to_string()))?;
    let mut transaction = app.source.database.write_as(&actor, &wanted.purpose).await?;
    let parties = match &wanted.document {
        Some(document) => store::find_parties(&mut transaction, document.trim(), &wanted.purpose).await?,
        None => store::read_parties(&mut transaction, &wanted.parties, &wanted.purpose).await?,
    };
    let groups: Vec<i64> = parties
        .iter()
        .filter(|one| matches!(one.kind.as_str(), "group" | "spouses"))
        .map(|one| one.id)
        .collect();
    let members = match groups.as_slice() {
        [] => Vec::new(),
        groups => store::members(&mut transaction, groups, &wanted.purpose).await?,
    };
    // What is told was noted.
    transaction.commit().await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((no_store, Json(Found { parties, members })).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> Vec<&'static str> {
        let party: NewParty = serde_json::from_str(text).unwrap();
        party.broken().iter().map(|one| one.rule.name).collect()
    }

    #[test]
    fn a_party_is_what_it_says_it_is() {
        let natural = r#"{"reason": "alta", "kind": "natural", "name": "Persona Ficticia", "document_kind": "DNI", "document_number": "00000001"}"#;
        assert!(broken(natural).is_empty());
        assert_eq!(broken(&natural.replace("00000001", "123")), ["party_document_fits"]);
        assert_eq!(broken(&natural.replace("DNI", "RUC")), ["party_document_fits"]);
        assert!(broken(&natural.replace("DNI", "CE")).is_empty());
        let group = r#"{"reason": "alta", "kind": "group", "name": "Copropiedad Ficticia", "members": [{"party": 1, "share": "1/3"}, {"party": 2, "share": "2/3"}]}"#;
        assert!(broken(group).is_empty());
        assert_eq!(broken(&group.replace("2/3", "1/3")), ["party_member_shares_sum_to_one"]);
        assert_eq!(broken(&group.replace("group", "spouses")), ["party_spouses_are_two"]);
        assert_eq!(broken(&group.replace("group", "legal")), ["party_alone_has_no_members"]);
        let spouses = r#"{"reason": "alta", "kind": "spouses", "name": "Sociedad Conyugal Ficticia", "members": [{"party": 1}, {"party": 2}]}"#;
        assert!(broken(spouses).is_empty());
    }
}
