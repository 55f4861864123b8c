//! A client that goes away in the middle leaves all of a change or nothing (CO-7).

use std::collections::HashMap;

use empress_auth_core::{
    AuditAction, AuditStore as _, Authenticator, Clock, KeyIssuer, KeyStore as _, MasterKey,
    MemoryStore, NewToken, Start, TokenChange, TokenIssuer, TokenStore as _,
};
use futures_util::FutureExt as _;
use http::Request;

use crate::interrupted::Interrupted;
use crate::probe::Probe;
use crate::support::{Random, accepted, operator, pair, rounds, token, user};

/// Polls `work` so many times and drops it; whether it was done by then.
async fn cut_short<T>(work: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut work = std::pin::pin!(work);
    for _ in 0..polls {
        if let Some(done) = work.as_mut().now_or_never() {
            return Some(done);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn a_change_that_is_dropped_is_there_with_its_event_or_not_at_all() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let slow = Interrupted::new(store.clone());
    let tokens = TokenIssuer::new(slow.clone()).with_limit_per_user(usize::MAX);
    let key_issuer = KeyIssuer::new(slow);
    let master = MasterKey::from_bytes([3; 32]);
    let mut random = Random::new(23);
    let (mut done, mut dropped) = (0, 0);
    let mut last = token(&store, "ada", &Clock::system()).await.id();
    for round in 0..rounds(1_000) {
        let polls = random.below(6);
        let who = operator();
        let finished = match round % 6 {
            0 | 1 => {
                let made = tokens.create(&who, "ada", NewToken::named("x"));
                let made = cut_short(made, polls).await;
                last = made
                    .as_ref()
                    .map_or(last, |made| made.as_ref().unwrap().id());
                made.is_some()
            }
            2 => cut_short(key_issuer.generate_keys(&who, "ada"), polls)
                .await
                .is_some(),
            3 => cut_short(tokens.drf_token(&who, "ada", &master), polls)
                .await
                .is_some(),
            4 => {
                let mut change = TokenChange::default();
                change.name = Some("renamed".into());
                cut_short(tokens.update(&who, last, change), polls)
                    .await
                    .is_some()
            }
            _ => cut_short(tokens.revoke(&who, &[last]), polls)
                .await
                .is_some(),
        };
        if finished {
            done += 1;
        } else {
            dropped += 1;
        }
        check_log(&store).await;
    }
    assert!(done > 100 && dropped > 100, "{done} {dropped}");
    // Nothing is locked or lost.
    let layer = Authenticator::new(store.clone());
    let keys = key_issuer.generate_keys(&operator(), "ada").await.unwrap();
    accepted(&layer, &format!("token {}", pair(&keys))).await;
    let made = tokens
        .create(&operator(), "ada", NewToken::named("x"))
        .await;
    accepted(&layer, &format!("Bearer {}", made.unwrap().expose_secret())).await;
}

/// What the log tells is what is there.
async fn check_log(store: &MemoryStore) {
    let mut alive: HashMap<String, usize> = HashMap::new();
    let mut has_secret = false;
    for event in store.audit(0, usize::MAX).await.unwrap() {
        let id = event
            .credential_id
            .as_deref()
            .unwrap_or_default()
            .to_owned();
        let action = event.action;
        if action == AuditAction::TokenCreated {
            *alive.entry(id).or_default() += 1;
        } else if action == AuditAction::TokenRevoked {
            assert_eq!(alive.remove(&id), Some(1), "revoked, and never made");
        } else if action == AuditAction::TokenUpdated {
            assert!(alive.contains_key(&id));
        } else if action == AuditAction::KeysGenerated {
            has_secret = true;
        }
    }
    let mut logged: Vec<String> = alive.into_keys().collect();
    let kept = store.tokens(None, None, usize::MAX).await.unwrap();
    let mut kept: Vec<String> = kept.iter().map(|token| token.id.to_string()).collect();
    logged.sort_unstable();
    kept.sort_unstable();
    assert_eq!(logged, kept);
    let key = store.api_key("ada").await.unwrap();
    assert_eq!(key.is_some_and(|key| key.issued_at.is_some()), has_secret);
}

#[tokio::test]
async fn a_request_that_is_dropped_leaves_nothing_behind() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let probe = Probe::hesitant(store.clone(), 5);
    let layer = Authenticator::new(probe.clone());
    let mut random = Random::new(29);
    for _ in 0..rounds(1_000) {
        let made = token(&store, "ada", &Clock::system()).await;
        let field = format!("Bearer {}", made.expose_secret());
        let request = Request::builder().header("authorization", &field);
        let Start::Pending(pending) = layer.start(&request.body(()).unwrap()) else {
            panic!("it cannot be known yet");
        };
        let done = cut_short(layer.finish(pending), random.below(7)).await;
        assert!(done.is_none_or(|decision| decision.is_ok()));
        accepted(&layer, &field).await;
    }
}
