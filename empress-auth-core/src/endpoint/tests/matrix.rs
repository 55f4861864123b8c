//! What must hold for every route at once: nobody gets what is not theirs, whatever is asked and however.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Answer, Ask, World, ask, get, patch, post};
use crate::endpoint::{Access, Route};
use crate::mutation::Mutation;
use crate::{NewToken, Requirement, Scopes, role, scope};

/// The path of a route with bob and bob's token in it.
fn path_of(route: &Route, token_id: &str) -> String {
    route
        .path()
        .replace("{name}", "bob")
        .replace("{id}", token_id)
}

/// A request for this route, with a body that names bob wherever a body is read.
fn request(route: &Route, token_id: &str) -> Ask {
    let path = path_of(route, token_id);
    let path = match route.operation() {
        "revoke_user_tokens" | "list_tokens" => format!("{path}?user=bob"),
        name if name.ends_with("generate_keys") && path.contains("method") => {
            format!("{path}?user=bob")
        }
        _ => path,
    };
    let body = match route.operation() {
        "create_user" => json!({ "name": "eve" }),
        "update_user" => json!({ "enabled": false }),
        "create_token" => json!({ "name": "x", "user": "bob" }),
        "revoke_tokens" => json!({ "ids": [token_id] }),
        "update_token" => json!({ "name": "y" }),
        _ => return ask(route.method().as_str(), &path),
    };
    ask(route.method().as_str(), &path).json(&body)
}

fn id(token: &str) -> &str {
    token.get(8..19).unwrap()
}

fn is_open(route: &Route) -> bool {
    !matches!(route.access(), Access::Requires(_))
}

// K-10: a new route shows up here.
#[tokio::test]
async fn every_route_declares_who_may_call_it() {
    let known = || Requirement::authenticated();
    let admin = || role("System Manager") & scope("admin");
    let account = || (scope("profile") & scope("email")) | scope("admin");
    let reads = || scope("tokens:read") | scope("tokens:write") | admin();
    let writes = || scope("tokens:write") | admin();
    let mut expected = Vec::new();
    for (method, path, who) in [
        ("GET", "/api/v1/me", known()),
        ("GET", "/api/v1/users", admin()),
        ("POST", "/api/v1/users", admin()),
        ("GET", "/api/v1/users/{name}", account()),
        ("PATCH", "/api/v1/users/{name}", admin()),
        ("DELETE", "/api/v1/users/{name}", admin()),
        ("GET", "/api/v1/users/{name}/keys", scope("admin")),
        ("POST", "/api/v1/users/{name}/keys", admin()),
        ("DELETE", "/api/v1/users/{name}/keys", admin()),
        ("GET", "/api/v1/tokens", reads()),
        ("POST", "/api/v1/tokens", writes()),
        ("DELETE", "/api/v1/tokens", writes()),
        ("POST", "/api/v1/tokens/revoke", writes()),
        ("GET", "/api/v1/tokens/{id}", reads()),
        ("PATCH", "/api/v1/tokens/{id}", writes()),
        ("DELETE", "/api/v1/tokens/{id}", writes()),
    ] {
        expected.push((method, path.to_owned(), Access::Requires(who)));
    }
    for method in ["POST", "OPTIONS"] {
        expected.push((method, "/api-token-auth/".to_owned(), Access::Anyone));
    }
    let mut rpc = Vec::new();
    for method in ["GET", "POST"] {
        for (name, access) in [
            ("ping", Access::Optional),
            ("frappe.auth.get_logged_user", Access::Requires(known())),
            (
                "frappe.core.doctype.user.user.generate_keys",
                Access::Requires(admin()),
            ),
        ] {
            rpc.push((method, name, access));
        }
    }
    rpc.push(("POST", "login", Access::Anyone));
    rpc.push(("POST", "logout", Access::Optional));
    for (method, name, access) in rpc {
        for prefix in ["/api/method/", "/api/v1/method/", "/api/v2/method/"] {
            expected.push((method, format!("{prefix}{name}"), access.clone()));
            expected.push((method, format!("{prefix}{name}/"), access.clone()));
        }
    }
    let world = World::new().await;
    for route in &world.routes {
        let row = (
            route.method().as_str(),
            route.path().to_owned(),
            route.access().clone(),
        );
        assert!(expected.contains(&row), "{row:?}");
        assert!(!route.operation().is_empty() && route.body_limit_bytes() == 64 * 1024);
    }
    assert_eq!(world.routes.len(), expected.len());
}

