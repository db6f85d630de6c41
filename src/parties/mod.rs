//! Parties (LA_Party) and the rights they hold over property units (LA_BAUnit).
//!
//! A right is an identity (`land.tenure_right`: a property unit and a kind) with versions whose valid periods do not
//! overlap. Invariants, kept by the database whoever writes: the shares of one unit and kind sum to exactly one at
//! every moment at which one of them is in force; nothing is deleted, what was wrong is annulled and stays on record.

#[cfg(test)]
mod tests;
