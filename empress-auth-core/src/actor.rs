//! On whose authority is something made, changed or revoked?

use std::net::IpAddr;
use std::time::SystemTime;

use crate::clock::unix_millis;
use crate::identity::{CredentialKind, Identity};
use crate::issue_error::IssueError;
use crate::permission;
use crate::requirement::Requirement;
use crate::scopes::Scopes;
use crate::stored::StoredCredential;

/// Who asks for a change: an authenticated caller, or somebody who sits at the machine.
///
/// # Examples
///
/// ```
/// # fn handler(identity: &empress_auth_core::Identity) {
/// use empress_auth_core::Actor;
///
/// let by_request = Actor::from(identity);
/// let by_command_line = Actor::assert_local_operator();
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Actor {
    identity: Option<Identity>,
    from: Option<IpAddr>,
    with_access_token: bool,
}

impl Actor {
    /// Claims without proof that whoever runs this program may do everything: for command lines and start-up code.
    #[must_use]
    pub const fn assert_local_operator() -> Self {
        Self {
            identity: None,
            from: None,
            with_access_token: false,
        }
    }

    /// Where the request came from, for the audit log.
    #[must_use]
    pub const fn with_address(mut self, from: Option<IpAddr>) -> Self {
        self.from = from;
        self
    }

    /// Lets a caller with an OAuth access token administer, as it does in Frappe.
    ///
    /// An application that a System Manager lets in can then make itself credentials of anybody that outlive its grant.
    #[must_use]
    pub const fn danger_administer_with_access_token(mut self) -> Self {
        self.with_access_token = true;
        self
    }

    pub(crate) const fn may_administer_with_access_token(&self) -> bool {
        self.with_access_token
    }

    /// The authenticated caller; `None` for the local operator.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Whether the actor may: the local operator everything, a caller what `requirement` says.
    ///
    /// # Errors
    ///
    /// [`IssueErrorKind::NotPermitted`](crate::IssueErrorKind::NotPermitted).
    pub fn check(&self, requirement: &Requirement) -> Result<(), IssueError> {
        permission::check(self, requirement)
    }

    /// Whether the actor may act for others: the local operator, and who [administers](crate::administers) with a credential
    /// of its own. An OAuth access token is an application's.
    ///
    /// # Errors
    ///
    /// [`IssueErrorKind::NotPermitted`](crate::IssueErrorKind::NotPermitted).
    pub fn check_administers(&self) -> Result<(), IssueError> {
        permission::check_administers(self)
    }

    /// What a store needs to know of the actor, at this moment.
    ///
    /// For programs that call a store themselves; the issuers do it for everybody else.
    #[must_use]
    pub fn grounds(&self, at: SystemTime) -> Grounds {
        Grounds {
            acting: self.identity.as_ref().map(|identity| ActingCredential {
                kind: identity.proof(),
                id: identity.credential_id().into(),
                user_id: identity.user_id().into(),
                issued_at: identity.0.issued_at,
                scopes: identity.scopes().clone(),
                roles: identity.roles().into(),
            }),
            from: self.from,
            at,
        }
    }
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        identity.clone().into()
    }
}

impl From<Identity> for Actor {
    fn from(identity: Identity) -> Self {
        Self {
            identity: Some(identity),
            from: None,
            with_access_token: false,
        }
    }
}

impl From<&Self> for Actor {
    fn from(actor: &Self) -> Self {
        actor.clone()
    }
}

/// What a write goes by: when, from where, and under which credential.
///
/// The rules were checked by core before. What only the store can check, inside the transaction of the write, is that
/// the acting credential was not withdrawn meanwhile and lost neither scope nor role (R-12): if it did, nothing is written and the answer is
/// [`StoreErrorKind::ActorWithdrawn`](crate::StoreErrorKind::ActorWithdrawn).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Grounds {
    /// The credential that must still hold; `None` for the local operator.
    pub acting: Option<ActingCredential>,
    /// Where the request came from.
    pub from: Option<IpAddr>,
    /// The moment of the change.
    pub at: SystemTime,
}

/// The credential under which a change is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActingCredential {
    /// How the actor proved who it is; a password holds until another one is set.
    pub kind: CredentialKind,
    /// The id of the credential's row.
    pub id: Box<str>,
    /// The id of the actor.
    pub user_id: Box<str>,
    /// Milliseconds since 1970 at which the secret was made; a replaced secret is another credential.
    pub issued_at: u64,
    /// What the credential could be used for when the rules were checked; it holds while it still can.
    pub scopes: Scopes,
    /// The roles that its user had then; it holds while the user still has them.
    pub roles: Box<[Box<str>]>,
}

impl ActingCredential {
    /// Whether neither a scope nor a role was taken away meanwhile. A head can be checked long before its body is there.
    #[must_use]
    pub fn is_within(&self, scopes: &Scopes, roles: &[Box<str>]) -> bool {
        self.scopes.is_subset_of(scopes) && self.roles.iter().all(|role| roles.contains(role))
    }

    /// Whether the credential still proves what it proved: `found` is what the store has of it now, looked up inside the
    /// transaction of the write that is asked for at `at`.
    ///
    /// A store finds a key pair by [`id`](Self::id) as the API key, a password by [`user_id`](Self::user_id), everything
    /// else by the token id that `id` spells.
    #[must_use]
    pub fn holds(&self, found: &StoredCredential, at: SystemTime) -> bool {
        found.user.enabled
            && found.user.id == self.user_id
            && found.issued_at == self.issued_at
            && unix_millis(at) < found.expires_at
            && self.is_within(&found.scopes, &found.user.roles)
    }
}
