//! `/api/v1/tokens`, each endpoint's success and its refusals.

use std::time::Duration;

use serde_json::{Value, json};

use super::rest::assert_problem;
use super::world::{World, delete, get, patch, post};
use crate::{NewToken, Scopes};

#[tokio::test]
async fn a_token_is_made_with_all_its_limits_and_shown_in_clear_once() {
    let world = World::new().await;
    let ada = world.token("ada").await;
    let body = json!({
        "name": "ci", "scopes": ["b", "a"], "expires_at": "2026-01-03T03:04:05Z",
        "idle_timeout_secs": 600, "allowed_networks": ["203.0.113.0/24"],
    });
    let made = world
        .ask(post("/auth/api/v1/tokens").with(&ada).json(&body))
        .await;
    assert_eq!(made.status, 201);
    let location = made.field("location").to_owned();
    let mut listed = made.json();
    let token = listed.as_object_mut().unwrap().remove("token").unwrap();
    let token = token.as_str().unwrap();
    let id = listed["id"].as_str().unwrap();
    assert_eq!(location, format!("/auth/api/v1/tokens/{id}"));
    let expected = json!({
        "id": id, "user": "ada", "kind": "pat", "name": "ci", "scopes": ["a", "b"],
        "last4": token.get(token.len() - 4..), "created_at": "2026-01-02T03:04:05Z",
        "created_by": "ada", "expires_at": "2026-01-03T03:04:05Z", "idle_timeout_secs": 600,
        "allowed_networks": ["203.0.113.0/24"], "last_used_at": null,
    });
    assert_eq!(listed, expected);

    assert_eq!(world.ask(get("/api/v1/me").with(token)).await.status, 200);
    let elsewhere = get("/api/v1/me").with(token).from("198.51.100.1");
    assert_eq!(world.ask(elsewhere).await.status, 401);
    let shown = world.ask(get(&location).with(&ada)).await;
    assert_eq!(shown.json()["last_used_at"], "2026-01-02T03:04:05Z");
    assert!(!String::from_utf8_lossy(&shown.body).contains(token));

    let plain = json!({
        "name": "x", "user": null, "scopes": null, "expires_at": null,
        "idle_timeout_secs": null, "allowed_networks": null,
    });
    let plain = world
        .ask(post("/api/v1/tokens").with(&ada).json(&plain))
        .await
        .json();
    for member in ["scopes", "expires_at", "idle_timeout_secs"] {
        assert_eq!(plain[member], Value::Null, "{member}");
    }
    assert_eq!(plain["allowed_networks"], json!([]));
}

#[tokio::test]
async fn a_token_is_refused_that_breaks_a_rule() {
    let world = World::new().await;
    let root = world.token("root").await;
    for (body, word) in [
        (json!({}), "name: is required"),
        (json!({ "name": "" }), "name: "),
        (json!({ "name": "a\u{0}" }), "name: "),
        (json!({ "name": "x".repeat(141) }), "name: "),
        (
            json!({ "name": "x", "scopes": "a" }),
            "scopes: must be a list",
        ),
        (json!({ "name": "x", "scopes": ["a b"] }), "scopes: "),
        (
            json!({ "name": "x", "scopes": [null] }),
            "scopes: must be a list",
        ),
        (
            json!({ "name": "x", "expires_at": 5 }),
            "expires_at: must be a time",
        ),
        (
            json!({ "name": "x", "expires_at": "tomorrow" }),
            "expires_at: must be a time",
        ),
        (
            json!({ "name": "x", "expires_at": "2026-01-02T03:04:05Z" }),
            "expires_at: must lie",
        ),
        (
            json!({ "name": "x", "expires_at": "1969-01-02T03:04:05Z" }),
            "expires_at: must lie",
        ),
        (
            json!({ "name": "x", "idle_timeout_secs": 599 }),
            "idle_timeout_secs: at least 600",
        ),
        (
            json!({ "name": "x", "idle_timeout_secs": -1 }),
            "idle_timeout_secs: must be",
        ),
        (
            json!({ "name": "x", "idle_timeout_secs": 1.5 }),
            "idle_timeout_secs: must be",
        ),
        (
            json!({ "name": "x", "allowed_networks": "*" }),
            "allowed_networks: must be a list",
        ),
        (
            json!({ "name": "x", "allowed_networks": ["x"] }),
            "allowed_networks: not an IP",
        ),
        (
            json!({ "name": "x", "allowed_networks": ["192.0.2.1/24"] }),
            "allowed_networks: ",
        ),
        (
            json!({ "name": "x", "scope": [] }),
            "unknown member \"scope\"",
        ),
        (
            json!({ "name": "x", "token": "mine" }),
            "unknown member \"token\"",
        ),
        (
            json!({ "name": "x", "id": "00000000000" }),
            "unknown member \"id\"",
        ),
    ] {
        let answer = world
            .ask(post("/api/v1/tokens").with(&root).json(&body))
            .await;
        assert_problem(&answer, 400, "invalid_request");
        assert!(
            answer.detail().contains(word),
            "{body}: {}",
            answer.detail()
        );
    }
    for user in ["eve", "a\u{0}b", " ada", ""] {
        let body = json!({ "name": "x", "user": user });
        let answer = world
            .ask(post("/api/v1/tokens").with(&root).json(&body))
            .await;
        assert_problem(&answer, 404, "not_found");
    }
}

