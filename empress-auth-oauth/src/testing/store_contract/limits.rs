//! What a loop in a client could make without end is bounded, and neither anybody else's nor what could prove a
//! theft makes room for it (O-40).

use std::time::{Duration, SystemTime};

use empress_auth_core::{AuditAction, Authenticator};

use super::Store;
use super::fixture::{
    Live, Made, client, code, ended, events, granted, identity, lives, must, new_tokens, redeemed,
    rotate, there, user,
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

/// As many of its answers may have been lost, and each is good.
pub async fn every_answer_to_a_refresh_token_is_kept<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    for arrived in [0, limits::SIBLINGS - 1] {
        let live = redeemed(&store, &ada, &client).await;
        let given = shown_until_it_gave_all(&store, &live).await;
        let arrived = given.get(arrived).unwrap_or(&live.made);
        let (outcome, next) = rotate(&store, &live.grant, arrived.refresh, 3).await;
        assert_eq!(outcome, Rotated::Done, "an answer that arrived");
        there(store.access_token(next.access).await, "what it gave");
    }
}

/// O-20: nobody loses so many answers. A thief who could go on would have its owner's answer forgotten, and nobody would
/// learn that there are two.
pub async fn a_refresh_token_that_is_shown_again_and_again_ends_its_family<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let given = shown_until_it_gave_all(&store, &live).await;
    let (outcome, refused) = rotate(&store, &live.grant, live.made.refresh, 2).await;
    assert_eq!(outcome, Rotated::Reused, "after {} answers", given.len());
    for made in given.into_iter().chain([live.made.clone(), refused]) {
        let live = Live {
            made,
            ..live.clone()
        };
        ended(&store, &live, "shown once too often").await;
    }
}

/// Shows the first token of a family as often as that is accepted; what it gave.
async fn shown_until_it_gave_all<S: Store>(store: &S, live: &Live) -> Vec<Made> {
    let mut given = Vec::new();
    for _ in 0..limits::SIBLINGS {
        let (outcome, made) = rotate(store, &live.grant, live.made.refresh, 2).await;
        assert_eq!(outcome, Rotated::Done);
        given.push(made);
    }
    for made in &given {
        there(store.refresh_token(made.refresh).await, "an answer");
        there(store.access_token(made.access).await, "an answer");
    }
    given
}

/// O-20: however often a thief refreshes, the owner's token is known, and ends the family.
pub async fn a_thief_cannot_have_a_refresh_token_forgotten<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    refreshed_until_there_are_too_many(&store, &live).await;
    let (outcome, _) = rotate(&store, &live.grant, live.made.refresh, 2).await;
    assert_eq!(outcome, Rotated::Reused, "the first token of them all");
    ended(&store, &live, "the family").await;
}

/// Nothing is used up, and there is room when the day is over: then the oldest may be forgotten.
pub async fn who_refreshes_too_often_has_to_wait<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let (last, refused, room_at) = refreshed_until_there_are_too_many(&store, &live).await;
    let latest = refused.tokens.access.issued_at + limits::KEPT;
    assert!(room_at <= latest, "{room_at:?}, but it was not made later");
    let access = must(store.access_token(refused.access).await, "access_token");
    assert!(access.is_none(), "a refused token was stored");
    let generation = last.tokens.refresh.as_ref().map_or(0, |row| row.generation);
    for (at, expected) in [
        (room_at - MILLISECOND, Rotated::TooMany(room_at)),
        (room_at, Rotated::Done),
    ] {
        let mut made = new_tokens(&store, &live.grant, generation + 1);
        made.tokens.access.issued_at = at;
        let outcome = store.rotate(last.refresh, made.tokens).await;
        assert_eq!(must(outcome, "rotate"), expected);
    }
    let left = must(store.grants(&ada.id).await, "grants");
    assert_eq!(left, [live.grant], "the grant goes on");
}

/// The last token that the family gave, the tokens that it did not, and from when on it gives more.
async fn refreshed_until_there_are_too_many<S: Store>(
    store: &S,
    live: &Live,
) -> (Made, Made, SystemTime) {
    let mut shown = live.made.clone();
    for (stored, generation) in (1..).zip(2..) {
        let (outcome, made) = rotate(store, &live.grant, shown.refresh, generation).await;
        match outcome {
            Rotated::Done => shown = made,
            Rotated::TooMany(room_at) => {
                let expected = limits::TOKENS..limits::TOKENS + 100;
                assert!(expected.contains(&stored), "after {stored} tokens");
                return (shown, made, room_at);
            }
            Rotated::Reused | Rotated::Gone => {
                assert_eq!(outcome, Rotated::Done, "token {generation}");
            }
        }
    }
    (shown.clone(), shown, live.grant.created_at)
}

const MILLISECOND: Duration = Duration::from_millis(1);
