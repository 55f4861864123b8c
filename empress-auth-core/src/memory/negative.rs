//! What was refused a moment ago.
//!
//! Anybody can show what is refused, so these keys are hashed under a random key, and their number is bounded. A refusal
//! is believed for less than a second and under one sequence number only; an outage is never remembered.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::Key;
use crate::credentials::Claim;

#[derive(Default)]
pub(super) struct Negative(Mutex<HashMap<Key, Refusal>>);

struct Refusal {
    stamp: u64,
    at_millis: u64,
}

impl Refusal {
    /// A clock that was set back does not prolong it.
    fn holds(&self, stamp: u64, now_millis: u64) -> bool {
        self.stamp == stamp && now_millis.abs_diff(self.at_millis) < LIFETIME_MILLIS
    }
}

const CAPACITY: usize = 8_192;
const LIFETIME_MILLIS: u64 = 900;

impl Negative {
    pub(super) fn contains(
        &self,
        claim: Claim,
        digest: &[u8; 32],
        stamp: u64,
        now_millis: u64,
    ) -> bool {
        self.0
            .lock()
            .get(&Key {
                claim,
                digest: *digest,
            })
            .is_some_and(|refusal| refusal.holds(stamp, now_millis))
    }

    pub(super) fn insert(&self, claim: Claim, digest: [u8; 32], stamp: u64, now_millis: u64) {
        let mut refusals = self.0.lock();
        if refusals.len() >= CAPACITY {
            refusals.retain(|_, refusal| refusal.holds(stamp, now_millis));
            // Not one place at a time, or every refusal of a flood would search the table for it.
            if refusals.len() > CAPACITY / 2 {
                refusals.clear();
            }
        }
        refusals.insert(
            Key { claim, digest },
            Refusal {
                stamp,
                at_millis: now_millis,
            },
        );
    }

    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}
