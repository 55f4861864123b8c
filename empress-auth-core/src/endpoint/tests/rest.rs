//! What the endpoints under `/api/v1/` have in common, and `/api/v1/me`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Answer, World, ask, get, patch, post};
use crate::endpoint::Endpoints;
use crate::{Accounts, Actor, MemoryStore, NewToken, Scopes, SecretDigest, UserChange};

pub(super) fn assert_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.field("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], code);
    assert_eq!(answer.field("cache-control"), "no-store");
}

#[tokio::test]
async fn me_tells_who_is_calling_and_with_what() {
    let world = World::new().await;
    let new = NewToken::named("x")
        .with_scopes(Scopes::only(["b", "a"]))
        .with_expires_in(Duration::from_secs(60));
    let token = world.make("root", new).await;
    let answer = world.ask(get("/api/v1/me").with(&token)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-type"), "application/json");
    let id = token.strip_prefix("emp_pat_").unwrap().get(..11).unwrap();
    let expected = json!({
        "user": "3", "username": "root", "roles": ["System Manager"], "scopes": ["a", "b"],
        "credential": { "kind": "api_token", "id": id, "expires_at": "2026-01-02T03:05:05Z" },
    });
    assert_eq!(answer.json(), expected);

    let keys = world.keys("ada").await;
    let answer = world.ask(get("/api/v1/me").with(&keys)).await.json();
    assert_eq!(answer["scopes"], Value::Null);
    assert_eq!(answer["credential"]["kind"], "api_key");
    assert_eq!(answer["credential"]["expires_at"], Value::Null);

    assert_problem(
        &world.ask(get("/api/v1/me")).await,
        401,
        "not_authenticated",
    );
}

#[tokio::test]
async fn bodies_must_be_json_and_say_so() {
    let world = World::new().await;
    let root = world.token("root").await;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/merge-patch+json",
    ] {
        let ask = post("/api/v1/tokens")
            .with(&root)
            .body(content_type, "{\"name\":\"x\"}");
        let answer = world.ask(ask).await;
        assert_problem(&answer, 415, "unsupported_media_type");
        assert_eq!(answer.field("accept"), "application/json");
    }
    let ask = patch("/api/v1/users/ada")
        .with(&root)
        .body("text/plain", "{}");
    let answer = world.ask(ask).await;
    assert_eq!(
        answer.field("accept"),
        "application/merge-patch+json, application/json"
    );
    let charset = post("/api/v1/tokens")
        .with(&root)
        .body("application/json; charset=utf-8", "{\"name\":\"x\"}");
    assert_eq!(world.ask(charset).await.status, 201);
    for body in [
        "",
        "{",
        "null",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "\u{feff}{}",
        "{\"name\":NaN}",
    ] {
        let ask = post("/api/v1/tokens")
            .with(&root)
            .body("application/json", body);
        assert_problem(&world.ask(ask).await, 400, "invalid_request");
    }
}

// a credential is withdrawn between the check of the request and the write.
#[test]
fn a_withdrawn_actor_is_told_that_its_token_is_invalid() {
    use crate::endpoint::refused::Refused;
    use crate::{IssueError, StoreError, StoreErrorKind};

    let error = StoreError::new(StoreErrorKind::ActorWithdrawn, "in the write");
    let Refused::Caller(rejection) = Refused::from(IssueError::from(error)) else {
        panic!("a rejection is expected");
    };
    assert_eq!(
        (rejection.status().as_u16(), rejection.code()),
        (401, "invalid_token")
    );
}

// the caller is known before the body is read, and a client may take its time with that.
#[tokio::test]
async fn a_role_that_is_lost_while_the_body_is_on_its_way_is_not_given_back() {
    let world = World::new().await;
    let root = world.token("root").await;
    let accounts = Accounts::new(world.store.clone()).with_clock(world.clock.clone());
    let demote = async {
        let change = UserChange {
            roles: Some(Vec::new()),
            ..UserChange::default()
        };
        let operator = Actor::assert_local_operator();
        accounts.update(&operator, "root", change).await.unwrap();
    };
    let body = json!({ "roles": ["System Manager"] });
    let ask = patch("/api/v1/users/root").with(&root).json(&body);
    let answer = world.ask_while(ask, demote).await;
    assert_problem(&answer, 401, "invalid_token");
    let me = world.ask(get("/api/v1/me").with(&root)).await;
    assert_eq!(me.json()["roles"], json!([]));
}

// R-12, K-9
#[tokio::test]
async fn a_scope_that_is_lost_while_the_body_is_on_its_way_makes_no_token() {
    let world = World::new().await;
    let (ada, other) = (world.token("ada").await, world.token("ada").await);
    let me = world.ask(get("/api/v1/me").with(&ada)).await;
    let id = me.json()["credential"]["id"].as_str().unwrap().to_owned();
    let narrow = async {
        let ask = patch(&format!("/api/v1/tokens/{id}")).with(&other);
        let answer = world.ask(ask.json(&json!({ "scopes": ["tokens:read"] })));
        assert_eq!(answer.await.status, 200);
    };
    let ask = post("/api/v1/tokens").with(&ada);
    let answer = world
        .ask_while(ask.json(&json!({ "name": "all" })), narrow)
        .await;
    assert_problem(&answer, 401, "invalid_token");
}

// K-14
#[tokio::test]
async fn no_answer_but_the_one_that_made_it_holds_a_secret() {
    let world = World::new().await;
    let (root, ada) = (world.token("root").await, world.token("ada").await);
    let keys = world.keys("ada").await;
    let secret = keys.split_once(':').unwrap().1;
    for path in [
        "me",
        "users",
        "users/ada",
        "users/ada/keys",
        "tokens",
        "tokens?user=ada",
    ] {
        let answer = world.ask(get(&format!("/api/v1/{path}")).with(&root)).await;
        let body = String::from_utf8_lossy(&answer.body);
        for hidden in [secret, &ada, &root] {
            assert!(!body.contains(hidden), "{path}");
            let digest = SecretDigest::sha256_of(hidden.as_bytes());
            let hex: String = digest
                .as_bytes()
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect();
            assert!(!body.contains(&hex), "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_served() {
    let world = World::new().await;
    for path in [
        "/api/v1",
        "/api/v1/tokens/",
        "/api/v1/users/ada/",
        "/api/v2/me",
        "/api/v1/ME",
    ] {
        assert_eq!(world.ask(ask("GET", path)).await.status, 404, "{path}");
    }
}

/// In docs/rest.md a request is the first cell of its row.
#[test]
fn the_reference_has_every_route_and_no_other() {
    let page = include_str!("../../../../docs/rest.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<String> = rows
        .filter_map(|row| row.split_once('`'))
        .map(|(request, _)| request.to_owned())
        .filter(|request| request.contains(" /"))
        .collect();
    let served: BTreeSet<String> = Endpoints::new(MemoryStore::new())
        .rest()
        .iter()
        .map(|route| format!("{} {}", route.method(), route.path()))
        .collect();
    assert_eq!(documented, served);
}
