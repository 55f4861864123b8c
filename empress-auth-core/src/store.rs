//! Where are credentials found? The one trait that an application implements for tables of its own.

use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;

use crate::digest::SecretDigest;
#[cfg(feature = "jwt")]
use crate::jwt::JwtVerifier;
use crate::memory::CredentialMemory;
use crate::stored::StoredCredential;
use crate::token_text::TokenId;

/// What to look for.
///
/// # Examples
///
/// A store on a table that holds SHA-256 digests of its own tokens answers [`Lookup::Digest`] alone:
///
/// ```
/// # use empress_auth_core::{Lookup, SecretDigest};
/// fn sql_key(what: &Lookup<'_>) -> Option<Vec<u8>> {
///     match what {
///         Lookup::Digest(digests) => {
///             digests.iter().find(|d| d.algorithm() == "s256").map(|d| d.as_bytes().to_vec())
///         }
///         _ => None,
///     }
/// }
/// # assert!(sql_key(&Lookup::ApiKey("x")).is_none());
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Lookup<'a> {
    /// The pair whose public half this is.
    ApiKey(&'a str),
    /// The token of ours that carries this id.
    Token(TokenId),
    /// A token that carries no id: digests of it in every algorithm that tokens are stored under.
    Digest(&'a [SecretDigest]),
    /// The browser session of ours that carries this id. Must never find an API token: a cookie is sent by any page.
    SessionId(TokenId),
    /// The browser session whose cookie has this SHA-256 digest, for applications that keep sessions of their own. Must
    /// never find an API token, either.
    Session(&'a SecretDigest),
    /// The password of the user with this name, as a credential whose digest is the password hash.
    Password(&'a str),
}

/// The read half of a store: all that verifying asks for.
///
/// `TokenAuth::new` takes any implementation. Implement it on your own tables with a plain `async fn`; core compares
/// digests, expiry, networks and the user's state, so that a store never decides.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{CredentialStore, Lookup, SecretDigest, StoreError, StoredCredential, StoredUser};
///
/// struct OneToken(SecretDigest);
///
/// impl CredentialStore for OneToken {
///     async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
///         let Lookup::Digest(digests) = what else { return Ok(None) };
///         let ours = digests.iter().any(|digest| digest.as_bytes() == self.0.as_bytes());
///         Ok(ours.then(|| StoredCredential::new("1", self.0.clone(), StoredUser::new("1", "ada"))))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a credential store",
    label = "this is not a store of credentials",
    note = "`TokenAuth::new` takes a store such as `MemoryStore::new()`, not a connection pool, a URL or a secret",
    note = "to use tables of your own, implement `CredentialStore` for a type that holds the pool: one method, `find`"
)]
pub trait CredentialStore: Send + Sync + 'static {
    /// What is stored for a credential; `None` if nothing is.
    ///
    /// Must not open a socket inside the returned future: it is shared by concurrent requests and may be polled by the
    /// runtime of another worker. Answer through a channel or a pool.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store cannot tell. The request is then answered with 503, never with 401.
    fn find(
        &self,
        what: Lookup<'_>,
    ) -> impl Future<Output = Result<Option<StoredCredential>, StoreError>> + Send;

    /// The memory of verified credentials that all clones of this store share, if it keeps one.
    ///
    /// Without one every request asks the store, and a revocation holds for the next request.
    ///
    /// What is remembered is not asked for again, by no layer on the same memory. A store that answers otherwise than the one
    /// that it wraps, because it finds some credentials only, must not hand on that one's memory: it has none, or one of its
    /// own ([`Cached`](crate::Cached)).
    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        None
    }

    /// The verifier that stands in for a store where only JSON Web Tokens are accepted; a store is none.
    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<JwtVerifier> {
        None
    }
}

impl<S: CredentialStore> CredentialStore for Arc<S> {
    fn find(
        &self,
        what: Lookup<'_>,
    ) -> impl Future<Output = Result<Option<StoredCredential>, StoreError>> + Send {
        S::find(self, what)
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        S::memory(self)
    }

    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<JwtVerifier> {
        S::jwt_verifier(self)
    }
}

