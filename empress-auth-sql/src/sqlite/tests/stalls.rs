//! A thread that is busy, and a change that panics: what do the others notice? DB-5, DB-10, CO-7, OP-10.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use empress_auth_core::testing::present;
use empress_auth_core::{
    Authenticator, NewUser, RejectionKind, StoreError, StoreErrorKind, TokenStore, UserStore,
};
use tokio::task::JoinSet;

use super::Commits;
use super::support::{Directory, token};
use crate::SqliteStore;
use crate::sqlite::readers::Readers;
use crate::sqlite::worker::Worker;
use crate::sqlite::writer::Job;

/// What no request may exceed, with room for a busy machine.
const AT_MOST: Duration = Duration::from_secs(20);

/// Keeps the writer busy until the sender is dropped; what is written meanwhile waits for one commit.
async fn occupy_writer(store: &SqliteStore) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let store = store.clone();
    tokio::spawn(async move {
        let occupied = store.write_unasked(move |_| {
            begun.send(()).unwrap();
            let _ = released.recv();
            Ok(())
        });
        occupied.await
    });
    has_begun.await.unwrap();
    release
}

/// Keeps one reader busy until the sender is dropped.
fn occupy(readers: &Readers) -> (mpsc::Sender<()>, impl Future<Output = ()> + '_) {
    let (release, released) = mpsc::channel::<()>();
    let asking = readers.ask(move |_| {
        let _ = released.recv();
        Ok(())
    });
    (release, async move {
        let _ = asking.await;
    })
}

#[expect(clippy::disallowed_methods, reason = "how long a test waited")]
fn now() -> Instant {
    Instant::now()
}

// OP-10
#[tokio::test]
async fn a_change_that_panics_is_taken_back_and_hurts_nobody() {
    let directory = Directory::new();
    let store = directory.store().await;
    let busy = occupy_writer(&store).await;
    let mut writing = JoinSet::new();
    for name in ["ada", "panics", "bob"] {
        let store = store.clone();
        writing.spawn(async move {
            let changing = store.write_unasked(move |change| {
                change.execute(
                    "INSERT INTO users (username, user_key, enabled, created_at, token_epoch, password_set_at)
                     VALUES (?1, ?1, 1, 0, 0, 0)",
                    [name],
                )?;
                assert!(name != "panics", "this panic belongs to the test");
                Ok(())
            });
            (name, changing.await)
        });
    }
    tokio::task::yield_now().await;
    drop(busy);
    for (name, outcome) in writing.join_all().await {
        let is_made = store.user(name).await.unwrap().is_some();
        assert_eq!(
            (outcome.is_ok(), is_made),
            (name != "panics", name != "panics")
        );
        if let Err(error) = outcome {
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        }
    }
    store.check().await.unwrap();
}

// OP-10
#[tokio::test]
async fn a_question_that_panics_hurts_nobody() {
    let directory = Directory::new();
    let store = SqliteStore::options(directory.database()).readers(1);
    let store = store.open().await.unwrap();
    let panicking = store.0.lookups.ask(|_| -> Result<(), _> {
        panic!("this panic belongs to the test");
    });
    let error = panicking.await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    store.check().await.unwrap();
}

/// Ends the writer's thread, as no job may.
struct Deadly;

impl Job for Deadly {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, _: &rusqlite::Connection) -> bool {
        true
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(self: Box<Self>, _: Result<(), StoreError>) {
        panic!("this panic belongs to the test");
    }
}

// OP-10
#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_writer_has_died_says_so_and_can_be_closed() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let (_, field) = token(&store, "ada").await;
    // A last use, which is to be written.
    present(&layer, &field).await.unwrap();
    drop(layer);
    let jobs = store.0.writer.jobs();
    jobs.submit(Box::new(Deadly)).unwrap();
    let refused = store.create_user(NewUser::named("bob")).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    let is_noticed = async {
        while store.check().await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(AT_MOST, is_noticed).await.unwrap();
    let closing = async { tokio::join!(store.clone().close(), store.clone().close()) };
    tokio::time::timeout(AT_MOST, closing).await.unwrap();
}

