//! API tokens, as they are asked for, kept and changed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::digest::SecretDigest;
use crate::network::Network;
use crate::scopes::Scopes;
use crate::token_text::TokenId;

/// The forms of an API token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenForm {
    /// `emp_pat_…`; a user may have many.
    Pat,
    /// 40 hexadecimal digits, derived from the user's epoch: a user has at most one. It does not expire, and whoever
    /// revokes it moves the epoch on, so that the next one is another.
    Drf,
    /// What was made elsewhere, of whatever text: DRF's, knox's, Sanctum's, …
    Imported,
}

impl TokenForm {
    /// The word in REST answers: clients need not tell an imported token from one of DRF's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::Drf | Self::Imported => "drf",
        }
    }

    /// The word in a store's table, which tells all forms apart.
    #[must_use]
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::Drf => "drf",
            Self::Imported => "imported",
        }
    }

    /// The form of this word in a store's table.
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Pat, Self::Drf, Self::Imported]
            .into_iter()
            .find(|form| form.stored() == word)
    }

    /// Whether the token carries the id of its row. One that does not is found by its digest.
    #[must_use]
    pub const fn carries_id(self) -> bool {
        matches!(self, Self::Pat)
    }
}

/// A token as it is listed: everything but the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiToken {
    /// The public id.
    pub id: TokenId,
    /// The name of its user.
    pub username: Box<str>,
    /// Its form.
    pub form: TokenForm,
    /// What its maker called it.
    pub name: Box<str>,
    /// What it may be used for.
    pub scopes: Scopes,
    /// The last four characters, for people who look for the one that leaked.
    pub last4: Box<str>,
    /// When it was made.
    pub created_at: SystemTime,
    /// The name of the user who made it; `None` for the local operator.
    pub created_by: Option<Box<str>>,
    /// The first moment at which it is no longer accepted.
    pub expires_at: Option<SystemTime>,
    /// How long it may be left alone.
    pub idle_timeout: Option<Duration>,
    /// Where it may be used; an empty list means anywhere.
    pub networks: Arc<[Network]>,
    /// When it was last shown, to the minute.
    pub last_used_at: Option<SystemTime>,
}

impl ApiToken {
    /// A token that may do everything its user may, from anywhere, for ever; for a store that reads its rows.
    #[must_use]
    pub fn new(id: TokenId, username: &str, form: TokenForm, created_at: SystemTime) -> Self {
        Self {
            id,
            username: username.into(),
            form,
            name: Box::default(),
            scopes: Scopes::all(),
            last4: Box::default(),
            created_at,
            created_by: None,
            expires_at: None,
            idle_timeout: None,
            networks: Arc::default(),
            last_used_at: None,
        }
    }

    /// Applies a change; whether the token may be changed so was checked before.
    pub fn apply(&mut self, change: TokenChange) {
        if let Some(name) = change.name {
            self.name = name;
        }
        if let Some(scopes) = change.scopes {
            self.scopes = scopes;
        }
        if let Some(networks) = change.networks {
            self.networks = networks;
        }
        self.expires_at = change.expires_at.or(self.expires_at);
    }
}

/// What is asked of a new token.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use empress_auth_core::{NewToken, Scopes};
///
/// let ci = NewToken::named("ci")
///     .with_scopes(Scopes::only(["builds:write"]))
///     .with_expires_in(Duration::from_secs(90 * 24 * 60 * 60));
/// # let _ = ci;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewToken {
    /// See [`ApiToken::name`].
    pub name: Box<str>,
    /// See [`ApiToken::scopes`]; everything that its maker may unless set.
    pub scopes: Option<Scopes>,
    /// How long it lives.
    pub expires: Expires,
    /// At least ten minutes, because last use is written once a minute.
    pub idle_timeout: Option<Duration>,
    /// See [`ApiToken::networks`].
    pub networks: Vec<Network>,
}

/// When a new token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Expires {
    /// Not before it is revoked, or when its maker's credential ends if that one does.
    #[default]
    Never,
    /// So long after it is made.
    After(Duration),
    /// At this moment.
    At(SystemTime),
}

impl NewToken {
    /// A token that does not expire and may do what its maker may.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            scopes: None,
            expires: Expires::Never,
            idle_timeout: None,
            networks: Vec::new(),
        }
    }

    /// Limits it to these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = Some(scopes);
        self
    }

    /// Ends it so long after it is made.
    #[must_use]
    pub fn with_expires_in(mut self, lifetime: Duration) -> Self {
        self.expires = Expires::After(lifetime);
        self
    }

    /// Ends it at this moment.
    #[must_use]
    pub fn with_expires_at(mut self, at: SystemTime) -> Self {
        self.expires = Expires::At(at);
        self
    }

    /// Ends it when it was left alone for so long.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Accepts it from these networks only.
    #[must_use]
    pub fn with_networks(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.networks = networks.into_iter().collect();
        self
    }
}

/// A change of a token: what is `None` stays.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TokenChange {
    /// Replaces the name.
    pub name: Option<Box<str>>,
    /// Replaces the scopes with some of them.
    pub scopes: Option<Scopes>,
    /// Replaces the expiry with an earlier one.
    pub expires_at: Option<SystemTime>,
    /// Replaces the networks.
    pub networks: Option<Arc<[Network]>>,
}

impl TokenChange {
    /// Whether a token with these scopes and this expiry gets no wider by the change.
    #[must_use]
    pub fn is_within(&self, scopes: &Scopes, expires_at: Option<SystemTime>) -> bool {
        let scopes_fit = self
            .scopes
            .as_ref()
            .is_none_or(|new| new.is_subset_of(scopes));
        let ends_no_later = match (self.expires_at, expires_at) {
            (Some(new), Some(present)) => new <= present,
            (Some(_), None) | (None, _) => true,
        };
        scopes_fit && ends_no_later
    }
}

/// A token's row, ready to be stored.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenRow {
    /// The listed part.
    pub token: ApiToken,
    /// What is stored in place of the secret.
    pub digest: SecretDigest,
}

impl TokenRow {
    /// The row of a token whose text has this digest.
    #[must_use]
    pub const fn new(token: ApiToken, digest: SecretDigest) -> Self {
        Self { token, digest }
    }
}
