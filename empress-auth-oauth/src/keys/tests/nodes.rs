//! What a node knows, and when it asks.

use super::*;

// KY-6
#[tokio::test]
async fn published_keys_come_from_memory() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    ring.ensure().await.unwrap();
    let before = table.reads.load(Ordering::SeqCst);
    let first = ring.jwks().await.unwrap();
    for _ in 0..20_000 {
        // The same bytes: nothing is made either.
        assert_eq!(
            ring.jwks().await.unwrap().body().as_ptr(),
            first.body().as_ptr()
        );
    }
    assert_eq!(table.reads.load(Ordering::SeqCst), before);
}

// KY-6
#[tokio::test]
async fn who_is_watched_for_never_looks() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    ring.ensure().await.unwrap();
    for _ in 0..10 {
        clock.advance(Duration::from_millis(500));
        ring.refresh().await.unwrap();
        let before = table.reads.load(Ordering::SeqCst);
        clock.advance(Duration::from_millis(499));
        signer(&ring).await;
        ring.jwks().await.unwrap();
        assert_eq!(table.reads.load(Ordering::SeqCst), before);
    }
}

#[tokio::test]
async fn many_who_ask_at_once_wait_for_one_answer() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    ring.ensure().await.unwrap();
    clock.advance(Duration::from_secs(2));
    let before = table.reads.load(Ordering::SeqCst);
    let asking = (0..100).map(|_| {
        let ring = ring.clone();
        tokio::spawn(async move { signing_kid(&ring).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap();
    }
    assert_eq!(table.reads.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn an_outage_stops_the_signing_after_five_seconds_and_the_publishing_never() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let kid = signing_kid(&ring).await;
    table.is_down.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_millis(4_999));
    assert_eq!(signing_kid(&ring).await, kid);
    clock.advance(Duration::from_millis(1));
    let error = ring.signer(SigningAlg::EdDsa).await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::Unavailable);
    assert_eq!(published_kids(&ring).await, [&*kid]);
    table.is_down.store(false, Ordering::SeqCst);
    assert_eq!(signing_kid(&ring).await, kid);
}

#[tokio::test]
async fn a_node_whose_clock_is_behind_signs_with_the_first_key() {
    let table = Arc::new(Table::default());
    let kid = signing_kid(&node(&table, &Clock::manual(start()))).await;
    let behind = Clock::manual(start() - Duration::from_secs(30));
    assert_eq!(signing_kid(&node(&table, &behind)).await, kid);
}

// J-32
#[tokio::test]
async fn the_published_keys_have_public_members_alone() {
    let table = Arc::new(Table::default());
    let all = [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa];
    let ring = node(&table, &Clock::manual(start())).with_algs(all);
    ring.ensure().await.unwrap();
    let jwks: Value = serde_json::from_slice(ring.jwks().await.unwrap().body()).unwrap();
    let keys = jwks["keys"].as_array().unwrap();
    let mut algs: Vec<_> = keys
        .iter()
        .map(|key| key["alg"].as_str().unwrap())
        .collect();
    algs.sort_unstable();
    assert_eq!(algs, ["ES256", "EdDSA", "RS256"]);
    let public = ["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid"];
    for key in keys {
        let key = key.as_object().unwrap();
        assert!(
            key.keys().all(|member| public.contains(&member.as_str())),
            "{key:?}"
        );
        // OP-DISC-7
        assert_eq!(key["use"], "sig");
        assert_eq!(key["kid"].as_str().unwrap().len(), 43);
    }
    // OP-DISC-8
    let modulus = keys
        .iter()
        .find_map(|key| key.get("n"))
        .unwrap()
        .as_str()
        .unwrap();
    assert_eq!(modulus.len(), 2048 / 6 + 1);
}

#[tokio::test]
async fn nothing_secret_is_shown_to_programmers() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    let shown = format!("{ring:?} {:?}", signer(&ring).await);
    assert!(!shown.contains("pair") && shown.contains(".."), "{shown}");
}
