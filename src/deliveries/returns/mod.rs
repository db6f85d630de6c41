//! Field copies that go out and come back: what went out, what came back and what is on record are compared feature by
//! feature, and nothing is overwritten.
//!
//! Invariants: what went out is kept byte for byte, and the file that comes back is not trusted for it; the comparison and
//! every change run in the name of the office; each change passes the door of the layer with the version that it was
//! compared with; what both sides changed differently is a conflict, which an office decides one by one.

mod changes;
mod compare;
mod copies;
mod decide;
pub mod model;

pub use changes::{counts, list};
pub use compare::{compare, drop_others, greet};
pub use copies::{complete, fetch, list as list_copies, show, take_inside, take_over_http};
pub use decide::decide;
pub(super) use decide::{accept, revoke};
