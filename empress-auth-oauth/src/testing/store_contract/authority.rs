//! An access token that has ended changes nothing more, however late the request that it opened comes to its write
//!

use empress_auth_core::{
    Actor, Authenticator, Grounds, KeyIssuer, NewUser, SYSTEM_MANAGER, StoreErrorKind, User,
    UserChange,
};

use super::Store;
use super::endings::Ending;
use super::fixture::{
    client, enabled, events, identity, must, new_code, now, operator, redeemed_for, refused,
    scopes, user,
};
use super::write::Write;
use crate::client::Client;
use crate::grant::Granted;

/// How the manager's credential is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Withdrawal {
    /// What ends its grant.
    Grant(Ending),
    /// The access token is withdrawn alone.
    Token,
    /// The access token has expired.
    Expired,
    /// The user loses the role.
    RoleLost,
    /// The credential is a key pair, and its secret is withdrawn.
    Key,
}

impl Withdrawal {
    /// Every one.
    pub const ALL: [Self; 11] = [
        Self::Grant(Ending::GrantEnded),
        Self::Grant(Ending::Reused),
        Self::Grant(Ending::ConsentWithdrawn),
        Self::Grant(Ending::ClientDeleted),
        Self::Grant(Ending::UserDisabled),
        Self::Grant(Ending::UserDeleted),
        Self::Grant(Ending::PasswordSet),
        Self::Token,
        Self::Expired,
        Self::RoleLost,
        Self::Key,
    ];
}

/// Before it the credential may write; after it no write of any kind does anything.
pub async fn a_withdrawn_credential_writes_nothing<S: Store>(store: S, by: Withdrawal) {
    let ada = NewUser::named("ada").with_roles([SYSTEM_MANAGER]);
    let ada = must(store.insert_user(ada, &operator()).await, "insert_user");
    let bob = user(&store, "bob").await;
    let victim = client(&store, "victim").await;
    let late = acted_and_withdrawn(&store, by, &ada, (&bob, &victim)).await;

    let before = snapshot(&store, &bob).await;
    for write in Write::ALL {
        let done = write.perform(&store, (&bob, &victim), &late).await;
        let what = format!("{write:?} after {by:?}");
        refused(done, StoreErrorKind::ActorWithdrawn, &what);
    }
    // Else a session that was ended for good would go on as a grant.
    let code = new_code(&store, Granted::new(&victim.id, Some(&bob.id), &[]));
    let id = code.id;
    let put = store.insert_code(code, &late).await;
    refused(put, StoreErrorKind::ActorWithdrawn, "a code");
    assert!(must(store.code(id).await, "code").is_none());
    let made = store.insert_user(NewUser::named("carol"), &late).await;
    refused(made, StoreErrorKind::ActorWithdrawn, "a write of core's");
    let changed = store.update_user("bob", enabled(false), &late).await;
    refused(changed, StoreErrorKind::ActorWithdrawn, "a write of core's");
    assert_eq!(
        snapshot(&store, &bob).await,
        before,
        "something was written after {by:?}"
    );
}

/// Shows the credential, writes with it, withdraws it; what a write that is still under way goes by.
async fn acted_and_withdrawn<S: Store>(
    store: &S,
    by: Withdrawal,
    ada: &User,
    (bob, victim): (&User, &Client),
) -> Grounds {
    let layer = Authenticator::new(store.clone());
    let console = client(store, "console").await;
    let all = Granted::new(&console.id, Some(&ada.id), &scopes(&["openid", "all"]));
    let live = redeemed_for(store, all).await;
    let field = if by == Withdrawal::Key {
        key_pair(store, "ada").await
    } else {
        live.made.field.clone()
    };
    let acting = identity(&layer, &field, "the acting credential").await;
    let mut grounds = Actor::from(&acting).grounds(now());
    for write in [Write::UpdateClient, Write::AddConsent] {
        let done = write.perform(store, (bob, victim), &grounds).await;
        must(done, "the credential holds still");
    }
    let made = store.insert_user(NewUser::named("dora"), &grounds).await;
    must(made, "the credential holds still");

    match by {
        Withdrawal::Grant(ending) => ending.happens(store, &live).await,
        Withdrawal::Token => {
            let withdrawn = store.withdraw_access_token(live.made.access).await;
            assert!(must(withdrawn, "withdraw_access_token"));
        }
        Withdrawal::Expired => grounds.at = live.made.tokens.access.expires_at,
        Withdrawal::RoleLost => {
            let mut change = UserChange::default();
            change.roles = Some(Vec::new());
            let changed = store.update_user("ada", change, &operator()).await;
            must(changed, "update_user");
        }
        Withdrawal::Key => {
            let deleted = store.delete_api_secret("ada", &operator()).await;
            assert!(must(deleted, "delete_api_secret"));
        }
    }
    grounds
}

async fn key_pair<S: Store>(store: &S, username: &str) -> String {
    let issuer = KeyIssuer::new(store.clone());
    let made = issuer
        .generate_keys(Actor::assert_local_operator(), username)
        .await;
    let made = must(made, "generate_keys");
    format!(
        "token {}:{}",
        made.api_key(),
        made.api_secret().expose_secret()
    )
}

/// All that the writes could change.
async fn snapshot<S: Store>(store: &S, user: &User) -> String {
    let users = must(store.users(None, 1_000).await, "users");
    let clients = must(store.clients(None, 1_000).await, "clients");
    let consents = must(store.consents(&user.id).await, "consents");
    let keys = must(store.signing_keys().await, "signing_keys");
    let events = events(store).await;
    format!("{users:?} {clients:?} {consents:?} {keys:?} {events:?}")
}
