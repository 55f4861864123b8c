//! Hops 1 and 4: hands the head of a request to core and its decision to the inner service.

use std::any::Any;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready as poll_ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, Version};
use actix_web::{Error, HttpMessage, HttpResponse};
use empress_auth_core::{
    Caller, Pending, Rejection, RejectionKind, Start, is_grpc, is_preflight_answer,
};
use pin_project_lite::pin_project;

use crate::extract::AuthenticationRejection;
use crate::head::RequestHead;
use crate::token_auth::TokenAuth;

impl<S, B> Transform<S, ServiceRequest> for TokenAuth
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type InitError = ();
    type Transform = TokenAuthService<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TokenAuthService {
            inner: Rc::new(inner),
            auth: Rc::new(self.clone()),
        }))
    }
}

/// The service that [`TokenAuth`] makes; see there.
#[derive(Debug)]
pub struct TokenAuthService<S> {
    inner: Rc<S>,
    /// Of this worker: counting who holds it is then not between workers.
    auth: Rc<TokenAuth>,
}

impl<S, B> Service<ServiceRequest> for TokenAuthService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    #[inline]
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&self, request: ServiceRequest) -> Self::Future {
        let start = self
            .auth
            .0
            .authenticator
            .start(&RequestHead(request.request()));
        match start {
            Start::Ready(Ok(caller)) => {
                let preflight =
                    caller.is_none() && self.auth.0.authenticator.requires_credentials();
                request.extensions_mut().insert(Caller::new(caller));
                let grpc = is_grpc_request(&request);
                let auth = Rc::clone(&self.auth);
                ResponseFuture {
                    state: State::Passed {
                        inner: self.inner.call(request),
                        auth,
                        grpc,
                        preflight,
                    },
                }
            }
            Start::Ready(Err(rejection)) => ResponseFuture {
                state: State::Refused {
                    refused: Some((request, rejection)),
                    auth: Rc::clone(&self.auth),
                },
            },
            Start::Pending(pending) => self.ask(request, pending),
        }
    }
}

impl<S> TokenAuthService<S> {
    #[cold]
    fn ask<B>(&self, request: ServiceRequest, pending: Pending) -> ResponseFuture<S::Future>
    where
        S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
        B: MessageBody + 'static,
    {
        let auth = Rc::clone(&self.auth);
        let inner = Rc::clone(&self.inner);
        let decision = auth.0.authenticator.finish(pending);
        let asked = async move {
            match decision.await {
                Ok(caller) => {
                    request.extensions_mut().insert(Caller::new(caller));
                    let grpc = is_grpc_request(&request);
                    match inner.call(request).await {
                        Ok(response) => Ok(auth.finish(response, grpc)),
                        Err(error) => Err(auth.claim(error, grpc)),
                    }
                }
                Err(rejection) => Ok(auth.refuse(request, &rejection)),
            }
        };
        ResponseFuture {
            state: State::Asking {
                asked: Box::pin(asked),
            },
        }
    }
}

/// Boxes the body unless it is boxed already: the compiler knows, and mapping it to itself costs 60 instructions.
#[inline]
#[expect(clippy::expect_used, reason = "taken once, where it was put in")]
fn boxed<B: MessageBody + 'static>(response: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
    let mut response = Some(response);
    let same: &mut dyn Any = &mut response;
    match same.downcast_mut::<Option<ServiceResponse<BoxBody>>>() {
        Some(boxed) => boxed.take(),
        None => response.map(ServiceResponse::map_into_boxed_body),
    }
    .expect("a response")
}

fn answers_preflight<B>(response: &ServiceResponse<B>) -> bool {
    is_preflight_answer(|name| response.headers().contains_key(name))
}

/// gRPC is spoken over HTTP/2 alone. Elsewhere its content type changes nothing: a proxy that asks whether a request may
/// pass must not be told 200 because the client named it.
fn is_grpc_request(request: &ServiceRequest) -> bool {
    request.version() == Version::HTTP_2
        && *request.method() == Method::POST
        && is_grpc(&RequestHead(request.request()))
}

impl TokenAuth {
    /// Answers a request: an error would lose the headers that middlewares further out add.
    #[cold]
    fn refuse(&self, request: ServiceRequest, rejection: &Rejection) -> ServiceResponse<BoxBody> {
        let grpc = is_grpc_request(&request);
        request.into_response(self.error_response(rejection, grpc))
    }

