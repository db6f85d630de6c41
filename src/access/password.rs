//! Passwords: what is a good one, and argon2id for keeping its hash.

use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::problem::{Error, Result};

/// Shortest password, in letters.
const SHORTEST: usize = 12;
/// Longest password, in bytes: a limit for argon2's work, not for anybody's memory.
const LONGEST: usize = 256;
/// Each hash takes 19 MiB and a core for 20 ms (OWASP's argon2id: m = 19 MiB, t = 2, p = 1), so few run at once.
static AT_ONCE: Semaphore = Semaphore::const_new(2);
/// Longest time that a login waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// A password as it was typed. It does not print.
#[derive(Clone)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

impl Password {
    /// Whatever was typed, for comparing.
    pub fn typed(text: String) -> Self {
        Self(text)
    }

    /// A new password for `account`.
    ///
    /// # Errors
    /// Says which rule it breaks.
    pub fn chosen(text: String, account: &str) -> Result<Self> {
        let lower = text.to_lowercase();
        let distinct = lower.chars().collect::<std::collections::HashSet<_>>().len();
        let refused = match () {
            () if text.chars().count() < SHORTEST => "needs at least 12 characters",
            () if text.len() > LONGEST => "is longer than 256 bytes",
            () if distinct < 5 => "repeats itself: it needs at least 5 different characters",
            () if lower.contains(&account.to_lowercase()) => "holds the name of the account",
            () => return Ok(Self(text)),
        };
        Err(Error::bad("password", refused))
    }

    /// Its hash in PHC form, with a salt of its own.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub async fn hash(self) -> Result<String> {
        in_turn(move || hash(&self.0)).await?
    }

    /// Whether it is the password of `hash`. Takes the same time when there is no hash, so that a name that does not
    /// exist cannot be told from a wrong password.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many wait.
    pub async fn matches(self, hash: Option<String>) -> Result<bool> {
        in_turn(move || {
            let nobodys = NOBODYS.as_deref().unwrap_or_default();
            let kept = hash.as_deref().unwrap_or(nobodys);
            let is_short = self.0.len() <= LONGEST;
            let typed = if is_short { self.0.as_bytes() } else { b"" };
            let matched = PasswordHash::new(kept)
                .is_ok_and(|kept| Argon2::default().verify_password(typed, &kept).is_ok());
            matched && is_short && hash.is_some()
        })
        .await
    }
}

/// The hash of nobody's password.
static NOBODYS: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody has this password").ok());

fn hash(password: &str) -> Result<String> {
    let hashed = Argon2::default().hash_password(password.as_bytes());
    Ok(hashed.map_err(|error| anyhow::anyhow!("argon2: {error}"))?.to_string())
}

/// Runs argon2 off the threads that serve.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = tokio::time::timeout(PATIENCE, AT_ONCE.acquire()).await;
    let _turn = turn.map_err(|_| Error::Overloaded)?.map_err(anyhow::Error::from)?;
    Ok(tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weak_password_is_refused_with_the_reason() {
        let refused =
            |text: &str| Password::chosen(text.to_owned(), "rosario").err().map(|error| error.to_string());
        for (text, why) in [
            ("corta-123", "at least 12"),
            ("aaaaaaaaaaaaaaaa", "repeats itself"),
            ("la-casa-de-Rosario", "name of the account"),
            (&"ab1cd".repeat(60), "256 bytes"),
        ] {
            assert!(refused(text).unwrap().contains(why), "{text}");
        }
        assert!(refused("río grande y manso").is_none());
    }

    #[tokio::test]
    async fn a_hash_is_argon2id_and_matches_its_password_only() {
        let hash = Password::typed("río grande y manso".to_owned()).hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let matches = |text: &str, hash: Option<String>| Password::typed(text.to_owned()).matches(hash);
        assert!(matches("río grande y manso", Some(hash.clone())).await.unwrap());
        assert!(!matches("río grande y Manso", Some(hash)).await.unwrap());
        assert!(!matches("nobody has this password", None).await.unwrap());
    }
}
