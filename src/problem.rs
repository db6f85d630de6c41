//! What can go wrong, and the one place that knows status codes.
//!
//! Every failure is answered as RFC 9457 `application/problem+json`. `type` and `rule` are contract and are
//! never renamed. A 5xx tells the client nothing and the log everything.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The result of everything that answers a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter, header or body that cannot be meant; names the parameter and what was wrong with it.
    #[error("{parameter}: {detail}")]
    BadRequest {
        /// Name of the query parameter, header or body member.
        parameter: String,
        /// What was wrong with it and what would be right.
        detail: String,
    },
    /// Nothing of that name or number.
    #[error("{0}")]
    NotFound(String),
    /// Nobody is signed in, or what should prove an account does not.
    #[error("sign in first")]
    Unauthorized,
    /// The account may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The resource exists, the method does not; says which do (`Allow`).
    #[error("this resource does not know that method")]
    MethodNotAllowed(String),
    /// No representation that the client accepts.
    #[error("{0}")]
    NotAcceptable(String),
    /// Rules that the request breaks, all of them.
    #[error("{} rule(s) broken", .0.len())]
    Rules(Vec<Violation>),
    /// Somebody else was first; says what changed.
    #[error("{0}")]
    Conflict(String),
    /// The body is larger than this route takes; says how many bytes it takes.
    #[error("a body may have {0} bytes here")]
    TooLarge(usize),
    /// Too many attempts; may try again after so many seconds.
    #[error("too many attempts; try again in {0} seconds")]
    TooMany(u32),
    /// The writer must say which version it saw; says how.
    #[error("{0}")]
    PreconditionRequired(String),
    /// The writer saw another version than the one that is there; says what changed.
    #[error("{0}")]
    PreconditionFailed(String),
    /// All database connections stayed busy, or the database is away.
    #[error("overloaded")]
    Overloaded,
    /// A statement ran into its time limit.
    #[error("the answer took too long; ask for less")]
    TooSlow,
    /// The database refused or failed; the cause goes to the log only.
    #[error(transparent)]
    Database(sqlx::Error),
    /// Anything else that is our fault; the cause goes to the log only.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// One broken rule: its stable id, what it means here, and where (an RFC 6901 pointer into the request).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Stable id of the rule.
    pub rule: Cow<'static, str>,
    /// What is wrong, with the repair.
    pub detail: String,
    /// Where in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

/// A rule in words, with the norm that it rests on. Names are contract.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Rule {
    /// Stable name; for what the database enforces, that of the constraint.
    pub name: &'static str,
    /// The norm that it rests on.
    pub norm: &'static str,
    /// Spanish, with the repair.
    pub es: &'static str,
    /// English, with the repair.
    pub en: &'static str,
}

impl Rule {
    /// A rule: name, norm, Spanish, English.
    pub const fn new(name: &'static str, norm: &'static str, es: &'static str, en: &'static str) -> Self {
        Self { name, norm, es, en }
    }
}

impl Error {
    /// A bad request that names its parameter.
    pub fn bad(parameter: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::BadRequest { parameter: parameter.into(), detail: detail.into() }
    }

    /// The status code: the only place that knows it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::Rules(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::PreconditionRequired(_) => StatusCode::PRECONDITION_REQUIRED,
            Self::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
            Self::Overloaded | Self::TooSlow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Database(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } => "bad-request",
            Self::NotFound(_) => "not-found",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::MethodNotAllowed(_) => "method-not-allowed",
            Self::NotAcceptable(_) => "not-acceptable",
            Self::Rules(_) => "rules-broken",
            Self::Conflict(_) => "conflict",
            Self::TooLarge(_) => "too-large",
            Self::TooMany(_) => "too-many",
            Self::PreconditionRequired(_) => "precondition-required",
            Self::PreconditionFailed(_) => "precondition-failed",
            Self::Overloaded => "overloaded",
            Self::TooSlow => "too-slow",
            Self::Database(_) | Self::Internal(_) => "internal",
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => Self::Overloaded,
            // 57014 query_canceled; 57P0x the server is going down or coming up; 53300 too_many_connections.
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                Some("57014") => Self::TooSlow,
                Some("42501") if cause.constraint() == Some("right_is_limited_to_districts") => {
                    Self::Forbidden("the rights of this account are limited to other districts".to_owned())
                }
                Some("57P01" | "57P02" | "57P03" | "53300") => Self::Overloaded,
                _ => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    violations: &'a [Violation],
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = ?self, "request failed");
        }
        let problem = Problem {
            r#type: format!("urn:predio:problem:{}", self.kind()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: (status != StatusCode::INTERNAL_SERVER_ERROR).then(|| self.to_string()),
            parameter: if let Self::BadRequest { parameter, .. } = &self { Some(parameter) } else { None },
            violations: if let Self::Rules(violations) = &self { violations } else { &[] },
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            // Basic is how QGIS and ogr2ogr bring a token.
            let ways = "Bearer realm=\"Predio\", Basic realm=\"Predio\", charset=\"UTF-8\"";
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(ways));
        }
        if let Self::MethodNotAllowed(allow) = &self
            && let Ok(allow) = HeaderValue::try_from(allow)
        {
            headers.insert(header::ALLOW, allow);
        }
        if let Self::TooMany(seconds) = &self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
