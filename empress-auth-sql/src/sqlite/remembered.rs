//! What is remembered of the file, so that not every request asks it: verified credentials, and clients.
//!
//! Both are told what this process and others withdraw, and both may answer only while the feed is heard.

use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::CredentialMemory;

#[cfg(feature = "oauth")]
use super::oauth::KnownClients;
use super::withdrawn::Withdrawn;

pub(super) struct Remembered {
    pub(super) credentials: Arc<CredentialMemory>,
    #[cfg(feature = "oauth")]
    pub(super) clients: KnownClients,
}

impl Remembered {
    pub(super) fn new(credentials: Arc<CredentialMemory>) -> Self {
        Self {
            credentials,
            #[cfg(feature = "oauth")]
            clients: KnownClients::default(),
        }
    }

    /// After the commit, before the answer; or as soon as another process's commit is heard of.
    pub(super) fn withdraw(&self, withdrawn: &Withdrawn) {
        #[cfg(feature = "oauth")]
        self.clients.forget(withdrawn);
        self.credentials.withdraw(withdrawn.subject());
    }

    /// Something was made that may have been asked for before.
    pub(super) fn forget_refusals(&self) {
        self.credentials.forget_refusals();
    }

    /// Nothing that is remembered is believed after this moment.
    pub(super) fn trust_until(&self, until: SystemTime) {
        #[cfg(feature = "oauth")]
        self.clients.trust_until(until);
        self.credentials.trust_until(until);
    }
}
