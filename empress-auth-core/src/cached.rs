//! A memory for a store that has none.

use std::sync::Arc;
use std::time::Duration;

use crate::memory::{CredentialMemory, Subject};
use crate::store::{CredentialStore, Lookup, StoreError};
use crate::stored::StoredCredential;

/// A store of yours with a memory in front: a credential seen before is not asked for again for a while.
///
/// What the application withdraws it tells with [`forget`](Self::forget), which holds for the next request. What others
/// withdraw, behind the application's back, is noticed after `max_staleness` at the latest.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use empress_auth_core::{
///     Cached, CredentialStore, Lookup, StoreError, StoredCredential, Subject,
/// };
///
/// struct Table;
/// impl CredentialStore for Table {
///     async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
///         Ok(None)
///     }
/// }
///
/// let store = Cached::new(Table, Duration::from_secs(30));
/// // After a token of the user 7 was deleted from the table:
/// store.forget(Subject::User("7"));
/// ```
#[derive(Debug)]
pub struct Cached<S> {
    store: Arc<S>,
    memory: Arc<CredentialMemory>,
}

impl<S: CredentialStore> Cached<S> {
    /// Remembers what `store` said for at most `max_staleness`, in whole seconds.
    #[must_use]
    pub fn new(store: S, max_staleness: Duration) -> Self {
        let memory = CredentialMemory::new(CredentialMemory::DEFAULT_CAPACITY, None)
            .with_max_age(max_staleness);
        Self {
            store: Arc::new(store),
            memory: Arc::new(memory),
        }
    }

    /// Asks the store again for everything of `subject`; call it after the change is committed.
    pub fn forget(&self, subject: Subject<'_>) {
        self.memory.withdraw(subject);
    }
}

/// Another handle on the same store and the same memory.
impl<S> Clone for Cached<S> {
    fn clone(&self) -> Self {
        Self {
            store: Arc::clone(&self.store),
            memory: Arc::clone(&self.memory),
        }
    }
}

impl<S: CredentialStore> CredentialStore for Cached<S> {
    fn find(
        &self,
        what: Lookup<'_>,
    ) -> impl Future<Output = Result<Option<StoredCredential>, StoreError>> + Send {
        self.store.find(what)
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        Some(Arc::clone(&self.memory))
    }

    #[cfg(feature = "jwt")]
    fn jwt_verifier(&self) -> Option<crate::jwt::JwtVerifier> {
        self.store.jwt_verifier()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::authenticator::{Authenticator, Start};
    use crate::clock::Clock;
    use crate::digest::SecretDigest;
    use crate::stored::StoredUser;

    struct Counting(AtomicUsize);

    impl CredentialStore for Arc<Counting> {
        async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            let digest = SecretDigest::sha256_of(b"x");
            Ok(Some(StoredCredential::new(
                "1",
                digest,
                StoredUser::new("7", "ada"),
            )))
        }
    }

    async fn ask(auth: &Authenticator) {
        let request = http::Request::builder().header("authorization", "Token x");
        let decision = match auth.start(&request.body(()).unwrap()) {
            Start::Ready(decision) => decision,
            Start::Pending(pending) => auth.finish(pending).await,
        };
        assert_eq!(decision.unwrap().unwrap().username(), "ada");
    }

    #[tokio::test]
    async fn the_store_is_asked_again_after_the_staleness_and_after_forgetting() {
        let store = Arc::new(Counting(AtomicUsize::new(0)));
        let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        let cached = Cached::new(Arc::clone(&store), Duration::from_secs(30));
        let auth = Authenticator::new(cached.clone()).clock(clock.clone());
        let asked = || store.0.load(Ordering::SeqCst);

        ask(&auth).await;
        clock.advance(Duration::from_secs(29));
        ask(&auth).await;
        assert_eq!(asked(), 1);
        clock.advance(Duration::from_secs(1));
        ask(&auth).await;
        assert_eq!(asked(), 2);
        cached.forget(Subject::User("7"));
        ask(&auth).await;
        assert_eq!(asked(), 3);
        cached.forget(Subject::User("8"));
        ask(&auth).await;
    }
}
