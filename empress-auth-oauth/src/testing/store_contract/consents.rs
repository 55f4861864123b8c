//! What a user allowed a client, and what ends when it is taken back.

use empress_auth_core::StoreErrorKind;

use super::Store;
use super::fixture::{
    client, code, enabled, ended, granted, lives, must, new_client, new_grant, new_tokens, now,
    operator, redeemed, refused, scopes, there, user,
};
use crate::grant::{Consent, limits};
use crate::store::Redeemed;

/// A later consent adds to an earlier one of the same user and client, and to no other.
pub async fn scopes_are_added_to_what_was_allowed_before<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    let at = now();
    let later = at + super::fixture::MINUTE;
    for (user, client, names, given_at) in [
        (&ada, &one, ["openid", "b"], at),
        (&ada, &other, ["openid", "x"], at),
        (&bob, &one, ["openid", "y"], at),
        (&ada, &one, ["a", "openid"], later),
    ] {
        let consent = Consent::new(&user.id, &client.id, &scopes(&names), given_at);
        must(store.add_consent(consent, &operator()).await, "add_consent");
    }
    let sum = there(store.consent(&ada.id, &one.id).await, "consent");
    let expected = Consent::new(&ada.id, &one.id, &scopes(&["a", "b", "openid"]), later);
    assert_eq!(sum, expected);
    let of_other = Consent::new(&ada.id, &other.id, &scopes(&["openid", "x"]), at);
    let mut all = vec![expected, of_other];
    all.sort_by(|a, b| a.client_id.cmp(&b.client_id));
    assert_eq!(must(store.consents(&ada.id).await, "consents"), all);
    let none = must(store.consent(&bob.id, &other.id).await, "consent");
    assert_eq!(none, None);
}

/// What was allowed at one resource comes back as it was, and is not allowed at another one.
pub async fn scopes_are_allowed_at_a_resource<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let at = now();
    let mut expected: Option<Consent> = None;
    for (names, resources) in [
        (["a", "b"], &["", "https://x.example/"][..]),
        (["c", "a"], &["https://x.example/"]),
        (["c", "b"], &["urn:\u{22}:\u{5c}"]),
    ] {
        let scopes_of = scopes(&names);
        let consent = Consent::at(&ada.id, &client.id, &scopes_of, &scopes(resources), at);
        let added = store.add_consent(consent.clone(), &operator()).await;
        must(added, "add_consent");
        expected = Some(match expected {
            None => consent,
            Some(before) => before.and(consent),
        });
        let kept = must(store.consent(&ada.id, &client.id).await, "consent");
        assert_eq!(kept, expected);
    }
}

/// O-40: a client that names another resource each time fills nothing.
pub async fn the_oldest_resources_of_a_consent_make_room<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let allowed = scopes(&["openid"]);
    let resource = |number: usize| [format!("https://{number}.example/").into()];
    let made = limits::RESOURCES + 10;
    for number in 0..made {
        let consent = Consent::at(&ada.id, &client.id, &allowed, &resource(number), now());
        must(store.add_consent(consent, &operator()).await, "add_consent");
    }
    let kept = there(store.consent(&ada.id, &client.id).await, "consent");
    for number in 0..made {
        let covers = kept.covers(&allowed, &resource(number));
        assert_eq!(covers, number >= 10, "resource {number} of {made}");
    }
}

/// Neither a user nor a client that is not there, nor a disabled user.
pub async fn nobody_consents_who_is_not_there<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let gone = user(&store, "gone").await;
    let one = client(&store, "one").await;
    let nowhere = new_client("nowhere");
    must(store.delete_user("gone", &operator()).await, "delete_user");
    user(&store, "disabled").await;
    let disabled = store
        .update_user("disabled", enabled(false), &operator())
        .await;
    let disabled = must(disabled, "update_user");
    for (user, client) in [(&gone, &one), (&disabled, &one), (&ada, &nowhere)] {
        let consent = Consent::new(&user.id, &client.id, &scopes(&["openid"]), now());
        let added = store.add_consent(consent, &operator()).await;
        refused(added, StoreErrorKind::NotFound, &user.username);
        let kept = must(store.consent(&user.id, &client.id).await, "consent");
        assert_eq!(kept, None, "a consent of {}", user.username);
    }
}

/// O-22: the tokens go with the consent, and what other users and clients have stays.
pub async fn a_withdrawn_consent_ends_the_codes_and_grants_of_this_user_and_client<S: Store>(
    store: S,
) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    for user in [&ada, &bob] {
        let consent = Consent::new(&user.id, &one.id, &scopes(&["openid"]), now());
        must(store.add_consent(consent, &operator()).await, "add_consent");
    }
    let meant = [
        redeemed(&store, &ada, &one).await,
        redeemed(&store, &ada, &one).await,
    ];
    let others = [
        redeemed(&store, &ada, &other).await,
        redeemed(&store, &bob, &one).await,
    ];
    let unused = code(&store, granted(&ada, &one)).await;

    let withdrawn = store.withdraw_consent(&ada.id, &one.id, &operator()).await;
    assert!(must(withdrawn, "withdraw_consent"), "there was a consent");
    assert_eq!(must(store.consent(&ada.id, &one.id).await, "consent"), None);
    there(store.consent(&bob.id, &one.id).await, "another's consent");
    for live in &meant {
        ended(&store, live, "a withdrawn consent").await;
    }
    for live in &others {
        lives(&store, live, "another's consent").await;
    }
    let grant = new_grant(&store, granted(&ada, &one));
    let tokens = new_tokens(&store, &grant, 1).tokens;
    let redeemed = store.redeem_code(unused.id, grant, tokens).await;
    assert_eq!(
        must(redeemed, "redeem_code"),
        Redeemed::Gone,
        "a code from before the withdrawal"
    );
    let again = store.withdraw_consent(&ada.id, &one.id, &operator()).await;
    assert!(!must(again, "withdraw_consent"), "it was taken back before");
}

/// A client that asks for no consent is withdrawn like any other.
pub async fn what_was_granted_without_a_consent_ends_too<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "trusted").await;
    let live = redeemed(&store, &ada, &client).await;
    let withdrawn = store
        .withdraw_consent(&ada.id, &client.id, &operator())
        .await;
    assert!(must(withdrawn, "withdraw_consent"), "there was a grant");
    ended(&store, &live, "a grant without a consent").await;
}
