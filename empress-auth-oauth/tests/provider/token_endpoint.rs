//! What the token endpoint takes at all.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};

use crate::world::{TOKEN, VERIFIER, World, encode, exchange, frappe, request};

// AS-6749-20, RS-9110-5, FR-8
#[tokio::test]
async fn only_post_is_taken() {
    let world = World::new();
    for path in [TOKEN, "/oauth/revoke", "/oauth/introspect"] {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let answer = world.send(request(method.clone(), path, "")).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.headers["allow"], "POST, OPTIONS");
        }
    }
    for name in ["get_token", "revoke_token", "introspect_token"] {
        for slash in ["", "/"] {
            let path = frappe(name) + slash;
            let answer = world.send(request(Method::GET, &path, "")).await;
            assert_eq!(answer.status, 405, "{path}");
        }
    }
}

// AS-6749-21, AS-6749-24, RS-9110-6
#[tokio::test]
async fn only_forms_are_taken() {
    let world = World::new();
    for content_type in [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let request = Request::post(TOKEN).header(CONTENT_TYPE, content_type);
        let answer = world.send(request.body("{}".to_owned()).unwrap()).await;
        answer.expect_error(400, "invalid_request");
    }
    let none = world
        .send(request(Method::POST, TOKEN, "grant_type=x"))
        .await;
    none.expect_error(400, "invalid_request");
    world
        .post(TOKEN, &[])
        .await
        .expect_error(400, "invalid_request");
}

// AS-6749-3, O-4, T10
#[tokio::test]
async fn a_parameter_twice_is_refused_and_the_code_stays_good() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let mut form = exchange(&code).to_vec();
    form.push(("client_id", client.id()));
    for (name, value) in form.clone() {
        let mut twice = form.clone();
        twice.push((name, value));
        world
            .post(TOKEN, &twice)
            .await
            .expect_error(400, "invalid_request");
    }
    let mut brackets = form.clone();
    brackets.push(("client_id[]", client.id()));
    assert_eq!(world.post(TOKEN, &brackets).await.status, 200);
}

// AS-6749-2, AS-6749-4
#[tokio::test]
async fn unknown_and_empty_parameters_are_as_good_as_none() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let mut form = exchange(&code).to_vec();
    form.extend([
        ("client_id", client.id()),
        ("client_secret", ""),
        ("scope", ""),
        ("audience", "x"),
        ("cmd", "login"),
    ]);
    assert_eq!(world.post(TOKEN, &form).await.status, 200);
}

// AS-6749-29, O-39
#[tokio::test]
async fn nothing_is_taken_from_the_url() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let (id, secret) = (client.id(), client.secret());
    let path = format!("{TOKEN}?client_id={id}&client_secret={secret}");
    world
        .post(&path, &exchange(&code))
        .await
        .expect_error(401, "invalid_client");
    let path = format!("{TOKEN}?{}", encode(&exchange(&code)));
    let answer = world
        .post_with(&path, &[], &[(AUTHORIZATION, &client.basic())])
        .await;
    answer.expect_error(400, "invalid_request");
}

// AS-6749-30, AS-9700-8, O-24, FR-4, T7, T13
#[tokio::test]
async fn only_three_grants_are_known_and_only_a_clients_own_are_its() {
    let world = World::new();
    let client = world.public().await;
    for unknown in [
        "password",
        "implicit",
        "token",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code",
    ] {
        let form = [
            ("grant_type", unknown),
            ("client_id", client.id()),
            ("username", "ada"),
            ("password", "hunter2"),
        ];
        world
            .post(TOKEN, &form)
            .await
            .expect_error(400, "unsupported_grant_type");
    }
    let form = [("grant_type", ""), ("client_id", client.id())];
    world
        .post(TOKEN, &form)
        .await
        .expect_error(400, "invalid_request");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client.id()),
    ];
    world
        .post(TOKEN, &form)
        .await
        .expect_error(400, "unauthorized_client");
}

// AS-6749-31
#[tokio::test]
async fn what_a_grant_needs_is_asked_for() {
    let world = World::new();
    let client = world.public().await;
    for grant_type in ["authorization_code", "refresh_token"] {
        let form = [
            ("grant_type", grant_type),
            ("client_id", client.id()),
            ("code_verifier", VERIFIER),
        ];
        world
            .post(TOKEN, &form)
            .await
            .expect_error(400, "invalid_request");
    }
}

// AS-ROB-1
#[tokio::test]
async fn junk_is_refused_and_breaks_nothing() {
    let world = World::new();
    let long = format!("grant_type={}", "x".repeat(60_000));
    let too_long = "x".repeat(70_000);
    let many = "a=1&".repeat(1_000);
    for (body, status) in [
        ("%", 400),
        ("grant_type=%ff", 400),
        ("grant_type=%00", 400),
        ("&&&=&=", 400),
        (&*long, 400),
        (&*too_long, 413),
        (&*many, 400),
        ("\0\u{1}\u{2}", 400),
    ] {
        let request = Request::post(TOKEN)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.to_owned());
        let answer = world.send(request.unwrap()).await;
        assert_eq!(answer.status, status, "{body:.20}");
    }
}
