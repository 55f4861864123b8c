//! Is this the user's password? Used by Basic with user names and by the endpoints that log in.

use std::sync::Arc;

use crate::actor::Actor;
use crate::client_address::Origin;
use crate::identity::Identity;
use crate::issuing::UserStore;
use crate::password::{Password, PasswordHash, Verdict};
use crate::rejection::Refusal;
use crate::source::Source;
use crate::store::OwnedLookup;
use crate::user::is_username;
use crate::user_key::UserKey;
use crate::verify::{Asked, password_identity, refusal_of};

/// What a right password yields.
pub(crate) struct LoggedIn {
    pub(crate) identity: Identity,
    /// The stored hash, if it is of an older kind and should be replaced by one of ours.
    pub(crate) outdated: Option<PasswordHash>,
}

/// Checks a password, counted against the limits of the account and of the caller's network.
///
/// An unknown user costs what a wrong password costs (P-1).
///
/// # Errors
///
/// [`Refusal::Unknown`] for an unknown user and a wrong password alike; [`Refusal::Inactive`] only behind the right
/// password; [`Refusal::Limited`] after too many failures; [`Refusal::Busy`] and [`Refusal::Unavailable`] if nobody
/// could look.
pub(crate) async fn check_password(
    source: &Arc<Source>,
    username: &str,
    password: Password,
    origin: Origin,
) -> Result<LoggedIn, Refusal> {
    if !is_username(username) {
        return Err(Refusal::Unknown);
    }
    let attempt = source.attempt(&UserKey::new(username), origin).await?;
    let asked = Asked::now(source);
    let found = match source
        .store
        .find_owned(OwnedLookup::Password(username.into()))
        .await
    {
        Ok(found) => found,
        Err(error) => {
            attempt.abandoned();
            tracing::error!(error = %error, "the credential store did not answer");
            return Err(Refusal::Unavailable);
        }
    };
    let hash: Option<PasswordHash> = found
        .as_ref()
        .and_then(|row| row.digest.password_hash())
        .cloned();
    let verdict = match hash.clone() {
        Some(hash) => source.passwords.verify(hash, password).await,
        None => source.passwords.verify_dummy(password).await,
    };
    let outdated = match verdict {
        Ok(Verdict::Match) => None,
        Ok(Verdict::MatchNeedsRehash) => hash,
        Ok(_) => return Err(Refusal::Unknown),
        Err(error) => {
            attempt.abandoned();
            return Err(refusal_of(error.kind()));
        }
    };
    let Some(row) = found else {
        return Err(Refusal::Unknown);
    };
    if !row.user.enabled {
        return Err(Refusal::Inactive);
    }
    attempt.succeeded();
    Ok(LoggedIn {
        identity: password_identity(source, row, asked),
        outdated,
    })
}

/// Stores a hash of our own in place of `outdated`, for somebody who has just logged in with `password`.
///
/// Nobody waits for it to succeed: a failure is logged, and the next login tries again. A password that was set since
/// the login is left alone.
pub(crate) async fn replace_hash(
    source: &Source,
    users: &dyn UserStore,
    actor: &Actor,
    outdated: &PasswordHash,
    password: Password,
) {
    let Some(username) = actor.identity().map(Identity::username) else {
        return;
    };
    let hash = match source.passwords.hash(password).await {
        Ok(hash) => hash,
        Err(error) => {
            tracing::warn!(error = %error, "an old password hash was kept");
            return;
        }
    };
    if let Err(error) = users.replace_password_hash(username, outdated, hash).await {
        tracing::warn!(error = %error, "an old password hash was kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory_store::MemoryStore;
    use crate::store::CredentialStore;
    use crate::user::{NewUser, UserChange};

    const OLD: &str = "pbkdf2_sha256$1000$seasalt$8G7cbTn9sCES2ryiKZ80qM/wTaRamHxVYu5mzhYVgns=";

    // What was set while somebody logged in with the old one is not undone.
    #[tokio::test]
    async fn a_password_that_was_set_since_the_login_is_not_put_back() {
        let store = MemoryStore::new();
        let hash = PasswordHash::from_stored(OLD);
        let ada = NewUser::named("ada").with_password_hash(hash);
        store.create_user(ada).await.unwrap();
        let source = Arc::new(Source::new(store.clone()));
        let password = || Password::new("old password here").unwrap();
        let logged_in = check_password(&source, "ada", password(), Origin::Unknown)
            .await
            .ok()
            .unwrap();
        let outdated = logged_in.outdated.unwrap();

        let new = source
            .passwords
            .hash(Password::new("new password").unwrap())
            .await
            .unwrap();
        let change = UserChange {
            password: Some(new.clone()),
            ..UserChange::default()
        };
        let grounds = Actor::assert_local_operator().grounds(source.clock.now());
        store.update_user("ada", change, &grounds).await.unwrap();

        let actor = Actor::from(&logged_in.identity);
        replace_hash(&source, &store, &actor, &outdated, password()).await;
        let stored = store
            .find(crate::Lookup::Password("ada"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            stored.digest.password_hash().unwrap().as_str(),
            new.as_str()
        );
    }
}
