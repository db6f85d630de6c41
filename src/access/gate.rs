//! The gate before every route: whom a request's cookie or `Authorization` proves, and whether a form comes from us.

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::store::{sessions, tokens};
use super::{Actor, Cookie, Secret};
use crate::app::App;
use crate::database::Database;
use crate::http::address;
use crate::problem::{Error, Result};

/// Finds out who asks, before the route's permission is checked.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_browser = request.headers().contains_key("sec-fetch-mode");
    let (mut parts, body) = request.into_parts();
    hide(&mut parts.headers);
    let response = match who(&app, &parts).await {
        Ok(known) => {
            if let Some(actor) = known {
                parts.extensions.insert(actor);
            }
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => error.into_response(),
    };
    if is_browser { without_dialog(response) } else { response }
}

/// What proves an account prints as `Sensitive`, wherever the headers are printed.
fn hide(headers: &mut HeaderMap) {
    for (name, value) in headers.iter_mut() {
        if [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION].contains(name) {
            value.set_sensitive(true);
        }
    }
}

/// `Basic` would make a browser open a dialog of its own, whose answers it never forgets.
fn without_dialog(mut response: Response) -> Response {
    if let header::Entry::Occupied(mut challenge) = response.headers_mut().entry(header::WWW_AUTHENTICATE) {
        challenge.insert(HeaderValue::from_static("Bearer realm=\"Predio\""));
    }
    response
}

async fn who(app: &App, parts: &Parts) -> Result<Option<Actor>> {
    if parts.extensions.get::<Actor>().is_some() {
        return Ok(None);
    }
    let request_id = super::request_id(&parts.headers);
    if let Some(brought) = parts.headers.get(header::AUTHORIZATION) {
        let brought = Brought::read(brought).ok_or(Error::Unauthorized)?;
        return by_token(&app.source.database, brought, request_id).await.map(Some);
    }
    let base = address::base(parts, &app.settings)?;
    let secret = Cookie::of(&base).read(&parts.headers);
    if !parts.method.is_safe() && comes_from_elsewhere(&parts.headers, &base, secret.is_some()) {
        return Err(Error::Forbidden("the request was made by another site".to_owned()));
    }
    let Some(secret) = secret else { return Ok(None) };
    let mut transaction = app.source.database.gate().await?;
    let known = sessions::find(&mut transaction, &secret, request_id).await?;
    transaction.commit().await?;
    Ok(known)
}

/// Whether a writing request was made by a page of another site. Browsers say where a request was made
/// (`Sec-Fetch-Site`, or else `Origin`) and scripts cannot forge it; who says neither is no browser, and brings no
/// cookie.
fn comes_from_elsewhere(headers: &HeaderMap, base: &str, has_cookie: bool) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match said("origin") {
        Some(origin) => !is_own(origin, base),
        None => has_cookie,
    }
}

/// `base` may have a path, an origin has none.
fn is_own(origin: &str, base: &str) -> bool {
    base.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What `Authorization` brings: a token, and with Basic the account that it must belong to.
struct Brought {
    account: Option<String>,
    secret: Secret,
}

impl Brought {
    fn read(value: &HeaderValue) -> Option<Self> {
        let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Self { account: None, secret: Secret::brought(rest.trim())? });
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (account, secret) = text.split_once(':')?;
        Some(Self { account: Some(account.to_lowercase()), secret: Secret::brought(secret)? })
    }
}

async fn by_token(database: &Database, brought: Brought, request_id: String) -> Result<Actor> {
    let mut transaction = database.gate().await?;
    let known = tokens::find(&mut transaction, &brought.secret, request_id).await?;
    transaction.commit().await?;
    let is_owners = |actor: &Actor| brought.account.is_none() || brought.account == actor.account;
    known.filter(is_owners).ok_or(Error::Unauthorized)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elsewhere(pairs: &[(&'static str, &'static str)], has_cookie: bool) -> bool {
        let headers = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect::<HeaderMap>();
        comes_from_elsewhere(&headers, "https://predio.test/catastro", has_cookie)
    }

    #[test]
    fn a_form_of_another_site_is_told_from_ours() {
        let own = ("origin", "https://predio.test");
        assert!(!elsewhere(&[("sec-fetch-site", "same-origin"), own], true));
        assert!(!elsewhere(&[own], true));
        assert!(!elsewhere(&[], false));
        assert!(elsewhere(&[], true));
        for site in ["cross-site", "same-site", "anything"] {
            assert!(elsewhere(&[("sec-fetch-site", site), own], true), "{site}");
            assert!(elsewhere(&[("sec-fetch-site", site)], false), "{site}");
        }
        for origin in
            ["null", "http://predio.test", "https://predio.test.evil.example", "https://predio.tes", ""]
        {
            assert!(elsewhere(&[("origin", origin)], true), "{origin}");
        }
    }
}
