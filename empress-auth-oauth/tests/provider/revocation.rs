//! Revocation.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

use crate::world::{Answer, INTROSPECT, REVOKE, World, frappe};

fn expect_revoked(answer: &Answer) {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.body, "{}");
}

// AS-7009-6, AS-7009-7, AS-7009-12, O-17, R1
#[tokio::test]
async fn either_token_takes_the_other_along_at_once() {
    let world = World::new();
    let ada = world.user("ada").await;
    for client in [world.confidential().await, world.public().await] {
        for by_refresh_token in [true, false] {
            let tokens = world.tokens(&client, &ada).await;
            assert!(world.opens(&tokens.access).await);
            let token = if by_refresh_token {
                &tokens.refresh
            } else {
                &tokens.access
            };
            let mut form = vec![("token", token.as_str()), ("client_id", client.id())];
            if let Some(secret) = &client.secret {
                form.push(("client_secret", secret));
            }
            expect_revoked(&world.post(REVOKE, &form).await);
            assert!(!world.opens(&tokens.access).await);
            world
                .refresh(&client, &tokens.refresh)
                .await
                .expect_error(400, "invalid_grant");
            // Again: as good as the first time.
            expect_revoked(&world.post(REVOKE, &form).await);
        }
    }
}

// AS-7009-3, AS-7009-4, S11, FR-9, R3, R5, R6
#[tokio::test]
async fn whatever_the_hint_and_the_token_the_answer_is_the_same() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let authorization = client.basic();
    let code = world.code(&client, &ada).await;
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let tokens = world.tokens(&client, &ada).await;
        for token in [
            "x",
            "emp_at_x",
            "a.b.c",
            &code,
            "\0",
            &tokens.refresh,
            &tokens.refresh,
        ] {
            let form = [("token", token), ("token_type_hint", hint)];
            let answer = world
                .post_with(REVOKE, &form, &[(AUTHORIZATION, &authorization)])
                .await;
            expect_revoked(&answer);
        }
        assert!(!world.opens(&tokens.access).await, "{hint}");
    }
    // A code is no token.
    let mut form = crate::world::exchange(&code).to_vec();
    form.extend([
        ("client_id", client.id()),
        ("client_secret", client.secret()),
    ]);
    assert_eq!(world.post(crate::world::TOKEN, &form).await.status, 200);
}

// AS-7009-5, O-17, FR-9, R4
#[tokio::test]
async fn another_clients_token_stays() {
    let world = World::new();
    let ada = world.user("ada").await;
    let (client, other) = (world.confidential().await, world.confidential().await);
    let public = world.public().await;
    let tokens = world.tokens(&client, &ada).await;
    for token in [&tokens.access, &tokens.refresh] {
        for path in [REVOKE, &frappe("revoke_token")] {
            let form = [("token", token.as_str())];
            let by_other = world
                .post_with(path, &form, &[(AUTHORIZATION, &other.basic())])
                .await;
            expect_revoked(&by_other);
            let form = [("token", token.as_str()), ("client_id", public.id())];
            expect_revoked(&world.post(path, &form).await);
        }
    }
    assert!(world.opens(&tokens.access).await);
    assert_eq!(world.refresh(&client, &tokens.refresh).await.status, 200);
}

// AS-7009-1, AS-7009-9, R2, R7
#[tokio::test]
async fn a_token_must_be_there_in_the_form_of_a_post() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    for path in [REVOKE, &frappe("revoke_token")] {
        let form = [("client_id", client.id())];
        world
            .post(path, &form)
            .await
            .expect_error(400, "invalid_request");
        let url = format!("{path}?token={}&client_id={}", tokens.refresh, client.id());
        for method in [Method::GET, Method::POST] {
            let request = Request::builder()
                .method(method)
                .uri(&url)
                .body(String::new());
            assert!(world.send(request.unwrap()).await.status.is_client_error());
        }
    }
    let none = world.post(&frappe("revoke_token"), &[]).await;
    none.expect_error(400, "invalid_request");
    assert!(world.opens(&tokens.access).await);
}

// SEED-F-7, S11, AS-7009-2: as Frappe's guide shows it.
#[tokio::test]
async fn at_frappes_place_a_public_clients_bare_token_is_enough() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let path = frappe("revoke_token");
    for by_refresh_token in [true, false] {
        let tokens = world.tokens(&client, &ada).await;
        let token = if by_refresh_token {
            &tokens.refresh
        } else {
            &tokens.access
        };
        let form = [("token", token.as_str())];
        world
            .post(REVOKE, &form)
            .await
            .expect_error(401, "invalid_client");
        assert!(world.opens(&tokens.access).await);
        expect_revoked(&world.post(&path, &form).await);
        assert!(!world.opens(&tokens.access).await);
    }
    expect_revoked(&world.post(&path, &[("token", "unknown")]).await);

    let confidential = world.confidential().await;
    let tokens = world.tokens(&confidential, &ada).await;
    let form = [("token", tokens.access.as_str())];
    world
        .post(&path, &form)
        .await
        .expect_error(401, "invalid_client");
    assert!(world.opens(&tokens.access).await);
    let right = world
        .post_with(&path, &form, &[(AUTHORIZATION, &confidential.basic())])
        .await;
    expect_revoked(&right);
    assert!(!world.opens(&tokens.access).await);
}

// O-17: "expired access token's refresh"
#[tokio::test]
async fn an_expired_access_token_still_ends_its_grant() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    world.pass(Duration::from_secs(3_600));
    // What others are given meanwhile sweeps it away no sooner.
    for _ in 0..3 {
        world.tokens(&client, &ada).await;
    }
    let form = [
        ("token", tokens.access.as_str()),
        ("client_id", client.id()),
    ];
    expect_revoked(&world.post(REVOKE, &form).await);
    world
        .refresh(&client, &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant");
}

// AS-7009-6
#[tokio::test]
async fn what_was_revoked_is_not_active() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let authorization = client.basic();
    let form = [("token", tokens.access.as_str())];
    expect_revoked(
        &world
            .post_with(REVOKE, &form, &[(AUTHORIZATION, &authorization)])
            .await,
    );
    for token in [&tokens.access, &tokens.refresh] {
        let form = [("token", token.as_str())];
        let answer = world
            .post_with(INTROSPECT, &form, &[(AUTHORIZATION, &authorization)])
            .await;
        assert_eq!(answer.body, r#"{"active":false}"#);
    }
}
