//! Where one layer gets its answers: a store, what it remembers, and what passwords cost.

use std::sync::Arc;

use crate::client_address::Origin;
use crate::clock::Clock;
use crate::credentials::Claim;
#[cfg(feature = "jwt")]
use crate::jwt::Verifiers;
use crate::limiter::{Attempt, LoginLimiter};
use crate::memory::CredentialMemory;
use crate::password::PasswordPool;
use crate::rejection::Refusal;
use crate::sha;
use crate::store::{AnyStore, CredentialStore};
use crate::user_key::UserKey;

/// Shared by a layer and every identity that it made.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: AnyStore,
    pub(crate) memory: Option<Arc<CredentialMemory>>,
    pub(crate) clock: Clock,
    pub(crate) passwords: PasswordPool,
    pub(crate) limiter: LoginLimiter,
    #[cfg(feature = "jwt")]
    pub(crate) verifiers: Verifiers,
}

impl Source {
    /// Layers and endpoints on one store share its limits on guessing, and its threads for passwords.
    pub(crate) fn new(store: impl CredentialStore) -> Self {
        let memory = store.memory();
        let shared = memory.as_deref();
        #[cfg(feature = "jwt")]
        let verifiers = {
            let mut verifiers = Verifiers::default();
            if let Some(verifier) = store.jwt_verifier() {
                verifiers.add(&verifier);
            }
            verifiers
        };
        Self {
            passwords: shared.map_or_else(PasswordPool::new, |it| it.passwords().clone()),
            limiter: shared.map_or_else(LoginLimiter::new, |it| it.limiter().clone()),
            store: AnyStore::new(store),
            clock: Clock::system(),
            memory,
            #[cfg(feature = "jwt")]
            verifiers,
        }
    }

    /// Begins one guess at a password or an imported secret, if there may be one.
    pub(crate) async fn attempt(
        &self,
        account: &UserKey,
        origin: Origin,
    ) -> Result<Attempt, Refusal> {
        origin.warn_if_unknown();
        let now = || self.clock.monotonic();
        let begun = self.limiter.begin(account, origin.counted(), now).await;
        begun.map_err(|limited| Refusal::Limited(limited.wait()))
    }

    /// Under which key to remember what is shown: its digest, and who is to decide on it.
    #[cfg(feature = "jwt")]
    #[inline(always)]
    pub(crate) fn key_of(&self, claim: Claim, shown: &[u8]) -> [u8; 32] {
        let mut digest = sha::of_shown(shown);
        if !self.verifiers.is_empty() {
            self.verifiers.mark(claim, shown, &mut digest);
        }
        digest
    }

    /// Under which key to remember what is shown: its digest.
    #[cfg(not(feature = "jwt"))]
    #[expect(clippy::unused_self, reason = "with the feature it is needed")]
    #[inline(always)]
    pub(crate) fn key_of(&self, _: Claim, shown: &[u8]) -> [u8; 32] {
        sha::of_shown(shown)
    }
}
