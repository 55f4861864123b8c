//! Browser sessions, as they are kept and listed.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::digest::SecretDigest;
use crate::token_text::TokenId;

/// A browser session as it is listed: everything but the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The public id, which the value of the cookie carries.
    pub id: TokenId,
    /// The name of its user.
    pub username: Box<str>,
    /// When its user logged in.
    pub created_at: SystemTime,
    /// The first moment at which it is no longer accepted, however much it is used.
    pub expires_at: SystemTime,
    /// How long it may be left alone.
    pub idle_timeout: Duration,
    /// Where its user logged in from.
    pub from: Option<IpAddr>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<SystemTime>,
}

impl Session {
    /// A session that was not used yet, begun nobody knows where.
    #[must_use]
    pub fn new(
        id: TokenId,
        username: &str,
        created_at: SystemTime,
        expires_at: SystemTime,
        idle_timeout: Duration,
    ) -> Self {
        Self {
            id,
            username: username.into(),
            created_at,
            expires_at,
            idle_timeout,
            from: None,
            last_used_at: None,
        }
    }

    /// How long it lives, however much it is used.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        let lifetime = self.expires_at.duration_since(self.created_at);
        lifetime.unwrap_or_default()
    }

    /// Whether it has neither expired at `now` nor been left alone for too long.
    #[must_use]
    pub fn holds(&self, now: SystemTime) -> bool {
        let idle_for = now.duration_since(self.last_seen_at()).unwrap_or_default();
        now < self.expires_at && idle_for < self.idle_timeout
    }

    /// When it was last shown; before that, when it was made.
    #[must_use]
    pub fn last_seen_at(&self) -> SystemTime {
        self.last_used_at
            .map_or(self.created_at, |used| used.max(self.created_at))
    }
}

/// A session's row, ready to be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SessionRow {
    /// The listed part.
    pub session: Session,
    /// What is stored in place of the cookie's value.
    pub digest: SecretDigest,
}

impl SessionRow {
    /// The row of a session whose value has this digest.
    #[must_use]
    pub const fn new(session: Session, digest: SecretDigest) -> Self {
        Self { session, digest }
    }
}
