#![doc = include_str!("../README.md")]

// So that tests inside and outside share their support.
#[cfg(test)]
extern crate self as empress_auth_sql;

mod column;
mod last_uses;
mod open_error;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use self::open_error::{OpenError, OpenErrorKind};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Migrated, SqliteOptions, SqliteStore};
