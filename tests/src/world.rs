//! People, and what they hold.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use empress_auth_core::endpoint::Endpoints;
use empress_auth_core::network::Network;
use empress_auth_core::password::{Password, PasswordHash, PasswordPool};
use empress_auth_core::{
    Accounts, Actor, AnyStore, Authenticator, Clock, CredentialMemory, CredentialStore,
    IssuingStore, KeyIssuer, Lookup, MemoryStore, NewToken, NewUser, PublicUrl, SYSTEM_MANAGER,
    Scopes, SecretDigest, SessionIssuer, StoreError, StoredCredential, TokenId, TokenIssuer,
    UserChange,
};
use empress_auth_sql::SqliteStore;

use crate::directory::Directory;

/// The password of everyone who has one.
pub const PASSWORD: &str = "pässword:with a colon";

/// Where pages of the application lie, as the client's `Host` field has it.
pub const SITE: &str = "http://app.example";

/// A store, its clock, and the calls that make users and credentials.
///
/// `ada` has the role `Manager`, `root` is a System Manager, `eve` has no roles.
#[derive(Debug, Clone)]
pub struct World {
    /// The store, as a layer reads it.
    pub store: AnyStore,
    /// The time.
    pub clock: Clock,
    issuers: Issuers,
    /// The directory of the database, if this world is in one.
    pub(crate) files: Option<Arc<Directory>>,
}

/// Those who write to the store.
#[derive(Debug, Clone)]
struct Issuers {
    endpoints: Endpoints,
    accounts: Accounts,
    keys: KeyIssuer,
    tokens: TokenIssuer,
    sessions: SessionIssuer,
}

/// Runs a future to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

/// `Basic` with this content.
#[must_use]
pub fn basic(content: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(content))
}

impl World {
    /// A world in memory, in the year 2026, where time moves only when told to.
    #[must_use]
    pub fn in_memory() -> Self {
        let clock = standing_still();
        Self::empty(MemoryStore::with(clock.clone(), REMEMBERED), clock).with_people()
    }

    /// The same in an SQLite file.
    #[must_use]
    pub fn in_sqlite() -> Self {
        Self::in_a_file(standing_still())
    }

    /// A world that another process shares: in an SQLite file, with the time of the machine.
    #[must_use]
    pub fn shared() -> Self {
        Self::in_a_file(Clock::system())
    }

    fn in_a_file(clock: Clock) -> Self {
        let files = Arc::new(Directory::new());
        let options = SqliteStore::options(files.database()).clock(clock.clone());
        let store = wait(options.remembered(REMEMBERED).open()).expect("a database");
        let world = Self {
            files: Some(Arc::clone(&files)),
            ..Self::empty(store.clone(), clock)
        };
        let store = AnyStore::new(Filed {
            store,
            _files: files,
        });
        Self { store, ..world }.with_people()
    }

    /// A world without people.
    #[must_use]
    pub fn empty(store: impl IssuingStore + CredentialStore + Clone, clock: Clock) -> Self {
        let issuers = Issuers {
            endpoints: Endpoints::new(store.clone()).with_clock(clock.clone()),
            accounts: Accounts::new(store.clone()).with_clock(clock.clone()),
            keys: KeyIssuer::new(store.clone()).with_clock(clock.clone()),
            tokens: TokenIssuer::new(store.clone()).with_clock(clock.clone()),
            sessions: SessionIssuer::new(store.clone()).with_clock(clock.clone()),
        };
        Self {
            store: AnyStore::new(store),
            clock,
            issuers,
            files: None,
        }
    }

    pub(crate) fn with_people(self) -> Self {
        self.user(NewUser::named("ada").with_roles(["Manager"]));
        self.user(NewUser::named("eve"));
        self.user(NewUser::named("root").with_roles([SYSTEM_MANAGER]));
        self
    }

    /// A layer that requires a credential of this world.
    #[must_use]
    pub fn auth(&self) -> Authenticator {
        Authenticator::new(self.store.clone()).clock(self.clock.clone())
    }

    /// The same that also reads the sessions of [`SITE`].
    #[must_use]
    pub fn auth_with_sessions(&self) -> Authenticator {
        let public_url: PublicUrl = SITE.parse().expect("a URL");
        self.auth().sessions(&public_url)
    }

