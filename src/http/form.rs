//! What an HTML form sends.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;

use super::parameters::Parameters;
use crate::problem::{Error, Result};

/// The fields of a form that nobody took yet.
pub struct Form(pub Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let mime = request.headers().get(header::CONTENT_TYPE).and_then(|mime| mime.to_str().ok());
        let essence = mime.and_then(|mime| mime.split(';').next()).map(str::trim).unwrap_or_default();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Error::bad("Content-Type", "must be application/x-www-form-urlencoded"));
        }
        let body =
            Bytes::from_request(request, state).await.map_err(|_| Error::bad("body", "cannot be read"))?;
        let text = std::str::from_utf8(&body).map_err(|_| Error::bad("body", "is not UTF-8"))?;
        Ok(Self(Parameters::parse(Some(text))?))
    }
}

impl Form {
    /// Takes a field.
    ///
    /// # Errors
    /// When the form lacks it.
    pub fn take(&mut self, name: &str) -> Result<String> {
        self.0.take(name).ok_or_else(|| Error::bad(name, "is missing"))
    }
}
