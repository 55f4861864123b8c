//! Which route is this path's?
//!
//! The same that the adapters do with core's routes, without a framework: a route answers in one step after the head was
//! read, and its template is known before, for the log and the metrics.

use empress_auth_core::Authenticator;
use empress_auth_core::endpoint::{Dispatcher, Route};
use matchit::InsertError;

use super::metrics::RouteNumber;

/// All paths with what answers them.
pub(super) struct Router {
    numbers: matchit::Router<usize>,
    paths: Vec<(Box<str>, Dispatcher)>,
}

impl Router {
    /// Of these routes.
    pub(super) fn new(
        routes: Vec<Route>,
        authenticator: &Authenticator,
    ) -> Result<Self, InsertError> {
        let paths = Dispatcher::group(routes, authenticator);
        let mut numbers = matchit::Router::new();
        for (number, (path, _)) in paths.iter().enumerate() {
            numbers.insert(&**path, number)?;
        }
        Ok(Self { numbers, paths })
    }

    /// The templates, in the order of their numbers.
    pub(super) fn templates(&self) -> impl Iterator<Item = Box<str>> {
        self.paths.iter().map(|(path, _)| path.clone())
    }

    /// What answers a path as it was sent: nothing is decoded or tidied, so that no two spellings are one path. But for a
    /// fragment, which has no place in a target (RFC 9112 §3.2): [`http::Uri`] drops it without a word.
    pub(super) fn find(&self, path: &str) -> Option<(RouteNumber, &Dispatcher)> {
        let number = *self.numbers.at(path).ok()?.value;
        let (_, dispatcher) = self.paths.get(number)?;
        Some((RouteNumber(number), dispatcher))
    }
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.templates()).finish()
    }
}
