//! `/ingresar`, `/salir` and `/cuenta`: signing in and out, one's password, sessions and tokens; no script needed.

use askama::Template;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::shell::Page;
use super::words::account::{self as words, AccountWords};
use crate::access::store::{explain, sessions, tokens};
use crate::access::{Actor, Cookie, Password, Permission, Proof, Scope, Secret, sign_in};
use crate::app::App;
use crate::http::address;
use crate::http::ask::{Ask, encode};
use crate::http::form::Form;
use crate::http::negotiate::HTML;
use crate::http::routes::Routes;
use crate::problem::{Error, Result};

/// Longest life of a token.
const MOST_DAYS: i32 = 730;

/// The pages of an account.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/ingresar", Permission::Public, form)
        .post("/ingresar", Permission::Public, enter)
        .post("/salir", Permission::Public, leave)
        .get("/cuenta", Permission::SignedIn, show)
        .post("/cuenta/contrasena", Permission::SignedIn, change_password)
        .post("/cuenta/sesiones", Permission::SignedIn, end_sessions)
        .post("/cuenta/llaves", Permission::SignedIn, create_token)
        .post("/cuenta/llaves/revocar", Permission::SignedIn, revoke_token)
}

// Signing in and out -----------------------------------------------------------------------------------

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInPage {
    page: Page,
    say: &'static AccountWords,
    next: String,
    failure: Option<&'static str>,
}

async fn form(mut ask: Ask) -> Result<Response> {
    let next = place(ask.parameters.take("next"));
    ask.only_media(&[HTML])?;
    if ask.actor.is_signed_in() {
        return Ok(go(&ask, "/cuenta"));
    }
    sign_in_page(&ask, StatusCode::OK, next, None)
}

fn sign_in_page(
    ask: &Ask,
    status: StatusCode,
    next: String,
    failure: Option<&'static str>,
) -> Result<Response> {
    let say = words::of(ask.language);
    let page = Page::new(ask, ask.source.catalogue.last_notice().as_ref(), say.sign_in);
    answer(status, &SignInPage { page, say, next, failure })
}

async fn enter(State(app): State<App>, parts: Parts, mut ask: Ask, mut form: Form) -> Result<Response> {
    ask.media(&[HTML])?;
    let (name, password) = (form.take("name")?, Password::typed(form.take("password")?));
    let next = place(form.0.take("next"));
    let (cookie, client) = (Cookie::of(&ask.base), address::client(&parts, &app.settings));
    let before = cookie.read(&ask.headers);
    let opened = sign_in::sign_in(&app.source.database, &name, password, client, before.as_ref()).await?;
    match opened {
        Some(secret) => with_cookie(go(&ask, &next), cookie.set(&secret)),
        None => sign_in_page(&ask, StatusCode::UNAUTHORIZED, next, Some(words::of(ask.language).wrong)),
    }
}

async fn leave(State(app): State<App>, ask: Ask) -> Result<Response> {
    let cookie = Cookie::of(&ask.base);
    if let Some(secret) = cookie.read(&ask.headers) {
        sign_in::sign_out(&app.source.database, &secret).await?;
    }
    with_cookie(go(&ask, "/"), cookie.clear())
}

/// A place of this service to go on to; never another site.
fn place(said: Option<String>) -> String {
    let is_own = |path: &String| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    said.filter(is_own).unwrap_or_else(|| "/cuenta".to_owned())
}

/// Where a page that needs an account sends whoever has not signed in.
pub fn sign_in_first(ask: &Ask) -> Response {
    let mark = if ask.query.is_empty() { "" } else { "?" };
    go(ask, &format!("/ingresar?next={}", encode(&format!("{}{mark}{}", ask.path, ask.query))))
}

