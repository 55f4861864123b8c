//! May this login be tried at all?
//!
//! Guessing is slowed down without letting an attacker lock the user out:
//!
//! 1. an attempt reserves its place **before** the password is verified, so that parallel guesses
//!    cannot all pass before the first is counted;
//! 2. a network from which the account logged in before has a counter of its own for that account;
//!    all other networks share one counter per account. Whoever fails from elsewhere shuts out
//!    elsewhere, not the user's usual places;
//! 3. every network has one counter for all accounts. An IPv6 customer owns a whole /64 (or more),
//!    so that is one network; callers without an address have none, or anybody could shut them all
//!    out. A network may also have only so many attempts under way at once, right ones too: what waits
//!    to be hashed is bounded, and whoever filled that with right passwords would shut out the rest;
//! 4. a success gives its place back, and the network, if it is known, becomes one of the account's own;
//! 5. an outage gives the place back; everything else stays counted, also a request that was given
//!    up by its client.
//!
//! A counter is a leaky bucket: ten failures at once, then one every six seconds. All of it is in
//! memory of fixed size (12 MiB at most, taken as it is used), per node and gone at a restart: over
//! `n` nodes an attacker has `n` times the limit.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use self::counters::{Counters, Limit, Place};
use crate::network::Network;
use crate::password::QUEUE;
use crate::user_key::UserKey;

mod attempt;
mod counters;
mod throttle;

pub use attempt::Attempt;
pub use throttle::Throttle;

/// Counts failed logins, per account and per network. Cheap to clone; clones count together.
///
/// `now` is the time since any fixed moment, on a clock that never goes back.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use empress_auth_core::limiter::LoginLimiter;
/// use empress_auth_core::user_key::UserKey;
///
/// let limiter = LoginLimiter::new();
/// let (ada, from) = (UserKey::new("ada"), "203.0.113.9".parse().ok());
/// for _ in 0..10 {
///     let attempt = limiter.begin_at(&ada, from, Duration::ZERO)?;
///     drop(attempt); // the password was wrong
/// }
/// let refused = limiter.begin_at(&ada, from, Duration::from_secs(4)).unwrap_err();
/// assert_eq!(refused.as_secs(), 2);
/// # Ok::<(), empress_auth_core::limiter::RetryAfter>(())
/// ```
#[derive(Clone)]
pub struct LoginLimiter {
    account: Limit,
    network: Limit,
    ipv6_prefix: Ipv6Prefix,
    shared: Arc<Shared>,
}

/// What all clones and the attempts under way share.
struct Shared {
    /// Failures of an account, from networks that are not its own.
    strangers: Counters,
    /// Failures of an account from one of its own networks; to be here is to be its own.
    own_networks: Counters,
    /// Failures from a network, of whatever account.
    networks: Counters,
    /// Keyed afresh in every process, so that nobody can aim at the place of another's counter.
    hasher: RandomState,
    /// The latest `now` seen, in nanoseconds.
    latest: AtomicU64,
    finished: Notify,
}

impl LoginLimiter {
    /// Ten failures a minute per account and a hundred per network, of /64 for IPv6; of one network at most 16 attempts
    /// at once.
    #[must_use]
    pub fn new() -> Self {
        Self {
            account: Limit::per_minute(10),
            network: Limit::per_minute(100).at_once(NETWORK_AT_ONCE),
            ipv6_prefix: Ipv6Prefix::default(),
            shared: Arc::new(Shared {
                strangers: Counters::new(),
                own_networks: Counters::new(),
                networks: Counters::new(),
                hasher: RandomState::new(),
                latest: AtomicU64::new(0),
                finished: Notify::new(),
            }),
        }
    }

    /// Allows this many failures a minute per account.
    #[must_use]
    pub fn with_failures_per_account(self, failures: NonZeroU32) -> Self {
        let account = Limit::per_minute(failures.get());
        Self { account, ..self }
    }

    /// Allows this many failures a minute per network.
    #[must_use]
    pub fn with_failures_per_network(self, failures: NonZeroU32) -> Self {
        let network = Limit::per_minute(failures.get()).at_once(NETWORK_AT_ONCE);
        Self { network, ..self }
    }

    /// Sets how much of an IPv6 address is one network.
    #[must_use]
    pub fn with_ipv6_prefix(self, ipv6_prefix: Ipv6Prefix) -> Self {
        Self {
            ipv6_prefix,
            ..self
        }
    }

