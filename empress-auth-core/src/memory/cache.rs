//! Verified identities by digest: 64 locked tables, bounded.
//!
//! Only verified credentials enter, so nobody chooses the digests and their first bytes serve as the hash. A table holds
//! pointers of 8 bytes; the key lies in the identity itself.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parking_lot::{Mutex, RwLock};

use super::Use;
use crate::clock::from_unix_millis;
use crate::credentials::Claim;
use crate::identity::{Identity, Verified, WholeSeconds};

pub(super) struct Cache {
    shards: Box<[Shard; SHARDS]>,
    shard_capacity: usize,
    uses: Mutex<Vec<Use>>,
}

/// On a cache line of its own, so that two cores do not contend for two tables.
#[repr(align(128))]
#[derive(Default)]
struct Shard(RwLock<HashTable<Identity>>);

const SHARDS: usize = 64;

/// How many entries are looked at to find one to evict.
const SAMPLE: usize = 8;

/// Uses of evicted credentials that are kept for the store; older ones are lost, which costs a minute's precision.
const MAX_USES: usize = 65_536;

impl Cache {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            shards: Box::new(std::array::from_fn(|_| Shard::default())),
            shard_capacity: capacity.div_ceil(SHARDS).max(1),
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
        let entry = table.find(hash(digest), |entry| is(entry, claim, digest))?;
        holds(&entry.0).then(|| entry.clone())
    }

    pub(super) fn last_used(&self, claim: Claim, digest: &[u8; 32]) -> Option<u64> {
        let table = self.shard(digest).0.read();
        let entry = table.find(hash(digest), |entry| is(entry, claim, digest))?;
        Some(entry.0.last_used.millis())
    }

    /// Adds `identity`, in place of an entry of the same credential, or of one that was not used for long.
    pub(super) fn insert(&self, identity: Identity) {
        let digest = identity.0.digest;
        let claim = identity.0.claim;
        let mut table = self.shard(&digest).0.write();
        if let Entry::Occupied(mut entry) =
            table.entry(hash(&digest), |entry| is(entry, claim, &digest), rehash)
        {
            let replaced = std::mem::replace(entry.get_mut(), identity);
            drop(table);
            return self.hand_over(&replaced);
        }
        let evicted = (table.len() >= self.shard_capacity)
            .then(|| evict(&mut table, &digest))
            .flatten();
        table.insert_unique(hash(&digest), identity, rehash);
        drop(table);
        if let Some(evicted) = evicted {
            self.hand_over(&evicted);
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

fn last_use(identity: &Identity) -> Use {
    Use {
        credential_id: identity.credential_id().into(),
        kind: identity.proof(),
        at: from_unix_millis(identity.0.last_used.millis()),
    }
}

/// Takes out the one of a few entries that was used least recently.
fn evict(table: &mut HashTable<Identity>, seed: &[u8; 32]) -> Option<Identity> {
    let buckets = table.num_buckets();
    let start = usize::try_from(hash(seed)).unwrap_or_default() % buckets.max(1);
    let oldest = (0..buckets)
        .map(|step| (start + step) % buckets.max(1))
        .filter_map(|bucket| Some((table.get_bucket(bucket)?.0.last_used.rank(), bucket)))
        .take(SAMPLE)
        .min()?;
    let (identity, _) = table.get_bucket_entry(oldest.1).ok()?.remove();
    Some(identity)
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

fn rehash(entry: &Identity) -> u64 {
    hash(&entry.0.digest)
}
