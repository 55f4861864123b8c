//! When were credentials last shown? What a store's flusher is told.

use std::time::Duration;

use empress_auth_core::{
    Authenticator, Clock, CredentialKind, CredentialMemory, CredentialStore, MadeToken, MemoryStore,
};

use crate::support::{accepted, keys, pair, store_and_clock, token, user};

type Told = (String, CredentialKind, u64);

/// What was shown since so many seconds ago, by id: what it is, and how many seconds ago that was.
fn told(
    memory: &CredentialMemory,
    clock: &Clock,
    since: u64,
) -> Vec<(String, CredentialKind, u64)> {
    let now = clock.now();
    let mut told: Vec<Told> = memory
        .uses_since(now - Duration::from_secs(since))
        .into_iter()
        .map(|used| {
            let ago = now.duration_since(used.at).unwrap();
            (used.credential_id.into_string(), used.kind, ago.as_secs())
        })
        .collect();
    told.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
    told
}

fn bearer(token: &MadeToken) -> String {
    format!("Bearer {}", token.expose_secret())
}

#[tokio::test]
async fn what_was_shown_since_a_moment_is_told_as_often_as_one_asks() {
    let (store, clock) = store_and_clock();
    let memory = store.memory().unwrap();
    user(&store, "ada").await;
    let pair_of_ada = keys(&store, "ada", &clock).await;
    let (first, second) = (
        token(&store, "ada", &clock).await,
        token(&store, "ada", &clock).await,
    );
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    assert_eq!(told(&memory, &clock, 100), []);

    accepted(&layer, &bearer(&first)).await;
    clock.advance(Duration::from_secs(10));
    accepted(&layer, &format!("token {}", pair(&pair_of_ada))).await;
    let of_pair = |ago| {
        (
            pair_of_ada.api_key().to_string(),
            CredentialKind::ApiKey,
            ago,
        )
    };
    let of_first = |ago| (first.id().to_string(), CredentialKind::ApiToken, ago);
    let mut both = [of_pair(0), of_first(10)];
    both.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
    for _ in 0..2 {
        assert_eq!(told(&memory, &clock, 0), [of_pair(0)]);
        assert_eq!(told(&memory, &clock, 9), [of_pair(0)]);
        assert_eq!(told(&memory, &clock, 10), both);
    }
    clock.advance(Duration::from_secs(10));
    assert_eq!(told(&memory, &clock, 9), []);

    accepted(&layer, &bearer(&first)).await;
    assert_eq!(
        told(&memory, &clock, 9),
        [of_first(0)],
        "the last use counts"
    );
    accepted(&layer, &bearer(&second)).await;
    assert_eq!(told(&memory, &clock, 9).len(), 2);
    assert_eq!(memory.waiting_uses(), 0, "none has fallen out");
}

#[tokio::test]
async fn a_use_within_the_second_of_the_moment_is_told() {
    let (store, clock) = store_and_clock();
    let memory = store.memory().unwrap();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    clock.advance(Duration::from_millis(300));
    accepted(&layer, &bearer(&made)).await;
    clock.advance(Duration::from_millis(600));
    // Who flushes at this moment asks from it the next time, and must not miss what came in the second's rest.
    assert_eq!(memory.uses_since(clock.now()).len(), 1);
    clock.advance(Duration::from_millis(100));
    assert_eq!(memory.uses_since(clock.now()), []);
}

#[tokio::test]
async fn every_use_is_in_the_memory_or_has_fallen_out_of_it() {
    let store = MemoryStore::with(Clock::system(), 64);
    let memory = store.memory().unwrap();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone());
    let began = Clock::system().now();
    let mut ids = Vec::new();
    for _ in 0..200 {
        let made = token(&store, "ada", &Clock::system()).await;
        accepted(&layer, &bearer(&made)).await;
        ids.push(made.id().to_string());
    }
    let (remembered, fallen_out) = (memory.uses_since(began), memory.take_uses());
    assert!(!remembered.is_empty() && !fallen_out.is_empty());
    let told = remembered.into_iter().chain(fallen_out);
    let mut told: Vec<_> = told.map(|used| used.credential_id.into_string()).collect();
    ids.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, ids);
}
