//! How long a test goes on, and on which clock.

use std::time::Instant;

/// How much is asked for: the number in this variable, or the short form's.
#[must_use]
pub fn amount(variable: &str, short: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(short, |asked| asked.parse().expect("a number"))
}

/// Now, for spans of time that a run takes and records.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "real time is what is measured here"
)]
pub fn now() -> Instant {
    Instant::now()
}
