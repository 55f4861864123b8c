//! Waiting for what another thread or program does.

use std::thread;
use std::time::Duration;

/// Whether it becomes so within five seconds: more than is promised anywhere, for a machine that is busy.
#[must_use]
pub fn soon(is_so: impl Fn() -> bool) -> bool {
    (0..200).any(|_| {
        is_so() || {
            thread::sleep(Duration::from_millis(25));
            false
        }
    })
}
