//! The published keys: `/.well-known/jwks.json`.
//!
//! The document is made when the keys change, and answered from memory.

use std::sync::Arc;

use empress_auth_core::endpoint::{Call, Endpoint, Route};
use empress_auth_core::{Preset, Rejection, RejectionKind};
use http::Method;

use crate::keys::KeyRing;
use crate::paths;
use crate::routes::open;

/// The routes that publish the keys of this ring.
pub(crate) fn routes(keys: &KeyRing) -> Vec<Route> {
    let keys = keys.clone();
    let jwks = move |call: Call| {
        let keys = keys.clone();
        async move {
            match keys.jwks().await {
                Ok(document) => document.answer(call.headers()),
                Err(error) => {
                    tracing::error!(error = %error, "the signing keys cannot be published");
                    call.refuse(&Rejection::new(RejectionKind::Unavailable))
                }
            }
        }
    };
    let jwks: Arc<dyn Endpoint> = Arc::new(jwks);
    open(paths::JWKS, "jwks", &[Method::GET], Preset::OAuth, jwks)
}
