//! Users in memory.

use std::ops::Bound;

use async_trait::async_trait;

use super::tables::UserRow;
use super::{MemoryStore, conflict, not_found};
use crate::actor::Grounds;
use crate::audit::AuditAction;
use crate::issuing::UserStore;
use crate::memory::Subject;
use crate::password::PasswordHash;
use crate::store::StoreError;
use crate::user::{NewUser, User, UserChange};
use crate::user_key::UserKey;

#[async_trait]
impl UserStore for MemoryStore {
    async fn insert_user(&self, new: NewUser, grounds: &Grounds) -> Result<User, StoreError> {
        self.write(grounds, |tables| {
            let key = UserKey::new(&new.username);
            if tables.user_keys.contains_key(&key) {
                return Err(conflict("a user of this name"));
            }
            let id = tables.next_user_id();
            let user = User::from_new(&id.to_string(), &new, grounds.at);
            tables
                .users
                .insert(id, UserRow::new(user.clone(), new.password));
            tables.user_keys.insert(key, id);
            tables.usernames.write().insert(user.username.clone(), id);
            tables.log(AuditAction::UserCreated, &user.id, None, grounds);
            Ok(user)
        })
    }

    async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        let tables = &self.0.tables;
        let id = tables.user_id(username);
        Ok(id
            .and_then(|id| tables.users.get(&id))
            .map(|row| row.user.clone()))
    }

    async fn user_by_id(&self, id: &str) -> Result<Option<User>, StoreError> {
        let row = id.parse().ok().and_then(|id| self.0.tables.users.get(&id));
        Ok(row
            .map(|row| row.user.clone())
            .filter(|user| *user.id == *id))
    }

    async fn users(&self, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        let tables = &self.0.tables;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        // Whoever holds a user's row wants no lock of the names, so that its row may be waited for here.
        Ok(tables
            .usernames
            .read()
            .range::<str, _>((start, Bound::Unbounded))
            .filter_map(|(_, id)| Some(tables.users.get(id)?.user.clone()))
            .take(limit)
            .collect())
    }

    async fn update_user(
        &self,
        username: &str,
        change: UserChange,
        grounds: &Grounds,
    ) -> Result<User, StoreError> {
        self.write(grounds, |tables| {
            let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let mut row = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            row.user.apply(&change);
            row.refresh();
            let ends = change.password.is_some() || change.enabled == Some(false);
            if ends {
                tables.end_all_sessions(&mut row);
            }
            let action = match change.password {
                Some(password) => {
                    row.set_password(password, grounds.at);
                    AuditAction::PasswordSet
                }
                None => AuditAction::UserUpdated,
            };
            let user = row.user.clone();
            drop(row);
            if ends {
                tables.extensions.end_user(&user.id);
            }
            tables.log(action, &user.id, None, grounds);
            self.0.memory.withdraw(Subject::User(&user.id));
            Ok(user)
        })
    }

    async fn replace_password_hash(
        &self,
        username: &str,
        from: &PasswordHash,
        to: PasswordHash,
    ) -> Result<bool, StoreError> {
        let _writing = self.0.writing.lock();
        let tables = &self.0.tables;
        let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
        let mut row = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
        let is_unchanged = row
            .password
            .as_ref()
            .is_some_and(|hash| hash.as_str() == from.as_str());
        if is_unchanged {
            row.password = Some(to);
        }
        Ok(is_unchanged)
    }

    async fn delete_user(&self, username: &str, grounds: &Grounds) -> Result<(), StoreError> {
        self.write(grounds, |tables| {
            let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let (_, mut row) = tables.users.remove(&id).ok_or_else(|| not_found("user"))?;
            tables.usernames.write().remove(username);
            tables.user_keys.remove(&UserKey::new(username));
            if let Some(keys) = &row.keys {
                tables.api_keys.remove(&keys.api_key);
            }
            tables.end_all_sessions(&mut row);
            for token in row.tokens {
                tables.remove(token);
            }
            tables.extensions.delete_user(&row.user.id);
            tables.log(AuditAction::UserDeleted, &row.user.id, None, grounds);
            self.0.memory.withdraw(Subject::User(&row.user.id));
            Ok(())
        })
    }
}
