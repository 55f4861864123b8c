//! The keys of a node: read from the store, kept fresh, handed out.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use empress_auth_core::jwt;
use empress_auth_core::{Actor, Clock, CredentialMemory, Entropy, MasterKey, Subject};
use parking_lot::RwLock;
use tokio::sync::{Mutex, MutexGuard};

use super::error::{SigningKeyError, SigningKeyErrorKind};
use super::key_pair::KeyPair;
use super::key_set::{KeySet, ListedKey, wrapped_name};
use super::schedule;
use super::signing_key::SigningKey;
use super::wrapping::WrappingKey;
use crate::client::SigningAlg;
use crate::document::Document;
use crate::signing_key::SigningKeyRow;
use crate::store::{SigningKeyStore, SigningKeys};

/// The provider's signing keys; cheap to clone, and every clone is the same ring.
///
/// What the store has is looked at again when it was not for a second: whoever asks then waits for the answer. A program
/// that serves lets [`watch`](Self::watch) look, and nobody ever waits.
///
/// It is the [`KeySource`](jwt::KeySource) of a verifier, too: of
/// [`Provider::verifier`](crate::Provider::verifier), or of one for another audience in the same program.
#[derive(Clone)]
pub struct KeyRing {
    pub(super) store: Arc<dyn SigningKeyStore>,
    pub(super) wrapping: Arc<WrappingKey>,
    pub(super) algs: Arc<[SigningAlg]>,
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    memory: Option<Arc<CredentialMemory>>,
    shared: Arc<Shared>,
}

struct Shared {
    keys: RwLock<Arc<KeySet>>,
    /// When the store was looked at last, in milliseconds of the monotonic clock and one; 0: never.
    looked_at: AtomicU64,
    /// Held by whoever looks.
    looking: Mutex<()>,
}

