//! Secrets that the service gives out: 256 random bits, of which it keeps only the hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};

/// A session's or a token's secret. It prints as stars, so that no log can hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What tokens begin with, so that a scanner of files finds one that was left somewhere.
const TOKEN: &str = "predio_";
/// Longest text that is taken for a secret.
const LONGEST: usize = 128;

impl Secret {
    /// A new secret of a session.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn for_session() -> anyhow::Result<Self> {
        let mut bytes = [0; 32];
        OsRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A new token.
    ///
    /// # Errors
    /// As [`Secret::for_session`].
    pub fn for_token() -> anyhow::Result<Self> {
        Ok(Self(format!("{TOKEN}{}", Self::for_session()?.0)))
    }

    /// What a client brings.
    pub fn brought(text: &str) -> Option<Self> {
        (!text.is_empty() && text.len() <= LONGEST).then(|| Self(text.to_owned()))
    }

    /// What the database keeps. A plain hash is enough: nobody can go through 2^256 secrets.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// The secret itself, for the one answer that gives it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_do_not_print() {
        let (one, two) = (Secret::for_token().unwrap(), Secret::for_token().unwrap());
        assert_ne!(one.hash(), two.hash());
        assert_eq!(one.reveal().len(), TOKEN.len() + 43);
        assert!(!format!("{one:?}").contains(&one.reveal()[TOKEN.len()..]));
    }
}
