//! What has no more meaning is deleted, some rows at a time; nothing depends on when (SECURITY S-4, S-5).

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

/// Deletes what has no more meaning.
pub(super) fn sweep(jobs: &Jobs, now: SystemTime) {
    for (sql, kept) in [
        (sql::SWEEP_TOKENS, KEEP_EXPIRED_TOKENS),
        (sql::SWEEP_SESSIONS, KEEP_EXPIRED_SESSIONS),
        (sql::SWEEP_CODES, KEEP_EXPIRED_ACCESS),
        (sql::SWEEP_ACCESS_TOKENS, KEEP_EXPIRED_ACCESS),
        (sql::SWEEP_REFRESH_TOKENS, KEEP_EXPIRED_GRANTS),
        (sql::SWEEP_GRANTS, KEEP_EXPIRED_GRANTS),
        (sql::SWEEP_CHANGES, KEEP_CHANGES),
    ] {
        let Some(before) = now.checked_sub(kept) else {
            continue;
        };
        // If the queue is full they are swept the next time.
        let _ = jobs.submit(Box::new(Sweep {
            sql,
            before: column::from_time(before),
            jobs: jobs.clone(),
            has_more: false,
        }));
    }
}

/// Some rows at a time, behind whatever waits meanwhile.
struct Sweep {
    sql: &'static str,
    before: i64,
    jobs: Jobs,
    has_more: bool,
}

impl Job for Sweep {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let limit = column::from_limit(SWEEP_BATCH);
        match execute(connection, self.sql, [self.before, limit]) {
            Ok(count) => {
                self.has_more = count > 0;
                true
            }
            Err(Failed(error)) => {
                tracing::warn!(%error, "expired rows are swept later");
                false
            }
        }
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(mut self: Box<Self>, committed: Result<(), StoreError>) {
        if committed.is_ok() && std::mem::take(&mut self.has_more) {
            let jobs = self.jobs.clone();
            // If the queue is full the rest is swept the next time.
            let _ = jobs.submit(self);
        }
    }
}
