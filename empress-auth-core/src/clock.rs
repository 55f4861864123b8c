//! What time is it? The only caller of the wall clock.
//!
//! On Linux the coarse kernel clock is read through the vDSO (under 3 ns, at most 4 ms behind), because every
//! authenticated request asks for the time. A [`Clock::manual`] lets a test move it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The source of the current time, cheap to clone.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use empress_auth_core::Clock;
///
/// let clock = Clock::manual(UNIX_EPOCH);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(60));
/// ```
#[derive(Clone, Default)]
pub struct Clock(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// The machine's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is moved; its clones move with it.
    #[must_use]
    pub fn manual(start: SystemTime) -> Self {
        Self(Source::Manual(Arc::new(AtomicU64::new(unix_millis(start)))))
    }

    /// Moves a manual clock on; the system clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(millis) = &self.0 {
            millis.fetch_add(whole_millis(by), Ordering::SeqCst);
        }
    }

    /// Sets a manual clock, also back; the system clock does not listen.
    pub fn set(&self, to: SystemTime) {
        if let Source::Manual(millis) = &self.0 {
            millis.store(unix_millis(to), Ordering::SeqCst);
        }
    }

    /// The current time, to the millisecond.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        from_unix_millis(self.now_millis())
    }

    /// The current time in milliseconds since 1970.
    #[inline]
    pub(crate) fn now_millis(&self) -> u64 {
        match &self.0 {
            Source::System => system_millis(),
            Source::Manual(millis) => millis.load(Ordering::SeqCst),
        }
    }

    /// Time since some moment in the past that never goes back, for limits and waits; a manual clock gives its own.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System => monotonic(),
            Source::Manual(millis) => Duration::from_millis(millis.load(Ordering::SeqCst)),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Clock::system()",
            Source::Manual(_) => "Clock::manual(..)",
        })
    }
}

/// Milliseconds since 1970; 0 for a time before it, which nothing here produces.
pub(crate) fn unix_millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, whole_millis)
}

/// The time that lies so many milliseconds after 1970, as far as the platform can express it.
pub(crate) fn from_unix_millis(millis: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .unwrap_or(UNIX_EPOCH)
}

/// A duration in whole milliseconds; more than 2^64 of them count as 2^64 - 1.
pub(crate) fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(target_os = "linux")]
#[inline]
fn system_millis() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    now.tv_sec.cast_unsigned() * 1_000 + now.tv_nsec.cast_unsigned() / 1_000_000
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn system_millis() -> u64 {
    unix_millis(SystemTime::now())
}

#[cfg(target_os = "linux")]
fn monotonic() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    Duration::from_secs(now.tv_sec.unsigned_abs())
        + Duration::from_nanos(now.tv_nsec.unsigned_abs())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn monotonic() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_within_a_second_of_the_machines() {
        #[expect(clippy::disallowed_methods, reason = "the clock is what is tested")]
        let machine = unix_millis(SystemTime::now());
        assert!(Clock::system().now_millis().abs_diff(machine) < 1_000);
    }

    #[test]
    fn a_manual_clock_and_its_clones_move_together() {
        let clock = Clock::manual(UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(clone.now_millis(), 5_000);
    }
}