#[tokio::test]
async fn changes_that_wait_are_committed_together() {
    let directory = Directory::new();
    let store = directory.store().await;
    let commits = Commits::of(&store).await;
    let busy = occupy_writer(&store).await;
    let mut writing = JoinSet::new();
    for number in 0..60 {
        let store = store.clone();
        let new = NewUser::named(&format!("user{number}"));
        writing.spawn(async move { store.create_user(new).await.map(|_| ()) });
    }
    tokio::task::yield_now().await;
    drop(busy);
    for outcome in writing.join_all().await {
        outcome.unwrap();
    }
    let commits = commits.rows().len();
    assert!(commits <= 3, "60 changes took {commits} commits");
}

// CO-7
#[tokio::test]
async fn a_change_that_nobody_waits_for_any_more_is_not_made() {
    let directory = Directory::new();
    let store = directory.store().await;
    let busy = occupy_writer(&store).await;
    let mut abandoned = Box::pin(store.create_user(NewUser::named("ada")));
    let polled = tokio::time::timeout(Duration::from_millis(20), &mut abandoned);
    assert!(polled.await.is_err(), "it waits for the writer");
    drop(abandoned);
    drop(busy);
    store.create_user(NewUser::named("bob")).await.unwrap();
    let users = store.users(None, 10).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| &*user.username).collect();
    assert_eq!(names, ["bob"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_changes_than_may_wait_are_refused_at_once() {
    let directory = Directory::new();
    let store = directory.store().await;
    let busy = occupy_writer(&store).await;
    let mut writing = JoinSet::new();
    for _ in 0..5_000 {
        let store = store.clone();
        writing.spawn(async move { store.write_unasked(|_| Ok(())).await });
    }
    let first = writing.join_next().await.unwrap().unwrap().unwrap_err();
    assert_eq!(first.kind(), StoreErrorKind::Unavailable);
    assert!(first.to_string().contains("too many"), "{first}");
    drop(busy);
    let done = writing.join_all().await;
    let done = done.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((4_000..5_000).contains(&done), "{done} were made");
    store.check().await.unwrap();
}

#[tokio::test]
async fn everybody_who_waits_for_the_end_of_a_thread_does() {
    let (release, released) = mpsc::channel::<()>();
    let worker = Worker::start("test", move || {
        let _ = released.recv();
    });
    let worker = worker.unwrap();
    let waits = async || {
        let brief = Duration::from_millis(20);
        tokio::time::timeout(brief, worker.ended()).await.is_err()
    };
    assert!(waits().await);
    assert!(waits().await, "the second who asks, too");
    drop(release);
    tokio::time::timeout(AT_MOST, worker.ended()).await.unwrap();
    tokio::time::timeout(AT_MOST, worker.ended()).await.unwrap();
}

// DB-5
#[tokio::test]
async fn when_all_readers_are_busy_a_request_hears_of_it_in_time() {
    let directory = Directory::new();
    let store = SqliteStore::options(directory.database()).readers(2);
    let store = store.open().await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let (_, remembered) = token(&store, "ada").await;
    let (_, unknown) = token(&store, "ada").await;
    present(&layer, &remembered).await.unwrap();

    let began = now();
    let (first, one) = occupy(&store.0.lookups);
    let (second, other) = occupy(&store.0.lookups);
    let asking = async {
        tokio::task::yield_now().await;
        // What is remembered needs no reader, and lists have one of their own.
        present(&layer, &remembered).await.unwrap();
        store.tokens(None, None, 10).await.unwrap();
        let refused = present(&layer, &unknown).await.unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::Unavailable);
        drop((first, second));
    };
    tokio::join!(one, other, asking);
    assert!(began.elapsed() < AT_MOST);
    present(&layer, &unknown).await.unwrap();
}

// DB-5
#[tokio::test]
async fn a_question_without_end_is_stopped() {
    let directory = Directory::new();
    let store = SqliteStore::options(directory.database()).readers(1);
    let store = store.open().await.unwrap();
    let began = now();
    let endless = store.0.lookups.ask(|connection| {
        let sql =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    let error = endless.await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(began.elapsed() < AT_MOST);
    store.check().await.unwrap();
}
