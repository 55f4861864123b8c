//! When were tokens last shown, and what of it is not on the disk yet?
//!
//! Nothing is written while a request waits. Uses gather in the memory of verified credentials; what falls out of it is
//! kept here until the flusher has written it, and lists look here, so that a use is seen at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::{CredentialKind, CredentialMemory, SecretDigest, TokenId, Use};
use parking_lot::Mutex;

pub(crate) struct LastUses {
    memory: Arc<CredentialMemory>,
    unwritten: Mutex<HashMap<TokenId, SystemTime>>,
}

impl LastUses {
    pub(crate) fn new(memory: Arc<CredentialMemory>) -> Self {
        Self {
            memory,
            unwritten: Mutex::default(),
        }
    }

    /// A use of this token that may not be on the disk yet.
    pub(crate) fn of(&self, id: TokenId, digest: &SecretDigest) -> Option<SystemTime> {
        self.gather();
        let fallen_out = self.unwritten.lock().get(&id).copied();
        let remembered = match (digest.algorithm(), digest.as_bytes().try_into()) {
            ("s256", Ok(digest)) => self.memory.last_used(digest),
            _ => None,
        };
        fallen_out.max(remembered)
    }

    /// What is to be written: all that fell out of the memory, and what was shown since `since` and is in there still; by
    /// id, which is the order on the disk.
    pub(crate) fn due(&self, since: SystemTime) -> Vec<(TokenId, SystemTime)> {
        self.gather();
        self.keep(self.memory.uses_since(since));
        let mut due: Vec<_> = self
            .unwritten
            .lock()
            .iter()
            .map(|(id, at)| (*id, *at))
            .collect();
        due.sort_unstable();
        due
    }

    /// These are on the disk.
    pub(crate) fn written(&self, uses: &[(TokenId, SystemTime)]) {
        let mut unwritten = self.unwritten.lock();
        for (id, at) in uses {
            if unwritten.get(id) == Some(at) {
                unwritten.remove(id);
            }
        }
    }

    /// Takes over what fell out of the memory, which keeps a bounded number of uses only.
    pub(crate) fn gather(&self) {
        if self.memory.waiting_uses() > 0 {
            self.keep(self.memory.take_uses());
        }
    }

    fn keep(&self, uses: Vec<Use>) {
        let mut unwritten = self.unwritten.lock();
        for one in uses {
            if one.kind == CredentialKind::ApiToken
                && let Some(id) = TokenId::parse(&one.credential_id)
            {
                let at = unwritten.entry(id).or_insert(one.at);
                *at = one.at.max(*at);
            }
        }
    }
}
