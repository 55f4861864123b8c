//! Sweeping takes small bites, and no answer depends on it. S-4, S-5.

use std::time::{Duration, SystemTime};

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, Clock, CredentialStore, Lookup, MasterKey, NewToken, NewUser,
    RejectionKind, TokenIssuer, TokenStore,
};

use tokio::time::Instant;

use super::Commits;
use super::support::{Directory, refusal_of_cookie, session, token};
use crate::SqliteStore;
use crate::column;
use crate::sqlite::query::one;
use crate::sqlite::sweep::{KEEP_EXPIRED_TOKENS, SWEEP_BATCH, sweep};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Puts so many tokens that have expired into the tables; nobody knows their secrets.
pub(super) async fn put_expired(store: &SqliteStore, count: usize, expired_at: SystemTime) {
    let at = column::from_time(expired_at);
    // No writer may take longer than its callers wait.
    for first in (0..count).step_by(PUT_AT_ONCE) {
        let last = count.min(first + PUT_AT_ONCE);
        let (first, last) = (column::from_limit(first), column::from_limit(last));
        let put = store.write_unasked(move |change| {
            change.execute(
                "WITH RECURSIVE n (i) AS (SELECT ?1 + 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
                 INSERT INTO tokens (id, user_id, form, algorithm, digest, last4, name, created_at, expires_at)
                 SELECT i, 1, 'pat', 's256', zeroblob(32), 'xxxx', '', 0, ?3 FROM n",
                [first, last, at],
            )
        });
        put.await.unwrap();
    }
}

const PUT_AT_ONCE: usize = 50_000;

pub(super) async fn count(store: &SqliteStore, table: &'static str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    let count = store.write_unasked(move |change| change.one(&sql, [], |row| Ok(row.get(0)?)));
    count.await.unwrap().unwrap()
}

/// Sweeps, and waits until there is nothing more to do.
pub(super) async fn swept(store: &SqliteStore, at: SystemTime, table: &'static str, left: i64) {
    sweep(store.0.writer.jobs(), at);
    let sweeping = async {
        while count(store, table).await != left {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), sweeping)
        .await
        .expect("it is swept, and no more than that");
}

#[tokio::test]
async fn many_expired_tokens_go_a_thousand_at_a_time() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let now = Clock::system().now();
    let (kept, _) = token(&store, "ada").await;
    put_expired(&store, 2 * SWEEP_BATCH + 500, now).await;
    let commits = Commits::of(&store).await;
    swept(&store, now + KEEP_EXPIRED_TOKENS + DAY, "tokens", 1).await;
    let rows = commits.rows();
    assert_eq!(rows.iter().sum::<usize>(), 2 * SWEEP_BATCH + 500);
    assert!(rows.iter().all(|rows| *rows <= SWEEP_BATCH), "{rows:?}");
    assert!(store.token(kept.id()).await.unwrap().is_some());
}

// S-4: `make long PART=sweep` does it with a million
#[tokio::test(flavor = "multi_thread")]
async fn look_ups_go_on_while_many_are_swept() {
    let count = std::env::var("EMPRESS_SWEPT").map_or(20_000, |count| count.parse().unwrap());
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let (kept, _) = token(&store, "ada").await;
    let now = Clock::system().now();
    put_expired(&store, count, now).await;
    // As of a request whose credential is not remembered.
    let look_up = async || {
        let began = Instant::now();
        let found = store.find(Lookup::Token(kept.id())).await.unwrap();
        assert!(found.is_some());
        began.elapsed()
    };
    let mut each = tokio::time::interval(Duration::from_millis(1));
    let mut before = Vec::new();
    for _ in 0..2_000 {
        each.tick().await;
        before.push(look_up().await);
    }
    let began = Instant::now();
    sweep(store.0.writer.jobs(), now + KEEP_EXPIRED_TOKENS + DAY);
    let left = tokio::spawn({
        let store = store.clone();
        async move {
            let question = |connection: &rusqlite::Connection| {
                let any = "SELECT 1 FROM tokens WHERE expires_at IS NOT NULL LIMIT 1";
                one(connection, any, [], |_| Ok(()))
            };
            while store.0.lists.ask(question).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    });
    let mut during = Vec::new();
    while !left.is_finished() {
        each.tick().await;
        during.push(look_up().await);
    }
    println!(
        "FIGURES: {count} expired tokens swept in {:.1} s; a look-up, 1,000 a second: {} before, {} meanwhile",
        began.elapsed().as_secs_f64(),
        percentiles(&mut before),
        percentiles(&mut during)
    );
    // A batch that held look-ups up would hold up each of them.
    assert!(during[during.len() / 2] < Duration::from_millis(100));
}

/// Of sorted times, in microseconds.
fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_micros();
    format!("p50 {}, p95 {}, p99 {} µs", at(50), at(95), at(99))
}

