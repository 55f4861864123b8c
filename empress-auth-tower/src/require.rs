//! `Require`: what a route asks of callers, beyond being known.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use empress_auth_core::{Caller, Requirement};
use http::{Request, Response};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::extract::carry;

/// A layer for the inside of a [`TokenAuth`](crate::TokenAuth): refuses callers that lack something.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use empress_auth_tower::{MemoryStore, Require, TokenAuth, role, scope};
///
/// let app: Router = Router::new()
///     .route("/invoices", get(async || "…"))
///     .route_layer(Require::new(scope("invoices:read") & role("Manager")))
///     .layer(TokenAuth::new(MemoryStore::new()));
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

impl<S> Layer<S> for Require {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireService {
            inner,
            requirement: Arc::clone(&self.0),
        }
    }
}

/// The service that [`Require`] makes; see the layer.
#[derive(Debug, Clone)]
pub struct RequireService<S> {
    inner: S,
    requirement: Arc<Requirement>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for RequireService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: HttpBody<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = RequireFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let mark = request.extensions().get();
        let state = match Caller::satisfying(mark, &self.requirement, "`Require`") {
            Ok(_) => State::Passed {
                inner: self.inner.call(request),
            },
            Err(rejection) => State::Refused {
                response: Some(carry(rejection)),
            },
        };
        RequireFuture { state }
    }
}

pin_project! {
    /// The future of [`RequireService`].
    #[derive(Debug)]
    pub struct RequireFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Passed { #[pin] inner: F },
        Refused { response: Option<Response<Body>> },
    }
}

impl<F, ResBody, E> Future for RequireFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: HttpBody<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<axum::BoxError>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed { inner } => {
                Poll::Ready(Ok(ready!(inner.poll(cx))?.map(Body::new)))
            }
            // A future is not polled again after it was ready.
            StateProjection::Refused { response } => {
                Poll::Ready(Ok(response.take().unwrap_or_default()))
            }
        }
    }
}
