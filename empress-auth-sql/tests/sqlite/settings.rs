//! What a program keeps beside its users.

use std::collections::BTreeSet;

use empress_auth_core::{Entropy, MasterKey, NewUser, StoreErrorKind, UserStore};
use empress_auth_sql::SqliteStore;

use crate::support::{Directory, grounds};

#[tokio::test]
async fn a_setting_is_put_once_and_kept() {
    let directory = Directory::new();
    let store = directory.store().await;
    assert_eq!(store.setting("color").await.unwrap(), None);
    assert_eq!(store.add_setting("color", b"red").await.unwrap(), b"red");
    assert_eq!(store.add_setting("color", b"blue").await.unwrap(), b"red");
    store.close().await;
    let store = directory.store().await;
    assert_eq!(
        store.setting("color").await.unwrap().as_deref(),
        Some(&b"red"[..])
    );
    assert_eq!(
        store.setting("store_key").await.unwrap(),
        None,
        "the store's own are not shown"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_put_at_once_all_are_told_the_same() {
    let directory = Directory::new();
    let stores = [directory.store().await, directory.store().await];
    let puts: Vec<_> = (0..16_u8)
        .map(|number| {
            let store = stores[usize::from(number % 2)].clone();
            tokio::spawn(async move { store.add_setting("number", &[number]).await.unwrap() })
        })
        .collect();
    let mut kept = Vec::new();
    for put in puts {
        kept.push(put.await.unwrap());
    }
    assert!(kept.iter().all(|value| *value == kept[0]), "{kept:?}");
}

/// What the program does when it starts, and whether that made the user.
async fn first_start(store: SqliteStore, key: MasterKey) -> (bool, Vec<u8>) {
    let fingerprint = store.add_setting("key", &key.fingerprint()).await.unwrap();
    if store.setting("made").await.unwrap().is_some() {
        return (false, fingerprint);
    }
    let made = store.create_user(NewUser::named("Administrator")).await;
    if let Err(error) = &made {
        assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error}");
    }
    store.add_setting("made", b"1").await.unwrap();
    (made.is_ok(), fingerprint)
}

// P-24
#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_first_starts_one_makes_the_administrator_and_all_have_one_key() {
    let directory = Directory::new();
    let entropy = Entropy::system();
    let opening: Vec<_> = (0..10)
        .map(|_| tokio::spawn(SqliteStore::open(directory.database())))
        .collect();
    let mut stores = Vec::new();
    for store in opening {
        stores.push(store.await.unwrap().unwrap());
    }
    let starts: Vec<_> = (0..100)
        .map(|number| {
            let key = MasterKey::generate(&entropy).unwrap();
            tokio::spawn(first_start(stores[number % stores.len()].clone(), key))
        })
        .collect();
    let (mut makers, mut keys) = (0, BTreeSet::new());
    for start in starts {
        let (made, key) = start.await.unwrap();
        makers += usize::from(made);
        keys.insert(key);
    }
    assert_eq!((makers, keys.len()), (1, 1));

    // An Administrator who was deleted does not come back.
    let store = &stores[0];
    store
        .delete_user("Administrator", &grounds())
        .await
        .unwrap();
    let key = MasterKey::generate(&entropy).unwrap();
    let (made, kept) = first_start(store.clone(), key).await;
    assert!(!made && keys.contains(&kept));
    assert_eq!(store.users(None, 10).await.unwrap(), []);
}
