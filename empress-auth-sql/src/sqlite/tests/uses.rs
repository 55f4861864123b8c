//! Last uses reach the disk in batches, and no request waits for that. K-16, S-8.

use std::time::{Duration, SystemTime};

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, Clock, NewUser, SessionStore, TokenStore};
use rusqlite::Connection;

use super::Commits;
use super::support::{Directory, refusal_of_cookie, session, token};
use super::sweeping::put_expired;
use crate::SqliteStore;
use crate::column;
use crate::last_uses::Used;
use crate::sqlite::flush::{FLUSH_BATCH, flush};

const MINUTE: Duration = Duration::from_secs(60);

/// A store with a user, by a clock that is set by hand.
async fn store(directory: &Directory, clock: &Clock) -> (SqliteStore, Authenticator) {
    let options = SqliteStore::options(directory.database()).clock(clock.clone());
    let store = options.open().await.unwrap();
    // Another store may have made it.
    let _ = store.create_user(NewUser::named("ada")).await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    (store, layer)
}

async fn flush_now(store: &SqliteStore, since: SystemTime) {
    let written = flush(store.0.writer.jobs(), &store.0.uses, since);
    written.await.unwrap();
}

/// In milliseconds since 1970; of tokens and of sessions.
fn written(directory: &Directory) -> Vec<Option<i64>> {
    let connection = Connection::open(directory.database()).unwrap();
    let mut rows = connection
        .prepare("SELECT last_used_at FROM tokens UNION ALL SELECT last_used_at FROM sessions")
        .unwrap();
    let rows = rows.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn ten_thousand_requests_write_nothing_and_a_flush_writes_once() {
    let directory = Directory::new();
    let clock = Clock::manual(Clock::system().now());
    let (store, layer) = store(&directory, &clock).await;
    let mut fields = Vec::new();
    for _ in 0..20 {
        fields.push(token(&store, "ada").await.1);
    }
    let cookie = session(&store, "ada", clock.now()).await;
    let began = clock.now();
    let commits = Commits::of(&store).await;
    for _ in 0..500 {
        for field in &fields {
            present(&layer, field).await.unwrap();
        }
        assert_eq!(refusal_of_cookie(&layer, &cookie).await, None);
        clock.advance(Duration::from_millis(100));
    }
    store.tokens(Some("ada"), None, 100).await.unwrap();
    store.sessions("ada").await.unwrap();
    assert!(commits.rows().is_empty(), "a request writes nothing");
    assert!(written(&directory).iter().all(Option::is_none));

    flush_now(&store, began).await;
    assert_eq!(commits.rows(), [21], "each row once, and all in one commit");
    assert!(written(&directory).iter().all(Option::is_some));

    clock.advance(MINUTE);
    flush_now(&store, clock.now()).await;
    assert_eq!(commits.rows(), [21], "what was not used is not written");
}

#[tokio::test]
async fn what_falls_out_of_the_memory_is_written_too_and_seen_before() {
    let directory = Directory::new();
    let options = SqliteStore::options(directory.database()).remembered(64);
    let store = options.open().await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let began = Clock::system().now();
    for _ in 0..300 {
        let (_, field) = token(&store, "ada").await;
        present(&layer, &field).await.unwrap();
    }
    assert!(
        store.0.remembered.credentials.len() < 200,
        "most have fallen out"
    );
    let listed = store.tokens(Some("ada"), None, 1_000).await.unwrap();
    assert!(listed.iter().all(|token| token.last_used_at.is_some()));
    flush_now(&store, began).await;
    let written = written(&directory);
    assert_eq!(written.iter().flatten().count(), 300);
}

#[tokio::test]
async fn many_uses_are_written_some_at_a_time() {
    let directory = Directory::new();
    let now = Clock::system().now();
    let (store, _) = store(&directory, &Clock::manual(now)).await;
    let count = 2 * FLUSH_BATCH + 1;
    put_expired(&store, count, now).await;
    let commits = Commits::of(&store).await;
    let ids = (1..).map(column::to_token_id).take(count);
    store.0.uses.put(ids.map(|id| (Used::Token(id), now)));
    flush_now(&store, now).await;
    assert_eq!(commits.rows(), [FLUSH_BATCH, FLUSH_BATCH, 1]);
    assert!(written(&directory).iter().all(Option::is_some));
}

#[tokio::test]
async fn an_earlier_use_never_replaces_a_later_one() {
    let directory = Directory::new();
    let now = Clock::system().now();
    let (early, late) = (Clock::manual(now), Clock::manual(now + 60 * MINUTE));
    let (behind, layer_behind) = store(&directory, &early).await;
    let (ahead, layer_ahead) = store(&directory, &late).await;
    let (_, field) = token(&behind, "ada").await;
    let cookie = session(&behind, "ada", now).await;
    for layer in [&layer_behind, &layer_ahead] {
        present(layer, &field).await.unwrap();
        assert_eq!(refusal_of_cookie(layer, &cookie).await, None);
    }
    flush_now(&ahead, late.now()).await;
    let first = written(&directory);
    let at_least = column::from_time(late.now() - Duration::from_secs(1));
    assert!(first.iter().all(|at| *at >= Some(at_least)), "{first:?}");
    flush_now(&behind, early.now()).await;
    assert_eq!(written(&directory), first);
}

#[tokio::test]
async fn what_was_not_flushed_is_written_when_the_store_is_closed() {
    let directory = Directory::new();
    let clock = Clock::manual(Clock::system().now());
    let (opened, layer) = store(&directory, &clock).await;
    let (made, field) = token(&opened, "ada").await;
    present(&layer, &field).await.unwrap();
    drop(layer);
    opened.close().await;
    assert!(written(&directory)[0].is_some());
    let (opened, _) = store(&directory, &clock).await;
    let kept = opened.token(made.id()).await.unwrap().unwrap();
    assert!(kept.last_used_at.is_some());
}

#[tokio::test]
async fn what_is_used_all_the_time_is_written_without_being_asked() {
    let directory = Directory::new();
    let mut options = SqliteStore::options(directory.database());
    options.pace.flush_every = Duration::from_millis(100);
    let store = options.open().await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let (_, field) = token(&store, "ada").await;
    let in_time = async {
        while written(&directory)[0].is_none() {
            present(&layer, &field).await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), in_time)
        .await
        .expect("the upkeep writes it");
}
