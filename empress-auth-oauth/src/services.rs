//! What the provider's endpoints work on, and how a handler becomes an endpoint.

use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::endpoint::{Call, Endpoint};
use empress_auth_core::limiter::Throttle;
use empress_auth_core::{Clock, MasterKey, PublicUrl, SessionIssuer, TokenMint, UserStore};
use http::Response;

use crate::cors;
use crate::discovery::{self, Offer};
use crate::error::OAuthError;
use crate::resource::Resource;
use crate::settings::{Lifetimes, Switches};
use crate::signers::Signers;
use crate::store::{ClientStore, ConsentStore, GrantStore};

/// Everything on one store, with one clock.
pub(crate) struct Services {
    pub(crate) clients: Arc<dyn ClientStore>,
    pub(crate) consents: Arc<dyn ConsentStore>,
    pub(crate) grants: Arc<dyn GrantStore>,
    pub(crate) signers: Signers,
    pub(crate) users: Arc<dyn UserStore>,
    pub(crate) sessions: SessionIssuer,
    /// The issuer; never what a request says of its host.
    pub(crate) public_url: PublicUrl,
    pub(crate) master_key: Arc<MasterKey>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) switches: Switches,
    /// What may be asked for as `resource`; empty: any absolute URI.
    pub(crate) resources: Vec<Resource>,
    pub(crate) mint: TokenMint,
    pub(crate) clock: Clock,
    pub(crate) client_failures: Throttle,
    pub(crate) open_introspections: Throttle,
    pub(crate) open_introspection_warnings: Throttle,
}

/// What a handler comes to.
pub(crate) type Answered = Result<Response<Bytes>, OAuthError>;

impl Services {
    /// The issuer identifier ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).
    pub(crate) const fn issuer(&self) -> &str {
        self.public_url.as_str()
    }

    /// What the metadata says.
    pub(crate) fn offer(&self) -> Offer<'_> {
        Offer {
            public_url: &self.public_url,
            scopes: discovery::SCOPES,
            claims: discovery::CLAIMS,
            algs: self.signers.keys.algs(),
        }
    }

    /// An endpoint out of a handler, whose errors are JSON and whose answers scripts of any origin may read.
    pub(crate) fn endpoint<H, F>(self: &Arc<Self>, handler: H) -> impl Endpoint + use<H, F>
    where
        H: Fn(Arc<Self>, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Answered> + Send + 'static,
    {
        let services = Arc::clone(self);
        move |call: Call| {
            let answered = handler(Arc::clone(&services), call);
            async move {
                let mut response = answered.await.unwrap_or_else(|error| {
                    error.log();
                    error.to_response()
                });
                cors::allow(&mut response);
                response
            }
        }
    }
}
