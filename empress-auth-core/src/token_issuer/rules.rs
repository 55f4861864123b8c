//! What may a token be, and what may be made of one? Pure.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::actor::Actor;
use crate::api_token::{ApiToken, Expires, NewToken, TokenChange, TokenForm};
use crate::identity::{CredentialKind, Identity};
use crate::issue_error::IssueError;
use crate::network::Network;
use crate::scopes::Scopes;
use crate::token_text::TokenId;

/// The shortest idle timeout: last use is written once a minute.
pub(crate) const MIN_IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// The most networks and scopes that one token may list.
const MAX_LIST: usize = 100;

/// The token that is asked for, held to what its maker may.
///
/// What the maker's credential may do, and where, its tokens inherit. How long it lives they inherit of a token alone: a
/// session or a password stands for the user, who may be away longer than either.
pub(super) fn token_of(
    actor: &Actor,
    username: &str,
    new: NewToken,
    now: SystemTime,
) -> Result<ApiToken, IssueError> {
    check_name(&new.name)?;
    let parent = actor.identity();
    let (parent_expires_at, parent_idle_timeout) = parent.map_or((None, None), life_of);
    let parent_scopes = parent.map_or_else(Scopes::all, |parent| parent.scopes().clone());
    let scopes = new.scopes.unwrap_or_else(|| parent_scopes.clone());
    check_scopes(&scopes, &parent_scopes)?;
    if new.networks.len() > MAX_LIST {
        return Err(IssueError::invalid("networks: at most 100"));
    }
    let parent_networks: &[Network] = parent.map_or(&[], |parent| parent.0.networks());
    let networks: Arc<[Network]> = if new.networks.is_empty() {
        parent_networks.into()
    } else {
        new.networks.into()
    };
    check_networks(&networks, parent_networks)?;
    let asked = match new.expires {
        Expires::Never => None,
        Expires::At(at) => Some(at),
        Expires::After(lifetime) => Some(
            now.checked_add(lifetime)
                .ok_or_else(|| IssueError::invalid("expires_in: too far in the future"))?,
        ),
    };
    Ok(ApiToken {
        id: TokenId::from_number(0),
        username: username.into(),
        form: TokenForm::Pat,
        name: new.name,
        scopes,
        last4: Box::default(),
        created_at: now,
        created_by: parent.map(|parent| parent.username().into()),
        expires_at: check_expiry(asked, parent_expires_at, now)?,
        idle_timeout: check_idle_timeout(new.idle_timeout, parent_idle_timeout)?,
        networks,
        last_used_at: None,
    })
}

/// When a token ends, and for how long it may be left alone.
fn life_of(parent: &Identity) -> (Option<SystemTime>, Option<Duration>) {
    match parent.proof() {
        CredentialKind::ApiToken | CredentialKind::AccessToken => {
            (parent.expires_at(), parent.0.idle_timeout())
        }
        // Only a secret that was replaced ends, and it may be the one that leaked.
        CredentialKind::ApiKey => (parent.expires_at(), None),
        CredentialKind::Password | CredentialKind::Session => (None, None),
    }
}

/// Another's token does not exist for who may not see it (K-19).
pub(super) fn hide(
    result: Result<(), IssueError>,
    actor: &Actor,
    token: &ApiToken,
) -> Result<(), IssueError> {
    let own = actor
        .identity()
        .is_some_and(|identity| identity.username() == &*token.username);
    result.map_err(|error| {
        if own {
            error
        } else {
            IssueError::not_found("token")
        }
    })
}

pub(super) fn check_change(
    actor: &Actor,
    token: &ApiToken,
    change: &TokenChange,
) -> Result<(), IssueError> {
    if let Some(name) = &change.name {
        check_name(name)?;
    }
    if let Some(scopes) = &change.scopes {
        check_scopes(scopes, &token.scopes)?;
        if let Some(parent) = actor.identity() {
            check_scopes(scopes, parent.scopes())?;
        }
    }
    if change.expires_at.is_some() && token.form == TokenForm::Drf {
        // Else whoever logs in would be answered a token that has ended, or, once its row was swept, that very token anew.
        return Err(IssueError::invalid(
            "expires_at: a derived token does not expire; revoke it, and the next one is another",
        ));
    }
    if let (Some(asked), Some(present)) = (change.expires_at, token.expires_at)
        && asked > present
    {
        return Err(IssueError::invalid(
            "expires_at: a token cannot be made to live longer",
        ));
    }
    if let Some(networks) = &change.networks {
        if networks.len() > MAX_LIST {
            return Err(IssueError::invalid("allowed_networks: at most 100"));
        }
        check_networks(networks, actor.identity().map_or(&[], |it| it.0.networks()))?;
        if let Some(parent) = actor.identity()
            && check_networks(networks, &token.networks).is_err()
        {
            // Opened to other networks, it must not do there what the one who opens it could not.
            check_scopes(&token.scopes, parent.scopes())?;
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), IssueError> {
    let fits = (1..=140).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(IssueError::invalid(
            "name: 1 to 140 characters without controls",
        ));
    }
    Ok(())
}

/// The shorter of what was asked for and what the maker's own token is held to: it is used in its maker's place, and must
/// not lie about unnoticed where its maker would have ended.
fn check_idle_timeout(
    asked: Option<Duration>,
    parent: Option<Duration>,
) -> Result<Option<Duration>, IssueError> {
    match (asked, parent) {
        (Some(asked), _) if asked < MIN_IDLE_TIMEOUT => {
            Err(IssueError::invalid("idle_timeout_secs: at least 600"))
        }
        (Some(asked), Some(parent)) if asked > parent => Err(IssueError::invalid(
            "idle_timeout_secs: a token cannot be left alone for longer than what it is made from",
        )),
        (asked, parent) => Ok(asked.or(parent)),
    }
}

fn check_scopes(scopes: &Scopes, parent: &Scopes) -> Result<(), IssueError> {
    let list = scopes.as_list().unwrap_or_default();
    if list.len() > MAX_LIST || !list.iter().all(|scope| Scopes::is_scope_token(scope)) {
        return Err(IssueError::invalid(
            "scopes: at most 100 scope tokens of RFC 6749 §3.3",
        ));
    }
    if !scopes.is_subset_of(parent) {
        return Err(IssueError::invalid(
            "scopes: a token cannot do more than what it is made from",
        ));
    }
    Ok(())
}

/// An empty list means anywhere.
fn check_networks(networks: &[Network], parent: &[Network]) -> Result<(), IssueError> {
    let lies_within = |network: &Network| parent.iter().any(|allowed| network.lies_in(allowed));
    if parent.is_empty() || (!networks.is_empty() && networks.iter().all(lies_within)) {
        Ok(())
    } else {
        Err(IssueError::invalid(
            "allowed_networks: a token cannot be used from where its maker's credential cannot",
        ))
    }
}

/// The earlier of what was asked for and what the maker's own credential has left.
fn check_expiry(
    asked: Option<SystemTime>,
    parent: Option<SystemTime>,
    now: SystemTime,
) -> Result<Option<SystemTime>, IssueError> {
    if asked.is_some_and(|asked| asked <= now) {
        return Err(IssueError::invalid("expires_at: must lie in the future"));
    }
    match (asked, parent) {
        (Some(asked), Some(parent)) if asked > parent => Err(IssueError::invalid(
            "expires_at: a token cannot outlive what it is made from",
        )),
        (Some(at), _) | (None, Some(at)) => Ok(Some(at)),
        (None, None) => Ok(None),
    }
}