/// A store of any kind, for a program that chooses at run time.
#[derive(Clone)]
pub struct AnyStore(Arc<dyn Erased>);

impl AnyStore {
    /// Forgets the type of `store`.
    #[must_use]
    pub fn new(store: impl CredentialStore) -> Self {
        Self(Arc::new(store))
    }

    pub(crate) fn find_owned(&self, what: OwnedLookup) -> Found {
        Arc::clone(&self.0).find_owned(what)
    }
}

impl CredentialStore for AnyStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        self.0.find_boxed(what).await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.0.memory()
    }

    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<JwtVerifier> {
        self.0.jwt_verifier()
    }
}

impl fmt::Debug for AnyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyStore(..)")
    }
}

type Answer = Result<Option<StoredCredential>, StoreError>;
pub(crate) type Found = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// The boxed twin of [`CredentialStore`], which can be a trait object.
trait Erased: Send + Sync {
    fn find_owned(self: Arc<Self>, what: OwnedLookup) -> Found;
    fn find_boxed<'a>(
        &'a self,
        what: Lookup<'a>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;
    fn memory(&self) -> Option<Arc<CredentialMemory>>;
    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<JwtVerifier>;
}

impl<S: CredentialStore> Erased for S {
    /// A panic of the store ends here as an outage: it must neither take down a stream nor leave others waiting.
    fn find_owned(self: Arc<Self>, what: OwnedLookup) -> Found {
        let find = async move { S::find(&self, what.as_lookup()).await };
        Box::pin(AssertUnwindSafe(find).catch_unwind().map(|answer| {
            answer.unwrap_or_else(|_| {
                let kind = StoreErrorKind::Unavailable;
                Err(StoreError::new(kind, "the store panicked"))
            })
        }))
    }

    fn find_boxed<'a>(
        &'a self,
        what: Lookup<'a>,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
        Box::pin(S::find(self, what))
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        S::memory(self)
    }

    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<JwtVerifier> {
        S::jwt_verifier(self)
    }
}

/// A [`Lookup`] that outlives the request.
#[derive(Debug, Clone)]
pub(crate) enum OwnedLookup {
    ApiKey(Box<str>),
    Token(TokenId),
    Digest(Box<[SecretDigest]>),
    SessionId(TokenId),
    Session(SecretDigest),
    Password(Box<str>),
}

impl OwnedLookup {
    fn as_lookup(&self) -> Lookup<'_> {
        match self {
            Self::ApiKey(key) => Lookup::ApiKey(key),
            Self::Token(id) => Lookup::Token(*id),
            Self::Digest(digests) => Lookup::Digest(digests),
            Self::SessionId(id) => Lookup::SessionId(*id),
            Self::Session(digest) => Lookup::Session(digest),
            Self::Password(username) => Lookup::Password(username),
        }
    }
}

/// A store could not do what it was asked.
///
/// Its text goes to the log, never to a client.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct StoreError {
    kind: StoreErrorKind,
    detail: Arc<str>,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The store is down, slow or full; later it may work.
    #[error("the store is unavailable")]
    Unavailable,
    /// What should be made exists already.
    #[error("it exists already")]
    Conflict,
    /// What should be changed does not exist.
    #[error("it does not exist")]
    NotFound,
    /// The credential that asked for the change was withdrawn meanwhile.
    #[error("the acting credential is no longer valid")]
    ActorWithdrawn,
    /// The user has as many of these as a user may have.
    #[error("the limit per user is reached")]
    LimitReached,
}

impl StoreError {
    /// An error of this kind; `detail` is for the log.
    #[must_use]
    pub fn new(kind: StoreErrorKind, detail: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            source: None,
        }
    }

    /// The store cannot be reached or did not answer, because of `source`.
    #[must_use]
    pub fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            kind: StoreErrorKind::Unavailable,
            detail: source.to_string().into(),
            source: Some(Arc::new(source)),
        }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
