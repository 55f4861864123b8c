//! `/api/method/…`, row by row of what Frappe answers (wire frappe.md §1).

use serde_json::{Value, json};

use super::world::{Answer, World, ask, get, post};
use crate::endpoint::Switches;

const GENERATE: &str = "/api/method/frappe.core.doctype.user.user.generate_keys";
const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";
const PING: &str = "/api/method/ping";

fn assert_error(answer: &Answer, status: u16, exc_type: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.field("content-type"), "application/json");
    assert_eq!(answer.field("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!(body["exc_type"], exc_type);
    // E4: a JSON string of a list of JSON strings.
    let messages: Vec<String> =
        serde_json::from_str(body["_server_messages"].as_str().unwrap()).unwrap();
    let message: Value = serde_json::from_str(&messages[0]).unwrap();
    assert_eq!(message["raise_exception"], 1);
    // S27: truthy, and no traceback.
    let exc: Vec<String> = serde_json::from_str(body["exc"].as_str().unwrap()).unwrap();
    assert!(exc[0].starts_with(&format!("{exc_type}: ")), "{exc:?}");
}

fn message(answer: &Answer) -> String {
    let body = answer.json();
    let exc: Vec<String> = serde_json::from_str(body["exc"].as_str().unwrap()).unwrap();
    exc[0].split_once(": ").unwrap().1.to_owned()
}

fn pair(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let keys = body["message"].as_object().unwrap();
    assert_eq!(keys.keys().collect::<Vec<_>>(), ["api_key", "api_secret"]);
    format!(
        "{}:{}",
        keys["api_key"].as_str().unwrap(),
        keys["api_secret"].as_str().unwrap()
    )
}

// K14, E12, H1, H2, H7
#[tokio::test]
async fn the_logged_user_is_told_to_any_credential() {
    let world = World::new().await;
    let keys = world.keys("ada").await;
    let basic = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&keys)
    };
    let token = world.token("ada").await;
    for authorization in [
        format!("token {keys}"),
        format!("Token {keys}"),
        format!("Basic {basic}"),
        format!("Bearer {token}"),
        format!("token {token}"),
    ] {
        for path in [
            LOGGED_USER.to_owned(),
            format!("{LOGGED_USER}/"),
            format!("/x{LOGGED_USER}"),
        ] {
            for method in ["GET", "POST"] {
                let ask = ask(method, &path).field("authorization", &authorization);
                let answer = world.ask(ask).await;
                assert_eq!(
                    answer.json(),
                    json!({ "message": "ada" }),
                    "{method} {path}"
                );
                assert_eq!(answer.field("content-type"), "application/json");
            }
        }
    }
    assert_error(&world.ask(get(LOGGED_USER)).await, 403, "PermissionError");
    assert_error(
        &world.ask(get(LOGGED_USER).with("a:b")).await,
        401,
        "AuthenticationError",
    );
    let padding = get(LOGGED_USER).field("authorization", "Basic abc");
    assert_error(&world.ask(padding).await, 400, "InvalidAuthorizationToken");
}

// K16
#[tokio::test]
async fn ping_is_for_anyone_but_not_for_a_bad_credential() {
    let world = World::new().await;
    let token = world.token("ada").await;
    for ask in [
        get(PING),
        post(PING),
        get("/api/method/ping/"),
        get(PING).with(&token),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "message": "pong" }))
        );
    }
    for ask in [
        get(PING).with("wrong"),
        get(PING).with("a:b"),
        get(PING).field("authorization", "Digest x"),
    ] {
        assert_error(&world.ask(ask).await, 401, "AuthenticationError");
    }
}

// H18
#[tokio::test]
async fn a_credential_of_another_document_type_is_refused() {
    let world = World::new().await;
    let token = world.token("ada").await;
    for (source, status) in [("User", 200), ("Customer", 401), ("user", 401), ("", 401)] {
        for path in [LOGGED_USER, PING] {
            let ask = get(path)
                .with(&token)
                .field("frappe-authorization-source", source);
            assert_eq!(world.ask(ask).await.status, status, "{path} {source:?}");
        }
    }
    let twice = get(LOGGED_USER)
        .with(&token)
        .field("frappe-authorization-source", "User")
        .field("frappe-authorization-source", "User");
    assert_error(&world.ask(twice).await, 401, "AuthenticationError");
    let rest = get("/api/v1/me")
        .with(&token)
        .field("frappe-authorization-source", "Customer");
    assert_eq!(world.ask(rest).await.status, 200);
}

