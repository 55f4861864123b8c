//! What our own endpoints work on, and how a handler becomes an endpoint.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use super::Endpoint;
use super::call::Call;
use super::refused::Refused;
use super::switches::Switches;
use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::issuing::UserStore;
use crate::key_issuer::KeyIssuer;
use crate::master_key::MasterKey;
use crate::session_issuer::SessionIssuer;
use crate::source::Source;
use crate::token_issuer::TokenIssuer;

/// The issuers, all on one store.
pub(super) struct Services {
    pub(super) accounts: Accounts,
    pub(super) keys: KeyIssuer,
    pub(super) tokens: TokenIssuer,
    pub(super) sessions: SessionIssuer,
    pub(super) users: Arc<dyn UserStore>,
    pub(super) source: Arc<Source>,
    /// `None` if the random generator did not answer when it was to be made.
    pub(super) master_key: Option<Arc<MasterKey>>,
    pub(super) switches: Switches,
    /// Where a login leads to; to the root of the public URL if unset.
    pub(super) home_page: Option<Box<str>>,
}

/// What a handler comes to; a refusal is rendered in the route's shape.
pub(super) type Answered = Result<Response<Bytes>, Refused>;

impl Services {
    /// On whose authority the call acts.
    pub(super) fn actor(&self, call: &Call) -> Result<Actor, Refused> {
        let actor = Actor::from(call.caller()?).with_address(call.client_address());
        Ok(if self.switches.danger_administer_with_access_token {
            actor.danger_administer_with_access_token()
        } else {
            actor
        })
    }

    /// An endpoint out of a handler.
    pub(super) fn endpoint<H, F>(self: &Arc<Self>, handler: H) -> impl Endpoint + use<H, F>
    where
        H: Fn(Arc<Self>, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Answered> + Send + 'static,
    {
        let services = Arc::clone(self);
        move |call: Call| {
            let (authenticator, preset) = (call.authenticator.clone(), call.preset);
            let answered = handler(Arc::clone(&services), call);
            async move {
                answered
                    .await
                    .unwrap_or_else(|refused| refused.render(&authenticator, preset))
            }
        }
    }
}
