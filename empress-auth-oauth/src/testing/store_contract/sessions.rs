//! What was granted in a browser session ends with it, but for what was to outlast it (O-22).

use empress_auth_core::{AuditAction, Authenticator, TokenId, User};

use super::Store;
use super::fixture::{
    HOUR, Live, client, code, ended, events, granted, identity, lives, must, new_grant,
    new_session, new_tokens, now, operator, operator_at, race, redeemed_for, scopes, turned_away,
    user,
};
use crate::client::Client;
use crate::grant::Granted;
use crate::store::Redeemed;

/// What ends a session of the user `ada`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEnding {
    /// The session is ended.
    Ended,
    /// All sessions of the user but another one are ended.
    OthersEnded,
    /// Another user logs in in its place.
    Replaced,
    /// The user logs in elsewhere, and has as many sessions as it may.
    MadeRoom,
}

impl SessionEnding {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::Ended,
        Self::OthersEnded,
        Self::Replaced,
        Self::MadeRoom,
    ];

    async fn happens<S: Store>(self, store: &S, session: TokenId, other: TokenId) {
        let what = format!("{self:?}");
        let grounds = &operator();
        match self {
            Self::Ended => {
                let ended = store.end_session(Some("ada"), session, grounds).await;
                assert!(must(ended, &what), "{what}: it was there");
            }
            Self::OthersEnded => {
                let ended = store.end_sessions("ada", Some(other), grounds).await;
                assert_eq!(must(ended, &what), 1, "{what}: it was there");
            }
            Self::Replaced => {
                let row = new_session(store, "bob");
                let put = store.insert_session(row, Some(session), 10, grounds).await;
                must(put, &what);
            }
            Self::MadeRoom => {
                let row = new_session(store, "ada");
                let put = store.insert_session(row, None, 2, grounds).await;
                must(put, &what);
            }
        }
    }
}

/// A session of this user, which began so many hours ago.
async fn session<S: Store>(store: &S, username: &str, hours: u32) -> TokenId {
    let mut row = new_session(store, username);
    row.session.created_at -= HOUR * hours;
    let put = store.insert_session(row, None, 10, &operator()).await;
    must(put, "insert_session").id
}

fn granted_in(user: &User, client: &Client, session: TokenId) -> Granted {
    let mut granted = granted(user, client);
    granted.session_id = Some(session);
    granted
}

fn outlasting(user: &User, client: &Client, session: TokenId) -> Granted {
    let mut granted = granted_in(user, client, session);
    granted.scopes = scopes(&["openid", "offline_access"]);
    granted
}

/// What becomes of a code that is shown now.
async fn shown<S: Store>(store: &S, code: TokenId, granted: Granted) -> (Redeemed, Live) {
    let grant = new_grant(store, granted);
    let made = new_tokens(store, &grant, 1);
    let outcome = store
        .redeem_code(code, grant.clone(), made.tokens.clone())
        .await;
    (must(outcome, "redeem_code"), Live { code, grant, made })
}

/// Codes in any case; of this session alone.
pub async fn what_was_granted_in_a_session_ends_with_it<S: Store>(store: S, by: SessionEnding) {
    let what = format!("{by:?}");
    let ada = user(&store, "ada").await;
    user(&store, "bob").await;
    let client = client(&store, "client").await;
    let layer = Authenticator::new(store.clone());
    let here = session(&store, "ada", 2).await;
    let elsewhere = session(&store, "ada", 1).await;
    let live = redeemed_for(&store, granted_in(&ada, &client, here)).await;
    let kept = [
        redeemed_for(&store, outlasting(&ada, &client, here)).await,
        redeemed_for(&store, granted_in(&ada, &client, elsewhere)).await,
        redeemed_for(&store, granted(&ada, &client)).await,
    ];
    let mut codes = Vec::new();
    for granted in [
        granted_in(&ada, &client, here),
        outlasting(&ada, &client, here),
        granted_in(&ada, &client, elsewhere),
    ] {
        codes.push((code(&store, granted.clone()).await.id, granted));
    }
    identity(&layer, &live.made.field, &what).await;

    by.happens(&store, here, elsewhere).await;

    turned_away(&layer, &live.made.field, &what).await;
    ended(&store, &live, &what).await;
    for live in &kept {
        lives(&store, live, &what).await;
        identity(&layer, &live.made.field, &what).await;
    }
    for (code, granted) in codes {
        let is_of_other = granted.session_id == Some(elsewhere);
        let (outcome, live) = shown(&store, code, granted).await;
        if is_of_other {
            assert_eq!(outcome, Redeemed::First, "another session's code: {what}");
        } else {
            assert_eq!(outcome, Redeemed::Gone, "a code of the session: {what}");
            ended(&store, &live, &what).await;
        }
    }
}

