//! Promises that no single feature keeps alone.

mod any_date;