    /// The answer to a refused request: in this layer's preset, and saying which fields decided.
    pub(crate) fn error_response(&self, rejection: &Rejection, grpc: bool) -> HttpResponse {
        let mut response = self.render(rejection, grpc);
        self.vary(response.headers_mut());
        response
    }

    fn render(&self, rejection: &Rejection, grpc: bool) -> HttpResponse {
        let shared = &*self.0;
        shared
            .refusals
            .response(&shared.authenticator, rejection, grpc)
    }

    /// A refusal that a middleware further in returned as an error: the request has gone with it, so that it can only be
    /// told how to render itself.
    #[cold]
    fn claim(&self, error: Error, grpc: bool) -> Error {
        let refused: Option<&AuthenticationRejection> = error.as_error();
        match refused.and_then(|refused| refused.rendered_by(self, grpc)) {
            Some(claimed) => claimed.into(),
            None => error,
        }
    }

    /// What was answered to a preflight, and not by CORS, is nobody's business.
    #[cold]
    fn withhold<B>(&self, response: ServiceResponse<B>) -> ServiceResponse<BoxBody> {
        let missing = Rejection::new(RejectionKind::Missing);
        response.into_response(self.error_response(&missing, false))
    }

    /// Whether [`finish`](Self::finish) would do nothing.
    #[inline]
    fn leaves_alone<B>(&self, response: &ServiceResponse<B>) -> bool {
        response.response().error().is_none() && self.0.vary.is_none()
    }

    /// Renders what an extractor or a requirement refused further in, and names the fields that decided.
    #[inline(never)]
    fn finish<B: MessageBody + 'static>(
        &self,
        response: ServiceResponse<B>,
        grpc: bool,
    ) -> ServiceResponse<BoxBody> {
        let refused: Option<&AuthenticationRejection> =
            response.response().error().and_then(Error::as_error);
        let rendered = refused.map(|refused| self.render(refused.rejection(), grpc));
        let mut response = match rendered {
            Some(mut rendered) => {
                for (name, value) in response.headers() {
                    if !Rejection::owns_field(name.as_str()) {
                        rendered.headers_mut().append(name.clone(), value.clone());
                    }
                }
                response.into_response(rendered)
            }
            None => boxed(response),
        };
        self.vary(response.headers_mut());
        response
    }

    fn vary(&self, headers: &mut HeaderMap) {
        if let Some(vary) = &self.0.vary {
            headers.append(header::VARY, vary.clone());
        }
    }
}

pin_project! {
    /// The future of [`TokenAuthService`].
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Passed { #[pin] inner: F, auth: Rc<TokenAuth>, grpc: bool, preflight: bool },
        // Rendered when polled: a response in here would make every future large.
        Refused { refused: Option<(ServiceRequest, Rejection)>, auth: Rc<TokenAuth> },
        Asking { asked: Pin<Box<dyn Future<Output = Result<ServiceResponse<BoxBody>, Error>>>> },
    }
}

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse<BoxBody>, Error>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Passed {
                inner,
                auth,
                grpc,
                preflight,
            } => match poll_ready!(inner.poll(cx)) {
                Ok(response) if *preflight && !answers_preflight(&response) => {
                    Poll::Ready(Ok(auth.withhold(response)))
                }
                Ok(response) if auth.leaves_alone(&response) => Poll::Ready(Ok(boxed(response))),
                Ok(response) => Poll::Ready(Ok(auth.finish(response, *grpc))),
                Err(_) if *preflight => {
                    let missing = Rejection::new(RejectionKind::Missing);
                    let missing = AuthenticationRejection::from(missing);
                    Poll::Ready(Err(auth.claim(missing.into(), *grpc)))
                }
                Err(error) => Poll::Ready(Err(auth.claim(error, *grpc))),
            },
            StateProjection::Refused { refused, auth } => match refused.take() {
                Some((request, rejection)) => Poll::Ready(Ok(auth.refuse(request, &rejection))),
                // A future is not polled again after it was ready.
                None => Poll::Pending,
            },
            StateProjection::Asking { asked } => asked.as_mut().poll(cx),
        }
    }
}

impl<F> std::fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResponseFuture")
    }
}
