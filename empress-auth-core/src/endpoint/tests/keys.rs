//! `/api/v1/users/{name}/keys`, each endpoint's success and its refusals.

use std::time::Duration;

use serde_json::{Value, json};

use super::rest::assert_problem;
use super::world::{World, delete, get, post};
use crate::endpoint::Switches;

// K-13
#[tokio::test]
async fn keys_are_made_shown_without_the_secret_and_revoked() {
    let world = World::new().await;
    let (root, ada) = (world.token("root").await, world.token("ada").await);
    let path = "/api/v1/users/ada/keys";
    assert_problem(&world.ask(get(path).with(&ada)).await, 404, "not_found");

    let first = world.ask(post(path).with(&root)).await;
    assert_eq!(
        (first.status.as_u16(), first.field("location")),
        (201, path)
    );
    let first = first.json();
    assert_eq!(first["user"], "ada");
    let pair = |made: &Value| {
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        format!("{}:{}", text("api_key"), text("api_secret"))
    };
    assert_eq!(
        world
            .ask(get("/api/v1/me").with(&pair(&first)))
            .await
            .status,
        200
    );

    let second = world.ask(post(path).with(&root)).await.json();
    assert_eq!(first["api_key"], second["api_key"]);
    assert_eq!(
        world
            .ask(get("/api/v1/me").with(&pair(&first)))
            .await
            .status,
        401
    );
    assert_eq!(
        world
            .ask(get("/api/v1/me").with(&pair(&second)))
            .await
            .status,
        200
    );

    let shown = world.ask(get(path).with(&ada)).await.json();
    let expected = json!({
        "user": "ada", "api_key": first["api_key"], "issued_at": "2026-01-02T03:04:05Z",
    });
    assert_eq!(shown, expected);

    assert_eq!(world.ask(delete(path).with(&root)).await.status, 204);
    assert_problem(&world.ask(delete(path).with(&root)).await, 404, "not_found");
    assert_eq!(
        world
            .ask(get("/api/v1/me").with(&pair(&second)))
            .await
            .status,
        401
    );
    let revoked = world.ask(get(path).with(&ada)).await.json();
    assert_eq!(
        (&revoked["api_key"], &revoked["issued_at"]),
        (&first["api_key"], &Value::Null)
    );

    for ask in [
        post("/api/v1/users/eve/keys"),
        delete("/api/v1/users/eve/keys"),
    ] {
        assert_problem(&world.ask(ask.with(&root)).await, 404, "not_found");
    }
}

// K-9
#[tokio::test]
async fn own_keys_are_made_with_self_service_by_credentials_that_can_do_everything() {
    let switches = Switches {
        self_service_keys: true,
        ..Switches::default()
    };
    let world = World::with(|endpoints| endpoints.with_switches(switches)).await;
    let ada = world.token("ada").await;
    let made = world.ask(post("/api/v1/users/ada/keys").with(&ada)).await;
    assert_eq!(made.status, 201);
    assert_eq!(
        world
            .ask(post("/api/v1/users/bob/keys").with(&ada))
            .await
            .status,
        403
    );
    let scoped = world.scoped("ada", &["tokens:write"]).await;
    assert_eq!(
        world
            .ask(post("/api/v1/users/ada/keys").with(&scoped))
            .await
            .status,
        403
    );
    assert_eq!(
        world
            .ask(delete("/api/v1/users/ada/keys").with(&ada))
            .await
            .status,
        204
    );
}

// K-13
#[tokio::test]
async fn a_replaced_secret_lives_on_for_the_overlap() {
    let switches = Switches {
        key_overlap: Duration::from_secs(60),
        ..Switches::default()
    };
    let world = World::with(|endpoints| endpoints.with_switches(switches)).await;
    let root = world.token("root").await;
    let old = world.keys("ada").await;
    assert_eq!(
        world
            .ask(post("/api/v1/users/ada/keys").with(&root))
            .await
            .status,
        201
    );
    assert_eq!(world.ask(get("/api/v1/me").with(&old)).await.status, 200);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(world.ask(get("/api/v1/me").with(&old)).await.status, 401);
}
