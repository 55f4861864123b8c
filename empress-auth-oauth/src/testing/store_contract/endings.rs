//! What ends a grant, for good, and what does not (O-22).

use empress_auth_core::{StoreErrorKind, TokenId, UserChange};

use super::Store;
use super::fixture::{
    Live, client, code, enabled, ended, granted, identity, lives, must, new_grant, new_tokens, now,
    operator, own, password_set, redeemed, refused, rotate, scopes, user,
};
use crate::grant::Consent;
use crate::store::{Redeemed, Rotated};

/// What ends the grants of the user `ada`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The grant is ended.
    GrantEnded,
    /// A refresh token is shown whose successor was used.
    Reused,
    /// The consent is taken back.
    ConsentWithdrawn,
    /// The client is deleted.
    ClientDeleted,
    /// The user is disabled, and enabled again.
    UserDisabled,
    /// The user is deleted, and another one gets the name.
    UserDeleted,
    /// A password is set.
    PasswordSet,
}

impl Ending {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::GrantEnded,
        Self::Reused,
        Self::ConsentWithdrawn,
        Self::ClientDeleted,
        Self::UserDisabled,
        Self::UserDeleted,
        Self::PasswordSet,
    ];

    /// Ends `live`, a grant of ada's.
    pub(super) async fn happens<S: Store>(self, store: &S, live: &Live) {
        let what = format!("{self:?}");
        let granted = &live.grant.granted;
        let grounds = &operator();
        match self {
            Self::GrantEnded => {
                let ended = store.end_grant(live.grant.id, now()).await;
                assert!(must(ended, &what), "{what}: it was there");
            }
            Self::Reused => {
                let (done, next) = rotate(store, &live.grant, live.made.refresh, 2).await;
                assert_eq!(done, Rotated::Done, "{what}");
                let (done, _) = rotate(store, &live.grant, next.refresh, 3).await;
                assert_eq!(done, Rotated::Done, "{what}");
                let (done, _) = rotate(store, &live.grant, live.made.refresh, 2).await;
                assert_eq!(done, Rotated::Reused, "{what}");
            }
            Self::ConsentWithdrawn => {
                let user_id = granted.user_id.as_deref().unwrap_or_default();
                let withdrawn = store
                    .withdraw_consent(user_id, &granted.client_id, grounds)
                    .await;
                assert!(must(withdrawn, &what), "{what}: there was a grant");
            }
            Self::ClientDeleted => {
                let deleted = store.delete_client(&granted.client_id, grounds).await;
                must(deleted, &what);
            }
            Self::UserDisabled => {
                for is_enabled in [false, true] {
                    let change = enabled(is_enabled);
                    must(store.update_user("ada", change, grounds).await, &what);
                }
            }
            Self::UserDeleted => {
                must(store.delete_user("ada", grounds).await, &what);
                user(store, "ada").await;
            }
            Self::PasswordSet => {
                let set = store.update_user("ada", password_set(), grounds).await;
                must(set, &what);
            }
        }
    }
}

/// Tokens, codes and lists; of this user and client alone.
pub async fn what_has_ended_is_gone_and_the_rest_is_not<S: Store>(store: S, ending: Ending) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    let live = redeemed(&store, &ada, &one).await;
    let of_bob = redeemed(&store, &bob, &one).await;
    let at_other = redeemed(&store, &ada, &other).await;
    let of_client = own(&store, &one).await;

    ending.happens(&store, &live).await;

    let what = format!("{ending:?}");
    ended(&store, &live, &what).await;
    let of_client_too = ending == Ending::ClientDeleted;
    let of_user_too = matches!(
        ending,
        Ending::UserDisabled | Ending::UserDeleted | Ending::PasswordSet
    );
    for (grant, ends) in [
        (&of_bob, of_client_too),
        (&of_client, of_client_too),
        (&at_other, of_user_too),
    ] {
        if ends {
            ended(&store, grant, &what).await;
        } else {
            lives(&store, grant, &what).await;
        }
    }
    let left = must(store.grants(&ada.id).await, "grants");
    let left: Vec<TokenId> = left.iter().map(|grant| grant.id).collect();
    let expected = if of_user_too {
        Vec::new()
    } else {
        vec![at_other.grant.id]
    };
    assert_eq!(left, expected, "the user's list after {what}");

    // Whoever shows the code again finds the grant that has ended, or nothing.
    let grant = new_grant(&store, live.grant.granted.clone());
    let made = new_tokens(&store, &grant, 1);
    let again = store.redeem_code(live.code, grant, made.tokens).await;
    let again = must(again, "redeem_code");
    assert!(
        matches!(again, Redeemed::Gone) || again == Redeemed::Again(live.grant.id),
        "the code after {what}: {again:?}"
    );
    let access = must(store.access_token(made.access).await, "access_token");
    assert!(access.is_none(), "a token of a used code after {what}");
}

