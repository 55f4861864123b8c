//! People, and what they hold.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use empress_auth_core::endpoint::Endpoints;
use empress_auth_core::network::Network;
use empress_auth_core::password::{Password, PasswordHash, PasswordPool};
use empress_auth_core::{
    Accounts, Actor, Authenticator, Clock, KeyIssuer, MemoryStore, NewToken, NewUser, PublicUrl,
    SYSTEM_MANAGER, Scopes, SecretDigest, SessionIssuer, TokenId, TokenIssuer, UserChange,
};

/// The password of everyone who has one.
pub const PASSWORD: &str = "pässword:with a colon";

/// Where pages of the application lie, as the client's `Host` field has it.
pub const SITE: &str = "http://app.example";

/// A store, its clock, and the calls that make users and credentials.
///
/// `ada` has the role `Manager`, `root` is a System Manager, `eve` has no roles.
#[derive(Debug, Clone)]
pub struct World {
    /// The store.
    pub store: MemoryStore,
    /// The time.
    pub clock: Clock,
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

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world in the year 2026, where time moves only when told to.
    #[must_use]
    pub fn new() -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
        let clock = Clock::manual(start);
        let store = MemoryStore::with(clock.clone(), 10_000);
        let world = Self { store, clock };
        world.user(NewUser::named("ada").with_roles(["Manager"]));
        world.user(NewUser::named("eve"));
        world.user(NewUser::named("root").with_roles([SYSTEM_MANAGER]));
        world
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
        Endpoints::new(self.store.clone()).with_clock(self.clock.clone())
    }

    /// Makes a user.
    pub fn user(&self, new: NewUser) {
        wait(self.store.create_user(new)).expect("a new user");
    }

    /// Makes a user with [`PASSWORD`].
    pub fn user_with_password(&self, username: &str) {
        self.user(NewUser::named(username).with_password_hash(hash()));
    }

    /// Sets [`PASSWORD`], anew if the user has it already.
    pub fn set_password(&self, username: &str) {
        let mut change = UserChange::default();
        change.password = Some(hash());
        wait(self.accounts().update(operator(), username, change)).expect("a password");
    }

    /// Logs in and out.
    #[must_use]
    pub fn sessions(&self) -> SessionIssuer {
        SessionIssuer::new(self.store.clone()).with_clock(self.clock.clone())
    }

    /// The value of the cookie of a user that has [`PASSWORD`].
    #[must_use]
    pub fn session(&self, username: &str) -> String {
        let password = Password::new(PASSWORD).unwrap();
        let made = self.sessions();
        let made = wait(made.log_in(username, password, None, None)).expect("a session");
        made.expose_secret().to_owned()
    }

    /// Issues tokens of this world.
    #[must_use]
    pub fn tokens(&self) -> TokenIssuer {
        TokenIssuer::new(self.store.clone()).with_clock(self.clock.clone())
    }

    /// Makes a token and says its id, too.
    #[must_use]
    pub fn token_with_id(&self, username: &str, new: NewToken) -> (TokenId, String) {
        let made = wait(self.tokens().create(&operator(), username, new)).expect("a token");
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
        let issuer = KeyIssuer::new(self.store.clone()).with_clock(self.clock.clone());
        let keys = wait(issuer.generate_keys(&operator(), username)).expect("keys");
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
        wait(self.tokens().import(&operator(), username, new, digest)).expect("an import");
        text.to_owned()
    }

    /// Ends a token.
    pub fn revoke(&self, id: TokenId) {
        let revoked = wait(self.tokens().revoke(&operator(), &[id])).expect("revoked");
        assert_eq!(revoked, [id]);
    }

    /// Disables a user.
    pub fn disable(&self, username: &str) {
        self.set_enabled(username, false);
    }

    /// Enables a user.
    pub fn enable(&self, username: &str) {
        self.set_enabled(username, true);
    }

    fn set_enabled(&self, username: &str, enabled: bool) {
        let mut change = UserChange::default();
        change.enabled = Some(enabled);
        wait(self.accounts().update(&operator(), username, change)).expect("changed");
    }

    /// Deletes a user.
    pub fn delete(&self, username: &str) {
        wait(self.accounts().delete(&operator(), username)).expect("deleted");
    }

    fn accounts(&self) -> Accounts {
        Accounts::new(self.store.clone()).with_clock(self.clock.clone())
    }
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