/// Who proves once more who it is logs out nowhere; and the logout that comes later ends what came before.
pub async fn another_login_takes_over_what_was_granted_before_it<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let before = session(&store, "ada", 1).await;
    let granted = granted_in(&ada, &client, before);
    let live = redeemed_for(&store, granted.clone()).await;
    let code = code(&store, granted.clone()).await.id;

    let row = new_session(&store, "ada");
    let after = row.session.id;
    let put = store
        .insert_session(row, Some(before), 10, &operator())
        .await;
    must(put, "insert_session");

    let access = must(store.access_token(live.made.access).await, "access_token");
    let session = access.and_then(|access| access.grant.granted.session_id);
    assert_eq!(session, Some(after), "the session of the grant");
    // With what was read before the login.
    let (outcome, redeemed) = shown(&store, code, granted).await;
    assert_eq!(outcome, Redeemed::First, "a code of before the login");

    let done = store.end_session(Some("ada"), after, &operator()).await;
    assert!(must(done, "end_session"), "it was there");
    for live in [&live, &redeemed] {
        ended(&store, live, "the session that took over").await;
    }
}

/// Nobody ended it: a browser that was left alone, as every browser is in the end.
pub async fn a_session_that_expired_ends_nothing<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let expired = session(&store, "ada", 0).await;
    let live = redeemed_for(&store, granted_in(&ada, &client, expired)).await;
    let grounds = &operator_at(now() + 48 * HOUR);
    let row = new_session(&store, "ada");
    let put = store.insert_session(row, None, 1, grounds).await;
    must(put, "insert_session");
    lives(&store, &live, "a session that expired").await;
}

/// Nobody sees that session any more, and what was opened in it goes on: who ends all sessions means that, too.
pub async fn the_end_of_all_sessions_is_that_of_expired_ones<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let client = client(&store, "client").await;
    for keeps_one in [false, true] {
        let what = format!("keeps one: {keeps_one}");
        // More than one node remembers.
        let layers = [
            Authenticator::new(store.clone()),
            Authenticator::new(store.clone()),
        ];
        let expired = session(&store, "ada", 0).await;
        let live = redeemed_for(&store, granted_in(&ada, &client, expired)).await;
        let code = code(&store, granted_in(&ada, &client, expired)).await.id;
        // All that a day later makes room.
        let grounds = &operator_at(now() + 48 * HOUR);
        let row = new_session(&store, "ada");
        let put = store.insert_session(row, None, 1, grounds).await;
        let here = must(put, "insert_session").id;
        let kept = [
            redeemed_for(&store, outlasting(&ada, &client, expired)).await,
            redeemed_for(&store, granted(&ada, &client)).await,
            redeemed_for(&store, granted_in(&bob, &client, expired)).await,
        ];
        let of_here = redeemed_for(&store, granted_in(&ada, &client, here)).await;
        let except = keeps_one.then_some(here);
        if !keeps_one {
            let ended = store.end_session(None, here, &operator()).await;
            assert!(must(ended, "end_session"), "{what}");
        }
        for layer in &layers {
            identity(layer, &live.made.field, &what).await;
        }
        let before = events(&store).await.len();

        let count = store.end_sessions("ada", except, &operator()).await;

        assert_eq!(must(count, "end_sessions"), 0, "{what}: none was listed");
        for layer in &layers {
            turned_away(layer, &live.made.field, &what).await;
        }
        ended(&store, &live, &what).await;
        let kept_code = must(store.code(code).await, "code");
        assert!(kept_code.is_none(), "{what}: a code of an expired session");
        for live in kept.iter().chain(keeps_one.then_some(&of_here)) {
            lives(&store, live, &what).await;
        }
        let logged = events(&store).await.split_off(before);
        let logged: Vec<_> = logged
            .iter()
            .map(|event| (event.action, event.credential_id.as_deref()))
            .collect();
        let id = expired.to_string();
        let expected = [(AuditAction::SessionEnded, Some(&*id))];
        assert_eq!(logged, expected, "{what}: the events");
    }
}

/// A code that is redeemed while its session ends: before it, and the grant ends; or after it, and there is none.
pub async fn no_grant_is_made_in_a_session_that_has_ended<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let id = session(&store, "ada", 0).await;
    let granted = granted_in(&ada, &client, id);
    let code = code(&store, granted.clone()).await.id;
    race(2, |number| {
        let (store, granted) = (store.clone(), granted.clone());
        async move {
            if number == 0 {
                let ended = store.end_session(None, id, &operator()).await;
                assert!(must(ended, "end_session"), "it was there");
            } else {
                shown(&store, code, granted).await;
            }
        }
    })
    .await;
    let left = must(store.grants(&ada.id).await, "grants");
    assert_eq!(left, [], "grants of a session that has ended");
}
