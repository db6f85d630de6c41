//! The abstract tests of OGC API Features (Parts 1, 2, 3, 5) and Tiles, as a client over HTTP on every collection.
//!
//! `PREDIO_TEST_BASE` is the address of a running service (`scripts/test` starts one). Each test names the abstract
//! test that it carries out.
#![allow(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

mod client;
mod crs;
mod features;
mod filter;
mod schemas;
mod tiles;
