//! Where do the keys of an issuer come from, and what if a token names one that is not known?

use std::sync::Arc;

use async_trait::async_trait;

use super::KeySet;

/// The keys of one issuer, as they are known now and as they can be asked for.
///
/// A [`KeySet`] is the source of keys that never change. `RemoteJwks` of `empress-auth-oauth` fetches those of another
/// issuer and keeps them fresh.
///
/// # Examples
///
/// ```
/// use std::sync::{PoisonError, RwLock};
/// use empress_auth_core::jwt::{KeySet, KeySource};
///
/// /// Keys that the application replaces when it learns of new ones.
/// struct Replaced(RwLock<KeySet>);
///
/// impl KeySource for Replaced {
///     fn keys(&self) -> KeySet {
///         self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
///     }
/// }
/// ```
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// What is known now, without waiting. A token whose key is among these never waits.
    fn keys(&self) -> KeySet;

    /// What is known after asking the issuer again, because a token names the key `kid` and it is not among
    /// [`keys`](Self::keys); `kid` is empty if the token names none.
    ///
    /// Anybody can make up a `kid`: a source bounds how often it asks, and answers with what it has in between.
    ///
    /// Must not open a socket inside the returned future: it may be polled by the runtime of another worker. Fetch in a
    /// task of your own and wait for that.
    ///
    /// # Errors
    ///
    /// [`KeySourceError`] if the issuer does not answer. The request is then answered with 503, never with 401, and
    /// logged every ten seconds at most.
    async fn refresh(&self, kid: &str) -> Result<KeySet, KeySourceError> {
        let _ = kid;
        Ok(self.keys())
    }
}

#[async_trait]
impl<S: KeySource + ?Sized> KeySource for Arc<S> {
    fn keys(&self) -> KeySet {
        S::keys(self)
    }

    async fn refresh(&self, kid: &str) -> Result<KeySet, KeySourceError> {
        S::refresh(self, kid).await
    }
}

#[async_trait]
impl KeySource for KeySet {
    fn keys(&self) -> KeySet {
        self.clone()
    }
}

/// The keys of an issuer cannot be had now; later they may.
///
/// Its text goes to the log, never to a client.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the issuer's keys are unavailable: {detail}")]
pub struct KeySourceError {
    detail: Arc<str>,
    #[source]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl KeySourceError {
    /// The keys cannot be had; `detail` says why, for the log.
    #[must_use]
    pub fn new(detail: impl Into<Arc<str>>) -> Self {
        Self {
            detail: detail.into(),
            source: None,
        }
    }

    /// The keys cannot be had, because of `source`.
    #[must_use]
    pub fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self {
            detail: source.to_string().into(),
            source: Some(Arc::new(source)),
        }
    }
}