    /// The routes of this world's endpoints.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        self.issuers.endpoints.clone()
    }

    /// Makes a user.
    pub fn user(&self, new: NewUser) {
        wait(self.issuers.accounts.create(operator(), new, None)).expect("a new user");
    }

    /// Makes a user with [`PASSWORD`].
    pub fn user_with_password(&self, username: &str) {
        self.user(NewUser::named(username).with_password_hash(hash()));
    }

    /// Sets [`PASSWORD`], anew if the user has it already.
    pub fn set_password(&self, username: &str) {
        let mut change = UserChange::default();
        change.password = Some(hash());
        wait(self.issuers.accounts.update(operator(), username, change)).expect("a password");
    }

    /// The value of the cookie of a user that has [`PASSWORD`].
    #[must_use]
    pub fn session(&self, username: &str) -> String {
        let password = Password::new(PASSWORD).unwrap();
        let made = self.issuers.sessions.log_in(username, password, None, None);
        let made = wait(made).expect("a session");
        made.expose_secret().to_owned()
    }

    /// Issues tokens of this world.
    #[must_use]
    pub const fn tokens(&self) -> &TokenIssuer {
        &self.issuers.tokens
    }

    /// Issues key pairs of this world.
    #[must_use]
    pub const fn key_issuer(&self) -> &KeyIssuer {
        &self.issuers.keys
    }

    /// Changes users of this world.
    #[must_use]
    pub const fn accounts(&self) -> &Accounts {
        &self.issuers.accounts
    }

    /// Makes a token and says its id, too.
    #[must_use]
    pub fn token_with_id(&self, username: &str, new: NewToken) -> (TokenId, String) {
        let made = wait(self.issuers.tokens.create(&operator(), username, new)).expect("a token");
        (made.id(), made.expose_secret().to_owned())
    }

    /// Makes a token.
    #[must_use]
    pub fn token_of(&self, username: &str, new: NewToken) -> String {
        self.token_with_id(username, new).1
    }

    /// Makes a token that may do everything its user may.
    #[must_use]
    pub fn token(&self, username: &str) -> String {
        self.token_of(username, NewToken::named("everything"))
    }

    /// Makes a token with scopes.
    #[must_use]
    pub fn scoped_token(&self, username: &str, scopes: &[&str]) -> String {
        let new = NewToken::named("some things").with_scopes(Scopes::only(scopes));
        self.token_of(username, new)
    }

    /// Makes a token that may be used from some networks only.
    #[must_use]
    pub fn token_from(&self, username: &str, network: &str) -> String {
        let network: Network = network.parse().expect("a network");
        self.token_of(
            username,
            NewToken::named("from here").with_networks([network]),
        )
    }

    /// Makes a key pair, as `key:secret`.
    #[must_use]
    pub fn keys(&self, username: &str) -> String {
        let keys = wait(self.issuers.keys.generate_keys(&operator(), username)).expect("keys");
        format!("{}:{}", keys.api_key(), keys.api_secret().expose_secret())
    }

    /// Takes over a token of DRF's: 40 hexadecimal digits.
    #[must_use]
    pub fn drf_token(&self, username: &str) -> String {
        self.imported_token(username, "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b")
    }

    /// Takes over a token that was made elsewhere.
    #[must_use]
    pub fn imported_token(&self, username: &str, text: &str) -> String {
        let digest = SecretDigest::sha256_of(text.as_bytes());
        let new = NewToken::named("imported");
        wait(
            self.issuers
                .tokens
                .import(&operator(), username, new, digest),
        )
        .expect("an import");
        text.to_owned()
    }

    /// Ends a token.
    pub fn revoke(&self, id: TokenId) {
        let revoked = wait(self.issuers.tokens.revoke(&operator(), &[id])).expect("revoked");
        assert_eq!(revoked, [id]);
    }

    /// Disables a user.
    pub fn disable(&self, username: &str) {
        self.set_enabled(username, false);
    }

    /// Whether a user may authenticate.
    #[must_use]
    pub fn is_enabled(&self, username: &str) -> bool {
        let operator = Actor::assert_local_operator();
        wait(self.issuers.accounts.show(operator, username))
            .expect("a user")
            .enabled
    }

    /// Enables a user.
    pub fn enable(&self, username: &str) {
        self.set_enabled(username, true);
    }

    fn set_enabled(&self, username: &str, enabled: bool) {
        let mut change = UserChange::default();
        change.enabled = Some(enabled);
        wait(self.issuers.accounts.update(&operator(), username, change)).expect("changed");
    }

    /// Deletes a user.
    pub fn delete(&self, username: &str) {
        wait(self.issuers.accounts.delete(&operator(), username)).expect("deleted");
    }
}

/// A store whose files stay as long as any layer reads it, also where a scenario has dropped its world.
struct Filed {
    store: SqliteStore,
    _files: Arc<Directory>,
}

impl CredentialStore for Filed {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        self.store.find(what).await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.store.memory()
    }
}

/// More verified credentials than any scenario shows.
pub(crate) const REMEMBERED: usize = 10_000;

pub(crate) fn standing_still() -> Clock {
    Clock::manual(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000))
}

/// Of [`PASSWORD`], made once: it takes its time.
fn hash() -> PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    let made = HASH.get_or_init(|| {
        let password = Password::new(PASSWORD).unwrap();
        wait(PasswordPool::new().hash(password)).unwrap()
    });
    made.clone()
}

fn operator() -> Actor {
    Actor::assert_local_operator()
}