// K-8, K-19, FR-12
#[tokio::test]
async fn nobody_gets_at_another_user_through_any_route() {
    let world = World::new().await;
    let token_of_bob = world.token("bob").await;
    let callers = [
        ("nobody", None),
        ("a wrong token", Some("emp_pat_wrong".to_owned())),
        ("another user", Some(world.token("ada").await)),
        ("another user with all scopes listed", {
            let scopes = ["admin", "tokens:read", "tokens:write", "everything"];
            Some(world.scoped("ada", &scopes).await)
        }),
        (
            "a System Manager's limited token",
            Some(world.scoped("root", &["tokens:write"]).await),
        ),
    ];
    let before = state(&world).await;
    for (who, token) in &callers {
        for route in &world.routes {
            if is_open(route) {
                continue;
            }
            let request = request(route, id(&token_of_bob));
            let request = match token {
                Some(token) => request.with(token),
                None => request,
            };
            let answer = world.ask(request).await;
            check_learns_nothing(who, route, &answer);
        }
    }
    assert_eq!(state(&world).await, before);
    assert_eq!(
        world
            .ask(get("/api/v1/me").with(&token_of_bob))
            .await
            .status,
        200
    );
}

/// Refused, or answered about the caller alone.
fn check_learns_nothing(who: &str, route: &Route, answer: &Answer) {
    let about_the_caller = match route.operation() {
        "show_me" | "frappe.auth.get_logged_user" => answer.status == 200,
        "revoke_tokens" => answer.status == 200 && answer.json()["revoked"] == json!([]),
        _ => false,
    };
    let is_refused = matches!(answer.status.as_u16(), 401 | 403 | 404);
    assert!(
        is_refused || about_the_caller,
        "{who}: {route:?}: {answer:?}"
    );
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("bob"),
        "{who}: {route:?}"
    );
    if answer.status == 401 {
        assert_ne!(answer.field("www-authenticate"), "", "{who}: {route:?}");
    }
}

/// Everything an administrator can see, but for last uses.
async fn state(world: &World) -> Vec<Value> {
    let root = world.token("root").await;
    let mut state = Vec::new();
    for path in [
        "users",
        "users/bob/keys",
        "tokens?user=bob",
        "tokens?user=ada",
    ] {
        let answer = world.ask(get(&format!("/api/v1/{path}")).with(&root)).await;
        let mut body = answer.json();
        for item in body["items"].as_array_mut().into_iter().flatten() {
            item["last_used_at"].take();
        }
        state.push(body);
    }
    state
}

// K-8: an administrator may, on the same routes.
#[tokio::test]
async fn an_administrator_with_null_scopes_or_admin_gets_at_everybody() {
    let world = World::new().await;
    for token in [
        world.token("root").await,
        world.scoped("root", &["admin"]).await,
    ] {
        for route in world.routes.iter().filter(|route| !is_open(route)) {
            if route.operation() == "delete_user" {
                continue;
            }
            world
                .ask(
                    patch("/api/v1/users/bob")
                        .with(&token)
                        .json(&json!({ "enabled": true })),
                )
                .await;
            let victim = world.token("bob").await;
            world.keys("bob").await;
            let answer = world.ask(request(route, id(&victim)).with(&token)).await;
            let is_done = answer.status.is_success()
                || (route.operation() == "create_user" && answer.status == 409);
            assert!(is_done, "{route:?}: {answer:?}");
        }
    }
}

