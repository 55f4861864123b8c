//! The store in memory is what every other store is held to.

use empress_auth_core::MemoryStore;
use empress_auth_core::testing::store_contract::{self, authority, races};

use crate::interrupted::Interrupted;
use crate::support::rounds;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_keeps_the_contract() {
    store_contract::check(async || MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_when_every_call_is_interrupted() {
    store_contract::check(async || Interrupted::new(MemoryStore::new())).await;
}

// CO-1, R-12
#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixteen_wins_in_every_of_many_races() {
    races::check(async || MemoryStore::new(), rounds(500)).await;
}

// CO-1, R-12
#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixteen_wins_when_every_call_is_interrupted() {
    races::check(async || Interrupted::new(MemoryStore::new()), rounds(500)).await;
}

#[test]
fn every_ending_is_listed_once() {
    for ending in authority::Ending::ALL {
        let same = authority::Ending::ALL
            .iter()
            .filter(|other| **other == ending);
        assert_eq!(same.count(), 1, "{ending:?}");
    }
}
