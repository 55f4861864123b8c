//! What was granted: consents, codes, and grants with the tokens made under them, as they are kept.
//!
//! A **grant** is what a user allowed a client (or what a client has for itself); all tokens made under it form its
//! family and end with it. Times are whole milliseconds.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::{Scopes, SecretDigest, StoredCredential, StoredUser, TokenId};

use crate::scope;

mod consent;
pub mod limits;
mod refresh_token;

pub use self::consent::Consent;
pub use self::refresh_token::{LastUsed, RefreshTokenRow};

/// What a code and the tokens made from it stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Granted {
    /// The client that may use it.
    pub client_id: Box<str>,
    /// The user who granted it; `None` where the client has it for itself.
    pub user_id: Option<Box<str>>,
    /// The scopes, in the order in which they were asked for.
    pub scopes: Vec<Box<str>>,
    /// The resources that access tokens may be for (RFC 8707); empty: the provider's own.
    pub resources: Vec<Box<str>>,
    /// When the user proved who it is; goes into ID tokens as `auth_time`.
    pub auth_time: Option<SystemTime>,
    /// The browser session in which it was granted, or that came in its place; goes into ID tokens as `sid`, hashed.
    pub session_id: Option<TokenId>,
    /// Goes into the first ID token unchanged.
    pub nonce: Option<Box<str>>,
    /// The authentication context that was asked for and met; goes into ID tokens as `acr`.
    pub acr: Option<Box<str>>,
}

impl Granted {
    /// What `client_id` may do for `user_id`, or for itself.
    #[must_use]
    pub fn new(client_id: &str, user_id: Option<&str>, scopes: &[Box<str>]) -> Self {
        Self {
            client_id: client_id.into(),
            user_id: user_id.map(Into::into),
            scopes: scopes.to_vec(),
            resources: Vec::new(),
            auth_time: None,
            session_id: None,
            nonce: None,
            acr: None,
        }
    }

    /// The session with which a grant of this ends, or none that ends by itself: one with `offline_access` outlasts the
    /// session in which it was granted ([OpenID Connect Core
    /// §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)). A code ends with its session in any case.
    #[must_use]
    pub fn ends_with(&self) -> Option<TokenId> {
        self.session_id
            .filter(|_| !scope::has(&self.scopes, "offline_access"))
    }

    /// The same, of the session that a user began in place of this one; for a store.
    pub(crate) fn renew_session(&mut self, session: TokenId, renewed: TokenId) {
        if self.session_id == Some(session) {
            self.session_id = Some(renewed);
        }
    }

    /// The user that stands for the client in what it has for itself: id and name are `client:` and the client's id,
    /// which no user name can be (it has a colon), enabled, without roles.
    #[must_use]
    pub fn client_user(&self) -> StoredUser {
        let name = client_subject(&self.client_id);
        StoredUser::new(&name, &name)
    }
}

/// What stands for a client where the id of a user is asked for: `client:` and its id.
#[must_use]
pub fn client_subject(client_id: &str) -> String {
    format!("client:{client_id}")
}

/// An authorization code.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CodeRow {
    /// The public id, which the code carries.
    pub id: TokenId,
    /// Of the whole code.
    pub digest: SecretDigest,
    /// What it stands for.
    pub granted: Granted,
    /// Where it was sent.
    pub redirect_uri: Box<str>,
    /// Whether the authorization request named that, so that the token request must, too.
    pub redirect_uri_was_sent: bool,
    /// How the client must prove that it made the request (RFC 7636).
    pub challenge: Option<CodeChallenge>,
    /// When it was made.
    pub issued_at: SystemTime,
    /// The first moment at which it is no longer accepted.
    pub expires_at: SystemTime,
    /// Whether and for what it was used; a store fills it in.
    pub used: CodeUse,
}

