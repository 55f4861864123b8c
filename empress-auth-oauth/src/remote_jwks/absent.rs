//! Which keys did the issuer not have a moment ago?
//!
//! Anybody can name keys, so their number is bounded and the table's hash is keyed.

use std::collections::HashMap;
use std::time::Duration;

/// Names of keys, each with the time until which the issuer is not asked for it again.
#[derive(Debug, Default)]
pub(super) struct Absent(HashMap<Box<str>, Duration>);

const CAPACITY: usize = 1_024;
/// What a header may name, and one byte more tells that it may not: core refuses longer ones before it asks.
const MAX_KID_BYTES: usize = 128;

impl Absent {
    pub(super) fn contains(&self, kid: &str, now: Duration) -> bool {
        self.0.get(kid).is_some_and(|until| now < *until)
    }

    pub(super) fn insert(&mut self, kid: &str, until: Duration, now: Duration) {
        if kid.len() > MAX_KID_BYTES {
            return;
        }
        if self.0.len() >= CAPACITY {
            self.0.retain(|_, until| now < *until);
            // Not one place at a time, or every name of a flood would search the table for it.
            if self.0.len() > CAPACITY / 2 {
                self.0.clear();
            }
        }
        self.0.insert(kid.into(), until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_name_is_absent_until_its_time_is_over() {
        let mut absent = Absent::default();
        absent.insert("a", SECOND, Duration::ZERO);
        assert!(absent.contains("a", SECOND / 2));
        assert!(!absent.contains("a", SECOND));
        assert!(!absent.contains("b", Duration::ZERO));
    }

    // KY-7, J-7
    #[test]
    fn a_flood_of_names_takes_bounded_room() {
        let mut absent = Absent::default();
        for n in 0..100_000 {
            absent.insert(&format!("kid-{n}"), SECOND, Duration::ZERO);
            assert!(absent.0.len() <= CAPACITY);
        }
        absent.insert(&"x".repeat(1_000_000), SECOND, Duration::ZERO);
        assert!(absent.0.keys().all(|kid| kid.len() <= MAX_KID_BYTES));
    }
}
