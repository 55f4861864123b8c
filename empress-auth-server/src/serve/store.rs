//! What is served from.

use empress_auth_core::{CredentialStore, IssuingStore, MemoryStore, StoreError};

/// A store that can be served from, and closed in the end.
pub(crate) trait Store: IssuingStore + CredentialStore + Clone {
    /// Writes what is only remembered, such as when credentials were last used.
    fn close(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

impl Store for MemoryStore {
    async fn close(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
