//! Why could a store not be opened?

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A store could not be opened, and nothing was changed.
///
/// Its text says what to do, to whoever runs the program.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}")]
pub struct OpenError {
    kind: OpenErrorKind,
    what: Arc<str>,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kept a store from opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// There is no such database, and none should be made.
    NotFound,
    /// The file is not a database, or one of another program.
    Foreign,
    /// The database was written by a newer version of this program.
    NewerSchema,
    /// The database must be migrated first.
    OlderSchema,
    /// The database is a backup that was put in place, and nobody has said so yet.
    Backup,
    /// Another program serves from this database.
    InUse,
    /// The SQLite that was linked or the file's place cannot keep what a store promises.
    Unsafe,
    /// The file cannot be read or written.
    Unavailable,
}

impl OpenError {
    pub(crate) fn new(kind: OpenErrorKind, what: impl fmt::Display) -> Self {
        Self {
            kind,
            what: what.to_string().into(),
            source: None,
        }
    }

    pub(crate) fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.what = format!("{}: {source}", self.what).into();
        self.source = Some(Arc::new(source));
        self
    }

    /// What kept the store from opening.
    #[must_use]
    pub const fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}
