//! What is served from.

use async_trait::async_trait;
use empress_auth_core::StoreError;
use empress_auth_oauth::store::ProviderStore;
use empress_auth_sql::SqliteStore;

/// A store that can be served from: asked whether it works, and closed in the end.
pub(crate) trait Store: ProviderStore + Probe + Clone {
    /// Writes what is only remembered, such as when credentials were last used.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// The part that readiness asks.
#[async_trait]
pub(crate) trait Probe: Send + Sync + 'static {
    /// Whether the store can do its work.
    ///
    /// # Errors
    ///
    /// `Unavailable`, with the reason.
    async fn check(&self) -> Result<(), StoreError>;
}

impl Store for SqliteStore {
    async fn close(self) {
        Self::close(self).await;
    }
}

#[async_trait]
impl Probe for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        Self::check(self).await
    }
}

#[cfg(test)]
impl Store for empress_auth_core::MemoryStore {
    async fn close(self) {}
}

#[cfg(test)]
#[async_trait]
impl Probe for empress_auth_core::MemoryStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
