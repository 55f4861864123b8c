//! What goes by itself, and what must not.

use std::time::{Duration, SystemTime};

use empress_auth_core::{
    Actor, Clock, Grounds, MemoryStore, NewUser, SecretDigest, TokenId, UserStore,
};

use super::holders::Holders;
use super::{ProviderTables, tables};
use crate::client::Client;
use crate::grant::{AccessTokenRow, CodeRow, Grant, Granted, IssuedTokens, RefreshTokenRow};
use crate::store::{ClientStore, GrantStore, Redeemed, Rotated};

const CLIENT: &str = "client00000000000000";
const HOUR: Duration = Duration::from_secs(3_600);

fn operator() -> Grounds {
    Actor::assert_local_operator().grounds(Clock::system().now())
}

/// A store with one user, `1`, and one client.
async fn store() -> MemoryStore {
    let store = MemoryStore::new();
    let ada = NewUser::named("ada");
    store.insert_user(ada, &operator()).await.unwrap();
    let client = Client::new(CLIENT, "client", Clock::system().now());
    store.insert_client(client, &operator()).await.unwrap();
    store
}

/// Rows with numbers in turn, so that none has the id of another.
struct Rows {
    last: u64,
    store: MemoryStore,
}

impl Rows {
    fn of(store: &MemoryStore) -> Self {
        let (last, store) = (0, store.clone());
        Self { last, store }
    }

    fn id(&mut self) -> (TokenId, SecretDigest) {
        self.last += 1;
        let digest = SecretDigest::sha256_of(&self.last.to_be_bytes());
        (TokenId::from_number(self.last), digest)
    }

    fn tokens(&mut self, grant: TokenId, generation: Option<u32>, at: SystemTime) -> IssuedTokens {
        let (id, digest) = self.id();
        let access = AccessTokenRow::new(id, digest, grant, &[], (at, at + HOUR));
        let refresh = generation.map(|generation| {
            let (id, digest) = self.id();
            RefreshTokenRow::new(id, digest, grant, generation, (at, at + 24 * HOUR))
        });
        IssuedTokens::new(access, refresh)
    }

    /// What the client has for itself, put at `at` for an hour.
    async fn own(&mut self, at: SystemTime) -> TokenId {
        let grant = self.id().0;
        let tokens = self.tokens(grant, None, at);
        let access = tokens.access.id;
        let granted = Granted::new(CLIENT, None, &[]);
        let grant = Grant::new(grant, granted, at, at + HOUR);
        self.store.insert_client_grant(grant, tokens).await.unwrap();
        access
    }

    async fn code(&mut self, at: SystemTime) -> TokenId {
        let (id, digest) = self.id();
        let granted = Granted::new(CLIENT, Some("1"), &[]);
        let times = (at, at + Duration::from_secs(60));
        let code = CodeRow::new(id, digest, granted, "https://a.example/", times);
        self.store.insert_code(code, &operator()).await.unwrap();
        id
    }

    /// A grant of the user's for a code that was put at `at`; its id, its code and its refresh token.
    async fn redeemed(&mut self, at: SystemTime) -> (TokenId, TokenId, TokenId) {
        let code = self.code(at).await;
        let grant = self.id().0;
        let tokens = self.tokens(grant, Some(1), at);
        let refresh = tokens.refresh.as_ref().unwrap().id;
        let granted = Granted::new(CLIENT, Some("1"), &[]);
        let row = Grant::new(grant, granted, at, at + 48 * HOUR);
        let outcome = self.store.redeem_code(code, row, tokens).await.unwrap();
        assert_eq!(outcome, Redeemed::First);
        (grant, code, refresh)
    }
}

/// How many rows lie in the tables, the hand included.
fn sizes(tables: &ProviderTables) -> [usize; 5] {
    [
        tables.codes.len(),
        tables.families.len(),
        tables.access_tokens.len(),
        tables.refresh_tokens.len(),
        tables.hand.lock().len(),
    ]
}

// S-4
#[tokio::test]
async fn what_has_expired_goes_with_the_writes_that_add() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let start = Clock::system().now();
    for number in 0..2_000 {
        // One each ten seconds: 360 are alive.
        rows.own(start + Duration::from_secs(10) * number).await;
    }
    let tables = tables(&store);
    let [codes, families, access, refresh, hand] = sizes(&tables);
    assert_eq!((codes, refresh), (0, 0));
    assert!(families >= 360, "{families} grants, but 360 are alive");
    assert!(families <= 1_000, "{families} grants, and 360 are alive");
    assert_eq!(access, families);
    assert_eq!(hand, families);
    assert_eq!(tables.holders.lock().of_client(CLIENT).own.len(), families);
}

