//! What a loop in a client could make without end is bounded, and nobody else's makes room for it (SECURITY O-40).

use empress_auth_core::{AuditAction, Authenticator};

use super::Store;
use super::fixture::{
    client, code, ended, events, granted, identity, lives, must, redeemed, rotate, there, user,
};
use crate::grant::limits;
use crate::store::Rotated;

/// The last one is there, and as many as may be.
pub async fn the_oldest_codes_of_a_user_for_a_client_make_room<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    let others = [
        code(&store, granted(&bob, &one)).await.id,
        code(&store, granted(&ada, &other)).await.id,
        redeemed(&store, &ada, &one).await.code,
    ];
    let mut made = Vec::new();
    for _ in 0..limits::CODES + 10 {
        let id = code(&store, granted(&ada, &one)).await.id;
        there(store.code(id).await, "the code that was just made");
        made.push(id);
    }
    let mut left = 0;
    for id in made {
        left += usize::from(must(store.code(id).await, "code").is_some());
    }
    assert_eq!(left, limits::CODES, "codes of one user for one client");
    for id in others {
        there(
            store.code(id).await,
            "what is somebody else's, or was redeemed",
        );
    }
}

/// As if each were ended by itself.
pub async fn the_oldest_grants_of_a_user_to_a_client_make_room<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    let layer = Authenticator::new(store.clone());
    let others = [
        redeemed(&store, &bob, &one).await,
        redeemed(&store, &ada, &other).await,
    ];
    let mut made = Vec::new();
    for _ in 0..limits::GRANTS + 10 {
        let live = redeemed(&store, &ada, &one).await;
        lives(&store, &live, "the grant that was just made").await;
        identity(&layer, &live.made.field, "the grant that was just made").await;
        made.push(live);
    }
    let mut left = must(store.grants(&ada.id).await, "grants");
    left.retain(|grant| grant.granted.client_id == one.id);
    assert_eq!(
        left.len(),
        limits::GRANTS,
        "grants of one user to one client"
    );
    made.retain(|live| !left.contains(&live.grant));
    assert_eq!(made.len(), 10, "grants that made room");
    for live in &made {
        ended(&store, live, "a grant that made room").await;
    }
    let mut logged = events(&store).await;
    logged.retain(|event| event.action == AuditAction::GrantEnded);
    assert_eq!(logged.len(), 10, "events: {logged:?}");
    for live in &others {
        lives(&store, live, "somebody else's grant").await;
    }
}

/// As many of its answers may have been lost; the last one is good.
pub async fn a_refresh_token_that_is_shown_again_and_again_fills_nothing<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let mut given = Vec::new();
    for _ in 0..limits::SIBLINGS + 10 {
        let (outcome, made) = rotate(&store, &live.grant, live.made.refresh, 2).await;
        assert_eq!(outcome, Rotated::Done);
        there(store.refresh_token(made.refresh).await, "the last answer");
        there(store.access_token(made.access).await, "the last answer");
        given.push(made.refresh);
    }
    let mut left = Vec::new();
    for id in &given {
        if must(store.refresh_token(*id).await, "refresh_token").is_some() {
            left.push(*id);
        }
    }
    assert_eq!(left.len(), limits::SIBLINGS, "siblings");
    there(
        store.refresh_token(live.made.refresh).await,
        "what gave them",
    );
    // Who holds one that made room is told that there is none, and ends nothing.
    for id in given.iter().filter(|id| !left.contains(id)) {
        let (outcome, _) = rotate(&store, &live.grant, *id, 3).await;
        assert_eq!(outcome, Rotated::Gone, "a sibling that made room");
    }
    let last = given.last().copied().unwrap_or(live.made.refresh);
    let (outcome, _) = rotate(&store, &live.grant, last, 3).await;
    assert_eq!(outcome, Rotated::Done, "the last answer");
}
