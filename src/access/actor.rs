//! Who acts: the account, the office it acts in, and the request.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Audience;

/// Who acts. Every reading and writing of a request runs as its audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Name of the account; none while nobody is signed in.
    pub account: Option<String>,
    /// In which office the account acts in this request.
    pub audience: Audience,
    /// Id of the request, which the journal keeps.
    pub request_id: String,
    /// Every office that the account holds, the first one first in use.
    offices: Vec<Audience>,
    /// Districts that its rights are limited to; none: all.
    districts: Option<Vec<String>>,
    /// How the account was proved.
    proof: Proof,
}

/// What a request brought to prove its account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing: nobody is signed in.
    Nothing,
    /// The command line or a test, inside the process.
    Inside,
    /// A session's cookie.
    Session,
    /// A token, with what it may be used for.
    Token(Vec<Scope>),
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Reading what the account's offices see.
    Read,
    /// Writing what they may write.
    Write,
    /// Personal data, with a purpose.
    Person,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Person];

    /// As it stands in the database and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Person => "person",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl Actor {
    /// Anybody: nobody is signed in.
    pub fn public(request_id: impl Into<String>) -> Self {
        Self {
            account: None,
            audience: Audience::Public,
            request_id: request_id.into(),
            offices: Vec::new(),
            districts: None,
            proof: Proof::Nothing,
        }
    }

    /// An account in one office, proved inside the process: for the command line and for tests.
    pub fn inside(account: impl Into<String>, audience: Audience, request_id: impl Into<String>) -> Self {
        Self::proved(account.into(), vec![audience], request_id.into(), Proof::Inside)
    }

    /// An account whose `offices` and `proof` were looked up.
    pub(super) fn proved(account: String, offices: Vec<Audience>, request_id: String, proof: Proof) -> Self {
        let audience = offices.first().copied().unwrap_or(Audience::Citizen);
        Self { account: Some(account), audience, request_id, offices, districts: None, proof }
    }

    /// The same with its rights limited to `districts`; none: all.
    pub(super) fn limited_to(mut self, districts: Option<Vec<String>>) -> Self {
        self.districts = districts;
        self
    }

    /// Whether somebody is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.account.is_some()
    }

    /// Every office that the account holds.
    pub fn offices(&self) -> &[Audience] {
        &self.offices
    }

    /// Districts that its rights are limited to; none: all. The database refuses writes elsewhere by itself.
    pub fn districts(&self) -> Option<&[String]> {
        self.districts.as_deref()
    }

    /// How the account was proved.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Whether what was proved reaches to `scope`: a session's does, a token says so.
    pub fn reaches(&self, scope: Scope) -> bool {
        match &self.proof {
            Proof::Token(scopes) => scopes.contains(&scope),
            Proof::Session | Proof::Inside => true,
            Proof::Nothing => scope == Scope::Read,
        }
    }

    /// The same account acting in another of its offices.
    pub(super) fn acting_as(mut self, audience: Audience) -> Self {
        self.audience = audience;
        self
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Infallible;

    /// Whom [`super::permission::enforce`] let through; anybody where no route stands.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Self>().cloned();
        Ok(known.unwrap_or_else(|| Self::public(super::request_id(&parts.headers))))
    }
}
