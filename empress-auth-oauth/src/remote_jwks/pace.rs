//! How often is an issuer asked, and for how long is it believed?

use std::time::Duration;

use empress_auth_core::Entropy;

/// The numbers; a test has shorter ones.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// For one request to the issuer, and for one request of a caller that waits for it.
    pub(super) timeout: Duration,
    /// Between two fetches because of keys that are not known, and after one that failed.
    pub(super) between: Duration,
    /// In which there are two fetches at most.
    pub(super) window: Duration,
    /// For how long a key that the issuer does not have is not asked for again.
    pub(super) absent: Duration,
    /// The set is good for so long if the issuer does not say; what it says counts between these two.
    pub(super) usual_age: Duration,
    pub(super) least_age: Duration,
    pub(super) most_age: Duration,
    /// The set is believed for so long while the issuer does not answer.
    pub(super) stale: Duration,
    /// For how long the metadata, which name the place of the keys, are not asked for again.
    pub(super) metadata: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            between: Duration::from_secs(30),
            window: Duration::from_secs(60),
            absent: Duration::from_secs(120),
            usual_age: Duration::from_secs(5 * 60),
            least_age: Duration::from_secs(60),
            most_age: Duration::from_secs(60 * 60),
            stale: Duration::from_secs(24 * 60 * 60),
            metadata: Duration::from_secs(24 * 60 * 60),
        }
    }
}

impl Pace {
    /// How long after a fetch the next one is due: before the answer's age ends, and not at the moment when all the
    /// others who fetched it then do the same.
    pub(super) fn until_next(&self, max_age: Option<Duration>, jitter: Jitter) -> Duration {
        let age = max_age.unwrap_or(self.usual_age);
        let age = age.clamp(self.least_age, self.most_age);
        age * 3 / 4 + jitter.of(age / 8)
    }

    /// How long after a fetch that failed the next one is due.
    pub(super) fn until_retry(&self, jitter: Jitter) -> Duration {
        self.between + jitter.of(self.between / 10)
    }
}

/// A part of something, between nothing and all of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jitter(u8);

impl Jitter {
    /// A random one; without a generator none, as nothing secret hangs on it.
    pub(super) fn random(entropy: &Entropy) -> Self {
        let mut byte = [0];
        let filled = entropy.fill(&mut byte);
        Self(filled.map_or(0, |()| byte[0]))
    }

    fn of(self, most: Duration) -> Duration {
        most * u32::from(self.0) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: Jitter = Jitter(0);
    const MOST: Jitter = Jitter(255);

    #[test]
    fn the_next_fetch_comes_before_the_age_ends() {
        let pace = Pace::default();
        for (said, least, most) in [
            (None, 225, 262),
            (Some(0), 45, 52),
            (Some(60), 45, 52),
            (Some(300), 225, 262),
            (Some(3_600), 2_700, 3_150),
            (Some(86_400), 2_700, 3_150),
            (Some(u64::MAX), 2_700, 3_150),
        ] {
            let said = said.map(Duration::from_secs);
            assert_eq!(pace.until_next(said, LEAST).as_secs(), least, "{said:?}");
            assert_eq!(pace.until_next(said, MOST).as_secs(), most, "{said:?}");
        }
    }

    #[test]
    fn whoever_failed_together_does_not_return_together() {
        let pace = Pace::default();
        assert_eq!(pace.until_retry(LEAST), Duration::from_secs(30));
        assert_eq!(pace.until_retry(MOST), Duration::from_secs(33));
    }

    #[test]
    fn a_generator_that_fails_does_no_harm() {
        let broken = Entropy::danger_from_fn(|_| Err(empress_auth_core::EntropyError::new()));
        assert_eq!(
            Jitter::random(&broken).of(Duration::from_secs(8)),
            Duration::ZERO
        );
    }
}