// K-19
#[tokio::test]
async fn a_foreign_id_and_an_unknown_one_are_answered_alike() {
    let world = World::new().await;
    let (ada, bob) = (world.token("ada").await, world.token("bob").await);
    let unknown = "0zzzzzzzzzz";
    for (mine, theirs) in [(&ada, &bob), (&bob, &ada)] {
        for method in ["GET", "PATCH", "DELETE"] {
            let of = async |id: &str| {
                let ask = ask(method, &format!("/api/v1/tokens/{id}")).with(mine);
                world
                    .ask(if method == "PATCH" {
                        ask.json(&json!({ "name": "z" }))
                    } else {
                        ask
                    })
                    .await
            };
            let (foreign, missing) = (of(id(theirs)).await, of(unknown).await);
            assert_eq!(
                (foreign.status.as_u16(), &foreign.body),
                (404, &missing.body),
                "{method}"
            );
            assert_eq!(
                (foreign.status, foreign.headers),
                (missing.status, missing.headers)
            );
        }
        let ids = json!({ "ids": [id(theirs), unknown] });
        let answer = world
            .ask(post("/api/v1/tokens/revoke").with(mine).json(&ids))
            .await;
        assert_eq!(
            answer.json(),
            json!({ "revoked": [], "not_found": [id(theirs), unknown] })
        );
    }
}

// K-9
#[tokio::test]
async fn a_token_makes_no_token_that_can_do_more_or_lives_longer() {
    let world = World::new().await;
    let parent = NewToken::named("parent")
        .with_scopes(Scopes::only(["tokens:read", "tokens:write", "a"]))
        .with_expires_in(Duration::from_secs(3_600));
    let parent = world.make("ada", parent).await;
    for (body, status) in [
        (json!({ "name": "x" }), 201),
        (json!({ "name": "x", "scopes": ["a"] }), 201),
        (json!({ "name": "x", "scopes": [] }), 201),
        (json!({ "name": "x", "scopes": null }), 400),
        (json!({ "name": "x", "scopes": ["a", "b"] }), 400),
        (json!({ "name": "x", "scopes": ["admin"] }), 400),
        (
            json!({ "name": "x", "expires_at": "2026-01-02T04:04:05Z" }),
            201,
        ),
        (
            json!({ "name": "x", "expires_at": "2026-01-02T04:04:06Z" }),
            400,
        ),
        (
            json!({ "name": "x", "expires_at": "9999-01-01T00:00:00Z" }),
            400,
        ),
    ] {
        let made = world
            .ask(post("/api/v1/tokens").with(&parent).json(&body))
            .await;
        assert_eq!(made.status, status, "{body}: {made:?}");
        if status != 201 {
            continue;
        }
        let made = made.json();
        assert_eq!(made["expires_at"], "2026-01-02T04:04:05Z", "{body}");
        let scopes = made["scopes"].as_array().expect("a list").clone();
        assert!(
            scopes.iter().all(
                |scope| ["tokens:read", "tokens:write", "a"].contains(&scope.as_str().unwrap())
            )
        );

        let path = format!("/api/v1/tokens/{}", made["id"].as_str().unwrap());
        for wider in [
            json!({ "scopes": ["a", "tokens:read", "tokens:write", "b"] }),
            json!({ "scopes": null }),
            json!({ "expires_at": "2026-01-02T04:04:06Z" }),
        ] {
            let answer = world.ask(patch(&path).with(&parent).json(&wider)).await;
            assert_eq!(answer.status, 400, "{wider}");
        }
    }
    // A token cannot widen itself or make what it has no scope for.
    let own = format!("/api/v1/tokens/{}", id(&parent));
    let itself = patch(&own).with(&parent).json(&json!({ "scopes": null }));
    assert_eq!(world.ask(itself).await.status, 400);
    let reader = world.scoped("ada", &["tokens:read"]).await;
    for (ask, status) in [
        (get("/api/v1/tokens"), 200),
        (get(&own), 200),
        (post("/api/v1/tokens").json(&json!({ "name": "x" })), 403),
        (patch(&own).json(&json!({ "name": "x" })), 403),
        (ask("DELETE", &own), 403),
        (ask("DELETE", "/api/v1/tokens?user=ada"), 403),
        (
            post("/api/v1/tokens/revoke").json(&json!({ "ids": [] })),
            403,
        ),
    ] {
        let answer = world.ask(ask.with(&reader)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        if status == 403 {
            let challenge = answer
                .headers
                .get_all("www-authenticate")
                .iter()
                .next_back()
                .unwrap();
            assert!(
                challenge.to_str().unwrap().contains("insufficient_scope"),
                "{challenge:?}"
            );
            assert!(
                challenge.to_str().unwrap().contains("tokens:write"),
                "{challenge:?}"
            );
        }
    }
    let stranger = world.scoped("ada", &["invoices:read"]).await;
    assert_eq!(
        world
            .ask(get("/api/v1/tokens").with(&stranger))
            .await
            .status,
        403
    );
}

// H-22
#[tokio::test]
async fn every_method_that_a_path_does_not_have_is_405_with_allow() {
    const METHODS: [&str; 9] = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
    ];
    let world = World::new().await;
    let root = world.token("root").await;
    let token = world.token("bob").await;
    for route in &world.routes {
        let path = path_of(route, id(&token));
        let allowed = world
            .ask(ask("BREW", &path))
            .await
            .field("allow")
            .to_owned();
        for method in METHODS {
            if allowed.split(", ").any(|allowed| allowed == method) {
                continue;
            }
            for token in [None, Some(&root)] {
                let ask =
                    ask(method, &path).field("x-http-method-override", route.method().as_str());
                let ask = match token {
                    Some(token) => ask.with(token),
                    None => ask,
                };
                let answer = world.ask(ask).await;
                assert_eq!(
                    (answer.status.as_u16(), answer.field("allow")),
                    (405, &*allowed),
                    "{method} {path}"
                );
                assert!(!answer.was_body_read);
            }
        }
        assert!(allowed.contains(route.method().as_str()) && allowed.contains("OPTIONS"));
        assert_eq!(
            allowed.contains("HEAD"),
            allowed.contains("GET") && !path.contains("generate_keys")
        );
        let options = world.ask(ask("OPTIONS", &path)).await;
        assert!(
            options.status.is_success() && options.field("allow") == allowed,
            "{path}"
        );
        let code = if allowed.contains("GET") { "GET" } else { "" };
        if code == "GET" && allowed.contains("HEAD") {
            let nobody = (
                world.ask(get(&path)).await,
                world.ask(ask("HEAD", &path)).await,
            );
            assert_eq!(nobody.0.status, nobody.1.status, "{path}");
        }
    }
}

