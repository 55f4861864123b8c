//! What every command works with.

use std::cell::OnceCell;

use empress_auth_core::{Accounts, Actor, MasterKey};
use empress_auth_oauth::Clients;
use empress_auth_sql::{OpenError, SqliteStore};

use crate::config::Config;
use crate::failure::Failure;
use crate::master_key::MasterKeySource;
use crate::output::Output;

/// The configuration, where answers go, and the database once it is open.
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) output: Output,
    may: May,
    store: OnceCell<SqliteStore>,
}

/// What was allowed to be done with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum May {
    Write,
    /// `--read-only`.
    Look,
}

/// How many items a command takes from the store at a time.
pub(super) const PAGE: usize = 500;

/// Whoever can run the program on the database's machine may do everything to it.
pub(super) const fn operator() -> Actor {
    Actor::assert_local_operator()
}

impl Setup {
    pub(super) const fn new(config: Config, output: Output, may: May) -> Self {
        Self {
            config,
            output,
            may,
            store: OnceCell::new(),
        }
    }

    /// Opens the database, which must be there.
    pub(super) async fn open(&self) -> Result<SqliteStore, Failure> {
        self.keep(self.opened().await)
    }

    /// The same for a command that closes it itself.
    pub(super) async fn opened(&self) -> Result<SqliteStore, OpenError> {
        let database = &self.config.database;
        match self.may {
            May::Write => database.open().await,
            May::Look => database.open_to_look().await,
        }
    }

    /// Opens the database, and makes it if it is not there.
    pub(super) async fn open_or_make(&self) -> Result<SqliteStore, Failure> {
        self.keep(self.config.database.open_or_make().await)
    }

    /// Closes the database, which then is one file if nobody else has it open.
    pub(super) async fn close(mut self) {
        if let Some(store) = self.store.take() {
            store.close().await;
        }
    }

    /// Users, with the configured policy for passwords.
    pub(super) fn accounts(&self, store: &SqliteStore) -> Result<Accounts, Failure> {
        Ok(Accounts::new(store.clone()).with_password_policy(self.config.password_policy()?))
    }

    /// The clients of the provider.
    pub(super) async fn clients(&self, store: &SqliteStore) -> Result<Clients, Failure> {
        Ok(Clients::new(store.clone(), &self.master_key(store).await?))
    }

    /// The master key of the database.
    pub(super) async fn master_key(&self, store: &SqliteStore) -> Result<MasterKey, Failure> {
        let source = MasterKeySource::of(&self.config);
        match self.may {
            May::Write => source.load(store).await,
            May::Look => source
                .find(store)
                .await?
                .ok_or_else(|| Failure::failed("this database was not used with a master key yet")),
        }
    }

    fn keep(&self, opened: Result<SqliteStore, OpenError>) -> Result<SqliteStore, Failure> {
        let store = opened?;
        // A command opens the database once.
        _ = self.store.set(store.clone());
        Ok(store)
    }
}
