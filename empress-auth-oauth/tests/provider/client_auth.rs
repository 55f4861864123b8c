//! Which client is calling?

use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::AuthMethod;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};

use crate::world::{
    Answer, CALLBACK, INTROSPECT, REVOKE, Registered, TOKEN, World, basic, exchange, frappe,
};

/// A limit that these tests do not meet.
fn world() -> World {
    World::with(|provider| {
        let mut limits = empress_auth_oauth::Limits::default();
        limits.client_failures_per_minute = 10_000.try_into().unwrap();
        provider.with_limits(limits)
    })
}

/// How a request shows its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Basic,
    Post,
    None,
}

async fn send(world: &World, path: &str, way: Way, id: &str, secret: &str) -> Answer {
    let grant = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("token", "x"),
    ];
    let mut form = grant.to_vec();
    match way {
        Way::Basic => {
            let authorization = basic(id, secret);
            return world
                .post_with(path, &form, &[(AUTHORIZATION, &authorization)])
                .await;
        }
        Way::Post => form.extend([("client_id", id), ("client_secret", secret)]),
        Way::None => form.push(("client_id", id)),
    }
    world.post(path, &form).await
}

// O-12, AS-6749-25, AS-6749-26, SEED: the method × the client × the secret: only what is registered works.
#[tokio::test]
async fn only_the_registered_method_with_the_right_secret_works() {
    let world = world();
    let only = |method| {
        let new = NewClient::confidential("Shop").with_redirect_uri(CALLBACK);
        world.client(new.with_auth_method(method))
    };
    let clients: [(&str, Registered, &[Way]); 4] = [
        ("both", world.confidential().await, &[Way::Basic, Way::Post]),
        (
            "basic",
            only(AuthMethod::ClientSecretBasic).await,
            &[Way::Basic],
        ),
        (
            "post",
            only(AuthMethod::ClientSecretPost).await,
            &[Way::Post],
        ),
        ("public", world.public().await, &[Way::None]),
    ];
    let other = world.confidential().await;
    for (kind, client, ways) in &clients {
        for way in [Way::Basic, Way::Post, Way::None] {
            for (shown, secret) in [
                ("none", ""),
                ("wrong", "emp_cs_wrong"),
                ("right", client.secret()),
                ("another client's", other.secret()),
            ] {
                let answer = send(&world, TOKEN, way, client.id(), secret).await;
                // An empty secret in the body is none at all; a public client has no right one.
                let is_right = match way {
                    Way::None => true,
                    Way::Basic => shown == "right" && client.secret.is_some(),
                    Way::Post if secret.is_empty() => client.secret.is_none(),
                    Way::Post => shown == "right",
                };
                let way_taken = if way == Way::Post && secret.is_empty() {
                    Way::None
                } else {
                    way
                };
                if is_right && ways.contains(&way_taken) {
                    answer.expect_error(400, "invalid_grant");
                } else {
                    answer.expect_error(401, "invalid_client");
                    let challenge = answer.headers.get(WWW_AUTHENTICATE);
                    assert_eq!(
                        challenge.is_some(),
                        way == Way::Basic,
                        "{kind} {way:?} {shown}"
                    );
                }
            }
        }
    }
}

// RS-7617-6, O-12: nothing tells whether a client exists, is public or has another method.
#[tokio::test]
async fn every_refusal_of_a_client_is_the_same_bytes() {
    let world = world();
    let (confidential, public) = (world.confidential().await, world.public().await);
    let new = NewClient::confidential("Shop").with_auth_method(AuthMethod::ClientSecretBasic);
    let basic_only = world.client(new).await;
    let new = NewClient::confidential("Shop").with_auth_method(AuthMethod::ClientSecretPost);
    let post_only = world.client(new).await;
    for (way, cases) in [
        (
            Way::Basic,
            vec![
                ("unknown", "nobody", "x"),
                ("no id", "", "x"),
                ("wrong secret", confidential.id(), "x"),
                ("empty secret", confidential.id(), ""),
                ("another client's", confidential.id(), basic_only.secret()),
                ("public", public.id(), ""),
                ("public with a secret", public.id(), "x"),
                ("another method", post_only.id(), post_only.secret()),
                (
                    "unknown, like a real one",
                    "0123456789abcdefghij",
                    confidential.secret(),
                ),
                ("broken escapes", "%zz", "%zz"),
                (
                    "in another case",
                    &confidential.id().to_uppercase(),
                    confidential.secret(),
                ),
                ("very long", &"x".repeat(4_000), "x"),
            ],
        ),
        (
            Way::Post,
            vec![
                ("unknown", "nobody", "x"),
                ("wrong secret", confidential.id(), "x"),
                ("empty secret", confidential.id(), ""),
                ("another client's", confidential.id(), basic_only.secret()),
                ("public with a secret", public.id(), "x"),
                ("another method", basic_only.id(), basic_only.secret()),
                ("encoded once too often", confidential.id(), "%65mp"),
                ("NUL", confidential.id(), "\0"),
            ],
        ),
        (
            Way::None,
            vec![
                ("unknown", "nobody", ""),
                ("confidential", confidential.id(), ""),
                ("empty", "", ""),
                ("basic only", basic_only.id(), ""),
            ],
        ),
    ] {
        let mut seen = Vec::new();
        for (description, id, secret) in cases {
            let answer = send(&world, TOKEN, way, id, secret).await;
            answer.expect_error(401, "invalid_client");
            seen.push((description, answer.bytes()));
        }
        for (description, bytes) in &seen {
            assert_eq!(*bytes, seen[0].1, "{way:?} {description}");
        }
    }
}

