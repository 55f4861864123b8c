//! Refusals as responses, each prepared once and cloned per use.

use std::sync::OnceLock;

use axum::body::Body;
use bytes::Bytes;
use empress_auth_core::{Authenticator, Rejection};
use http::Response;

pub(crate) struct Refusals(Box<[OnceLock<Response<Bytes>>]>);

impl Refusals {
    pub(crate) fn new() -> Self {
        Self(
            (0..Rejection::prepared_count())
                .map(|_| OnceLock::new())
                .collect(),
        )
    }

    /// The response to `rejection`, in the shape that `authenticator` was set up with.
    pub(crate) fn response(
        &self,
        authenticator: &Authenticator,
        rejection: &Rejection,
        grpc: bool,
    ) -> Response<Body> {
        if grpc {
            return authenticator.render_grpc(rejection).map(Body::from);
        }
        let prepared = authenticator
            .renders_alike()
            .then(|| rejection.prepared_index())
            .flatten()
            .and_then(|index| self.0.get(index));
        match prepared {
            Some(prepared) => prepared
                .get_or_init(|| authenticator.render(rejection))
                .clone()
                .map(Body::from),
            None => authenticator.render(rejection).map(Body::from),
        }
    }
}
