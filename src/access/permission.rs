//! What a route asks of its caller, and the check that stands before every handler.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Actor, Audience, Scope};
use crate::problem::{Error, Result};

/// What a route asks of its caller, declared for each method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Anybody may call it; what it answers depends on the audience.
    Public,
    /// An account, in whatever office.
    SignedIn,
    /// An account that holds one of these offices; the request acts in the first that it holds.
    Roles(&'static [Audience]),
}

impl Permission {
    /// The actor as it may act here.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] when nobody is signed in, [`Error::Forbidden`] when the account lacks the office or
    /// its token the scope.
    pub fn admit(self, actor: Actor, method: &Method) -> Result<Actor> {
        let scope = if method.is_safe() { Scope::Read } else { Scope::Write };
        if !matches!(self, Self::Public) && !actor.is_signed_in() {
            return Err(Error::Unauthorized);
        }
        if actor.is_signed_in() && !actor.reaches(scope) {
            return Err(Error::Forbidden(format!("the token lacks the scope `{}`", scope.name())));
        }
        match self {
            Self::Public | Self::SignedIn => Ok(actor),
            Self::Roles(roles) if roles.contains(&actor.audience) => Ok(actor),
            Self::Roles(roles) => {
                let held = actor.offices().iter().copied().find(|office| roles.contains(office));
                let held = held.ok_or_else(|| Error::Forbidden("the account lacks the office".to_owned()))?;
                Ok(actor.acting_as(held))
            }
        }
    }
}

/// Lets a request through to its handler, or answers for it.
pub async fn enforce(permission: Permission, mut request: Request, next: Next) -> Response {
    let known = request.extensions().get::<Actor>().cloned();
    let actor = known.unwrap_or_else(|| Actor::public(super::request_id(request.headers())));
    match permission.admit(actor, request.method()) {
        Ok(actor) => {
            let is_signed_in = actor.is_signed_in();
            request.extensions_mut().insert(actor);
            let mut response = next.run(request).await;
            if is_signed_in {
                keep_private(&mut response);
            }
            response
        }
        Err(error) => error.into_response(),
    }
}

/// What an account sees is kept by nobody on the way to it.
fn keep_private(response: &mut Response) {
    let said = response.headers().get(header::CACHE_CONTROL).and_then(|said| said.to_str().ok());
    let is_nobodys = said.is_some_and(|said| said.contains("no-store") || said.contains("immutable"));
    if !is_nobodys {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Proof;
    use super::*;

    const OFFICES: Permission = Permission::Roles(&[Audience::Titling, Audience::Admin]);

    fn holder(offices: &[Audience], proof: Proof) -> Actor {
        Actor::proved("ana".to_owned(), offices.to_vec(), "1".to_owned(), proof)
    }

    #[test]
    fn nobody_passes_public_routes_only() {
        let nobody = Actor::public("1");
        assert!(Permission::Public.admit(nobody.clone(), &Method::POST).is_ok());
        for permission in [Permission::SignedIn, OFFICES] {
            assert!(matches!(permission.admit(nobody.clone(), &Method::GET), Err(Error::Unauthorized)));
        }
    }

    #[test]
    fn an_account_acts_in_an_office_that_it_holds() {
        let both = holder(&[Audience::Surveyor, Audience::Titling], Proof::Session);
        assert_eq!(
            Permission::SignedIn.admit(both.clone(), &Method::GET).unwrap().audience,
            Audience::Surveyor
        );
        assert_eq!(OFFICES.admit(both, &Method::POST).unwrap().audience, Audience::Titling);
        let planner = holder(&[Audience::Planner], Proof::Session);
        assert!(matches!(OFFICES.admit(planner, &Method::GET), Err(Error::Forbidden(_))));
    }

    #[test]
    fn a_token_reaches_no_further_than_its_scopes() {
        let reader = holder(&[Audience::Titling], Proof::Token(vec![Scope::Read]));
        assert!(OFFICES.admit(reader.clone(), &Method::GET).is_ok());
        for permission in [Permission::Public, Permission::SignedIn, OFFICES] {
            assert!(matches!(permission.admit(reader.clone(), &Method::PUT), Err(Error::Forbidden(_))));
        }
    }
}
