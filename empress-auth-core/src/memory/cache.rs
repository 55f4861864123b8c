//! Verified identities by digest: 64 locked tables, bounded.
//!
//! Only verified credentials enter, so nobody chooses the digests and their first bytes serve as the hash. A table holds
//! pointers of 8 bytes; the key lies in the identity itself.

use parking_lot::{Mutex, RwLock};

use super::Use;
use super::lines::{Entry, Lines};
use crate::clock::from_unix_millis;
use crate::credentials::Claim;
use crate::identity::{Identity, Verified, WholeSeconds};

pub(super) struct Cache {
    shards: Box<[Shard; SHARDS]>,
    uses: Mutex<Vec<Use>>,
}

/// On a cache line of its own, so that two cores do not contend for two tables.
#[repr(align(128))]
struct Shard(RwLock<Lines<Identity>>);

const SHARDS: usize = 64;

/// Uses of evicted credentials that are kept for the store; older ones are lost, which costs a minute's precision.
const MAX_USES: usize = 65_536;

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        let shard = |_| Shard(RwLock::new(Lines::new(capacity.div_ceil(SHARDS))));
        Self {
            shards: Box::new(std::array::from_fn(shard)),
            uses: Mutex::default(),
        }
    }

    #[inline(always)]
    pub(super) fn find(
        &self,
        claim: Claim,
        digest: &[u8; 32],
        holds: impl FnOnce(&Verified) -> bool,
    ) -> Option<Identity> {
        let table = self.shard(digest).0.read();
        let entry = table.find(hash(digest), move |entry| is(entry, claim, digest))?;
        holds(&entry.0).then(|| entry.clone())
    }

    pub(super) fn last_used(&self, claim: Claim, digest: &[u8; 32]) -> Option<u64> {
        let table = self.shard(digest).0.read();
        let entry = table.find(hash(digest), move |entry| is(entry, claim, digest))?;
        Some(entry.0.last_used.millis())
    }

    /// Adds `identity`, in place of an entry of the same credential, or of those that were not used for long.
    pub(super) fn insert(&self, identity: Identity) {
        let gone = self.shard(&identity.0.digest).0.write().insert(identity);
        for gone in &gone {
            self.hand_over(gone);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.0.read().len()).sum()
    }

    pub(super) fn take_uses(&self) -> Vec<Use> {
        std::mem::take(&mut *self.uses.lock())
    }

    /// Uses are kept to the second, so that `since` is one, too.
    pub(super) fn uses_since(&self, since_millis: u64) -> Vec<Use> {
        let since = WholeSeconds::of(since_millis).millis();
        let mut uses = Vec::new();
        for shard in &*self.shards {
            let table = shard.0.read();
            let recent = table
                .iter()
                .filter(|entry| entry.0.last_used.millis() >= since);
            uses.extend(recent.map(last_use));
        }
        uses
    }

    pub(super) fn waiting_uses(&self) -> usize {
        self.uses.lock().len()
    }

    fn hand_over(&self, identity: &Identity) {
        let mut uses = self.uses.lock();
        if uses.len() < MAX_USES {
            uses.push(last_use(identity));
        }
    }

    #[inline]
    fn shard(&self, digest: &[u8; 32]) -> &Shard {
        let [.., last] = digest;
        #[expect(clippy::indexing_slicing, reason = "a byte modulo 64 is below 64")]
        &self.shards[usize::from(*last) % SHARDS]
    }
}

impl Entry for Identity {
    fn hash(&self) -> u64 {
        hash(&self.0.digest)
    }

    fn replaces(&self, other: &Self) -> bool {
        is(other, self.0.claim, &self.0.digest)
    }

    fn rank(&self) -> u32 {
        self.0.last_used.rank()
    }
}

fn last_use(identity: &Identity) -> Use {
    Use {
        kind: identity.proof(),
        credential_id: identity.credential_id().into(),
        at: from_unix_millis(identity.0.last_used.millis()),
    }
}

#[inline]
fn is(entry: &Identity, claim: Claim, digest: &[u8; 32]) -> bool {
    entry.0.digest == *digest && entry.0.claim == claim
}

#[inline]
fn hash(digest: &[u8; 32]) -> u64 {
    digest
        .first_chunk::<8>()
        .map_or(0, |first| u64::from_ne_bytes(*first))
}
