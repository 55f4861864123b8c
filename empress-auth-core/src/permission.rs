//! Who may issue and revoke for whom: the rules, in one place.

use crate::actor::Actor;
use crate::identity::{CredentialKind, Identity};
use crate::issue_error::IssueError;
use crate::requirement::{Requirement, role, scope};

/// The role that may act for others, named as in Frappe.
pub const SYSTEM_MANAGER: &str = "System Manager";

/// May act for other users: the role, and a credential that is not limited to less.
#[must_use]
pub fn administers() -> Requirement {
    role(SYSTEM_MANAGER) & scope("admin")
}

/// May see all that is known of oneself: what OpenID Connect gives with these two scopes.
#[must_use]
pub fn reads_own_account() -> Requirement {
    (scope("profile") & scope("email")) | scope("admin")
}

/// May see one's own API key, which is no secret and belongs to one.
#[must_use]
pub fn reads_own_key() -> Requirement {
    scope("admin")
}

/// May see one's own tokens.
#[must_use]
pub fn reads_own_tokens() -> Requirement {
    scope("tokens:read") | scope("tokens:write")
}

/// May make, change and revoke one's own tokens.
#[must_use]
pub fn writes_own_tokens() -> Requirement {
    scope("tokens:write")
}

/// May see and end one's own browser sessions.
#[must_use]
pub fn manages_own_sessions() -> Requirement {
    scope("sessions")
}

/// The caller's credential may do less or lives shorter than its user; what has neither limit must not be got with it.
pub(crate) fn is_limited(identity: &Identity) -> bool {
    let may_end_early = match identity.proof() {
        CredentialKind::ApiKey | CredentialKind::ApiToken | CredentialKind::AccessToken => true,
        CredentialKind::Password | CredentialKind::Session => false,
    };
    identity.scopes().as_list().is_some()
        || !identity.0.networks().is_empty()
        || (may_end_early
            && (identity.expires_at().is_some() || identity.0.idle_timeout().is_some()))
}

/// The local operator may everything; a caller what `requirement` says.
pub(crate) fn check(actor: &Actor, requirement: &Requirement) -> Result<(), IssueError> {
    match actor.identity() {
        // Another issuer's users may have the names and roles of ours.
        Some(identity) if identity.is_foreign() || !requirement.allows(identity) => {
            Err(IssueError::not_permitted(requirement.clone()))
        }
        _ => Ok(()),
    }
}

/// The local operator may administer; a caller with the role, but not with an OAuth access token: what is done for others,
/// or lasts, would outlive the token and go beyond what its user granted.
pub(crate) fn check_administers(actor: &Actor) -> Result<(), IssueError> {
    check(actor, &administers())?;
    check_own_credential(
        actor,
        "An OAuth access token does not administer. Use a session, an API key or an API token.",
    )
}

/// The local operator may make credentials; a caller, but not with an OAuth access token: they would outlive the grant that
/// it is from, and be none of an application that a user let in.
pub(crate) fn check_makes_tokens(actor: &Actor) -> Result<(), IssueError> {
    check_own_credential(
        actor,
        "An OAuth access token makes no API tokens. Use a session, an API key or an API token.",
    )
}

/// Refuses the application that a user let in, and the client that acts for itself.
fn check_own_credential(actor: &Actor, why_not: &'static str) -> Result<(), IssueError> {
    match actor.identity() {
        Some(identity)
            if identity.proof() == CredentialKind::AccessToken
                && !actor.may_administer_with_access_token() =>
        {
            Err(IssueError::not_permitted_because(why_not))
        }
        _ => Ok(()),
    }
}

/// For what belongs to `username`: the owner with `own`, an administrator in any case.
pub(crate) fn check_owner_or_admin(
    actor: &Actor,
    username: &str,
    own: &Requirement,
) -> Result<(), IssueError> {
    match actor.identity() {
        Some(identity) if identity.username() == username => {
            check(actor, own).or_else(|refused| check_administers(actor).map_err(|_| refused))
        }
        _ => check_administers(actor),
    }
}
