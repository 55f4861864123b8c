//! Retiring and encrypting anew.

use super::*;

// KY-3
#[tokio::test]
async fn a_retired_key_is_gone_at_once_and_another_signs() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let [here, elsewhere] = [0, 1].map(|_| node(&table, &clock));
    let stolen = signing_kid(&elsewhere).await;
    assert_eq!(signing_kid(&here).await, stolen);

    here.retire(operator(), &stolen).await.unwrap();
    let next = signing_kid(&here).await;
    assert_ne!(next, stolen);
    assert_eq!(published_kids(&here).await, [&*next]);
    assert!(table.keys.lock().rows.iter().all(|row| *row.kid != stolen));
    assert!(!here.publishes(&stolen).await.unwrap() && here.publishes(&next).await.unwrap());

    // Another node asks again after a second.
    clock.advance(Duration::from_secs(1));
    assert_eq!(signing_kid(&elsewhere).await, next);
    assert_eq!(published_kids(&elsewhere).await, [next]);
}

// KY-3
#[tokio::test]
async fn the_successor_takes_over_where_there_is_one() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    let first = signing_kid(&ring).await;
    let waiting = ring.rotate(operator()).await.unwrap()[0].kid.clone();
    ring.retire(operator(), &first).await.unwrap();
    assert_eq!(signing_kid(&ring).await, *waiting);
    assert_eq!(published_kids(&ring).await, [&*waiting]);
}

#[tokio::test]
async fn without_its_successor_a_key_goes_on() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let first = signing_kid(&ring).await;
    let second = ring.rotate(operator()).await.unwrap()[0].kid.clone();
    clock.advance(Duration::from_secs(60));
    let third = ring.rotate(operator()).await.unwrap()[0].kid.clone();
    for gone in [second, third] {
        ring.retire(operator(), &gone).await.unwrap();
    }
    clock.advance(Duration::from_secs(60 * 60 * 24 * 30));
    assert_eq!(signing_kid(&ring).await, first);
    assert_eq!(published_kids(&ring).await, [first]);
    let key = &ring.list().await.unwrap()[0];
    assert_eq!((key.signs_until, key.published_until), (None, None));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_retired() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    ring.ensure().await.unwrap();
    let error = ring.retire(operator(), "nobody").await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::NotFound);
}

#[tokio::test]
async fn a_damaged_key_can_be_retired() {
    let table = Arc::new(Table::default());
    node(&table, &Clock::manual(start()))
        .ensure()
        .await
        .unwrap();
    table.keys.lock().rows[0].wrapped[40] ^= 1;
    let kid = table.keys.lock().rows[0].kid.clone();
    let ring = node(&table, &Clock::manual(start()));
    assert!(ring.ensure().await.is_err());
    ring.retire(operator(), &kid).await.unwrap();
    assert_ne!(signing_kid(&ring).await, *kid);
}

// KY-5
#[tokio::test]
async fn keys_are_encrypted_anew_while_nodes_sign() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let running = node(&table, &clock);
    let kid = signing_kid(&running).await;
    running.rotate(operator()).await.unwrap();

    let under = |byte| {
        let store: Arc<dyn SigningKeyStore> = table.clone();
        KeyRing::new(store, &master_key(byte))
            .with_clock(clock.clone())
            .with_algs([SigningAlg::EdDsa])
    };
    assert_eq!(
        under(2).rewrap(operator(), &master_key(1)).await.unwrap(),
        2
    );
    // The one who runs signs on, with the keys that it has.
    clock.advance(Duration::from_secs(10));
    assert_eq!(signing_kid(&running).await, kid);
    // Killed and started again it needs the new master key.
    let error = under(1).ensure().await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::WrongMasterKey);
    let ring = under(2);
    ring.ensure().await.unwrap();
    assert_eq!(signing_kid(&ring).await, kid);
    // Twice is as good as once.
    assert_eq!(
        under(2).rewrap(operator(), &master_key(1)).await.unwrap(),
        0
    );

    // What is made later is published by all, and signed with by who can.
    let made = ring.rotate(operator()).await.unwrap()[0].kid.to_string();
    clock.advance(Duration::from_secs(1));
    assert!(published_kids(&running).await.contains(&made));
}

// KY-5, KY-3
#[tokio::test]
async fn a_key_without_a_private_half_is_in_no_ones_way() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let old = signing_kid(&ring).await;
    ring.rotate(operator()).await.unwrap();
    clock.advance(Duration::from_secs(60 * 60 * 24 * 3));
    ring.rotate(operator()).await.unwrap();
    let under = KeyRing::new(table.clone(), &master_key(2)).with_clock(clock.clone());
    let under = under.with_algs([SigningAlg::EdDsa]);
    let rewrapped = under.rewrap(operator(), &master_key(1)).await;
    assert_eq!(rewrapped.unwrap(), 2);
    under.ensure().await.unwrap();
    assert!(under.hint_keys().await.unwrap().contains(&old));
    under.retire(operator(), &old).await.unwrap();
    assert!(!under.hint_keys().await.unwrap().contains(&old));
}

// KY-5: resumed, from any mixture
#[tokio::test]
async fn keys_that_are_under_both_master_keys_end_under_the_new_one() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    ring.ensure().await.unwrap();
    ring.rotate(operator()).await.unwrap();
    let under =
        |byte| KeyRing::new(table.clone(), &master_key(byte)).with_algs([SigningAlg::EdDsa]);
    let old = table.keys.lock().rows[0].clone();
    under(2).rewrap(operator(), &master_key(1)).await.unwrap();
    table.keys.lock().rows[0] = old;
    assert_eq!(
        under(2).rewrap(operator(), &master_key(1)).await.unwrap(),
        1
    );
    under(2).ensure().await.unwrap();

    let error = under(3)
        .rewrap(operator(), &master_key(1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::WrongMasterKey);
    under(2).ensure().await.unwrap();
}