// L-6, AS-ROB-1
#[tokio::test]
async fn hostile_bodies_paths_and_queries_neither_panic_nor_end_in_a_server_error() {
    let world = World::new().await;
    let root = world.token("root").await;
    let seeds: &[&[u8]] = &[
        br#"{"name":"x","user":"bob","scopes":["a"],"expires_at":"2027-01-01T00:00:00Z","ids":["0zzzzzzzzzz"]}"#,
        br#"{"name":"eve","email":"e@x","roles":["a"],"enabled":true,"username":"\u0000"}"#,
        b"user=%22ada%22&limit=5&after=AAAAAA&username=a&x=%00",
        b"--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n--x--\r\n",
    ];
    let types = [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ];
    let mut hostile = Vec::new();
    Mutation::feed(3_000, seeds, |bytes| hostile.push(bytes.to_vec()));
    let routes: Vec<&Route> = world
        .routes
        .iter()
        .filter(|route| !route.path().contains("token-auth"))
        .collect();
    for (turn, bytes) in hostile.iter().enumerate() {
        let route = routes[turn % routes.len()];
        let hex: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        let raw: String = bytes
            .iter()
            .map(|b| char::from(*b))
            .filter(char::is_ascii_graphic)
            .collect();
        let parameter = if turn % 2 == 0 {
            hex
        } else {
            raw.replace(
                ['/', '?', '#', '{', '}', '"', '<', '>', '\\', '^', '`', '|'],
                "",
            )
        };
        let query: String = parameter.chars().take(900).collect();
        let segment: String = parameter.chars().take(300).filter(|c| *c != '%').collect();
        let path = route
            .path()
            .replace("{name}", &segment)
            .replace("{id}", &segment);
        let ask = ask(
            route.method().as_str(),
            &format!("{path}?user={query}&{query}"),
        );
        let answer = world
            .ask(ask.body(types[turn % 3], bytes).with(&root))
            .await;
        assert!(answer.status.as_u16() < 500, "{route:?}: {answer:?}");
    }
}
