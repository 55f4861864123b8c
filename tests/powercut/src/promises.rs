//! What was acknowledged, and is it there?

use std::collections::BTreeMap;
use std::path::Path;

use empress_auth_core::testing::decide;
use empress_auth_core::{Authenticator, RejectionKind, TokenId};
use empress_auth_oauth::store::GrantStore;
use empress_auth_sql::SqliteStore;
use rusqlite::Connection;

use crate::families::REFRESH;

/// What the notes say, up to the cut.
#[derive(Default)]
pub(crate) struct Promises {
    /// By what a client shows: whether it must be accepted; nothing while that is being changed.
    credentials: BTreeMap<String, Option<bool>>,
    /// Of these pairs exactly one must be accepted.
    replacing: Vec<[String; 2]>,
    /// Of these all must be accepted, or none.
    together: Vec<Vec<String>>,
    users: usize,
}

/// As many events as rows: what the log tells is what is there.
const RECONCILED: &[(&str, &str)] = &[
    (
        "users",
        "SELECT (SELECT count(*) FROM audit WHERE action = 'user.created') - (SELECT count(*) FROM users)",
    ),
    (
        "tokens",
        "SELECT sum(CASE action WHEN 'token.created' THEN 1 WHEN 'token.revoked' THEN -1 ELSE 0 END)
            - (SELECT count(*) FROM tokens) FROM audit",
    ),
    (
        "sessions",
        "SELECT sum(CASE action WHEN 'session.created' THEN 1 WHEN 'session.ended' THEN -1 ELSE 0 END)
            - (SELECT count(*) FROM sessions) FROM audit",
    ),
    (
        "withdrawals",
        "SELECT sum(action IN ('keys.generated', 'token.revoked', 'session.ended', 'grant.ended'))
            - (SELECT count(*) FROM changes) FROM audit",
    ),
    (
        "grants",
        "SELECT sum(CASE action WHEN 'grant.created' THEN 1 WHEN 'grant.ended' THEN -1 ELSE 0 END)
            - (SELECT count(*) FROM grants) FROM audit",
    ),
    (
        "grants that were made by a code",
        "SELECT count(*) - (SELECT count(*) FROM grants) FROM codes WHERE is_used AND grant_id IS NOT NULL",
    ),
    (
        "codes used by halves",
        "SELECT count(*) FROM codes WHERE is_used <> (grant_id IS NOT NULL)",
    ),
    (
        "rotations by halves",
        "SELECT count(*) FROM grants g WHERE used_generation + 1 <> (
            SELECT max(generation) FROM refresh_tokens r WHERE r.grant_id = g.id)",
    ),
];

impl Promises {
    pub(crate) fn note(&mut self, line: &str) {
        let mut parts = line.split('\t');
        let is_done = parts.next() == Some("done");
        let rest: Vec<_> = parts.skip(1).collect();
        match rest[..] {
            ["user"] => self.users += usize::from(is_done),
            ["made", shown] => self.set(shown, is_done.then_some(true)),
            ["ended", shown] => self.set(shown, is_done.then_some(false)),
            ["replaced", old, new] => {
                self.set(old, is_done.then_some(false));
                self.set(new, is_done.then_some(true));
                let pair = [old.to_owned(), new.to_owned()];
                if is_done {
                    self.replacing.retain(|other| *other != pair);
                } else {
                    self.replacing.push(pair);
                }
            }
            ["granted", ref shown @ ..] => self.set_all(shown, true, is_done),
            ["withdrew", ref shown @ ..] => self.set_all(shown, false, is_done),
            _ => panic!("a note that is not understood: {line}"),
        }
    }

    fn set_all(&mut self, shown: &[&str], is_accepted: bool, is_done: bool) {
        for one in shown {
            self.set(one, is_done.then_some(is_accepted));
        }
        let all: Vec<_> = shown.iter().map(|one| (*one).to_owned()).collect();
        if is_done {
            self.together.retain(|other| *other != all);
        } else {
            self.together.push(all);
        }
    }

    fn set(&mut self, shown: &str, is_accepted: Option<bool>) {
        self.credentials.insert(shown.to_owned(), is_accepted);
    }

    /// What of it does not hold in the files in `directory`.
    pub(crate) fn check(&self, directory: &Path) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let mut complaints = runtime.unwrap().block_on(self.ask_store(directory));
        let connection = Connection::open(directory.join("empress-auth.db")).unwrap();
        for pragma in ["integrity_check", "foreign_key_check"] {
            let told = connection.pragma_query(None, pragma, |row| {
                let told: String = row.get(0)?;
                if told != "ok" {
                    complaints.push(format!("{pragma}: {told}"));
                }
                Ok(())
            });
            told.unwrap();
        }
        for (what, sql) in RECONCILED {
            let difference: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).unwrap();
            if difference.unwrap_or_default() != 0 {
                complaints.push(format!("{what}: {difference:?} more in the audit log"));
            }
        }
        complaints
    }

    async fn ask_store(&self, directory: &Path) -> Vec<String> {
        let store = match SqliteStore::open(directory.join("empress-auth.db")).await {
            Ok(store) => store,
            Err(error) => return vec![format!("it cannot be opened: {error}")],
        };
        let layer = Authenticator::new(store.clone()).session_cookie("sid");
        let mut complaints = Vec::new();
        for (shown, expected) in &self.credentials {
            let found = accepts(&store, &layer, shown).await;
            if expected.is_some_and(|expected| found != expected) {
                complaints.push(format!("{shown} is accepted: {found}"));
            }
        }
        for [old, new] in &self.replacing {
            let accepted = [
                accepts(&store, &layer, old).await,
                accepts(&store, &layer, new).await,
            ];
            if accepted[0] == accepted[1] {
                complaints.push(format!("{old} and {new} are accepted: {accepted:?}"));
            }
        }
        for group in &self.together {
            let mut accepted = Vec::new();
            for shown in group {
                accepted.push(accepts(&store, &layer, shown).await);
            }
            if accepted.contains(&true) && accepted.contains(&false) {
                complaints.push(format!("{group:?} are accepted: {accepted:?}"));
            }
        }
        drop(layer);
        store.close().await;
        let connection = Connection::open(directory.join("empress-auth.db")).unwrap();
        let count = connection.query_row("SELECT count(*) FROM users", [], |row| row.get(0));
        let count: i64 = count.unwrap();
        if usize::try_from(count).unwrap() < self.users {
            complaints.push(format!("{count} users of {}", self.users));
        }
        complaints
    }
}

/// Whether a layer accepts a cookie or a field; of a refresh token, whether it is there.
async fn accepts(store: &SqliteStore, layer: &Authenticator, shown: &str) -> bool {
    if let Some(id) = shown.strip_prefix(REFRESH) {
        let found = store.refresh_token(TokenId::parse(id).unwrap()).await;
        return found.unwrap().is_some();
    }
    let name = if shown.starts_with("sid=") {
        "cookie"
    } else {
        "authorization"
    };
    let request = http::Request::get("/")
        .header(name, shown)
        .body(())
        .unwrap();
    match decide(layer, &request).await {
        Ok(identity) => identity.is_some(),
        Err(rejection) => {
            let refused = [RejectionKind::Invalid, RejectionKind::SessionEnded];
            assert!(refused.contains(&rejection.kind()), "{rejection:?}");
            false
        }
    }
}
