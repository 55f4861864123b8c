//! Introspection.

use std::time::Duration;

use empress_auth_core::{TokenKind, TokenStore as _, testing};
use empress_auth_oauth::client::ClientOptions;
use empress_auth_oauth::{NewClient, Switches};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::{Value, json};

use crate::log::Log;
use crate::world::{CALLBACK, INTROSPECT, Registered, TOKEN, World, exchange, frappe, start};

const INACTIVE: &str = r#"{"active":false}"#;

fn alias() -> String {
    frappe("introspect_token")
}

async fn ask(world: &World, path: &str, authorization: &str, token: &str) -> String {
    let form = [("token", token)];
    let answer = world
        .post_with(path, &form, &[(AUTHORIZATION, authorization)])
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn seconds(after: u64) -> u64 {
    let start = start().duration_since(std::time::UNIX_EPOCH).unwrap();
    start.as_secs() + after
}

// AS-7662-3, AS-7662-7, AS-7662-9, AS-7662-11
#[tokio::test]
async fn a_client_learns_what_its_own_token_is_good_for() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let answer = ask(&world, INTROSPECT, &client.basic(), &tokens.access).await;
    let mut json: Value = serde_json::from_str(&answer).unwrap();
    let id = json.as_object_mut().unwrap().remove("jti").unwrap();
    assert_eq!(id.as_str().unwrap().len(), 11);
    let expected = json!({
        "active": true,
        "scope": "openid all",
        "client_id": client.id(),
        "username": "ada",
        "token_type": "Bearer",
        "exp": seconds(3_600),
        "iat": seconds(0),
        "nbf": seconds(0),
        "sub": &*ada.id,
        "aud": "https://auth.example",
        "iss": "https://auth.example",
    });
    assert_eq!(json, expected);

    let answer = ask(&world, INTROSPECT, &client.basic(), &tokens.refresh).await;
    let json: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(json["active"], true);
    assert_eq!(json["exp"], seconds(30 * 24 * 60 * 60));
    assert!(json.get("token_type").is_none());
}

// AS-7662-12, SEED-F-8, I1
#[tokio::test]
async fn at_frappes_place_the_answer_has_frappes_members() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let answer = ask(&world, &alias(), &client.basic(), &tokens.access).await;
    let json: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(json["trusted_client"], 0);
    assert_eq!(json["name"], "Ada Lovelace");
    assert_eq!(json["email"], "ada@example.com");
    assert_eq!(json["roles"], json!(["Manager"]));

    let code = world.code_with(&client, &ada, |code| {
        code.granted.scopes = vec!["all".into()]
    });
    let code = code.await;
    let form = exchange(&code);
    let answer = world
        .post_with(TOKEN, &form, &[(AUTHORIZATION, &client.basic())])
        .await;
    let token = answer.tokens().access;
    let answer = ask(&world, &alias(), &client.basic(), &token).await;
    let json: Value = serde_json::from_str(&answer).unwrap();
    assert!(
        json.get("email").is_none(),
        "without openid nothing is told of the user"
    );
}

// O-15, AS-7662-4, AS-7662-5, FR-5, I2–I7: whatever the reason, the same bytes for every asker.
#[tokio::test]
async fn what_is_not_active_is_exactly_that() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let bob = world.user("bob").await;
    let other = world.confidential().await;
    let mut options = ClientOptions::default();
    options.introspect_any = true;
    let server = world
        .client(NewClient::confidential("API").with_options(options))
        .await;
    let manager = world.system_manager().await;

    let revoked = world.tokens(&client, &ada).await;
    let form = [("token", revoked.access.as_str())];
    world
        .post_with("/oauth/revoke", &form, &[(AUTHORIZATION, &client.basic())])
        .await;
    let disabled = world.tokens(&client, &bob).await;
    world.disable(&bob).await;
    let first = world.tokens(&client, &ada).await;
    world.pass(Duration::from_secs(3_600));
    let code = world.code(&client, &ada).await;
    let live = world.tokens(&client, &ada).await;
    let now = world.clock.now();
    let unstored = |kind| testing::unstored_token(kind, world.store.store_key(), now).1;
    let truncated = &live.access[..live.access.len() - 1];

    let tokens = [
        ("expired", &*first.access),
        ("revoked", &revoked.access),
        ("revoked with its access token", &revoked.refresh),
        ("its user disabled", &disabled.access),
        ("its user disabled", &disabled.refresh),
        ("unknown", &unstored(TokenKind::Access)),
        ("unknown", &unstored(TokenKind::Refresh)),
        ("a code", &code),
        ("an API token", &unstored(TokenKind::Api)),
        ("a session", &unstored(TokenKind::Session)),
        ("truncated", truncated),
        ("garbage", "x"),
        ("garbage", "a.b.c"),
        ("garbage", "\u{e9}\0"),
    ];
    let askers = [
        client.basic(),
        server.basic(),
        manager.clone(),
        other.basic(),
    ];
    for path in [INTROSPECT, &alias()] {
        for asker in &askers {
            for (description, token) in &tokens {
                assert_eq!(
                    ask(&world, path, asker, token).await,
                    INACTIVE,
                    "{description}"
                );
            }
        }
        for token in [&live.access, &live.refresh] {
            assert_eq!(ask(&world, path, &other.basic(), token).await, INACTIVE);
            for asker in &askers[..3] {
                assert_ne!(ask(&world, path, asker, token).await, INACTIVE);
            }
        }
    }
}

