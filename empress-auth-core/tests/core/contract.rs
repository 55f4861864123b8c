//! The store in memory is what every other store is held to.

use empress_auth_core::MemoryStore;
use empress_auth_core::testing::store_contract;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_keeps_the_contract() {
    store_contract::check(async || MemoryStore::new()).await;
}
