//! The store in memory is what every other store is held to.

use empress_auth_core::MemoryStore;
use empress_auth_core::testing::store_contract::{self, authority, races};

use crate::interrupted::Interrupted;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_keeps_the_contract() {
    store_contract::check(async || MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_the_contract_when_every_call_is_interrupted() {
    store_contract::check(async || Interrupted::new(MemoryStore::new())).await;
}

//
#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_mints_nothing_in_a_thousand_races() {
    races::a_withdrawn_credential_mints_nothing_more(MemoryStore::new(), 1_000).await;
}

// CO-1
#[tokio::test(flavor = "multi_thread")]
async fn one_of_sixteen_wins_in_every_of_many_races() {
    for _ in 0..200 {
        races::one_of_many_users_of_one_name_is_made(MemoryStore::new()).await;
        races::many_secrets_at_once_end_with_one_key_and_one_secret(MemoryStore::new()).await;
        races::the_limit_holds_for_many_at_once(MemoryStore::new()).await;
        races::many_requests_for_the_drf_token_make_one_row(MemoryStore::new()).await;
        races::a_token_is_narrowed_once(MemoryStore::new()).await;
        races::a_revoked_token_is_counted_once(MemoryStore::new()).await;
    }
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