/// Else who is locked out could come back with a code of before.
pub async fn a_code_that_was_not_redeemed_ends_too<S: Store>(store: S) {
    for ending in [
        Ending::ConsentWithdrawn,
        Ending::PasswordSet,
        Ending::UserDisabled,
        Ending::ClientDeleted,
        Ending::UserDeleted,
    ] {
        let ada = match must(store.user("ada").await, "user") {
            Some(ada) => ada,
            None => user(&store, "ada").await,
        };
        let client = client(&store, "client").await;
        let live = redeemed(&store, &ada, &client).await;
        let unused = code(&store, granted(&ada, &client)).await;
        ending.happens(&store, &live).await;
        let grant = new_grant(&store, granted(&ada, &client));
        let made = new_tokens(&store, &grant, 1);
        let outcome = store.redeem_code(unused.id, grant, made.tokens).await;
        assert_eq!(must(outcome, "redeem_code"), Redeemed::Gone, "{ending:?}");
        let access = must(store.access_token(made.access).await, "access_token");
        assert!(access.is_none(), "a token after {ending:?}");
    }
}

/// A name, a role, the same password under another hash, and what others do.
pub async fn what_is_no_reason_ends_nothing<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    user(&store, "bob").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let layer = empress_auth_core::Authenticator::new(store.clone());
    let mut renamed = UserChange::default();
    renamed.full_name = Some(Some("Ada Lovelace".into()));
    renamed.roles = Some(vec!["Reader".into()]);
    for (name, change) in [
        ("ada", renamed),
        ("ada", enabled(true)),
        ("bob", password_set()),
        ("bob", enabled(false)),
    ] {
        let changed = store.update_user(name, change, &operator()).await;
        must(changed, "update_user");
    }
    must(store.delete_user("bob", &operator()).await, "delete_user");
    let revoked = store.revoke_all_tokens("ada", &operator()).await;
    must(revoked, "revoke_all_tokens");
    let ended = store.end_sessions("ada", None, &operator()).await;
    must(ended, "end_sessions");
    lives(&store, &live, "no reason").await;
    identity(&layer, &live.made.field, "no reason").await;
}

/// Nothing of a user or client that was deleted is listed or given to another.
pub async fn deleting_takes_consents_along<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let one = client(&store, "one").await;
    let other = client(&store, "other").await;
    for user in [&ada, &bob] {
        for client in [&one, &other] {
            let consent = Consent::new(&user.id, &client.id, &scopes(&["openid"]), now());
            must(store.add_consent(consent, &operator()).await, "add_consent");
        }
    }
    for kept in [password_set(), enabled(false), enabled(true)] {
        let changed = store.update_user("ada", kept, &operator()).await;
        must(changed, "update_user");
        let left = must(store.consents(&ada.id).await, "consents");
        assert_eq!(left.len(), 2, "consents stay while the user does");
    }
    let deleted = store.delete_client(&one.id, &operator()).await;
    must(deleted, "delete_client");
    let left = must(store.consents(&ada.id).await, "consents");
    assert!(
        left.iter().all(|consent| consent.client_id == other.id) && left.len() == 1,
        "a deleted client's consents: {left:?}"
    );
    must(store.delete_user("ada", &operator()).await, "delete_user");
    assert_eq!(must(store.consents(&ada.id).await, "consents"), []);
    let of_bob = must(store.consents(&bob.id).await, "consents");
    assert_eq!(of_bob.len(), 1, "bob's consent to the other client");
    let deleted = store.delete_client(&one.id, &operator()).await;
    refused(deleted, StoreErrorKind::NotFound, "a second time");
}
