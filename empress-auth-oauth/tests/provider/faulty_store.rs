//! A store of which one call fails: the first, the second, and so on, whichever it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::password::PasswordHash;
use empress_auth_core::{
    ApiKey, ApiKeyInfo, ApiToken, AuditEvent, AuditStore, CredentialMemory, CredentialStore,
    Grounds, KeyStore, Lookup, MemoryStore, NewApiSecret, NewUser, SecretDigest, Session,
    SessionRow, SessionStore, StoreError, StoreErrorKind, StoreKey, StoredCredential, TokenChange,
    TokenId, TokenRow, TokenStore, User, UserChange, UserStore,
};
use empress_auth_oauth::client::{Client, ClientSecretRow};
use empress_auth_oauth::grant::{CodeRow, Consent, Grant, IssuedTokens};
use empress_auth_oauth::signing_key::SigningKeyRow;
use empress_auth_oauth::store::{
    ClientStore, ConsentStore, GrantStore, Redeemed, Rotated, SigningKeyStore, SigningKeys,
    StoredAccessToken, StoredRefreshToken,
};

/// What the failing store says, and only the log may repeat.
pub(crate) const DETAIL: &str = "the disk is full at /var/lib/secret-place";

/// Another store, and which of its calls fails.
pub(crate) struct FaultyStore {
    inner: MemoryStore,
    faults: Faults,
}

/// Which call fails; none unless told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Arc<AtomicUsize>);

impl Faults {
    /// Lets the call after `working` others fail, once.
    pub(crate) fn fail_after(&self, working: usize) {
        self.0.store(working + 1, Ordering::SeqCst);
    }

    /// Lets no call fail; answers whether one did.
    pub(crate) fn clear(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) == 0
    }

    fn ask(&self) -> Result<(), StoreError> {
        let count = |left: usize| left.checked_sub(1);
        match self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, count)
        {
            Ok(1) => Err(StoreError::new(StoreErrorKind::Unavailable, DETAIL)),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl FaultyStore {
    pub(crate) fn new(inner: MemoryStore, faults: &Faults) -> Self {
        let faults = faults.clone();
        Self { inner, faults }
    }
}

impl CredentialStore for FaultyStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        self.faults.ask()?;
        self.inner.find(what).await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.inner.memory()
    }
}

/// Asks first whether the call may work.
macro_rules! forward {
    ($($store:ident {
        $(fn $sync:ident(&self) -> $gives:ty;)?
        $(async fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)*
    })*) => {$(
        #[async_trait]
        impl $store for FaultyStore {
            $(fn $sync(&self) -> $gives {
                self.inner.$sync()
            })?

            $(async fn $name(&self, $($arg: $type),*) -> Result<$answer, StoreError> {
                self.faults.ask()?;
                $store::$name(&self.inner, $($arg),*).await
            })*
        }
    )*};
}

forward! {
    UserStore {
        async fn insert_user(new: NewUser, grounds: &Grounds) -> User;
        async fn user(username: &str) -> Option<User>;
        async fn user_by_id(id: &str) -> Option<User>;
        async fn users(after: Option<&str>, limit: usize) -> Vec<User>;
        async fn update_user(username: &str, change: UserChange, grounds: &Grounds) -> User;
        async fn replace_password_hash(username: &str, from: &PasswordHash, to: PasswordHash) -> bool;
        async fn delete_user(username: &str, grounds: &Grounds) -> ();
    }
    KeyStore {
        async fn put_api_secret(username: &str, new: NewApiSecret, grounds: &Grounds) -> ApiKey;
        async fn api_key(username: &str) -> Option<ApiKeyInfo>;
        async fn delete_api_secret(username: &str, grounds: &Grounds) -> bool;
    }
    TokenStore {
        fn store_key(&self) -> &StoreKey;
        async fn insert_token(row: TokenRow, limit: usize, grounds: &Grounds) -> ApiToken;
        async fn token(id: TokenId) -> Option<ApiToken>;
        async fn tokens(username: Option<&str>, after: Option<TokenId>, limit: usize) -> Vec<ApiToken>;
        async fn update_token(username: &str, id: TokenId, change: TokenChange, grounds: &Grounds) -> ApiToken;
        async fn revoke_tokens(username: Option<&str>, ids: &[TokenId], grounds: &Grounds) -> Vec<TokenId>;
        async fn revoke_all_tokens(username: &str, grounds: &Grounds) -> usize;
        async fn put_drf_token(row: TokenRow, epoch: u64, grounds: &Grounds) -> TokenId;
    }
    SessionStore {
        async fn insert_session(row: SessionRow, replaces: Option<TokenId>, limit: usize, grounds: &Grounds) -> Session;
        async fn sessions(username: &str) -> Vec<Session>;
        async fn end_session(username: Option<&str>, id: TokenId, grounds: &Grounds) -> bool;
        async fn end_sessions(username: &str, except: Option<TokenId>, grounds: &Grounds) -> usize;
    }
    AuditStore {
        async fn audit(after: u64, limit: usize) -> Vec<AuditEvent>;
    }
    ClientStore {
        async fn insert_client(client: Client, grounds: &Grounds) -> ();
        async fn client(id: &str) -> Option<Arc<Client>>;
        async fn clients(after: Option<&str>, limit: usize) -> Vec<Arc<Client>>;
        async fn update_client(client: Client, grounds: &Grounds) -> ();
        async fn replace_client_secret(id: &str, previous: &SecretDigest, secret: ClientSecretRow, grounds: &Grounds) -> bool;
        async fn delete_client(id: &str, grounds: &Grounds) -> ();
    }
    ConsentStore {
        async fn consent(user_id: &str, client_id: &str) -> Option<Consent>;
        async fn consents(user_id: &str) -> Vec<Consent>;
        async fn add_consent(consent: Consent, grounds: &Grounds) -> ();
        async fn withdraw_consent(user_id: &str, client_id: &str, grounds: &Grounds) -> bool;
    }
    GrantStore {
        async fn insert_code(code: CodeRow, grounds: &Grounds) -> ();
        async fn code(id: TokenId) -> Option<CodeRow>;
        async fn redeem_code(id: TokenId, grant: Grant, tokens: IssuedTokens) -> Redeemed;
        async fn spend_code(id: TokenId) -> ();
        async fn insert_client_grant(grant: Grant, tokens: IssuedTokens) -> ();
        async fn refresh_token(id: TokenId) -> Option<StoredRefreshToken>;
        async fn rotate(id: TokenId, tokens: IssuedTokens) -> Rotated;
        async fn access_token(id: TokenId) -> Option<StoredAccessToken>;
        async fn withdraw_access_token(id: TokenId) -> bool;
        async fn end_grant(id: TokenId, at: SystemTime) -> bool;
        async fn grants(user_id: &str) -> Vec<Grant>;
    }
    SigningKeyStore {
        async fn signing_keys() -> SigningKeys;
        async fn replace_signing_keys(seen: u64, rows: Vec<SigningKeyRow>, grounds: &Grounds) -> bool;
    }
}
