//! The tables and the questions that are asked of them; nothing in here takes the writers' lock.
//!
//! A writer may hold a user's row while it touches a token's. So nobody waits for a user's row who holds a token's:
//! read what is needed, let go, then ask the other table.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use dashmap::DashMap;
use parking_lot::RwLock;

use super::MAX_AUDIT_EVENTS;
use super::extension::Extensions;
use super::sessions::SessionEntry;
use crate::actor::{ActingCredential, Grounds};
use crate::api_token::{ApiToken, TokenForm, TokenRow};
use crate::audit::{AuditAction, AuditEvent};
use crate::clock::{from_unix_millis, unix_millis};
use crate::digest::SecretDigest;
use crate::identity::CredentialKind;
use crate::memory::Use;
use crate::network::Network;
use crate::password::PasswordHash;
use crate::scopes::Scopes;
use crate::secret::ApiKey;
use crate::store::Lookup;
use crate::stored::{StoredCredential, StoredUser};
use crate::token_text::TokenId;
use crate::user::User;
use crate::user_key::UserKey;

#[derive(Default)]
pub(super) struct Tables {
    pub(super) users: DashMap<u64, UserRow>,
    /// Ordered, for listing.
    pub(super) usernames: RwLock<BTreeMap<Box<str>, u64>>,
    pub(super) user_keys: DashMap<UserKey, u64>,
    pub(super) api_keys: DashMap<ApiKey, u64>,
    pub(super) tokens: DashMap<TokenId, Row>,
    /// Ordered, for listing: every token, and each user's.
    pub(super) token_ids: RwLock<BTreeSet<TokenId>>,
    pub(super) digests: DashMap<Box<[u8]>, TokenId>,
    pub(super) sessions: DashMap<TokenId, SessionEntry>,
    /// Of other crates; asked for access tokens.
    pub(super) extensions: Extensions,
    audit: RwLock<VecDeque<AuditEvent>>,
    last_user_id: AtomicU64,
    last_event: AtomicU64,
}

pub(super) struct UserRow {
    pub(super) user: User,
    /// What a credential of the user is found with; made anew when the user changes.
    pub(super) stored: Arc<StoredUser>,
    pub(super) password: Option<PasswordHash>,
    /// Later for every password, so that who proved an older one can be told.
    password_set_at: SystemTime,
    pub(super) keys: Option<KeyRow>,
    pub(super) tokens: BTreeSet<TokenId>,
    pub(super) sessions: BTreeSet<TokenId>,
}

pub(super) struct KeyRow {
    pub(super) api_key: ApiKey,
    pub(super) secret: Option<SecretRow>,
    /// Of the secret and of those before it; no two are issued at one millisecond.
    last_issued_millis: u64,
}

pub(super) struct SecretRow {
    pub(super) digest: SecretDigest,
    pub(super) issued_at: SystemTime,
    pub(super) previous: Option<(SecretDigest, SystemTime)>,
}

/// A token, in as few bytes as it can be kept.
pub(super) struct Row {
    pub(super) digest: SecretDigest,
    pub(super) user_id: u64,
    pub(super) name: Box<str>,
    pub(super) scopes: Scopes,
    pub(super) created_millis: u64,
    /// `u64::MAX` for never.
    pub(super) expires_millis: u64,
    /// 0 for never.
    pub(super) last_used_millis: AtomicU64,
    pub(super) last4: [u8; 4],
    pub(super) form: TokenForm,
    /// What few tokens have.
    pub(super) extra: Option<Box<Extra>>,
}

#[derive(Clone, Default)]
pub(super) struct Extra {
    pub(super) created_by: Option<Box<str>>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) networks: Arc<[Network]>,
}

