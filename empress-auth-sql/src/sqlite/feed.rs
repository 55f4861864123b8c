//! What do other processes on this file withdraw?
//!
//! Every change that can withdraw something leaves a row in `changes`, in its own transaction. A thread reads what is new
//! every 50 ms (a microsecond's work) and tells the memory; then the memory may answer for `max_staleness` more. If the
//! file cannot be read any more, every request asks the store, and hears of the outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use empress_auth_core::{Clock, CredentialMemory, Subject};
use rusqlite::Connection;

use super::query::{Failed, all, one, text};
use super::sql;

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
        let last = one(connection, sql::LAST_CHANGE, [], |row| Ok(row.get(0)?))?;
        Ok(Self(AtomicI64::new(last.unwrap_or_default())))
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
}

pub(super) struct Feed {
    connection: Connection,
    position: Arc<Position>,
    memory: Arc<CredentialMemory>,
    clock: Clock,
    max_staleness: Duration,
    data_version: i64,
}

impl Feed {
    pub(super) const fn new(
        connection: Connection,
        position: Arc<Position>,
        memory: Arc<CredentialMemory>,
        clock: Clock,
        max_staleness: Duration,
    ) -> Self {
        Self {
            connection,
            position,
            memory,
            clock,
            max_staleness,
            data_version: 0,
        }
    }

    /// Reads what is new and tells the memory, which may be believed for a while then.
    pub(super) fn poll(&mut self) -> Result<(), Failed> {
        let asked_at = self.clock.now();
        let heard = self.position.get();
        let limit = crate::column::from_limit(MAX_ROWS);
        let rows = all(&self.connection, sql::CHANGES, [heard, limit], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                Box::<str>::from(text(row, 1)?),
                Box::<str>::from(text(row, 2)?),
            ))
        })?;
        let has_gap = rows.first().is_some_and(|(first, ..)| *first > heard + 1);
        if has_gap || rows.len() == MAX_ROWS {
            self.memory.withdraw(Subject::Everyone);
            let last = one(
                &self.connection,
                sql::LAST_CHANGE,
                [],
                |row| Ok(row.get(0)?),
            )?;
            // Rows between the two questions were withdrawn with everyone, or are read the next time.
            self.position.reach(last.unwrap_or(heard));
        } else {
            for (seq, kind, subject) in &rows {
                self.memory.withdraw(match &**kind {
                    "user" => Subject::User(subject),
                    "client" => Subject::Client(subject),
                    // What a later version withdraws, and this one does not know.
                    _ => Subject::Everyone,
                });
                self.position.reach(*seq);
            }
        }
        self.forget_refusals_if_changed()?;
        if let Some(until) = asked_at.checked_add(self.max_staleness) {
            self.memory.trust_until(until);
        }
        Ok(())
    }

    /// Any commit may have made what was refused a moment ago.
    fn forget_refusals_if_changed(&mut self) -> Result<(), Failed> {
        let version = one(&self.connection, sql::DATA_VERSION, [], |row| {
            Ok(row.get(0)?)
        })?;
        let version = version.unwrap_or_default();
        if version != self.data_version {
            self.data_version = version;
            self.memory.forget_refusals();
        }
        Ok(())
    }
}
