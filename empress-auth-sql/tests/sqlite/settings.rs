//! What a program keeps beside its users.

use crate::support::Directory;

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
