//! Is the file under its name still the one that was opened?
//!
//! A file that was moved away, deleted or replaced can be read and written by who has it open: what other programs change
//! in the new one is not heard, and what is written is lost. So a store whose file is gone answers as one that cannot be
//! read, until the file is back or the program is started again.
//!
//! An older state that is written **into** the file (`.restore` of SQLite's shell) [`feed`](super::feed) notices; if it is a
//! [`backup`](super::backup) that says so, the store answers in the same way until it was said to be restored.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use empress_auth_core::StoreError;

use super::writer::unavailable;

#[derive(Debug)]
pub(super) struct Presence {
    path: PathBuf,
    identity: Identity,
    is_gone: AtomicBool,
    is_backup: AtomicBool,
}

/// The file system's own name of a file.
type Identity = (u64, u64);

impl Presence {
    /// The file at `path`, to be asked before it is opened.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(path)?,
            is_gone: AtomicBool::new(false),
            is_backup: AtomicBool::new(false),
        })
    }

    /// Looks whether the file is there, and remembers it. What is in it, the caller is about to find out.
    pub(super) fn look(&self) -> Result<(), StoreError> {
        let is_gone = identity(&self.path).ok() != Some(self.identity);
        self.is_gone.store(is_gone, Ordering::Relaxed);
        self.check_file()
    }

    /// Whether a backup was written into the file, and nobody has said that it was restored.
    pub(super) fn hold_back(&self, is_backup: bool) {
        self.is_backup.store(is_backup, Ordering::Relaxed);
    }

    /// What was found the last time.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_backup.load(Ordering::Relaxed) {
            return Err(unavailable(
                "a backup was written over the database: run `empress-auth restored` once",
            ));
        }
        self.check_file()
    }

    fn check_file(&self) -> Result<(), StoreError> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(unavailable(
                "the file of the database was replaced or taken away: start the program again",
            ));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Identity> {
    std::fs::metadata(path).map(|_| (0, 0))
}
