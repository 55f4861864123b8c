//! Last uses are written in batches, off every request's path (K-16).

use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::StoreError;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::query::{Failed, execute};
use super::sql;
use super::writer::{Job, Jobs};
use crate::column;
use crate::last_uses::{LastUses, Used};

/// The most last uses that one transaction writes: the next ones are written behind whatever waits meanwhile.
pub(super) const FLUSH_BATCH: usize = 2_000;

/// Writes the last uses since `since`; whoever wants to know waits for what is answered, which says nothing of success.
pub(super) fn flush(jobs: &Jobs, uses: &Arc<LastUses>, since: SystemTime) -> oneshot::Receiver<()> {
    uses.remember_since(since);
    let (done, is_done) = oneshot::channel();
    let flush = Flush {
        jobs: jobs.clone(),
        uses: Arc::clone(uses),
        rows: Vec::new(),
        is_written: false,
        done,
    };
    Box::new(flush).submit_behind(None);
    is_done
}

/// Some rows at a time; the rest follows when these are on the disk.
struct Flush {
    jobs: Jobs,
    uses: Arc<LastUses>,
    rows: Vec<(Used, SystemTime)>,
    is_written: bool,
    done: oneshot::Sender<()>,
}

impl Flush {
    fn submit_behind(mut self: Box<Self>, last: Option<Used>) {
        self.rows = self.uses.due(last, FLUSH_BATCH);
        self.is_written = false;
        if self.rows.is_empty() {
            // Mostly nobody waits.
            let _ = self.done.send(());
            return;
        }
        let jobs = self.jobs.clone();
        // If the queue is full they are written the next time.
        let _ = jobs.submit(self);
    }
}

impl Job for Flush {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let written = self.rows.iter().try_for_each(|(what, at)| {
            let (sql, id) = match what {
                Used::Token(id) => (sql::NOTE_TOKEN_USE, id),
                Used::Session(id) => (sql::NOTE_SESSION_USE, id),
            };
            let row = params![column::from_token_id(*id), column::from_time(*at)];
            execute(connection, sql, row).map(|_| ())
        });
        if let Err(Failed(error)) = &written {
            tracing::warn!(%error, "last uses are written later");
        }
        self.is_written = written.is_ok();
        self.is_written
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        // Else they stay where they are, and are due the next time.
        if self.is_written && committed.is_ok() {
            self.uses.written(&self.rows);
            let last = self.rows.last().map(|(what, _)| *what);
            self.submit_behind(last);
        }
    }
}
