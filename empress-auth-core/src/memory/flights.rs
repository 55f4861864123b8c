//! One question to the store for many requests that show the same credential at once.
//!
//! **Join only a flight whose stamp is the current sequence**: a flight that took off before a revocation may land with
//! an answer from before it.
//!
//! A flight that panics lands with an outage: a shared future that is left poisoned wakes none of those who wait for it.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{Shared, WeakShared};
use parking_lot::Mutex;

use super::Key;
use super::withdrawals::Withdrawals;
use crate::credentials::Claim;
use crate::identity::Identity;
use crate::rejection::Refusal;

/// The answer to come; each waiter polls it, so that none depends on another's patience.
pub(crate) type Flight = Shared<Outcome>;
pub(crate) type Outcome = Pin<Box<dyn Future<Output = Result<Identity, Refusal>> + Send>>;

#[derive(Default)]
pub(super) struct Flights(Arc<Mutex<Board>>);

#[derive(Default)]
struct Board {
    airborne: HashMap<Key, Airborne>,
    last_number: u64,
}

struct Airborne {
    number: u64,
    stamp: u64,
    flight: WeakShared<Outcome>,
}

impl Flights {
    /// The flight for this credential; `start` is called with its stamp if there is none to join.
    ///
    /// A flight leaves the board after what it brings was remembered, and `start` is called while the board stands
    /// still: what it does not find remembered, nobody has just asked for.
    pub(super) fn join(
        &self,
        claim: Claim,
        digest: [u8; 32],
        withdrawals: &Withdrawals,
        start: impl FnOnce(u64) -> Outcome,
    ) -> Flight {
        let key = Key { claim, digest };
        let mut board = self.0.lock();
        // Read under the lock and before the store is asked: nothing withdrawn later can be answered by this flight.
        let stamp = withdrawals.sequence();
        if let Some(airborne) = board.airborne.get(&key)
            && airborne.stamp == stamp
            && let Some(flight) = airborne.flight.upgrade()
        {
            return flight;
        }
        board.last_number += 1;
        let number = board.last_number;
        let landing = Landing {
            flights: Arc::clone(&self.0),
            key,
            number,
        };
        let outcome = start(stamp);
        let flight = async move {
            let _landing = landing;
            let landed = AssertUnwindSafe(outcome).catch_unwind().await;
            landed.unwrap_or(Err(Refusal::Unavailable))
        }
        .boxed()
        .shared();
        if let Some(weak) = flight.downgrade() {
            let airborne = Airborne {
                number,
                stamp,
                flight: weak,
            };
            board.airborne.insert(key, airborne);
        }
        flight
    }
}

/// Takes the flight off the board when it lands, or when the last waiter has gone away; not the one that took off in its
/// place meanwhile.
struct Landing {
    flights: Arc<Mutex<Board>>,
    key: Key,
    number: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut board = self.flights.lock();
        let airborne = board.airborne.get(&self.key);
        if airborne.is_some_and(|airborne| airborne.number == self.number) {
            board.airborne.remove(&self.key);
        }
    }
}
