//! How HTTP is spoken: routes with their permission.

pub mod routes;
