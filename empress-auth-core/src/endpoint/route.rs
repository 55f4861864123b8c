//! What is known of a URL before anybody calls it?

use std::fmt;
use std::sync::Arc;

use http::Method;

use super::{Endpoint, body};
use crate::preset::Preset;
use crate::requirement::Requirement;

/// A URL, who may call it, and what answers.
///
/// Who may call it is an argument, so that no route is open by omission:
///
/// ```compile_fail
/// # use empress_auth_core::endpoint::{Call, Route};
/// # use http::{Method, Response};
/// # async fn answer(_: Call) -> Response<bytes::Bytes> { Response::default() }
/// let route = Route::new(Method::GET, "/reports", answer);
/// ```
/// ```
/// # use empress_auth_core::endpoint::{Access, Call, Route};
/// # use empress_auth_core::scope;
/// # use http::{Method, Response};
/// # async fn answer(_: Call) -> Response<bytes::Bytes> { Response::default() }
/// let route = Route::new(Method::GET, "/reports", Access::Requires(scope("reports")), answer);
/// # let _ = route;
/// ```
#[derive(Clone)]
pub struct Route {
    pub(super) method: Method,
    pub(super) path: Box<str>,
    pub(super) access: Access,
    pub(super) endpoint: Arc<dyn Endpoint>,
    pub(super) operation: Box<str>,
    pub(super) body_limit_bytes: usize,
    pub(super) preset: Preset,
    pub(super) session_cookie: SessionCookie,
    pub(super) head: AnswersHead,
}

/// Who may call a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// Anyone. Credentials are not even read: what stands in `Authorization` may be meant for the endpoint.
    Anyone,
    /// Anyone; but who shows a credential must show one that is accepted, and is then known.
    Optional,
    /// Who satisfies this. [`Requirement::authenticated`] for any caller who proved who it is.
    Requires(Requirement),
}

/// Whether a browser session can authenticate a call, where the layer accepts sessions at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SessionCookie {
    /// It can; what changes something must show that a page of the same origin sent it.
    #[default]
    Accepted,
    /// It cannot: for a GET that changes something, which any page can make a browser send. Basic, which a browser adds
    /// by itself, too, is refused then where another site's page asks, as it is with the other methods.
    Ignored,
    /// As `Accepted`, and the route is about sessions: behind a layer that reads [none of
    /// ours](crate::Authenticator::sessions) it is not served.
    Required,
}

/// Whether a GET route answers HEAD, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnswersHead {
    Yes,
    No,
}

/// The most that a body may have unless the route says otherwise: 64 KiB.
const DEFAULT_BODY_LIMIT_BYTES: usize = 64 * 1024;

impl Route {
    /// A route for one method on one path.
    ///
    /// In `path` a segment such as `{name}` is a parameter; [`Call::parameter`](super::Call::parameter) has its value.
    /// GET answers HEAD, too.
    pub fn new(method: Method, path: &str, access: Access, endpoint: impl Endpoint) -> Self {
        Self::from_arc(method, path, access, Arc::new(endpoint))
    }

    /// As [`new`](Self::new), with an endpoint that several routes share.
    #[must_use]
    pub fn from_arc(
        method: Method,
        path: &str,
        access: Access,
        endpoint: Arc<dyn Endpoint>,
    ) -> Self {
        Self {
            method,
            path: path.into(),
            access,
            endpoint,
            operation: Box::default(),
            body_limit_bytes: DEFAULT_BODY_LIMIT_BYTES,
            preset: Preset::default(),
            session_cookie: SessionCookie::default(),
            head: AnswersHead::Yes,
        }
    }

    /// Names the operation, for an API description; empty unless set.
    #[must_use]
    pub fn with_operation(mut self, operation: &str) -> Self {
        self.operation = operation.into();
        self
    }

    /// Reads bodies of at most so many bytes; 64 KiB unless set.
    #[must_use]
    pub fn with_body_limit_bytes(mut self, limit: usize) -> Self {
        self.body_limit_bytes = limit;
        self
    }

    /// The shape of the route's refusals; problem+json unless set.
    #[must_use]
    pub fn with_preset(mut self, preset: Preset) -> Self {
        self.preset = preset;
        self
    }

    /// Whether a browser session can authenticate a call.
    #[must_use]
    pub fn with_session_cookie(mut self, session_cookie: SessionCookie) -> Self {
        self.session_cookie = session_cookie;
        self
    }

    /// Refuses HEAD: for a GET that changes something, whose answer nobody would see.
    #[must_use]
    pub fn without_head(mut self) -> Self {
        self.head = AnswersHead::No;
        self
    }

    /// The same route at another path.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self {
            path: path.into(),
            ..self.clone()
        }
    }

    /// Whether a call may change something.
    pub(super) fn changes_something(&self) -> bool {
        body::is_read_for(&self.method) || self.session_cookie == SessionCookie::Ignored
    }

    /// Whether a layer that reads no sessions of ours leaves it out.
    pub(super) fn requires_sessions(&self) -> bool {
        self.session_cookie == SessionCookie::Required
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path, its parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Who may call it.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// The operation's name.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The most bytes that a body may have.
    #[must_use]
    pub const fn body_limit_bytes(&self) -> usize {
        self.body_limit_bytes
    }

    /// The shape of refusals.
    #[must_use]
    pub const fn preset(&self) -> Preset {
        self.preset
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("access", &self.access)
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
