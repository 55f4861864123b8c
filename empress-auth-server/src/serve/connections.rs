//! Which connections are open, and is there a place for one more?
//!
//! 1. There are so many places in all. When they are taken nothing more is accepted: newcomers wait in the kernel's queue.
//! 2. One network has so many of them at most, a /64 of IPv6 counting as one; its further connections are closed at once.
//! 3. So are those of its neighbourhood, a /24 of IPv4 or a /48 of IPv6, beyond a quarter of all places: who has one
//!    address often has those around it.
//! 4. Who speaks for many, such as a proxy, has no limit of its own.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use empress_auth_core::network::Network;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::progress::{Phase, Progress};

/// The open connections; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    most: usize,
    most_per_network: usize,
    most_per_neighbourhood: usize,
    /// Networks that are not counted.
    uncounted: Vec<Network>,
    table: Mutex<Table>,
    freed: Notify,
    /// Whether the system refused us a file since somebody asked.
    ran_out: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    open: HashMap<u64, Open>,
    /// Of each network and each neighbourhood, which are of different lengths and so never the same.
    of_network: HashMap<Network, usize>,
}

#[derive(Debug)]
struct Open {
    progress: Arc<Progress>,
    /// Ends the task of the connection.
    task: Option<AbortHandle>,
}

/// A connection's place; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Connections,
    number: u64,
    /// Its network and its neighbourhood, if it is counted.
    networks: Option<[Network; 2]>,
}

impl Connections {
    pub(super) fn new(most: usize, most_per_network: usize, uncounted: Vec<Network>) -> Self {
        Self(Arc::new(Shared {
            most,
            most_per_network,
            // What the operator allows one address is never too much for its neighbourhood.
            most_per_neighbourhood: (most / 4).max(most_per_network),
            uncounted,
            table: Mutex::default(),
            freed: Notify::new(),
            ran_out: AtomicBool::new(false),
        }))
    }

    /// A place for a connection from `peer`; `None` if its network or its neighbourhood has as many as it may.
    pub(super) fn admit(&self, peer: IpAddr, progress: Arc<Progress>) -> Option<Place> {
        let networks = self.counted(peer);
        let mut table = self.0.table.lock();
        if let Some([network, neighbourhood]) = &networks {
            let open = |network| table.of_network.get(network).copied().unwrap_or_default();
            if open(network) >= self.0.most_per_network
                || open(neighbourhood) >= self.0.most_per_neighbourhood
            {
                return None;
            }
        }
        for network in networks.into_iter().flatten() {
            *table.of_network.entry(network).or_default() += 1;
        }
        let number = table.next;
        table.next += 1;
        let task = None;
        table.open.insert(number, Open { progress, task });
        drop(table);
        Some(Place {
            connections: self.clone(),
            number,
            networks,
        })
    }

    /// Remembers how to end a connection, unless it has ended already.
    pub(super) fn attach(&self, number: u64, task: AbortHandle) {
        if let Some(open) = self.0.table.lock().open.get_mut(&number) {
            open.task = Some(task);
        }
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.0.table.lock().open.len()
    }

    /// Notes that the system has no file left for a connection, and answers whether that is news.
    pub(super) fn ran_out_of_files(&self) -> bool {
        !self.0.ran_out.swap(true, Ordering::Relaxed)
    }

    /// Whether all places are taken, or the system had no file for one since this was last asked.
    pub(super) fn is_crowded(&self) -> bool {
        let ran_out = self.0.ran_out.swap(false, Ordering::Relaxed);
        ran_out || self.len() >= self.0.most
    }

    /// How many may be open.
    pub(super) fn most(&self) -> usize {
        self.0.most
    }

    /// Returns when there is a free place.
    pub(super) async fn free_place(&self) {
        self.fewer_than(self.0.most).await;
    }

    /// Returns when no connection is open.
    pub(super) async fn none_left(&self) {
        self.fewer_than(1).await;
    }

    async fn fewer_than(&self, count: usize) {
        while self.len() >= count {
            let freed = self.0.freed.notified();
            // Looked at again, because one may have ended before we listened.
            if self.len() < count {
                return;
            }
            freed.await;
        }
    }