// O-13, FR-2, FR-9, FR-10
#[tokio::test]
async fn a_confidential_client_proves_itself_at_every_endpoint() {
    let world = world();
    let client = world.confidential().await;
    let names = ["get_token", "revoke_token", "introspect_token"].map(frappe);
    let paths = [TOKEN, REVOKE, INTROSPECT].map(str::to_owned);
    for path in paths.iter().chain(&names) {
        send(&world, path, Way::None, client.id(), "")
            .await
            .expect_error(401, "invalid_client");
        send(&world, path, Way::Post, client.id(), "x")
            .await
            .expect_error(401, "invalid_client");
        let answer = send(&world, path, Way::Basic, client.id(), "x").await;
        answer.expect_error(401, "invalid_client");
        assert_eq!(
            answer.headers[WWW_AUTHENTICATE],
            "Basic realm=\"oauth\", charset=\"UTF-8\""
        );
    }
}

// AS-6749-28, S1, T20
#[tokio::test]
async fn a_client_authenticates_in_one_way() {
    let world = world();
    let (client, other) = (world.confidential().await, world.confidential().await);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let authorization = client.basic();
    let id = client.id();
    for (body, status, error) in [
        (vec![("client_id", id)], 400, "invalid_grant"),
        (
            vec![("client_id", id), ("client_secret", "")],
            400,
            "invalid_grant",
        ),
        (
            vec![("client_id", id), ("client_secret", client.secret())],
            400,
            "invalid_request",
        ),
        (
            vec![("client_secret", client.secret())],
            400,
            "invalid_request",
        ),
        (vec![("client_id", other.id())], 401, "invalid_client"),
        (vec![("client_assertion", "x")], 401, "invalid_client"),
    ] {
        let form = [&grant[..], &body].concat();
        let answer = world
            .post_with(TOKEN, &form, &[(AUTHORIZATION, &authorization)])
            .await;
        answer.expect_error(status, error);
    }
    let twice = [
        (AUTHORIZATION, authorization.as_str()),
        (AUTHORIZATION, &authorization),
    ];
    world
        .post_with(TOKEN, &grant, &twice)
        .await
        .expect_error(400, "invalid_request");
}

// S2, T3: a user's credential is no client's, and never falls back to another place.
#[tokio::test]
async fn authorization_is_read_as_the_clients_and_nothing_else() {
    let world = world();
    let (public, ada) = (world.public().await, world.user("ada").await);
    let user = world.caller("bob", &["System Manager"]).await;
    let code = world.code(&public, &ada).await;
    let mut form = exchange(&code).to_vec();
    form.push(("client_id", public.id()));
    for authorization in [
        &user,
        "Bearer x",
        "Basic",
        "Basic !",
        "Basic eA==",
        "Digest x",
        "",
    ] {
        let answer = world
            .post_with(TOKEN, &form, &[(AUTHORIZATION, authorization)])
            .await;
        answer.expect_error(401, "invalid_client");
        assert!(
            answer.headers.contains_key(WWW_AUTHENTICATE),
            "{authorization}"
        );
    }
    assert_eq!(world.post(TOKEN, &form).await.status, 200);
}

// AS-6749-27, H-14: Node's clients encode both halves, Python's send them raw.
#[tokio::test]
async fn basic_is_taken_form_encoded_and_raw() {
    let world = world();
    let client = world.confidential().await;
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02x}")).collect() };
    for (id, secret) in [
        (client.id().to_owned(), client.secret().to_owned()),
        (encoded(client.id()), encoded(client.secret())),
        (client.id().to_owned(), encoded(client.secret())),
    ] {
        let answer = send(&world, TOKEN, Way::Basic, &id, &secret).await;
        answer.expect_error(400, "invalid_grant");
    }
    let twice = encoded(&encoded(client.secret()));
    let answer = send(&world, TOKEN, Way::Basic, client.id(), &twice).await;
    answer.expect_error(401, "invalid_client");
}

#[tokio::test]
async fn a_rotated_secret_and_a_deleted_client_end_at_once() {
    let world = world();
    let client = world.confidential().await;
    let operator = empress_auth_core::Actor::assert_local_operator;
    let clients = world.provider.clients();
    let rotated = clients
        .rotate_secret(operator(), client.id())
        .await
        .unwrap();
    let new = rotated.secret().unwrap().expose_secret();
    send(&world, TOKEN, Way::Post, client.id(), client.secret())
        .await
        .expect_error(401, "invalid_client");
    send(&world, TOKEN, Way::Post, client.id(), new)
        .await
        .expect_error(400, "invalid_grant");
    clients.delete(operator(), client.id()).await.unwrap();
    send(&world, TOKEN, Way::Post, client.id(), new)
        .await
        .expect_error(401, "invalid_client");
}
