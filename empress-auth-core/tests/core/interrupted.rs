//! A store whose every call lets others run before and after its work, as one behind a socket does.

use std::sync::Arc;

use async_trait::async_trait;
use empress_auth_core::password::PasswordHash;
use empress_auth_core::{
    ApiKey, ApiKeyInfo, ApiToken, AuditEvent, AuditStore, CredentialMemory, CredentialStore,
    Grounds, KeyStore, Lookup, NewApiSecret, NewUser, Session, SessionRow, SessionStore,
    StoreError, StoreKey, StoredCredential, TokenChange, TokenId, TokenRow, TokenStore, User,
    UserChange, UserStore,
};

#[derive(Clone)]
pub(crate) struct Interrupted<S>(S);

impl<S> Interrupted<S> {
    pub(crate) const fn new(inner: S) -> Self {
        Self(inner)
    }
}

async fn interrupted<T>(work: impl Future<Output = T>) -> T {
    tokio::task::yield_now().await;
    let done = work.await;
    tokio::task::yield_now().await;
    done
}

impl<S: CredentialStore> CredentialStore for Interrupted<S> {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        interrupted(self.0.find(what)).await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.0.memory()
    }
}

#[async_trait]
impl<S: UserStore> UserStore for Interrupted<S> {
    async fn insert_user(&self, new: NewUser, grounds: &Grounds) -> Result<User, StoreError> {
        interrupted(self.0.insert_user(new, grounds)).await
    }

    async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        interrupted(self.0.user(username)).await
    }

    async fn user_by_id(&self, id: &str) -> Result<Option<User>, StoreError> {
        interrupted(self.0.user_by_id(id)).await
    }

    async fn users(&self, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        interrupted(self.0.users(after, limit)).await
    }

    async fn update_user(
        &self,
        username: &str,
        change: UserChange,
        grounds: &Grounds,
    ) -> Result<User, StoreError> {
        interrupted(self.0.update_user(username, change, grounds)).await
    }

    async fn replace_password_hash(
        &self,
        username: &str,
        from: &PasswordHash,
        to: PasswordHash,
    ) -> Result<bool, StoreError> {
        interrupted(self.0.replace_password_hash(username, from, to)).await
    }

    async fn delete_user(&self, username: &str, grounds: &Grounds) -> Result<(), StoreError> {
        interrupted(self.0.delete_user(username, grounds)).await
    }
}

#[async_trait]
impl<S: KeyStore> KeyStore for Interrupted<S> {
    async fn put_api_secret(
        &self,
        username: &str,
        new: NewApiSecret,
        grounds: &Grounds,
    ) -> Result<ApiKey, StoreError> {
        interrupted(self.0.put_api_secret(username, new, grounds)).await
    }

    async fn api_key(&self, username: &str) -> Result<Option<ApiKeyInfo>, StoreError> {
        interrupted(self.0.api_key(username)).await
    }

    async fn delete_api_secret(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        interrupted(self.0.delete_api_secret(username, grounds)).await
    }
}

#[async_trait]
impl<S: TokenStore> TokenStore for Interrupted<S> {
    fn store_key(&self) -> &StoreKey {
        self.0.store_key()
    }

    async fn insert_token(
        &self,
        row: TokenRow,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        interrupted(self.0.insert_token(row, limit, grounds)).await
    }

    async fn token(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
        interrupted(self.0.token(id)).await
    }

    async fn tokens(
        &self,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<ApiToken>, StoreError> {
        interrupted(self.0.tokens(username, after, limit)).await
    }

    async fn update_token(
        &self,
        username: &str,
        id: TokenId,
        change: TokenChange,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        interrupted(self.0.update_token(username, id, change, grounds)).await
    }

    async fn revoke_tokens(
        &self,
        username: Option<&str>,
        ids: &[TokenId],
        grounds: &Grounds,
    ) -> Result<Vec<TokenId>, StoreError> {
        interrupted(self.0.revoke_tokens(username, ids, grounds)).await
    }

    async fn revoke_all_tokens(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        interrupted(self.0.revoke_all_tokens(username, grounds)).await
    }

    async fn put_drf_token(
        &self,
        row: TokenRow,
        epoch: u64,
        grounds: &Grounds,
    ) -> Result<TokenId, StoreError> {
        interrupted(self.0.put_drf_token(row, epoch, grounds)).await
    }
}

#[async_trait]
impl<S: SessionStore> SessionStore for Interrupted<S> {
    async fn insert_session(
        &self,
        row: SessionRow,
        replaces: Option<TokenId>,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<Session, StoreError> {
        interrupted(self.0.insert_session(row, replaces, limit, grounds)).await
    }

    async fn sessions(&self, username: &str) -> Result<Vec<Session>, StoreError> {
        interrupted(self.0.sessions(username)).await
    }

    async fn end_session(
        &self,
        username: Option<&str>,
        id: TokenId,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        interrupted(self.0.end_session(username, id, grounds)).await
    }

    async fn end_sessions(
        &self,
        username: &str,
        except: Option<TokenId>,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        interrupted(self.0.end_sessions(username, except, grounds)).await
    }
}

#[async_trait]
impl<S: AuditStore> AuditStore for Interrupted<S> {
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        interrupted(self.0.audit(after, limit)).await
    }
}
