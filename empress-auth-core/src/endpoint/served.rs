//! One route, served: the way of a request from its head to the endpoint.
//!
//! 1. who is calling, and may they, from the page that sends it; of a form that another page could have sent, the body
//!    has to tell;
//! 2. does the path fit, and is the body one that may be read;
//! 3. the body, up to its limit;
//! 4. the endpoint.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};

use super::body::{self, BodyError};
use super::body_fields::BodyFields;
use super::call::Call;
use super::caller_slot::CallerSlot;
use super::refused::Refused;
use super::route::{Access, Route, SessionCookie};
use super::template::{Mismatch, Parameters, Template};
use crate::authenticator::{Authenticator, Start};
use crate::csrf::{self, Page};
use crate::head::{Field, field};
use crate::identity::Identity;
use crate::public_url::PublicUrl;
use crate::rejection::{Rejection, RejectionKind};

/// A route with the decision in front of it.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) route: Route,
    authenticator: Authenticator,
    /// The layer's, also where this route reads no sessions.
    public_url: Option<PublicUrl>,
}

/// What is known of a request that may reach its endpoint.
struct Admitted {
    identity: Option<Identity>,
    parameters: Parameters,
    body: Bytes,
}

impl Served {
    pub(super) fn new(route: Route, authenticator: &Authenticator) -> Self {
        let public_url = authenticator.public_url().cloned();
        let authenticator = authenticator.for_route(
            &route.access,
            route.preset,
            route.session_cookie != SessionCookie::Ignored,
        );
        Self {
            route,
            authenticator,
            public_url,
        }
    }

    pub(super) async fn respond<B, F>(
        &self,
        template: &Template,
        head: Request<()>,
        read_body: B,
    ) -> Response<Bytes>
    where
        B: FnOnce(usize) -> F,
        F: Future<Output = Result<Bytes, BodyError>>,
    {
        let mut head = head;
        match self.admit(template, &mut head, read_body).await {
            Ok(admitted) => self.route.endpoint.call(self.call(head, admitted)).await,
            Err(refused) => self.render(&refused),
        }
    }

    pub(super) fn render(&self, refused: &Refused) -> Response<Bytes> {
        refused.render(&self.authenticator, self.route.preset)
    }

    async fn admit<B, F>(
        &self,
        template: &Template,
        head: &mut Request<()>,
        read_body: B,
    ) -> Result<Admitted, Refused>
    where
        B: FnOnce(usize) -> F,
        F: Future<Output = Result<Bytes, BodyError>>,
    {
        self.check_page(head)?;
        let parameters = template.parameters(head.uri().path());
        let (identity, body) = match self.authenticate(head).await {
            Ok(_) if parameters.is_err() => (None, Bytes::new()),
            // Boxed, so that a call without a body does not carry the reading of one along.
            Ok(identity) if body::is_read_for(head.method()) => {
                (identity, Box::pin(self.read(head, read_body)).await?)
            }
            Ok(identity) => (identity, Bytes::new()),
            Err(rejection) if self.may_show_token_in_body(head, &rejection) => {
                let body = Box::pin(self.read(head, read_body)).await?;
                let token = csrf_token(head, &body).ok_or(rejection)?;
                head.headers_mut().insert(csrf::TOKEN_FIELD, token);
                (self.authenticate(head).await?, body)
            }
            Err(rejection) => return Err(rejection.into()),
        };
        Ok(Admitted {
            identity,
            parameters: parameters?,
            body,
        })
    }

    fn call(&self, head: Request<()>, admitted: Admitted) -> Call {
        let Admitted {
            identity,
            parameters,
            body,
        } = admitted;
        Call {
            identity,
            origin: self.authenticator.origin(&head),
            parameters,
            head: head.into_parts().0,
            body,
            authenticator: self.authenticator.clone(),
            preset: self.route.preset,
        }
    }

    /// The body up to its limit.
    async fn read<B, F>(&self, head: &Request<()>, read_body: B) -> Result<Bytes, Refused>
    where
        B: FnOnce(usize) -> F,
        F: Future<Output = Result<Bytes, BodyError>>,
    {
        body::check_head(head.headers(), self.route.body_limit_bytes)?;
        let read = read_body(self.route.body_limit_bytes);
        let body = tokio::time::timeout(BODY_DEADLINE, read)
            .await
            .map_err(|_| BodyError::TooSlow)??;
        if body.len() > self.route.body_limit_bytes {
            return Err(BodyError::TooLarge.into());
        }
        Ok(body)
    }

    /// A browser adds the Basic credentials that it was told once, also to what another site's page asks for.
    fn check_page(&self, head: &Request<()>) -> Result<(), Rejection> {
        let by_itself = self.route.access != Access::Anyone
            && self.route.changes_something()
            && self.authenticator.shows_basic(head);
        if by_itself && csrf::page(head, self.public_url.as_ref()) == Page::Foreign {
            return Err(Rejection::new(RejectionKind::CsrfFailed));
        }
        Ok(())
    }

    /// Whether a page may have shown the session's token where a plain form can: a form sets no header fields. Nobody
    /// makes us read a body by a session that cannot be one.
    fn may_show_token_in_body(&self, head: &Request<()>, rejection: &Rejection) -> bool {
        rejection.kind() == RejectionKind::CsrfFailed
            && body::is_read_for(head.method())
            && !head.headers().contains_key(csrf::TOKEN_FIELD)
            && self.authenticator.may_show_session(head)
    }

    async fn authenticate(&self, head: &Request<()>) -> Result<Option<Identity>, Rejection> {
        let identity = self.decide(head).await?;
        if let (Some(identity), Some(slot)) = (&identity, head.extensions().get::<CallerSlot>()) {
            slot.fill(identity.clone());
        }
        Ok(identity)
    }

    async fn decide(&self, head: &Request<()>) -> Result<Option<Identity>, Rejection> {
        if self.route.access == Access::Anyone {
            return Ok(None);
        }
        if self.route.preset.is_frappe() && names_another_source(head) {
            return Err(Rejection::new(RejectionKind::Invalid));
        }
        let identity = match self.authenticator.start(head) {
            Start::Ready(decision) => decision?,
            // Boxed, so that a caller who is remembered does not carry the way to the store along.
            Start::Pending(pending) => Box::pin(self.authenticator.finish(pending)).await?,
        };
        match (&self.route.access, identity) {
            (Access::Requires(_), None) => Err(Rejection::new(RejectionKind::Missing)),
            (_, identity) => Ok(identity),
        }
    }
}

/// How long a body may take to arrive: a slow one must not hold its memory, nor the moment of its authentication.
const BODY_DEADLINE: Duration = Duration::from_secs(15);

/// The token in the body, as the value of the field that a script would have set.
fn csrf_token(head: &Request<()>, body: &[u8]) -> Option<HeaderValue> {
    let fields = BodyFields::read(head.headers(), body).ok()?;
    let token = fields.text("csrf_token").ok()??;
    HeaderValue::from_str(token).ok()
}

/// Frappe looks keys up in the document type that the client names. Ours belong to users, and a client that means
/// another table must not be taken for one of theirs.
fn names_another_source(head: &Request<()>) -> bool {
    !matches!(
        field(head, "frappe-authorization-source"),
        Field::Absent | Field::Single(b"User")
    )
}

impl From<Mismatch> for Refused {
    fn from(mismatch: Mismatch) -> Self {
        match mismatch {
            Mismatch::Elsewhere => Self::not_found("There is nothing here."),
            Mismatch::Encoding => Self::invalid("The path is not percent-encoded UTF-8."),
        }
    }
}
