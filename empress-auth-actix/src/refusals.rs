//! Refusals as responses, each prepared once and cloned per use.

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use empress_auth_core::{Authenticator, Rejection};

use crate::convert::Prepared;

pub(crate) struct Refusals(Box<[OnceLock<Prepared>]>);

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
    ) -> HttpResponse<BoxBody> {
        if grpc {
            return Prepared::from(authenticator.render_grpc(rejection)).to_response();
        }
        let prepared = authenticator
            .renders_alike()
            .then(|| rejection.prepared_index())
            .flatten()
            .and_then(|index| self.0.get(index));
        match prepared {
            Some(prepared) => prepared
                .get_or_init(|| Prepared::from(authenticator.render(rejection)))
                .to_response(),
            None => Prepared::from(authenticator.render(rejection)).to_response(),
        }
    }
}
