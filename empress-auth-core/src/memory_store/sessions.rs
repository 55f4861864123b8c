//! Browser sessions in memory.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::tables::{Tables, UserRow};
use super::{MemoryStore, conflict, not_found};
use crate::actor::Grounds;
use crate::audit::AuditAction;
use crate::clock::{from_unix_millis, unix_millis};
use crate::digest::SecretDigest;
use crate::memory::Subject;
use crate::session::{Session, SessionRow};
use crate::session_store::SessionStore;
use crate::store::StoreError;
use crate::stored::StoredCredential;
use crate::token_text::TokenId;

/// A session as it lies in its table.
pub(super) struct SessionEntry {
    digest: SecretDigest,
    user_id: u64,
    created_at: SystemTime,
    expires_at: SystemTime,
    idle_timeout: Duration,
    from: Option<IpAddr>,
    /// 0 for never.
    pub(super) last_used_millis: AtomicU64,
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn insert_session(
        &self,
        row: SessionRow,
        replaces: Option<TokenId>,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<Session, StoreError> {
        self.write_uses();
        self.write(grounds, |tables| {
            let SessionRow { session, digest } = row;
            let user_id = tables
                .user_id(&session.username)
                .ok_or_else(|| not_found("user"))?;
            let is_enabled = tables.users.get(&user_id).map(|row| row.user.enabled);
            if is_enabled != Some(true) {
                return Err(not_found("enabled user"));
            }
            if tables.sessions.contains_key(&session.id) {
                return Err(conflict("the session"));
            }
            if let Some(replaced) = replaces {
                let owner = tables.sessions.get(&replaced).map(|entry| entry.user_id);
                if owner == Some(user_id) {
                    let extensions = &tables.extensions;
                    extensions.renew_session(&user_id.to_string(), replaced, session.id);
                }
                self.end(tables, replaced, grounds);
            }
            self.make_room(tables, &session.username, limit, grounds);
            let entry = SessionEntry::new(&session, digest, user_id);
            tables.sessions.insert(session.id, entry);
            if let Some(mut user) = tables.users.get_mut(&user_id) {
                user.sessions.insert(session.id);
            }
            let (user_id, id) = (user_id.to_string(), session.id.to_string());
            tables.log(AuditAction::SessionCreated, &user_id, Some(&id), grounds);
            Ok(session)
        })
    }

    async fn sessions(&self, username: &str) -> Result<Vec<Session>, StoreError> {
        self.write_uses();
        Ok(self.listed_sessions(username))
    }

    async fn end_session(
        &self,
        username: Option<&str>,
        id: TokenId,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        self.write(grounds, |tables| {
            let owner = username.map(|username| tables.user_id(username));
            let user_id = tables.sessions.get(&id).map(|entry| entry.user_id);
            let is_meant = user_id.is_some() && owner.is_none_or(|owner| owner == user_id);
            Ok(is_meant && self.end(tables, id, grounds))
        })
    }

    async fn end_sessions(
        &self,
        username: &str,
        except: Option<TokenId>,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        self.write(grounds, |tables| {
            let user_id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let user = tables.users.get(&user_id);
            let mut ids = user.map_or_else(Default::default, |row| row.sessions.clone());
            ids.retain(|id| Some(*id) != except);
            for id in &ids {
                tables.remove_session(*id);
            }
            let count = ids.len();
            let user_id = user_id.to_string();
            ids.extend(tables.extensions.end_sessions(&user_id, except));
            for id in &ids {
                let id = id.to_string();
                tables.log(AuditAction::SessionEnded, &user_id, Some(&id), grounds);
            }
            if !ids.is_empty() {
                self.0.memory.withdraw(Subject::User(&user_id));
            }
            Ok(count)
        })
    }
}

impl MemoryStore {
    fn listed_sessions(&self, username: &str) -> Vec<Session> {
        let tables = &self.0.tables;
        let user = tables
            .user_id(username)
            .and_then(|id| tables.users.get(&id));
        let ids = user.map_or_else(Default::default, |row| row.sessions.clone());
        ids.into_iter()
            .filter_map(|id| {
                let entry = tables.sessions.get(&id)?;
                let digest = entry.digest.as_bytes().try_into().ok();
                let remembered = digest.and_then(|digest| self.0.memory.session_last_used(digest));
                Some(entry.to_session(id, username, remembered))
            })
            .collect()
    }