    /// Ends the connections that `is_due`, and answers in which phase each was.
    pub(super) fn cut(&self, is_due: impl Fn(Phase, u64) -> bool) -> Vec<Phase> {
        let table = self.0.table.lock();
        let due = table.open.values().filter_map(|open| {
            let (phase, since) = open.progress.read();
            let task = open.task.as_ref()?;
            let ends =
                phase != Phase::Cut && is_due(phase, since) && open.progress.cut(phase, since);
            ends.then_some((phase, task.clone()))
        });
        let due: Vec<(Phase, AbortHandle)> = due.collect();
        // An aborted task gives its place back, for which it needs the table.
        drop(table);
        due.into_iter()
            .map(|(phase, task)| {
                task.abort();
                phase
            })
            .collect()
    }

    /// The network and the neighbourhood of `peer`, unless it speaks for many.
    fn counted(&self, peer: IpAddr) -> Option<[Network; 2]> {
        let is_uncounted = self
            .0
            .uncounted
            .iter()
            .any(|network| network.contains(peer));
        (!is_uncounted).then(|| [Network::around(peer, 32, 64), Network::around(peer, 24, 48)])
    }
}

impl Place {
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let shared = &self.connections.0;
        let mut table = shared.table.lock();
        table.open.remove(&self.number);
        for network in self.networks.iter().flatten() {
            if let Some(count) = table.of_network.get_mut(network) {
                *count -= 1;
                if *count == 0 {
                    table.of_network.remove(network);
                }
            }
        }
        drop(table);
        shared.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::progress::Ticks;

    fn admit(connections: &Connections, peer: &str) -> Option<Place> {
        connections.admit(
            peer.parse().unwrap(),
            Arc::new(Progress::new(Ticks::default())),
        )
    }

    // L-4
    #[test]
    fn a_network_has_its_share_and_gets_it_back() {
        let connections = Connections::new(100, 2, vec!["10.0.0.0/8".parse().unwrap()]);
        let first = admit(&connections, "192.0.2.1").unwrap();
        let _second = admit(&connections, "::ffff:192.0.2.1").unwrap();
        assert!(
            admit(&connections, "192.0.2.1").is_none(),
            "also in its other spelling"
        );
        let _neighbour = admit(&connections, "192.0.2.2").unwrap();
        drop(first);
        assert!(admit(&connections, "192.0.2.1").is_some());

        let _one = admit(&connections, "2001:db8::1").unwrap();
        let _two = admit(&connections, "2001:db8::2").unwrap();
        assert!(
            admit(&connections, "2001:db8::3").is_none(),
            "a /64 is one network"
        );
        let _next = admit(&connections, "2001:db8:0:1::1").unwrap();

        let proxied: Vec<_> = (0..4).map(|_| admit(&connections, "10.0.0.1")).collect();
        assert!(
            proxied.iter().all(Option::is_some),
            "a proxy speaks for many"
        );
    }

    // L-4: who has a hundred addresses has them beside each other
    #[test]
    fn a_neighbourhood_has_a_quarter_of_all_places() {
        let connections = Connections::new(12, 1, Vec::new());
        let many = |prefix: &str, suffix: &str| -> Vec<Place> {
            let peers = (0..6).map(|number| format!("{prefix}{number}{suffix}"));
            peers
                .filter_map(|peer| admit(&connections, &peer))
                .collect()
        };
        let mut near = many("192.0.2.", "");
        assert_eq!(near.len(), 3, "a /24");
        assert_eq!(many("198.51.", ".1").len(), 6, "six of them");
        assert_eq!(many("2001:db8:0:", "::1").len(), 3, "a /48");
        assert_eq!(many("2001:db8:", "::1").len(), 6, "six of them");
        near.pop();
        assert!(admit(&connections, "192.0.2.9").is_some(), "given back");

        let generous = Connections::new(12, 8, Vec::new());
        let one: Vec<_> = (0..8).map(|_| admit(&generous, "192.0.2.1")).collect();
        assert!(
            one.iter().all(Option::is_some),
            "what one address is allowed it gets"
        );
    }

    #[test]
    fn nothing_is_kept_of_networks_that_left() {
        let connections = Connections::new(10, 2, Vec::new());
        for last in 0..=255 {
            drop(admit(&connections, &format!("192.0.2.{last}")));
        }
        let table = connections.0.table.lock();
        assert!(table.of_network.is_empty() && table.open.is_empty());
    }

    #[tokio::test]
    async fn a_full_house_waits_for_one_to_leave() {
        let connections = Connections::new(1, 1, Vec::new());
        let place = admit(&connections, "192.0.2.1");
        assert!(connections.is_crowded());
        let waiting = connections.clone();
        let waiting = tokio::spawn(async move { waiting.free_place().await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(place);
        waiting.await.unwrap();
    }
}
