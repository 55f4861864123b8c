//! A database of the version before gets the present schema and loses nothing. OP-4.

use std::path::Path;

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, NewUser, UserStore};
use rusqlite::Connection;

use super::support::{Directory, token};
use crate::sqlite::migrations::{APPLICATION_ID, Migrated};
use crate::{OpenErrorKind, SqliteStore};

/// A database of schema 1 at `old`, with everything of `new` that this knows.
fn make_first_version(old: &Path, new: &Path) {
    let connection = Connection::open(old).unwrap();
    connection
        .execute_batch(include_str!("../migrations/0001_first.sql"))
        .unwrap();
    connection
        .pragma_update(None, "application_id", APPLICATION_ID)
        .unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute("ATTACH ?1 AS new", [new.to_str().unwrap()])
        .unwrap();
    for table in ["users", "tokens", "audit"] {
        let copy = format!("INSERT INTO {table} SELECT * FROM new.{table}");
        assert!(connection.execute(&copy, []).unwrap() > 0, "{table}");
    }
    connection
        .execute(
            "INSERT INTO settings SELECT * FROM new.settings WHERE name = 'store_key'",
            [],
        )
        .unwrap();
}

/// A directory with a database of schema 1, and the field that shows a token in it.
async fn first_version() -> (Directory, String) {
    let (directory, source) = (Directory::new(), Directory::new());
    let store = source.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let (_, field) = token(&store, "ada").await;
    store.close().await;
    make_first_version(&directory.database(), &source.database());
    (directory, field)
}

#[tokio::test]
async fn a_database_of_the_first_version_keeps_what_it_has() {
    let (directory, field) = first_version().await;
    let options = || SqliteStore::options(directory.database());
    let refused = options().migrate(false).open().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::OlderSchema);
    let migrated = options().migrate_now().await.unwrap();
    assert_eq!(migrated, Migrated { from: 1, to: 2 });
    let store = options().migrate(false).open().await.unwrap();
    present(&Authenticator::new(store.clone()), &field)
        .await
        .unwrap();
    #[cfg(feature = "oauth")]
    {
        use empress_auth_oauth::client::Client;
        use empress_auth_oauth::store::{ClientStore, SigningKeyStore};
        let client = Client::new("new", "New", std::time::UNIX_EPOCH);
        let grounds = super::support::grounds();
        store.insert_client(client, &grounds).await.unwrap();
        assert_eq!(store.signing_keys().await.unwrap().version, 0);
    }
    store
        .delete_user("ada", &super::support::grounds())
        .await
        .unwrap();
}

// OP-4
#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_find_an_older_schema_one_migrates() {
    let (directory, field) = first_version().await;
    let opening: Vec<_> = (0..8)
        .map(|_| tokio::spawn(SqliteStore::open(directory.database())))
        .collect();
    for store in opening {
        let layer = Authenticator::new(store.await.unwrap().unwrap());
        present(&layer, &field).await.unwrap();
    }
}

#[tokio::test]
async fn a_migration_that_fails_changes_nothing() {
    let (directory, _) = first_version().await;
    let connection = Connection::open(directory.database()).unwrap();
    let schema = || -> (i64, i64) {
        let sql =
            "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version";
        connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    };
    // In the way of the last table that the migration makes.
    connection
        .execute_batch("CREATE TABLE signing_keys (x)")
        .unwrap();
    let before = schema();
    let refused = SqliteStore::open(directory.database()).await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Unavailable, "{refused}");
    assert_eq!(schema(), before);
    connection.execute_batch("DROP TABLE signing_keys").unwrap();
    SqliteStore::open(directory.database()).await.unwrap();
}
