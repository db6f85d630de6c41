//! Routes that cannot be registered without a permission, and the list of all of them.

use axum::Router;
use axum::routing::MethodRouter;

use crate::access::Permission;

/// A feature's routes. `add` takes the permission as an argument, so a route without one does not compile.
pub struct Routes<S> {
    router: Router<S>,
    declared: Vec<(&'static str, Permission)>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), declared: Vec::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Registers `path` (axum syntax, absolute) with what it asks of its caller.
    #[must_use]
    pub fn add(mut self, path: &'static str, permission: Permission, methods: MethodRouter<S>) -> Self {
        self.router = self.router.route(path, methods);
        self.declared.push((path, permission));
        self
    }

    /// Joins another feature's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.declared.extend(other.declared);
        self
    }

    /// The router, and every path with its permission (for the authorisation matrix).
    pub fn into_parts(self) -> (Router<S>, Vec<(&'static str, Permission)>) {
        (self.router, self.declared)
    }
}
