//! How many failures does this key have left?
//!
//! A table of fixed size with places for eight keys in each set. A new key takes the place of the
//! one that is nearest to being empty, which is almost always an empty one: to push a counter out,
//! seven others of its set would have to be fuller, and which share its set cannot be known.
//!
//! Each counter is a leaky bucket kept as one moment: when it will have run empty. A failure moves
//! that moment on by one interval (the "virtual scheduling" of ITU-T I.371, known as GCRA). An
//! attempt is refused if the moment would lie more than a window ahead should it fail, and all those
//! under way too. These are counted apart and do not leak, so that to give one back is exact; a limit
//! may also bound how many of them there are.

use std::time::Duration;

use parking_lot::Mutex;

use super::RetryAfter;

/// At most so many in a window, and so many under way at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    window: Duration,
    interval: Duration,
    at_once: u32,
}

impl Limit {
    pub(crate) fn per_minute(count: u32) -> Self {
        Self::new(count, Duration::from_secs(60))
    }

    /// A window beyond what time can be reckoned with would limit nothing, as would an interval of nothing.
    pub(crate) fn new(count: u32, window: Duration) -> Self {
        let window = window.clamp(Duration::from_secs(1), MAX_WINDOW);
        Self {
            window,
            interval: (window / count.max(1)).max(Duration::from_nanos(1)),
            at_once: u32::MAX,
        }
    }

    pub(crate) fn at_once(self, at_once: u32) -> Self {
        Self { at_once, ..self }
    }
}

/// A year.
const MAX_WINDOW: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Where a key's counter lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    set: u64,
    key: u64,
}

impl Place {
    /// The place of a key, given a keyed hash of it.
    pub(crate) const fn new(hash: u64) -> Self {
        Self {
            set: hash,
            key: hash,
        }
    }

    /// A place in the same set as another.
    pub(crate) const fn in_set_of(other: Self, hash: u64) -> Self {
        Self {
            set: other.set,
            key: hash,
        }
    }
}

/// The place of one attempt under way in one counter.
#[derive(Debug)]
pub(crate) struct Reservation {
    place: Place,
    limit: Limit,
}

/// A table of counters.
pub(crate) struct Counters {
    shards: [Mutex<Vec<Set>>; SHARDS],
}

/// 131,072 counters of 32 bytes: 4 MiB a table. An account's lone failure is forgotten after six
/// seconds, so that is room for 20,000 failing accounts a second.
const SHARDS: usize = 64;
const SETS: usize = 256;
const WAYS: usize = 8;

const _: () = assert!(SHARDS * SETS * size_of::<Set>() <= 4 * 1024 * 1024);

type Set = [Counter; WAYS];

