//! Databases that are gone when their test has ended, and what is in them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use empress_auth_core::testing::{decide, unstored_token};
use empress_auth_core::{
    Actor, Authenticator, Clock, Grounds, MadeToken, NewToken, RejectionKind, SecretDigest,
    Session, SessionRow, SessionStore, TokenIssuer, TokenKind, TokenStore,
};
use empress_auth_sql::SqliteStore;

/// How long a change waits here: what a test does at once must not fail because the machine's disk stood still for a while.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);

/// An empty directory of its own.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("empress-auth-sql-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("empress-auth.db")
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        let options = SqliteStore::options(self.database());
        options.write_timeout(WRITE_TIMEOUT).open().await.unwrap()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Left behind, it is in nobody's way.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Those of somebody at the machine.
pub(crate) fn grounds() -> Grounds {
    grounds_at(Clock::system().now())
}

pub(crate) fn grounds_at(at: SystemTime) -> Grounds {
    Actor::assert_local_operator().grounds(at)
}

/// A new token of a user, and the field that shows it.
pub(crate) async fn token(store: &SqliteStore, username: &str) -> (MadeToken, String) {
    let made = TokenIssuer::new(store.clone())
        .create(
            Actor::assert_local_operator(),
            username,
            NewToken::named("x"),
        )
        .await
        .unwrap();
    let field = format!("Bearer {}", made.expose_secret());
    (made, field)
}

/// A new session of a user, which lives for a week, and the value of its cookie.
pub(crate) async fn session(store: &SqliteStore, username: &str, at: SystemTime) -> String {
    let (id, value) = unstored_token(TokenKind::Session, store.store_key(), at);
    let end = at + Duration::from_secs(7 * 24 * 60 * 60);
    let session = Session::new(id, username, at, end, Duration::from_secs(12 * 60 * 60));
    let row = SessionRow::new(session, SecretDigest::sha256_of(value.as_bytes()));
    store
        .insert_session(row, None, 1_000, &grounds_at(at))
        .await
        .unwrap();
    value
}

/// Why a layer turns the cookie away; nothing if it does not.
pub(crate) async fn refusal_of_cookie(layer: &Authenticator, value: &str) -> Option<RejectionKind> {
    let layer = layer.clone().session_cookie("sid");
    let request = http::Request::get("/").header("cookie", format!("sid={value}"));
    let decision = decide(&layer, &request.body(()).unwrap()).await;
    decision.err().map(|rejection| rejection.kind())
}
