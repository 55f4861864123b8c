//! Which remembered answers still hold?
//!
//! A fixed table of slots, each with the sequence number of the last write that could have withdrawn something of the
//! subjects that fall into it. An answer is stamped with the sequence read *before* the store was asked, so that an
//! answer overtaken by a withdrawal is never believed, in whatever order the two arrive here. Two subjects in one slot
//! cost each other a look-up, nothing else.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::Subject;

pub(super) struct Withdrawals {
    slots: Box<[AtomicU64; SLOTS]>,
    sequence: AtomicU64,
    /// How many withdrawals have taken effect. Not the sequence: that moves before a slot is set, and two withdrawals may
    /// set theirs in another order than they got their numbers.
    announced: watch::Sender<u64>,
    hasher: RandomState,
}

/// A power of two, so that a slot's number needs no check.
const SLOTS: usize = 16_384;

/// How many values the upper byte of a slot's number has.
const HIGH: u8 = 64;

const _: () = assert!(SLOTS == 64 * 256);

impl Withdrawals {
    pub(super) fn new() -> Self {
        Self {
            slots: Box::new([const { AtomicU64::new(0) }; SLOTS]),
            sequence: AtomicU64::new(0),
            announced: watch::Sender::new(0),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::SeqCst)
    }

    /// Moves the sequence on and withdraws nothing: answers from before are not joined, and refusals not believed.
    pub(super) fn advance(&self) {
        self.next();
    }

    /// Below [`SLOTS`], and so never [`NO_SLOT`](super::NO_SLOT), of which nobody asks whether it was withdrawn.
    pub(super) fn slot(&self, subject: Subject<'_>) -> u16 {
        let hash = match subject {
            Subject::User(id) => self.hasher.hash_one((0_u8, id)),
            Subject::Client(id) => self.hasher.hash_one((1_u8, id)),
            Subject::Everyone => 0,
        };
        let [low, high, ..] = hash.to_le_bytes();
        u16::from_le_bytes([low, high % HIGH])
    }

    pub(super) fn withdraw(&self, subject: Subject<'_>) {
        let sequence = self.next();
        self.take_effect(subject, sequence);
    }

    fn next(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn take_effect(&self, subject: Subject<'_>, sequence: u64) {
        match subject {
            Subject::Everyone => {
                for slot in &*self.slots {
                    slot.fetch_max(sequence, Ordering::SeqCst);
                }
            }
            Subject::User(_) | Subject::Client(_) => {
                let slot = self.slot(subject);
                self.withdrawn(slot).fetch_max(sequence, Ordering::SeqCst);
            }
        }
        self.announced.send_modify(|announced| *announced += 1);
    }

    #[inline]
    pub(super) fn holds(&self, slot: u16, stamp: u64) -> bool {
        stamp >= self.withdrawn(slot).load(Ordering::Acquire)
    }

    #[inline]
    fn withdrawn(&self, slot: u16) -> &AtomicU64 {
        #[expect(
            clippy::indexing_slicing,
            reason = "a number modulo 16,384 is below it"
        )]
        &self.slots[usize::from(slot) % SLOTS]
    }

    /// How many withdrawals have taken effect.
    pub(super) fn announced(&self) -> u64 {
        *self.announced.borrow()
    }

    /// Waits until more than `since` withdrawals have taken effect.
    pub(super) async fn changed(&self, since: u64) {
        // The sender lives as long as `self`, so the channel is never closed.
        let _ = self
            .announced
            .subscribe()
            .wait_for(|announced| *announced > since)
            .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withdrawal_ends_older_stamps_of_its_subject_only() {
        let withdrawals = Withdrawals::new();
        let stamp = withdrawals.sequence();
        let ada = withdrawals.slot(Subject::User("ada"));
        let other = (0..)
            .map(|n| n.to_string())
            .find(|id| withdrawals.slot(Subject::User(id)) != ada);
        let other = withdrawals.slot(Subject::User(&other.unwrap()));
        withdrawals.withdraw(Subject::User("ada"));
        assert!(!withdrawals.holds(ada, stamp));
        assert!(withdrawals.holds(ada, withdrawals.sequence()));
        assert!(withdrawals.holds(other, stamp));
        withdrawals.withdraw(Subject::Everyone);
        assert!(!withdrawals.holds(other, stamp));
    }

    #[test]
    fn no_subject_has_the_slot_that_stands_for_none() {
        let withdrawals = Withdrawals::new();
        for id in (0..10_000).map(|n: u32| n.to_string()) {
            for subject in [Subject::User(&id), Subject::Client(&id)] {
                assert!(usize::from(withdrawals.slot(subject)) < SLOTS, "{id}");
            }
        }
        assert!(usize::from(crate::memory::NO_SLOT) >= SLOTS);
    }

    #[test]
    fn a_withdrawal_wakes_who_looked_before_it_took_effect() {
        use futures_util::FutureExt as _;

        let withdrawals = Withdrawals::new();
        let ada = withdrawals.slot(Subject::User("ada"));
        let stamp = withdrawals.sequence();
        let slow = withdrawals.next();
        // Another one overtakes it; then somebody looks, who finds that ada's credential holds still.
        withdrawals.withdraw(Subject::User("bob"));
        let announced = withdrawals.announced();
        assert!(withdrawals.holds(ada, stamp));
        let mut changed = std::pin::pin!(withdrawals.changed(announced));
        assert!(changed.as_mut().now_or_never().is_none());
        withdrawals.take_effect(Subject::User("ada"), slow);
        assert!(changed.now_or_never().is_some());
        assert!(!withdrawals.holds(ada, stamp));
    }
}
