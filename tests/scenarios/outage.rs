//! An outage is not a refusal.

use empress_auth_core::{Authenticator, Preset};
use empress_auth_tests::{FailingStore, Request, Stage, World, basic};

/// A store and the layer in front of it live in one time.
fn layer(world: &World, store: &FailingStore) -> Authenticator {
    Authenticator::new(store.clone()).clock(world.clock.clone())
}

// DB-1, DB-2
pub(crate) fn a_store_that_is_down_is_a_503_in_every_mode(stage: Stage) {
    let world = stage.world();
    let good = world.token("ada");
    let pair = world.keys("ada");
    let store = FailingStore::new(world.store.clone());
    store.set_down(true);
    let auth = || layer(&world, &store);
    for (mode, auth) in [
        ("required", auth()),
        ("optional", auth().optional()),
        ("ignore_invalid", auth().ignore_invalid()),
        ("drf", auth().preset(Preset::Drf)),
        ("frappe", auth().preset(Preset::Frappe)),
        ("oauth", auth().preset(Preset::OAuth)),
    ] {
        let server = stage.adapter().serve_behind(auth);
        for value in [
            format!("Bearer {good}"),
            format!("Token {good}"),
            format!("Token {pair}"),
            basic(&pair),
            "Token never-issued".to_owned(),
            "Token never:issued".to_owned(),
        ] {
            for path in ["/", "/maybe", "/plain"] {
                let answer = server.get_as(path, &value);
                assert_eq!(answer.status, 503, "{mode}: {value}");
                assert_eq!(answer.header("retry-after"), Some("1"));
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                assert!(answer.challenges().is_empty());
                assert!(
                    !answer.text().contains("secret-place"),
                    "the words are for the log"
                );
            }
        }
        assert!(server.log().errors().concat().contains("secret-place"));
    }
}

// DB-2: nothing of an outage is remembered
pub(crate) fn after_the_outage_the_first_request_is_answered(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone());
    let server = stage.adapter().serve_behind(layer(&world, &store));
    let value = format!("Bearer {}", world.token("ada"));
    for _ in 0..3 {
        store.set_down(true);
        assert_eq!(server.get_as("/", &value).status, 503);
        store.set_down(false);
        assert_eq!(server.get_as("/", &value).status, 200);
        // Makes the store be asked again.
        let (id, _) = world.token_with_id("ada", empress_auth_core::NewToken::named("other"));
        world.revoke(id);
    }
}

// DB-3
pub(crate) fn what_was_verified_before_goes_on(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone());
    let server = stage.adapter().serve_behind(layer(&world, &store));
    let known = format!("Bearer {}", world.token("ada"));
    let new = format!("Bearer {}", world.token("eve"));
    assert_eq!(server.get_as("/", &known).status, 200);
    store.set_down(true);
    let asked = store.asked();
    for _ in 0..5 {
        assert_eq!(server.get_as("/", &known).text(), "ada");
    }
    assert_eq!(store.asked(), asked);
    assert_eq!(server.get_as("/", &new).status, 503);
    // What needs no store needs none now.
    assert_eq!(server.get("/").status, 401);
    assert_eq!(server.get_as("/", "Bearer").status, 401);
}

// DB-1: a store without a memory is asked each time, and nothing is let in on trust
pub(crate) fn without_a_memory_every_request_asks(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone()).without_memory();
    let server = stage.adapter().serve_behind(layer(&world, &store));
    let value = format!("Bearer {}", world.token("ada"));
    for _ in 0..3 {
        assert_eq!(server.get_as("/", &value).status, 200);
    }
    assert_eq!(store.asked(), 3);
    store.set_down(true);
    assert_eq!(server.get_as("/", &value).status, 503);
}

// Concurrent misses of one credential share one question
pub(crate) fn many_first_requests_at_once_ask_once(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone());
    let server = stage.adapter().serve_behind(layer(&world, &store));
    let request = Request::get("/").authorization(format!("Bearer {}", world.token("ada")));
    let mut connections: Vec<_> = (0..16).map(|_| server.connect()).collect();
    for connection in &mut connections {
        connection.write(&request.to_bytes());
    }
    for connection in &mut connections {
        assert_eq!(connection.answer().unwrap().status, 200);
    }
    assert!(store.asked() < 16, "{}", store.asked());
}

// Making a credential ends nothing that is remembered
pub(crate) fn what_is_made_meanwhile_ends_nothing_that_is_remembered(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone());
    let server = stage.adapter().serve_behind(layer(&world, &store));
    let mut values = Vec::new();
    for _ in 0..50 {
        let value = format!("Bearer {}", world.token("ada"));
        assert_eq!(server.get_as("/", &value).status, 200);
        values.push(value);
    }
    store.set_down(true);
    for value in &values {
        assert_eq!(server.get_as("/", value).status, 200);
    }
}

// The memory belongs to the store, not to a layer
pub(crate) fn two_layers_on_one_store_share_what_they_remember(stage: Stage) {
    let world = stage.world();
    let store = FailingStore::new(world.store.clone());
    let first = stage.adapter().serve_behind(layer(&world, &store));
    let second = stage.adapter().serve_behind(layer(&world, &store));
    let value = format!("Bearer {}", world.token("ada"));
    assert_eq!(first.get_as("/", &value).status, 200);
    store.set_down(true);
    assert_eq!(second.get_as("/", &value).status, 200);
}
