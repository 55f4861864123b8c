//! What a store remembers of verified credentials, so that the next request need not ask.
//!
//! 1. [`cache`]: verified identities by the digest of what was shown.
//! 2. [`withdrawals`]: which of them still hold. One sequence number, read **before** the store is asked, decides hits,
//!    fills and flights alike.
//! 3. [`flights`]: concurrent misses of one credential ask the store once.
//! 4. [`negative`]: what was refused a moment ago.
//!
//! The memory belongs to the value of a store: two layers, or actix's workers, that share a store share it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::clock::unix_millis;
use crate::credentials::Claim;
use crate::identity::{CredentialKind, Identity, Verified};
use crate::limiter::LoginLimiter;
use crate::password::PasswordPool;
use crate::token_text::StoreKey;

mod cache;
mod flights;
mod freshness;
mod lines;
mod negative;
mod withdrawals;

pub(crate) use self::flights::{Flight, Outcome};

/// The memory of one store.
///
/// A store makes it, returns it from [`CredentialStore::memory`](crate::CredentialStore::memory), and after the commit of
/// every write that can withdraw something calls [`withdraw`](Self::withdraw).
pub struct CredentialMemory {
    cache: cache::Cache,
    withdrawals: withdrawals::Withdrawals,
    flights: flights::Flights,
    negative: negative::Negative,
    freshness: freshness::Freshness,
    store_key: Option<StoreKey>,
    limiter: LoginLimiter,
    passwords: PasswordPool,
}

/// In place of a slot where there is no subject.
pub(crate) const NO_SLOT: u16 = u16::MAX;

/// What a write could have withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// Everything of the user with this id.
    User(&'a str),
    /// Everything issued to the OAuth client with this id.
    Client(&'a str),
    /// Everything.
    Everyone,
}

/// When a credential was last shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Use {
    /// What it is the id of: a session may share its id with a token.
    pub kind: CredentialKind,
    /// The id of the credential, as its store gave it.
    pub credential_id: Box<str>,
    /// The moment, to the second.
    pub at: SystemTime,
}

impl CredentialMemory {
    /// How many verified credentials a store remembers unless told.
    pub const DEFAULT_CAPACITY: usize = 1_000_000;

    /// A memory for at most so many verified credentials; a million take about 300 MB.
    ///
    /// With `store_key`, tokens that this store did not make are refused without asking it.
    #[must_use]
    pub fn new(capacity: usize, store_key: Option<StoreKey>) -> Self {
        Self {
            cache: cache::Cache::new(capacity),
            withdrawals: withdrawals::Withdrawals::new(),
            flights: flights::Flights::default(),
            negative: negative::Negative::new(),
            freshness: freshness::Freshness::unlimited(),
            store_key,
            limiter: LoginLimiter::new(),
            passwords: PasswordPool::new(),
        }
    }

    /// Asks the store again for what was verified so long ago; in whole seconds.
    #[must_use]
    pub fn with_max_age(mut self, max_age: Duration) -> Self {
        let max_age_millis = max_age.as_secs().saturating_mul(1_000);
        self.freshness = freshness::Freshness::limited(max_age_millis);
        self
    }

    /// The limits on guessing that all layers and endpoints on this store share.
    pub(crate) const fn limiter(&self) -> &LoginLimiter {
        &self.limiter
    }

    /// The threads on which all layers and endpoints on this store check passwords.
    pub(crate) const fn passwords(&self) -> &PasswordPool {
        &self.passwords
    }

    /// Ends what is remembered of `subject`; to be called after the commit, before the answer.
    pub fn withdraw(&self, subject: Subject<'_>) {
        self.withdrawals.withdraw(subject);
    }

    /// Forgets what was refused; to be called when something was made that may have been asked for before.
    ///
    /// A refusal that is still on its way from the store is not believed either.
    pub fn forget_refusals(&self) {
        self.withdrawals.advance();
    }

    /// Lets the memory answer until this moment, and not after it.
    ///
    /// For stores on several nodes: the reader of the change feed moves it on, so that a node that is cut off asks the
    /// store again.
    pub fn trust_until(&self, until: SystemTime) {
        self.freshness.trust_until(unix_millis(until));
    }

    /// Takes the uses of credentials that fell out of the memory since the last call.
    #[must_use]
    pub fn take_uses(&self) -> Vec<Use> {
        self.cache.take_uses()
    }

    /// When the credentials that are remembered still were last shown, of those that were since `since`.
    ///
    /// For the flusher of a store that keeps last use: what is shown all the time never falls out. Looks at every entry,
    /// which takes a tenth of a second for a million.
    #[must_use]
    pub fn uses_since(&self, since: SystemTime) -> Vec<Use> {
        self.cache.uses_since(unix_millis(since))
    }

    /// How many uses wait for [`take_uses`](Self::take_uses).
    #[must_use]
    pub fn waiting_uses(&self) -> usize {
        self.cache.waiting_uses()
    }

    /// When the token with this SHA-256 digest was last shown, as far as it is remembered.
    #[must_use]
    pub fn last_used(&self, token_digest: &[u8; 32]) -> Option<SystemTime> {
        self.last_used_millis(Claim::Token, token_digest)
            .map(crate::clock::from_unix_millis)
    }

    /// When the session with this SHA-256 digest was last shown, as far as it is remembered.
    #[must_use]
    pub fn session_last_used(&self, session_digest: &[u8; 32]) -> Option<SystemTime> {
        self.last_used_millis(Claim::Session, session_digest)
            .map(crate::clock::from_unix_millis)
    }

