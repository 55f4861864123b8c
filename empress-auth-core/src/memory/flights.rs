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
pub(super) struct Flights(Arc<Mutex<Map>>);

type Map = HashMap<Key, (u64, WeakShared<Outcome>)>;

impl Flights {
    /// The flight for this credential; `start` is called with its stamp if there is none to join.
    pub(super) fn join(
        &self,
        claim: Claim,
        digest: [u8; 32],
        withdrawals: &Withdrawals,
        start: impl FnOnce(u64) -> Outcome,
    ) -> Flight {
        let key = Key { claim, digest };
        let mut map = self.0.lock();
        // Read under the lock and before the store is asked: nothing withdrawn later can be answered by this flight.
        let stamp = withdrawals.sequence();
        if let Some((started, flight)) = map.get(&key)
            && *started == stamp
            && let Some(flight) = flight.upgrade()
        {
            return flight;
        }
        let landing = Landing {
            flights: Arc::clone(&self.0),
            key,
            stamp,
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
            map.insert(key, (stamp, weak));
        }
        flight
    }
}

/// Takes the flight off the board when it lands, or when the last waiter has gone away.
struct Landing {
    flights: Arc<Mutex<Map>>,
    key: Key,
    stamp: u64,
}

impl Drop for Landing {
    fn drop(&mut self) {
        let mut map = self.flights.lock();
        if map
            .get(&self.key)
            .is_some_and(|(started, _)| *started == self.stamp)
        {
            map.remove(&self.key);
        }
    }
}