#[tokio::test]
async fn changes_are_swept_without_a_gap_and_the_last_one_stays() {
    let directory = Directory::new();
    let store = directory.store().await;
    let now = Clock::system().now();
    let long_ago = column::from_time(now - Duration::from_secs(2 * 60 * 60));
    let put = async |count: i64, at: i64| {
        let putting = store.write_unasked(move |change| {
            change.execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                 INSERT INTO changes (at, kind, subject) SELECT ?2, 'user', 'x' FROM n",
                [count, at],
            )
        });
        putting.await.unwrap();
    };
    let old = column::from_limit(2 * SWEEP_BATCH + 500);
    put(old, long_ago).await;
    put(1, column::from_time(now)).await;
    put(2, long_ago).await;
    let commits = Commits::of(&store).await;
    swept(&store, now, "changes", 3).await;
    assert!(commits.rows().iter().all(|rows| *rows <= SWEEP_BATCH));
    swept(&store, now + DAY, "changes", 1).await;
    let left = store.write_unasked(|change| {
        let last = "SELECT seq FROM changes";
        change.one(last, [], |row| Ok(row.get::<_, i64>(0)?))
    });
    assert_eq!(left.await.unwrap(), Some(old + 3));
}

#[tokio::test]
async fn what_has_just_expired_stays_listed() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let now = Clock::system().now();
    put_expired(&store, 3, now).await;
    let new = NewToken::named("later").with_expires_at(now + 2 * DAY);
    let issuer = TokenIssuer::new(store.clone());
    let made = issuer.create(Actor::assert_local_operator(), "ada", new);
    let id = made.await.unwrap().id();
    swept(&store, now + KEEP_EXPIRED_TOKENS + DAY, "tokens", 1).await;
    assert!(store.token(id).await.unwrap().is_some());
}

#[tokio::test]
async fn sweeping_changes_no_answer() {
    let directory = Directory::new();
    let clock = Clock::manual(Clock::system().now());
    let store = SqliteStore::options(directory.database()).clock(clock.clone());
    let store = store.open().await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let new = NewToken::named("short").with_expires_in(DAY);
    let made = issuer.create(Actor::assert_local_operator(), "ada", new);
    let expiring = format!("Bearer {}", made.await.unwrap().expose_secret());
    let (_, lasting) = token(&store, "ada").await;
    let master_key = MasterKey::from_bytes([7; 32]);
    let derived = issuer.drf_token(Actor::assert_local_operator(), "ada", &master_key);
    let derived = format!("Token {}", derived.await.unwrap().expose_secret());
    let cookie = session(&store, "ada", clock.now()).await;
    let answers = async || {
        let mut answers = vec![refusal_of_cookie(&layer, &cookie).await];
        for field in [&expiring, &lasting, &derived] {
            let decision = present(&layer, field).await;
            answers.push(decision.err().map(|rejection| rejection.kind()));
        }
        answers
    };
    assert_eq!(answers().await, [None; 4]);

    clock.advance(100 * DAY);
    let ended = Some(RejectionKind::SessionEnded);
    let expected = [ended, Some(RejectionKind::Invalid), None, None];
    assert_eq!(answers().await, expected, "nothing was swept yet");
    swept(&store, clock.now(), "sessions", 0).await;
    swept(&store, clock.now(), "tokens", 2).await;
    assert_eq!(answers().await, expected, "all was swept");
}
