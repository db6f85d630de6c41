//! How HTTP is spoken: routes with their permission, parameters, negotiation, addresses, the accept loop.
//!
//! Invariants: a parameter that nobody asked for is an error and not ignored; a header about the address is
//! believed only from the proxy that is trusted; a client that is slow or silent is let go.

pub mod address;
pub mod ask;
pub mod attachment;
pub mod body;
pub mod etag;
pub mod form;
pub mod health;
pub mod idempotency;
pub mod middleware;
pub mod negotiate;
pub mod parameters;
pub mod range;
pub mod routes;
pub mod server;
