//! Where is the database?
//!
//! `sqlite://PATH`, as other tools write it: two slashes and a path that is taken from the working directory, or three
//! and an absolute one.

use std::fmt;
use std::path::{Path, PathBuf};

use empress_auth_core::percent::decode_segment;
use empress_auth_sql::{Migrated, OpenError, OpenErrorKind, Restored, SqliteOptions, SqliteStore};

use crate::failure::Failure;

/// A database that can be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Database {
    path: PathBuf,
}

impl Database {
    /// Reads a URL.
    pub(crate) fn parse(url: &str) -> Result<Self, DatabaseError> {
        let (scheme, rest) = url.split_once("://").ok_or(DatabaseError::NoUrl)?;
        match scheme {
            "sqlite" => Self::sqlite(rest),
            "postgres" | "postgresql" => Err(DatabaseError::Postgres),
            _ => Err(DatabaseError::NoUrl),
        }
    }

    fn sqlite(path: &str) -> Result<Self, DatabaseError> {
        // `?mode=…` of other tools would otherwise become a part of the file's name.
        if path.contains(['?', '#']) {
            return Err(DatabaseError::Parameters);
        }
        let path = decode_segment(path).map_err(|_| DatabaseError::NoPath)?;
        let named = Path::new(&*path).file_name().is_some();
        if !named || path.ends_with('/') || path.contains('\0') || path.starts_with(':') {
            return Err(DatabaseError::NoPath);
        }
        Ok(Self {
            path: PathBuf::from(&*path),
        })
    }

    /// The file of the database.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the database for one command: it must be there, and of this version.
    pub(crate) async fn open(&self) -> Result<SqliteStore, OpenError> {
        self.options().create(false).migrate(false).open().await
    }

    /// As [`open`](Self::open), to change nothing: also one that a newer version has changed.
    pub(crate) async fn open_to_look(&self) -> Result<SqliteStore, OpenError> {
        self.options().read_only().open().await
    }

    /// As [`open`](Self::open), but makes a database where there is none.
    pub(crate) async fn open_or_make(&self) -> Result<SqliteStore, OpenError> {
        if self.path.exists() {
            self.open().await
        } else {
            self.options().open().await
        }
    }

    /// Makes or migrates the database, and takes the place of the one program that serves from it.
    pub(crate) async fn open_to_serve(&self, remembered: usize) -> Result<SqliteStore, OpenError> {
        let options = self.options().exclusive().remembered(remembered);
        options.open().await
    }

    /// Makes or migrates the database.
    pub(crate) async fn migrate(&self) -> Result<Migrated, OpenError> {
        self.options().migrate_now().await
    }

    /// Copies the database into a new file.
    pub(crate) async fn back_up(&self, to: &Path) -> Result<(), OpenError> {
        self.options().back_up_now(to).await
    }

    /// Takes a backup that was put in place for the database.
    pub(crate) async fn restored(&self) -> Result<Restored, OpenError> {
        self.options().restored_now().await
    }

    fn options(&self) -> SqliteOptions {
        SqliteStore::options(&self.path)
    }

    /// A file that belongs to the database and lies beside it, such as `empress-auth.db.master-key`; beside the file itself
    /// where the path is a symbolic link, as the store's own files do.
    pub(crate) fn beside(&self, suffix: &str) -> PathBuf {
        let is_link = self.path.is_symlink();
        let target = is_link.then(|| self.path.canonicalize().ok()).flatten();
        let mut path = target.unwrap_or_else(|| self.path.clone()).into_os_string();
        path.push(suffix);
        path.into()
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            path: PathBuf::from("empress-auth.db"),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite://{}", self.path.display())
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the others say themselves what to do"
        )]
        let what_to_do = match error.kind() {
            OpenErrorKind::NotFound => "; `empress-auth serve` and `empress-auth migrate` make one",
            OpenErrorKind::NewerSchema => "; `--read-only` lists and shows what is in it",
            _ => "",
        };
        Self::failed(format!("{error}{what_to_do}"))
    }
}

