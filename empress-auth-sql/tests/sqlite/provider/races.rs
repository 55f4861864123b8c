//! Many show one code, or one refresh token. CO-1, CO-2, O-9, O-19.

use std::sync::Arc;

use empress_auth_oauth::grant::limits;
use empress_auth_oauth::store::{GrantStore, Redeemed, Rotated};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::support::{Made, Provider};
use crate::support::Directory;

const RACERS: usize = 16;
const ROUNDS: usize = 500;

/// Does the same sixteen times at once.
async fn race<T: Send + 'static>(
    act: impl Fn(usize) -> std::pin::Pin<Box<dyn Future<Output = T> + Send>>,
) -> Vec<T> {
    let start = Arc::new(Barrier::new(RACERS));
    let mut racers = JoinSet::new();
    for number in 0..RACERS {
        let (start, acting) = (Arc::clone(&start), act(number));
        racers.spawn(async move {
            start.wait().await;
            acting.await
        });
    }
    racers.join_all().await
}

// CO-1, O-9
#[tokio::test(flavor = "multi_thread")]
async fn each_of_five_hundred_codes_is_redeemed_once() {
    let directory = Directory::new();
    let provider = Arc::new(Provider::new(directory.store().await).await);
    for _ in 0..ROUNDS {
        let code = provider.code().await;
        let outcomes = race(|_| {
            let (provider, made) = (Arc::clone(&provider), provider.new_grant());
            Box::pin(async move { (provider.redeem(code, &made).await, made) })
        })
        .await;
        let is_first = |(outcome, _): &&(Redeemed, Made)| *outcome == Redeemed::First;
        let winners: Vec<_> = outcomes.iter().filter(is_first).collect();
        assert_eq!(winners.len(), 1);
        let winner = winners[0].1.grant.id;
        for (outcome, made) in &outcomes {
            let has_won = made.grant.id == winner;
            assert!(
                has_won || *outcome == Redeemed::Again(winner),
                "{outcome:?}"
            );
            let access = provider.store.access_token(made.tokens.access.id);
            assert_eq!(access.await.unwrap().is_some(), has_won);
        }
    }
    let grants = provider.store.grants(&provider.user_id).await.unwrap();
    assert_eq!(grants.len(), limits::GRANTS, "the last of {ROUNDS}");
}

// O-19
#[tokio::test(flavor = "multi_thread")]
async fn each_of_five_hundred_refresh_tokens_has_one_successor_that_is_used() {
    let directory = Directory::new();
    let provider = Arc::new(Provider::new(directory.store().await).await);
    let rotate = |shown: Made, generation| {
        let provider = Arc::clone(&provider);
        let made = provider.new_tokens(&shown.grant, generation);
        Box::pin(async move {
            let rotated = provider
                .store
                .rotate(shown.refresh_id(), made.tokens.clone());
            (rotated.await.unwrap(), made)
        })
    };
    for _ in 0..ROUNDS / 2 {
        let first = provider.redeemed().await;
        let given = race(|_| rotate(first.clone(), 2)).await;
        // Nobody has used what it gave.
        assert!(given.iter().all(|(rotated, _)| *rotated == Rotated::Done));
        let outcomes = race(|number| rotate(given[number].1.clone(), 3)).await;
        let count = |wanted| {
            outcomes
                .iter()
                .filter(|(rotated, _)| *rotated == wanted)
                .count()
        };
        let counts = [Rotated::Done, Rotated::Reused, Rotated::Gone].map(count);
        assert_eq!(counts, [1, 1, RACERS - 2], "two parties end the family");
        for (_, made) in given.iter().chain(&outcomes) {
            let access = provider.store.access_token(made.tokens.access.id);
            assert!(access.await.unwrap().is_none());
        }
    }
    let grants = provider.store.grants(&provider.user_id).await.unwrap();
    assert_eq!(grants, []);
}

// CO-2
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_token_requests_at_once_of_two_processes_are_all_answered() {
    const REQUESTS: usize = 20;
    let directory = Directory::new();
    let first = Provider::new(directory.store().await).await;
    let second = Provider {
        store: directory.store().await,
        user_id: first.user_id.clone(),
        client_id: first.client_id.clone(),
    };
    let providers = [Arc::new(first), Arc::new(second)];
    let mut clients = JoinSet::new();
    for number in 0..64 {
        let provider = Arc::clone(&providers[number % 2]);
        clients.spawn(async move {
            let mut shown = provider.redeemed().await;
            for generation in 2..2 + u32::try_from(REQUESTS).unwrap() {
                let made = provider.new_tokens(&shown.grant, generation);
                let tokens = made.tokens.clone();
                let rotated = provider.store.rotate(shown.refresh_id(), tokens).await;
                assert_eq!(rotated.unwrap(), Rotated::Done);
                provider.own().await;
                shown = made;
            }
        });
    }
    clients.join_all().await;
    let grants = providers[1].store.grants(&providers[1].user_id).await;
    assert_eq!(grants.unwrap().len(), 64);
}
