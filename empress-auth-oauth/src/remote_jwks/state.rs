//! What is known of an issuer's keys, and is it time to ask? Decides; fetches nothing and knows no clock.
//!
//! 1. A key that is known is answered with, whatever else goes on.
//! 2. While a fetch is under way, those whose key is not known wait for it.
//! 3. After a fetch that failed, a key that is not known is an outage, until the next fetch is due.
//! 4. After one that succeeded, a key that is not known is asked for: not the same key for two minutes, not any for half
//!    a minute, and never a third time in a minute.
//! 5. Keys are believed for a day without an answer of the issuer. Then nothing is known.

use std::time::Duration;

use empress_auth_core::jwt::KeySet;

use super::absent::Absent;
use super::error::RemoteJwksError;
use super::pace::{Jitter, Pace};

/// All times are those of `Clock::monotonic`.
#[derive(Debug, Default)]
pub(super) struct State {
    fetched: Option<Fetched>,
    last: Option<Result<(), RemoteJwksError>>,
    /// When the last two fetches began, the later one first.
    began: [Option<Duration>; 2],
    asked_for_a_key: Option<Duration>,
    due: Duration,
    absent: Absent,
}

#[derive(Debug)]
struct Fetched {
    keys: KeySet,
    at: Duration,
}

/// What to do about a key.
#[derive(Debug)]
pub(super) enum Step {
    /// These are the keys, whether it is among them or not.
    Known(KeySet),
    /// A fetch is under way or has to be; wait for it.
    Wait,
    /// The issuer did not answer, and is not asked again yet.
    Unavailable(RemoteJwksError),
}

impl State {
    /// The keys, while they are believed.
    pub(super) fn keys(&self, now: Duration, pace: &Pace) -> Option<&KeySet> {
        let fetched = self.fetched.as_ref()?;
        (now.saturating_sub(fetched.at) < pace.stale).then_some(&fetched.keys)
    }

    /// Whether somebody should be fetching, or is: a fetch stays due until it ends.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    pub(super) fn until_due(&self, now: Duration) -> Duration {
        self.due.saturating_sub(now)
    }

    /// What to do about a key that a token names.
    pub(super) fn look(&mut self, kid: &str, now: Duration, pace: &Pace) -> Step {
        let keys = self.keys(now, pace).cloned();
        if let Some(keys) = &keys
            && keys.contains(kid)
        {
            return Step::Known(keys.clone());
        }
        if self.is_due(now) {
            return Step::Wait;
        }
        let keys = match (keys, &self.last) {
            (_, Some(Err(error))) => return Step::Unavailable(error.clone()),
            // A set that is too old although nothing failed: the machine slept.
            (None, Some(Ok(())) | None) => {
                self.due = now;
                return Step::Wait;
            }
            (Some(keys), Some(Ok(())) | None) => keys,
        };
        if self.absent.contains(kid, now) || !self.may_ask_for_a_key(now, pace) {
            return Step::Known(keys);
        }
        self.asked_for_a_key = Some(now);
        self.due = now;
        Step::Wait
    }

    /// What to do about it after a fetch.
    pub(super) fn look_again(&mut self, kid: &str, now: Duration, pace: &Pace) -> Step {
        match (self.keys(now, pace).cloned(), &self.last) {
            (Some(keys), _) if keys.contains(kid) => Step::Known(keys),
            (_, Some(Err(error))) => Step::Unavailable(error.clone()),
            (Some(keys), Some(Ok(())) | None) => {
                self.absent.insert(kid, now + pace.absent, now);
                Step::Known(keys)
            }
            (None, Some(Ok(())) | None) => Step::Wait,
        }
    }

    fn may_ask_for_a_key(&self, now: Duration, pace: &Pace) -> bool {
        let asked_lately = self
            .asked_for_a_key
            .is_some_and(|at| now.saturating_sub(at) < pace.between);
        !asked_lately && now >= self.earliest(pace)
    }

    /// When a fetch would not be the third one within the window.
    fn earliest(&self, pace: &Pace) -> Duration {
        self.began[1].map_or(Duration::ZERO, |at| at + pace.window)
    }

    pub(super) fn begin(&mut self, now: Duration) {
        self.began = [Some(now), self.began[0]];
    }

    /// The fetch was dropped with its runtime: another one may begin.
    pub(super) fn abandon(&mut self, now: Duration, pace: &Pace) {
        self.due = now.max(self.earliest(pace));
    }

    /// The fetch went wrong: the next one is due later. Whatever was known stays so.
    pub(super) fn fail(
        &mut self,
        error: RemoteJwksError,
        now: Duration,
        pace: &Pace,
        jitter: Jitter,
    ) {
        self.last = Some(Err(error));
        self.due = (now + pace.until_retry(jitter)).max(self.earliest(pace));
    }

    pub(super) fn succeed(
        &mut self,
        keys: KeySet,
        max_age: Option<Duration>,
        now: Duration,
        pace: &Pace,
        jitter: Jitter,
    ) {
        self.last = Some(Ok(()));
        self.due = (now + pace.until_next(max_age, jitter)).max(self.earliest(pace));
        self.fetched = Some(Fetched { keys, at: now });
    }

    /// How the last fetch ended; `None` before the first one did.
    pub(super) fn last(&self) -> Option<&Result<(), RemoteJwksError>> {
        self.last.as_ref()
    }

    /// Makes a fetch due now.
    pub(super) fn ask_now(&mut self, now: Duration) {
        self.due = self.due.min(now);
    }
}

#[cfg(test)]
mod tests {
    use empress_auth_core::Entropy;

    use super::*;

    const fn at(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// Fetched at these seconds, with an answer that is good for a minute.
    fn fetched_at(times: &[u64]) -> (State, Pace) {
        let (mut state, pace) = (State::default(), Pace::default());
        for secs in times {
            state.begin(at(*secs));
            let jitter = Jitter::random(&Entropy::system());
            let (keys, age) = (KeySet::default(), Some(at(60)));
            state.succeed(keys, age, at(*secs), &pace, jitter);
        }
        (state, pace)
    }

    #[test]
    fn a_scheduled_fetch_is_not_the_third_one_in_a_minute() {
        let (state, _) = fetched_at(&[100]);
        assert!(!state.is_due(at(144)) && state.is_due(at(153)));
        let (state, _) = fetched_at(&[100, 101]);
        assert!(!state.is_due(at(159)) && state.is_due(at(160)));
    }

    #[test]
    fn a_fetch_that_was_dropped_may_begin_anew_twice_a_minute() {
        let (mut state, pace) = fetched_at(&[]);
        for (began, next) in [(100, 100), (100, 160), (160, 160), (161, 220)] {
            state.begin(at(began));
            state.abandon(at(began), &pace);
            assert_eq!(state.until_due(at(began)), at(next - began));
        }
    }

    // KY-7: ≤ 1 / 30 s
    #[test]
    fn keys_that_are_not_known_cause_one_fetch_in_half_a_minute() {
        let (mut state, pace) = fetched_at(&[0, 100]);
        let mut asks = |secs, kid| {
            let asks = matches!(state.look(kid, at(secs), &pace), Step::Wait);
            // Fetched, and long enough ago to be fetched again as far as the minute goes.
            (state.due, state.began) = (at(3_600), [None, None]);
            asks
        };
        assert!(asks(101, "a"));
        assert!(!asks(101, "b"));
        assert!(!asks(130, "c"));
        assert!(asks(131, "d"));
    }
}
