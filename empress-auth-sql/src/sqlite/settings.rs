//! What a program keeps beside its users and tokens: a few values.

use empress_auth_core::StoreError;
use rusqlite::params;

use super::query::one;
use super::{SqliteStore, sql};

impl SqliteStore {
    /// The value that the program has put under this name.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    pub async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let name = own(name);
        self.0
            .lists
            .ask(move |connection| one(connection, sql::SETTING, [name], |row| Ok(row.get(0)?)))
            .await
    }

    /// Puts a value under a name that has none yet, and answers the value that it has then: of several programs that do
    /// so at once one succeeds, and all are told the same.
    ///
    /// # Errors
    ///
    /// `Unavailable` if nothing could be written.
    pub async fn add_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (name, value) = (own(name), value.to_owned());
        self.write_unasked(move |change| {
            change.execute(sql::ADD_SETTING, params![name, value])?;
            let kept = change.one(sql::SETTING, [name], |row| Ok(row.get(0)?))?;
            Ok(kept.unwrap_or(value))
        })
        .await
    }

    /// Puts a value under a name, whatever it was before.
    ///
    /// # Errors
    ///
    /// `Unavailable` if nothing could be written.
    pub async fn replace_setting(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        let (name, value) = (own(name), value.to_owned());
        self.write_unasked(move |change| {
            change.execute(sql::REPLACE_SETTING, params![name, value])?;
            Ok(())
        })
        .await
    }
}

/// Never one of the store's own names.
fn own(name: &str) -> String {
    format!("program.{name}")
}