#[derive(Clone, Copy, Default)]
struct Counter {
    key: u64,
    empty_at: Duration,
    in_flight: u32,
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Self {
            shards: [const { Mutex::new(Vec::new()) }; SHARDS],
        }
    }

    /// Takes a place for an attempt, if it may fail.
    pub(crate) fn reserve(
        &self,
        place: Place,
        limit: Limit,
        now: Duration,
    ) -> Result<Reservation, RetryAfter> {
        self.with_set(place, |set| {
            counter_or_new(set, place.key).reserve(limit, now)
        })?;
        Ok(Reservation { place, limit })
    }

    /// Takes a place for an attempt in a counter that exists; `None` if there is none.
    pub(crate) fn reserve_known(
        &self,
        place: Place,
        limit: Limit,
        now: Duration,
    ) -> Option<Result<Reservation, RetryAfter>> {
        let reserved = self.with_set(place, |set| {
            Some(counter(set, place.key)?.reserve(limit, now))
        });
        reserved.map(|reserved| reserved.map(|()| Reservation { place, limit }))
    }

    /// Counts one that happens at `now`, if it may.
    pub(crate) fn take(&self, place: Place, limit: Limit, now: Duration) -> Result<(), RetryAfter> {
        self.with_set(place, |set| counter_or_new(set, place.key).take(limit, now))
    }

    /// Whether one may happen; makes no counter.
    pub(crate) fn check(
        &self,
        place: Place,
        limit: Limit,
        now: Duration,
    ) -> Result<(), RetryAfter> {
        self.with_set(place, |set| {
            counter(set, place.key).map_or(Ok(()), |counter| counter.check(limit, now).map(|_| ()))
        })
    }

    /// Ends an attempt without counting it.
    pub(crate) fn give_back(&self, reservation: &Reservation) {
        self.settle(reservation, |_| {});
    }

    /// Ends an attempt that failed at `now`.
    pub(crate) fn count(&self, reservation: &Reservation, now: Duration) {
        let interval = reservation.limit.interval;
        self.settle(reservation, |counter| {
            counter.empty_at = counter.empty_at.max(now).saturating_add(interval);
        });
    }

    /// Makes a counter if there is none, and forgets the failures in it.
    pub(crate) fn clear(&self, place: Place, now: Duration) {
        self.with_set(place, |set| counter_or_new(set, place.key).empty_at = now);
    }

    fn settle(&self, reservation: &Reservation, act: impl FnOnce(&mut Counter)) {
        self.with_set(reservation.place, |set| {
            if let Some(counter) = counter(set, reservation.place.key) {
                counter.in_flight = counter.in_flight.saturating_sub(1);
                act(counter);
            }
        });
    }

    fn with_set<R>(&self, place: Place, act: impl FnOnce(&mut Set) -> R) -> R {
        let (shard, set) = (
            remainder(place.set, SHARDS),
            remainder(place.set >> 32, SETS),
        );
        #[expect(clippy::indexing_slicing, reason = "a remainder is below its divisor")]
        let mut sets = self.shards[shard].lock();
        if sets.is_empty() {
            *sets = vec![Set::default(); SETS];
        }
        #[expect(clippy::indexing_slicing, reason = "a remainder is below its divisor")]
        act(&mut sets[set])
    }
}

impl Counter {
    fn take(&mut self, limit: Limit, now: Duration) -> Result<(), RetryAfter> {
        self.empty_at = self.check(limit, now)?;
        Ok(())
    }

    /// When the bucket will be empty if one more goes in now.
    fn check(&self, limit: Limit, now: Duration) -> Result<Duration, RetryAfter> {
        let latest = now.saturating_add(limit.window);
        let after_this = self.empty_at.max(now).saturating_add(limit.interval);
        if after_this > latest {
            return Err(RetryAfter {
                wait: after_this.saturating_sub(latest),
                is_busy: false,
            });
        }
        Ok(after_this)
    }

    fn reserve(&mut self, limit: Limit, now: Duration) -> Result<(), RetryAfter> {
        let latest = now.saturating_add(limit.window);
        let after_this = self.empty_at.max(now).saturating_add(limit.interval);
        let after_all = after_this.saturating_add(limit.interval * self.in_flight);
        if after_all > latest {
            return Err(RetryAfter {
                wait: after_all.saturating_sub(latest),
                is_busy: after_this <= latest,
            });
        }
        if self.in_flight >= limit.at_once {
            return Err(RetryAfter {
                wait: limit.interval,
                is_busy: true,
            });
        }
        self.in_flight = self.in_flight.saturating_add(1);
        Ok(())
    }
}

fn counter(set: &mut Set, key: u64) -> Option<&mut Counter> {
    set.iter_mut().find(|counter| counter.key == key)
}

/// The key's counter, made in the place of the one nearest to being empty if there is none. One with
/// attempts under way goes last.
fn counter_or_new(set: &mut Set, key: u64) -> &mut Counter {
    let rank = |counter: &Counter| (counter.key != key, counter.in_flight > 0, counter.empty_at);
    let [first, others @ ..] = set;
    let mut chosen = first;
    for other in others {
        if rank(other) < rank(chosen) {
            chosen = other;
        }
    }
    if chosen.key != key {
        *chosen = Counter {
            key,
            ..Counter::default()
        };
    }
    chosen
}

fn remainder(hash: u64, divisor: usize) -> usize {
    usize::try_from(hash).unwrap_or(usize::MAX) % divisor
}
