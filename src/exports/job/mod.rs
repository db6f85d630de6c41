//! Exports by a job: asked for now, made beside the requests, fetched when they are ready.
//!
//! Invariants: whoever asked, and nobody else, is told of an export (nobody signed in: whoever has its random id), in an
//! office that the account still holds; it reads as the audience that asked; how far it is and what it became are rows, so
//! any process answers; its worker holds its row, so a worker that dies is noticed and told.

mod asked;
mod progress;
mod routes;
mod worker;

pub use routes::routes;
