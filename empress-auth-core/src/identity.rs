//! Who is calling: the proof that a credential was verified.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use crate::clock::from_unix_millis;
use crate::credentials::Claim;
use crate::digest::SecretDigest;
#[cfg(feature = "jwt")]
use crate::jwt::VerifiedClaims;
use crate::network::Network;
use crate::scopes::Scopes;
use crate::short_text::ShortText;
use crate::source::Source;
use crate::stored::StoredUser;
use crate::token_text::TokenId;

/// An authenticated caller, cheap to clone.
///
/// If you hold one, a credential was verified and its user was enabled at that moment. Only an
/// [`Authenticator`](crate::Authenticator) makes it:
///
/// ```compile_fail
/// let forged = empress_auth_core::Identity(todo!());
/// ```
#[derive(Clone)]
pub struct Identity(pub(crate) Arc<Verified>);

/// An identity and its cache entry in one allocation, so that a hit touches one cache line and a half: what a hit reads
/// comes first, and the compiler may not move it.
#[repr(C)]
pub(crate) struct Verified {
    /// SHA-256 of the credential as it was shown; the cache's key together with `claim`.
    pub(crate) digest: [u8; 32],
    /// The sequence of withdrawals that was read before the store was asked.
    pub(crate) stamp: u64,
    /// Milliseconds since 1970; `u64::MAX` for never.
    pub(crate) expires_at: u64,
    pub(crate) last_used: LastUsed,
    pub(crate) verified_at: WholeSeconds,
    pub(crate) slot: u16,
    pub(crate) claim: Claim,
    pub(crate) proof: CredentialKind,
    pub(crate) found_by: FoundBy,
    /// Of the layer that asked; gone with it.
    pub(crate) source: Weak<Source>,
    pub(crate) rare: Option<Box<Rare>>,
    pub(crate) user: Arc<StoredUser>,
    pub(crate) scopes: Scopes,
    pub(crate) credential_id: ShortText,
    pub(crate) issued_at: u64,
}

/// How a token was found, so that its store can be asked again when the token is no longer at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FoundBy {
    /// By the id that it carries, which is the credential's id.
    Id,
    /// By its SHA-256 digest, which is `Verified::digest`. Nothing else is found again by this.
    Shown,
    /// By what stands in [`Rare::found_by`].
    Other,
    /// In no store: another issuer vouches for it until it expires.
    Nowhere,
}

/// What few credentials have.
pub(crate) struct Rare {
    pub(crate) networks: Arc<[Network]>,
    pub(crate) client_id: Option<Box<str>>,
    /// Of the OAuth client; [`NO_SLOT`](crate::memory::NO_SLOT) for none.
    pub(crate) client_slot: u16,
    /// Seconds; `u32::MAX` for none.
    pub(crate) idle_timeout_secs: u32,
    /// From when on it proves itself anew, in milliseconds since 1970; `u64::MAX` for never.
    pub(crate) proven_until: u64,
    /// For [`FoundBy::Other`].
    pub(crate) found_by: Option<OtherWay>,
    /// Of a JSON Web Token whose verifier keeps them.
    #[cfg(feature = "jwt")]
    pub(crate) claims: Option<Box<VerifiedClaims>>,
}

/// How a token was found whose row has an id or a digest that is not the token's own.
pub(crate) enum OtherWay {
    /// By the id that it carries.
    TokenId(TokenId),
    /// By another digest: knox's, Sanctum's.
    Digest(SecretDigest),
}

impl Rare {
    /// `None` for a credential that may be used from anywhere, has no client, may be left alone, needs no
    /// second proof and is found by itself: then a hit need not ask for any of these. What has claims needs a second proof.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        let has_any = !self.networks.is_empty()
            || self.client_id.is_some()
            || self.idle_timeout_secs != u32::MAX
            || self.proven_until != u64::MAX
            || self.found_by.is_some();
        has_any.then(|| Box::new(self))
    }
}

