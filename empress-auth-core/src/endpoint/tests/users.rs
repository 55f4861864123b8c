//! `/api/v1/users`, each endpoint's success and its refusals.

use serde_json::{Value, json};

use super::rest::assert_problem;
use super::world::{World, delete, get, patch, post};

#[tokio::test]
async fn an_administrator_makes_shows_changes_and_deletes_users() {
    let world = World::new().await;
    let root = world.token("root").await;
    let body = json!({
        "name": "eve@example.com", "email": "eve@example.com", "full_name": "Eve",
        "roles": ["b", "a", "b"], "password": "correct horse battery",
    });
    let made = world
        .ask(post("/auth/api/v1/users").with(&root).json(&body))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(
        made.field("location"),
        "/auth/api/v1/users/eve%40example.com"
    );
    let user = json!({
        "id": "4", "name": "eve@example.com", "email": "eve@example.com", "full_name": "Eve",
        "enabled": true, "roles": ["a", "b"], "created_at": "2026-01-02T03:04:05Z",
    });
    assert_eq!(made.json(), user);

    let path = "/api/v1/users/eve%40example.com";
    assert_eq!(world.ask(get(path).with(&root)).await.json(), user);

    let change = json!({ "email": null, "full_name": "E", "enabled": false, "roles": [] });
    let ask = patch(path)
        .with(&root)
        .body("application/merge-patch+json", change.to_string());
    let changed = world.ask(ask).await;
    assert_eq!(changed.status, 200);
    let expected = json!({
        "id": "4", "name": "eve@example.com", "email": null, "full_name": "E",
        "enabled": false, "roles": [], "created_at": "2026-01-02T03:04:05Z",
    });
    assert_eq!(changed.json(), expected);
    let nothing = world.ask(patch(path).with(&root).json(&json!({}))).await;
    assert_eq!(nothing.json(), expected);

    let deleted = world.ask(delete(path).with(&root)).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_problem(&world.ask(delete(path).with(&root)).await, 404, "not_found");
    assert_problem(&world.ask(get(path).with(&root)).await, 404, "not_found");
}

#[tokio::test]
async fn a_user_is_refused_that_breaks_a_rule_or_exists() {
    let world = World::new().await;
    let root = world.token("root").await;
    for (body, status, word) in [
        (json!({}), 400, "name: is required"),
        (json!({ "name": null }), 400, "name: must not be null"),
        (json!({ "name": 5 }), 400, "name: must be a text"),
        (json!({ "name": "a/b" }), 400, "name: "),
        (json!({ "name": "eve", "email": "x" }), 400, "email: "),
        (
            json!({ "name": "eve", "email": 1 }),
            400,
            "email: must be a text",
        ),
        (
            json!({ "name": "eve", "full_name": "" }),
            400,
            "full_name: ",
        ),
        (
            json!({ "name": "eve", "roles": "a" }),
            400,
            "roles: must be a list of texts",
        ),
        (
            json!({ "name": "eve", "roles": [1] }),
            400,
            "roles: must be a list of texts",
        ),
        (
            json!({ "name": "eve", "roles": null }),
            400,
            "roles: must not be null",
        ),
        (
            json!({ "name": "eve", "password": "short" }),
            400,
            "too short",
        ),
        (
            json!({ "name": "eve", "password": null }),
            400,
            "password: must not be null",
        ),
        (
            json!({ "name": "eve", "password": "x".repeat(4097) }),
            400,
            "4,096",
        ),
        (
            json!({ "name": "eve", "enabled": false }),
            400,
            "unknown member \"enabled\"",
        ),
        (
            json!({ "name": "eve", "id": "1" }),
            400,
            "unknown member \"id\"",
        ),
        (json!(["eve"]), 400, "must be a JSON object"),
        (json!({ "name": "ADA" }), 409, "exists"),
    ] {
        let answer = world
            .ask(post("/api/v1/users").with(&root).json(&body))
            .await;
        let code = if status == 409 {
            "conflict"
        } else {
            "invalid_request"
        };
        assert_problem(&answer, status, code);
        assert!(
            answer.detail().contains(word),
            "{body}: {}",
            answer.detail()
        );
    }
}

