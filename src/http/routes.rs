//! Routes that cannot be registered without a permission, and the list of all of them.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, on};

use crate::access::Permission;
use crate::access::permission::enforce;

/// One method of one path, and what it asks of its caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Declared {
    /// The method; `GET` answers `HEAD` too.
    pub method: Method,
    /// The path in axum's syntax.
    pub path: &'static str,
    /// What it asks of its caller.
    pub permission: Permission,
}

/// A feature's routes. Each way to add one takes the permission as an argument, so a route without one does not
/// compile; the permission is enforced before the handler and its extractors run.
pub struct Routes<S> {
    router: Router<S>,
    declared: Vec<Declared>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), declared: Vec::new() }
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident $method:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<H, T>(self, path: &'static str, permission: Permission, handler: H) -> Self
        where
            H: Handler<T, S>,
            T: 'static,
        {
            self.add(Method::$method, MethodFilter::$method, path, permission, handler)
        }
    )+};
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    methods! {
        /// `GET` (and `HEAD`) of an absolute path in axum's syntax.
        get GET,
        /// `POST` of an absolute path in axum's syntax.
        post POST,
        /// `PUT` of an absolute path in axum's syntax.
        put PUT,
        /// `PATCH` of an absolute path in axum's syntax.
        patch PATCH,
        /// `DELETE` of an absolute path in axum's syntax.
        delete DELETE,
        /// `OPTIONS` of an absolute path in axum's syntax, where it depends on who asks.
        options OPTIONS,
    }

    fn add<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        permission: Permission,
        handler: H,
    ) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let check = from_fn(move |request: Request, next: Next| enforce(permission, request, next));
        self.router = self.router.route(path, on(filter, handler).layer(check));
        self.declared.push(Declared { method, path, permission });
        self
    }

    /// Joins another feature's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.declared.extend(other.declared);
        self
    }

    /// The router, and every route with its permission (for the authorisation matrix).
    pub fn into_parts(self) -> (Router<S>, Vec<Declared>) {
        (self.router, self.declared)
    }
}
