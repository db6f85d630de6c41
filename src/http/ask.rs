//! What every handler needs to know of a request: addresses, language, parameters.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use chrono::NaiveDate;

use super::address;
use super::negotiate::{self, Language, Media};
use super::parameters::Parameters;
use crate::access::{Actor, Audience};
use crate::app::App;
use crate::layers::features::Source;
use crate::layers::when::{Moment, When};
use crate::problem::{Error, Result};

/// A request without its body.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Start of every link.
    pub base: String,
    /// Path as it was called, still encoded.
    pub path: String,
    /// Query as it was called.
    pub query: String,
    /// Language of the answer.
    pub language: Language,
    /// Whether the language was asked for in the address, so that links keep it.
    pub language_in_address: bool,
    /// Headers.
    pub headers: HeaderMap,
    /// Who asks.
    pub actor: Actor,
    /// What they see.
    pub source: Source,
    /// Parameters that nobody took yet.
    pub parameters: Parameters,
}

impl FromRequestParts<App> for Ask {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let mut parameters = Parameters::parse(parts.uri.query())?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let language = negotiate::language(&mut parameters, &parts.headers)?;
        let Ok(mut actor) = Actor::from_request_parts(parts, app).await;
        let names_recorded_time = query.split('&').any(|pair| pair.starts_with("recorded_as_of="));
        if names_recorded_time && actor.offices().contains(&Audience::Auditor) {
            // Recorded time is the auditor's: an account with several offices asks for it in that one.
            actor.audience = Audience::Auditor;
        }
        Ok(Self {
            source: app.source_of(actor.audience).clone(),
            actor,
            base: address::base(parts, &app.settings)?,
            path: parts.uri.path().to_owned(),
            language_in_address: query.split('&').any(|pair| pair.starts_with("lang=")),
            query,
            language,
            headers: parts.headers.clone(),
            parameters,
        })
    }
}

impl Ask {
    /// The representation that is wanted.
    ///
    /// # Errors
    /// When there is none, see [`negotiate::media`].
    pub fn media(&mut self, offered: &[Media]) -> Result<Media> {
        negotiate::media(&mut self.parameters, &self.headers, offered)
    }

    /// For a resource that has no further parameters.
    ///
    /// # Errors
    /// As [`Ask::media`]; names a parameter that the resource does not know.
    pub fn only_media(&mut self, offered: &[Media]) -> Result<Media> {
        let media = self.media(offered)?;
        self.parameters.finish()?;
        Ok(media)
    }

    /// The day that `as_of` names; without it today in Lima, or the day whose knowledge `recorded` is.
    ///
    /// # Errors
    /// For a text that is no day.
    pub fn as_of(&mut self, recorded: Option<Moment>) -> Result<NaiveDate> {
        match self.parameters.take("as_of") {
            Some(text) => text.parse().map_err(|_| Error::bad("as_of", "is not a day such as 2026-06-30")),
            None => Ok(recorded.unwrap_or_else(|| chrono::Utc::now().into()).day),
        }
    }

    /// Whether a write is only tried.
    ///
    /// # Errors
    /// For a text that is neither.
    pub fn dry_run(&mut self) -> Result<bool> {
        match self.parameters.take("dry_run").as_deref() {
            None | Some("false") => Ok(false),
            Some("true" | "") => Ok(true),
            Some(_) => Err(Error::bad("dry_run", "is true or false")),
        }
    }

    /// The version in `If-Match`, that its writer saw.
    ///
    /// # Errors
    /// For bytes that are no text.
    pub fn seen_version(&self) -> Result<Option<String>> {
        let Some(value) = self.headers.get(header::IF_MATCH) else { return Ok(None) };
        let text = value.to_str().map_err(|_| Error::bad("If-Match", "is the version in quotes"))?;
        Ok(Some(text.trim().trim_matches('"').to_owned()))
    }

    /// The instant whose knowledge is asked for, which only an auditor may.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] and [`Error::Forbidden`] for others; a bad request for what is no instant of the past.
    pub fn recorded_as_of(&mut self) -> Result<Option<Moment>> {
        let Some(text) = self.parameters.take("recorded_as_of") else { return Ok(None) };
        if !self.actor.is_signed_in() {
            return Err(Error::Unauthorized);
        }
        if self.actor.audience != Audience::Auditor {
            return Err(Error::Forbidden("recorded time is shown to auditors".to_owned()));
        }
        let wrong = |detail: &str| Error::bad("recorded_as_of", format!("`{text}` {detail}"));
        match When::parse(&text) {
            Ok(When::Instant(moment)) if moment.instant <= chrono::Utc::now() => Ok(Some(moment)),
            Ok(When::Instant(_)) => Err(wrong("lies in the future")),
            _ => Err(wrong("is neither a day (2024-06-30) nor an RFC 3339 time (2024-06-30T12:00:00Z)")),
        }
    }

    /// The address that was called, with the parameters in `changes` set anew (or taken away).
    pub fn address_with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let is_changed = |pair: &&str| !changes.iter().any(|(name, _)| pair.split('=').next() == Some(name));
        let mut pairs: Vec<String> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter(is_changed)
            .map(str::to_owned)
            .collect();
        for (name, value) in changes {
            if let Some(value) = value {
                pairs.push(format!("{name}={}", encode(value)));
            }
        }
        let mark = if pairs.is_empty() { "" } else { "?" };
        format!("{}{}{mark}{}", self.base, self.path, pairs.join("&"))
    }

    /// The address that was called.
    pub fn address(&self) -> String {
        self.address_with(&[])
    }

    /// An address of the service; keeps a language that was asked for in the address.
    pub fn link(&self, path: &str) -> String {
        let mark = if path.contains('?') { '&' } else { '?' };
        if self.language_in_address {
            format!("{}{path}{mark}lang={}", self.base, self.language.tag())
        } else {
            format!("{}{path}", self.base)
        }
    }
}

/// A number in an address.
///
/// # Errors
/// [`Error::NotFound`] for what is no number: nothing stands there.
pub fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| Error::NotFound("there is nothing at this address".to_owned()))
}

/// Percent-encodes what is not unreserved (RFC 3986).
pub fn encode(text: &str) -> String {
    const RESERVED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, RESERVED).to_string()
}
