//! The address that links start with.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::config::Settings;
use crate::problem::{Error, Result};

/// The base of every link, without a slash at its end: `PREDIO_BASE_URL`, else the address that was called.
/// `Forwarded` and `X-Forwarded-*` count only when the connection comes from the trusted proxy.
///
/// # Errors
/// When the request names no host, or one that cannot be.
pub fn base(parts: &Parts, settings: &Settings) -> Result<String> {
    if let Some(base) = &settings.base_url {
        return Ok(base.trim_end_matches('/').to_owned());
    }
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let by_proxy = peer.is_some() && peer == settings.trusted_proxy.map(|proxy: IpAddr| proxy.to_canonical());
    let said = if by_proxy { Forwarded::read(&parts.headers) } else { Forwarded::default() };
    let called = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let called = called.or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str));
    let host = said.host.as_deref().or(called).filter(|host| is_host(host));
    let host = host.ok_or_else(|| Error::bad("Host", "names no host"))?;
    let scheme = if said.proto.as_deref() == Some("https") { "https" } else { "http" };
    let prefix = said.prefix.unwrap_or_default();
    Ok(format!("{scheme}://{host}{}", prefix.trim_end_matches('/')))
}

/// The address of the client: the connection's, or what the trusted proxy says of it. Of a list it is the last, which
/// the proxy itself has seen; those before it are hearsay.
pub fn client(parts: &Parts, settings: &Settings) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if Some(peer) != settings.trusted_proxy.map(|proxy| proxy.to_canonical()) {
        return Some(peer);
    }
    let said =
        parts.headers.get_all("x-forwarded-for").iter().next_back().and_then(|said| said.to_str().ok());
    said.and_then(|said| said.split(',').next_back()?.trim().parse().ok()).or(Some(peer))
}

/// A host may stand in a link, so it holds nothing but what names and ports are made of.
fn is_host(host: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    !host.is_empty() && host.len() <= 255 && host.bytes().all(fine)
}

#[derive(Default)]
struct Forwarded {
    proto: Option<String>,
    host: Option<String>,
    prefix: Option<String>,
}

impl Forwarded {
    fn read(headers: &HeaderMap) -> Self {
        let first = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            Some(value.split(',').next().unwrap_or(value).trim().to_owned())
        };
        let mut said = Self {
            proto: first("x-forwarded-proto"),
            host: first("x-forwarded-host"),
            prefix: first("x-forwarded-prefix").filter(|prefix| is_prefix(prefix)),
        };
        // RFC 7239 speaks before the older headers.
        for pair in first("forwarded").unwrap_or_default().split(';') {
            let Some((name, value)) = pair.split_once('=') else { continue };
            let value = value.trim().trim_matches('"').to_owned();
            match name.trim().to_ascii_lowercase().as_str() {
                "proto" => said.proto = Some(value),
                "host" => said.host = Some(value),
                _ => {}
            }
        }
        said
    }
}

fn is_prefix(prefix: &str) -> bool {
    prefix.starts_with('/')
        && !prefix.starts_with("//")
        && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    /// The base for a request from `peer` with these headers, behind the proxy 10.0.0.1.
    fn base_of(peer: &str, headers: &[(&str, &str)]) -> Result<String> {
        let settings =
            Settings { trusted_proxy: Some("10.0.0.1".parse().unwrap()), ..crate::testing::settings() };
        let mut request = Request::builder().uri("/ogc");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let peer: SocketAddr = peer.parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        base(&parts, &settings)
    }

    const FORWARDED: [(&str, &str); 4] = [
        ("host", "inside:8080"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "catastro.example, other"),
        ("x-forwarded-prefix", "/mapa/"),
    ];

    #[test]
    fn the_trusted_proxy_is_believed_and_nobody_else() {
        for proxy in ["10.0.0.1:5000", "[::ffff:10.0.0.1]:5000"] {
            assert_eq!(base_of(proxy, &FORWARDED).unwrap(), "https://catastro.example/mapa", "{proxy}");
        }
        assert_eq!(base_of("10.0.0.2:5000", &FORWARDED).unwrap(), "http://inside:8080");
    }

    #[test]
    fn the_standard_header_speaks_before_the_older_ones() {
        let mut headers = FORWARDED.to_vec();
        headers.push(("forwarded", "for=192.0.2.1;proto=http;host=\"gis.example:81\""));
        assert_eq!(base_of("10.0.0.1:5000", &headers).unwrap(), "http://gis.example:81/mapa");
    }

    #[test]
    fn what_cannot_be_a_host_or_a_prefix_gets_into_no_link() {
        for host in ["", "a/b", "a b", "a\"onload=", "<x>"] {
            let asked = base_of("10.0.0.1:5000", &[("x-forwarded-host", host)]);
            assert!(asked.is_err(), "{host}");
        }
        let evil = [("host", "x"), ("x-forwarded-prefix", "//evil.example")];
        assert_eq!(base_of("10.0.0.1:5000", &evil).unwrap(), "http://x");
    }
}
