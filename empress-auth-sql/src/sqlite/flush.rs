//! Last uses are written in batches, off every request's path (SECURITY K-16).

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

/// The most last uses that one transaction writes: the others who write wait for so long.
pub(super) const FLUSH_BATCH: usize = 10_000;

/// Writes the last uses since `since`; whoever wants to know waits for what is answered.
pub(super) fn flush(
    jobs: &Jobs,
    uses: &Arc<LastUses>,
    since: SystemTime,
) -> Vec<oneshot::Receiver<()>> {
    let due = uses.due(since);
    due.chunks(FLUSH_BATCH)
        .filter_map(|rows| {
            let (done, is_done) = oneshot::channel();
            let flush = Flush {
                rows: rows.into(),
                uses: Arc::clone(uses),
                is_written: false,
                done,
            };
            // If the queue is full they are written the next time.
            jobs.submit(Box::new(flush)).ok().map(|()| is_done)
        })
        .collect()
}

struct Flush {
    rows: Box<[(Used, SystemTime)]>,
    uses: Arc<LastUses>,
    is_written: bool,
    done: oneshot::Sender<()>,
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
        if self.is_written && committed.is_ok() {
            self.uses.written(&self.rows);
        }
        // Mostly nobody waits.
        let _ = self.done.send(());
    }
}
