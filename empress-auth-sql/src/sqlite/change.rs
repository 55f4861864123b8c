//! One change inside its transaction: what it writes, and what the memory is told once that is on the disk.

use empress_auth_core::{
    AuditAction, AuditEvent, CredentialMemory, Grounds, StoreError, StoreErrorKind, Subject,
};
use rusqlite::{Connection, Params, Row, params};

use super::query::{self, Failed};
use super::{find, sql};
use crate::column;
use crate::last_uses::LastUses;

pub(super) struct Change<'c> {
    pub(super) connection: &'c Connection,
    effects: Effects,
}

/// What the memory must hear of, after the commit and before the answer.
#[derive(Debug, Default)]
pub(super) struct Effects {
    withdrawn_from: Vec<i64>,
    has_made: bool,
    /// The numbers of the rows in the feed.
    pub(super) announced: Option<(i64, i64)>,
}

impl<'c> Change<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self {
            connection,
            effects: Effects::default(),
        }
    }

    /// That the credential which asks for the change still holds (SECURITY R-12, CO-6).
    pub(super) fn check_acting(&self, grounds: &Grounds, uses: &LastUses) -> Result<(), Failed> {
        let Some(acting) = &grounds.acting else {
            return Ok(());
        };
        let found = find::acting(self.connection, acting, uses)?;
        if found.is_some_and(|found| acting.holds(&found, grounds.at)) {
            return Ok(());
        }
        Err(StoreError::new(StoreErrorKind::ActorWithdrawn, "looked up in the write").into())
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Failed>,
    ) -> Result<Option<T>, Failed> {
        query::one(self.connection, sql, params, read)
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Failed> {
        query::execute(self.connection, sql, params)
    }

    /// Writes the audit event of what was done.
    pub(super) fn log(
        &self,
        action: AuditAction,
        user_id: i64,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) -> Result<(), Failed> {
        let event = AuditEvent::new(0, action, &user_id.to_string(), credential_id, grounds);
        self.execute(
            sql::LOG,
            params![
                column::from_time(event.at),
                event.action.as_str(),
                event.user_id,
                event.credential_id,
                event.actor_id,
                event.actor_credential_id,
                event.from.map(|address| address.to_string()),
            ],
        )?;
        Ok(())
    }

    /// Ends what is remembered of this user, here and in every process on the file.
    pub(super) fn withdraw(&mut self, user_id: i64, grounds: &Grounds) -> Result<(), Failed> {
        let at = column::from_time(grounds.at);
        self.execute(sql::ANNOUNCE, params![at, "user", user_id.to_string()])?;
        let seq = self.connection.last_insert_rowid();
        let (first, _) = self.effects.announced.unwrap_or((seq, seq));
        self.effects.announced = Some((first, seq));
        self.effects.withdrawn_from.push(user_id);
        Ok(())
    }

    /// Something was made that may have been asked for before. Other processes notice that the file changed.
    pub(super) fn has_made_something(&mut self) {
        self.effects.has_made = true;
    }

    pub(super) fn into_effects(self) -> Effects {
        self.effects
    }
}

impl Effects {
    pub(super) fn tell(&self, memory: &CredentialMemory) {
        for user_id in &self.withdrawn_from {
            memory.withdraw(Subject::User(&user_id.to_string()));
        }
        if self.has_made {
            memory.forget_refusals();
        }
    }
}
