//! The ring as a source of keys for verifiers.

use empress_auth_core::jwt::KeySource;
use empress_auth_core::testing::{acting_as, decide};
use empress_auth_core::{Authenticator, CredentialStore as _, Start};
use http::Request;

use super::*;

fn known(ring: &KeyRing, kid: &str) -> bool {
    KeySource::keys(ring).contains(kid)
}

async fn asked(ring: &KeyRing, kid: &str) -> bool {
    KeySource::refresh(ring, kid).await.unwrap().contains(kid)
}

#[tokio::test]
async fn a_verifier_goes_by_the_published_keys() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let all = [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa];
    let ring = node(&table, &clock).with_algs(all);
    ring.ensure().await.unwrap();
    for kid in published_kids(&ring).await {
        assert!(known(&ring, &kid), "{kid}");
    }
    assert_eq!(KeySource::keys(&ring).len(), 3);
    let made = ring.rotate(operator()).await.unwrap();
    assert_eq!(KeySource::keys(&ring).len(), 6);
    assert!(made.iter().all(|key| known(&ring, &key.kid)));
}

// KY-3: also where nobody watches
#[tokio::test]
async fn a_verifier_asks_for_keys_that_were_not_looked_at_for_a_second() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let [here, elsewhere] = [0, 1].map(|_| node(&table, &clock));
    let stolen = signing_kid(&elsewhere).await;
    assert!(known(&elsewhere, &stolen));
    here.retire(operator(), &stolen).await.unwrap();
    clock.advance(Duration::from_millis(999));
    assert!(known(&elsewhere, &stolen));
    clock.advance(Duration::from_millis(1));
    assert!(!known(&elsewhere, &stolen) && !asked(&elsewhere, &stolen).await);
    assert!(known(&elsewhere, &signing_kid(&here).await));
}

#[tokio::test]
async fn a_key_that_another_node_made_a_moment_ago_is_asked_for_ten_times_a_second() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let [here, elsewhere] = [0, 1].map(|_| node(&table, &clock));
    let stolen = signing_kid(&here).await;
    elsewhere.ensure().await.unwrap();
    here.retire(operator(), &stolen).await.unwrap();
    let next = signing_kid(&here).await;
    clock.advance(Duration::from_millis(99));
    let before = table.reads.load(Ordering::SeqCst);
    for made_up in 0..1_000 {
        assert!(!asked(&elsewhere, &made_up.to_string()).await);
    }
    assert_eq!(table.reads.load(Ordering::SeqCst), before);
    clock.advance(Duration::from_millis(1));
    for _ in 0..1_000 {
        assert!(asked(&elsewhere, &next).await);
    }
    assert_eq!(table.reads.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn an_outage_of_five_seconds_is_no_refusal() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let kid = signing_kid(&ring).await;
    table.is_down.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_millis(4_999));
    assert!(asked(&ring, &kid).await);
    clock.advance(Duration::from_millis(1));
    assert!(KeySource::refresh(&ring, &kid).await.is_err());
}

// KY-3: what was verified between the retirement and the moment at which a node learns of it
#[tokio::test]
async fn a_node_that_learns_of_a_retired_key_forgets_what_it_verified() {
    let ada = acting_as("ada").build().await;
    let layer = Authenticator::new(ada.store());
    let mut request = Request::new(());
    ada.decorate(request.headers_mut());
    let is_remembered = || matches!(layer.start(&request), Start::Ready(Ok(Some(_))));

    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let here = node(&table, &clock);
    let elsewhere = node(&table, &clock).with_memory(ada.store().memory().unwrap());
    let stolen = signing_kid(&elsewhere).await;
    here.rotate(operator()).await.unwrap();
    decide(&layer, &request).await.unwrap();
    elsewhere.refresh().await.unwrap();
    assert!(is_remembered(), "a rotation withdraws nothing");

    here.retire(operator(), &stolen).await.unwrap();
    assert!(is_remembered());
    elsewhere.refresh().await.unwrap();
    assert!(!is_remembered());
    decide(&layer, &request).await.unwrap();
    elsewhere.refresh().await.unwrap();
    assert!(is_remembered(), "once is enough");
    // Those whose time is over have signed nothing that has not expired.
    clock.advance(Duration::from_secs(60 * 60 * 24 * 30));
    elsewhere.refresh().await.unwrap();
    here.rotate(operator()).await.unwrap();
    elsewhere.refresh().await.unwrap();
    assert!(is_remembered());
}
