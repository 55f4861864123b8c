//! A credential that has ended changes nothing more, however late the request that it opened comes to its write
//!

use super::Store;
use super::fixture::{
    basic_password, enabled, identity, key_pair, logged_in, manager, must, now, operator,
    operator_at, password_set, pat, put, put_session, refused, session, session_ids, shifted,
    snapshot, stored_pat, stored_session, user,
};
use super::write::{Victim, Write};
use crate::actor::{Actor, Grounds};
use crate::api_token::TokenChange;
use crate::authenticator::Authenticator;
use crate::issuing::NewApiSecret;
use crate::scopes::Scopes;
use crate::store::StoreErrorKind;
use crate::user::UserChange;

/// How the acting credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// The API secret is replaced.
    SecretReplaced,
    /// The API secret is withdrawn.
    SecretWithdrawn,
    /// The token is revoked.
    TokenRevoked,
    /// All tokens of the user are revoked.
    AllTokensRevoked,
    /// The token expires.
    TokenExpired,
    /// The token may do less than when it was shown.
    ScopesNarrowed,
    /// The user has a key, and loses the role.
    RoleLostWithKey,
    /// The user has a token, and loses the role.
    RoleLostWithToken,
    /// The user logged in with a password, and loses the role.
    RoleLostWithPassword,
    /// The user is disabled, who has a key.
    UserDisabledWithKey,
    /// The user is disabled, who has a token.
    UserDisabledWithToken,
    /// The user is deleted, who has a key.
    UserDeletedWithKey,
    /// The user is deleted, who has a token; another user gets the name.
    UserDeletedWithToken,
    /// The user is disabled, who logged in with a password.
    UserDisabledWithPassword,
    /// The user is deleted, who logged in with a password; another user gets the name.
    UserDeletedWithPassword,
    /// The user, who logged in with a password, is given another one; the same hash, at the same moment.
    PasswordReplaced,
    /// The session is ended.
    SessionEnded,
    /// All sessions of the user are ended.
    AllSessionsEnded,
    /// Another session takes the place of the session.
    SessionReplaced,
    /// The session expires.
    SessionExpired,
    /// The user, who has a session, is given another password.
    PasswordReplacedWithSession,
    /// The user has a session, and loses the role.
    RoleLostWithSession,
    /// The user is disabled, who has a session, and enabled again.
    UserDisabledWithSession,
    /// The user is deleted, who has a session; another user gets the name.
    UserDeletedWithSession,
}

impl Ending {
    /// Every ending.
    pub const ALL: [Self; 24] = [
        Self::SecretReplaced,
        Self::SecretWithdrawn,
        Self::TokenRevoked,
        Self::AllTokensRevoked,
        Self::TokenExpired,
        Self::ScopesNarrowed,
        Self::RoleLostWithKey,
        Self::RoleLostWithToken,
        Self::RoleLostWithPassword,
        Self::UserDisabledWithKey,
        Self::UserDisabledWithToken,
        Self::UserDeletedWithKey,
        Self::UserDeletedWithToken,
        Self::UserDisabledWithPassword,
        Self::UserDeletedWithPassword,
        Self::PasswordReplaced,
        Self::SessionEnded,
        Self::AllSessionsEnded,
        Self::SessionReplaced,
        Self::SessionExpired,
        Self::PasswordReplacedWithSession,
        Self::RoleLostWithSession,
        Self::UserDisabledWithSession,
        Self::UserDeletedWithSession,
    ];

    const fn is_of_key(self) -> bool {
        matches!(
            self,
            Self::SecretReplaced
                | Self::SecretWithdrawn
                | Self::RoleLostWithKey
                | Self::UserDisabledWithKey
                | Self::UserDeletedWithKey
        )
    }

    const fn is_of_session(self) -> bool {
        matches!(
            self,
            Self::SessionEnded
                | Self::AllSessionsEnded
                | Self::SessionReplaced
                | Self::SessionExpired
                | Self::PasswordReplacedWithSession
                | Self::RoleLostWithSession
                | Self::UserDisabledWithSession
                | Self::UserDeletedWithSession
        )
    }