impl Verified {
    /// Where the credential may be used from; an empty list means anywhere.
    #[inline]
    pub(crate) fn networks(&self) -> &[Network] {
        self.rare.as_deref().map_or(&[], |rare| &rare.networks)
    }

    /// How long the credential may be left alone.
    pub(crate) fn idle_timeout(&self) -> Option<Duration> {
        let secs = self.rare.as_deref()?.idle_timeout_secs;
        (secs != u32::MAX).then(|| Duration::from_secs(secs.into()))
    }

    pub(crate) fn other_way(&self) -> Option<&OtherWay> {
        self.rare.as_deref()?.found_by.as_ref()
    }

    /// Whether other texts than the one that was shown stand for the same credential.
    pub(crate) fn has_spellings(&self) -> bool {
        matches!(self.other_way(), Some(OtherWay::Digest(digest)) if digest.has_spellings())
    }
}

/// A moment in whole seconds since 1970, rounded down: what was asked seems older, never younger.
#[derive(Clone, Copy)]
pub(crate) struct WholeSeconds(u32);

impl WholeSeconds {
    pub(crate) fn of(millis: u64) -> Self {
        Self(u32::try_from(millis / 1_000).unwrap_or(u32::MAX))
    }

    #[inline]
    pub(crate) fn millis(self) -> u64 {
        u64::from(self.0) * 1_000
    }
}

/// When a credential was last shown: 31 bits of seconds since 2025-01-01, and whether it was shown more than once.
///
/// The bit tells a credential that is in use from one that was seen in passing, so that a scan does not push out the
/// former.
pub(crate) struct LastUsed(AtomicU32);

impl LastUsed {
    pub(crate) fn once(now_millis: u64) -> Self {
        Self(AtomicU32::new(Self::seconds(now_millis) << 1))
    }

    #[inline]
    pub(crate) fn again(&self, now_millis: u64) {
        let value = self.0.load(Ordering::Relaxed);
        // Nothing is written while the second lasts, so that the line stays shared between cores.
        if value & 1 == 0 || now_millis.wrapping_sub(Self::millis_of(value)) >= 1_000 {
            self.note(now_millis);
        }
    }

    #[cold]
    fn note(&self, now_millis: u64) {
        let now = (Self::seconds(now_millis) << 1) | 1;
        self.0.store(now, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn millis(&self) -> u64 {
        Self::millis_of(self.0.load(Ordering::Relaxed))
    }

    #[inline]
    fn millis_of(value: u32) -> u64 {
        u64::from(value >> 1) * 1_000 + Self::EPOCH_MILLIS
    }

    /// The lower, the sooner to be evicted: five minutes of life for having been shown again.
    pub(crate) fn rank(&self) -> u32 {
        let value = self.0.load(Ordering::Relaxed);
        (value >> 1) + (value & 1) * 300
    }

    fn seconds(now_millis: u64) -> u32 {
        u32::try_from(now_millis.saturating_sub(Self::EPOCH_MILLIS) / 1_000).unwrap_or(u32::MAX)
            & (u32::MAX >> 1)
    }

    const EPOCH_MILLIS: u64 = 1_735_689_600_000;
}

/// How a caller proved who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// API key and secret.
    ApiKey,
    /// An API token, of ours, DRF's or imported.
    ApiToken,
    /// An OAuth access token.
    AccessToken,
    /// User name and password.
    Password,
    /// A browser session.
    Session,
}

impl CredentialKind {
    /// The word that `/api/v1/me` and the audit log use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::ApiToken => "api_token",
            Self::AccessToken => "access_token",
            Self::Password => "password",
            Self::Session => "session",
        }
    }
}

