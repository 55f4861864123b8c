//! How often may this happen?

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::RetryAfter;
use super::counters::{Counters, Limit, Place};

/// Limits how often something happens for each of many keys. Cheap to clone; clones count together.
///
/// For what costs nothing to check, such as a random secret: count after the check, refuse before the answer. Memory is
/// of fixed size (4 MiB at most, taken as it is used).
///
/// `now` is the time since any fixed moment, on a clock that never goes back.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use empress_auth_core::limiter::Throttle;
///
/// let throttle = Throttle::per_minute(NonZeroU32::MIN);
/// assert!(throttle.take(&"203.0.113.9", Duration::ZERO).is_ok());
/// assert!(throttle.check(&"203.0.113.9", Duration::ZERO).is_err());
/// assert!(throttle.check(&"198.51.100.7", Duration::ZERO).is_ok());
/// assert!(throttle.take(&"203.0.113.9", Duration::from_secs(60)).is_ok());
/// ```
#[derive(Clone)]
pub struct Throttle {
    limit: Limit,
    shared: Arc<Shared>,
}

struct Shared {
    counters: Counters,
    /// Keyed afresh in every process, so that nobody can aim at the place of another's counter.
    hasher: RandomState,
}

impl Throttle {
    /// At most so many at once, and so many a minute in the long run.
    #[must_use]
    pub fn per_minute(count: NonZeroU32) -> Self {
        Self::new(count, Duration::from_secs(60))
    }

    /// At most so many at once, and so many in each `window` in the long run; a window is a second at least and a year at
    /// most.
    ///
    /// There is room for 131,072 keys. Over a long window, whoever can make up more of them pushes his own out: let them be
    /// such as nobody makes up.
    #[must_use]
    pub fn new(count: NonZeroU32, window: Duration) -> Self {
        Self {
            limit: Limit::new(count.get(), window),
            shared: Arc::new(Shared {
                counters: Counters::new(),
                hasher: RandomState::new(),
            }),
        }
    }

    /// Takes one.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`] if there is none left; nothing is taken then.
    pub fn take(&self, key: &impl Hash, now: Duration) -> Result<(), RetryAfter> {
        self.shared.counters.take(self.place(key), self.limit, now)
    }

    /// Whether one is left.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`] if not.
    pub fn check(&self, key: &impl Hash, now: Duration) -> Result<(), RetryAfter> {
        self.shared.counters.check(self.place(key), self.limit, now)
    }

    fn place(&self, key: &impl Hash) -> Place {
        Place::new(self.shared.hasher.hash_one(key))
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn what_was_taken_comes_back_evenly() {
        let throttle = Throttle::per_minute(NonZeroU32::new(20).unwrap());
        for _ in 0..20 {
            throttle.take(&"a", secs(0)).unwrap();
        }
        let refused = throttle.take(&"a", secs(0)).unwrap_err();
        assert_eq!(refused.as_secs(), 3);
        assert!(throttle.take(&"a", secs(2)).is_err());
        assert!(throttle.take(&"a", secs(3)).is_ok());
        assert!(throttle.take(&"a", secs(3)).is_err());
    }

    #[test]
    fn a_window_may_be_longer_than_a_minute() {
        let throttle = Throttle::new(NonZeroU32::MIN, secs(3_600));
        throttle.take(&"a", secs(0)).unwrap();
        assert_eq!(throttle.take(&"a", secs(60)).unwrap_err().as_secs(), 3_540);
        assert!(throttle.take(&"a", secs(3_600)).is_ok());
    }

    #[test]
    fn no_window_is_too_long_or_too_short_to_limit() {
        for window in [
            Duration::MAX,
            Duration::MAX - secs(5),
            Duration::ZERO,
            Duration::from_nanos(999),
        ] {
            let throttle = Throttle::new(NonZeroU32::MIN, window);
            assert!(throttle.take(&"a", secs(10)).is_ok());
            assert!(throttle.take(&"a", secs(10)).is_err(), "{window:?}");
        }
    }

    #[test]
    fn checking_takes_nothing_and_makes_no_counter() {
        let throttle = Throttle::per_minute(NonZeroU32::MIN);
        for _ in 0..100 {
            throttle.check(&"a", secs(0)).unwrap();
        }
        assert!(throttle.take(&"a", secs(0)).is_ok());
    }

    #[test]
    fn of_many_at_once_no_more_than_the_limit_get_one() {
        let throttle = Throttle::per_minute(NonZeroU32::new(30).unwrap());
        let takers = (0..8).map(|_| {
            let throttle = throttle.clone();
            std::thread::spawn(move || {
                (0..100)
                    .filter(|_| throttle.take(&1, secs(0)).is_ok())
                    .count()
            })
        });
        let takers: Vec<_> = takers.collect();
        let taken: usize = takers.into_iter().map(|taker| taker.join().unwrap()).sum();
        assert_eq!(taken, 30);
    }
}
