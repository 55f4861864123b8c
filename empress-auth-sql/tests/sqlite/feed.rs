//! Two stores on one file are two processes: what one withdraws the other refuses.

use std::path::Path;
use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, Clock, KeyIssuer, MadeToken, NewToken, NewUser, RejectionKind,
    StoreErrorKind, TokenIssuer, UserChange, UserStore,
};
use empress_auth_sql::SqliteStore;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::support::{Directory, grounds};

/// Ten times what is promised: the machine may be busy.
const SOON: Duration = Duration::from_secs(1);

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn token(store: &SqliteStore) -> MadeToken {
    TokenIssuer::new(store.clone())
        .create(Actor::assert_local_operator(), "ada", NewToken::named("x"))
        .await
        .unwrap()
}

async fn becomes(layer: &Authenticator, field: &str, is_accepted: bool) -> bool {
    let waiting = async {
        while present(layer, field).await.is_ok() != is_accepted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_withdraws_is_refused_soon() {
    let directory = Directory::new();
    let (serving, command_line) = (directory.store().await, directory.store().await);
    let layer = Authenticator::new(serving.clone());
    let operator = Actor::assert_local_operator;
    command_line
        .create_user(NewUser::named("ada"))
        .await
        .unwrap();
    let made = token(&command_line).await;
    let field = format!("Bearer {}", made.expose_secret());
    let keys = KeyIssuer::new(command_line.clone());
    let pair = keys.generate_keys(operator(), "ada").await.unwrap();
    let pair = format!(
        "token {}:{}",
        pair.api_key(),
        pair.api_secret().expose_secret()
    );
    for field in [&field, &pair] {
        assert!(present(&layer, field).await.is_ok());
        assert!(present(&layer, field).await.is_ok());
    }
    keys.revoke(operator(), "ada").await.unwrap();
    assert!(becomes(&layer, &pair, false).await, "a withdrawn key");
    let change = UserChange::default();
    let mut disable = change.clone();
    disable.enabled = Some(false);
    command_line
        .update_user("ada", disable, &grounds())
        .await
        .unwrap();
    assert!(becomes(&layer, &field, false).await, "a disabled user");
    let mut enable = change;
    enable.enabled = Some(true);
    command_line
        .update_user("ada", enable, &grounds())
        .await
        .unwrap();
    assert!(becomes(&layer, &field, true).await, "an enabled user");
    TokenIssuer::new(command_line)
        .revoke(operator(), &[made.id()])
        .await
        .unwrap();
    assert!(becomes(&layer, &field, false).await, "a revoked token");
}

/// What a program writes that is not a store: statements, in one transaction.
fn write_raw(directory: &Directory, statements: &str) {
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .execute_batch(&format!("BEGIN IMMEDIATE; {statements}; COMMIT"))
        .unwrap();
}

/// A layer that remembers a token of ada.
async fn remembering(store: &SqliteStore) -> (Authenticator, String) {
    store.create_user(NewUser::named("ada")).await.unwrap();
    let field = format!("Bearer {}", token(store).await.expose_secret());
    let layer = Authenticator::new(store.clone());
    present(&layer, &field).await.unwrap();
    (layer, field)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_between_the_rows_ends_everything_that_is_remembered() {
    let directory = Directory::new();
    let store = directory.store().await;
    let (layer, field) = remembering(&store).await;
    write_raw(
        &directory,
        "UPDATE users SET enabled = 0;
         INSERT INTO changes (seq, at, kind, subject) VALUES (1, 0, 'user', 'x'), (3, 0, 'user', 'x')",
    );
    assert!(becomes(&layer, &field, false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_older_state_was_restored_the_feed_is_heard_still() {
    let directory = Directory::new();
    let store = directory.store().await;
    let (layer, field) = remembering(&store).await;
    for _ in 0..3 {
        let (change, grounds) = (UserChange::default(), grounds());
        store.update_user("ada", change, &grounds).await.unwrap();
    }
    write_raw(
        &directory,
        "INSERT INTO changes (seq, at, kind, subject) VALUES (50, 0, 'user', 'x')",
    );
    tokio::time::sleep(SOON / 4).await;
    present(&layer, &field).await.unwrap();
    write_raw(
        &directory,
        "DELETE FROM changes; DELETE FROM sqlite_sequence WHERE name = 'changes';
         UPDATE users SET enabled = 0",
    );
    assert!(becomes(&layer, &field, false).await, "as it was restored");
    write_raw(&directory, "UPDATE users SET enabled = 1");
    assert!(becomes(&layer, &field, true).await);
    write_raw(
        &directory,
        "UPDATE users SET enabled = 0;
         INSERT INTO changes (at, kind, subject) SELECT 0, 'user', id FROM users",
    );
    assert!(becomes(&layer, &field, false).await, "a later withdrawal");
}

// DU-10: by the feed's numbers nothing is missing: the backup has as many rows, and then more than were heard.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_backup_that_is_written_over_the_file_does_not_have_is_not_remembered() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let backup = directory.path().join("backup.db");
    write_out(&directory, &backup);
    let layer = Authenticator::new(store.clone());
    for rows in [0, 100] {
        let field = format!("Bearer {}", token(&store).await.expose_secret());
        present(&layer, &field).await.unwrap();
        add_changes(&backup, rows);
        write_over(&directory, &backup);
        assert!(becomes(&layer, &field, false).await, "{rows} rows more");

        let field = format!("Bearer {}", token(&store).await.expose_secret());
        present(&layer, &field).await.unwrap();
        write_raw(
            &directory,
            "UPDATE users SET enabled = 0;
             INSERT INTO changes (at, kind, subject) SELECT 0, 'user', id FROM users",
        );
        assert!(becomes(&layer, &field, false).await, "a later withdrawal");
        write_raw(&directory, "UPDATE users SET enabled = 1");
    }
}

// DU-10
#[tokio::test(flavor = "multi_thread")]
async fn a_marked_backup_that_is_written_over_the_file_is_not_read_before_it_is_said_to_be_restored()
 {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let field = format!("Bearer {}", token(&store).await.expose_secret());
    present(&layer, &field).await.unwrap();
    let backup = directory.path().join("backup.db");
    let options = || SqliteStore::options(directory.database());
    options().back_up_now(&backup).await.unwrap();
    write_over(&directory, &backup);
    let is_held_back = async {
        while !format!("{:?}", store.check().await).contains("a backup was written over") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, is_held_back).await.unwrap();
    // What is remembered ends right after.
    assert!(becomes(&layer, &field, false).await);
    let refused = present(&layer, &field).await.unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::Unavailable);
    let written = store.create_user(NewUser::named("eve")).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
    options().restored_now().await.unwrap();
    assert!(becomes(&layer, &field, true).await);
}

/// Rows that withdraw nothing of anybody's.
fn add_changes(database: &Path, rows: usize) {
    let connection = Connection::open(database).unwrap();
    for _ in 0..rows {
        let row = "INSERT INTO changes (at, kind, subject) VALUES (0, 'user', 'x')";
        connection.execute(row, []).unwrap();
    }
}

/// What `.restore` of SQLite's shell does.
fn write_over(directory: &Directory, backup: &Path) {
    let backup = Connection::open(backup).unwrap();
    let mut file = Connection::open(directory.database()).unwrap();
    let restore = Backup::new(&backup, &mut file).unwrap();
    restore.run_to_completion(100, SOON / 100, None).unwrap();
}

/// A backup as docs/operations.md makes it.
fn write_out(directory: &Directory, backup: &Path) {
    let connection = Connection::open(directory.database()).unwrap();
    let path = backup.to_str().unwrap();
    connection.execute("VACUUM INTO ?1", [path]).unwrap();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_file_was_taken_away_says_so_and_believes_nothing_for_long() {
    let directory = Directory::new();
    let began = Clock::system().now();
    let clock = Clock::manual(began);
    let options = SqliteStore::options(directory.database()).clock(clock.clone());
    let store = options.open().await.unwrap();
    let (_, field) = remembering(&store).await;
    clock.advance(2 * HOUR);
    tokio::time::sleep(SOON / 4).await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    present(&layer, &field).await.unwrap();

    let elsewhere = directory.path().join("elsewhere.db");
    std::fs::rename(directory.database(), &elsewhere).unwrap();
    std::fs::write(directory.database(), "").unwrap();
    let is_noticed = async {
        while store.check().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, is_noticed).await.unwrap();
    present(&layer, &field).await.unwrap();
    let refused = store.create_user(NewUser::named("bob")).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);

    clock.set(began + HOUR);
    assert!(
        becomes(&layer, &field, false).await,
        "a clock that was set back makes nothing younger"
    );
    let refused = present(&layer, &field).await.unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::Unavailable);

    std::fs::rename(&elsewhere, directory.database()).unwrap();
    assert!(becomes(&layer, &field, true).await, "it is back");
}