fn go(ask: &Ask, path: &str) -> Response {
    let Ok(place) = HeaderValue::try_from(format!("{}{path}", ask.base)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [(header::LOCATION, place), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn with_cookie(mut response: Response, cookie: Option<HeaderValue>) -> Result<Response> {
    let cookie = cookie.ok_or_else(|| anyhow::anyhow!("the cookie is no header value"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn answer(status: StatusCode, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(anyhow::Error::from)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(HTML.mime)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((status, headers, html).into_response())
}

// One's account ----------------------------------------------------------------------------------------

struct TokenShown {
    id: i64,
    name: String,
    scopes: String,
    state: String,
    is_live: bool,
}

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    page: Page,
    say: &'static AccountWords,
    news: Option<&'static str>,
    failure: Option<&'static str>,
    token: Option<String>,
    name: String,
    offices: String,
    districts: String,
    tokens: Vec<TokenShown>,
}

/// What just happened, for the top of the page.
#[derive(Default)]
struct News {
    done: Option<&'static str>,
    failure: Option<&'static str>,
    token: Option<Secret>,
}

async fn show(State(app): State<App>, mut ask: Ask) -> Result<Response> {
    ask.only_media(&[HTML])?;
    account_page(&app, &ask, News::default()).await
}

async fn account_page(app: &App, ask: &Ask, news: News) -> Result<Response> {
    let (say, name) = (words::of(ask.language), owner(&ask.actor)?);
    let mut transaction = app.source.database.gate().await?;
    let all = tokens::list(&mut transaction, &name).await?;
    transaction.commit().await?;
    let status = if news.failure.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let offices: Vec<_> = ask.actor.offices().iter().map(|office| say.office[*office as usize]).collect();
    let shown = AccountPage {
        page: Page::new(ask, ask.source.catalogue.last_notice().as_ref(), say.account),
        say,
        news: news.done,
        failure: news.failure,
        token: news.token.map(|token| token.reveal().to_owned()),
        offices: offices.join(", "),
        districts: ask
            .actor
            .districts()
            .map_or_else(|| say.every_district.to_owned(), |some| some.join(", ")),
        tokens: all.into_iter().map(|token| token_shown(say, token)).collect(),
        name,
    };
    answer(status, &shown)
}

fn token_shown(say: &AccountWords, token: tokens::Token) -> TokenShown {
    let is_live = token.revoked_at.is_none() && token.expires_at.is_none_or(|end| end > chrono::Utc::now());
    let until = token.expires_at.map_or_else(|| "…".to_owned(), |end| end.date_naive().to_string());
    TokenShown {
        id: token.id,
        name: token.name,
        scopes: token.scopes.join(", "),
        state: if is_live { format!("{} {until}", say.in_use_until) } else { say.ended.to_owned() },
        is_live,
    }
}

/// An account is managed by whoever signed in with its password, not by a program with its token.
fn owner(actor: &Actor) -> Result<String> {
    let by_person = !matches!(actor.proof(), Proof::Token(_));
    let name = actor.account.clone().filter(|_| by_person);
    name.ok_or_else(|| Error::Forbidden("an account is managed in a session, not with a token".to_owned()))
}

async fn change_password(State(app): State<App>, parts: Parts, ask: Ask, mut form: Form) -> Result<Response> {
    let name = owner(&ask.actor)?;
    let (in_use, new) = (Password::typed(form.take("password")?), form.take("new")?);
    let say = words::of(ask.language);
    let failed = |failure| News { failure: Some(failure), ..News::default() };
    if Password::chosen(new.clone(), &name).is_err() {
        return account_page(&app, &ask, failed(say.weak)).await;
    }
    let client = address::client(&parts, &app.settings);
    match sign_in::change_password(&app.source.database, &ask.actor, in_use, new, client).await? {
        None => account_page(&app, &ask, failed(say.wrong)).await,
        Some(secret) => {
            let page = account_page(&app, &ask, News { done: Some(say.changed), ..News::default() }).await?;
            with_cookie(page, Cookie::of(&ask.base).set(&secret))
        }
    }
}

async fn end_sessions(State(app): State<App>, ask: Ask) -> Result<Response> {
    let name = owner(&ask.actor)?;
    let mut transaction = app.source.database.gate().await?;
    sessions::end_all(&mut transaction, &name).await?;
    transaction.commit().await?;
    with_cookie(go(&ask, "/ingresar"), Cookie::of(&ask.base).clear())
}

async fn create_token(State(app): State<App>, ask: Ask, mut form: Form) -> Result<Response> {
    let name = owner(&ask.actor)?;
    let what_for = form.take("name")?;
    let days: i32 = form.take("days")?.parse().map_err(|_| Error::bad("days", "is not a number"))?;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::bad("days", format!("must lie between 1 and {MOST_DAYS}")));
    }
    let mut scopes = vec![Scope::Read];
    scopes.extend(form.0.take("write").map(|_| Scope::Write));
    scopes.extend(form.0.take("person").map(|_| Scope::Person));
    let mut transaction = app.source.database.gate().await?;
    explain(&mut transaction, Some(&name), &ask.actor.request_id, "llave nueva").await?;
    let token = tokens::create(&mut transaction, &name, &what_for, &scopes, days).await?;
    transaction.commit().await?;
    account_page(&app, &ask, News { token: Some(token), ..News::default() }).await
}

async fn revoke_token(State(app): State<App>, ask: Ask, mut form: Form) -> Result<Response> {
    let name = owner(&ask.actor)?;
    let id: i64 = form.take("id")?.parse().map_err(|_| Error::bad("id", "is not a number"))?;
    let mut transaction = app.source.database.gate().await?;
    explain(&mut transaction, Some(&name), &ask.actor.request_id, "llave revocada").await?;
    tokens::revoke(&mut transaction, &name, id).await?;
    transaction.commit().await?;
    Ok(go(&ask, "/cuenta"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_a_place_of_ours() {
        for (said, wanted) in [
            ("/predio/1?as_of=2020-01-01", "/predio/1?as_of=2020-01-01"),
            ("//evil.example", "/cuenta"),
            ("/\\evil.example", "/cuenta"),
            ("https://evil.example", "/cuenta"),
            ("/a\r\nSet-Cookie: x", "/cuenta"),
            ("", "/cuenta"),
        ] {
            assert_eq!(place(Some(said.to_owned())), wanted, "{said}");
        }
    }
}
