//! One GET request on a resolved axum router, without a socket.

use axum::{
    Router,
    body::Body,
    http::{
        HeaderName, HeaderValue, Request, StatusCode, Uri,
        header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, USER_AGENT},
    },
};
use tokio::runtime::{Builder, Runtime};
use tower::Service;

use crate::{catalog::Variant, data::PATH};

/// The header by which the caller proves itself, if any.
#[derive(Clone)]
pub struct Proof(Option<(HeaderName, HeaderValue)>);

impl Proof {
    /// No such header.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// `Authorization: Bearer <token>`.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        Self::header(AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// `Cookie: <pair>`.
    #[must_use]
    pub fn cookie(pair: &str) -> Self {
        Self::header(COOKIE, pair)
    }

    fn header(name: HeaderName, value: &str) -> Self {
        Self(Some((
            name,
            HeaderValue::from_str(value).expect("a header value"),
        )))
    }

    /// The whole request: four headers with the proof, three without.
    #[must_use]
    pub fn request(&self, uri: &Uri) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        request.uri_mut().clone_from(uri);
        let headers = request.headers_mut();
        headers.reserve(4);
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:3000"));
        headers.insert(USER_AGENT, HeaderValue::from_static("bench/1"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if let Some((name, value)) = &self.0 {
            headers.insert(name.clone(), value.clone());
        }
        request
    }
}

/// Sends `proof` to `router` over and over; every answer must have this status.
#[must_use]
pub fn variant(router: Router, proof: Proof, status: StatusCode) -> Variant {
    // Without this, axum would apply every layer anew on every request.
    let mut service = router.with_state::<()>(());
    let uri = Uri::from_static(PATH);
    let runtime = runtime();
    Variant::new(move |n| {
        runtime.block_on(async {
            for _ in 0..n {
                let Ok(response) = service.call(proof.request(&uri)).await;
                assert_eq!(response.status(), status);
            }
        });
    })
}

/// A runtime that never leaves the calling thread.
#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
