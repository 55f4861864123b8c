//! How did the attempt end?

use std::fmt;
use std::sync::Arc;

use super::Shared;
use super::counters::{Place, Reservation};

/// A place reserved for one login attempt; hold it while the password is verified.
///
/// Dropping it counts a failure, so that an early return or a cancelled request cannot be used to
/// guess for free. Say otherwise with [`succeeded`](Self::succeeded) or
/// [`abandoned`](Self::abandoned).
#[must_use = "dropping an attempt counts a failed login"]
pub struct Attempt {
    shared: Arc<Shared>,
    /// Where the pair of account and network lies, or will lie after a success; `None` if the network is not known.
    own: Option<Place>,
    is_own: bool,
    by_account: Reservation,
    by_network: Option<Reservation>,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Failed,
    Succeeded,
    Abandoned,
}

impl Attempt {
    pub(super) const fn new(
        shared: Arc<Shared>,
        own: Option<Place>,
        is_own: bool,
        by_account: Reservation,
        by_network: Option<Reservation>,
    ) -> Self {
        Self {
            shared,
            own,
            is_own,
            by_account,
            by_network,
            outcome: Outcome::Failed,
        }
    }

    /// The login was right: nothing is counted, the account's failures from this network are
    /// forgotten, and the network is from now on one of the account's own.
    pub fn succeeded(mut self) {
        self.outcome = Outcome::Succeeded;
    }

    /// Nothing was learned about the password, because the store or the hasher was not available:
    /// nothing is counted.
    pub fn abandoned(mut self) {
        self.outcome = Outcome::Abandoned;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let shared = &self.shared;
        let now = shared.latest();
        let counted = [
            (shared.of_account(self.is_own), Some(&self.by_account)),
            (&shared.networks, self.by_network.as_ref()),
        ];
        for (counters, reservation) in counted {
            match (self.outcome, reservation) {
                (_, None) => {}
                (Outcome::Failed, Some(reservation)) => counters.count(reservation, now),
                (Outcome::Succeeded | Outcome::Abandoned, Some(reservation)) => {
                    counters.give_back(reservation);
                }
            }
        }
        if let (Outcome::Succeeded, Some(own)) = (self.outcome, self.own) {
            shared.own_networks.clear(own, now);
        }
        shared.finished.notify_waiters();
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").finish_non_exhaustive()
    }
}