// S-4, S-5
#[tokio::test]
async fn nothing_is_left_of_codes_and_grants_that_have_expired() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let start = Clock::system().now();
    for _ in 0..50 {
        rows.code(start).await;
        rows.redeemed(start).await;
    }
    let later = start + 49 * HOUR;
    for _ in 0..300 {
        rows.own(later).await;
    }
    let tables = tables(&store);
    assert_eq!(sizes(&tables), [0, 300, 300, 0, 300]);
    let held = tables.holders.lock();
    assert!(held.of_user("1").is_empty(), "the user's lists are empty");
    assert_eq!(held.of_client(CLIENT).own.len(), 300);
}

// O-7, S-6
#[tokio::test]
async fn a_used_code_and_a_used_token_are_known_as_long_as_their_grant_can_go_on() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let start = Clock::system().now();
    let (grant, code, first) = rows.redeemed(start).await;
    let mut shown = first;
    for hour in 1..40 {
        let at = start + HOUR * hour;
        let tokens = rows.tokens(grant, Some(hour + 1), at);
        let next = tokens.refresh.as_ref().unwrap().id;
        let outcome = store.rotate(shown, tokens).await.unwrap();
        assert_eq!(outcome, Rotated::Done, "hour {hour}");
        shown = next;
        let used = store.code(code).await.unwrap().unwrap();
        assert_eq!(used.used, crate::grant::CodeUse::Redeemed(grant));
        let known = store.refresh_token(first).await.unwrap().is_some();
        assert_eq!(known, hour < 24, "hour {hour}");
    }
    let [_, families, access, refresh, _] = sizes(&tables(&store));
    assert_eq!(families, 1);
    assert!(
        access <= 3,
        "{access} access tokens, each good for an hour and kept for another"
    );
    assert!(
        refresh <= 25,
        "{refresh} refresh tokens, each good for a day"
    );
}

// O-17
#[tokio::test]
async fn an_access_token_is_known_for_an_hour_after_it_expired() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let start = Clock::system().now();
    let code = rows.code(start).await;
    let grant = rows.id().0;
    let tokens = rows.tokens(grant, Some(1), start);
    let access = tokens.access.id;
    let granted = Granted::new(CLIENT, Some("1"), &[]);
    let row = Grant::new(grant, granted, start, start + 48 * HOUR);
    store.redeem_code(code, row, tokens).await.unwrap();
    for (minutes, is_known) in [(119, true), (120, false)] {
        let at = start + Duration::from_secs(60) * minutes;
        for _ in 0..3 {
            rows.own(at).await;
        }
        let known = store.access_token(access).await.unwrap().is_some();
        assert_eq!(known, is_known, "after {minutes} minutes");
    }
}

#[tokio::test]
async fn the_oldest_of_ten_thousand_make_room_and_are_refused() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let at = Clock::system().now();
    let first = rows.own(at).await;
    let mut last = first;
    for _ in 0..10_100 {
        last = rows.own(at).await;
    }
    assert!(store.access_token(first).await.unwrap().is_none());
    assert!(store.access_token(last).await.unwrap().is_some());
    let [_, families, access, ..] = sizes(&tables(&store));
    assert!((10_000..10_100).contains(&families), "{families} grants");
    assert_eq!(access, families);
}

#[tokio::test]
async fn lists_are_gone_with_what_was_in_them() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let at = Clock::system().now();
    let (grant, ..) = rows.redeemed(at).await;
    rows.code(at).await;
    rows.own(at).await;
    assert!(store.end_grant(grant, at).await.unwrap());
    store.delete_user("ada", &operator()).await.unwrap();
    store.delete_client(CLIENT, &operator()).await.unwrap();
    let tables = tables(&store);
    let [codes, families, access, refresh, _] = sizes(&tables);
    assert_eq!([codes, families, access, refresh], [0; 4]);
    assert!(*tables.holders.lock() == Holders::default());
}

// O-40
#[tokio::test]
async fn a_grant_has_no_more_than_a_thousand_tokens_of_each_kind() {
    let store = store().await;
    let mut rows = Rows::of(&store);
    let mut at = Clock::system().now();
    let (grant, _, first) = rows.redeemed(at).await;
    let mut shown = first;
    for generation in 2..1_200 {
        at += Duration::from_secs(100);
        let mut tokens = rows.tokens(grant, Some(generation), at);
        tokens.access.expires_at = at + 48 * HOUR;
        let next = tokens.refresh.as_mut().unwrap();
        next.expires_at = at + 48 * HOUR;
        let next = next.id;
        assert_eq!(store.rotate(shown, tokens).await.unwrap(), Rotated::Done);
        shown = next;
    }
    let [_, families, access, refresh, _] = sizes(&tables(&store));
    assert_eq!((families, access, refresh), (1, 1_000, 1_000));
    // The oldest are forgotten, a day after: they end nothing.
    let tokens = rows.tokens(grant, Some(2), at);
    assert_eq!(store.rotate(first, tokens).await.unwrap(), Rotated::Gone);
    assert!(store.refresh_token(shown).await.unwrap().is_some());
}