impl CodeRow {
    /// An unused code that is sent to `redirect_uri`.
    #[must_use]
    pub fn new(
        id: TokenId,
        digest: SecretDigest,
        granted: Granted,
        redirect_uri: &str,
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            id,
            digest,
            granted,
            redirect_uri: redirect_uri.into(),
            redirect_uri_was_sent: true,
            challenge: None,
            issued_at,
            expires_at,
            used: CodeUse::Unused,
        }
    }
}

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "unused or not is all there is")]
pub enum CodeUse {
    /// Nobody showed it yet.
    Unused,
    /// It was shown with something wrong beside it, and is worth nothing any more.
    Spent,
    /// This grant was made for it.
    Redeemed(TokenId),
}

/// A code challenge and how it is compared ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the registry has these two")]
pub enum CodeChallenge {
    /// `S256`: base64url, without padding, of the verifier's SHA-256.
    S256(Box<str>),
    /// `plain`: the verifier itself.
    Plain(Box<str>),
}

/// A grant: the family of all tokens made under it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// Public; a token's id by its form, though no token carries it.
    pub id: TokenId,
    /// What was granted.
    pub granted: Granted,
    /// When.
    pub created_at: SystemTime,
    /// The first moment at which no refresh token of the family is accepted, however often they were renewed.
    pub expires_at: SystemTime,
    /// Where the request for it came from.
    pub from: Option<IpAddr>,
}

impl Grant {
    /// A grant that begins now.
    #[must_use]
    pub const fn new(
        id: TokenId,
        granted: Granted,
        created_at: SystemTime,
        expires_at: SystemTime,
    ) -> Self {
        Self {
            id,
            granted,
            created_at,
            expires_at,
            from: None,
        }
    }
}

/// An access token, opaque or JWT (then its id is the `jti`).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessTokenRow {
    /// The public id.
    pub id: TokenId,
    /// Of the whole token.
    pub digest: SecretDigest,
    /// The family.
    pub grant_id: TokenId,
    /// What it may be used for: no more than the grant.
    pub scopes: Vec<Box<str>>,
    /// Whom it is for; empty: the provider's own resources.
    pub audience: Vec<Box<str>>,
    /// When it was made.
    pub issued_at: SystemTime,
    /// The first moment at which it is no longer accepted.
    pub expires_at: SystemTime,
}

impl AccessTokenRow {
    /// A token of this family.
    #[must_use]
    pub fn new(
        id: TokenId,
        digest: SecretDigest,
        grant_id: TokenId,
        scopes: &[Box<str>],
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            id,
            digest,
            grant_id,
            scopes: scopes.to_vec(),
            audience: Vec::new(),
            issued_at,
            expires_at,
        }
    }

    /// What a store finds for this token, which `granted` stands behind: `user` is the user of that as it is now.
    ///
    /// The scope `all` is every scope. `None` for a token that is for other resources than the provider's own: these ask
    /// for it by introspection, and here it opens nothing
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    #[must_use]
    pub fn credential(
        &self,
        granted: &Granted,
        user: impl Into<Arc<StoredUser>>,
    ) -> Option<StoredCredential> {
        let scopes = if self.scopes.iter().any(|scope| **scope == *"all") {
            Scopes::all()
        } else {
            Scopes::only(&self.scopes)
        };
        let found = StoredCredential::new(&self.id.to_string(), self.digest.clone(), user)
            .with_scopes(scopes)
            .with_client_id(&granted.client_id)
            .with_issued_at(self.issued_at)
            .with_expires_at(Some(self.expires_at));
        self.audience.is_empty().then_some(found)
    }
}

/// The tokens that one answer of the token endpoint carries.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IssuedTokens {
    /// The access token.
    pub access: AccessTokenRow,
    /// The refresh token, if there is one.
    pub refresh: Option<RefreshTokenRow>,
}

impl IssuedTokens {
    /// These two.
    #[must_use]
    pub const fn new(access: AccessTokenRow, refresh: Option<RefreshTokenRow>) -> Self {
        Self { access, refresh }
    }
}
