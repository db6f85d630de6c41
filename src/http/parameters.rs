//! The query string as a list of named values, each of which somebody has to want.

use std::collections::HashSet;

use crate::problem::{Error, Result};

/// The parameters of a request that were not yet taken.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
}

/// Decodes percent escapes once. None for escapes that are none, for bytes that are no UTF-8, and for NUL, which
/// no text in PostgreSQL can hold.
pub fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut escapes = (0..bytes.len()).filter(|at| bytes[*at] == b'%');
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    if !escapes.all(|at| is_hex(at + 1) && is_hex(at + 2)) {
        return None;
    }
    let decoded = percent_encoding::percent_decode(bytes).decode_utf8().ok()?.into_owned();
    (!decoded.contains('\0')).then_some(decoded)
}

impl Parameters {
    /// Reads a query string. A `+` is a space, as forms have it.
    ///
    /// # Errors
    /// Names a parameter that is given twice or is not percent-encoded UTF-8.
    pub fn parse(query: Option<&str>) -> Result<Self> {
        let mut pairs = Vec::new();
        let mut seen = HashSet::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let garbled = || Error::bad(name, "is not percent-encoded UTF-8");
            let name = decode(&name.replace('+', " ")).ok_or_else(garbled)?;
            let value = decode(&value.replace('+', " ")).ok_or_else(garbled)?;
            if !seen.insert(name.clone()) {
                return Err(Error::bad(name, "is given more than once"));
            }
            pairs.push((name, value));
        }
        Ok(Self { pairs })
    }

    /// Of names that are apart from each other, with values that are text already.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// Takes the value of `name`.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(other, _)| other == name)?;
        Some(self.pairs.remove(at).1)
    }

    /// Takes everything that is left.
    pub fn take_rest(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.pairs)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Names the first parameter that nobody took.
    pub fn finish(&self) -> Result<()> {
        match self.pairs.first() {
            Some((name, _)) => Err(Error::bad(name, "is not a parameter of this resource")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_once() {
        let mut parameters = Parameters::parse(Some("a=%2525&b=x+y%2Bz&&c")).unwrap();
        assert_eq!(parameters.take("a").unwrap(), "%25");
        assert_eq!(parameters.take("b").unwrap(), "x y+z");
        assert!(parameters.finish().is_err());
        assert_eq!(parameters.take("c").unwrap(), "");
        assert!(parameters.finish().is_ok());
    }

    #[test]
    fn garbled_and_doubled_parameters_are_refused() {
        for query in ["a=%", "a=%g0", "a=%ff", "a=%00", "a=1&a=2", "%ff=1"] {
            assert!(Parameters::parse(Some(query)).is_err(), "{query}");
        }
    }
}
