//! Is what was asked a while ago to be believed still?

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Until when a memory may answer, and how old its answers may get. Milliseconds since 1970.
pub(super) struct Freshness {
    trusted_until: AtomicU64,
    /// The same where age does not count, else 0: before it nothing more need be asked.
    fresh_until: AtomicU64,
    max_age_millis: u64,
}

impl Freshness {
    pub(super) const fn unlimited() -> Self {
        Self {
            trusted_until: AtomicU64::new(u64::MAX),
            fresh_until: AtomicU64::new(u64::MAX),
            max_age_millis: u64::MAX,
        }
    }

    pub(super) const fn limited(max_age_millis: u64) -> Self {
        Self {
            trusted_until: AtomicU64::new(u64::MAX),
            fresh_until: AtomicU64::new(0),
            max_age_millis,
        }
    }

    pub(super) fn trust_until(&self, millis: u64) {
        self.trusted_until.store(millis, Ordering::Release);
        if self.max_age_millis == u64::MAX {
            self.fresh_until.store(millis, Ordering::Release);
        }
    }

    #[inline(always)]
    pub(super) fn holds(&self, asked_millis: impl FnOnce() -> u64, now_millis: u64) -> bool {
        now_millis < self.fresh_until.load(Ordering::Acquire)
            || self.is_young(asked_millis(), now_millis)
    }

    /// A clock that was set back makes nothing younger.
    #[cold]
    fn is_young(&self, asked_millis: u64, now_millis: u64) -> bool {
        now_millis < self.trusted_until.load(Ordering::Acquire)
            && now_millis.abs_diff(asked_millis) < self.max_age_millis
    }

    /// For how long it will hold; `None` if it does not now.
    pub(super) fn remaining(&self, asked_millis: u64, now_millis: u64) -> Option<Duration> {
        let until = asked_millis
            .saturating_add(self.max_age_millis)
            .min(self.trusted_until.load(Ordering::Acquire));
        self.holds(|| asked_millis, now_millis)
            .then(|| Duration::from_millis(until.saturating_sub(now_millis)))
    }
}
