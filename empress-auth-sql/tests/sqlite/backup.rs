//! A copy that is made of a database in use, and what becomes of it when it is put in the database's place: DU-9, DU-10.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, Clock, MasterKey, NewUser, SessionStore, TokenIssuer, User, UserStore,
};
use empress_auth_sql::{OpenErrorKind, SqliteStore};

use crate::support::{Directory, session, token};

const KEY: [u8; 32] = [7; 32];

fn operator() -> Actor {
    Actor::assert_local_operator()
}

/// The derived token of a user, and its id.
async fn derived(store: &SqliteStore, username: &str) -> String {
    let issuer = TokenIssuer::new(store.clone());
    let key = MasterKey::from_bytes(KEY);
    let made = issuer.drf_token(operator(), username, &key).await.unwrap();
    made.expose_secret().to_owned()
}

/// Puts the backup in the database's place, which nobody has open.
fn put_in_place(directory: &Directory) {
    std::fs::copy(directory.path().join("backup.db"), directory.database()).unwrap();
}

async fn user(store: &SqliteStore, name: &str) -> User {
    store.create_user(NewUser::named(name)).await.unwrap()
}

#[tokio::test]
async fn a_backup_is_no_database_before_somebody_says_that_it_was_restored() {
    let directory = Directory::new();
    let store = directory.store().await;
    user(&store, "ada").await;
    let backup = directory.path().join("backup.db");
    let options = || SqliteStore::options(directory.database());
    options().back_up_now(&backup).await.unwrap();
    let again = options().back_up_now(&backup).await.unwrap_err();
    assert_eq!(again.kind(), OpenErrorKind::Unavailable, "{again}");
    let files = std::fs::read_dir(directory.path()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.contains("draft")));
    store.close().await;

    put_in_place(&directory);
    for migrate in [true, false] {
        let refused = options().migrate(migrate).open().await.unwrap_err();
        assert_eq!(refused.kind(), OpenErrorKind::Backup);
        assert!(refused.to_string().contains("empress-auth restored"));
    }
    let refused = options().migrate_now().await.unwrap_err();
    assert_eq!(refused.kind(), OpenErrorKind::Backup);
    let refused = options()
        .back_up_now(directory.path().join("other.db"))
        .await;
    assert_eq!(refused.unwrap_err().kind(), OpenErrorKind::Backup);
    let restored = options().restored_now().await.unwrap();
    assert!(restored.made_at.is_some());
    let store = directory.store().await;
    assert!(store.user("ada").await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_got_again_ends_and_what_an_operator_gave_stays() {
    let directory = Directory::new();
    let store = directory.store().await;
    user(&store, "ada").await;
    let (_, kept) = token(&store, "ada").await;
    let clock = Clock::manual(Clock::system().now());
    session(&store, "ada", clock.now()).await;
    let first = derived(&store, "ada").await;
    let backup = directory.path().join("backup.db");
    let options = || SqliteStore::options(directory.database()).clock(clock.clone());
    options().back_up_now(&backup).await.unwrap();
    // Both are gone from the database, and not from the backup.
    TokenIssuer::new(store.clone())
        .revoke_all(operator(), "ada")
        .await
        .unwrap();
    let second = derived(&store, "ada").await;
    let later = user(&store, "later").await;
    let of_later = derived(&store, "later").await;
    store.close().await;

    let mut seen = vec![first, second, of_later];
    let mut ids = vec![later.id];
    // Also when the same backup is needed once more.
    for _ in 0..2 {
        put_in_place(&directory);
        let restored = options().restored_now().await.unwrap();
        assert_eq!((restored.sessions, restored.derived_tokens), (1, 1));
        let store = directory.store().await;
        let layer = Authenticator::new(store.clone());
        assert!(present(&layer, &kept).await.is_ok());
        assert!(store.sessions("ada").await.unwrap().is_empty());
        for old in &seen {
            assert!(present(&layer, &format!("Token {old}")).await.is_err());
        }
        let another = user(&store, "another").await;
        assert!(!ids.contains(&another.id), "an id never means another user");
        for name in ["ada", "another"] {
            let new = derived(&store, name).await;
            assert!(!seen.contains(&new), "{name} has a token of before again");
            seen.push(new);
        }
        ids.push(another.id);
        store.close().await;
        clock.advance(Duration::from_secs(2));
    }
}

// J-27
#[tokio::test]
async fn of_a_backup_without_users_the_ids_go_on_too() {
    let directory = Directory::new();
    let store = directory.store().await;
    let backup = directory.path().join("backup.db");
    let options = || SqliteStore::options(directory.database());
    options().back_up_now(&backup).await.unwrap();
    let lost = user(&store, "ada").await;
    store.close().await;
    put_in_place(&directory);
    options().restored_now().await.unwrap();
    let store = directory.store().await;
    assert_ne!(user(&store, "ada").await.id, lost.id);
}

#[tokio::test]
async fn a_store_that_is_open_meanwhile_remembers_nothing() {
    let directory = Directory::new();
    let store = directory.store().await;
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone());
    let field = format!("Token {}", derived(&store, "ada").await);
    present(&layer, &field).await.unwrap();
    let options = SqliteStore::options(directory.database());
    let restored = options.restored_now().await.unwrap();
    assert_eq!((restored.made_at, restored.derived_tokens), (None, 1));
    let is_refused = async {
        while present(&layer, &field).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let soon = Duration::from_secs(1);
    tokio::time::timeout(soon, is_refused).await.unwrap();
}
