//! Codes that people type.

use serde::Serialize;

/// A parcel's code (lot code, rural UC or local number) or a property unit's CRC, in capitals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct CadastralCode(String);

impl CadastralCode {
    /// Reads a code; none for a text that cannot be one, so that no statement ever runs for it.
    pub fn parse(text: &str) -> Option<Self> {
        let is_fine = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_alphabetic() || byte == b'-';
        let fits = (1..=32).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(is_fine);
        fits.then(|| Self(text.to_ascii_uppercase()))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