// K1, K2, K6, K7, S20, S25
#[tokio::test]
async fn a_system_manager_generates_keys_by_any_of_the_guides_spellings() {
    let world = World::new().await;
    let root = world.token("root").await;
    let quoted = format!("{GENERATE}?user=%22ada%22");
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n--x--\r\n";
    let mut pairs = Vec::new();
    for ask in [
        post(&format!("{GENERATE}?user=ada")),
        post(&format!("{GENERATE}/?user=ada")),
        post(&quoted),
        post(&format!("{GENERATE}?user='ada'")),
        post(GENERATE).form("user=ada"),
        post(GENERATE).form("user=%22ada%22&cmd=x"),
        post(GENERATE).json(&json!({ "user": "ada" })),
        post(GENERATE).body("multipart/form-data; boundary=x", multipart),
        post(&format!("{GENERATE}?user=ada")).form("user=ada"),
        post(&format!("{GENERATE}?user=ada")).body("text/plain", "x"),
        get(&format!("{GENERATE}?user=ada")),
        get(&format!("/auth{GENERATE}/?user=%22ada%22")),
    ] {
        pairs.push(pair(&world.ask(ask.with(&root)).await));
    }
    let key = |pair: &String| pair.split_once(':').unwrap().0.to_owned();
    assert!(pairs.iter().all(|pair| key(pair) == key(&pairs[0])));
    let (last, earlier) = pairs.split_last().unwrap();
    assert_eq!(
        world.ask(get(LOGGED_USER).with(last)).await.json()["message"],
        "ada"
    );
    for pair in earlier {
        assert_eq!(world.ask(get(LOGGED_USER).with(pair)).await.status, 401);
    }
}

// K3, K4, K5
#[tokio::test]
async fn generate_keys_is_refused_without_the_role_or_the_user() {
    let world = World::new().await;
    let (root, ada) = (world.token("root").await, world.token("ada").await);
    for user in ["ada", "root", "eve", ""] {
        let path = format!("{GENERATE}?user={user}");
        for method in ["GET", "POST"] {
            assert_error(&world.ask(ask(method, &path)).await, 403, "PermissionError");
            assert_error(
                &world.ask(ask(method, &path).with(&ada)).await,
                403,
                "PermissionError",
            );
        }
    }
    let scoped = world.scoped("root", &["tokens:write"]).await;
    let ask_scoped = post(&format!("{GENERATE}?user=ada")).with(&scoped);
    assert_error(&world.ask(ask_scoped).await, 403, "PermissionError");

    for ask in [
        post(GENERATE),
        get(GENERATE),
        post(&format!("{GENERATE}?user=")),
        post(&format!("{GENERATE}?user=%22%22")),
        post(&format!("{GENERATE}?user=ada&user=ada")),
        post(&format!("{GENERATE}?user=ada")).form("user=bob"),
        post(GENERATE).json(&json!({ "user": 1 })),
        post(GENERATE).json(&json!(["ada"])),
        post(GENERATE).body("application/json", "{"),
        post(GENERATE).form("user=%zz"),
        post(GENERATE).body("multipart/form-data", "x"),
        post(GENERATE).body("text/plain", "user=ada"),
    ] {
        assert_error(&world.ask(ask.with(&root)).await, 417, "ValidationError");
    }
    for user in ["eve", "a%00b", "a/b", &"x".repeat(5_000)] {
        let answer = world
            .ask(post(&format!("{GENERATE}?user={user}")).with(&root))
            .await;
        assert_error(&answer, 404, "DoesNotExistError");
    }
    let unknown = world
        .ask(post(&format!("{GENERATE}?user=eve")).with(&root))
        .await;
    assert_eq!(message(&unknown), "User eve not found");
}

// K2, S25, H-22
#[tokio::test]
async fn get_generate_keys_can_be_switched_off_and_never_answers_head_or_a_cookie() {
    let world = World::new().await;
    let root = world.token("root").await;
    let path = format!("{GENERATE}?user=ada");
    let head = world.ask(ask("HEAD", &path).with(&root)).await;
    assert_eq!(
        (head.status.as_u16(), head.field("allow")),
        (405, "GET, POST, OPTIONS")
    );
    let by_cookie = world.ask(get(&path).field("cookie", "sid=emp_ss_x")).await;
    assert_error(&by_cookie, 403, "PermissionError");
    // A POST by cookie is looked at, and needs to show where it comes from.
    let by_cookie = post(&path).field("cookie", "sid=emp_ss_x");
    let by_cookie = world.ask(by_cookie.field("origin", "null")).await;
    assert_error(&by_cookie, 400, "CSRFTokenError");

    let switches = Switches {
        get_generate_keys: false,
        ..Switches::default()
    };
    let world = World::with(|endpoints| endpoints.with_switches(switches)).await;
    let root = world.token("root").await;
    let answer = world.ask(get(&path).with(&root)).await;
    assert_error(&answer, 405, "PermissionError");
    assert_eq!(answer.field("allow"), "POST, OPTIONS");
    assert_eq!(world.ask(post(&path).with(&root)).await.status, 200);
}

