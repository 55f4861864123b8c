//! What is seen from inside only: how often is written, and what happens when things go wrong.

use std::sync::Arc;

use parking_lot::Mutex;

use super::SqliteStore;

mod full;
mod migrating;
mod newer;
mod plans;
#[cfg(feature = "oauth")]
mod provider;
mod stalls;
#[path = "../../tests/sqlite/support.rs"]
pub(super) mod support;
mod sweeping;
mod uses;

/// How many rows each commit of a store's writer changed.
#[derive(Clone, Default)]
struct Commits(Arc<Mutex<Vec<usize>>>);

impl Commits {
    /// Counts from now on; the commit in which this begins is not counted.
    async fn of(store: &SqliteStore) -> Self {
        let commits = Self::default();
        let (rows, of_commit) = (Arc::new(Mutex::new(0)), commits.clone());
        let counting = store.write_unasked(move |change| {
            let row = Arc::clone(&rows);
            change
                .connection
                .update_hook(Some(move |_, _: &str, _: &str, _| *row.lock() += 1))?;
            let mut has_begun = false;
            change.connection.commit_hook(Some(move || {
                let count = std::mem::take(&mut *rows.lock());
                if std::mem::replace(&mut has_begun, true) {
                    of_commit.0.lock().push(count);
                }
                false
            }))?;
            Ok(())
        });
        counting.await.unwrap();
        commits
    }

    fn rows(&self) -> Vec<usize> {
        self.0.lock().clone()
    }
}
