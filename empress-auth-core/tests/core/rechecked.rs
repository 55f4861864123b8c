//! What is remembered is who somebody is. What may change by itself is looked at for every request.

use std::net::IpAddr;
use std::time::Duration;

use empress_auth_core::testing::decide;
use empress_auth_core::{
    Authenticator, Clock, Decision, MemoryStore, NewToken, NewUser, PeerAddress, RejectionKind,
    Scopes, role, scope,
};
use http::Request;

use crate::probe::Probe;
use crate::support::{accepted, refused, start, store_and_clock, token_of, user, why};

async fn scene(new: NewToken) -> (Clock, Probe, Authenticator, String) {
    let (store, clock) = store_and_clock();
    store
        .create_user(NewUser::named("ada").with_roles(["Manager"]))
        .await
        .unwrap();
    let made = token_of(&store, "ada", &clock, new).await;
    let probe = Probe::new(store);
    let layer = Authenticator::new(probe.clone()).clock(clock.clone());
    let field = format!("Bearer {}", made.expose_secret());
    (clock, probe, layer, field)
}

#[tokio::test]
async fn a_token_ends_in_the_memory_at_the_millisecond_it_expires() {
    let end = start() + Duration::from_millis(90_123);
    let (clock, probe, layer, field) = scene(NewToken::named("x").with_expires_at(end)).await;
    accepted(&layer, &field).await;
    clock.set(end - Duration::from_millis(1));
    assert_eq!(accepted(&layer, &field).await.expires_at(), Some(end));
    assert_eq!(probe.asked(), 1, "it was remembered to the end");
    clock.set(end);
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
}

#[tokio::test]
async fn a_token_left_alone_ends_in_the_memory_and_each_use_puts_it_off() {
    let timeout = Duration::from_secs(600);
    let (clock, probe, layer, field) = scene(NewToken::named("x").with_idle_timeout(timeout)).await;
    for _ in 0..5 {
        accepted(&layer, &field).await;
        clock.advance(timeout - Duration::from_secs(1));
    }
    accepted(&layer, &field).await;
    assert_eq!(probe.asked(), 1);
    clock.advance(timeout);
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
}

#[tokio::test]
async fn a_use_under_one_scheme_keeps_a_token_alive_under_the_other() {
    let timeout = Duration::from_secs(600);
    let (clock, _, layer, bearer) = scene(NewToken::named("x").with_idle_timeout(timeout)).await;
    let token = bearer.replace("Bearer", "Token");
    accepted(&layer, &bearer).await;
    for _ in 0..3 {
        clock.advance(timeout / 2);
        accepted(&layer, &token).await;
    }
    accepted(&layer, &bearer).await;
}

#[tokio::test]
async fn a_use_is_not_lost_when_its_entry_is_pushed_out() {
    let clock = Clock::manual(start());
    let store = MemoryStore::with(clock.clone(), 1);
    user(&store, "ada").await;
    let timeout = Duration::from_secs(600);
    let idling = NewToken::named("x").with_idle_timeout(timeout);
    let idling = token_of(&store, "ada", &clock, idling).await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    let field = format!("Bearer {}", idling.expose_secret());
    for _ in 0..3 {
        accepted(&layer, &field).await;
        // 64 tables of one entry each: enough others to push out every entry.
        for _ in 0..500 {
            let other = token_of(&store, "ada", &clock, NewToken::named("other")).await;
            accepted(&layer, &format!("Bearer {}", other.expose_secret())).await;
        }
        clock.advance(timeout - Duration::from_secs(1));
    }
    accepted(&layer, &field).await;
}

fn from(field: &str, peer: Option<&str>) -> Request<()> {
    let mut request = Request::builder().header("authorization", field);
    if let Some(peer) = peer {
        let peer: IpAddr = peer.parse().unwrap();
        request = request.extension(PeerAddress(peer));
    }
    request.body(()).unwrap()
}

#[tokio::test]
async fn the_network_of_each_request_is_looked_at_also_on_a_hit() {
    let networks = ["192.0.2.0/24", "2001:db8::/32"].map(|network| network.parse().unwrap());
    let (_, probe, layer, field) = scene(NewToken::named("x").with_networks(networks)).await;
    for _ in 0..3 {
        for (peer, allowed) in [
            (Some("192.0.2.1"), true),
            (Some("192.0.3.1"), false),
            (Some("::ffff:192.0.2.9"), true),
            (Some("2001:db8::1"), true),
            (Some("2001:db9::1"), false),
            (None, false),
        ] {
            let decision: Decision = decide(&layer, &from(&field, peer)).await;
            assert_eq!(decision.is_ok(), allowed, "{peer:?}");
            if !allowed {
                assert_eq!(why(&decision), RejectionKind::Invalid);
            }
        }
    }
    assert_eq!(probe.asked(), 1);
    let lenient = layer.ignore_invalid();
    let decision = decide(&lenient, &from(&field, Some("192.0.3.1"))).await;
    assert!(decision.unwrap().is_none(), "nobody, not somebody");
}

#[tokio::test]
async fn what_each_layer_requires_is_looked_at_also_on_a_hit() {
    let new = NewToken::named("x").with_scopes(Scopes::only(["a"]));
    let (_, probe, layer, field) = scene(new).await;
    let cases = [
        (scope("a"), true),
        (scope("b"), false),
        (scope("a") & role("Manager"), true),
        (scope("a") & role("Director"), false),
        (scope("b") | role("Manager"), true),
    ];
    for _ in 0..2 {
        for (requirement, allowed) in &cases {
            for layer in [layer.clone(), layer.clone().ignore_invalid()] {
                let layer = layer.require(requirement.clone());
                if *allowed {
                    accepted(&layer, &field).await;
                } else {
                    assert_eq!(refused(&layer, &field).await, RejectionKind::Forbidden);
                }
            }
        }
    }
    assert_eq!(probe.asked(), 1);
}
