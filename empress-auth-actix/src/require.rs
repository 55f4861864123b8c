//! `Require`: what a route asks of callers, beyond being known.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready as poll_ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage};
use empress_auth_core::{Caller, Requirement};
use pin_project_lite::pin_project;

use crate::extract::AuthenticationRejection;

/// A middleware for the inside of a [`TokenAuth`](crate::TokenAuth): refuses callers that lack something.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use empress_auth_actix::{MemoryStore, Require, TokenAuth, role, scope};
///
/// let invoices = web::scope("/invoices")
///     .wrap(Require::new(scope("invoices:read") & role("Manager")))
///     .route("", web::get().to(async || "…"));
/// let app = App::new().wrap(TokenAuth::new(MemoryStore::new())).service(invoices);
/// # let _ = app;
/// ```
#[derive(Debug, Clone)]
pub struct Require(Arc<Requirement>);

impl Require {
    /// Asks this of every caller.
    #[must_use]
    pub fn new(requirement: Requirement) -> Self {
        Self(Arc::new(requirement))
    }
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = RequireService<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService {
            inner,
            requirement: Arc::clone(&self.0),
        }))
    }
}

/// The service that [`Require`] makes; see there.
#[derive(Debug)]
pub struct RequireService<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let checked =
            Caller::satisfying(request.extensions().get(), &self.requirement, "`Require`")
                .map(drop);
        let state = match checked {
            Ok(()) => State::Passed {
                inner: self.inner.call(request),
            },
            Err(rejection) => State::Refused {
                response: Some(request.error_response(AuthenticationRejection::from(rejection))),
            },
        };
        RequireFuture { state }
    }
}

pin_project! {
    /// The future of [`RequireService`].
    pub struct RequireFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Passed { #[pin] inner: F },
        Refused { response: Option<ServiceResponse<BoxBody>> },
    }
}

impl<F, B> Future for RequireFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed { inner } => {
                Poll::Ready(Ok(poll_ready!(inner.poll(cx))?.map_into_boxed_body()))
            }
            StateProjection::Refused { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                // A future is not polled again after it was ready.
                None => Poll::Pending,
            },
        }
    }
}

impl<F> std::fmt::Debug for RequireFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RequireFuture")
    }
}
