//! Verified identities by digest: 64 locked tables, bounded.
//!
//! Only verified credentials enter, so nobody chooses the digests and their first bytes serve as the hash. A table holds
//! pointers of 8 bytes; the key lies in the identity itself.

use parking_lot::{Mutex, RwLock};

use super::Use;
use super::table::Table;
use crate::clock::from_unix_millis;
use crate::credentials::Claim;
use crate::identity::{Identity, Verified};

pub(super) struct Cache {
    shards: Box<[Shard; SHARDS]>,
    shard_capacity: usize,
    uses: Mutex<Vec<Use>>,
}

/// On a cache line of its own, so that two cores do not contend for two tables.
#[repr(align(128))]
#[derive(Default)]
struct Shard(RwLock<Table<Identity>>);

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
        let entry = table.find(hash(digest), move |entry| is(entry, claim, digest))?;
        holds(&entry.0).then(|| entry.clone())
    }

    pub(super) fn last_used(&self, claim: Claim, digest: &[u8; 32]) -> Option<u64> {
        let table = self.shard(digest).0.read();
        let entry = table.find(hash(digest), move |entry| is(entry, claim, digest))?;
        Some(entry.0.last_used.millis())
    }

    /// Adds `identity`, in place of an entry of the same credential, or of one that was not used for long.
    pub(super) fn insert(&self, identity: Identity) {
        let digest = identity.0.digest;
        let claim = identity.0.claim;
        let mut table = self.shard(&digest).0.write();
        let replaced = table.replace(hash(&digest), identity, |entry| is(entry, claim, &digest));
        let identity = match replaced {
            Ok(replaced) => {
                drop(table);
                return self.hand_over(&replaced);
            }
            Err(new) => new,
        };
        let evicted = (table.len() >= self.shard_capacity)
            .then(|| evict(&mut table, &digest))
            .flatten();
        table.insert(hash(&digest), identity, hash_of);
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

    pub(super) fn waiting_uses(&self) -> usize {
        self.uses.lock().len()
    }

    fn hand_over(&self, identity: &Identity) {
        let mut uses = self.uses.lock();
        if uses.len() < MAX_USES {
            uses.push(Use {
                credential_id: identity.credential_id().into(),
                at: from_unix_millis(identity.0.last_used.millis()),
            });
        }
    }

    #[inline]
    fn shard(&self, digest: &[u8; 32]) -> &Shard {
        let [.., last] = digest;
        #[expect(clippy::indexing_slicing, reason = "a byte modulo 64 is below 64")]
        &self.shards[usize::from(*last) % SHARDS]
    }
}

/// Takes out the one of a few entries that was used least recently.
fn evict(table: &mut Table<Identity>, seed: &[u8; 32]) -> Option<Identity> {
    let (_, place, hash) = table
        .entries_from(hash(seed))
        .take(SAMPLE)
        .map(|(place, entry)| (entry.0.last_used.rank(), place, hash_of(entry)))
        .min_by_key(|(rank, ..)| *rank)?;
    table.remove(place, hash)
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

fn hash_of(entry: &Identity) -> u64 {
    hash(&entry.0.digest)
}