    /// Leaves room for one more session of a user.
    fn make_room(&self, tables: &Tables, username: &str, limit: usize, grounds: &Grounds) {
        let mut sessions = self.listed_sessions(username);
        if sessions.len() < limit {
            return;
        }
        sessions.retain(|session| {
            let holds = grounds.at < session.expires_at;
            if !holds {
                tables.remove_session(session.id);
            }
            holds
        });
        sessions.sort_by_key(|session| (session.last_seen_at(), session.id));
        let too_many = (sessions.len() + 1).saturating_sub(limit);
        for session in sessions.iter().take(too_many) {
            self.end(tables, session.id, grounds);
        }
    }

    /// Takes a session out with what was opened in it, tells the log and the memory, and answers whether it was there.
    fn end(&self, tables: &Tables, id: TokenId, grounds: &Grounds) -> bool {
        let Some(user_id) = tables.remove_session(id) else {
            return false;
        };
        let user_id = user_id.to_string();
        tables.extensions.end_session(&user_id, id);
        let id = id.to_string();
        tables.log(AuditAction::SessionEnded, &user_id, Some(&id), grounds);
        self.0.memory.withdraw(Subject::User(&user_id));
        true
    }
}

impl Tables {
    pub(super) fn find_session(&self, id: TokenId) -> Option<StoredCredential> {
        let user_id = self.sessions.get(&id)?.user_id;
        let stored = Arc::clone(&self.users.get(&user_id)?.stored);
        let entry = self.sessions.get(&id)?;
        let found = StoredCredential::new(&id.to_string(), entry.digest.clone(), stored)
            .with_issued_at(entry.created_at)
            .with_expires_at(Some(entry.expires_at))
            .with_idle_timeout(entry.idle_timeout, entry.last_seen_at());
        Some(found)
    }

    /// Takes all sessions of a user out, whose row the caller holds.
    pub(super) fn end_all_sessions(&self, user: &mut UserRow) {
        for id in std::mem::take(&mut user.sessions) {
            self.sessions.remove(&id);
        }
    }

    /// Takes a session out, and answers whose it was.
    fn remove_session(&self, id: TokenId) -> Option<u64> {
        let (_, entry) = self.sessions.remove(&id)?;
        if let Some(mut user) = self.users.get_mut(&entry.user_id) {
            user.sessions.remove(&id);
        }
        Some(entry.user_id)
    }
}

impl SessionEntry {
    fn new(session: &Session, digest: SecretDigest, user_id: u64) -> Self {
        Self {
            digest,
            user_id,
            created_at: session.created_at,
            expires_at: session.expires_at,
            idle_timeout: session.idle_timeout,
            from: session.from,
            last_used_millis: AtomicU64::new(session.last_used_at.map_or(0, unix_millis)),
        }
    }

    fn last_used_at(&self) -> Option<SystemTime> {
        let millis = self.last_used_millis.load(Ordering::Relaxed);
        (millis > 0).then(|| from_unix_millis(millis))
    }

    fn last_seen_at(&self) -> SystemTime {
        self.last_used_at()
            .map_or(self.created_at, |used| used.max(self.created_at))
    }

    /// The session as it is listed; `remembered` is a use that was not written down yet.
    fn to_session(&self, id: TokenId, username: &str, remembered: Option<SystemTime>) -> Session {
        Session {
            id,
            username: username.into(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            idle_timeout: self.idle_timeout,
            from: self.from,
            last_used_at: self.last_used_at().max(remembered),
        }
    }
}
