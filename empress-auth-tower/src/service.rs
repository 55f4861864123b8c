//! Hops 1 and 4: hands the head of a request to core and its decision to the inner service.

use std::any::Any;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use empress_auth_core::{
    Caller, Decision, Field, Head, Pending, Rejection, RejectionKind, Start, is_grpc,
    is_preflight_answer,
};
use http::{HeaderMap, Method, Request, Response, Version, header};
use http_body::Body as HttpBody;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::layer::TokenAuth;

/// The service that [`TokenAuth`] makes; see the layer.
#[derive(Debug, Clone)]
pub struct TokenAuthService<S> {
    inner: S,
    auth: TokenAuth,
}

impl<S> TokenAuthService<S> {
    pub(crate) const fn new(inner: S, auth: TokenAuth) -> Self {
        Self { inner, auth }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for TokenAuthService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Send + 'static,
    ResBody: HttpBody<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<axum::BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S::Error>;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    // Inlined into axum's boxing it would build the future in one place and move it to another: 45 instructions.
    #[inline(never)]
    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        match self.auth.0.authenticator.start(&RequestHead(&request)) {
            Start::Ready(Ok(caller)) => {
                // Here, right behind another atomic operation: behind the insertion it would wait for its writes.
                let auth = self.auth.clone();
                let grpc = is_grpc_request(&request);
                let preflight =
                    caller.is_none() && self.auth.0.authenticator.requires_credentials();
                request.extensions_mut().insert(Caller::new(caller));
                ResponseFuture {
                    state: State::Passed {
                        inner: self.inner.call(request),
                        auth,
                        grpc,
                        preflight,
                    },
                }
            }
            Start::Ready(Err(rejection)) => {
                let grpc = is_grpc_request(&request);
                let auth = self.auth.clone();
                ResponseFuture {
                    state: State::Refused {
                        rejection,
                        auth,
                        grpc,
                    },
                }
            }
            Start::Pending(pending) => self.ask(request, pending),
        }
    }
}

impl<S> TokenAuthService<S> {
    #[cold]
    fn ask<ReqBody, ResBody>(
        &mut self,
        mut request: Request<ReqBody>,
        pending: Pending,
    ) -> ResponseFuture<S::Future, S::Error>
    where
        S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
        S::Future: Send,
        ReqBody: Send + 'static,
        ResBody: HttpBody<Data = Bytes> + Send + 'static,
        ResBody::Error: Into<axum::BoxError>,
    {
        // The clone has not been polled ready: it stays here, and the one that has is called.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let auth = self.auth.clone();
        let decision = auth.0.authenticator.finish(pending);
        let asked = async move {
            let grpc = is_grpc_request(&request);
            let decision: Decision = decision.await;
            match decision {
                Ok(caller) => {
                    request.extensions_mut().insert(Caller::new(caller));
                    let response = inner.call(request).await?;
                    Ok(auth.finish(response.map(Body::new), grpc, false))
                }
                Err(rejection) => Ok(auth.response(&rejection, grpc)),
            }
        };
        ResponseFuture {
            state: State::Asking {
                asked: Box::pin(asked),
            },
        }
    }
}

/// What an inner service says when it is polled.
type Polled<B, E> = Poll<Result<Response<B>, E>>;

/// Boxes the body. What is boxed already stays where it is: the compiler knows, and taking it apart would move it twice.
#[inline]
#[expect(clippy::expect_used, reason = "taken once, where it was put in")]
fn boxed<B, E>(polled: Polled<B, E>) -> Polled<Body, E>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
    E: 'static,
{
    let mut polled = Some(polled);
    let same: &mut dyn Any = &mut polled;
    match same.downcast_mut::<Option<Polled<Body, E>>>() {
        Some(boxed) => boxed.take(),
        None => polled.map(|polled| polled.map_ok(|response| response.map(Body::new))),
    }
    .expect("what was polled")
}

/// gRPC is spoken over HTTP/2 alone. Elsewhere its content type changes nothing: a proxy that asks whether a request may
/// pass must not be told 200 because the client named it.
#[inline]
fn is_grpc_request<B>(request: &Request<B>) -> bool {
    request.version() == Version::HTTP_2
        && *request.method() == Method::POST
        && is_grpc(&RequestHead(request))
}

