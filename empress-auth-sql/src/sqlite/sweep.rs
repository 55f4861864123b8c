//! What has no more meaning is deleted, some rows at a time; nothing depends on when (S-4, S-5).

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use empress_auth_core::StoreError;
use rusqlite::Connection;

use super::query::{Failed, execute};
use super::sql;
use super::writer::{Job, Jobs};
use crate::column;

/// How long a token is listed after it expired.
pub(super) const KEEP_EXPIRED_TOKENS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a session stays after it expired, for clocks that do not agree.
const KEEP_EXPIRED_SESSIONS: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a code or an access token stays after it expired. They are many, and nobody is shown them.
pub(super) const KEEP_EXPIRED_ACCESS: Duration = Duration::from_secs(60 * 60);

/// How long a refresh token and its family stay after they expired, for clocks that do not agree.
pub(super) const KEEP_EXPIRED_GRANTS: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a withdrawal can be read; who slept for longer forgets everything.
const KEEP_CHANGES: Duration = Duration::from_secs(60 * 60);

/// The most rows that one transaction sweeps.
pub(super) const SWEEP_BATCH: usize = 1_000;

/// What is swept, and how long it is kept. Tokens go before their families, which wait for them.
const KINDS: [(&str, Duration); 7] = [
    (sql::SWEEP_TOKENS, KEEP_EXPIRED_TOKENS),
    (sql::SWEEP_SESSIONS, KEEP_EXPIRED_SESSIONS),
    (sql::SWEEP_CODES, KEEP_EXPIRED_ACCESS),
    (sql::SWEEP_ACCESS_TOKENS, KEEP_EXPIRED_ACCESS),
    (sql::SWEEP_REFRESH_TOKENS, KEEP_EXPIRED_GRANTS),
    (sql::SWEEP_GRANTS, KEEP_EXPIRED_GRANTS),
    (sql::SWEEP_CHANGES, KEEP_CHANGES),
];

/// Deletes what has no more meaning.
pub(super) fn sweep(jobs: &Jobs, now: SystemTime) {
    // If the queue is full it is done the next time.
    let _ = jobs.submit(Box::new(Sweep {
        left: KINDS.to_vec().into(),
        now,
        jobs: jobs.clone(),
    }));
}

/// Some rows of one kind at a time, behind whatever waits meanwhile.
struct Sweep {
    left: VecDeque<(&'static str, Duration)>,
    now: SystemTime,
    jobs: Jobs,
}

impl Sweep {
    /// Deletes the next rows; stays at their kind until there are none.
    fn delete_some(&mut self, connection: &Connection) -> Result<(), Failed> {
        let limit = column::from_limit(SWEEP_BATCH);
        while let Some((sql, kept)) = self.left.front() {
            if let Some(before) = self.now.checked_sub(*kept)
                && execute(connection, sql, [column::from_time(before), limit])? > 0
            {
                break;
            }
            self.left.pop_front();
        }
        Ok(())
    }
}

impl Job for Sweep {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let swept = self.delete_some(connection);
        if let Err(Failed(error)) = &swept {
            tracing::warn!(%error, "expired rows are swept later");
            self.left.clear();
        }
        swept.is_ok()
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        if committed.is_ok() && !self.left.is_empty() {
            let jobs = self.jobs.clone();
            // If the queue is full the rest is swept the next time.
            let _ = jobs.submit(self);
        }
    }
}
