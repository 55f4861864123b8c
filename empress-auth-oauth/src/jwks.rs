//! The published keys: `/.well-known/jwks.json`.
//!
//! The document is made when the keys change, and answered from memory.

use empress_auth_core::endpoint::{Call, Route};
use empress_auth_core::{Preset, Rejection, RejectionKind};

use crate::document;
use crate::keys::KeyRing;
use crate::paths;

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
    document::routes(paths::JWKS, "jwks", jwks)
        .map(|route| route.with_preset(Preset::OAuth))
        .into()
}
