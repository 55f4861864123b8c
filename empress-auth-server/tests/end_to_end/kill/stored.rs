//! All that the database holds of one user.

use std::collections::{BTreeMap, BTreeSet};

use empress_auth_core::SecretDigest;

use crate::database::Database;

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
    pub(super) fn of_user(name: &str, database: &Database) -> Self {
        database.at_once(|database| {
            let id: i64 = database.column("SELECT id FROM users WHERE username = ?1", [name])[0];
            let subject = id.to_string();
            let set = |sql| database.column(sql, [id]).into_iter().collect();
            let secrets: Vec<Option<Digest>> =
                database.column("SELECT digest FROM api_keys WHERE user_id = ?1", [id]);
            let actions: Vec<String> =
                database.column("SELECT action FROM audit WHERE user_id = ?1", [&subject]);
            let changes: Vec<i64> =
                database.column("SELECT seq FROM changes WHERE subject = ?1", [&subject]);
            let mut stored = Self {
                tokens: set("SELECT digest FROM tokens WHERE user_id = ?1"),
                secret: secrets.into_iter().next().flatten(),
                sessions: set("SELECT digest FROM sessions WHERE user_id = ?1"),
                audited: BTreeMap::new(),
                announced: changes.len(),
            };
            for action in actions {
                stored.log(&action, 1);
            }
            stored
        })
    }

    pub(super) fn log(&mut self, action: &str, times: usize) {
        if times > 0 {
            *self.audited.entry(action.to_owned()).or_default() += times;
        }
    }
}