impl TokenAuth {
    #[cold]
    fn response(&self, rejection: &Rejection, grpc: bool) -> Response<Body> {
        let shared = &*self.0;
        let response = shared
            .refusals
            .response(&shared.authenticator, rejection, grpc);
        self.vary(response)
    }

    /// Whether [`finish`](Self::finish) would do nothing, but for a preflight.
    #[inline]
    fn leaves_alone<B>(&self, response: &Response<B>) -> bool {
        self.0.vary.is_none() && response.extensions().get::<Rejection>().is_none()
    }

    /// Refuses what was no preflight after all, renders what an extractor or a requirement refused further in, and names
    /// the fields that decided.
    #[inline(never)]
    fn finish(&self, response: Response<Body>, grpc: bool, preflight: bool) -> Response<Body> {
        if preflight && !is_preflight_answer(|name| response.headers().contains_key(name)) {
            return self.response(&Rejection::new(RejectionKind::Missing), false);
        }
        if response.extensions().get::<Rejection>().is_some() {
            return self.finish_refused(response, grpc);
        }
        self.vary(response)
    }

    #[cold]
    fn finish_refused(&self, response: Response<Body>, grpc: bool) -> Response<Body> {
        let (mut parts, body) = response.into_parts();
        let Some(rejection) = parts.extensions.remove::<Rejection>() else {
            return self.vary(Response::from_parts(parts, body));
        };
        let (rendered, body) = self.response(&rejection, grpc).into_parts();
        let mut headers: HeaderMap = parts
            .headers
            .iter()
            .filter(|(name, _)| !Rejection::owns_field(name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, value) in &rendered.headers {
            headers.append(name, value.clone());
        }
        parts.status = rendered.status;
        parts.headers = headers;
        Response::from_parts(parts, body)
    }

    fn vary(&self, mut response: Response<Body>) -> Response<Body> {
        if let Some(vary) = &self.0.vary {
            response.headers_mut().append(header::VARY, vary.clone());
        }
        response
    }
}

pin_project! {
    /// The future of [`TokenAuthService`].
    pub struct ResponseFuture<F, E> {
        #[pin]
        state: State<F, E>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, E> {
        Passed { #[pin] inner: F, auth: TokenAuth, grpc: bool, preflight: bool },
        // Rendered when polled: a response in here would make every future large.
        Refused { rejection: Rejection, auth: TokenAuth, grpc: bool },
        Asking { asked: Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>> },
    }
}

impl<F, ResBody, E> Future for ResponseFuture<F, E>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: HttpBody<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<axum::BoxError>,
    E: 'static,
{
    type Output = Result<Response<Body>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed {
                inner,
                auth,
                grpc,
                preflight,
            } => {
                let polled = inner.poll(cx);
                if let Poll::Ready(Ok(response)) = &polled
                    && (*preflight || !auth.leaves_alone(response))
                {
                    return boxed(polled)
                        .map_ok(|response| auth.finish(response, *grpc, *preflight));
                }
                boxed(polled)
            }
            StateProjection::Refused {
                rejection,
                auth,
                grpc,
            } => Poll::Ready(Ok(auth.response(rejection, *grpc))),
            StateProjection::Asking { asked } => asked.as_mut().poll(cx),
        }
    }
}

impl<F, E> std::fmt::Debug for ResponseFuture<F, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResponseFuture")
    }
}

/// A request as core reads it: the peer may be known through axum.
pub(crate) struct RequestHead<'a, B>(pub(crate) &'a Request<B>);

impl<B> Head for RequestHead<'_, B> {
    #[inline]
    fn authorization(&self) -> Field<'_> {
        self.0.authorization()
    }

    fn each_line<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        self.0.each_line(name, each);
    }

    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn peer(&self) -> Option<IpAddr> {
        let connected = self.0.extensions().get::<ConnectInfo<SocketAddr>>();
        connected.map(|peer| peer.0.ip()).or_else(|| self.0.peer())
    }
}
