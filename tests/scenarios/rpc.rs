//! Frappe's calls, row by row (SEED-F).

use empress_auth_core::{Scopes, TokenKind};
use empress_auth_tests::{Answer, Request, Server, Stage, World, basic};

const GENERATE: &str = "/api/method/frappe.core.doctype.user.user.generate_keys";
const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";
const PING: &str = "/api/method/ping";
const FORM: &str = "application/x-www-form-urlencoded";

struct Site {
    world: World,
    server: Server,
    root: String,
}

fn site(stage: Stage) -> Site {
    let world = stage.world();
    let server = stage.serve_endpoints(&world);
    let root = format!("token {}", world.keys("root"));
    Site {
        world,
        server,
        root,
    }
}

impl Site {
    fn generate(&self, user: &str) -> Answer {
        let request = Request::post(GENERATE).body(FORM, format!("user={user}"));
        self.server.send(&request.authorization(&self.root))
    }
}

/// The pair in an answer, as `key:secret`.
#[track_caller]
fn pair(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let json = answer.json();
    let member = |name: &str| {
        let message = json.get("message").expect("a message");
        message
            .get(name)
            .and_then(|value| value.as_str())
            .expect("a text")
            .to_owned()
    };
    (member("api_key"), member("api_secret"))
}

#[track_caller]
fn assert_error(answer: &Answer, status: u16, exception: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.member("exc_type"), exception);
    assert!(answer.member("exc").starts_with(&format!("[\"{exception}")));
    assert!(
        answer
            .member("exception")
            .starts_with(&format!("frappe.exceptions.{exception}"))
    );
}

// K1, K7, SEED-F-2
pub(crate) fn generating_keys_keeps_the_key_and_replaces_the_secret(stage: Stage) {
    let site = site(stage);
    let (key, first) = pair(&site.generate("ada"));
    let old = format!("token {key}:{first}");
    assert_eq!(
        site.server.get_as(LOGGED_USER, &old).text(),
        "{\"message\":\"ada\"}"
    );
    let (same, second) = pair(&site.generate("ada"));
    assert_eq!((same.as_str(), first == second), (key.as_str(), false));
    assert_eq!(site.server.get_as(LOGGED_USER, &old).status, 401);
    assert_eq!(
        site.server
            .get_as(LOGGED_USER, format!("token {key}:{second}"))
            .status,
        200
    );
}

// K2 (differs: on unless told otherwise), S25, SEED-F-2
pub(crate) fn the_guides_get_works_with_a_credential_in_the_header(stage: Stage) {
    let site = site(stage);
    let target = format!("{GENERATE}?user=ada");
    pair(&site.server.get_as(&target, &site.root));
    let head = Request::new("HEAD", &target).authorization(&site.root);
    assert_eq!(site.server.send(&head).status, 405);
}

// K2 (differs: can be switched off)
pub(crate) fn the_guides_get_can_be_switched_off(stage: Stage) {
    let world = stage.world();
    let mut switches = empress_auth_core::endpoint::Switches::default();
    switches.get_generate_keys = false;
    let routes = world.endpoints().with_switches(switches).frappe();
    let strict = stage.adapter().serve_mounted(world.auth(), routes);
    let root = format!("token {}", world.keys("root"));
    let refused = strict.get_as(&format!("{GENERATE}?user=ada"), root);
    assert_eq!(refused.status, 405);
    assert_eq!(refused.header("allow"), Some("POST, OPTIONS"));
}

// K2, S25: any page can make a browser send a GET with its cookie
pub(crate) fn a_get_by_cookie_changes_nothing(stage: Stage) {
    let world = stage.world();
    let mut store = empress_auth_tests::OwnStore::default();
    let session = store.add(TokenKind::Session, "root", Scopes::all());
    let auth = empress_auth_core::Authenticator::new(store).session_cookie("sid");
    let server = stage
        .adapter()
        .serve_mounted(auth, world.endpoints().frappe());
    let get =
        Request::get(&format!("{GENERATE}?user=ada")).header("Cookie", format!("sid={session}"));
    let answer = server.send(&get);
    assert_error(&answer, 403, "PermissionError");
    let post = Request::post(GENERATE)
        .header("Cookie", format!("sid={session}"))
        .body(FORM, "user=ada");
    assert_error(&server.send(&post), 400, "CSRFTokenError");
}

// K3, K4, K-8
pub(crate) fn only_a_system_manager_generates_keys(stage: Stage) {
    let site = site(stage);
    let post = || Request::post(GENERATE).body(FORM, "user=ada");
    assert_error(&site.server.send(&post()), 403, "PermissionError");
    for value in [
        format!("token {}", site.world.keys("ada")),
        format!("token {}", site.world.keys("eve")),
        format!(
            "Bearer {}",
            site.world.scoped_token("root", &["invoices:read"])
        ),
        format!("Bearer {}", site.world.scoped_token("root", &[])),
    ] {
        let answer = site.server.send(&post().authorization(&value));
        assert_error(&answer, 403, "PermissionError");
    }
    let wrong = site.server.send(&post().authorization("token a:b"));
    assert_error(&wrong, 401, "AuthenticationError");
}