// A refresh token whose successor was used is worth nothing any more.
#[tokio::test]
async fn only_the_refresh_token_that_would_be_taken_is_active() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let first = world.tokens(&client, &ada).await;
    let second = world.refresh(&client, &first.refresh).await.tokens();
    let third = world.refresh(&client, &second.refresh).await.tokens();
    for (token, is_active) in [
        (&first.refresh, false),
        (&second.refresh, true),
        (&third.refresh, true),
    ] {
        let answer = ask(&world, INTROSPECT, &client.basic(), token).await;
        assert_eq!(answer != INACTIVE, is_active);
    }
    // And asking about it has ended nothing.
    assert_eq!(world.refresh(&client, &third.refresh).await.status, 200);
}

// AS-7662-2, O-13, FR-10, S10
#[tokio::test]
async fn who_does_not_say_who_it_is_is_told_nothing() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let form = [("token", tokens.access.as_str())];
    let nobody = world.post(INTROSPECT, &form).await;
    assert_eq!(nobody.status, 401);
    assert!(nobody.headers.contains_key(WWW_AUTHENTICATE));

    // To know a public client's id is not to be it.
    let mut named = form.to_vec();
    named.push(("client_id", client.id()));
    for path in [INTROSPECT, &alias()] {
        world
            .post(path, &named)
            .await
            .expect_error(401, "invalid_client");
    }

    let user = world.caller("bob", &["Manager"]).await;
    for (authorization, status) in [
        (&*user, 403),
        ("Bearer x", 401),
        ("token a:b", 401),
        (&format!("Bearer {}", tokens.access), 403),
    ] {
        let answer = world
            .post_with(INTROSPECT, &form, &[(AUTHORIZATION, authorization)])
            .await;
        assert_eq!(answer.status, status, "{authorization}");
    }
}

// AS-7662-1, AS-7662-6, AS-7662-10
#[tokio::test]
async fn the_token_is_asked_for_and_the_hint_is_only_one() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let authorization = client.basic();
    for path in [INTROSPECT, &alias()] {
        let none = world
            .post_with(path, &[], &[(AUTHORIZATION, &authorization)])
            .await;
        none.expect_error(400, "invalid_request");
        for hint in ["access_token", "refresh_token", "nonsense"] {
            for token in [&tokens.access, &tokens.refresh] {
                let form = [("token", token.as_str()), ("token_type_hint", hint)];
                let answer = world
                    .post_with(path, &form, &[(AUTHORIZATION, &authorization)])
                    .await;
                assert_eq!(answer.json()["active"], true);
            }
        }
    }
}

fn trusted() -> NewClient {
    let mut options = ClientOptions::default();
    options.skip_consent = true;
    NewClient::confidential("Own")
        .with_redirect_uri(CALLBACK)
        .with_options(options)
}

#[tokio::test]
async fn a_client_whose_users_are_not_asked_is_a_trusted_one() {
    let world = World::new();
    let ada = world.user("ada").await;
    let client: Registered = world.client(trusted()).await;
    let tokens = world.tokens(&client, &ada).await;
    let answer = ask(&world, &alias(), &client.basic(), &tokens.access).await;
    let json: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(json["trusted_client"], 1);
}