#[tokio::test]
async fn a_change_of_a_user_is_refused_that_breaks_a_rule() {
    let world = World::new().await;
    let root = world.token("root").await;
    for (body, word) in [
        (json!({ "enabled": null }), "enabled: must not be null"),
        (
            json!({ "enabled": "yes" }),
            "enabled: must be true or false",
        ),
        (json!({ "roles": null }), "roles: must not be null"),
        (json!({ "password": "short" }), "too short"),
        (json!({ "password": null }), "password: must not be null"),
        (json!({ "name": "eve" }), "unknown member \"name\""),
        (
            json!({ "created_at": "2026-01-02T03:04:05Z" }),
            "unknown member \"created_at\"",
        ),
    ] {
        let answer = world
            .ask(patch("/api/v1/users/ada").with(&root).json(&body))
            .await;
        assert_problem(&answer, 400, "invalid_request");
        assert!(
            answer.detail().contains(word),
            "{body}: {}",
            answer.detail()
        );
    }
    let nobody = patch("/api/v1/users/eve")
        .with(&root)
        .json(&json!({ "enabled": true }));
    assert_problem(&world.ask(nobody).await, 404, "not_found");
}

#[tokio::test]
async fn users_are_listed_page_by_page() {
    let world = World::new().await;
    let root = world.token("root").await;
    let list = async |query: &str| {
        world
            .ask(get(&format!("/api/v1/users?{query}")).with(&root))
            .await
            .json()
    };
    let names = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|user| user["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = list("limit=2").await;
    assert_eq!(names(&first), ["ada", "bob"]);
    let second = list(&format!(
        "limit=2&after={}",
        first["next"].as_str().unwrap()
    ))
    .await;
    assert_eq!(
        (names(&second), &second["next"]),
        (vec!["root".to_owned()], &Value::Null)
    );

    // K-18
    for query in [
        "after=x",
        "after=",
        "after=YWRh",
        "limit=0",
        "limit=1000",
        "after=a&after=b",
        "limit=%",
    ] {
        let answer = world
            .ask(get(&format!("/api/v1/users?{query}")).with(&root))
            .await;
        assert_problem(&answer, 400, "invalid_request");
    }
}

#[tokio::test]
async fn a_user_sees_itself_and_nobody_else() {
    let world = World::new().await;
    let ada = world.token("ada").await;
    let own = world.ask(get("/api/v1/users/ada").with(&ada)).await;
    assert_eq!(own.json()["email"], "ada@example.com");
    for other in ["bob", "nobody", "a%00b"] {
        let answer = world
            .ask(get(&format!("/api/v1/users/{other}")).with(&ada))
            .await;
        assert!(matches!(answer.status.as_u16(), 403 | 404), "{other}");
    }
}

#[tokio::test]
async fn a_new_password_and_what_else_changes_take_effect_at_once() {
    let world = World::new().await;
    let root = world.token("root").await;
    let body = json!({ "password": "purple ladder seventeen", "roles": ["x"] });
    let answer = world
        .ask(patch("/api/v1/users/ada").with(&root).json(&body))
        .await;
    assert_eq!(answer.json()["roles"], json!(["x"]));
    let login = json!({ "username": "ada", "password": "purple ladder seventeen" });
    assert_eq!(
        world
            .ask(post("/api-token-auth/").json(&login))
            .await
            .status,
        200
    );

    let ada = world.token("ada").await;
    assert_eq!(world.ask(get("/api/v1/me").with(&ada)).await.status, 200);
    let disable = patch("/api/v1/users/ada")
        .with(&root)
        .json(&json!({ "enabled": false }));
    assert_eq!(world.ask(disable).await.status, 200);
    assert_eq!(world.ask(get("/api/v1/me").with(&ada)).await.status, 401);
}
