//! The store in memory is what every other store is held to.

use empress_auth_core::MemoryStore;
use empress_auth_oauth::testing::store_contract::{self, nodes, races};

/// How often a race is run: `make long PART=races` asks for more than `usual` (`EMPRESS_RACES`).
fn rounds(usual: usize) -> usize {
    let asked = std::env::var("EMPRESS_RACES").ok();
    asked.map_or(usual, |asked| {
        asked.parse().expect("a number in EMPRESS_RACES")
    })
}

// OP-11
#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_keeps_the_contract() {
    store_contract::check(async || MemoryStore::new()).await;
}

// CO-1, O-9, O-19
#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixteen_wins_in_every_of_many_races() {
    races::check(async || MemoryStore::new(), rounds(500)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clones_are_one_store() {
    let two = async || {
        let store = MemoryStore::new();
        (store.clone(), store)
    };
    nodes::check(two, 8).await;
}