    const fn is_of_password(self) -> bool {
        matches!(
            self,
            Self::RoleLostWithPassword
                | Self::UserDisabledWithPassword
                | Self::UserDeletedWithPassword
                | Self::PasswordReplaced
        )
    }
}

/// Before `ending` the credential may write; after it no write of any kind does anything.
pub async fn an_ended_credential_writes_nothing<S: Store>(store: S, ending: Ending) {
    let at = now();
    manager(&store, "boss").await;
    user(&store, "bob").await;
    key_pair(&store, "bob", at).await;
    let (_, token) = stored_pat(&store, "bob").await;
    let (_, session) = stored_session(&store, "bob").await;
    let victim = Victim {
        username: "bob",
        token,
        session,
    };
    let grounds = grounds_of_boss(&store, ending).await;

    let allowed = Write::UpdateToken.perform(&store, &victim, &grounds).await;
    must(allowed, "the credential holds still");
    let late = end_it(&store, ending, grounds).await;

    let before = snapshot(&store).await;
    for write in Write::ALL {
        let done = write.perform(&store, &victim, &late).await;
        let what = format!("{write:?} after {ending:?}");
        refused(done, StoreErrorKind::ActorWithdrawn, &what);
    }
    assert!(
        snapshot(&store).await == before,
        "something was written after {ending:?}"
    );
}

/// What the write of a request that the manager's credential opened goes by.
async fn grounds_of_boss<S: Store>(store: &S, ending: Ending) -> Grounds {
    let layer = Authenticator::new(store.clone());
    if ending.is_of_session() {
        let (mut row, value) = session("boss", store.store_key());
        row.session.expires_at = shifted(now(), 60_000);
        put_session(store, row).await;
        let acting = logged_in(&layer, &value, "the acting session").await;
        return Actor::from(&acting).grounds(now());
    }
    let (layer, field) = if ending.is_of_key() {
        (layer, key_pair(store, "boss", now()).await)
    } else if ending.is_of_password() {
        let set = store.update_user("boss", password_set(), &operator()).await;
        must(set, "update_user");
        (layer.passwords(), basic_password("boss"))
    } else {
        let (mut row, text) = pat("boss", store.store_key());
        row.token.expires_at = Some(shifted(now(), 60_000));
        put(store, row).await;
        (layer, format!("Bearer {text}"))
    };
    let acting = identity(&layer, &field, "the acting credential").await;
    Actor::from(&acting).grounds(now())
}

