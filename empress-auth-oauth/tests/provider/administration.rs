//! What an application may not do although the System Manager may who let it in.

use empress_auth_core::endpoint::{Endpoints, Switches};
use empress_auth_core::{Actor, KeyIssuer, NewUser, SYSTEM_MANAGER, UserStore as _};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

use crate::world::{Answer, World};

const GENERATE_KEYS: &str = "/api/method/frappe.core.doctype.user.user.generate_keys?user=bob";

/// All that makes, changes, lists or ends what is others', or makes what lasts.
const ADMINISTRATION: &[(&str, &str, &str)] = &[
    ("GET", GENERATE_KEYS, ""),
    ("POST", GENERATE_KEYS, ""),
    ("POST", "/api/v1/users/bob/keys", ""),
    ("POST", "/api/v1/users/root/keys", ""),
    ("GET", "/api/v1/users/bob/keys", ""),
    ("DELETE", "/api/v1/users/bob/keys", ""),
    ("GET", "/api/v1/users", ""),
    ("GET", "/api/v1/users/bob", ""),
    (
        "POST",
        "/api/v1/users",
        r#"{"name":"eve","password":"correct horse battery"}"#,
    ),
    (
        "PATCH",
        "/api/v1/users/bob",
        r#"{"password":"correct horse battery"}"#,
    ),
    (
        "PATCH",
        "/api/v1/users/root",
        r#"{"password":"correct horse battery"}"#,
    ),
    ("GET", "/api/v1/tokens?user=bob", ""),
    ("POST", "/api/v1/tokens", r#"{"name":"x","user":"bob"}"#),
    ("DELETE", "/api/v1/tokens?user=bob", ""),
    ("DELETE", "/api/v1/users/bob", ""),
];

/// With which it would administer, and go on after its grant.
const TOKEN_OF_ITS_OWN: (&str, &str, &str) = ("POST", "/api/v1/tokens", r#"{"name":"x"}"#);

/// An access token of a System Manager, granted with `openid all`.
async fn granted(world: &World) -> String {
    let root = NewUser::named("root").with_roles([SYSTEM_MANAGER]);
    let root = world.store.create_user(root).await.unwrap();
    world
        .store
        .create_user(NewUser::named("bob"))
        .await
        .unwrap();
    KeyIssuer::new(world.store.clone())
        .generate_keys(Actor::assert_local_operator(), "bob")
        .await
        .unwrap();
    let app = world.public().await;
    world.tokens(&app, &root).await.access
}

async fn ask(
    world: &World,
    access_token: &str,
    (method, path, body): (&str, &str, &str),
) -> Answer {
    let content_type = match method {
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header(AUTHORIZATION, format!("Bearer {access_token}"))
        .header(CONTENT_TYPE, content_type)
        .body(body.to_owned());
    world.send(request.unwrap()).await
}

// K-9: what a grant makes must not outlive it, nor go beyond what the user granted.
#[tokio::test]
async fn an_access_token_of_a_system_manager_does_not_administer() {
    let world = World::new();
    let access_token = granted(&world).await;
    for asked in ADMINISTRATION.iter().chain([&TOKEN_OF_ITS_OWN]) {
        let answer = ask(&world, &access_token, *asked).await;
        let body = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 403, "{asked:?} {body}");
        let said = if *asked == TOKEN_OF_ITS_OWN {
            "access token makes no API tokens"
        } else {
            "access token does not administer"
        };
        assert!(body.contains(said), "{asked:?} {body}");
        let challenges = format!("{:?}", answer.headers);
        assert!(
            challenges.contains("insufficient_scope"),
            "{asked:?} {challenges}"
        );
    }
    assert!(world.store.user("bob").await.unwrap().is_some());
    assert!(world.store.user("eve").await.unwrap().is_none());
    assert!(world.opens(&access_token).await);
}

#[tokio::test]
async fn a_switch_lets_access_tokens_administer_as_in_frappe() {
    let plain = World::new();
    let mut switches = Switches::default();
    switches.danger_administer_with_access_token = true;
    let endpoints = Endpoints::new(plain.store.clone())
        .with_clock(plain.clock.clone())
        .with_switches(switches);
    let world = World::beside(&endpoints, plain.store, plain.clock, plain.provider);
    let access_token = granted(&world).await;
    for asked in ADMINISTRATION.iter().chain([&TOKEN_OF_ITS_OWN]) {
        // The last thing that it does to itself: another password ends what was granted under the old one.
        if asked.1 == "/api/v1/users/root" {
            continue;
        }
        let answer = ask(&world, &access_token, *asked).await;
        assert!(
            answer.status.is_success() || answer.status == 404,
            "{asked:?} {answer:?}"
        );
    }
    assert!(world.store.user("bob").await.unwrap().is_none());
    assert!(world.store.user("eve").await.unwrap().is_some());
}
