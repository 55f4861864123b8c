//! What do other processes on this file withdraw?
//!
//! Every change that can withdraw something leaves a row in `changes`, in its own transaction. A thread reads what is new
//! every 50 ms (a microsecond's work) and tells the memory; then the memory may answer for `max_staleness` more. If the
//! file cannot be read any more, or another one has taken its name, every request asks the store, and hears of the outage.
//!
//! 1. Each row's number is the one after the row's before: else something was missed, and everything is forgotten.
//! 2. If the last number is lower than what was heard, an older state was written over this one: everything is forgotten.
//! 3. So it is if the schema's own number is another one, which SQLite gives to whatever a backup is written over, and
//!    which nobody else changes while a store is open: the older state may have as many rows as this one, or more since.
//! 4. A backup that says of itself that it is one is not read before somebody has said that it was restored, as at opening.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use empress_auth_core::Clock;
use rusqlite::Connection;

use super::backup;
use super::presence::Presence;
use super::query::{Failed, all, one, text};
use super::remembered::Remembered;
use super::sql;
use super::withdrawn::Withdrawn;

/// How often the file is looked at.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// How many rows are read at once; after more of them everything is forgotten, which is quicker.
const MAX_ROWS: usize = 1_000;

/// Up to which row the feed was heard.
///
/// Other numbers follow one another without gaps, because there is one writer at a time and a number that was taken back
/// is given again.
#[derive(Debug)]
pub(super) struct Position(AtomicI64);

impl Position {
    /// The last row that is there: nothing is remembered yet that it could withdraw.
    pub(super) fn at_the_end(connection: &Connection) -> Result<Self, Failed> {
        Ok(Self(AtomicI64::new(last_change(connection)?)))
    }

    /// The writer wrote these rows itself and told the memory: nobody needs to read them, unless others came before.
    pub(super) fn pass(&self, first: i64, last: i64) {
        let order = Ordering::SeqCst;
        // Whoever reads them all the same withdraws twice, which costs a look-up.
        let _ = self.0.compare_exchange(first - 1, last, order, order);
    }

    fn get(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    fn reach(&self, last: i64) {
        self.0.fetch_max(last, Ordering::SeqCst);
    }

    /// Rows that were heard are not there any more: begins anew behind `last`.
    fn return_to(&self, last: i64) {
        self.0.store(last, Ordering::SeqCst);
    }
}

pub(super) struct Feed {
    connection: Connection,
    position: Arc<Position>,
    remembered: Arc<Remembered>,
    clock: Clock,
    presence: Arc<Presence>,
    max_staleness: Duration,
    asked_at: SystemTime,
    data_version: i64,
    /// None before the first look.
    schema_version: Option<i64>,
}

impl Feed {
    pub(super) const fn new(
        connection: Connection,
        position: Arc<Position>,
        remembered: Arc<Remembered>,
        clock: Clock,
        presence: Arc<Presence>,
        max_staleness: Duration,
    ) -> Self {
        Self {
            connection,
            position,
            remembered,
            clock,
            presence,
            max_staleness,
            asked_at: SystemTime::UNIX_EPOCH,
            data_version: 0,
            schema_version: None,
        }
    }

    /// Reads what is new and tells the memory, which may be believed for a while then.
    pub(super) fn poll(&mut self) -> Result<(), Failed> {
        let asked_at = self.clock.now();
        if asked_at < self.asked_at {
            // A clock that was set back makes nothing younger.
            self.remembered.trust_until(asked_at);
        }
        self.asked_at = asked_at;
        self.presence.look()?;
        self.hear()?;
        self.notice_commits()?;
        if let Some(until) = asked_at.checked_add(self.max_staleness) {
            self.remembered.trust_until(until);
        }
        Ok(())
    }

    fn hear(&self) -> Result<(), Failed> {
        let heard = self.position.get();
        let limit = crate::column::from_limit(MAX_ROWS);
        let rows = all(&self.connection, sql::CHANGES, [heard, limit], |row| {
            let withdrawn = Withdrawn::from_row(text(row, 1)?, text(row, 2)?);
            Ok((row.get::<_, i64>(0)?, withdrawn))
        })?;
        let has_gap = (heard + 1..)
            .zip(&rows)
            .any(|(next, (seq, _))| *seq != next);
        if has_gap || rows.len() == MAX_ROWS {
            // Asked before everyone is withdrawn: what was verified since was verified after the last of these rows.
            let last = last_change(&self.connection)?;
            self.remembered.withdraw(&Withdrawn::Everyone);
            self.position.reach(last);
            return Ok(());
        }
        for (seq, withdrawn) in &rows {
            self.remembered.withdraw(withdrawn);
            self.position.reach(*seq);
        }
        Ok(())
    }

    /// Any commit of another connection may have made what was refused a moment ago, or be another state altogether.
    fn notice_commits(&mut self) -> Result<(), Failed> {
        let version = number(&self.connection, sql::DATA_VERSION)?;
        if version == self.data_version {
            return Ok(());
        }
        let is_backup = backup::made_at(&self.connection)?.is_some();
        self.presence.hold_back(is_backup);
        let schema = number(&self.connection, sql::SCHEMA_VERSION)?;
        // Asked in this order, because both only grow unless the state is another one.
        let heard = self.position.get();
        let last = last_change(&self.connection)?;
        let is_another = self.schema_version.is_some_and(|before| before != schema);
        if is_another || last < heard {
            tracing::warn!(
                "another state of the database was written over this one; nothing is remembered any more"
            );
            self.remembered.withdraw(&Withdrawn::Everyone);
            self.position.return_to(last);
        }
        self.remembered.forget_refusals();
        self.schema_version = Some(schema);
        self.data_version = version;
        Ok(())
    }
}

fn last_change(connection: &Connection) -> Result<i64, Failed> {
    number(connection, sql::LAST_CHANGE)
}

/// The answer to a question that has one number.
fn number(connection: &Connection, sql: &str) -> Result<i64, Failed> {
    let answer = one(connection, sql, [], |row| Ok(row.get(0)?))?;
    Ok(answer.unwrap_or_default())
}