impl KeyRing {
    /// The keys in `store`, whose private halves are encrypted under `master_key`: one for RS256 and one for ES256.
    pub fn new(store: Arc<dyn SigningKeyStore>, master_key: &MasterKey) -> Self {
        Self {
            store,
            wrapping: Arc::new(WrappingKey::new(master_key, WRAPPING_LABEL)),
            algs: [SigningAlg::Rs256, SigningAlg::Es256].into(),
            clock: Clock::system(),
            entropy: Entropy::system(),
            memory: None,
            shared: Arc::new(Shared {
                keys: RwLock::new(Arc::new(KeySet::empty())),
                looked_at: AtomicU64::new(0),
                looking: Mutex::new(()),
            }),
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Takes the nonces of the encryption from `entropy`. The keys come from the generator of aws-lc, which is its own.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// Has this memory of verified credentials forget everything when a key is retired: nobody knows which of the tokens in
    /// it the key has signed.
    ///
    /// A store forgets it by itself when the keys change, and that is not enough: what was verified between that moment
    /// and the one at which this node learned of it is remembered anew.
    #[must_use]
    pub fn with_memory(mut self, memory: Arc<CredentialMemory>) -> Self {
        self.memory = Some(memory);
        self
    }

    /// Has a key for each of these algorithms; `HS256` is signed with clients' secrets and needs none.
    #[must_use]
    pub fn with_algs(mut self, algs: impl IntoIterator<Item = SigningAlg>) -> Self {
        let mut algs: Vec<_> = algs
            .into_iter()
            .filter(|alg| *alg != SigningAlg::Hs256)
            .collect();
        algs.sort_unstable();
        algs.dedup();
        self.algs = algs.into();
        self
    }

    /// The algorithms that there are keys for.
    #[must_use]
    pub fn algs(&self) -> &[SigningAlg] {
        &self.algs
    }

    /// Reads the keys, and makes those that are missing: on the first start all, and of several nodes that start at once
    /// one makes them.
    ///
    /// Call it before serving. Otherwise the first who needs a key waits for it, and is the one who learns of a wrong
    /// master key.
    ///
    /// # Errors
    ///
    /// `WrongMasterKey` or `Damaged` if a key that is stored cannot be used: nothing is made then; `Unavailable`.
    pub async fn ensure(&self) -> Result<(), SigningKeyError> {
        let looking = self.shared.looking.lock().await;
        self.load(&looking).await
    }

    /// The key that signs with `alg` now.
    ///
    /// # Errors
    ///
    /// `NoSigner` if there is none; `Unavailable` if the store was not heard for five seconds; and those of
    /// [`ensure`](Self::ensure), for the first caller.
    pub async fn signer(&self, alg: SigningAlg) -> Result<Arc<SigningKey>, SigningKeyError> {
        self.look_if_older_than(LOOK_AFTER).await?;
        let signer = self.known().signer(alg, self.clock.now());
        signer.ok_or_else(|| self.no_signer(alg))
    }

    /// Whoever runs the provider is told what only they can put right.
    fn no_signer(&self, alg: SigningAlg) -> SigningKeyError {
        let detail = if self.algs.contains(&alg) {
            format!("there is no key that signs with {alg}")
        } else {
            format!(
                "misconfigured: no keys are made for {alg}; name it among the provider's SigningAlgs, or have no client \
                 ask for it"
            )
        };
        SigningKeyError::new(SigningKeyErrorKind::NoSigner, detail)
    }

    /// The published keys, and those that were until lately, to verify what need not be good any more; as fresh as
    /// [`signer`](Self::signer).
    pub(crate) async fn hint_keys(&self) -> Result<jwt::KeySet, SigningKeyError> {
        self.look_if_older_than(LOOK_AFTER).await?;
        Ok(self.known().hint_keys().clone())
    }

    /// Whether what this key signed is accepted.
    pub(crate) async fn publishes(&self, kid: &str) -> Result<bool, SigningKeyError> {
        self.look_if_older_than(LOOK_AFTER).await?;
        Ok(self.known().publishes(kid, self.clock.now()))
    }

    /// The published keys; the last that were known while the store does not answer.
    pub(crate) async fn jwks(&self) -> Result<Document, SigningKeyError> {
        let looked = self.look_if_older_than(LOOK_AFTER).await;
        let keys = self.known();
        match looked {
            Err(error) if keys.version == 0 => Err(error),
            _ => Ok(keys.jwks().clone()),
        }
    }

    /// All keys, as they are stored now.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store does not answer.
    pub async fn list(&self) -> Result<Vec<ListedKey>, SigningKeyError> {
        let stored = self.store.signing_keys().await?;
        Ok(KeySet::list(stored.rows, self.clock.now()))
    }

    /// Looks at the store.
    ///
    /// # Errors
    ///
    /// `Unavailable` if it does not answer; what was known stays.
    pub async fn refresh(&self) -> Result<(), SigningKeyError> {
        let looking = self.shared.looking.lock().await;
        self.look(&looking).await
    }

    /// Looks at the store twice a second, for ever: for a task of its own.
    pub async fn watch(&self) -> Infallible {
        loop {
            tokio::time::sleep(WATCH_EVERY).await;
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = %error, "the signing keys could not be looked at");
            }
        }
    }

    /// What is known now, without waiting.
    pub(super) fn known(&self) -> Arc<KeySet> {
        let keys = Arc::clone(&self.shared.keys.read());
        match keys.later(self.clock.now()) {
            Some(later) => self.remember(later),
            None => keys,
        }
    }

    fn remember(&self, keys: KeySet) -> Arc<KeySet> {
        let keys = Arc::new(keys);
        let mut known = self.shared.keys.write();
        // What is only later must not displace what is newer.
        if known.version <= keys.version {
            *known = Arc::clone(&keys);
        }
        keys
    }

    pub(super) async fn look_if_older_than(&self, most: Duration) -> Result<(), SigningKeyError> {
        if self.age().is_some_and(|age| age < most) {
            return Ok(());
        }
        let looking = self.shared.looking.lock().await;
        match self.age() {
            Some(age) if age < most => Ok(()),
            None => self.load(&looking).await,
            Some(age) => match self.look(&looking).await {
                Err(error) if age >= MAX_STALENESS => Err(error),
                _ => Ok(()),
            },
        }
    }

    async fn look(&self, looking: &MutexGuard<'_, ()>) -> Result<(), SigningKeyError> {
        if self.age().is_none() {
            return self.load(looking).await;
        }
        let stored = self.store.signing_keys().await?;
        let known = self.known();
        if stored.version != known.version {
            let now = self.clock.now();
            let keys = KeySet::parse_what_can_be(stored, &known, &self.wrapping, now);
            self.replace(keys);
        }
        self.note_look();
        Ok(())
    }

