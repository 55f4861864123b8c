use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::show;
use crate::{
    Authenticator, Cached, Clock, CredentialStore, Lookup, SecretDigest, StoreError,
    StoredCredential, StoredUser,
};

fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

const HOUR: Duration = Duration::from_secs(3_600);

struct Table {
    revoked: AtomicBool,
    expires_at: Option<SystemTime>,
}

impl CredentialStore for Arc<Table> {
    async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let digest = SecretDigest::sha256_of(b"x");
        let row = StoredCredential::new("1", digest, StoredUser::new("7", "ada"))
            .with_expires_at(self.expires_at);
        Ok((!self.revoked.load(Ordering::SeqCst)).then_some(row))
    }
}

// KY-8: a clock that was an hour ahead refuses, and is forgiven as soon as it is right.
#[tokio::test]
async fn a_refusal_does_not_outlive_a_clock_that_is_set_back() {
    let table = Arc::new(Table {
        revoked: AtomicBool::new(false),
        expires_at: Some(noon() + HOUR / 2),
    });
    let clock = Clock::manual(noon() + HOUR);
    let auth = Authenticator::new(Cached::new(table, HOUR)).clock(clock.clone());
    assert!(show(&auth, "Token x").await.is_err());
    clock.set(noon());
    assert!(show(&auth, "Token x").await.is_ok());
}

// KY-8, R-7: the staleness that was promised holds for a clock that is set back, too.
#[tokio::test]
async fn a_clock_that_is_set_back_does_not_prolong_what_is_remembered() {
    let table = Arc::new(Table {
        revoked: AtomicBool::new(false),
        expires_at: None,
    });
    let clock = Clock::manual(noon() + HOUR);
    let store = Cached::new(Arc::clone(&table), Duration::from_secs(30));
    let auth = Authenticator::new(store).clock(clock.clone());
    assert!(show(&auth, "Token x").await.is_ok());
    table.revoked.store(true, Ordering::SeqCst);
    clock.set(noon());
    clock.advance(Duration::from_secs(31));
    assert!(show(&auth, "Token x").await.is_err());
}
