#![doc = include_str!("../README.md")]

// So that tests inside and outside share their support.
#[cfg(all(test, feature = "sqlite"))]
extern crate self as empress_auth_sql;

#[cfg(feature = "sqlite")]
mod column;
#[cfg(feature = "sqlite")]
mod last_uses;
#[cfg(feature = "sqlite")]
mod open_error;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use self::open_error::{OpenError, OpenErrorKind};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Migrated, Restored, SqliteOptions, SqliteStore};
