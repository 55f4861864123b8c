//! What is opened, and what is refused with a sentence that says what to do.

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, NewUser, RejectionKind, StoreErrorKind, TokenIssuer, UserStore,
};
use empress_auth_sql::{OpenErrorKind, SqliteStore};
use rusqlite::Connection;

use crate::support::{Directory, token};

#[tokio::test]
async fn what_was_written_is_there_when_the_file_is_opened_again() {
    let directory = Directory::new();
    let store = directory.store().await;
    let made = store.create_user(NewUser::named("ada")).await.unwrap();
    let key = format!("{:?}", store.check().await);
    store.close().await;
    assert_eq!(key, "Ok(())");
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "one file is left behind: {left:?}");
    let store = directory.store().await;
    assert_eq!(store.user("ada").await.unwrap(), Some(made));
}

#[tokio::test]
async fn who_closes_leaves_an_empty_log_though_another_has_the_file_open() {
    let directory = Directory::new();
    let [store, other] = [directory.store().await, directory.store().await];
    store.create_user(NewUser::named("ada")).await.unwrap();
    let log = directory.path().join("empress-auth.db-wal");
    assert!(log.metadata().unwrap().len() > 0);
    store.close().await;
    assert_eq!(log.metadata().unwrap().len(), 0);
    assert!(other.user("ada").await.unwrap().is_some());
}

#[tokio::test]
async fn who_closes_waits_for_nobody_who_reads() {
    let directory = Directory::new();
    let [store, other] = [directory.store().await, directory.store().await];
    let reading = Connection::open(directory.database()).unwrap();
    reading
        .execute_batch("BEGIN; SELECT count(*) FROM users")
        .unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let closing = tokio::time::timeout(std::time::Duration::from_secs(4), store.close());
    closing
        .await
        .expect("it would hold the write lock meanwhile");
    other.create_user(NewUser::named("bob")).await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_is_made_only_if_it_may_be() {
    let directory = Directory::new();
    let path = directory.database();
    let refused = SqliteStore::options(&path).create(false).open().await;
    assert_eq!(refused.unwrap_err().kind(), OpenErrorKind::NotFound);
    assert!(!path.exists());
    for nothing in ["", ":memory:"] {
        let refused = SqliteStore::open(nothing).await.unwrap_err();
        assert_eq!(refused.kind(), OpenErrorKind::NotFound, "{nothing:?}");
    }
    directory.store().await.close().await;
    SqliteStore::options(&path)
        .create(false)
        .open()
        .await
        .unwrap();
}

// OP-6
#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let directory = Directory::new();
    directory.store().await.close().await;
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .pragma_update(None, "user_version", 1_000)
        .unwrap();
    drop(connection);
    let refused = SqliteStore::open(directory.database()).await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::NewerSchema);
    assert!(refused.to_string().contains("1000"), "{refused}");
    let connection = Connection::open(directory.database()).unwrap();
    let version: i32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1_000);
}

// OP-6
#[tokio::test]
async fn a_newer_schema_is_looked_at_read_only_and_lets_nobody_in() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let (_, field) = token(&store, "ada").await;
    store.close().await;
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .execute_batch("PRAGMA user_version = 1000; ALTER TABLE users ADD COLUMN newer INTEGER")
        .unwrap();
    drop(connection);
    let before = std::fs::read(directory.database()).unwrap();

    let options = SqliteStore::options(directory.database()).read_only();
    let store = options.open().await.unwrap();
    assert_eq!(store.newer_schema(), Some(1_000));
    assert!(store.user("ada").await.unwrap().is_some());
    let operator = Actor::assert_local_operator();
    let tokens = TokenIssuer::new(store.clone());
    let tokens = tokens.list(&operator, None, None, 9).await.unwrap();
    assert_eq!(tokens.len(), 1);

    let refused = store.create_user(NewUser::named("bob")).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("read-only"), "{refused}");
    let refused = store.add_setting("new", b"value").await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    let layer = Authenticator::new(store.clone());
    let refused = present(&layer, &field).await.unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::Unavailable);
    store.close().await;
    assert_eq!(std::fs::read(directory.database()).unwrap(), before);
}

