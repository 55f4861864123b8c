//! What was refused a moment ago.
//!
//! Each digest has a set of four places, in which whoever comes later takes the oldest one: bounded, and next to nothing
//! to search. Anybody can show what is refused, so a random key decides on the sets. A refusal is believed for less than
//! a second and under one sequence number only; an outage is never remembered.

use std::hash::{BuildHasher, RandomState};

use parking_lot::Mutex;

use super::Key;
use crate::credentials::Claim;

pub(super) struct Negative {
    shards: Box<[Mutex<Vec<Set>>; SHARDS]>,
    multipliers: [u64; 2],
}

type Set = [Option<Refusal>; WAYS];

struct Refusal {
    key: Key,
    stamp: u64,
    asked_millis: u64,
}

/// 8,192 places of 56 bytes in all, taken as they are used.
const SHARDS: usize = 64;
const SETS: usize = 32;
const WAYS: usize = 4;

const LIFETIME_MILLIS: u64 = 900;

impl Negative {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        Self {
            shards: Box::new([const { Mutex::new(Vec::new()) }; SHARDS]),
            multipliers: [0, 1].map(|number| random.hash_one(number) | 1),
        }
    }

    pub(super) fn contains(
        &self,
        claim: Claim,
        digest: &[u8; 32],
        stamp: u64,
        now_millis: u64,
    ) -> bool {
        let (shard, set) = self.place(digest);
        let shard = shard.lock();
        let mut refusals = shard.get(set).into_iter().flatten().flatten();
        refusals.any(|refusal| {
            refusal.is_of(claim, digest)
                && refusal.stamp == stamp
                && now_millis
                    .checked_sub(refusal.asked_millis)
                    .is_some_and(|age| age < LIFETIME_MILLIS)
        })
    }

    /// To be called with the moment at which the store was asked.
    pub(super) fn insert(&self, claim: Claim, digest: [u8; 32], stamp: u64, asked_millis: u64) {
        let (shard, set) = self.place(&digest);
        let mut shard = shard.lock();
        if shard.is_empty() {
            shard.resize_with(SETS, || [const { None }; WAYS]);
        }
        let places = shard.get_mut(set).into_iter().flatten();
        let oldest = places.min_by_key(|place| match place {
            Some(refusal) if refusal.is_of(claim, &digest) => (0, 0),
            Some(refusal) => (1, refusal.asked_millis),
            None => (1, 0),
        });
        if let Some(place) = oldest {
            *place = Some(Refusal {
                key: Key { claim, digest },
                stamp,
                asked_millis,
            });
        }
    }

    /// Multilinear hashing: under random factors two digests share a set as rarely as by chance.
    fn place(&self, digest: &[u8; 32]) -> (&Mutex<Vec<Set>>, usize) {
        let (words, _) = digest.as_chunks::<8>();
        let hash = words
            .iter()
            .zip(self.multipliers)
            .map(|(word, multiplier)| u64::from_ne_bytes(*word).wrapping_mul(multiplier))
            .fold(0, u64::wrapping_add);
        // The upper bits are those that depend on all of the words.
        let bits = usize::try_from(hash >> 53).unwrap_or_default();
        #[expect(clippy::indexing_slicing, reason = "a number modulo 64 is below 64")]
        let shard = &self.shards[bits % SHARDS];
        (shard, bits / SHARDS)
    }
}

impl Refusal {
    fn is_of(&self, claim: Claim, digest: &[u8; 32]) -> bool {
        self.key.digest == *digest && self.key.claim == claim
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sha;

    fn digest(number: u32) -> [u8; 32] {
        sha::of_shown(&number.to_le_bytes())
    }

    fn believed(negative: &Negative, numbers: u32) -> usize {
        (0..numbers)
            .filter(|number| negative.contains(Claim::Token, &digest(*number), 7, 1_000))
            .count()
    }

    //
    #[test]
    fn a_refusal_is_believed_for_a_moment_and_under_one_number() {
        let (negative, one) = (Negative::new(), digest(1));
        assert!(!negative.contains(Claim::Token, &one, 7, 1_000));
        negative.insert(Claim::Token, one, 7, 1_000);
        for (now, is_believed) in [(1_000, true), (1_899, true), (1_900, false), (999, false)] {
            assert_eq!(negative.contains(Claim::Token, &one, 7, now), is_believed);
        }
        assert!(!negative.contains(Claim::Token, &one, 8, 1_000));
        assert!(!negative.contains(Claim::Bearer, &one, 7, 1_000));
        assert!(!negative.contains(Claim::Token, &digest(2), 7, 1_000));
        negative.insert(Claim::Bearer, one, 7, 1_000);
        assert!(negative.contains(Claim::Bearer, &one, 7, 1_000));
        assert!(negative.contains(Claim::Token, &one, 7, 1_000));
    }

    #[test]
    fn many_wrong_credentials_are_known_side_by_side() {
        let negative = Negative::new();
        for number in 0..1_000 {
            negative.insert(Claim::Token, digest(number), 7, 1_000);
        }
        assert!(believed(&negative, 1_000) >= 990);
    }

    //
    #[test]
    fn a_flood_takes_no_more_places_than_there_are() {
        let negative = Negative::new();
        for number in 0..100_000 {
            negative.insert(Claim::Token, digest(number), 7, 1_000);
            assert!(negative.contains(Claim::Token, &digest(number), 7, 1_000));
        }
        let believed = believed(&negative, 100_000);
        let places = SHARDS * SETS * WAYS;
        assert!((places - 200..=places).contains(&believed), "{believed}");
    }

    //
    #[test]
    fn digests_that_are_alike_have_other_places_under_another_key() {
        for bit in 0..128 {
            let mut alike = digest(1);
            alike[bit / 8] ^= 1 << (bit % 8);
            let together = (0..50)
                .filter(|_| {
                    let negative = Negative::new();
                    let [one, other] = [digest(1), alike].map(|digest| {
                        let (shard, set) = negative.place(&digest);
                        (std::ptr::from_ref(shard), set)
                    });
                    one == other
                })
                .count();
            assert!(together < 5, "bit {bit}: {together}");
        }
    }
}
