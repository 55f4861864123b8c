//! What was refused a moment ago does not stand in the way of what was made since.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Authenticator, Clock, MemoryStore, NewToken, RejectionKind, SecretDigest, TokenIssuer,
};
use tokio::time::timeout;

use crate::probe::Probe;
use crate::support::{accepted, operator, refused, store_and_clock, user};

const FIELD: &str = "Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b";

async fn import(store: &MemoryStore) {
    let digest = SecretDigest::sha256_of(FIELD.trim_start_matches("Token ").as_bytes());
    TokenIssuer::new(store.clone())
        .import(&operator(), "ada", NewToken::named("imported"), digest)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_unknown_token_is_asked_for_once_a_second_and_works_once_it_is_made() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let probe = Probe::new(store.clone());
    let layer = Authenticator::new(probe.clone()).clock(clock.clone());
    for _ in 0..100 {
        assert_eq!(refused(&layer, FIELD).await, RejectionKind::Invalid);
    }
    assert_eq!(probe.asked(), 1);
    clock.advance(Duration::from_secs(1));
    assert_eq!(refused(&layer, FIELD).await, RejectionKind::Invalid);
    assert_eq!(probe.asked(), 2);
    import(&store).await;
    assert_eq!(accepted(&layer, FIELD).await.username(), "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_was_on_its_way_is_not_believed_once_the_token_is_made() {
    for meanwhile in [true, false] {
        let store = MemoryStore::new();
        user(&store, "ada").await;
        let probe = Probe::new(store.clone());
        let layer = Authenticator::new(probe.clone()).clock(Clock::system());
        let gate = probe.hold();
        let early = tokio::spawn({
            let layer = layer.clone();
            async move { present(&layer, FIELD).await }
        });
        while probe.asked() == 0 {
            tokio::task::yield_now().await;
        }
        // The store was asked and knows nothing; the answer is on its way.
        import(&store).await;
        probe.answer();
        if meanwhile {
            let late = timeout(Duration::from_secs(10), accepted(&layer, FIELD)).await;
            late.expect("it waits for the answer from before");
        }
        gate.open();
        let _ = early.await.unwrap();
        accepted(&layer, FIELD).await;
    }
}

#[tokio::test]
async fn an_outage_is_forgotten_with_the_request() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    import(&store).await;
    let probe = Probe::new(store.clone());
    let layer = Authenticator::new(probe.clone()).clock(clock);
    probe.fail();
    for asked in 1..4 {
        assert_eq!(refused(&layer, FIELD).await, RejectionKind::Unavailable);
        assert_eq!(probe.asked(), asked);
    }
    probe.answer();
    accepted(&layer, FIELD).await;
}