#[tokio::test]
async fn tokens_are_listed_page_by_page_ones_own_unless_another_user_is_named() {
    let world = World::new().await;
    let (root, ada) = (world.token("root").await, world.token("ada").await);
    world.clock.advance(Duration::from_secs(1));
    for name in ["b", "c"] {
        world.make("ada", NewToken::named(name)).await;
        world.clock.advance(Duration::from_secs(1));
    }
    let names = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|token| token["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = world
        .ask(get("/api/v1/tokens?limit=2").with(&ada))
        .await
        .json();
    assert_eq!(names(&first), ["test", "b"]);
    let next = format!(
        "/api/v1/tokens?limit=2&after={}",
        first["next"].as_str().unwrap()
    );
    let second = world.ask(get(&next).with(&ada)).await.json();
    assert_eq!(
        (names(&second), &second["next"]),
        (vec!["c".to_owned()], &Value::Null)
    );

    let own = world.ask(get("/api/v1/tokens").with(&root)).await.json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    let of_ada = world
        .ask(get("/api/v1/tokens?user=ada").with(&root))
        .await
        .json();
    assert_eq!(names(&of_ada), ["test", "b", "c"]);
    let named = world
        .ask(get("/api/v1/tokens?user=ada").with(&ada))
        .await
        .json();
    assert_eq!(named, of_ada);

    // K-18
    for query in ["after=x", "limit=201", "user=ada&user=bob", "user=%ff"] {
        let answer = world
            .ask(get(&format!("/api/v1/tokens?{query}")).with(&ada))
            .await;
        assert_problem(&answer, 400, "invalid_request");
    }
}

#[tokio::test]
async fn a_token_is_renamed_and_narrowed_by_a_merge_patch() {
    let world = World::new().await;
    let ada = world.token("ada").await;
    let new = NewToken::named("x").with_scopes(Scopes::only(["a", "b"]));
    let token = world.make("ada", new).await;
    let path = format!("/api/v1/tokens/{}", token.get(8..19).unwrap());
    let change = json!({
        "name": "y", "scopes": ["a"], "expires_at": "2027-01-02T03:04:05Z",
        "allowed_networks": ["2001:db8::/32"],
    });
    let changed = world.ask(patch(&path).with(&ada).json(&change)).await;
    assert_eq!(changed.status, 200);
    for member in ["name", "scopes", "expires_at", "allowed_networks"] {
        assert_eq!(changed.json()[member], change[member], "{member}");
    }
    assert_eq!(world.ask(get("/api/v1/me").with(&token)).await.status, 401);

    for (body, word) in [
        (json!({ "name": null }), "name: must not be null"),
        (json!({ "scopes": ["a", "b"] }), "scopes: "),
        (json!({ "scopes": null }), "scopes: "),
        (
            json!({ "expires_at": "2028-01-02T03:04:05Z" }),
            "expires_at: ",
        ),
        (
            json!({ "expires_at": null }),
            "expires_at: must not be null",
        ),
        (json!({ "last4": "xxxx" }), "unknown member \"last4\""),
        (json!({ "user": "bob" }), "unknown member \"user\""),
    ] {
        let answer = world.ask(patch(&path).with(&ada).json(&body)).await;
        assert_problem(&answer, 400, "invalid_request");
        assert!(
            answer.detail().contains(word),
            "{body}: {}",
            answer.detail()
        );
    }
    let freed = world
        .ask(
            patch(&path)
                .with(&ada)
                .json(&json!({ "allowed_networks": null })),
        )
        .await;
    assert_eq!(freed.json()["allowed_networks"], json!([]));
}

#[tokio::test]
async fn tokens_are_revoked_one_by_one_by_list_and_all_at_once() {
    let world = World::new().await;
    let (root, ada) = (world.token("root").await, world.token("ada").await);
    let id = |token: &str| token.get(8..19).unwrap().to_owned();
    let (one, two) = (world.token("ada").await, world.token("ada").await);
    let of_bob = world.token("bob").await;

    let path = format!("/api/v1/tokens/{}", id(&one));
    assert_eq!(world.ask(delete(&path).with(&ada)).await.status, 204);
    assert_problem(&world.ask(delete(&path).with(&ada)).await, 404, "not_found");
    assert_eq!(world.ask(get("/api/v1/me").with(&one)).await.status, 401);

    let ids = json!({ "ids": [id(&two), id(&two), id(&one), id(&of_bob), "no-such_id"] });
    let answer = world
        .ask(post("/api/v1/tokens/revoke").with(&ada).json(&ids))
        .await;
    assert_eq!(answer.status, 200);
    let expected = json!({
        "revoked": [id(&two)], "not_found": [id(&one), id(&of_bob), "no-such_id"],
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(world.ask(get("/api/v1/me").with(&of_bob)).await.status, 200);

    let nothing = world.ask(delete("/api/v1/tokens").with(&ada)).await;
    assert_problem(&nothing, 400, "invalid_request");
    assert_eq!(world.ask(get("/api/v1/me").with(&ada)).await.status, 200);
    let all = world
        .ask(delete("/api/v1/tokens?user=ada").with(&ada))
        .await;
    assert_eq!(
        (all.status.as_u16(), all.json()),
        (200, json!({ "revoked": 1 }))
    );
    assert_eq!(world.ask(get("/api/v1/me").with(&ada)).await.status, 401);
    assert_problem(
        &world
            .ask(delete("/api/v1/tokens?user=eve").with(&root))
            .await,
        404,
        "not_found",
    );

    let too_many: Vec<String> = (0..1001).map(|n| n.to_string()).collect();
    for ids in [
        json!(too_many),
        json!(["a b"]),
        json!([""]),
        json!(["x".repeat(33)]),
        json!("x"),
        Value::Null,
    ] {
        let ask = post("/api/v1/tokens/revoke")
            .with(&root)
            .json(&json!({ "ids": ids }));
        assert_problem(&world.ask(ask).await, 400, "invalid_request");
    }
    let most: Vec<String> = (0..1000).map(|n| format!("{n:032}")).collect();
    let ask = post("/api/v1/tokens/revoke")
        .with(&root)
        .json(&json!({ "ids": most }));
    assert_eq!(
        world.ask(ask).await.json()["not_found"]
            .as_array()
            .unwrap()
            .len(),
        1000
    );
}

#[tokio::test]
async fn a_drf_token_is_listed_and_revoked_like_any_other() {
    let world = World::new().await;
    let root = world.token("root").await;
    world.set_password("ada", "correct horse battery").await;
    let login = json!({ "username": "ada", "password": "correct horse battery" });
    let token = world
        .ask(post("/api-token-auth/").json(&login))
        .await
        .json();
    let token = token["token"].as_str().unwrap();
    let listed = world.ask(get("/api/v1/tokens").with(token)).await.json();
    let listed = &listed["items"][0];
    assert_eq!(
        (&listed["kind"], &listed["scopes"]),
        (&json!("drf"), &Value::Null)
    );
    let path = format!("/api/v1/tokens/{}", listed["id"].as_str().unwrap());
    assert_eq!(world.ask(delete(&path).with(&root)).await.status, 204);
    assert_eq!(world.ask(get("/api/v1/me").with(token)).await.status, 401);
    let next = world
        .ask(post("/api-token-auth/").json(&login))
        .await
        .json();
    assert_ne!(next["token"], token);
}

#[tokio::test]
async fn a_full_list_of_tokens_is_a_conflict() {
    let world = World::new().await;
    let ada = world.token("ada").await;
    for _ in 0..999 {
        world.make("ada", NewToken::named("x")).await;
        world.clock.advance(Duration::from_millis(1));
    }
    let answer = world
        .ask(
            post("/api/v1/tokens")
                .with(&ada)
                .json(&json!({ "name": "x" })),
        )
        .await;
    assert_problem(&answer, 409, "limit_reached");
}
