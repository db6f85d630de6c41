//! Bodies that did not come in as a whole.

use std::error::Error as _;

use http_body_util::LengthLimitError;

use crate::problem::Error;

/// Why a body of at most `limit` bytes could not be read.
pub fn unread(error: &axum::Error, limit: usize) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    while let Some(one) = cause {
        if one.is::<LengthLimitError>() {
            return Error::TooLarge(limit);
        }
        cause = one.source();
    }
    Error::bad("body", "did not come in as a whole")
}