// K3 and the switch
#[tokio::test]
async fn with_self_service_users_generate_their_own_keys_only() {
    let switches = Switches {
        self_service_keys: true,
        ..Switches::default()
    };
    let world = World::with(|endpoints| endpoints.with_switches(switches)).await;
    let ada = world.token("ada").await;
    let own = world
        .ask(post(&format!("{GENERATE}?user=ada")).with(&ada))
        .await;
    assert!(pair(&own).contains(':'));
    for user in ["bob", "root", "eve"] {
        let answer = world
            .ask(post(&format!("{GENERATE}?user={user}")).with(&ada))
            .await;
        assert_error(&answer, 403, "PermissionError");
    }
    // K-9
    for scopes in [&["tokens:write"][..], &["tokens:read", "x"]] {
        let limited = world.scoped("ada", scopes).await;
        let answer = world
            .ask(post(&format!("{GENERATE}?user=ada")).with(&limited))
            .await;
        assert_error(&answer, 403, "PermissionError");
    }
}

// P-12: the cookie is not taken from a browser whose session lives on
#[tokio::test]
async fn a_logout_ends_the_session_that_is_shown_beside_a_key() {
    let world = World::new().await;
    let (keys, session) = (world.keys("ada").await, world.session("ada").await);
    let cookie = format!("sid={session}");
    let logout = || post("/api/method/logout").with(&keys);
    let is_alive = async || {
        let answer = world.ask(get(LOGGED_USER).field("cookie", &cookie)).await;
        answer.status == 200
    };

    let foreign = logout().field("cookie", &cookie).field("origin", "null");
    let twice = logout().field("cookie", format!("{cookie}; sid=x"));
    for ask in [foreign, twice] {
        let refused = world.ask(ask).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.field("set-cookie"), "");
        assert!(is_alive().await);
    }

    let answer = world.ask(logout()).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
    assert_eq!(answer.field("set-cookie"), "", "no cookie was shown");

    let answer = world.ask(logout().field("cookie", &cookie)).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
    assert!(answer.field("set-cookie").starts_with("sid=;"));
    assert!(!is_alive().await);
    assert_eq!(world.ask(get(LOGGED_USER).with(&keys)).await.status, 200);
    // There is nothing left to end, and the cookie may go.
    assert_eq!(
        world.ask(logout().field("cookie", &cookie)).await.status,
        200
    );
}

// P-14: a browser adds the Basic credentials that it was told once to what any page asks for
#[tokio::test]
async fn basic_changes_nothing_for_another_sites_page() {
    use base64::Engine as _;

    let world = World::new().await;
    let keys = world.keys("root").await;
    let basic = base64::engine::general_purpose::STANDARD.encode(&keys);
    let (basic, token) = (format!("Basic {basic}"), format!("token {keys}"));
    let generate = format!("{GENERATE}?user=ada");
    for (name, value, is_foreign) in [
        ("sec-fetch-site", "cross-site", true),
        ("sec-fetch-site", "same-site", true),
        ("origin", "http://evil.example", true),
        ("origin", "null", true),
        ("referer", "http://evil.example/x", true),
        ("sec-fetch-site", "none", false),
        ("sec-fetch-site", "same-origin", false),
        ("origin", "http://auth.example", false),
        ("referer", "http://auth.example/x", false),
        ("user-agent", "curl/8.16.0", false),
    ] {
        for (method, path, done, refused) in [
            ("POST", "/api/v1/users/ada/keys", 201, 403),
            ("POST", &generate, 200, 400),
            ("GET", &generate, 200, 400),
            ("GET", "/api/v1/me", 200, 200),
        ] {
            let with = |credential| ask(method, path).field("authorization", credential);
            let by_basic = world.ask(with(&basic).field(name, value)).await;
            let expected = if is_foreign { refused } else { done };
            assert_eq!(by_basic.status, expected, "{method} {path} {name}: {value}");
            let by_token = world.ask(with(&token).field(name, value)).await;
            assert_eq!(by_token.status, done, "{method} {path} {name}: {value}");
        }
    }
}

// S27
#[tokio::test]
async fn the_member_exc_can_be_switched_off() {
    let switches = Switches {
        exc_member: false,
        ..Switches::default()
    };
    let world = World::with(|endpoints| endpoints.with_switches(switches)).await;
    for ask in [
        get(LOGGED_USER),
        get(LOGGED_USER).with("a:b"),
        ask("PUT", PING),
    ] {
        let body = world.ask(ask).await.json();
        assert!(body.get("exc").is_none(), "{body}");
        assert!(body.get("exc_type").is_some() && body.get("exception").is_some());
    }
    let missing = world.ask(get(LOGGED_USER)).await;
    assert_eq!(missing.status, 403);
    assert_ne!(missing.field("www-authenticate"), "");
}

// K12, E13
#[tokio::test]
async fn other_paths_are_not_served() {
    let world = World::new().await;
    let root = world.token("root").await;
    for path in [
        "/api/method/frappe.core.doctype.user.user?user=ada",
        "/api/method/frappe.core.doctype.user.user.generate_keys/x?user=ada",
        "/api/method/",
        "/api/method/PING",
        "/ping",
    ] {
        assert_eq!(
            world.ask(post(path).with(&root)).await.status,
            404,
            "{path}"
        );
    }
}
