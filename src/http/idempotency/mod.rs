//! A write that is sent twice is done once: the `Idempotency-Key` header.
//!
//! Invariants: the key is claimed in the transaction that does the work, so an answer is kept exactly when the work
//! is; a repeated request gets the same bytes again; the same key with another request is refused (422); of two
//! writers with one key one works and the other waits for its answer, or gets 409 after five seconds. A failure keeps
//! nothing: the client may correct the request under a new key, or repeat it under the old one.

mod store;
#[cfg(test)]
mod tests;

pub use store::expire;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use crate::problem::{Error, Result, Violation};

/// The request header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that was kept from an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What a client calls one write: 8 to 128 visible ASCII characters, best a random UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Reads the header.
    ///
    /// # Errors
    /// A bad request when it is missing or no key.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let wrong = |detail: &str| Error::bad("Idempotency-Key", detail);
        let value =
            headers.get(KEY).ok_or_else(|| wrong("is missing: send a random UUID with each write"))?;
        let text = value.to_str().unwrap_or_default().trim();
        // The header is a structured string: with or without its quotes it is the same key.
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        if (8..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(wrong("must be 8 to 128 visible ASCII characters, such as a random UUID"))
    }
}

/// SHA-256 over everything that makes a request the same one: method, address, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHash([u8; 32]);

impl RequestHash {
    /// Of one request.
    pub fn of(method: &Method, uri: &Uri, body: &[u8]) -> Self {
        let address = uri.path_and_query().map_or("", |address| address.as_str());
        let hash = Sha256::new()
            .chain_update(method.as_str())
            .chain_update([0])
            .chain_update(address)
            .chain_update([0])
            .chain_update(body);
        Self(hash.finalize().into())
    }
}

/// A write's JSON body with its key.
pub struct Keyed<T> {
    /// The client's name for this write.
    pub key: Key,
    /// What the key stands for.
    pub request: RequestHash,
    /// The body.
    pub body: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Keyed<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let key = Key::of(request.headers())?;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| Error::bad("body", error.body_text()))?;
        let body = serde_json::from_slice(&bytes).map_err(|error| Error::bad("body", error.to_string()))?;
        Ok(Self { key, request: RequestHash::of(&method, &uri, &bytes), body })
    }
}

/// The answer to a write: what the first request got and each repetition gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status of a success.
    pub status: StatusCode,
    /// Headers that belong to the answer, such as `Location` and `ETag`.
    pub headers: Vec<(String, String)>,
    /// JSON text.
    pub body: String,
    /// True when it was kept from an earlier request.
    pub replayed: bool,
}

impl Answer {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// When `body` is no JSON.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_string(body).map_err(anyhow::Error::from)?;
        Ok(Self { status, headers: Vec::new(), body, replayed: false })
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name.as_str().to_owned(), value.into()));
        self
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let has_body = !self.body.is_empty();
        let mut response = (self.status, self.body).into_response();
        let headers = response.headers_mut();
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

/// What became of a key.
pub enum Claim {
    /// Nobody has used it: do the work, then [`Claimed::keep`] its answer.
    New(Claimed),
    /// The work was done before; this was its answer.
    Answered(Answer),
}

/// A key that this transaction holds.
pub struct Claimed {
    account: String,
    key: Key,
}

/// Claims `key` for the transaction on `connection`.
///
/// # Errors
/// A broken rule when the key stands for another request, a conflict when its first request still runs.
pub async fn claim(
    connection: &mut PgConnection,
    account: &str,
    key: &Key,
    request: &RequestHash,
) -> Result<Claim> {
    let kept = store::claim(connection, account, &key.0, &request.0).await.map_err(still_running)?;
    let Some(kept) = kept else {
        return Ok(Claim::New(Claimed { account: account.to_owned(), key: key.clone() }));
    };
    if kept.request_hash != request.0 {
        return Err(Error::Rules(vec![Violation {
            rule: "idempotency-key-reused".into(),
            detail: "this Idempotency-Key was used for another request; take a new one".to_owned(),
            pointer: None,
        }]));
    }
    Ok(Claim::Answered(kept.answer()?))
}

impl Claimed {
    /// Keeps the answer in the transaction of the work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep(self, connection: &mut PgConnection, answer: &Answer) -> Result<()> {
        Ok(store::keep(connection, &self.account, &self.key.0, answer).await?)
    }
}

/// Does `work` once per key, in the transaction on `connection`; the caller commits.
///
/// # Errors
/// As [`claim`], and whatever `work` fails with; then the caller must not commit.
pub async fn once<W>(
    connection: &mut PgConnection,
    account: &str,
    key: &Key,
    request: &RequestHash,
    work: W,
) -> Result<Answer>
where
    W: AsyncFnOnce(&mut PgConnection) -> Result<Answer>,
{
    match claim(connection, account, key, request).await? {
        Claim::Answered(answer) => Ok(answer),
        Claim::New(claimed) => {
            let answer = work(connection).await?;
            claimed.keep(connection, &answer).await?;
            Ok(answer)
        }
    }
}

/// 55P03 lock_not_available: the first request with this key has not ended within five seconds.
fn still_running(error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    if code.as_deref() == Some("55P03") {
        return Error::Conflict("a request with this Idempotency-Key is still running; ask again".to_owned());
    }
    error.into()
}