    /// How many verified credentials are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hit: a credential verified before, if nothing could have withdrawn it since; whoever calls must ask
    /// [`holds_also`](Self::holds_also) of one that has rare parts.
    #[inline(always)]
    pub(crate) fn recall(
        &self,
        claim: Claim,
        digest: &[u8; 32],
        now_millis: u64,
    ) -> Option<Identity> {
        self.cache.find(claim, digest, |entry| {
            self.withdrawals.holds(entry.slot, entry.stamp)
                && now_millis < entry.expires_at
                && self
                    .freshness
                    .holds(|| entry.verified_at.millis(), now_millis)
        })
    }

    /// What is asked besides of the few entries that have a client or may not be left alone: those with
    /// [`rare`](Verified::rare) parts.
    #[cold]
    pub(crate) fn holds_also(&self, identity: &Identity, now_millis: u64) -> bool {
        let entry = &*identity.0;
        let (idle_timeout_secs, proven_until) =
            entry.rare.as_deref().map_or((u32::MAX, u64::MAX), |rare| {
                (rare.idle_timeout_secs, rare.proven_until)
            });
        self.holds(entry, entry.stamp)
            && now_millis < proven_until
            && !is_idle(entry.last_used.millis(), idle_timeout_secs, now_millis)
    }

    /// Whether what was asked at `asked_millis` may be believed still.
    pub(crate) fn is_fresh(&self, asked_millis: u64, now_millis: u64) -> bool {
        self.freshness.holds(|| asked_millis, now_millis)
    }

    /// For how long that will be so, if nothing is withdrawn; `None` if it is not so now.
    pub(crate) fn fresh_for(&self, asked_millis: u64, now_millis: u64) -> Option<Duration> {
        self.freshness.remaining(asked_millis, now_millis)
    }

    /// The last use that is remembered; of a token, under either scheme.
    pub(crate) fn last_used_millis(&self, claim: Claim, digest: &[u8; 32]) -> Option<u64> {
        let claims: &[Claim] = match claim {
            Claim::Token | Claim::Bearer => &[Claim::Token, Claim::Bearer],
            Claim::KeyPair => &[Claim::KeyPair],
            Claim::Session => &[Claim::Session],
            Claim::Password => &[],
        };
        claims
            .iter()
            .filter_map(|claim| self.cache.last_used(*claim, digest))
            .max()
    }

    /// The stamp for an answer that the store has still to give.
    pub(crate) fn stamp(&self) -> u64 {
        self.withdrawals.sequence()
    }

    pub(crate) fn slot(&self, subject: Subject<'_>) -> u16 {
        self.withdrawals.slot(subject)
    }

    /// Whether nothing of its user or client was withdrawn since `stamp` was read.
    #[inline(always)]
    pub(crate) fn holds(&self, verified: &Verified, stamp: u64) -> bool {
        let client_slot = verified
            .rare
            .as_deref()
            .map_or(NO_SLOT, |rare| rare.client_slot);
        self.withdrawals.holds(verified.slot, stamp)
            && (client_slot == NO_SLOT || self.withdrawals.holds(client_slot, stamp))
    }

    /// How many withdrawals have taken effect.
    pub(crate) fn announced(&self) -> u64 {
        self.withdrawals.announced()
    }

    pub(crate) async fn changed(&self, since: u64) {
        self.withdrawals.changed(since).await;
    }

    pub(crate) fn fill(&self, identity: &Identity) {
        self.cache.insert(identity.clone());
    }

    /// Whether this credential was refused under the current sequence, less than a second ago.
    pub(crate) fn was_refused(&self, claim: Claim, digest: &[u8; 32], now_millis: u64) -> bool {
        self.negative
            .contains(claim, digest, self.stamp(), now_millis)
    }

    /// Remembers that a credential was refused, as of when the store was asked; not if the sequence has moved on since: it
    /// could have been made meanwhile.
    pub(crate) fn refuse(&self, claim: Claim, digest: [u8; 32], stamp: u64, asked_millis: u64) {
        if stamp == self.stamp() {
            self.negative.insert(claim, digest, stamp, asked_millis);
        }
    }

    pub(crate) fn join(
        &self,
        claim: Claim,
        digest: [u8; 32],
        start: impl FnOnce(u64) -> Outcome,
    ) -> Flight {
        self.flights.join(claim, digest, &self.withdrawals, start)
    }

    pub(crate) const fn store_key(&self) -> Option<&StoreKey> {
        self.store_key.as_ref()
    }
}

/// Whether a credential was left alone for too long; `u32::MAX` seconds stand for no limit.
#[inline]
pub(crate) fn is_idle(last_used_millis: u64, timeout_secs: u32, now_millis: u64) -> bool {
    timeout_secs != u32::MAX
        && now_millis.saturating_sub(last_used_millis) >= u64::from(timeout_secs) * 1_000
}

impl fmt::Debug for CredentialMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialMemory")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The key of everything here: what was shown, and how. Two requests that differ in either have different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    claim: Claim,
    digest: [u8; 32],
}

impl Hash for Key {
    /// Half of the digest is more than enough to tell keys apart, and nobody finds many with equal halves.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let half = self.digest.first_chunk().copied().unwrap_or_default();
        state.write_u128(u128::from_ne_bytes(half));
    }
}

pub(crate) fn shared(capacity: usize, store_key: Option<StoreKey>) -> Arc<CredentialMemory> {
    Arc::new(CredentialMemory::new(capacity, store_key))
}
