#![doc = include_str!("../README.md")]

mod column;
mod last_uses;
mod open_error;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use self::open_error::{OpenError, OpenErrorKind};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{Migrated, SqliteOptions, SqliteStore};