    /// Reserves an attempt; verify the password only while you hold it.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`] if the account or the network has no failure left. Answer 429 with it, or, if
    /// it [`is_busy`](RetryAfter::is_busy), wait for attempts under way to finish, which
    /// [`begin`](Self::begin) does.
    pub fn begin_at(
        &self,
        account: &UserKey,
        from: Option<IpAddr>,
        now: Duration,
    ) -> Result<Attempt, RetryAfter> {
        let shared = &self.shared;
        shared.note(now);
        let network = from.map(|from| Network::around(from, 32, self.ipv6_prefix.length()));
        let stranger = Place::new(shared.hasher.hash_one(("stranger", account)));
        // All own networks of one account lie in one set: logging in from many networks pushes out
        // one's own older ones and hardly anyone else's.
        // Nobody knows whether callers without an address share a place, so that it is never one's own.
        let own = network.map(|network| {
            let pair = shared.hasher.hash_one(("own", account, network));
            Place::in_set_of(stranger, pair)
        });

        let known = own.and_then(|own| shared.own_networks.reserve_known(own, self.account, now));
        let (by_account, is_own) = match known {
            Some(reserved) => (reserved?, true),
            None => (
                shared.strangers.reserve(stranger, self.account, now)?,
                false,
            ),
        };
        // One counter for all whose address is unknown would let anybody lock everybody out.
        let by_network = network.map(|network| {
            let place = Place::new(shared.hasher.hash_one(("network", network)));
            shared.networks.reserve(place, self.network, now)
        });
        match by_network.transpose() {
            Ok(by_network) => Ok(Attempt::new(
                Arc::clone(shared),
                own,
                is_own,
                by_account,
                by_network,
            )),
            // It never began. Waking others for it would let two that wait wake each other without end.
            Err(refused) => {
                shared.of_account(is_own).give_back(&by_account);
                Err(refused)
            }
        }
    }

    /// Reserves an attempt, and waits up to two seconds while only attempts under way stand in the
    /// way: eleven right logins at once are no reason for a 429.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`] as for [`begin_at`](Self::begin_at).
    pub async fn begin(
        &self,
        account: &UserKey,
        from: Option<IpAddr>,
        now: impl Fn() -> Duration + Send,
    ) -> Result<Attempt, RetryAfter> {
        let deadline = now().saturating_add(PATIENCE);
        loop {
            // Listen first, so that an attempt that finishes in between is not missed.
            let finished = pin!(self.shared.finished.notified());
            let moment = now();
            match self.begin_at(account, from, moment) {
                Err(refused) if refused.is_busy() && moment < deadline => {
                    let left = deadline.saturating_sub(moment);
                    _ = tokio::time::timeout(left, finished).await;
                }
                decided => return decided,
            }
        }
    }
}

/// Of the passwords that may wait to be hashed one network has a quarter.
const NETWORK_AT_ONCE: u32 = QUEUE / 4;

/// How long a login waits for others of its account or network to finish; about as long as a person does.
const PATIENCE: Duration = Duration::from_secs(2);

impl Default for LoginLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LoginLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginLimiter")
            .field("account", &self.account)
            .field("network", &self.network)
            .field("ipv6_prefix", &self.ipv6_prefix)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn of_account(&self, is_own: bool) -> &Counters {
        if is_own {
            &self.own_networks
        } else {
            &self.strangers
        }
    }

    fn note(&self, now: Duration) {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.latest.fetch_max(now, Ordering::Relaxed);
    }

    fn latest(&self) -> Duration {
        Duration::from_nanos(self.latest.load(Ordering::Relaxed))
    }
}

/// How much of an IPv6 address is one network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ipv6Prefix {
    /// One link, the least that a customer is given.
    #[default]
    Slash64,
    /// What many providers give a household.
    Slash56,
    /// What a site is given: [RFC 6177](https://www.rfc-editor.org/rfc/rfc6177).
    Slash48,
}

impl Ipv6Prefix {
    const fn length(self) -> u8 {
        match self {
            Self::Slash64 => 64,
            Self::Slash56 => 56,
            Self::Slash48 => 48,
        }
    }
}

/// A login that may not be tried now.
///
/// Source of the answer: [RFC 6585 §4](https://www.rfc-editor.org/rfc/rfc6585#section-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts; try again in {} s", self.as_secs())]
pub struct RetryAfter {
    wait: Duration,
    is_busy: bool,
}

impl RetryAfter {
    /// How long to wait before one attempt is free, if nobody else takes it.
    #[must_use]
    pub const fn wait(&self) -> Duration {
        self.wait
    }

    /// The wait in whole seconds, rounded up and at least 1, for the field `Retry-After`.
    #[must_use]
    pub fn as_secs(&self) -> u64 {
        let started = u64::from(self.wait.subsec_nanos() > 0);
        (self.wait.as_secs() + started).max(1)
    }

    /// Whether only attempts that are still being verified stand in the way.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.is_busy
    }
}

#[cfg(test)]
mod tests;
