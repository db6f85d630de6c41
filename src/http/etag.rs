//! Entity tags: the hash of a representation, weak because a compressed form keeps it.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// The tag of `body`.
pub fn of(body: &[u8]) -> HeaderValue {
    of_version(None, body)
}

/// The tag of `body`, which is one object: its version comes first, for a writer's `If-Match`.
pub fn of_version(version: Option<i64>, body: &[u8]) -> HeaderValue {
    let digest = hex::encode(&Sha256::digest(body)[..16]);
    let version = version.map_or_else(String::new, |version| format!("{version}-"));
    HeaderValue::try_from(format!("W/\"{version}{digest}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("W/\"\""))
}

/// Whether the client has it already, compared weakly as RFC 9110 asks of `If-None-Match`.
pub fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(tag) = tag.to_str() else { return false };
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|known| known.trim() == "*" || opaque(known) == opaque(tag))
}
