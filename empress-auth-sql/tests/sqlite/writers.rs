//! Many who write, and one who stands in the way. CO-2, DB-5, DB-10.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, NewToken, NewUser, StoreErrorKind, TokenIssuer, TokenStore, UserStore,
};
use empress_auth_sql::SqliteStore;
use rusqlite::Connection;
use tokio::task::JoinSet;

use crate::support::{Directory, token};

// CO-2
#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_writers_of_four_processes_are_never_told_that_the_file_is_busy() {
    const WRITES: usize = 20;
    let directory = Directory::new();
    let mut stores = Vec::new();
    for _ in 0..4 {
        stores.push(directory.store().await);
    }
    let mut writers = JoinSet::new();
    for number in 0..64 {
        let store = stores[number % stores.len()].clone();
        writers.spawn(async move {
            let name = format!("user{number}");
            store.create_user(NewUser::named(&name)).await.unwrap();
            let issuer = TokenIssuer::new(store);
            for _ in 0..WRITES {
                let actor = Actor::assert_local_operator();
                let made = issuer.create(&actor, &name, NewToken::named("x"));
                let id = made.await.unwrap().id();
                assert_eq!(issuer.revoke(&actor, &[id]).await.unwrap(), [id]);
            }
        });
    }
    writers.join_all().await;
    for store in &stores {
        assert_eq!(store.users(None, 100).await.unwrap().len(), 64);
        assert_eq!(store.tokens(None, None, 10).await.unwrap(), []);
    }
}

// DB-10
#[tokio::test(flavor = "multi_thread")]
async fn while_another_program_holds_the_write_lock_every_look_up_is_answered() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let mut fields = Vec::new();
    for _ in 0..100 {
        fields.push(token(&store, "ada").await.1);
    }
    let other = Connection::open(directory.database()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let writing = tokio::spawn({
        let store = store.clone();
        async move { store.create_user(NewUser::named("bob")).await }
    });
    let holding = tokio::time::sleep(Duration::from_secs(3));
    let reading = async {
        // Of another store, so that each is looked up.
        let layer = Authenticator::new(directory.store().await);
        for field in fields.iter().cycle().take(500) {
            present(&layer, field).await.unwrap();
        }
        store.tokens(Some("ada"), None, 100).await.unwrap();
        store.check().await.unwrap();
        assert!(!writing.is_finished(), "the lock was held all the time");
    };
    tokio::join!(holding, reading);
    other.execute_batch("ROLLBACK").unwrap();
    writing.await.unwrap().unwrap();
}

// DB-5
#[tokio::test]
async fn a_change_waits_for_another_writer_as_long_as_it_was_told() {
    let directory = Directory::new();
    for patience in [Duration::from_millis(50), Duration::from_secs(30)] {
        let options = SqliteStore::options(directory.database()).write_timeout(patience);
        let store = options.open().await.unwrap();
        let other = Connection::open(directory.database()).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        // From here on time passes as soon as everybody waits.
        tokio::time::pause();
        let began = tokio::time::Instant::now();
        let refused = store.create_user(NewUser::named("ada")).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
        assert_eq!(began.elapsed().as_secs(), patience.as_secs());
        tokio::time::resume();
        other.execute_batch("ROLLBACK").unwrap();
        store.check().await.unwrap();
    }
}