    async fn load(&self, _looking: &MutexGuard<'_, ()>) -> Result<(), SigningKeyError> {
        for _ in 0..MAX_ATTEMPTS {
            let stored = self.store.signing_keys().await?;
            let now = self.clock.now();
            let missing = schedule::missing(&stored.rows, &self.algs);
            let version = stored.version;
            let mut rows = stored.rows.clone();
            // First of all: a master key that does not open what is there must not be used to make more.
            let keys = KeySet::parse(stored, &self.known(), &self.wrapping, now)?;
            if missing.is_empty() {
                self.replace(keys);
                self.note_look();
                return Ok(());
            }
            for alg in missing {
                self.add(&mut rows, alg)?;
            }
            let grounds = Actor::assert_local_operator().grounds(now);
            // Whether or not this node was the first, the next look finds them.
            self.store
                .replace_signing_keys(version, rows, &grounds)
                .await?;
        }
        Err(busy())
    }

    /// Puts a new key behind the others of its algorithm, and answers its `kid`.
    pub(super) fn add(
        &self,
        rows: &mut Vec<SigningKeyRow>,
        alg: SigningAlg,
    ) -> Result<Box<str>, SigningKeyError> {
        let now = self.clock.now();
        schedule::make_room(rows, now);
        if rows.len() >= schedule::MAX_KEYS {
            let detail =
                "there are as many signing keys as there may be; wait until the old ones are gone";
            return Err(SigningKeyError::new(
                SigningKeyErrorKind::LimitReached,
                detail,
            ));
        }
        let pair = KeyPair::generate(alg)?.ok_or_else(|| {
            let detail = format!("there are no keys of our own for {alg}");
            SigningKeyError::new(SigningKeyErrorKind::NoSigner, detail)
        })?;
        let public = pair.public()?;
        let kid = public.thumbprint();
        let wrapped =
            self.wrapping
                .seal(&wrapped_name(alg, &kid), &pair.to_pkcs8()?, &self.entropy)?;
        let turn = schedule::turn_of_new(rows, alg, now);
        tracing::info!(signing_key.kid = %kid, signing_key.alg = %alg, "a signing key is made");
        let made = SigningKeyRow::new(&kid, alg, &public.to_text(), wrapped, (now, turn));
        schedule::append(rows, made);
        Ok(kid)
    }

    /// Checks that every key that is stored can be used here.
    pub(super) fn check(&self, stored: SigningKeys) -> Result<(), SigningKeyError> {
        KeySet::parse(stored, &self.known(), &self.wrapping, self.clock.now()).map(|_| ())
    }

    /// Takes these for what the store has. The memory forgets afterwards, so that whoever looked at the keys before is
    /// not remembered, and whoever comes later looks at these.
    fn replace(&self, keys: KeySet) {
        let now = self.clock.now();
        let keys = Arc::new(keys);
        let before = std::mem::replace(&mut *self.shared.keys.write(), Arc::clone(&keys));
        if let Some(memory) = &self.memory
            && before.has_lost_a_key(&keys, now)
        {
            memory.withdraw(Subject::Everyone);
        }
    }

    /// How long ago the store was looked at, if it ever was.
    pub(super) fn age(&self) -> Option<Duration> {
        let looked_at = self
            .shared
            .looked_at
            .load(Ordering::Acquire)
            .checked_sub(1)?;
        let now = self.clock.monotonic();
        Some(now.saturating_sub(Duration::from_millis(looked_at)))
    }

    fn note_look(&self) {
        let now = u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(u64::MAX - 1);
        self.shared
            .looked_at
            .store(now.saturating_add(1), Ordering::Release);
    }
}

pub(super) fn busy() -> SigningKeyError {
    let detail = "the signing keys changed again and again; try again";
    SigningKeyError::new(SigningKeyErrorKind::Unavailable, detail)
}

/// What signing keys are encrypted for.
pub(super) const WRAPPING_LABEL: &str = "signing keys";

/// How often a write is tried that others were faster with.
pub(super) const MAX_ATTEMPTS: usize = 16;

const WATCH_EVERY: Duration = Duration::from_millis(500);

/// More than [`WATCH_EVERY`], so that nobody looks whom a watcher looks for.
pub(super) const LOOK_AFTER: Duration = Duration::from_secs(1);

/// As long as a store's memory believes what it knows without hearing from the store.
const MAX_STALENESS: Duration = Duration::from_secs(5);

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing")
            .field("algs", &self.algs)
            .finish_non_exhaustive()
    }
}
