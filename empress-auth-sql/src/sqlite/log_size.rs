//! Does the write-ahead log grow without end? (DU-8)
//!
//! It is written back and begun anew as soon as nobody reads an old state of the database any more. This store's readers
//! are done within seconds; a program beside it may forget a transaction, and then the log grows with every write.

use std::path::{Path, PathBuf};

/// As large as 60,000 changes make it.
const LARGE_BYTES: u64 = 256 << 20;

/// Tells the log of the program once, until it has become small again.
pub(super) struct LogSize {
    path: PathBuf,
    is_large: bool,
}

impl LogSize {
    pub(super) fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self {
            path: path.into(),
            is_large: false,
        }
    }

    /// Looks at the size of the file, which is not opened. Answers whether it is too large.
    pub(super) fn look(&mut self) -> bool {
        // Where there is none, there is nothing to read back either.
        let bytes = std::fs::metadata(&self.path).map_or(0, |found| found.len());
        let is_large = bytes > LARGE_BYTES;
        if is_large && !self.is_large {
            tracing::warn!(
                path = %self.path.display(),
                bytes,
                "the write-ahead log cannot be written back: another program reads the database and does not end"
            );
        }
        self.is_large = is_large;
        is_large
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::tests::support::Directory;

    // DU-8
    #[test]
    fn a_log_that_grows_without_end_is_told_of() {
        let directory = Directory::new();
        let mut size = LogSize::of(&directory.database());
        assert!(!size.look(), "there is none yet");
        let log = std::fs::File::create(directory.path().join("empress-auth.db-wal")).unwrap();
        for (bytes, is_large) in [(0, false), (LARGE_BYTES, false), (LARGE_BYTES + 1, true)] {
            log.set_len(bytes).unwrap();
            assert_eq!(size.look(), is_large, "{bytes} bytes");
        }
        log.set_len(0).unwrap();
        assert!(!size.look(), "it was written back");
    }
}
