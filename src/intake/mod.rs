//! What a stranger's file goes through on its way in, whichever room takes it: its reference system is looked up, its
//! columns are looked at for people, its rows are written as `COPY` reads them.
//!
//! Invariants: nothing here guesses and nothing here keeps a value; opening the file is the business of
//! [`crate::spatial::reader`].

pub mod copy_text;
pub mod crs;
pub mod names;
pub mod personal;
pub mod store;

use crate::spatial::ewkb::Wrong;

/// The stable word of what makes a geometry unreadable.
pub fn defect_word(wrong: Wrong) -> &'static str {
    match wrong {
        Wrong::NotFinite => "not_finite",
        Wrong::OpenRing => "open_ring",
        Wrong::TooFewPositions => "too_few_positions",
        Wrong::NoGeometry => "no_geometry",
        Wrong::UnsupportedType => "unsupported_type",
    }
}
