//! When were tokens and sessions last shown, and what of it is not on the disk yet?
//!
//! Nothing is written while a request waits. Uses gather in the memory of verified credentials; what falls out of it is
//! kept here until the flusher has written it, and lists look here, so that a use is seen at once.
//!
//! Look-ups wait for the lock on what is kept, so nobody holds it for more than a portion of it.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::{CredentialKind, CredentialMemory, SecretDigest, TokenId, Use};
use parking_lot::Mutex;

pub(crate) struct LastUses {
    memory: Arc<CredentialMemory>,
    unwritten: Mutex<BTreeMap<Used, SystemTime>>,
}

/// How many uses are taken over under the lock at once.
const PORTION: usize = 1_000;

/// What was shown. In order of their tables and ids, which is the order on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Used {
    Token(TokenId),
    Session(TokenId),
}

impl Used {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the last use of other kinds is kept nowhere"
    )]
    fn of(one: &Use) -> Option<Self> {
        let id = TokenId::parse(&one.credential_id);
        match one.kind {
            CredentialKind::ApiToken => id.map(Self::Token),
            CredentialKind::Session => id.map(Self::Session),
            _ => None,
        }
    }
}

impl LastUses {
    pub(crate) fn new(memory: Arc<CredentialMemory>) -> Self {
        Self {
            memory,
            unwritten: Mutex::default(),
        }
    }

    /// A use of this credential that may not be on the disk yet.
    pub(crate) fn of(&self, what: Used, digest: &SecretDigest) -> Option<SystemTime> {
        self.gather();
        let fallen_out = self.unwritten.lock().get(&what).copied();
        let remembered = match (digest.algorithm(), digest.as_bytes().try_into()) {
            ("s256", Ok(digest)) => match what {
                Used::Token(_) => self.memory.last_used(digest),
                Used::Session(_) => self.memory.session_last_used(digest),
            },
            _ => None,
        };
        fallen_out.max(remembered)
    }

    /// Takes over what was shown since `since` and is in the memory still, so that it is [`due`](Self::due), too.
    pub(crate) fn remember_since(&self, since: SystemTime) {
        let remembered = self.memory.uses_since(since);
        self.gather();
        for portion in remembered.chunks(PORTION) {
            keep(&mut self.unwritten.lock(), portion);
        }
    }

    /// At most `limit` of what is to be written, behind `after`; in the order on the disk.
    pub(crate) fn due(&self, after: Option<Used>, limit: usize) -> Vec<(Used, SystemTime)> {
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let unwritten = self.unwritten.lock();
        let due = unwritten.range((behind, Bound::Unbounded));
        due.map(|(what, at)| (*what, *at)).take(limit).collect()
    }

    /// These are on the disk.
    pub(crate) fn written(&self, uses: &[(Used, SystemTime)]) {
        let mut unwritten = self.unwritten.lock();
        for (what, at) in uses {
            if unwritten.get(what) == Some(at) {
                unwritten.remove(what);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn put(&self, uses: impl IntoIterator<Item = (Used, SystemTime)>) {
        self.unwritten.lock().extend(uses);
    }

    /// Takes over what fell out of the memory, which keeps a bounded number of uses only.
    pub(crate) fn gather(&self) {
        if self.memory.waiting_uses() > 0 {
            // Taken under the lock, so that nobody looks for them while they are in neither place.
            let mut unwritten = self.unwritten.lock();
            keep(&mut unwritten, &self.memory.take_uses());
        }
    }
}

fn keep(unwritten: &mut BTreeMap<Used, SystemTime>, uses: &[Use]) {
    for one in uses {
        if let Some(what) = Used::of(one) {
            let at = unwritten.entry(what).or_insert(one.at);
            *at = one.at.max(*at);
        }
    }
}
