//! The cookie of a session: out of scripts' reach, not sent by other sites' forms, and over https only where the
//! service is reached so.

use axum::http::{HeaderMap, HeaderValue, header};

use super::Secret;

/// How the cookie is called and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie {
    is_secure: bool,
}

impl Cookie {
    /// The cookie of a service whose links start with `base`.
    pub fn of(base: &str) -> Self {
        Self { is_secure: base.starts_with("https://") }
    }

    /// `__Host-` makes browsers refuse a cookie that another host or plain http has set.
    const fn name(self) -> &'static str {
        if self.is_secure { "__Host-predio" } else { "predio" }
    }

    /// The secret that a request brings.
    pub fn read(self, headers: &HeaderMap) -> Option<Secret> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .and_then(|(_, value)| Secret::brought(value))
    }

    /// `Set-Cookie` for a session; it ends with the browser, or when the database says so.
    pub fn set(self, secret: &Secret) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(self.line(secret.reveal(), "")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// `Set-Cookie` that takes it away.
    pub fn clear(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.line("", "; Max-Age=0")).ok()
    }

    fn line(self, value: &str, more: &str) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name())
    }
}
