//! Guessing secrets.

use std::time::Duration;

use empress_auth_core::PeerAddress;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use crate::world::{Answer, INTROSPECT, REVOKE, TOKEN, World, basic, encode};

async fn send(world: &World, path: &str, from: [u8; 4], authorization: &str) -> Answer {
    let form = [("grant_type", "client_credentials"), ("token", "x")];
    let request = Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(AUTHORIZATION, authorization)
        .extension(PeerAddress(from.into()));
    world.send(request.body(encode(&form)).unwrap()).await
}

async fn send_from_nowhere(world: &World, authorization: &str) -> Answer {
    let form = [("grant_type", "client_credentials")];
    let request = Request::post(TOKEN)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(AUTHORIZATION, authorization);
    let request = request.body(encode(&form)).unwrap();
    world.send_from_nowhere(request).await
}

// O-14, AS-6749-37, FR-7, S26
#[tokio::test]
async fn wrong_secrets_are_limited_where_they_come_from_and_nowhere_else() {
    let world = World::new();
    let (client, other) = (world.confidential().await, world.confidential().await);
    let (here, elsewhere) = ([203, 0, 113, 9], [198, 51, 100, 7]);
    let paths = [TOKEN, REVOKE, INTROSPECT];
    for n in 0..30 {
        let guess = basic(client.id(), &format!("guess{n}"));
        let answer = send(&world, paths[n % 3], here, &guess).await;
        answer.expect_error(401, "invalid_client");
    }
    let limited = send(&world, TOKEN, here, &basic(client.id(), "guess")).await;
    limited.expect_error(429, "slow_down");
    assert_eq!(limited.headers["retry-after"], "2");
    // The right one, too, or guessing could go on; whoever writes the id in another way means the same client.
    let right = send(&world, TOKEN, here, &client.basic()).await;
    assert_eq!(right.bytes(), limited.bytes());
    let encoded: String = client.id().bytes().map(|b| format!("%{b:02x}")).collect();
    let spelled = send(&world, TOKEN, here, &basic(&encoded, client.secret())).await;
    assert_eq!(spelled.status, 429);

    assert_eq!(
        send(&world, TOKEN, elsewhere, &client.basic()).await.status,
        200
    );
    assert_eq!(send(&world, TOKEN, here, &other.basic()).await.status, 200);
    world.pass(Duration::from_secs(2));
    assert_eq!(send(&world, TOKEN, here, &client.basic()).await.status, 200);
}

// O-14
#[tokio::test]
async fn of_ten_thousand_guesses_a_handful_is_looked_at() {
    let world = World::new();
    let client = world.confidential().await;
    let mut looked_at = 0;
    for n in 0..10_000 {
        let guess = basic(client.id(), &format!("guess{n}"));
        let answer = send(&world, TOKEN, [203, 0, 113, 9], &guess).await;
        looked_at += u32::from(answer.status == 401);
    }
    assert_eq!(looked_at, 30);
}

#[tokio::test]
async fn right_secrets_are_not_counted() {
    let world = World::new();
    let client = world.confidential().await;
    for _ in 0..200 {
        let answer = send(&world, TOKEN, [203, 0, 113, 9], &client.basic()).await;
        assert_eq!(answer.status, 200);
    }
}

// O-14: where nobody knows where requests come from, behind a socket without addresses, one client's failures are no other's
#[tokio::test]
async fn without_an_address_the_client_alone_is_counted() {
    let world = World::new();
    let (guessed, other) = (world.confidential().await, world.confidential().await);
    for n in 0..30 {
        let guess = basic(guessed.id(), &format!("guess{n}"));
        let answer = send_from_nowhere(&world, &guess).await;
        answer.expect_error(401, "invalid_client");
    }
    for limited in [basic(guessed.id(), "guess"), guessed.basic()] {
        let answer = send_from_nowhere(&world, &limited).await;
        answer.expect_error(429, "slow_down");
    }
    let answer = send_from_nowhere(&world, &other.basic()).await;
    assert_eq!(answer.status, 200);
    // Nor is who has an address kept waiting by those who have none.
    let elsewhere = [198, 51, 100, 7];
    let answer = send(&world, TOKEN, elsewhere, &guessed.basic()).await;
    assert_eq!(answer.status, 200);
}
