//! API tokens in use: until when, from where, and what is seen of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use http::Request;
use http::header::AUTHORIZATION;

use super::Store;
use super::fixture::{
    identity, must, networks, now, pat, put, shifted, stored_pat, turned_away, user,
};
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::head::PeerAddress;

/// What a store says of expiry and idle timeout is what was put; the end is exact.
pub async fn a_token_ends_when_it_expires_or_is_left_alone<S: Store>(store: S) {
    let at = now();
    let clock = Clock::manual(at);
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    user(&store, "ada").await;
    let expires_at = shifted(at, 7_200_000);
    let (mut row, text) = pat("ada", store.store_key());
    row.token.expires_at = Some(expires_at);
    put(&store, row).await;
    let expiring = format!("Bearer {text}");
    let (mut row, text) = pat("ada", store.store_key());
    row.token.idle_timeout = Some(Duration::from_secs(600));
    put(&store, row).await;
    let idling = format!("Bearer {text}");

    clock.set(shifted(at, 598_000));
    identity(&layer, &idling, "a token within its idle timeout").await;
    clock.set(shifted(at, 1_190_000));
    identity(&layer, &idling, "a token that was used since").await;
    clock.set(shifted(at, 1_191_000 + 600_000));
    turned_away(&layer, &idling, "a token that was left alone").await;

    clock.set(shifted(expires_at, -1));
    identity(&layer, &expiring, "a token before its end").await;
    clock.set(expires_at);
    turned_away(&layer, &expiring, "a token at its end").await;
}

/// The networks are those that were put.
pub async fn a_token_holds_in_its_networks_only<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let (mut row, text) = pat("ada", store.store_key());
    row.token.networks = networks(&["192.0.2.0/24"]);
    put(&store, row).await;
    for (peer, inside) in [([192, 0, 2, 7], true), ([198, 51, 100, 7], false)] {
        let peer = IpAddr::V4(Ipv4Addr::from(peer));
        let request = Request::builder()
            .header(AUTHORIZATION, format!("Bearer {text}"))
            .extension(PeerAddress(peer))
            .body(());
        let request = must(request, "a request");
        let decision = crate::testing::decide(&layer, &request).await;
        assert_eq!(decision.is_ok(), inside, "a request from {peer}");
    }
}

/// Who looks at a token after it was used sees that it was.
pub async fn a_use_is_seen_at_once<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let (used, id) = stored_pat(&store, "ada").await;
    let (_, unused) = stored_pat(&store, "ada").await;
    if store.memory().is_none() {
        // Nothing writes uses down for a store that keeps no memory.
        return;
    }
    let before = shifted(now(), -2_000);
    identity(&layer, &used, "a token").await;
    let shown = must(store.token(id).await, "token");
    let listed = must(store.tokens(Some("ada"), None, 10).await, "tokens");
    let listed = listed.into_iter().find(|token| token.id == id);
    for token in [shown, listed] {
        let used = token.and_then(|token| token.last_used_at);
        assert!(
            used.is_some_and(|at| at >= before),
            "a use must be seen, not {used:?}"
        );
    }
    let unused = must(store.token(unused).await, "token");
    assert_eq!(
        unused.and_then(|token| token.last_used_at),
        None,
        "a token that nobody used"
    );
}