// OP-6
#[tokio::test]
async fn read_only_makes_and_migrates_nothing() {
    let directory = Directory::new();
    // In whatever order it is told.
    let options = || {
        let options = SqliteStore::options(directory.database()).read_only();
        options.create(true).migrate(true)
    };
    let refused = options().open().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::NotFound);
    std::fs::write(directory.database(), "").unwrap();
    let refused = options().open().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::OlderSchema);
    assert_eq!(std::fs::read(directory.database()).unwrap(), b"");
}

#[tokio::test]
async fn an_older_schema_is_refused_where_it_may_not_be_migrated() {
    let directory = Directory::new();
    let options = || SqliteStore::options(directory.database());
    std::fs::write(directory.database(), "").unwrap();
    let refused = options().migrate(false).open().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::OlderSchema);
    let length = directory.database().metadata().unwrap().len();
    assert_eq!(length, 0, "nothing was changed");
    let migrated = options().migrate_now().await.unwrap();
    assert_eq!(migrated.from, 0);
    let again = options().migrate_now().await.unwrap();
    assert_eq!((again.from, again.to), (migrated.to, migrated.to));
    options().migrate(false).open().await.unwrap();
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let directory = Directory::new();
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .execute_batch("CREATE TABLE users (id INTEGER)")
        .unwrap();
    drop(connection);
    let before = std::fs::read(directory.database()).unwrap();
    let serving = SqliteStore::options(directory.database()).exclusive();
    let refused = serving.open().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Foreign);
    let after = std::fs::read(directory.database()).unwrap();
    assert!(before == after, "nothing was changed");

    let text = directory.path().join("notes.txt");
    std::fs::write(&text, "x".repeat(8_192)).unwrap();
    let refused = SqliteStore::open(&text).await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Foreign, "{refused}");
    let refused = SqliteStore::open(directory.path()).await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Foreign, "{refused}");
}

// DU-12
#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_a_database_that_was_made() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let store = SqliteStore::options(directory.database()).exclusive();
    let store = store.open().await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{entry:?}");
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort_unstable();
    let with = |end: &str| format!("empress-auth.db{end}");
    assert_eq!(names, [with(""), with("-shm"), with("-wal"), with(".lock")]);
}

// DU-12
#[tokio::test]
async fn a_second_program_that_serves_is_refused_and_the_command_line_is_not() {
    let directory = Directory::new();
    let serve = || {
        SqliteStore::options(directory.database())
            .exclusive()
            .open()
    };
    let first = serve().await.unwrap();
    let refused = serve().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::InUse);
    let beside = directory.store().await;
    beside.create_user(NewUser::named("ada")).await.unwrap();
    assert!(first.user("ada").await.unwrap().is_some());
    first.close().await;
    serve().await.unwrap();
}

// OP-4
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_start_at_once_one_migrates() {
    for _ in 0..10 {
        let directory = Directory::new();
        let opening: Vec<_> = (0..8)
            .map(|_| tokio::spawn(SqliteStore::open(directory.database())))
            .collect();
        let mut stores = Vec::new();
        for store in opening {
            stores.push(store.await.unwrap().unwrap());
        }
        stores[0].create_user(NewUser::named("ada")).await.unwrap();
        for store in &stores {
            assert!(store.user("ada").await.unwrap().is_some());
        }
    }
}

// DU-12
#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_is_the_same_database_and_a_hard_link_is_refused() {
    let directory = Directory::new();
    let [link, hard_link] = ["link.db", "hard.db"].map(|name| directory.path().join(name));
    directory.store().await.close().await;
    std::os::unix::fs::symlink(directory.database(), &link).unwrap();
    let first = SqliteStore::options(directory.database()).exclusive();
    let first = first.open().await.unwrap();
    let refused = SqliteStore::options(&link).exclusive().open().await;
    assert_eq!(refused.unwrap_err().kind(), OpenErrorKind::InUse);
    let beside = SqliteStore::open(&link).await.unwrap();
    beside.create_user(NewUser::named("ada")).await.unwrap();
    assert!(first.user("ada").await.unwrap().is_some());
    assert!(!directory.path().join("link.db-wal").exists());

    std::fs::hard_link(directory.database(), &hard_link).unwrap();
    for path in [&hard_link, &directory.database()] {
        let refused = SqliteStore::open(path).await.unwrap_err();
        assert_eq!(refused.kind(), OpenErrorKind::Unsafe);
    }
}
