//! Who may do what: who acts, and the permission that every route declares for each method.
//!
//! Invariants: a route without a permission does not compile ([`crate::http::routes::Routes`]); the permission is
//! checked before the handler runs; a request reads and writes only as the database role of its audience.

mod actor;
pub mod permission;
mod store;

#[cfg(test)]
mod tests;

pub use crate::database::Audience;
pub use actor::{Actor, Proof, Scope};
pub use permission::Permission;

use axum::http::HeaderMap;

/// The id that the service gave the request.
fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get(crate::http::middleware::REQUEST_ID).and_then(|id| id.to_str().ok());
    id.unwrap_or_default().to_owned()
}