impl Identity {
    /// The user's id, which never means another user.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.0.user.id
    }

    /// The user's name.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.0.user.username
    }

    /// The user's roles at the moment of verification.
    #[must_use]
    pub fn roles(&self) -> &[Box<str>] {
        &self.0.user.roles
    }

    /// Whether the user has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles().iter().any(|held| **held == *role)
    }

    /// What the credential may be used for.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// How the caller proved who it is.
    #[must_use]
    pub fn proof(&self) -> CredentialKind {
        self.0.proof
    }

    /// The public id of the credential: of a key pair the API key, of a token its id, of a password the user's id.
    #[must_use]
    pub fn credential_id(&self) -> &str {
        self.0.credential_id.as_str()
    }

    /// The OAuth client that the credential was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.rare.as_deref()?.client_id.as_deref()
    }

    /// The issuer who vouches for the caller, if that is not the layer's own store.
    ///
    /// The [`user_id`](Self::user_id) begins with it: issuer, `|`, and what the issuer calls the user. A `|` in the issuer
    /// is written `%7C`.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        let (issuer, _) = self.user_id().split_once('|')?;
        self.is_foreign().then_some(issuer)
    }

    /// What the token says, if it is a JSON Web Token whose verifier
    /// [keeps its claims](crate::jwt::JwtVerifier::keep_claims).
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn claims(&self) -> Option<&VerifiedClaims> {
        self.0.rare.as_deref()?.claims.as_deref()
    }

    /// The first moment at which the credential is no longer accepted; `None` if it does not expire.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        (self.0.expires_at != u64::MAX).then(|| from_unix_millis(self.0.expires_at))
    }

    /// Resolves when the credential ends: revoked, expired, its user disabled. For websockets and streams, which outlive
    /// the request that was checked.
    ///
    /// A store with a memory tells within moments; one without is asked every five seconds. While the store is down the
    /// credential counts as alive. Needs a tokio runtime with its timer, as axum and actix-web have.
    ///
    /// # Examples
    ///
    /// ```
    /// # async fn handle(who: empress_auth_core::Identity, next_message: impl Future<Output = String>) {
    /// tokio::select! {
    ///     () = who.revoked() => { /* close the socket */ }
    ///     message = next_message => { /* answer */ }
    /// }
    /// # }
    /// ```
    pub async fn revoked(&self) {
        crate::watch::revoked(self).await;
    }

    /// Whether another issuer vouches for the caller, whose user is then none of the store's.
    pub(crate) fn is_foreign(&self) -> bool {
        self.0.found_by == FoundBy::Nowhere
    }

    /// Whether this can still be watched: the layer that asked for it is there, this one or another.
    #[inline]
    pub(crate) fn is_watchable(&self) -> bool {
        self.0.source.strong_count() > 0
    }
}

impl PartialEq for Identity {
    /// Whether both stand for the same user proven by the same credential.
    fn eq(&self, other: &Self) -> bool {
        self.user_id() == other.user_id()
            && self.proof() == other.proof()
            && self.credential_id() == other.credential_id()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("user_id", &self.user_id())
            .field("username", &self.username())
            .field("proof", &self.proof())
            .field("credential_id", &self.credential_id())
            .finish_non_exhaustive()
    }
}

/// An application's own user, made from the proven identity.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{FromIdentity, Identity};
///
/// struct Account { name: String }
///
/// impl FromIdentity for Account {
///     type State = ();
///     type Error = std::convert::Infallible;
///
///     async fn from_identity(identity: Identity, (): &()) -> Result<Option<Self>, Self::Error> {
///         Ok(Some(Self { name: identity.username().to_owned() }))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made from an authenticated caller",
    note = "implement `FromIdentity` for it: `type State`, `type Error` and one method, `from_identity`"
)]
pub trait FromIdentity: Sized {
    /// What the user is loaded with: in axum the router's state or a part of it (`FromRef`), in actix-web what is
    /// registered as `web::Data`, `()` if nothing is needed.
    type State: Send + Sync + 'static;

    /// Why the user could not be loaded; answered with 503 and logged.
    type Error: fmt::Display;

    /// The user; `None` if the application knows no such user, which is answered with 403.
    fn from_identity(
        identity: Identity,
        state: &Self::State,
    ) -> impl Future<Output = Result<Option<Self>, Self::Error>> + Send;
}
