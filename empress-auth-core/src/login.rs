//! Is this the user's password? Used by Basic with user names and by the endpoints that log in.

use std::net::IpAddr;
use std::sync::Arc;

use crate::identity::Identity;
use crate::password::{Password, PasswordHash, Verdict};
use crate::rejection::Refusal;
use crate::source::Source;
use crate::store::OwnedLookup;
use crate::user::is_username;
use crate::user_key::UserKey;
use crate::verify::{password_identity, refusal_of};

/// What a right password yields.
pub(crate) struct LoggedIn {
    pub(crate) identity: Identity,
    /// The stored hash is of an older kind and should be replaced by one of ours.
    pub(crate) needs_rehash: bool,
}

/// Checks a password, counted against the limits of the account and of the caller's network.
///
/// An unknown user costs what a wrong password costs (SECURITY P-1).
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
    client: Option<IpAddr>,
) -> Result<LoggedIn, Refusal> {
    if !is_username(username) {
        return Err(Refusal::Unknown);
    }
    let attempt = source
        .limiter
        .begin(&UserKey::new(username), client, || source.clock.monotonic())
        .await
        .map_err(|limited| Refusal::Limited(limited.wait()))?;
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
    let verdict = match hash {
        Some(hash) => source.passwords.verify(hash, password).await,
        None => source.passwords.verify_dummy(password).await,
    };
    let needs_rehash = match verdict {
        Ok(Verdict::Match) => false,
        Ok(Verdict::MatchNeedsRehash) => true,
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
        identity: password_identity(source, row),
        needs_rehash,
    })
}
