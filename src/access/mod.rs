//! Who may do what: the audiences that the database knows, and the permission that every route declares.
//!
//! Invariant: a route without a permission does not compile ([`crate::http::routes::Routes`]), and a
//! request reads and writes only as the database role of its audience.

pub use crate::database::Audience;

/// What a route asks of its caller. So far every route is public; accounts bring the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Anybody may call it; it runs as [`Audience::Public`].
    Public,
}
