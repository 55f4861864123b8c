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
    until_millis: u64,
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
            .is_some_and(|refusal| refusal.stamp == stamp && now_millis < refusal.until_millis)
    }

    pub(super) fn insert(&self, claim: Claim, digest: [u8; 32], stamp: u64, now_millis: u64) {
        let mut refusals = self.0.lock();
        if refusals.len() >= CAPACITY {
            refusals
                .retain(|_, refusal| refusal.stamp == stamp && now_millis < refusal.until_millis);
            if refusals.len() >= CAPACITY {
                refusals.clear();
            }
        }
        let until_millis = now_millis.saturating_add(LIFETIME_MILLIS);
        refusals.insert(
            Key { claim, digest },
            Refusal {
                stamp,
                until_millis,
            },
        );
    }

    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }
}
