//! Tokens in the application's own table: one method to implement, and the layer does the rest.
//!
//! `cargo run -p custom-store` prints a curl command with a token of that table in it, which is `$TOKEN` here:
//!
//! ```sh
//! curl -H "Authorization: Token $TOKEN" http://127.0.0.1:3000/     # 200 ada
//! curl -H "Authorization: Token ${TOKEN}x" http://127.0.0.1:3000/  # 401
//! curl http://127.0.0.1:3000/                                      # 401
//! ```

use axum::Router;
use axum::routing::get;
use empress_auth_tower::core::{
    CredentialStore, Lookup, SecretDigest, StoreError, StoredCredential, StoredUser,
};
use empress_auth_tower::{Authenticated, TokenAuth};
use rusqlite::{Connection, OptionalExtension};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// Tables as an application may have them: a token is kept as the SHA-256 of its text.
const TABLES: &str = "
    CREATE TABLE account (id TEXT PRIMARY KEY, name TEXT NOT NULL, active BOOLEAN NOT NULL);
    CREATE TABLE token (id TEXT PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, account TEXT NOT NULL);
    INSERT INTO account VALUES ('1', 'ada', TRUE);";

const FIND: &str = "
    SELECT token.id, account.id, account.name, account.active
    FROM token JOIN account ON account.id = token.account WHERE token.sha256 = ?";

/// Every request asks the table, so that a row is gone at once; `Cached::new(tokens, ..)` remembers.
struct Tokens(Mutex<Connection>);

impl CredentialStore for Tokens {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let Lookup::Digest(digests) = what else {
            return Ok(None);
        };
        // The other digests are of forms of tokens that this table has none of.
        let Some(sha256) = digests.iter().find(|one| one.algorithm() == "s256") else {
            return Ok(None);
        };
        // By an index, in memory: microseconds. What takes longer belongs on `spawn_blocking`.
        let db = self.0.lock().await;
        let found = db.query_row(FIND, [sha256.as_bytes()], |row| {
            let (token, account): (String, String) = (row.get(0)?, row.get(1)?);
            let (name, active): (String, bool) = (row.get(2)?, row.get(3)?);
            let user = StoredUser::new(&account, &name).with_enabled(active);
            Ok(StoredCredential::new(&token, sha256.clone(), user))
        });
        found.optional().map_err(StoreError::unavailable)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = Connection::open_in_memory()?;
    db.execute_batch(TABLES)?;
    let token: String = db.query_row("SELECT lower(hex(randomblob(20)))", [], |row| row.get(0))?;
    let sha256 = SecretDigest::sha256_of(token.as_bytes());
    let insert = "INSERT INTO token VALUES ('7', ?, '1')";
    db.execute(insert, [sha256.as_bytes()])?;

    let auth = TokenAuth::new(Tokens(Mutex::new(db)));
    let app = Router::new().route("/", get(hello)).layer(auth);

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("curl -H 'Authorization: Token {token}' http://{address}/");
    axum::serve(listener, app).await?;
    Ok(())
}

async fn hello(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}
