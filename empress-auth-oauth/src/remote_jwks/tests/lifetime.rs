//! What fetches in the background begins and ends with those who need it.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn tasks() -> usize {
    tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks()
}

#[tokio::test]
async fn the_task_ends_with_the_last_handle() {
    let issuer = Double::start(&["a"]);
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    assert_eq!(tasks(), 0, "nothing runs before it is needed");
    jwks.ready().await.unwrap();
    until(|| tasks() == 1).await;
    let clone = jwks.clone();
    drop(jwks);
    assert!(clone.keys().contains("a"));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(tasks(), 1);
    drop(clone);
    until(|| tasks() == 0).await;
}

#[tokio::test]
async fn the_task_ends_although_it_is_just_fetching() {
    let issuer = Double::start(&["a"]);
    issuer.answer(Answer::Silence);
    let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
    let jwks = paced(&jwks, |pace| pace.timeout = secs(3_600));
    jwks.keys();
    until(|| issuer.fetches() == 1).await;
    let shared = Arc::downgrade(&jwks.0);
    drop(jwks);
    until(|| tasks() == 0).await;
    assert!(shared.upgrade().is_none());
}

// actix-web: a worker's runtime ends, another one goes on.
#[test]
fn another_runtime_takes_over_from_one_that_ended() {
    let (issuer, clock) = (Double::start(&["a"]), clock());
    let jwks = RemoteJwks::discover(&issuer.url())
        .unwrap()
        .with_clock(clock.clone());
    let first = runtime();
    first.block_on(jwks.ready()).unwrap();
    drop(first);
    issuer.publish(&["b"]);
    clock.advance(secs(60));
    let second = runtime();
    assert!(second.block_on(knows(&jwks, "b")));
}

#[test]
fn a_runtime_that_ends_amid_a_fetch_leaves_nobody_waiting() {
    let issuer = Double::start(&["a"]);
    issuer.answer(Answer::Silence);
    let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
    let first = runtime();
    first.block_on(async {
        jwks.keys();
        until(|| issuer.fetches() == 1).await;
    });
    drop(first);
    issuer.publish(&["a"]);
    let second = runtime();
    assert!(second.block_on(knows(&jwks, "a")));
}

#[test]
fn without_a_runtime_nothing_is_known_and_nothing_panics() {
    let issuer = Double::start(&["a"]);
    let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
    assert!(jwks.keys().is_empty());
    let error = jwks.refresh("a").now_or_never().unwrap().unwrap_err();
    assert!(error.to_string().contains("runtime"), "{error}");
}

#[test]
fn debug_shows_who_is_asked_and_no_more() {
    let jwks = RemoteJwks::discover("https://a.example/b").unwrap();
    assert_eq!(format!("{jwks:?}"), r#"RemoteJwks("https://a.example/b")"#);
}