async fn end_it<S: Store>(store: &S, ending: Ending, mut grounds: Grounds) -> Grounds {
    let by_operator = &operator_at(shifted(now(), 1_000));
    match ending {
        Ending::SecretReplaced => {
            key_pair(store, "boss", by_operator.at).await;
        }
        Ending::SecretWithdrawn => {
            let deleted = store.delete_api_secret("boss", by_operator).await;
            assert!(must(deleted, "delete_api_secret"));
        }
        Ending::TokenRevoked => {
            let mine = store.tokens(Some("boss"), None, 10).await;
            let ids: Vec<_> = must(mine, "tokens").iter().map(|token| token.id).collect();
            must(
                store.revoke_tokens(None, &ids, by_operator).await,
                "revoke_tokens",
            );
        }
        Ending::AllTokensRevoked => {
            let revoked = store.revoke_all_tokens("boss", by_operator).await;
            assert_eq!(must(revoked, "revoke_all_tokens"), 1);
        }
        Ending::TokenExpired => {
            let mine = must(store.tokens(Some("boss"), None, 10).await, "tokens");
            let end = mine.first().and_then(|token| token.expires_at);
            grounds.at = end.unwrap_or(grounds.at);
        }
        Ending::ScopesNarrowed => {
            let mine = must(store.tokens(Some("boss"), None, 10).await, "tokens");
            let change = TokenChange {
                scopes: Some(Scopes::only(["admin"])),
                ..TokenChange::default()
            };
            for token in mine {
                let narrowed = store
                    .update_token("boss", token.id, change.clone(), by_operator)
                    .await;
                must(narrowed, "update_token");
            }
        }
        Ending::RoleLostWithKey
        | Ending::RoleLostWithToken
        | Ending::RoleLostWithPassword
        | Ending::RoleLostWithSession => {
            let change = UserChange {
                roles: Some(Vec::new()),
                ..UserChange::default()
            };
            let changed = store.update_user("boss", change, by_operator).await;
            must(changed, "update_user");
        }
        Ending::UserDisabledWithKey
        | Ending::UserDisabledWithToken
        | Ending::UserDisabledWithPassword => {
            let disabled = store.update_user("boss", enabled(false), by_operator).await;
            must(disabled, "update_user");
        }
        Ending::UserDisabledWithSession => {
            for enable in [false, true] {
                let changed = store
                    .update_user("boss", enabled(enable), by_operator)
                    .await;
                must(changed, "update_user");
            }
        }
        Ending::PasswordReplaced | Ending::PasswordReplacedWithSession => {
            let by_operator = &operator_at(now());
            let set = store.update_user("boss", password_set(), by_operator).await;
            must(set, "update_user");
        }
        Ending::SessionEnded => {
            for id in session_ids(store, "boss").await {
                let ended = store.end_session(Some("boss"), id, by_operator).await;
                assert!(must(ended, "end_session"));
            }
        }
        Ending::AllSessionsEnded => {
            let ended = store.end_sessions("boss", None, by_operator).await;
            assert_eq!(must(ended, "end_sessions"), 1);
        }
        Ending::SessionReplaced => {
            let replaced = session_ids(store, "boss").await.first().copied();
            let (row, _) = session("boss", store.store_key());
            let put = store.insert_session(row, replaced, 10, by_operator).await;
            must(put, "insert_session");
        }
        Ending::SessionExpired => {
            let mine = must(store.sessions("boss").await, "sessions");
            let end = mine.first().map(|session| session.expires_at);
            grounds.at = end.unwrap_or(grounds.at);
        }
        Ending::UserDeletedWithKey
        | Ending::UserDeletedWithToken
        | Ending::UserDeletedWithPassword
        | Ending::UserDeletedWithSession => {
            must(store.delete_user("boss", by_operator).await, "delete_user");
            manager(store, "boss").await;
        }
    }
    grounds
}

/// The clock may stand still between two secrets; who showed the first one acts no more.
pub async fn a_secret_replaced_in_the_same_millisecond_is_another_credential<S: Store>(store: S) {
    let at = now();
    let layer = Authenticator::new(store.clone());
    manager(&store, "boss").await;
    user(&store, "bob").await;
    for between in ["replaced", "withdrawn and made again"] {
        let field = key_pair(&store, "boss", at).await;
        let acting = identity(&layer, &field, "the acting credential").await;
        let grounds = Actor::from(&acting).grounds(at);
        if between != "replaced" {
            let deleted = store.delete_api_secret("boss", &operator_at(at)).await;
            assert!(must(deleted, "delete_api_secret"));
        }
        key_pair(&store, "boss", at).await;
        let (row, _) = pat("bob", store.store_key());
        let put = store.insert_token(row, 10, &grounds).await;
        refused(put, StoreErrorKind::ActorWithdrawn, between);
    }
    // The overlap is for the requests of programs that have the old secret still: it goes on to act.
    let field = key_pair(&store, "boss", at).await;
    let (new, _) = super::fixture::new_secret();
    let new = NewApiSecret {
        keep_previous_until: Some(shifted(at, 60_000)),
        ..new
    };
    must(
        store.put_api_secret("boss", new, &operator_at(at)).await,
        "put_api_secret",
    );
    let acting = identity(&layer, &field, "the replaced secret in its overlap").await;
    let (row, _) = pat("bob", store.store_key());
    let put = store
        .insert_token(row, 10, &Actor::from(&acting).grounds(at))
        .await;
    must(put, "a write of the replaced secret in its overlap");
}
