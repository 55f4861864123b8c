//! Databases that are gone when their test has ended.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use empress_auth_core::{Actor, Clock, Grounds};
use empress_auth_sql::SqliteStore;

/// An empty directory of its own.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("empress-auth-sql-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("empress-auth.db")
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        SqliteStore::open(self.database()).await.unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Left behind, it is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Those of somebody at the machine.
pub(crate) fn grounds() -> Grounds {
    Actor::assert_local_operator().grounds(Clock::system().now())
}
