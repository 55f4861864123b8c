//! Our endpoints beside an application's own routes: where they lie, what they read, what they answer.

use empress_auth_core::NewUser;
use empress_auth_tests::{Adapter, Request, Server, Stage, World};
use serde_json::json;

fn all(stage: Stage) -> (World, Server, String) {
    let world = stage.world();
    let server = match stage {
        Stage::Application(adapter, _) => {
            adapter.serve_mounted(world.auth(), world.endpoints().all())
        }
        Stage::Program => stage.serve_endpoints(&world),
    };
    let root = format!("Bearer {}", world.token("root"));
    (world, server, root)
}

/// Where the endpoints lie.
const fn prefixes(stage: Stage) -> &'static [&'static str] {
    match stage {
        Stage::Application(..) => &["", "/endpoints"],
        Stage::Program => &[""],
    }
}

// Beside the layer, under a prefix and without
pub(crate) fn endpoints_and_own_routes_live_side_by_side(stage: Stage) {
    let (world, server, _) = all(stage);
    let ada = format!("Bearer {}", world.token("ada"));
    for prefix in prefixes(stage) {
        assert_eq!(server.get(&format!("{prefix}/api/method/ping")).status, 200);
        let me = server.get_as(&format!("{prefix}/api/v1/me"), &ada);
        assert_eq!((me.status, me.member("username").as_str()), (200, "ada"));
        let user = server.get_as(&format!("{prefix}/api/v1/users/ada"), &ada);
        assert_eq!((user.status, user.member("name").as_str()), (200, "ada"));
        let stranger = server.get(&format!("{prefix}/api/v1/me"));
        assert_eq!(
            (stranger.status, stranger.member("code").as_str()),
            (401, "not_authenticated")
        );
        assert!(!stranger.challenges().is_empty());
    }
    assert_eq!(server.get_as("/", &ada).text(), "ada");
    assert_eq!(server.get("/").status, 401);
}

// H-23: a name in a path is decoded once, whichever framework matched it
pub(crate) fn a_name_in_a_path_is_the_users_name(stage: Stage) {
    let (world, server, root) = all(stage);
    for (name, path) in [
        ("Ждана", "%D0%96%D0%B4%D0%B0%D0%BD%D0%B0"),
        ("a b", "a%20b"),
        ("joe@example.com", "joe@example.com"),
        ("joe@example.org", "joe%40example.org"),
        ("100%", "100%25"),
        ("a%20b", "a%2520b"),
        ("a+b", "a+b"),
        ("x;y=z", "x;y=z"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("..x", "..x"),
    ] {
        world.user(NewUser::named(name));
        for prefix in prefixes(stage) {
            let answer = server.get_as(&format!("{prefix}/api/v1/users/{path}"), &root);
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            assert_eq!(answer.member("name"), name);
        }
    }
    for path in [
        "nobody",
        "a%2Fb",
        "ada%2F",
        "%00",
        "ada%00",
        "ada%0A",
        "%FF",
        "ada/",
        "//ada",
        "%2e%2e/me",
    ] {
        let answer = server.get_as(&format!("/api/v1/users/{path}"), &root);
        assert!(
            (400..=404).contains(&answer.status),
            "{path}: {}",
            answer.status
        );
    }
}

// H-22, RS-9110-5, RS-9110-7
pub(crate) fn every_answer_has_its_length_and_no_cache_keeps_it(stage: Stage) {
    let (_, server, root) = all(stage);
    for request in [
        Request::get("/api/v1/me").authorization(&root),
        Request::get("/api/v1/me"),
        Request::new("PUT", "/api/v1/me").authorization(&root),
        Request::get("/api/v1/users/nobody").authorization(&root),
        Request::get("/api/method/ping"),
        Request::get("/api-token-auth/"),
        Request::post("/api/v1/tokens")
            .authorization(&root)
            .body("text/plain", "x"),
    ] {
        let answer = server.send(&request);
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{request:?}"
        );
        assert!(answer.header("content-length").is_some(), "{request:?}");
    }
    let get = server.get_as("/api/v1/me", &root);
    let head = server.send(&Request::new("HEAD", "/api/v1/me").authorization(&root));
    assert_eq!(head.status, 200);
    assert_eq!(get.header("content-length"), head.header("content-length"));
}