// SEED-F-8: Frappe's guide asks without any credential.
#[tokio::test]
async fn at_frappes_place_anybody_is_told_a_little() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    for (token, expected) in [
        (
            tokens.access.as_str(),
            json!({
                "active": true,
                "scope": "openid all",
                "client_id": client.id(),
                "exp": seconds(3_600),
            }),
        ),
        ("x", json!({ "active": false })),
    ] {
        let form = [("token", token), ("token_type_hint", "access_token")];
        let answer = world.post(&alias(), &form).await;
        assert_eq!(answer.json(), expected);
        let user = world.caller(&format!("bob{}", token.len()), &[]).await;
        let answer = world
            .post_with(&alias(), &form, &[(AUTHORIZATION, &user)])
            .await;
        assert_eq!(
            answer.json(),
            expected,
            "and a user who may not ask, no more"
        );
    }
    // A wrong credential is not as good as none.
    let form = [("token", tokens.access.as_str())];
    let wrong = world
        .post_with(&alias(), &form, &[(AUTHORIZATION, "token a:b")])
        .await;
    assert_eq!(wrong.status, 401);
}

// SEED-F-8: who asks so takes whatever is active for an access token that is for it.
#[tokio::test]
async fn at_frappes_place_nobody_is_told_of_a_token_for_others_nor_takes_a_refresh_token_for_one() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let (own, foreign) = ("https://auth.example/api", "https://api.example/");
    for (resources, is_told) in [
        (&[][..], true),
        (&[own], true),
        (&[foreign], false),
        (&[own, foreign], false),
    ] {
        let code = world.code_with(&client, &ada, |code| {
            code.granted.resources = resources.iter().map(|uri| (*uri).into()).collect();
        });
        let code = code.await;
        let answer = world
            .post_with(TOKEN, &exchange(&code), &[(AUTHORIZATION, &client.basic())])
            .await;
        let tokens = answer.tokens();
        for (token, hint, expected) in [
            (&tokens.access, None, is_told),
            (&tokens.access, Some("refresh_token"), is_told),
            (&tokens.refresh, None, false),
            (&tokens.refresh, Some("access_token"), false),
            (&tokens.refresh, Some("refresh_token"), is_told),
        ] {
            let mut form = vec![("token", token.as_str())];
            form.extend(hint.map(|hint| ("token_type_hint", hint)));
            let answer = world.post(&alias(), &form).await;
            let is_active = answer.body != INACTIVE;
            assert_eq!(is_active, expected, "{resources:?} {hint:?}");
            // Who says who it is hears of it, whatever the hint.
            let answer = world
                .post_with(&alias(), &form, &[(AUTHORIZATION, &client.basic())])
                .await;
            assert_eq!(answer.json()["active"], true, "{resources:?} {hint:?}");
        }
        world.pass(Duration::from_secs(60));
    }
}

// FR-10: so that an operator learns who would be shut out
#[tokio::test]
async fn who_asks_without_a_credential_is_warned_of_once_an_hour_and_client() {
    let (world, log) = (World::new(), Log::listen());
    let ada = world.user("ada").await;
    let clients = [world.confidential().await, world.confidential().await];
    let warnings = || -> Vec<String> {
        let lines = log.take().into_iter();
        lines.filter(|line| line.starts_with("WARN")).collect()
    };
    for _ in 0..2 {
        for client in &clients {
            let tokens = world.tokens(client, &ada).await;
            let form = [("token", tokens.access.as_str())];
            for _ in 0..5 {
                assert_eq!(world.post(&alias(), &form).await.status, 200);
            }
            let warned = warnings();
            assert!(
                warned.len() == 1 && warned[0].contains(client.id()),
                "{warned:?}"
            );
            assert!(!warned[0].contains(&tokens.access[7..]), "{warned:?}");
            // Whoever says who it is, or asks about nothing of ours, is none of it.
            world.pass(Duration::from_secs(60));
            ask(&world, &alias(), &client.basic(), &tokens.access).await;
            assert_eq!(world.post(&alias(), &[("token", "x")]).await.status, 200);
            assert_eq!(world.post(&alias(), &form).await.status, 200);
            assert_eq!(warnings(), [""; 0]);
        }
        world.pass(Duration::from_secs(60 * 60));
    }
}

// O-16, AS-7662-2
#[tokio::test]
async fn anybody_is_told_twenty_times_a_minute_or_never() {
    let world = World::new();
    let form = [("token", "x")];
    for _ in 0..20 {
        assert_eq!(world.post(&alias(), &form).await.status, 200);
    }
    let refused = world.post(&alias(), &form).await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["retry-after"], "3");
    let client = world.confidential().await;
    assert_eq!(ask(&world, &alias(), &client.basic(), "x").await, INACTIVE);
    world.pass(Duration::from_secs(3));
    assert_eq!(world.post(&alias(), &form).await.status, 200);

    let world = World::with(|provider| {
        let mut switches = Switches::default();
        switches.open_introspection = false;
        provider.with_switches(switches)
    });
    assert_eq!(world.post(&alias(), &form).await.status, 401);
}
