//! An outage is not a refusal, and uses nothing up: whichever call of the store fails (O-17).

use std::time::Duration;

use empress_auth_core::{Clock, MasterKey, MemoryStore};
use empress_auth_oauth::client::ClientOptions;
use empress_auth_oauth::{NewClient, Provider};
use http::header::AUTHORIZATION;

use crate::faulty_store::{DETAIL, Faults, FaultyStore};
use crate::log::Log;
use crate::world::{
    Answer, CALLBACK, Form, INTROSPECT, MASTER_KEY, REVOKE, Registered, TOKEN, USERINFO, World,
    exchange, frappe, start,
};

/// A provider whose store fails when told; the layer's store, which is the same, never does.
async fn world() -> (World, Faults) {
    let clock = Clock::manual(start());
    let store = MemoryStore::with(clock.clone(), 1_000);
    let faults = Faults::default();
    let provider = Provider::new(
        FaultyStore::new(store.clone(), &faults),
        "https://auth.example".parse().unwrap(),
        MasterKey::from_bytes(MASTER_KEY),
    );
    let provider = provider.with_clock(clock.clone());
    provider.keys().ensure().await.unwrap();
    (World::serving(store, clock, provider), faults)
}

/// Asks with the first call of the store failing, the second, and so on, until one is answered as it should be without any
/// failing; answers how many failed, and the last answer.
async fn with_every_call_failing(
    faults: &Faults,
    log: &Log,
    ask: impl AsyncFn() -> Answer,
) -> (usize, Answer) {
    for working in 0..20 {
        faults.fail_after(working);
        let answer = ask().await;
        if !faults.clear() {
            return (working, answer);
        }
        answer.expect_error(503, "temporarily_unavailable");
        assert_eq!(answer.headers["retry-after"], "1");
        assert!(!answer.bytes().contains("secret-place"), "{answer:?}");
        let mut lines = log.take();
        lines.retain(|line| line.starts_with("ERROR"));
        assert!(lines.len() == 1 && lines[0].contains(DETAIL), "{lines:?}");
    }
    panic!("it asks the store without end");
}

async fn post_as(world: &World, client: &Registered, path: &str, form: &Form<'_>) -> Answer {
    let basic = client.basic();
    world
        .post_with(path, form, &[(AUTHORIZATION, &basic)])
        .await
}

// O-17, DB-1, DB-2
#[tokio::test]
async fn a_token_is_made_as_soon_as_the_store_can_and_nothing_is_used_up() {
    let ((world, faults), log) = (world().await, Log::listen());
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let own = [("grant_type", "client_credentials")];
    let ask = async || post_as(&world, &client, TOKEN, &own).await;
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    assert_eq!((calls, answer.status.as_u16()), (3, 200));

    let code = world.code(&client, &ada).await;
    let ask = async || post_as(&world, &client, TOKEN, &exchange(&code)).await;
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    let tokens = answer.tokens();
    assert!(calls >= 4, "client, code, user and redeeming, not {calls}");

    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*tokens.refresh),
    ];
    let ask = async || post_as(&world, &client, TOKEN, &form).await;
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    assert!(calls >= 4, "client, token, user and rotation, not {calls}");
    // The family lives: nothing was taken for reuse.
    assert!(world.opens(&answer.tokens().access).await);
}

// O-17, AS-7009-10: an answer of 200 would leave a token alive that its owner takes for dead
#[tokio::test]
async fn what_could_not_be_revoked_is_not_called_revoked() {
    let ((world, faults), log) = (world().await, Log::listen());
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    for path in [REVOKE.to_owned(), frappe("revoke_token")] {
        let tokens = world.tokens(&client, &ada).await;
        for token in [&tokens.access, &tokens.refresh] {
            let form = [("token", &**token)];
            faults.fail_after(2);
            let answer = post_as(&world, &client, &path, &form).await;
            answer.expect_error(503, "temporarily_unavailable");
            assert!(world.opens(&tokens.access).await, "it was not revoked");
        }
        log.take();
        let form = [("token", &*tokens.refresh)];
        let ask = async || post_as(&world, &client, &path, &form).await;
        let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
        assert_eq!((calls, answer.status.as_u16()), (3, 200));
        assert!(!world.opens(&tokens.access).await);
    }
}

// O-17, O-7: that somebody shows a code again must not be forgotten because of an outage
#[tokio::test]
async fn a_theft_is_acted_upon_or_the_thief_gets_a_503() {
    let ((world, faults), log) = (world().await, Log::listen());
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let first = post_as(&world, &client, TOKEN, &exchange(&code))
        .await
        .tokens();
    let ask = async || post_as(&world, &client, TOKEN, &exchange(&code)).await;
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    answer.expect_error(400, "invalid_grant");
    assert!(calls == 3 && !world.opens(&first.access).await);

    let code = world.code(&client, &ada).await;
    let mut wrong = exchange(&code);
    wrong[3].1 = "a-verifier-of-which-nobody-made-a-challenge-before";
    let ask = async || post_as(&world, &client, TOKEN, &wrong).await;
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    answer.expect_error(400, "invalid_grant");
    assert_eq!(calls, 3, "client, code, and that it is spent");
    let right = post_as(&world, &client, TOKEN, &exchange(&code)).await;
    right.expect_error(400, "invalid_grant");
}

// O-17, DB-1: neither inactive nor nobody
#[tokio::test]
async fn who_asks_about_a_token_or_its_user_hears_of_the_outage() {
    let ((world, faults), log) = (world().await, Log::listen());
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    for path in [INTROSPECT.to_owned(), frappe("introspect_token")] {
        for token in [&tokens.access, &tokens.refresh] {
            let form = [("token", &**token)];
            let ask = async || post_as(&world, &client, &path, &form).await;
            let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
            assert!(calls >= 3 && answer.json()["active"] == true, "{answer:?}");
        }
    }
    let bearer = format!("Bearer {}", tokens.access);
    for path in [USERINFO.to_owned(), frappe("openid_profile")] {
        let ask = async || world.get(&path, &[(AUTHORIZATION, &bearer)]).await;
        let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
        assert!(calls >= 2 && answer.text("sub") == *ada.id, "{answer:?}");
    }
}

// O-17: keys that were not looked at for long sign nothing
#[tokio::test]
async fn without_its_keys_it_signs_nothing_and_says_so() {
    let ((world, faults), log) = (world().await, Log::listen());
    let mut options = ClientOptions::default();
    options.jwt_access_tokens = true;
    let new = NewClient::confidential("Shop").with_redirect_uri(CALLBACK);
    let client = world.client(new.with_options(options)).await;
    let own = [("grant_type", "client_credentials")];
    let ask = async || {
        world.pass(Duration::from_secs(60));
        post_as(&world, &client, TOKEN, &own).await
    };
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    assert!(calls >= 3, "client, keys and grant, not {calls}");
    let token = answer.text("access_token");
    let form = [("token", &*token)];
    let ask = async || {
        world.pass(Duration::from_secs(60));
        post_as(&world, &client, INTROSPECT, &form).await
    };
    let (calls, answer) = with_every_call_failing(&faults, &log, ask).await;
    assert!(calls >= 3 && answer.json()["active"] == true, "{answer:?}");
}
