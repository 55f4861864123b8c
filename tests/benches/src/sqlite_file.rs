//! An SQLite file of so many tokens, as one that has been in use for a year.

use std::path::{Path, PathBuf};

use empress_auth_core::TokenId;
use empress_auth_sql::SqliteStore;
use rusqlite::{Connection, params};

use crate::data::mix;

/// The name of a user of every file that is not tiny.
#[must_use]
pub fn username(number: usize) -> String {
    format!("user-{}", number % 1_000)
}

/// How many tokens each of the other users has.
const TOKENS_PER_USER: usize = 100;

/// When the first was made: 2025-01-01, from which ids count.
const FIRST_MILLIS: u64 = 1_735_689_600_000;

const YEAR_MILLIS: u64 = 365 * 24 * 60 * 60 * 1_000;

/// Gone with its directory when it is dropped.
pub struct SqliteFile {
    directory: PathBuf,
    /// Of the tokens, in the order in which they were made.
    pub ids: Vec<TokenId>,
}

impl SqliteFile {
    /// A file of so many tokens.
    pub async fn make(count: usize) -> Self {
        let directory =
            std::env::temp_dir().join(format!("empress-auth-stores-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        let mut file = Self {
            directory,
            ids: Vec::with_capacity(count),
        };
        file.open().await.close().await;
        file.fill(count).expect("rows");
        file
    }

    /// Opens it as an application does.
    pub async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.path()).await.expect("a store")
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.join("empress-auth.db")
    }

    /// Bytes of the tokens' table and its indexes.
    #[must_use]
    pub fn token_bytes(&self) -> f64 {
        connect(&self.path())
            .query_row(
                "SELECT sum(pgsize) FROM dbstat
                 WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = 'tokens')",
                [],
                |row| row.get(0),
            )
            .expect("dbstat")
    }

    /// Changes with every commit of somebody else.
    pub fn watch(&self) -> impl Fn() -> i64 + use<> {
        let connection = connect(&self.path());
        move || {
            connection
                .query_row("PRAGMA data_version", [], |row| row.get(0))
                .expect("a version")
        }
    }

    /// One transaction: through the store it would take minutes.
    fn fill(&mut self, count: usize) -> rusqlite::Result<()> {
        let mut connection = connect(&self.path());
        let filling = connection.transaction()?;
        {
            let mut user = filling.prepare(
                "INSERT INTO users (username, user_key, email, enabled, roles, created_at, token_epoch, password_set_at)
                 VALUES (?1, ?1, ?1 || '@example.com', 1, '[\"Reader\"]', ?2, 0, ?2)",
            )?;
            let mut token = filling.prepare(
                "INSERT INTO tokens (id, user_id, form, algorithm, digest, last4, name, created_at, expires_at,
                     last_used_at, scopes)
                 VALUES (?1, ?2, 'pat', 's256', ?3, 'x4Yz', ?4, ?5, ?6, ?7, ?8)",
            )?;
            let users = count.div_ceil(TOKENS_PER_USER);
            let mut user_ids = Vec::with_capacity(users);
            for number in 0..users {
                user.execute(params![format!("user-{number}"), FIRST_MILLIS as i64])?;
                user_ids.push(filling.last_insert_rowid());
            }
            for number in 0..count {
                let since = YEAR_MILLIS / count as u64 * number as u64;
                let id = (since << 23) | (mix(number) & 0x7f_ffff);
                let made_at = (FIRST_MILLIS + since) as i64;
                // One in two ends, is limited, was used.
                let half = |bit: u32| (mix(number) >> (40 + bit)) & 1 == 0;
                let digest: Vec<u8> = (0..4)
                    .flat_map(|part| mix(number * 4 + part).to_le_bytes())
                    .collect();
                token.execute(params![
                    (id ^ (1 << 63)) as i64,
                    user_ids[mix(number) as usize % users],
                    digest,
                    format!("runner {}", number % 1_000),
                    made_at,
                    half(0).then_some(made_at + 2 * YEAR_MILLIS as i64),
                    half(1).then_some(made_at + 1_000),
                    half(2).then_some("[\"invoices:read\",\"invoices:write\"]"),
                ])?;
                self.ids.push(TokenId::from_number(id));
            }
        }
        filling.commit()?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

impl Drop for SqliteFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// A connection that keeps what ours promise: the peers' changes are as durable.
#[must_use]
pub fn connect(path: &Path) -> Connection {
    let connection = Connection::open(path).expect("a connection");
    connection
        .pragma_update(None, "synchronous", "full")
        .expect("a pragma");
    connection
        .pragma_update(None, "foreign_keys", true)
        .expect("a pragma");
    connection
        .busy_timeout(std::time::Duration::from_secs(5))
        .expect("a timeout");
    connection
}
