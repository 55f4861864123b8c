//! Refresh tokens rotate by the rules of [`RefreshTokenRow`](crate::grant::RefreshTokenRow) (RFC 9700 §4.14.2;
//! O-19, O-20, O-21).

use empress_auth_core::StoreErrorKind;

use super::Store;
use super::fixture::{
    Live, Made, client, ended, events, lives, must, new_tokens, redeemed, refused, rotate, there,
    user,
};
use crate::store::Rotated;

/// A grant of ada's, whose refresh token is of the first generation.
async fn family<S: Store>(store: &S) -> Live {
    let ada = user(store, "ada").await;
    let client = client(store, "client").await;
    redeemed(store, &ada, &client).await
}

/// Shows a token that is accepted; answers what it gave.
async fn accepted<S: Store>(store: &S, live: &Live, shown: &Made, what: &str) -> Made {
    let generation = generation(shown) + 1;
    let (outcome, made) = rotate(store, &live.grant, shown.refresh, generation).await;
    assert_eq!(outcome, Rotated::Done, "{what}");
    made
}

/// Shows a token that ends the family.
async fn reused<S: Store>(store: &S, live: &Live, shown: &Made, what: &str) {
    let generation = generation(shown) + 1;
    let (outcome, made) = rotate(store, &live.grant, shown.refresh, generation).await;
    assert_eq!(outcome, Rotated::Reused, "{what}");
    let access = must(store.access_token(made.access).await, what);
    assert!(access.is_none(), "{what}: a token was stored");
}

fn generation(made: &Made) -> u32 {
    let refresh = made.tokens.refresh.as_ref();
    refresh.map_or(0, |refresh| refresh.generation)
}

/// That nothing of the family is left, whichever of these is shown.
async fn dead<S: Store>(store: &S, live: &Live, tokens: &[&Made]) {
    for made in tokens {
        let made = Live {
            made: (*made).clone(),
            ..live.clone()
        };
        ended(store, &made, "an ended family").await;
    }
}

/// O-23. Twenty rotations: each new token is kept as it was put, and those before it are known still.
pub async fn each_token_gives_the_next_one<S: Store>(store: S) {
    let live = family(&store).await;
    let mut shown = live.made.clone();
    let first = there(store.refresh_token(shown.refresh).await, "refresh_token");
    assert_eq!(first.last_used, None, "none was used yet");
    for _ in 0..20 {
        let made = accepted(&store, &live, &shown, "the newest token").await;
        let kept = there(store.refresh_token(made.refresh).await, "refresh_token");
        assert_eq!(kept.grant, live.grant, "the end of the grant never moves");
        assert_eq!(kept.row.generation, generation(&shown) + 1);
        let used = kept.last_used.map(|used| (used.generation, used.id));
        assert_eq!(used, Some((generation(&shown), shown.refresh)), "last used");
        assert!(kept.row.is_accepted_after(kept.last_used));
        let put = made.tokens.refresh.as_ref();
        assert_eq!(Some(kept.row.expires_at), put.map(|put| put.expires_at));
        assert_eq!(Some(kept.row.issued_at), put.map(|put| put.issued_at));
        assert_eq!(
            Some(kept.row.digest.as_bytes()),
            put.map(|put| put.digest.as_bytes())
        );
        there(store.access_token(made.access).await, "access_token");
        there(store.refresh_token(shown.refresh).await, "a used token");
        shown = made;
    }
    lives(&store, &live, "after twenty rotations").await;
}

/// O-21: as often as the answer is lost. What the lost answers held is worth nothing once another is used.
pub async fn a_token_whose_answer_was_lost_is_accepted_again<S: Store>(store: S) {
    let live = family(&store).await;
    let lost = accepted(&store, &live, &live.made, "the first time").await;
    let lost_too = accepted(&store, &live, &live.made, "the second time").await;
    let arrived = accepted(&store, &live, &live.made, "the third time").await;
    let next = accepted(&store, &live, &arrived, "what arrived").await;
    accepted(&store, &live, &arrived, "what arrived, once more").await;
    accepted(&store, &live, &next, "what came then").await;
    reused(&store, &live, &lost, "an answer that was lost").await;
    dead(&store, &live, &[&live.made, &lost, &lost_too, &next]).await;
}

/// Two parties have used what one token gave.
pub async fn a_sibling_of_the_used_token_ends_the_family<S: Store>(store: S) {
    let live = family(&store).await;
    let one = accepted(&store, &live, &live.made, "the first answer").await;
    let other = accepted(&store, &live, &live.made, "the second answer").await;
    let next = accepted(&store, &live, &one, "the first party").await;
    reused(&store, &live, &other, "the second party").await;
    dead(&store, &live, &[&live.made, &one, &other, &next]).await;
}

/// A token whose successor was used is shown again.
pub async fn an_older_token_ends_the_family<S: Store>(store: S) {
    for rotations in 1..4 {
        let name = format!("user{rotations}");
        let user = user(&store, &name).await;
        let client = client(&store, "client").await;
        let live = redeemed(&store, &user, &client).await;
        let mut shown = accepted(&store, &live, &live.made, "the first").await;
        for _ in 0..rotations {
            shown = accepted(&store, &live, &shown, "a later one").await;
        }
        reused(&store, &live, &live.made, "a token from long ago").await;
        dead(&store, &live, &[&live.made, &shown]).await;
    }
}

/// Ended is ended: no token of it is accepted, reused or found again, and the event is there once.
pub async fn an_ended_family_stays_ended<S: Store>(store: S) {
    let live = family(&store).await;
    let one = accepted(&store, &live, &live.made, "the first").await;
    let two = accepted(&store, &live, &one, "the second").await;
    reused(&store, &live, &live.made, "a token from before").await;
    let events_then = events(&store).await;
    for _ in 0..2 {
        dead(&store, &live, &[&live.made, &one, &two]).await;
    }
    assert_eq!(events(&store).await, events_then);
}

/// Reuse ends one family, not what the same user has with the same client from elsewhere.
pub async fn no_other_family_ends_with_it<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let phone = redeemed(&store, &ada, &client).await;
    let laptop = redeemed(&store, &ada, &client).await;
    let next = accepted(&store, &phone, &phone.made, "the phone").await;
    accepted(&store, &phone, &next, "the phone, again").await;
    reused(&store, &phone, &phone.made, "a thief").await;
    lives(&store, &laptop, "another family").await;
    accepted(&store, &laptop, &laptop.made, "another family").await;
}

/// Then nothing is stored, and the token is as unused as before.
pub async fn an_id_that_exists_uses_nothing_up<S: Store>(store: S) {
    let live = family(&store).await;
    for taken in ["access", "refresh"] {
        let mut made = new_tokens(&store, &live.grant, 2);
        if taken == "access" {
            made.tokens.access.id = live.made.access;
        } else if let Some(refresh) = &mut made.tokens.refresh {
            refresh.id = live.made.refresh;
        }
        let outcome = store.rotate(live.made.refresh, made.tokens).await;
        refused(outcome, StoreErrorKind::Conflict, taken);
    }
    let one = accepted(&store, &live, &live.made, "the same token").await;
    let two = accepted(&store, &live, &one, "what it gave").await;
    accepted(&store, &live, &two, "what that gave").await;
}