impl Tables {
    pub(super) fn next_user_id(&self) -> u64 {
        self.last_user_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn user_id(&self, username: &str) -> Option<u64> {
        self.usernames.read().get(username).copied()
    }

    pub(super) fn find(&self, what: Lookup<'_>) -> Option<StoredCredential> {
        match what {
            Lookup::ApiKey(key) => self.find_key(key),
            Lookup::Token(id) => self.find_token(id).or_else(|| self.find_access_token(id)),
            Lookup::Digest(digests) => self.find_digest(digests),
            Lookup::Password(username) => self.find_password(username),
            Lookup::SessionId(id) => self.find_session(id),
            // Sessions of others are not kept here.
            Lookup::Session(_) => None,
        }
    }

    fn find_key(&self, key: &str) -> Option<StoredCredential> {
        let user_id = *self.api_keys.get(&ApiKey::parse(key)?)?;
        let row = self.users.get(&user_id)?;
        let secret = row.keys.as_ref()?.secret.as_ref()?;
        let found = StoredCredential::new(key, secret.digest.clone(), Arc::clone(&row.stored))
            .with_issued_at(secret.issued_at);
        Some(match &secret.previous {
            Some((digest, until)) => found.with_previous(digest.clone(), *until),
            None => found,
        })
    }

    fn find_token(&self, id: TokenId) -> Option<StoredCredential> {
        let user_id = self.tokens.get(&id)?.user_id;
        let stored = Arc::clone(&self.users.get(&user_id)?.stored);
        let row = self.tokens.get(&id)?;
        let mut found = StoredCredential::new(&id.to_string(), row.digest.clone(), stored)
            .with_scopes(row.scopes.clone())
            .with_issued_at(from_unix_millis(row.created_millis))
            .with_expires_at(row.expires_at());
        if let Some(extra) = &row.extra {
            if let Some(timeout) = extra.idle_timeout {
                found = found.with_idle_timeout(timeout, row.last_used_or_made());
            }
            found = found.with_networks(Arc::clone(&extra.networks));
        }
        Some(found)
    }

    fn find_access_token(&self, id: TokenId) -> Option<StoredCredential> {
        self.extensions
            .access_token(id, &|user_id| self.stored_user(user_id))
    }

    pub(super) fn stored_user(&self, user_id: &str) -> Option<Arc<StoredUser>> {
        let row = self.users.get(&user_id.parse().ok()?)?;
        Some(Arc::clone(&row.stored))
    }

    fn find_digest(&self, digests: &[SecretDigest]) -> Option<StoredCredential> {
        let id = digests
            .iter()
            .find_map(|digest| Some(*self.digests.get(digest.as_bytes())?))?;
        self.find_token(id)
    }

    fn find_password(&self, username: &str) -> Option<StoredCredential> {
        let user_id = *self.user_keys.get(&UserKey::new(username))?;
        self.find_password_of(user_id)
    }

    fn find_password_of(&self, user_id: u64) -> Option<StoredCredential> {
        let row = self.users.get(&user_id)?;
        let digest = SecretDigest::from_password_hash(row.password.clone()?);
        let found = StoredCredential::new(&row.user.id, digest, Arc::clone(&row.stored));
        Some(found.with_issued_at(row.password_set_at))
    }

    /// Whether a credential still proves what it proved; asked under the writers' lock.
    pub(super) fn holds(&self, acting: &ActingCredential, now: SystemTime) -> bool {
        let found = match acting.kind {
            CredentialKind::ApiKey => self.find_key(&acting.id),
            CredentialKind::Password => {
                let user_id = acting.user_id.parse().ok();
                user_id.and_then(|id| self.find_password_of(id))
            }
            CredentialKind::ApiToken => {
                TokenId::parse(&acting.id).and_then(|id| self.find_token(id))
            }
            CredentialKind::AccessToken => {
                TokenId::parse(&acting.id).and_then(|id| self.find_access_token(id))
            }
            CredentialKind::Session => {
                TokenId::parse(&acting.id).and_then(|id| self.find_session(id))
            }
        };
        found.is_some_and(|row| acting.holds(&row, now))
    }

    pub(super) fn insert(&self, row: TokenRow, user: &mut UserRow, user_id: u64) -> ApiToken {
        let TokenRow { token, digest } = row;
        if !token.form.carries_id() {
            self.digests.insert(digest.as_bytes().into(), token.id);
        }
        user.tokens.insert(token.id);
        self.token_ids.write().insert(token.id);
        self.tokens
            .insert(token.id, Row::new(&token, digest, user_id));
        token
    }

    /// Takes a token out of every table but its user's own list.
    pub(super) fn remove(&self, id: TokenId) -> Option<Row> {
        let (_, row) = self.tokens.remove(&id)?;
        self.token_ids.write().remove(&id);
        if !row.form.carries_id() {
            self.digests.remove(row.digest.as_bytes());
        }
        Some(row)
    }

    /// Takes out those of a user's tokens that have expired, but DRF's, by which the next one is told to be another.
    pub(super) fn drop_expired(&self, user: &mut UserRow, now: SystemTime) {
        let now = unix_millis(now);
        user.tokens.retain(|id| {
            let has_expired = self
                .tokens
                .get(id)
                .is_some_and(|row| row.form != TokenForm::Drf && row.expires_millis <= now);
            if has_expired {
                self.remove(*id);
            }
            !has_expired
        });
    }

    pub(super) fn note_use(&self, used: &Use) {
        let Some(id) = TokenId::parse(&used.credential_id) else {
            return;
        };
        let at = unix_millis(used.at);
        match used.kind {
            CredentialKind::ApiToken => {
                if let Some(row) = self.tokens.get(&id) {
                    row.last_used_millis.fetch_max(at, Ordering::Relaxed);
                }
            }
            CredentialKind::Session => {
                if let Some(entry) = self.sessions.get(&id) {
                    entry.last_used_millis.fetch_max(at, Ordering::Relaxed);
                }
            }
            CredentialKind::ApiKey | CredentialKind::AccessToken | CredentialKind::Password => {}
        }
    }

    pub(super) fn log(
        &self,
        action: AuditAction,
        user_id: &str,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) {
        let sequence = self.last_event.fetch_add(1, Ordering::Relaxed) + 1;
        let event = AuditEvent::new(sequence, action, user_id, credential_id, grounds);
        let mut audit = self.audit.write();
        if audit.len() >= MAX_AUDIT_EVENTS {
            audit.pop_front();
        }
        audit.push_back(event);
    }

    pub(super) fn audit_after(&self, after: u64, limit: usize) -> Vec<AuditEvent> {
        let audit = self.audit.read();
        let start = audit.partition_point(|event| event.sequence <= after);
        audit.range(start..).take(limit).cloned().collect()
    }
}

impl UserRow {
    pub(super) fn new(user: User, password: Option<PasswordHash>) -> Self {
        let created_at = user.created_at;
        let stored = stored(&user);
        Self {
            user,
            stored,
            password,
            password_set_at: created_at,
            keys: None,
            tokens: BTreeSet::new(),
            sessions: BTreeSet::new(),
        }
    }

