use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::caller;
use crate::{
    Actor, Authenticator, Cached, Clock, CredentialStore, Lookup, MemoryStore, NewToken, NewUser,
    SecretDigest, StoreError, StoredCredential, StoredUser, TokenChange, TokenIssuer,
};

const SOON: Duration = Duration::from_secs(4);

#[derive(Default)]
struct Table {
    revoked: AtomicBool,
}

impl CredentialStore for Arc<Table> {
    async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let digest = SecretDigest::sha256_of(b"x");
        let row = StoredCredential::new("1", digest, StoredUser::new("7", "ada"));
        Ok((!self.revoked.load(Ordering::SeqCst)).then_some(row))
    }
}

// a memory that may be stale does not keep a stream open for longer than a request would be served.
#[tokio::test]
async fn a_stream_ends_when_the_store_alone_knows_of_the_revocation() {
    let table = Arc::new(Table::default());
    let auth = Authenticator::new(Cached::new(Arc::clone(&table), Duration::from_secs(1)));
    let who = caller(&auth, "Token x").await;
    table.revoked.store(true, Ordering::SeqCst);
    tokio::time::timeout(SOON, who.revoked()).await.unwrap();
}

// a token that is made to end sooner ends the streams it opened before.
#[tokio::test]
async fn a_stream_ends_when_its_token_was_made_to_end_sooner() {
    let clock = Clock::system();
    let store = MemoryStore::new();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let issuer = TokenIssuer::new(store.clone());
    let operator = Actor::assert_local_operator();
    let made = issuer.create(&operator, "ada", NewToken::named("x")).await;
    let made = made.unwrap();
    let auth = Authenticator::new(store);
    let who = caller(&auth, &format!("Token {}", made.expose_secret())).await;
    let watched = tokio::spawn(async move { who.revoked().await });
    tokio::task::yield_now().await;
    let at: SystemTime = clock.now() + Duration::from_millis(500);
    let change = TokenChange {
        expires_at: Some(at),
        ..TokenChange::default()
    };
    issuer.update(&operator, made.id(), change).await.unwrap();
    tokio::time::timeout(SOON, watched).await.unwrap().unwrap();
}
