//! A disk that is full, one that cannot be written, and a log that must not grow without end. DU-6, DU-8.
//!
//! The first two need a small file system of their own, which a test may mount where user namespaces are allowed; where
//! they are not, it says so and passes.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, NewUser, RejectionKind, StoreErrorKind, TokenIssuer, UserStore,
};
use empress_auth_sql::{OpenErrorKind, SqliteStore};
use rusqlite::Connection;

use crate::support::{Directory, token};

/// Names the mount point to the test that runs on it.
const SMALL_DISK: &str = "EMPRESS_TEST_SMALL_DISK";

#[test]
fn a_full_disk_and_one_that_cannot_be_written() {
    let directory = Directory::new();
    // A namespace of its own, so that the mount is gone with the process, however it ends.
    let is_allowed = unshare(directory.path(), "true").status();
    if !is_allowed.is_ok_and(|status| status.success()) {
        return println!("skipped: no file system may be mounted here");
    }
    let script = "exec \"$2\" --exact disk::on_a_small_disk --include-ignored --nocapture";
    let output = unshare(directory.path(), script).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{wrong}");
    assert!(told.contains("1 passed"), "{told}");
}

/// Runs a script where `directory` has eight megabytes.
fn unshare(directory: &Path, script: &str) -> Command {
    let mount = "mount -t tmpfs -o size=8m,mode=700 none \"$1\"";
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "sh", "-ec", &format!("{mount}; {script}"), "sh"])
        .arg(directory)
        .arg(std::env::current_exe().unwrap())
        .env(SMALL_DISK, directory);
    command
}

#[tokio::test]
#[ignore = "run by the test above, on a small file system"]
async fn on_a_small_disk() {
    let Some(disk) = std::env::var_os(SMALL_DISK).map(PathBuf::from) else {
        return;
    };
    let database = disk.join("empress-auth.db");
    let store = SqliteStore::open(&database).await.unwrap();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let (made, remembered) = token(&store, "ada").await;
    let (_, stored) = token(&store, "ada").await;
    present(&layer, &remembered).await.unwrap();

    fill(&disk);
    let mut acknowledged = 1;
    let refused = loop {
        let name = format!("user{acknowledged}");
        match store.create_user(NewUser::named(&name)).await {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable, "{refused}");
    for field in [&remembered, &stored] {
        present(&layer, field).await.unwrap();
    }
    let revoking = TokenIssuer::new(store.clone());
    let operator = Actor::assert_local_operator();
    let outcome = revoking.revoke(&operator, &[made.id()]).await;
    assert!(outcome.is_err(), "what could not be written is not claimed");
    let users = store.users(None, 100_000).await.unwrap();
    assert_eq!(users.len(), acknowledged);

    std::fs::remove_file(disk.join("filler")).unwrap();
    store.create_user(NewUser::named("bob")).await.unwrap();
    revoking.revoke(&operator, &[made.id()]).await.unwrap();
    let refused = present(&layer, &remembered).await.unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::Invalid);
    drop((layer, revoking));
    store.close().await;
    check(&database, acknowledged + 1);

    remount(&disk, "ro");
    let refused = SqliteStore::open(&database).await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Unavailable, "{refused}");
    assert!(
        refused.to_string().contains("cannot be written"),
        "{refused}"
    );
    remount(&disk, "rw");
    let store = SqliteStore::open(&database).await.unwrap();
    store.create_user(NewUser::named("eve")).await.unwrap();
}

/// Leaves room for a few pages only.
fn fill(disk: &Path) {
    let mut filler = File::create(disk.join("filler")).unwrap();
    while filler.write_all(&[0; 4_096]).is_ok() {}
    let length = filler.metadata().unwrap().len();
    filler.set_len(length - 64 * 1_024).unwrap();
}

fn remount(disk: &Path, how: &str) {
    let status = Command::new("mount")
        .args(["-o", &format!("remount,{how}")])
        .arg(disk)
        .status();
    assert!(status.unwrap().success());
}

fn check(database: &Path, users: usize) {
    let connection = Connection::open(database).unwrap();
    let checked: String = connection
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(checked, "ok");
    let sql = "SELECT count(*) FROM users UNION ALL SELECT count(*) FROM audit WHERE action = 'user.created'";
    let mut counts = connection.prepare(sql).unwrap();
    for count in counts.query_map([], |row| row.get::<_, i64>(0)).unwrap() {
        assert_eq!(usize::try_from(count.unwrap()), Ok(users));
    }
}

// DU-8
#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_written_back_while_others_read() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let (_, field) = token(&store, "ada").await;
    let layer = Authenticator::new(store.clone());
    let log = directory.path().join("empress-auth.db-wal");
    let size = || std::fs::metadata(&log).unwrap().len();
    let write = async |count: usize, name: &str| {
        for number in 0..count {
            let name = format!("{name}{number}");
            store.create_user(NewUser::named(&name)).await.unwrap();
            store.user(&name).await.unwrap();
            present(&layer, &field).await.unwrap();
        }
    };
    write(600, "unhindered").await;
    // A thousand pages, and what one change adds to them.
    let unhindered = size();
    assert!(unhindered < 5 << 20, "{unhindered} bytes");

    let stuck = Connection::open(directory.database()).unwrap();
    stuck.execute_batch("BEGIN; SELECT * FROM users").unwrap();
    write(600, "hindered").await;
    let hindered = size();
    assert!(hindered > unhindered, "a reader that does not end holds it");
    stuck.execute_batch("COMMIT").unwrap();
    write(600, "relieved").await;
    // One change follows before the log is begun anew.
    let relieved = size();
    assert!(
        relieved < hindered + (1 << 20),
        "{hindered}, then {relieved}"
    );
}