    pub(super) fn set_password(&mut self, password: PasswordHash, at: SystemTime) {
        self.password = Some(password);
        let next = self.password_set_at.checked_add(Duration::from_millis(1));
        self.password_set_at = next.unwrap_or(at).max(at);
    }

    pub(super) fn refresh(&mut self) {
        self.stored = stored(&self.user);
    }
}

fn stored(user: &User) -> Arc<StoredUser> {
    Arc::new(
        StoredUser::new(&user.id, &user.username)
            .with_enabled(user.enabled)
            .with_roles(&user.roles),
    )
}

impl KeyRow {
    pub(super) const fn new(api_key: ApiKey) -> Self {
        Self {
            api_key,
            secret: None,
            last_issued_millis: 0,
        }
    }

    /// The moment of a new secret: `at`, or the next millisecond that no secret of this key was issued at.
    ///
    /// A credential is known by its key and this moment, and the clock may stand still or go back.
    pub(super) fn issue_at(&mut self, at: SystemTime) -> SystemTime {
        self.last_issued_millis = unix_millis(at).max(self.last_issued_millis + 1);
        from_unix_millis(self.last_issued_millis)
    }
}

impl Row {
    fn new(token: &ApiToken, digest: SecretDigest, user_id: u64) -> Self {
        let extra = Extra {
            created_by: token.created_by.clone(),
            idle_timeout: token.idle_timeout,
            networks: Arc::clone(&token.networks),
        };
        let is_plain =
            extra.created_by.is_none() && extra.idle_timeout.is_none() && extra.networks.is_empty();
        Self {
            digest,
            user_id,
            name: token.name.clone(),
            scopes: token.scopes.clone(),
            created_millis: unix_millis(token.created_at),
            expires_millis: token.expires_at.map_or(u64::MAX, unix_millis),
            last_used_millis: AtomicU64::new(token.last_used_at.map_or(0, unix_millis)),
            last4: token.last4.as_bytes().try_into().unwrap_or(*b"????"),
            form: token.form,
            extra: (!is_plain).then(|| Box::new(extra)),
        }
    }

    pub(super) fn expires_at(&self) -> Option<SystemTime> {
        (self.expires_millis != u64::MAX).then(|| from_unix_millis(self.expires_millis))
    }

    /// The row as it is listed; `remembered` is a use that was not written into it yet.
    pub(super) fn to_token(
        &self,
        id: TokenId,
        username: &str,
        remembered: Option<SystemTime>,
    ) -> ApiToken {
        let extra = self.extra.as_deref().cloned().unwrap_or_default();
        let written = self.last_used_millis.load(Ordering::Relaxed);
        ApiToken {
            id,
            username: username.into(),
            form: self.form,
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            last4: std::str::from_utf8(&self.last4).unwrap_or_default().into(),
            created_at: from_unix_millis(self.created_millis),
            created_by: extra.created_by,
            expires_at: self.expires_at(),
            idle_timeout: extra.idle_timeout,
            networks: extra.networks,
            last_used_at: (written > 0)
                .then(|| from_unix_millis(written))
                .max(remembered),
        }
    }

    fn last_used_or_made(&self) -> SystemTime {
        let used = self.last_used_millis.load(Ordering::Relaxed);
        from_unix_millis(used.max(self.created_millis))
    }
}
