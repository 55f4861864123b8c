//! The first start, and starts with what cannot be used.

use super::*;

fn with_algs(table: &Arc<Table>, key: u8, algs: &[SigningAlg]) -> KeyRing {
    let store: Arc<dyn SigningKeyStore> = table.clone();
    KeyRing::new(store, &master_key(key)).with_algs(algs.iter().copied())
}

// KY-2
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_that_start_at_once_have_one_key_200_times() {
    for _ in 0..200 {
        let table = Arc::new(Table::default());
        let starts = (0..3).map(|_| {
            let ring = node(&table, &Clock::manual(start()));
            tokio::spawn(async move {
                ring.ensure().await.unwrap();
                signing_kid(&ring).await
            })
        });
        let mut kids = Vec::new();
        for started in starts.collect::<Vec<_>>() {
            kids.push(started.await.unwrap());
        }
        kids.dedup();
        assert_eq!(kids.len(), 1);
        assert_eq!(table.keys.lock().rows.len(), 1);
        assert_eq!(table.writes.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn the_first_who_needs_a_key_makes_it() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    let kid = signing_kid(&ring).await;
    assert_eq!(published_kids(&ring).await, [kid]);
}

#[tokio::test]
async fn there_is_one_key_for_each_algorithm() {
    let table = Arc::new(Table::default());
    let store: Arc<dyn SigningKeyStore> = table.clone();
    let ring = KeyRing::new(store, &master_key(1));
    ring.ensure().await.unwrap();
    for alg in [SigningAlg::Rs256, SigningAlg::Es256] {
        assert_eq!(ring.signer(alg).await.unwrap().alg(), alg);
    }
    let error = ring.signer(SigningAlg::EdDsa).await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::NoSigner);
    assert!(error.to_string().starts_with("misconfigured"), "{error}");

    // One more that is asked for later; the others stay.
    let before = published_kids(&ring).await;
    let all = with_algs(
        &table,
        1,
        &[SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa],
    );
    all.ensure().await.unwrap();
    let after = published_kids(&all).await;
    assert_eq!(after.len(), 3);
    assert!(before.iter().all(|kid| after.contains(kid)));
    assert_eq!(
        all.signer(SigningAlg::EdDsa).await.unwrap().alg(),
        SigningAlg::EdDsa
    );
}

// KY-4
#[tokio::test]
async fn a_wrong_master_key_does_not_start_and_makes_nothing() {
    let table = Arc::new(Table::default());
    with_algs(&table, 1, &[SigningAlg::Es256])
        .ensure()
        .await
        .unwrap();
    let before = table.keys.lock().rows[0].clone();
    // Also where another algorithm is missing.
    for algs in [
        &[SigningAlg::Es256][..],
        &[SigningAlg::Es256, SigningAlg::EdDsa],
    ] {
        let ring = with_algs(&table, 2, algs);
        let error = ring.ensure().await.unwrap_err();
        assert_eq!(error.kind(), SigningKeyErrorKind::WrongMasterKey);
        assert!(error.to_string().contains("another master key"), "{error}");
        let error = ring.signer(SigningAlg::Es256).await.unwrap_err();
        assert_eq!(error.kind(), SigningKeyErrorKind::WrongMasterKey);
        assert!(ring.rotate(operator()).await.is_err());
        assert!(ring.jwks().await.is_err());
    }
    assert_eq!(table.writes.load(Ordering::SeqCst), 1);
    assert_eq!(table.keys.lock().rows[0].wrapped, before.wrapped);
}

type Change = fn(&mut Vec<SigningKeyRow>);

// KY-4
#[tokio::test]
async fn what_was_changed_in_the_store_is_noticed() {
    let table = Arc::new(Table::default());
    let ring = with_algs(&table, 1, &[SigningAlg::Es256, SigningAlg::EdDsa]);
    ring.ensure().await.unwrap();
    let good = table.keys.lock().rows.clone();
    let changes: [(&str, Change); 6] = [
        ("a bit of the private half", |rows| rows[0].wrapped[40] ^= 1),
        ("the form", |rows| rows[0].wrapped[0] = 9),
        ("the private half of another", |rows| {
            rows[0].wrapped = rows[1].wrapped.clone()
        }),
        ("the public half of another", |rows| {
            rows[0].public_jwk = rows[1].public_jwk.clone()
        }),
        ("another's kid", |rows| rows[0].kid = rows[1].kid.clone()),
        ("another algorithm", |rows| rows[0].alg = rows[1].alg),
    ];
    for (what, change) in changes {
        let mut rows = good.clone();
        change(&mut rows);
        table.keys.lock().rows = rows;
        let ring = with_algs(&table, 1, &[SigningAlg::Es256, SigningAlg::EdDsa]);
        let error = ring.ensure().await.expect_err(what);
        assert_eq!(error.kind(), SigningKeyErrorKind::Damaged, "{what}");
    }
}

// KY-4
#[tokio::test]
async fn nothing_private_is_stored_in_clear() {
    let table = Arc::new(Table::default());
    let ring = with_algs(
        &table,
        1,
        &[SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa],
    );
    ring.ensure().await.unwrap();
    let wrapping = wrapping::WrappingKey::new(&master_key(1), ring::WRAPPING_LABEL);
    for row in &table.keys.lock().rows {
        let name = [row.alg.as_str(), &*row.kid];
        let private = wrapping.open(&name, &row.wrapped).unwrap();
        assert!(private.len() > 40);
        let whole = [row.public_jwk.as_bytes(), &row.wrapped].concat();
        for part in private.windows(16) {
            assert!(
                !whole.windows(16).any(|window| window == part),
                "{}",
                row.alg
            );
        }
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_an_outage() {
    let table = Arc::new(Table::default());
    table.is_down.store(true, Ordering::SeqCst);
    let ring = node(&table, &Clock::manual(start()));
    let error = ring.ensure().await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::Unavailable);
}
