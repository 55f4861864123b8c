//! Rotation, and when an issuer is asked.

use super::*;

// RS-9068-3
#[tokio::test]
async fn keys_are_found_through_the_metadata_and_asked_for_once() {
    let issuer = Double::start(&["a", "b"]);
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    assert!(jwks.keys().is_empty(), "nothing is known yet");
    assert!(knows(&jwks, "a").await);
    assert!(knows(&jwks, "b").await);
    assert!(jwks.keys().contains("a"));
    let requests = issuer.requests();
    let paths: Vec<_> = requests
        .iter()
        .map(|it| it.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(paths, ["/.well-known/openid-configuration", "/keys"]);
}

#[tokio::test]
async fn metadata_of_oauth_will_do_where_there_are_none_of_openid() {
    let issuer = Double::start(&["a"]);
    let metadata = format!(r#"{{"issuer":"{0}","jwks_uri":"{0}/keys"}}"#, issuer.url());
    issuer.answer_metadata(double::not_found(), Answer::Json(metadata, ""));
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    jwks.ready().await.unwrap();
    assert!(jwks.keys().contains("a"));
}

#[tokio::test]
async fn ready_asks_once_and_then_not_again() {
    let issuer = Double::start(&["a"]);
    let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
    jwks.ready().await.unwrap();
    jwks.clone().ready().await.unwrap();
    assert!(jwks.keys().contains("a"));
    assert_eq!(issuer.fetches(), 1);
}

// RS-9068-3: a token of the new key is accepted at once, the old one goes on as long as it is published.
#[tokio::test]
async fn a_rotation_is_noticed_by_the_first_token_of_the_new_key() {
    let issuer = Double::start(&["old"]);
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock());
    assert!(knows(&jwks, "old").await);
    issuer.publish(&["old", "new"]);
    assert!(!jwks.keys().contains("new"));
    assert!(knows(&jwks, "new").await);
    assert!(knows(&jwks, "old").await);
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn a_withdrawn_key_is_gone_with_the_next_fetch() {
    let (issuer, clock) = (Double::start(&["old", "new"]), clock());
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock.clone());
    assert!(knows(&jwks, "old").await);
    issuer.publish(&["new"]);
    clock.advance(secs(5 * 60));
    assert!(jwks.keys().contains("old"), "known keys never wait");
    until(|| !jwks.keys().contains("old")).await;
    assert!(jwks.keys().contains("new"));
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn the_age_that_the_issuer_gives_is_heeded() {
    let (issuer, clock) = (Double::start(&[]), clock());
    issuer.answer(Answer::Json(
        double::jwks(&["a"]),
        "Cache-Control: max-age=1000\r\n",
    ));
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    clock.advance(secs(740));
    assert!(jwks.keys().contains("a"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(issuer.fetches(), 1);
    // 3/4 of the age and at most 1/8 more: before it ends.
    clock.advance(secs(140));
    assert!(jwks.keys().contains("a"));
    until(|| issuer.fetches() == 2).await;
}

// Without a request that would ask for them.
#[tokio::test]
async fn keys_are_fetched_in_the_background() {
    let issuer = Double::start(&["a"]);
    let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
    let jwks = paced(&jwks, |pace| {
        pace.least_age = Duration::from_millis(20);
        pace.most_age = Duration::from_millis(20);
        pace.window = Duration::ZERO;
    });
    jwks.ready().await.unwrap();
    issuer.publish(&["b"]);
    until(|| issuer.fetches() >= 4).await;
    assert!(jwks.keys().contains("b") && !jwks.keys().contains("a"));
}

// After a day the metadata are asked for again, and lead elsewhere.
#[tokio::test]
async fn keys_that_moved_are_found() {
    let (issuer, elsewhere, clock) = (Double::start(&["a"]), Double::start(&["b"]), clock());
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    let (url, moved) = (issuer.url(), elsewhere.jwks_uri());
    let metadata = format!(r#"{{"issuer":"{url}","jwks_uri":"{moved}"}}"#);
    issuer.answer_metadata(Answer::Json(metadata, ""), double::not_found());
    issuer.answer(double::not_found());
    // The first try fails and forgets the metadata, the second one asks for them.
    clock.advance(secs(5 * 60));
    assert!(jwks.keys().contains("a"));
    until(|| issuer.fetches() == 2).await;
    until(|| jwks.0.has_failed()).await;
    clock.advance(secs(60));
    assert!(knows(&jwks, "b").await);
}
