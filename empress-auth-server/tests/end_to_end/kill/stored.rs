//! What the database says: read beside the running program, as an operator would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use empress_auth_core::SecretDigest;
use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags};

/// What is stored in place of a secret.
pub(super) type Digest = Vec<u8>;

pub(super) fn digest_of(secret: &str) -> Digest {
    SecretDigest::sha256_of(secret.as_bytes())
        .as_bytes()
        .to_vec()
}

/// All that is stored of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) tokens: BTreeSet<Digest>,
    pub(super) secret: Option<Digest>,
    pub(super) sessions: BTreeSet<Digest>,
    /// How many rows of the audit log there are for each action.
    pub(super) audited: BTreeMap<String, usize>,
    /// How many rows of the feed tell other processes to forget the user.
    pub(super) announced: usize,
}

impl Stored {
    pub(super) fn log(&mut self, action: &str, times: usize) {
        if times > 0 {
            *self.audited.entry(action.to_owned()).or_default() += times;
        }
    }
}

pub(super) struct Database(Connection);

impl Database {
    pub(super) fn open(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        Self(Connection::open_with_flags(path, flags).unwrap())
    }

    /// That no page and no reference is broken.
    pub(super) fn is_sound(&self) {
        let told: Vec<String> = self.column("PRAGMA integrity_check", []);
        assert_eq!(told, ["ok"]);
        let dangling: Vec<String> = self.column("PRAGMA foreign_key_check", []);
        assert!(dangling.is_empty(), "{dangling:?}");
    }

    /// All of one moment, because the program may be at work.
    pub(super) fn of_user(&self, name: &str) -> Stored {
        self.0.execute_batch("BEGIN").unwrap();
        let id: i64 = self.column("SELECT id FROM users WHERE username = ?1", [name])[0];
        let subject = id.to_string();
        let secrets: Vec<Option<Digest>> =
            self.column("SELECT digest FROM api_keys WHERE user_id = ?1", [id]);
        let actions: Vec<String> =
            self.column("SELECT action FROM audit WHERE user_id = ?1", [&subject]);
        let announced: Vec<i64> = self.column(
            "SELECT count(*) FROM changes WHERE subject = ?1",
            [&subject],
        );
        let mut stored = Stored {
            tokens: self.set("SELECT digest FROM tokens WHERE user_id = ?1", id),
            secret: secrets.into_iter().next().flatten(),
            sessions: self.set("SELECT digest FROM sessions WHERE user_id = ?1", id),
            audited: BTreeMap::new(),
            announced: usize::try_from(announced[0]).unwrap(),
        };
        for action in actions {
            stored.log(&action, 1);
        }
        self.0.execute_batch("COMMIT").unwrap();
        stored
    }

    fn set(&self, sql: &str, user_id: i64) -> BTreeSet<Digest> {
        self.column(sql, [user_id]).into_iter().collect()
    }

    fn column<T: FromSql>(&self, sql: &str, parameters: impl rusqlite::Params) -> Vec<T> {
        let mut statement = self.0.prepare(sql).unwrap();
        let rows = statement.query_map(parameters, |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}
