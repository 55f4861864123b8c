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
    /// What clients were granted, by the digest of the first refresh token.
    pub(super) grants: BTreeMap<Digest, StoredGrant>,
    /// How many rows of the audit log there are for each action.
    pub(super) audited: BTreeMap<String, i64>,
    /// How many rows of the feed tell other processes to forget the user.
    pub(super) announced: i64,
}

/// All that is stored of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct StoredGrant {
    pub(super) access: BTreeSet<Digest>,
    /// Each with its generation.
    pub(super) refresh: BTreeMap<Digest, i64>,
    /// The refresh token that was used last.
    pub(super) used: Option<Digest>,
    /// Whether there is a code that names it: showing that again must end it.
    pub(super) has_code: bool,
}

impl StoredGrant {
    /// All of a user.
    fn of_user(user: i64, database: &Database) -> BTreeMap<Digest, Self> {
        let ids: Vec<i64> = database.column("SELECT id FROM grants WHERE user_id = ?1", [user]);
        ids.into_iter()
            .map(|id| {
                let grant = Self::of(id, database);
                let mut refresh = grant.refresh.iter();
                let first = refresh.find(|(_, generation)| **generation == 1);
                let (first, _) = first.unwrap_or_else(|| panic!("no first token: {grant:?}"));
                (first.clone(), grant)
            })
            .collect()
    }

    fn of(id: i64, database: &Database) -> Self {
        let refresh = "SELECT digest, generation FROM refresh_tokens WHERE grant_id = ?1";
        let used = "SELECT r.digest FROM refresh_tokens r JOIN grants g ON g.used_refresh_id = r.id WHERE g.id = ?1";
        let codes: Vec<i64> =
            database.column("SELECT is_used FROM codes WHERE grant_id = ?1", [id]);
        Self {
            access: database
                .column("SELECT digest FROM access_tokens WHERE grant_id = ?1", [id])
                .into_iter()
                .collect(),
            refresh: database
                .rows(refresh, [id], |row| Ok((row.get(0)?, row.get(1)?)))
                .into_iter()
                .collect(),
            used: database.column(used, [id]).into_iter().next(),
            has_code: codes == [1],
        }
    }
}

impl Stored {
    pub(super) fn of_user(name: &str, database: &Database) -> Self {
        database.at_once(|database| {
            let id: i64 = database.column("SELECT id FROM users WHERE username = ?1", [name])[0];
            let subject = id.to_string();
            let set = |sql| database.column(sql, [id]).into_iter().collect();
            let secrets: Vec<Option<Digest>> =
                database.column("SELECT digest FROM api_keys WHERE user_id = ?1", [id]);
            let audited = "SELECT action, count(*) FROM audit WHERE user_id = ?1 GROUP BY action";
            let announced = "SELECT count(*) FROM changes WHERE subject = ?1";
            Self {
                tokens: set("SELECT digest FROM tokens WHERE user_id = ?1"),
                secret: secrets.into_iter().next().flatten(),
                sessions: set("SELECT digest FROM sessions WHERE user_id = ?1"),
                grants: StoredGrant::of_user(id, database),
                audited: database
                    .rows(audited, [&subject], |row| Ok((row.get(0)?, row.get(1)?)))
                    .into_iter()
                    .collect(),
                announced: database.column(announced, [&subject])[0],
            }
        })
    }

    pub(super) fn log(&mut self, action: &str, times: i64) {
        if times > 0 {
            *self.audited.entry(action.to_owned()).or_default() += times;
        }
    }
}
