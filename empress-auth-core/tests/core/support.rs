//! What the tests have in common: users, credentials, requests, numbers that only look random.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, Clock, Decision, GeneratedKeys, Identity, KeyIssuer, MadeToken,
    MemoryStore, NewToken, NewUser, RejectionKind, TokenIssuer, UserChange,
};

/// How often a race is run: `make long PART=races` asks for more than `usual` (`EMPRESS_RACES`).
pub(crate) fn rounds(usual: usize) -> usize {
    let asked = std::env::var("EMPRESS_RACES").ok();
    asked.map_or(usual, |asked| {
        asked.parse().expect("a number in EMPRESS_RACES")
    })
}

/// A store with a clock that stands still at [`start`], and the clock.
pub(crate) fn store_and_clock() -> (MemoryStore, Clock) {
    let clock = Clock::manual(start());
    (MemoryStore::with(clock.clone(), 100_000), clock)
}

pub(crate) fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_900_000_000)
}

pub(crate) fn operator() -> Actor {
    Actor::assert_local_operator()
}

pub(crate) async fn user(store: &MemoryStore, name: &str) {
    store.create_user(NewUser::named(name)).await.unwrap();
}

pub(crate) async fn token(store: &MemoryStore, name: &str, clock: &Clock) -> MadeToken {
    token_of(store, name, clock, NewToken::named("test")).await
}

pub(crate) async fn token_of(
    store: &MemoryStore,
    name: &str,
    clock: &Clock,
    new: NewToken,
) -> MadeToken {
    TokenIssuer::new(store.clone())
        .with_clock(clock.clone())
        .with_limit_per_user(usize::MAX)
        .create(&operator(), name, new)
        .await
        .unwrap()
}

pub(crate) async fn keys(store: &MemoryStore, name: &str, clock: &Clock) -> GeneratedKeys {
    KeyIssuer::new(store.clone())
        .with_clock(clock.clone())
        .generate_keys(&operator(), name)
        .await
        .unwrap()
}

pub(crate) async fn revoke(store: &MemoryStore, token: &MadeToken) {
    let issuer = TokenIssuer::new(store.clone());
    let revoked = issuer.revoke(&operator(), &[token.id()]).await.unwrap();
    assert_eq!(revoked, [token.id()]);
}

pub(crate) fn pair(keys: &GeneratedKeys) -> String {
    format!("{}:{}", keys.api_key(), keys.api_secret().expose_secret())
}

pub(crate) fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

pub(crate) fn enabled(enabled: bool) -> UserChange {
    let mut change = UserChange::default();
    change.enabled = Some(enabled);
    change
}

/// Who the layer finds behind the field.
pub(crate) async fn accepted(layer: &Authenticator, field: &str) -> Identity {
    present(layer, field)
        .await
        .unwrap()
        .expect("somebody, not nobody")
}

/// Why the layer refuses the field.
pub(crate) async fn refused(layer: &Authenticator, field: &str) -> RejectionKind {
    why(&present(layer, field).await)
}

pub(crate) fn why(decision: &Decision) -> RejectionKind {
    match decision {
        Ok(found) => panic!("accepted as {found:?}"),
        Err(rejection) => rejection.kind(),
    }
}

/// A xorshift generator: varied, and the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// So many characters of `alphabet`.
    pub(crate) fn text(&mut self, len: usize, alphabet: &[u8]) -> String {
        (0..len).map(|_| char::from(*self.pick(alphabet))).collect()
    }
}

pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
