//! However many tokens name whatever keys, an issuer is asked twice a minute.

use futures_util::future::join_all;

use super::*;

// KY-7, J-7
#[tokio::test]
async fn ten_thousand_unknown_keys_at_once_ask_twice() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock);
    jwks.ready().await.unwrap();
    let kids: Vec<_> = (0..10_000).map(|n| format!("made-up-{n}")).collect();
    for found in join_all(kids.iter().map(|kid| knows(&jwks, kid))).await {
        assert!(!found);
    }
    for kid in &kids {
        assert!(!knows(&jwks, kid).await);
    }
    assert!(knows(&jwks, "a").await);
    assert_eq!(issuer.fetches(), 2);
}

// KY-7
#[tokio::test]
async fn in_no_minute_of_a_flood_there_are_three_fetches() {
    for is_down in [false, true] {
        let (issuer, clock) = (Double::start(&["a"]), clock());
        let jwks = RemoteJwks::at(&issuer.jwks_uri())
            .unwrap()
            .with_clock(clock.clone());
        jwks.ready().await.unwrap();
        if is_down {
            issuer.answer(Answer::Raw(
                b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".to_vec(),
            ));
        }
        let mut fetches_at = vec![0];
        let mut seen = 1;
        for second in 0..600 {
            for n in 0..5 {
                let answer = jwks.refresh(&format!("made-up-{second}-{n}")).await;
                assert_eq!(answer.is_ok_and(|keys| !keys.is_empty()), !is_down);
                assert!(knows(&jwks, "a").await);
            }
            fetches_at.extend((seen..issuer.fetches()).map(|_| second));
            seen = issuer.fetches();
            clock.advance(secs(1));
        }
        for minute in fetches_at.windows(3) {
            assert!(
                minute[2] - minute[0] >= 60,
                "down: {is_down}, at {fetches_at:?}"
            );
        }
        assert!(
            fetches_at.len() > 9,
            "it is asked all the same: {fetches_at:?}"
        );
    }
}

// KY-7: single flight
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_who_come_first_wait_for_one_fetch() {
    let issuer = Double::start(&["a"]);
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    let asking = (0..500).map(|_| {
        let jwks = jwks.clone();
        tokio::spawn(async move { knows(&jwks, "a").await })
    });
    for found in join_all(asking.collect::<Vec<_>>()).await {
        assert!(found.unwrap());
    }
    assert_eq!(issuer.fetches(), 1);
}

// KY-7: negative cache
#[tokio::test]
async fn one_wrong_key_is_not_asked_for_every_half_minute() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    assert!(!knows(&jwks, "wrong").await);
    assert_eq!(issuer.fetches(), 2);
    clock.advance(secs(100));
    assert!(!knows(&jwks, "wrong").await);
    assert_eq!(issuer.fetches(), 2);
    assert!(!knows(&jwks, "another").await);
    assert_eq!(issuer.fetches(), 3);
    // What the issuer publishes meanwhile is known at once.
    issuer.publish(&["a", "wrong"]);
    clock.advance(secs(60));
    assert!(!knows(&jwks, "third").await);
    assert!(knows(&jwks, "wrong").await);
    assert_eq!(issuer.fetches(), 4);
}