/// Why a URL names no database. Says nothing of the URL itself: a password may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error(
        "not the URL of a database, such as sqlite://empress-auth.db or sqlite:///var/lib/empress-auth/auth.db"
    )]
    NoUrl,
    #[error(
        "names no file; write sqlite://empress-auth.db or sqlite:///var/lib/empress-auth/auth.db"
    )]
    NoPath,
    #[error(
        "parameters are not understood; write sqlite://PATH alone, with %3F for a question mark in the path"
    )]
    Parameters,
    #[error("PostgreSQL is not supported by this version; use sqlite://PATH")]
    Postgres,
}

/// Whether a password may be written in this URL, as user information or as a parameter.
///
/// Reads generously: what only might be a password must not be on a command line either.
pub(crate) fn shows_password(url: &str) -> bool {
    let Some(rest) = url
        .split_once("://")
        .map(|(scheme, rest)| (scheme != "sqlite").then_some(rest))
    else {
        return names_password(url);
    };
    // A password may hold a slash or a question mark that should have been encoded: up to the last `@`, all of it is
    // user information.
    rest.is_some_and(|rest| {
        let user = rest.rsplit_once('@').map_or("", |(user, _)| user);
        user.contains(':') || names_password(rest)
    })
}

fn names_password(text: &str) -> bool {
    let text = decode_segment(text).unwrap_or_else(|_| text.into());
    text.to_ascii_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_after_two_slashes_and_absolute_after_three() {
        for (url, path) in [
            ("sqlite://empress-auth.db", "empress-auth.db"),
            ("sqlite://data/auth.db", "data/auth.db"),
            ("sqlite:///var/lib/auth.db", "/var/lib/auth.db"),
            ("sqlite://../my%20auth%3F.db", "../my auth?.db"),
        ] {
            assert_eq!(
                Database::parse(url).unwrap().path(),
                Path::new(path),
                "{url}"
            );
        }
    }

    #[test]
    fn what_names_no_file_is_refused() {
        for (url, why) in [
            ("", DatabaseError::NoUrl),
            ("empress-auth.db", DatabaseError::NoUrl),
            ("sqlite:empress-auth.db", DatabaseError::NoUrl),
            ("mysql://host/db", DatabaseError::NoUrl),
            ("sqlite://", DatabaseError::NoPath),
            ("sqlite:///", DatabaseError::NoPath),
            ("sqlite://data/", DatabaseError::NoPath),
            ("sqlite://..", DatabaseError::NoPath),
            ("sqlite://:memory:", DatabaseError::NoPath),
            ("sqlite://a%00b", DatabaseError::NoPath),
            ("sqlite://100%", DatabaseError::NoPath),
            ("sqlite://a.db?mode=ro", DatabaseError::Parameters),
            ("postgres://host/db", DatabaseError::Postgres),
            ("postgresql://host/db", DatabaseError::Postgres),
        ] {
            assert_eq!(Database::parse(url), Err(why), "{url}");
        }
    }

    #[test]
    fn a_file_beside_the_database_keeps_its_name() {
        let database = Database::parse("sqlite://data/auth.db").unwrap();
        let key = database.beside(".master-key");
        assert_eq!(key, Path::new("data/auth.db.master-key"));
    }

    #[test]
    fn a_password_is_seen_wherever_a_url_can_hold_one() {
        for url in [
            "postgres://ada:secret@host/db",
            "postgres://ada:s/ecret@host/db",
            "postgres://ada:s?cret@host/db",
            "host=db user=ada password=secret",
            "postgres://ada:@host/db",
            "postgresql://host/db?user=ada&password=secret",
            "postgres://host/db?p%61ssword=secret",
            "postgres://host/db?sslpassword=secret",
            "mysql://ada:secret@host/db",
        ] {
            assert!(shows_password(url), "{url}");
        }
        for url in [
            "postgres://host:5432/db",
            "postgres://ada@host/db?sslmode=require",
            "sqlite:///srv/a:b@c/auth.db",
            "empress-auth.db",
        ] {
            assert!(!shows_password(url), "{url}");
        }
    }
}
