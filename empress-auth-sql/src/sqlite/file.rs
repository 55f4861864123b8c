//! The file beside the program: who may read it, and who else serves from it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::file_system;
use crate::open_error::{OpenError, OpenErrorKind};

/// The file by its one name, there and a plain file.
///
/// By another name, a symbolic or a hard link, SQLite would keep another log beside it and two programs would not see each
/// other's locks: symbolic links are followed, and a file with hard links is refused.
///
/// A file that exists is never opened here, not even to look at it: closing it again would drop the locks of every
/// connection that this process has on it (POSIX advisory locks belong to the process).
pub(super) fn prepare(path: &Path, may_create: bool) -> Result<PathBuf, OpenError> {
    let text = path.to_string_lossy();
    if text.is_empty() || text.starts_with(":memory:") {
        let what = "a store needs a file; `MemoryStore` is the one without";
        return Err(OpenError::new(OpenErrorKind::NotFound, what));
    }
    let path = std::path::absolute(path).map_err(|error| unavailable(path, error))?;
    if may_create {
        create(&path)?;
    }
    let found = std::fs::canonicalize(&path).and_then(|real| Ok((std::fs::metadata(&real)?, real)));
    match found {
        Ok((found, path)) if found.is_file() => {
            check_links(&path, &found)?;
            file_system::check_local(&path)?;
            warn_if_open_to_others(&path, &found);
            Ok(path)
        }
        Ok(_) => {
            let what = format!("{} is not a file", path.display());
            Err(OpenError::new(OpenErrorKind::Foreign, what))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let what = format!("there is no database {}", path.display());
            Err(OpenError::new(OpenErrorKind::NotFound, what))
        }
        Err(error) => Err(unavailable(&path, error)),
    }
}

/// Makes an empty file that its owner alone may read, unless there is one. SQLite gives its log the same mode.
fn create(path: &Path) -> Result<(), OpenError> {
    match private().write(true).create_new(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unavailable(path, error)),
    }
}

/// Takes the place of the one program that serves from this database; held as long as the file lives.
///
/// The lock is on a file of its own beside the database, and ends with the process however that ends. It is beside the
/// file itself, whatever link leads there.
pub(super) fn lock(database: &Path) -> Result<File, OpenError> {
    let database = database
        .canonicalize()
        .map_err(|error| unavailable(database, error))?;
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = private()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| unavailable(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let what = format!(
                "another program serves from {}; stop it first, or give this one a database of its own",
                database.display()
            );
            Err(OpenError::new(OpenErrorKind::InUse, what))
        }
        Err(TryLockError::Error(error)) => Err(unavailable(&path, error)),
    }
}

/// How to open a file that its owner alone may read, if it is made.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn check_links(path: &Path, found: &std::fs::Metadata) -> Result<(), OpenError> {
    use std::os::unix::fs::MetadataExt;
    if found.nlink() <= 1 {
        return Ok(());
    }
    let what = format!(
        "{} has other names (hard links), by which SQLite would destroy it; remove them",
        path.display()
    );
    Err(OpenError::new(OpenErrorKind::Unsafe, what))
}

#[cfg(not(unix))]
fn check_links(_: &Path, _: &std::fs::Metadata) -> Result<(), OpenError> {
    Ok(())
}

#[cfg(unix)]
fn warn_if_open_to_others(path: &Path, found: &std::fs::Metadata) {
    use std::os::unix::fs::PermissionsExt;
    if found.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "other users of this machine may open the database: chmod 600");
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_: &Path, _: &std::fs::Metadata) {}

fn unavailable(path: &Path, error: io::Error) -> OpenError {
    let what = format!("{} cannot be used", path.display());
    OpenError::new(OpenErrorKind::Unavailable, what).because(error)
}
