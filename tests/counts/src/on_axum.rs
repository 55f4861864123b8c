//! One GET on a resolved axum router.

use std::hint::black_box;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use empress_auth_core::MemoryStore;
use empress_auth_tower::{Authenticated, TokenAuth};
use tower_layer::Layer;
use tower_service::Service;

use crate::Run;
use crate::store::{PATH, always, runtime, templates, with_hot_tokens};

pub(crate) fn bare() -> Run {
    drive(hello(), &with_hot_tokens().1, StatusCode::OK)
}

pub(crate) fn no_op() -> Run {
    let router = hello().layer(NoOpLayer);
    drive(router, &with_hot_tokens().1, StatusCode::OK)
}

pub(crate) fn layer() -> Run {
    let (store, tokens) = with_hot_tokens();
    let router = hello().layer(TokenAuth::new(store));
    drive(router, &tokens, StatusCode::OK)
}

pub(crate) fn extractor() -> Run {
    let (store, tokens) = with_hot_tokens();
    let handler = async |who: Authenticated| {
        black_box(&who);
        HELLO
    };
    let router = Router::new().route(PATH, get(handler));
    drive(router.layer(TokenAuth::new(store)), &tokens, StatusCode::OK)
}

pub(crate) fn missing() -> Run {
    let router = hello().layer(TokenAuth::new(MemoryStore::new()));
    drive(router, &[], StatusCode::UNAUTHORIZED)
}

pub(crate) fn unknown() -> Run {
    let router = hello().layer(TokenAuth::new(MemoryStore::new()));
    drive(router, &with_hot_tokens().1, StatusCode::UNAUTHORIZED)
}

const HELLO: &str = "Hello, World!";

fn hello() -> Router {
    Router::new().route(PATH, get(async || HELLO))
}

/// Shows the tokens in turn, or none.
fn drive(router: Router, tokens: &[String], status: StatusCode) -> Run {
    // Without this, axum would apply every layer anew on every request.
    let mut router = router.with_state::<()>(());
    let templates = templates(tokens);
    let runtime = runtime();
    Box::new(move |n| {
        runtime.block_on(async {
            for (template, _) in templates.iter().cycle().zip(0..n) {
                let mut request = Request::new(Body::empty());
                request.uri_mut().clone_from(template.uri());
                request.headers_mut().clone_from(template.headers());
                let response = always(router.call(request).await);
                assert_eq!(response.status(), status);
            }
        });
    })
}

#[derive(Clone)]
struct NoOpLayer;

impl<S> Layer<S> for NoOpLayer {
    type Service = NoOp<S>;

    fn layer(&self, inner: S) -> NoOp<S> {
        NoOp(inner)
    }
}

#[derive(Clone)]
struct NoOp<S>(S);

impl<S: Service<R>, R> Service<R> for NoOp<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}
