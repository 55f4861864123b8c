//! An issuer that does not answer takes nobody else down, and nothing is made of it.

use super::*;

// KY-7, RS-9068-3: an outage is not a refusal.
#[tokio::test]
async fn while_the_issuer_is_down_known_keys_go_on_and_others_are_an_outage() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    drop(issuer);
    assert!(knows(&jwks, "a").await);
    assert!(jwks.refresh("b").await.is_err());
    // 24 hours, less the minute of the second try.
    for _ in 0..23 * 60 {
        clock.advance(secs(60));
        assert!(knows(&jwks, "a").await);
        assert!(jwks.refresh("b").await.is_err());
    }
}

// KY-7: stale-if-error ≤ 24 h
#[tokio::test]
async fn after_a_day_without_an_answer_nothing_is_known() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    issuer.answer(Answer::Raw(
        b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n".to_vec(),
    ));
    clock.advance(secs(24 * 3_600 - 1));
    assert!(jwks.keys().contains("a"));
    clock.advance(secs(1));
    assert!(jwks.keys().is_empty());
    assert!(jwks.refresh("a").await.is_err());
    // And when it answers again, all is well.
    issuer.publish(&["a"]);
    clock.advance(secs(60));
    assert!(knows(&jwks, "a").await);
}

// A machine that slept: too old, although nothing failed.
#[tokio::test]
async fn keys_that_grew_old_unnoticed_are_fetched_by_the_first_token() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock.clone());
    jwks.ready().await.unwrap();
    clock.advance(secs(72 * 3_600));
    assert!(knows(&jwks, "a").await);
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn an_issuer_that_was_down_from_the_start_is_found_when_it_is_there() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    issuer.answer_metadata(double::not_found(), double::not_found());
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock.clone());
    assert!(jwks.refresh("a").await.is_err());
    let asked = issuer.requests().len();
    assert!(jwks.refresh("a").await.is_err());
    assert_eq!(issuer.requests().len(), asked, "not asked again at once");
    let metadata = format!(r#"{{"issuer":"{0}","jwks_uri":"{0}/keys"}}"#, issuer.url());
    issuer.answer_metadata(Answer::Json(metadata, ""), double::not_found());
    clock.advance(secs(33));
    assert!(knows(&jwks, "a").await);
}

#[tokio::test]
async fn a_call_of_the_programs_own_asks_again_at_once() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    issuer.answer(double::not_found());
    let jwks = RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .with_clock(clock);
    assert_eq!(refused(&jwks).await, RemoteJwksErrorKind::Answer);
    issuer.publish(&["a"]);
    jwks.ready().await.unwrap();
    assert!(jwks.keys().contains("a"));
}

// KY-7: timeout 2 s. Nobody waits longer than that, and who waits for a known key not at all.
#[tokio::test]
async fn a_silent_or_dripping_issuer_is_given_up() {
    for answer in [Answer::Silence, Answer::Drip] {
        let issuer = Double::start(&["a"]);
        let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
        let jwks = paced(&jwks, |pace| pace.timeout = Duration::from_millis(300));
        jwks.ready().await.unwrap();
        issuer.answer(answer);
        let (unknown, known) = tokio::join!(jwks.refresh("b"), jwks.refresh("a"));
        assert!(unknown.is_err());
        assert!(known.unwrap().contains("a"));
        until(|| jwks.0.has_failed()).await;
        assert!(knows(&jwks, "a").await);
    }
}
