//! Two handles on one store, as two nodes have them: what must happen once happens once on all of them.
//!
//! For stores that several processes can open; each check takes two handles on one empty store. What a handle remembers
//! (clients, verified credentials) may be older than what the other one wrote, by as much as the store promises: the
//! checks wait for it.

use std::time::Duration;

use empress_auth_core::Authenticator;
use empress_auth_core::testing::present;

use super::Store;
use super::endings::Ending;
use super::fixture::{
    client, ended, granted, identity, lives, must, new_grant, new_tokens, operator, redeemed,
    there, user,
};
use super::races::{redeem_at_once, rotate_at_once};
use crate::store::Redeemed;

/// Checks everything, each time on two new handles of `make`.
///
/// # Panics
///
/// With the promise that the store breaks.
pub async fn check<S: Store>(make: impl AsyncFn() -> (S, S), rounds: usize) {
    what_one_writes_the_other_reads(make().await).await;
    for ending in Ending::ALL {
        what_one_ends_has_ended_for_the_other(make().await, ending).await;
    }
    for _ in 0..rounds {
        one_of_many_redeems_a_code_through_either(make().await).await;
        one_refresh_token_through_either_is_one_family(make().await).await;
    }
}

/// Codes, grants and tokens at once; a client's change as soon as the store promises.
pub async fn what_one_writes_the_other_reads<S: Store>((one, other): (S, S)) {
    let ada = user(&one, "ada").await;
    let mut client = client(&one, "before").await;
    there(other.client(&client.id).await, "a client of the other's");
    let code = super::fixture::code(&one, granted(&ada, &client)).await.id;
    let grant = new_grant(&other, granted(&ada, &client));
    let tokens = new_tokens(&other, &grant, 1).tokens;
    let outcome = other.redeem_code(code, grant, tokens).await;
    assert_eq!(must(outcome, "redeem_code"), Redeemed::First);

    client.name = "after".into();
    let changed = one.update_client(client.clone(), &operator()).await;
    must(changed, "update_client");
    let kept = there(one.client(&client.id).await, "client");
    assert_eq!(&*kept.name, "after", "whoever wrote it reads it at once");
    until("a change of a client", async || {
        there(other.client(&client.id).await, "client").name == client.name
    })
    .await;
    let deleted = one.delete_client(&client.id, &operator()).await;
    must(deleted, "delete_client");
    until("the end of a client", async || {
        must(other.client(&client.id).await, "client").is_none()
    })
    .await;
}

/// Rows at once; what is remembered as soon as the store promises.
pub async fn what_one_ends_has_ended_for_the_other<S: Store>((one, other): (S, S), ending: Ending) {
    let layer = Authenticator::new(other.clone());
    let ada = user(&one, "ada").await;
    let bob = user(&one, "bob").await;
    let client = client(&one, "client").await;
    let live = redeemed(&one, &ada, &client).await;
    let of_bob = redeemed(&one, &bob, &client).await;
    identity(&layer, &live.made.field, "a token of the other's").await;
    ending.happens(&one, &live).await;
    ended(&other, &live, &format!("{ending:?}, elsewhere")).await;
    until("the end of an access token", async || {
        present(&layer, &live.made.field).await.is_err()
    })
    .await;
    if ending != Ending::ClientDeleted {
        lives(&other, &of_bob, "another's").await;
    }
}

/// Sixteen, half of them through each.
pub async fn one_of_many_redeems_a_code_through_either<S: Store>((one, other): (S, S)) {
    redeem_at_once(&[one, other]).await;
}

/// Sixteen, half of them through each.
pub async fn one_refresh_token_through_either_is_one_family<S: Store>((one, other): (S, S)) {
    rotate_at_once(&[one, other]).await;
}

/// Asks until it is so; five seconds are the longest that a store may take.
async fn until(what: &str, so: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(so().await, "{what} is not seen through the other handle");
}