// Made, listed, used, revoked
pub(crate) fn a_token_is_made_used_and_revoked_over_http(stage: Stage) {
    let (world, server, _) = all(stage);
    let ada = format!("token {}", world.keys("ada"));
    let asked = json!({ "name": "ci", "scopes": ["invoices:read"] }).to_string();
    let create = Request::post("/api/v1/tokens").authorization(&ada);
    let made = server.send(&create.body("application/json", asked));
    assert_eq!(made.status, 201, "{}", made.text());
    let (id, token) = (made.member("id"), made.member("token"));
    assert_eq!(
        made.header("location"),
        Some(&*format!("/api/v1/tokens/{id}"))
    );
    let me = server.get_as("/api/v1/me", format!("Bearer {token}"));
    assert_eq!(me.json()["scopes"], json!(["invoices:read"]));
    let listed = server.get_as("/api/v1/tokens", &ada);
    assert!(listed.text().contains(&id) && !listed.text().contains(&token));
    let one = format!("/api/v1/tokens/{id}");
    assert_eq!(
        server
            .get_as(&one, format!("token {}", world.keys("eve")))
            .status,
        404
    );
    let delete = Request::new("DELETE", &one).authorization(&ada);
    let deleted = server.send(&delete);
    assert_eq!(
        (deleted.status, deleted.header("content-length")),
        (204, None)
    );
    assert_eq!(server.send(&delete).status, 404);
    assert_eq!(
        server
            .get_as("/api/v1/me", format!("Bearer {token}"))
            .status,
        401
    );
}

// B6: a body is held to its limit, whether or not it says how long it is, and strangers' bodies are not read
pub(crate) fn a_body_is_read_up_to_its_limit(stage: Stage) {
    let (_, server, root) = all(stage);
    let long = json!({ "name": "x".repeat(70_000) }).to_string();
    let post = |value: &str| Request::post("/api/v1/tokens").authorization(value);
    let announced = server.send(&post(&root).body("application/json", &long));
    assert_eq!(announced.status, 413);
    assert_eq!(announced.member("code"), "content_too_large");

    let head = format!(
        "POST /api/v1/tokens HTTP/1.1\r\nHost: a\r\nAuthorization: {root}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let answer = server
        .raw(format!("{head}{chunk}").as_bytes())
        .expect("an answer");
    assert_eq!(answer.status, 413);
    let short = json!({ "name": "short" }).to_string();
    let chunk = format!("{:x}\r\n{short}\r\n0\r\n\r\n", short.len());
    let answer = server
        .raw(format!("{head}{chunk}").as_bytes())
        .expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());

    // Refused before the body has come.
    let mut connection = server.connect();
    connection.write(
        b"POST /api/v1/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
    );
    assert_eq!(connection.answer().expect("an answer").status, 401);
    let compressed = post(&root)
        .header("Content-Encoding", "gzip")
        .body("application/json", "x");
    assert_eq!(server.send(&compressed).status, 415);
}

// What an application requires of its own routes is not required of ours, and the other way round
pub(crate) fn the_applications_own_requirement_is_its_own(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().require(empress_auth_core::role("Manager"));
    let server = stage
        .adapter()
        .serve_mounted(auth.optional(), world.endpoints().all());
    let eve = format!("Bearer {}", world.token("eve"));
    assert_eq!(server.get_as("/", &eve).status, 403);
    assert_eq!(server.get_as("/api/v1/me", &eve).status, 200);
    assert_eq!(server.get("/maybe").status, 200);
    assert_eq!(server.get("/api/v1/me").status, 401);
    assert_eq!(server.get_as("/api/v1/users", &eve).status, 403);
}

// One layer around both is a mistake that never opens anything
pub(crate) fn a_layer_around_the_endpoints_too_refuses_strangers_everywhere(stage: Stage) {
    let world = stage.world();
    let routes = world.endpoints().all();
    let auth = world.auth();
    let server = match stage.adapter() {
        Adapter::Tower => {
            let auth = empress_auth_tower::TokenAuth::from(auth);
            let router = empress_auth_tower::mount(routes, &auth).layer(auth);
            empress_auth_tests::serve_tower(router)
        }
        Adapter::Actix => {
            let auth = empress_auth_actix::TokenAuth::from(auth);
            let around = auth.clone();
            empress_auth_tests::serve_actix(Some(around), move |config| {
                config.configure(empress_auth_actix::mount(routes.clone(), &auth));
            })
        }
    };
    for path in [
        "/api/method/ping",
        "/api/v1/me",
        "/api-token-auth/",
        "/nothing",
    ] {
        assert_eq!(server.get(path).status, 401, "{path}");
        assert_eq!(server.get_as(path, "Bearer x").status, 401, "{path}");
    }
    let ada = format!("Bearer {}", world.token("ada"));
    assert_eq!(server.get_as("/api/v1/me", &ada).status, 200);
    assert_eq!(server.get_as("/api/method/ping", &ada).status, 200);
}