// K5, K6 (differs, S25): quotes around the name are the guide's
pub(crate) fn a_user_is_found_with_the_guides_quotes_or_not_at_all(stage: Stage) {
    let site = site(stage);
    let unknown = site.generate("nobody");
    assert_error(&unknown, 404, "DoesNotExistError");
    assert!(
        unknown
            .member("_server_messages")
            .contains("User nobody not found")
    );
    for user in ["%22ada%22", "%27ada%27", "ada"] {
        pair(
            &site
                .server
                .get_as(&format!("{GENERATE}?user={user}"), &site.root),
        );
    }
    for target in [
        GENERATE.to_owned(),
        format!("{GENERATE}?user="),
        format!("{GENERATE}?user=%22%22"),
    ] {
        assert_error(
            &site.server.get_as(&target, &site.root),
            417,
            "ValidationError",
        );
    }
}

// Parameters in query or body, in any of three forms
pub(crate) fn the_user_may_be_named_in_query_or_body(stage: Stage) {
    let site = site(stage);
    let root = &site.root;
    let multipart = "--x\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n--x--\r\n";
    for request in [
        Request::post(&format!("{GENERATE}?user=ada")),
        Request::post(GENERATE).body(FORM, "user=ada"),
        Request::post(GENERATE).body("application/json", "{\"user\":\"ada\"}"),
        Request::post(GENERATE).body("multipart/form-data; boundary=x", multipart),
        Request::post(&format!("{GENERATE}?user=ada")).body(FORM, "user=ada"),
    ] {
        pair(&site.server.send(&request.authorization(root)));
    }
    let both = Request::post(&format!("{GENERATE}?user=ada")).body(FORM, "user=eve");
    assert_error(
        &site.server.send(&both.authorization(root)),
        417,
        "ValidationError",
    );
    let twice = Request::post(GENERATE).body(FORM, "user=ada&user=eve");
    assert_error(
        &site.server.send(&twice.authorization(root)),
        417,
        "ValidationError",
    );
}

// K8 (differs, S19), K-1, H-13
pub(crate) fn a_key_is_frappes_and_a_secret_has_160_bits(stage: Stage) {
    let site = site(stage);
    let (key, secret) = pair(&site.generate("ada"));
    assert_eq!(key.len(), 15);
    assert!(
        key.bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    );
    assert_eq!(secret.len(), 27);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let as_basic = site
        .server
        .get_as(LOGGED_USER, basic(format!("{key}:{secret}")));
    assert_eq!(as_basic.text(), "{\"message\":\"ada\"}");
}

// K12: the truncated path of one guide never worked
pub(crate) fn the_truncated_path_is_not_there(stage: Stage) {
    let site = site(stage);
    let target = "/api/method/frappe.core.doctype.user.user?user=ada";
    assert_eq!(site.server.get_as(target, &site.root).status, 404);
}

// K14, H1, H2, SEED-F-1, E12
pub(crate) fn the_logged_user_is_told_with_and_without_a_slash(stage: Stage) {
    let site = site(stage);
    let keys = site.world.keys("ada");
    for path in [LOGGED_USER.to_owned(), format!("{LOGGED_USER}/")] {
        for value in [
            format!("token {keys}"),
            basic(&keys),
            format!("Bearer {}", site.world.token("ada")),
        ] {
            let answer = site.server.get_as(&path, value);
            assert_eq!(
                (answer.status, answer.text()),
                (200, "{\"message\":\"ada\"}")
            );
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
        assert_error(&site.server.get(&path), 403, "PermissionError");
        let posted = Request::post(&path).authorization(format!("token {keys}"));
        assert_eq!(site.server.send(&posted).status, 200);
    }
}

// K16
pub(crate) fn ping_answers_guests_and_refuses_a_bad_credential(stage: Stage) {
    let site = site(stage);
    for path in [PING.to_owned(), format!("{PING}/")] {
        let answer = site.server.get(&path);
        assert_eq!(
            (answer.status, answer.text()),
            (200, "{\"message\":\"pong\"}")
        );
        assert_eq!(site.server.get_as(&path, &site.root).status, 200);
        assert_error(
            &site.server.get_as(&path, "token a:b"),
            401,
            "AuthenticationError",
        );
        assert_error(
            &site.server.get_as(&path, "Bearer"),
            401,
            "AuthenticationError",
        );
        assert_error(
            &site.server.get_as(&path, "Basic abc"),
            400,
            "InvalidAuthorizationToken",
        );
    }
}

// H18, SEED-F-3 (differs): keys belong to users
pub(crate) fn another_source_of_keys_is_refused(stage: Stage) {
    let site = site(stage);
    for (source, status) in [("User", 200), ("Customer", 401), ("user", 401), ("", 401)] {
        let request = Request::get(LOGGED_USER)
            .authorization(&site.root)
            .header("Frappe-Authorization-Source", source);
        assert_eq!(site.server.send(&request).status, status, "{source}");
    }
}

// RS-9110-5, E13 (differs: 405, not 403)
pub(crate) fn a_wrong_verb_is_a_405_with_allow(stage: Stage) {
    let site = site(stage);
    for (path, allow) in [
        (PING, "GET, HEAD, POST, OPTIONS"),
        (LOGGED_USER, "GET, HEAD, POST, OPTIONS"),
        (GENERATE, "GET, POST, OPTIONS"),
    ] {
        for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
            let request = Request::new(method, path).authorization(&site.root);
            let answer = site.server.send(&request);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allow));
        }
        let options = site.server.send(&Request::new("OPTIONS", path));
        assert_eq!(
            (options.status, options.header("allow")),
            (204, Some(allow))
        );
        // An override is not read.
        let request = Request::get(PING).header("X-HTTP-Method-Override", "DELETE");
        assert_eq!(site.server.send(&request).status, 200);
    }
}
