//! One change inside its transaction: what it writes, and what the memory is told once that is on the disk.

use std::time::SystemTime;

use empress_auth_core::{AuditAction, AuditEvent, Grounds, StoreError, StoreErrorKind};
use rusqlite::{Connection, Params, Row, params};

use super::query::{self, Failed};
use super::remembered::Remembered;
use super::withdrawn::Withdrawn;
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
    withdrawn: Vec<Withdrawn>,
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

    /// That the credential which asks for the change still holds (R-12, CO-6).
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

    /// Writes the audit event of what was done to a user.
    pub(super) fn log(
        &self,
        action: AuditAction,
        user_id: i64,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) -> Result<(), Failed> {
        self.log_of(action, &user_id.to_string(), credential_id, grounds)
    }

    /// As [`log`](Self::log), where it may not have been a user.
    pub(super) fn log_of(
        &self,
        action: AuditAction,
        subject: &str,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) -> Result<(), Failed> {
        let event = AuditEvent::new(0, action, subject, credential_id, grounds);
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
        let user_id = user_id.to_string().into();
        self.announce(Withdrawn::User(user_id), grounds.at)
    }

    /// As [`withdraw`](Self::withdraw), of anything.
    pub(super) fn announce(&mut self, withdrawn: Withdrawn, at: SystemTime) -> Result<(), Failed> {
        let (kind, subject) = withdrawn.as_row();
        self.execute(sql::ANNOUNCE, params![column::from_time(at), kind, subject])?;
        let seq = self.connection.last_insert_rowid();
        let (first, _) = self.effects.announced.unwrap_or((seq, seq));
        self.effects.announced = Some((first, seq));
        self.effects.withdrawn.push(withdrawn);
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
    pub(super) fn tell(&self, remembered: &Remembered) {
        for withdrawn in &self.withdrawn {
            remembered.withdraw(withdrawn);
        }
        if self.has_made {
            remembered.forget_refusals();
        }
    }
}
