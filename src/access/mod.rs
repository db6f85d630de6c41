//! Who may do what: accounts and what proves them, who acts, and the permission that every route declares for each
//! method.
//!
//! Invariants: a route without a permission does not compile ([`crate::http::routes::Routes`]); the permission is
//! checked before the handler runs; a request reads and writes only as the database role of its audience; a
//! password or a secret is kept as a hash only and never printed; personal data is read only through functions of
//! the database that log who reads what and why ([`person`]).

mod actor;
mod cookie;
pub mod gate;
mod password;
pub mod permission;
pub mod person;
mod routes;
mod secret;
pub mod sign_in;
pub mod store;

#[cfg(test)]
mod tests;

pub use crate::database::Audience;
pub use actor::{Actor, Proof, Scope};
pub use cookie::Cookie;
pub use password::Password;
pub use permission::Permission;
pub use routes::routes;
pub use secret::Secret;

use axum::http::HeaderMap;

/// The id that the service gave the request.
fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get(crate::http::middleware::REQUEST_ID).and_then(|id| id.to_str().ok());
    id.unwrap_or_default().to_owned()
}
