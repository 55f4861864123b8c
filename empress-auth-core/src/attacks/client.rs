use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::show;
use crate::{
    Authenticator, Cached, CredentialStore, Lookup, SecretDigest, StoreError, StoredCredential,
    StoredUser, Subject,
};

#[derive(Default)]
struct Table {
    revoked: AtomicBool,
}

impl CredentialStore for Arc<Table> {
    async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let digest = SecretDigest::sha256_of(b"x");
        let row = StoredCredential::new("1", digest, StoredUser::new("7", "ada"));
        Ok((!self.revoked.load(Ordering::SeqCst)).then(|| row.with_client_id("app")))
    }
}

// what is withdrawn of a client is asked for again, not only what is withdrawn of a user.
#[tokio::test]
async fn what_was_issued_to_a_withdrawn_client_is_not_remembered() {
    let table = Arc::new(Table::default());
    let store = Cached::new(Arc::clone(&table), Duration::from_secs(3_600));
    let auth = Authenticator::new(store.clone());
    assert!(show(&auth, "Bearer x").await.is_ok());
    table.revoked.store(true, Ordering::SeqCst);
    store.forget(Subject::Client("another"));
    assert!(show(&auth, "Bearer x").await.is_ok());
    store.forget(Subject::Client("app"));
    assert!(show(&auth, "Bearer x").await.is_err());
}
