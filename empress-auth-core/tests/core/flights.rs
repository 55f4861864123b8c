//! Many requests that show one credential at once ask the store once, and none of them depends on another (CO-5).

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, Clock, MadeToken, MemoryStore, RejectionKind, Start};
use futures_util::FutureExt as _;
use http::Request;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::probe::Probe;
use crate::support::{Random, accepted, refused, revoke, rounds, token, user, why};

const PATIENCE: Duration = Duration::from_secs(10);

struct Scene {
    store: MemoryStore,
    probe: Probe,
    layer: Authenticator,
}

async fn scene(probe: impl FnOnce(MemoryStore) -> Probe) -> Scene {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let probe = probe(store.clone());
    let layer = Authenticator::new(probe.clone());
    Scene {
        store,
        probe,
        layer,
    }
}

async fn made(store: &MemoryStore, name: &str) -> (MadeToken, String) {
    let made = token(store, name, &Clock::system()).await;
    let field = format!("Bearer {}", made.expose_secret());
    (made, field)
}

async fn bearer(store: &MemoryStore, name: &str) -> String {
    made(store, name).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_with_one_credential_ask_once() {
    let Scene {
        store,
        probe,
        layer,
    } = scene(Probe::new).await;
    for _ in 0..5 {
        let field = bearer(&store, "ada").await;
        let before = probe.asked();
        let gate = probe.hold();
        let mut requests = JoinSet::new();
        for _ in 0..1_000 {
            let (layer, field) = (layer.clone(), field.clone());
            requests.spawn(async move { accepted(&layer, &field).await.username().to_owned() });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        gate.open();
        let names = timeout(PATIENCE, requests.join_all()).await.unwrap();
        assert_eq!(names.len(), 1_000);
        assert!(names.iter().all(|name| name == "ada"));
        assert_eq!(probe.asked() - before, 1);
    }
}

#[tokio::test]
async fn who_comes_when_a_credential_has_just_been_refused_does_not_ask_again() {
    let Scene {
        store,
        probe,
        layer,
    } = scene(Probe::new).await;
    let (made, field) = made(&store, "ada").await;
    revoke(&store, &made).await;
    let request = Request::builder().header("authorization", &field);
    let request = request.body(()).unwrap();
    let waiting = [(); 3].map(|()| match layer.start(&request) {
        Start::Pending(pending) => layer.finish(pending),
        Start::Ready(decision) => panic!("{decision:?} and nobody was asked"),
    });
    for pending in waiting {
        assert_eq!(why(&pending.await), RejectionKind::Invalid);
    }
    assert_eq!(probe.asked(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn different_credentials_never_share_an_answer() {
    const USERS: usize = 100;
    let Scene {
        store,
        probe,
        layer,
    } = scene(|store| Probe::hesitant(store, 20)).await;
    let mut fields = Vec::new();
    for number in 0..USERS {
        let name = format!("user{number}");
        user(&store, &name).await;
        fields.push((bearer(&store, &name).await, name));
    }
    let mut requests = JoinSet::new();
    let mut random = Random::new(5);
    for _ in 0..20 * USERS {
        let (layer, (field, name)) = (layer.clone(), random.pick(&fields).clone());
        requests.spawn(async move {
            assert_eq!(accepted(&layer, &field).await.username(), name);
        });
    }
    timeout(PATIENCE, requests.join_all()).await.unwrap();
    assert!(probe.asked() <= USERS);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_away_leaves_nobody_waiting() {
    let Scene {
        store,
        probe,
        layer,
    } = scene(|store| Probe::hesitant(store, 6)).await;
    let mut random = Random::new(7);
    for _ in 0..rounds(500) {
        let field = bearer(&store, "ada").await;
        let request = Request::builder().header("authorization", &field);
        let request = request.body(()).unwrap();
        let before = probe.asked();
        let mut waiting = Vec::new();
        for _ in 0..8 {
            match layer.start(&request) {
                Start::Pending(pending) => waiting.push(Box::pin(layer.finish(pending))),
                Start::Ready(decision) => assert!(decision.is_ok()),
            }
        }
        // Each is polled a few times by a waker that tells nobody; the first is the one that leads.
        let mut finished = 0;
        for _ in 0..random.below(20) {
            let chosen = random.below(waiting.len());
            if let Some(decision) = (&mut waiting[chosen]).now_or_never() {
                assert!(decision.is_ok());
                drop(waiting.swap_remove(chosen));
                finished += 1;
            }
            if waiting.is_empty() {
                break;
            }
        }
        let gone = random.below(waiting.len() + 1);
        waiting.drain(..gone);
        let mut rest = JoinSet::new();
        let left = waiting.len();
        for future in waiting {
            rest.spawn(future);
        }
        let decisions = timeout(PATIENCE, rest.join_all()).await.expect("it hangs");
        assert!(decisions.iter().all(Result::is_ok));
        if left > 0 || finished > 0 {
            let asked = probe.asked() - before;
            assert!(asked <= 2, "{asked} questions for one credential");
        }
        accepted(&layer, &field).await;
    }
}

#[tokio::test]
async fn a_store_that_panics_is_an_outage_for_all_who_wait() {
    for make in [Probe::new, Probe::forgetful] {
        let Scene {
            store,
            probe,
            layer,
        } = scene(make).await;
        let field = bearer(&store, "ada").await;
        probe.panic();
        let mut requests = JoinSet::new();
        for _ in 0..10 {
            let (layer, field) = (layer.clone(), field.clone());
            requests.spawn(async move { present(&layer, &field).await });
        }
        let decisions = timeout(PATIENCE, requests.join_all())
            .await
            .expect("followers hang");
        for decision in decisions {
            assert_eq!(why(&decision), RejectionKind::Unavailable);
        }
        probe.answer();
        accepted(&layer, &field).await;
    }
}

#[tokio::test]
async fn a_store_that_panics_at_a_password_is_an_outage() {
    let Scene { probe, layer, .. } = scene(Probe::new).await;
    probe.panic();
    let field = crate::support::basic("ada:correct horse battery staple");
    let kind = refused(&layer.passwords(), &field).await;
    assert_eq!(kind, RejectionKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_after_a_revocation_joins_no_flight_from_before_it() {
    let Scene {
        store,
        probe,
        layer,
    } = scene(Probe::new).await;
    let (made, field) = made(&store, "ada").await;
    let gate = probe.hold();
    let early = tokio::spawn({
        let (layer, field) = (layer.clone(), field.clone());
        async move { present(&layer, &field).await }
    });
    while probe.asked() == 0 {
        tokio::task::yield_now().await;
    }
    // The row was read and is on its way.
    revoke(&store, &made).await;
    probe.answer();
    let late = timeout(PATIENCE, refused(&layer, &field)).await;
    assert_eq!(late.unwrap(), RejectionKind::Invalid);
    assert_eq!(probe.asked(), 2);

    gate.open();
    // It began before the revocation and may go either way; what it brings is not kept.
    let _ = early.await.unwrap();
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
}
