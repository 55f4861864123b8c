//! What happened, to whom, by whom: one event beside every change, written in the same transaction.

use std::net::IpAddr;
use std::time::SystemTime;

use crate::actor::Grounds;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditAction {
    /// A user was made.
    UserCreated,
    /// A user's name, e-mail address, roles or state changed; disabled, its sessions ended.
    UserUpdated,
    /// A user's password was set; its sessions ended.
    PasswordSet,
    /// A user was deleted.
    UserDeleted,
    /// An API secret was made or replaced.
    KeysGenerated,
    /// An API secret was withdrawn.
    KeysRevoked,
    /// A token was made.
    TokenCreated,
    /// A token's name, scopes, expiry or networks changed.
    TokenUpdated,
    /// A token was withdrawn.
    TokenRevoked,
    /// A user logged in.
    SessionCreated,
    /// A session was ended: by its user, by an administrator, or by another login in its place.
    SessionEnded,
    /// An OAuth client was made.
    ClientCreated,
    /// A client's secret, grants, URIs or scopes changed.
    ClientUpdated,
    /// A client was deleted, with all that it was granted.
    ClientDeleted,
    /// A user allowed a client some scopes for good.
    ConsentGiven,
    /// A user took that back, with all grants to the client.
    ConsentWithdrawn,
    /// A code was redeemed: a client can act for a user.
    GrantCreated,
    /// A grant was ended with all its tokens: revoked, logged out, or shown by two parties.
    GrantEnded,
    /// Signing keys were made, rotated or retired.
    SigningKeysChanged,
    /// A backup took the database's place; sessions, grants, consents and derived tokens ended.
    DatabaseRestored,
}

impl AuditAction {
    const ALL: [Self; 20] = [
        Self::UserCreated,
        Self::UserUpdated,
        Self::PasswordSet,
        Self::UserDeleted,
        Self::KeysGenerated,
        Self::KeysRevoked,
        Self::TokenCreated,
        Self::TokenUpdated,
        Self::TokenRevoked,
        Self::SessionCreated,
        Self::SessionEnded,
        Self::ClientCreated,
        Self::ClientUpdated,
        Self::ClientDeleted,
        Self::ConsentGiven,
        Self::ConsentWithdrawn,
        Self::GrantCreated,
        Self::GrantEnded,
        Self::SigningKeysChanged,
        Self::DatabaseRestored,
    ];

    /// The word in the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserCreated => "user.created",
            Self::UserUpdated => "user.updated",
            Self::PasswordSet => "user.password_set",
            Self::UserDeleted => "user.deleted",
            Self::KeysGenerated => "keys.generated",
            Self::KeysRevoked => "keys.revoked",
            Self::TokenCreated => "token.created",
            Self::TokenUpdated => "token.updated",
            Self::TokenRevoked => "token.revoked",
            Self::SessionCreated => "session.created",
            Self::SessionEnded => "session.ended",
            Self::ClientCreated => "client.created",
            Self::ClientUpdated => "client.updated",
            Self::ClientDeleted => "client.deleted",
            Self::ConsentGiven => "consent.given",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::GrantCreated => "grant.created",
            Self::GrantEnded => "grant.ended",
            Self::SigningKeysChanged => "signing_keys.changed",
            Self::DatabaseRestored => "database.restored",
        }
    }

    /// The action of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// One entry of the audit log. Holds ids, never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// Grows with every event.
    pub sequence: u64,
    /// When.
    pub at: SystemTime,
    /// What.
    pub action: AuditAction,
    /// The id of the user it was done to; of a client, `client:` and its id; empty for signing keys and the database.
    pub user_id: Box<str>,
    /// The id of the credential it was done to, if it was one; of a consent, `client:` and the client's id.
    pub credential_id: Option<Box<str>>,
    /// The id of the user who did it; `None` for the local operator.
    pub actor_id: Option<Box<str>>,
    /// The id of the credential it was done with.
    pub actor_credential_id: Option<Box<str>>,
    /// Where the request came from.
    pub from: Option<IpAddr>,
}

impl AuditEvent {
    /// The event of a change; the store gives it its number.
    #[must_use]
    pub fn new(
        sequence: u64,
        action: AuditAction,
        user_id: &str,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) -> Self {
        let acting = grounds.acting.as_ref();
        Self {
            credential_id: credential_id.map(Into::into),
            actor_id: acting.map(|acting| acting.user_id.clone()),
            actor_credential_id: acting.map(|acting| acting.id.clone()),
            from: grounds.from,
            ..Self::from_stored(sequence, grounds.at, action, user_id)
        }
    }

    /// An event that a store reads back; it fills in the other fields.
    #[must_use]
    pub fn from_stored(sequence: u64, at: SystemTime, action: AuditAction, user_id: &str) -> Self {
        Self {
            sequence,
            at,
            action,
            user_id: user_id.into(),
            credential_id: None,
            actor_id: None,
            actor_credential_id: None,
            from: None,
        }
    }
}
