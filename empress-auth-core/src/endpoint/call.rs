//! What does an endpoint get to see?

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderValue};
use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Request, Response};
use zeroize::Zeroizing;

use super::refused::{self, Refused};
use super::template::Parameters;
use crate::authenticator::{Authenticator, Start};
use crate::client_address::Origin;
use crate::fields::Fields;
use crate::form::parse_form;
use crate::head::Head;
use crate::identity::Identity;
use crate::preset::Preset;
use crate::rejection::{Rejection, RejectionKind};

/// A request that may reach its endpoint: the caller is known and satisfies the route, the body is within its limit.
///
/// Only a [`Dispatcher`](super::Dispatcher) makes it.
pub struct Call {
    pub(super) head: Parts,
    pub(super) body: Bytes,
    pub(super) identity: Option<Identity>,
    pub(super) origin: Origin,
    pub(super) parameters: Parameters,
    pub(super) authenticator: Authenticator,
    pub(super) preset: Preset,
}

impl Call {
    /// The caller; on a route that [`Requires`](super::Access::Requires) something there always is one.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The client's address, as far as the layer's configuration trusts what it is told.
    #[must_use]
    pub const fn client_address(&self) -> Option<IpAddr> {
        self.origin.address()
    }

    /// Whom a failure is counted against: the client's address, or that of the proxy that does not say it.
    #[must_use]
    pub const fn counted_address(&self) -> Option<IpAddr> {
        self.origin.counted()
    }

    /// Who shows this bearer token, by the rules of the layer, on a route for [`Anyone`](super::Access::Anyone) that
    /// takes tokens in places of its own, such as a form.
    ///
    /// # Errors
    ///
    /// The [`Rejection`]; [`refuse`](Self::refuse) renders it.
    pub async fn authenticate_bearer(&self, access_token: &str) -> Result<Identity, Rejection> {
        let value = Zeroizing::new(format!("Bearer {access_token}"));
        let invalid = || Rejection::new(RejectionKind::Invalid);
        let mut value = HeaderValue::from_str(&value).map_err(|_| invalid())?;
        value.set_sensitive(true);
        let mut head = Request::new(());
        *head.method_mut() = self.head.method.clone();
        *head.headers_mut() = self.head.headers.clone();
        *head.extensions_mut() = self.head.extensions.clone();
        head.headers_mut().insert(AUTHORIZATION, value);
        self.decide(&head).await?.ok_or_else(invalid)
    }

    /// Who calls, by the rules of the layer, on a route for [`Anyone`](super::Access::Anyone) that found out by itself
    /// that `Authorization` is not meant for it. `None` for nobody.
    ///
    /// # Errors
    ///
    /// The [`Rejection`]; [`refuse`](Self::refuse) renders it.
    pub async fn authenticate(&self) -> Result<Option<Identity>, Rejection> {
        self.decide(&self.head).await
    }

    async fn decide(&self, head: &impl Head) -> Result<Option<Identity>, Rejection> {
        match self.authenticator.start(head) {
            Start::Ready(decision) => decision,
            Start::Pending(pending) => Box::pin(self.authenticator.finish(pending)).await,
        }
    }

    /// The value of a parameter of the path, percent-decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters.iter();
        let (_, value) = parameters.find(|(candidate, _)| **candidate == *name)?;
        Some(value)
    }

    /// The method; HEAD where GET answers it.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.head.method
    }

    /// The path as it was sent, the prefix of the mount included.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.uri.path()
    }

    /// The query as it was sent, without its `?`; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.head.uri.query().unwrap_or_default()
    }

    /// The header fields.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// What the adapter, or a layer around it, left in the request.
    #[must_use]
    pub const fn extensions(&self) -> &Extensions {
        &self.head.extensions
    }

    /// The body; empty for GET and HEAD.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// A refusal in the shape of this route, with the challenges of the layer.
    #[must_use]
    pub fn refuse(&self, rejection: &Rejection) -> Response<Bytes> {
        refused::render(rejection, &self.authenticator)
    }

    /// What a page that is answered shows to change something in the session of this call; `None` without a session.
    #[must_use]
    pub fn csrf_token(&self) -> Option<String> {
        self.authenticator.csrf_token(&self.head)
    }

    /// The value of the session's cookie, whether or not it is one.
    pub(super) fn shown_session(&self) -> Option<&[u8]> {
        self.authenticator.shown_session(&self.head)
    }

    /// The session that is shown beside another credential, if the page that shows it may change it.
    pub(super) fn session_to_change(&self) -> Result<Option<&[u8]>, Refused> {
        Ok(self.authenticator.session_to_change(&self.head)?)
    }

    /// The caller of a route that requires one.
    pub(super) fn caller(&self) -> Result<&Identity, Refused> {
        // Cannot be missing there; if it were, a refusal is the safe answer.
        let missing = || Rejection::new(RejectionKind::Missing).into();
        self.identity.as_ref().ok_or_else(missing)
    }

    pub(super) fn query_fields(&self) -> Result<Fields, Refused> {
        parse_form(self.query().as_bytes())
            .map_err(|error| Refused::invalid(&format!("query: {error}")))
    }
}

impl fmt::Debug for Call {
    /// Without header fields, query and body, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", self.method())
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
