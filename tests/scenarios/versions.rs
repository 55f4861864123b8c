//! Both versions of Frappe's API, method by method: E1, E3, E4, E5, E12, E13.

use empress_auth_tests::{Request, Server, Stage, World};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";
const LOGGED_USER: &str = "frappe.auth.get_logged_user";
const GENERATE: &str = "frappe.core.doctype.user.user.generate_keys";

/// What stands before a method, and what wraps its answer.
const PREFIXES: [(&str, &str); 3] = [
    ("/api/method", "message"),
    ("/api/v1/method", "message"),
    ("/api/v2/method", "data"),
];

fn site(stage: Stage) -> (World, Server, String) {
    let world = stage.world();
    let server = stage.serve_endpoints(&world);
    let root = format!("token {}", world.keys("root"));
    (world, server, root)
}

// E1, E3, E12: what a method returns
pub(crate) fn each_version_wraps_what_a_method_returns(stage: Stage) {
    let (_, server, root) = site(stage);
    for (prefix, member) in PREFIXES {
        for slash in ["", "/"] {
            let path = |name: &str| format!("{prefix}/{name}{slash}");
            let pong = server.get(&path("ping"));
            assert_eq!(pong.json(), json!({ member: "pong" }));
            let who = server.get_as(&path(LOGGED_USER), &root);
            assert_eq!(who.json(), json!({ member: "root" }));
            let post = Request::post(&path(LOGGED_USER)).authorization(&root);
            assert_eq!(server.send(&post).json(), json!({ member: "root" }));
            for request in [
                Request::post(&path(GENERATE)).body(FORM, "user=ada"),
                Request::get(&format!("{}?user=ada", path(GENERATE))),
            ] {
                let made = server.send(&request.authorization(&root)).json();
                let (key, secret) = (&made[member]["api_key"], &made[member]["api_secret"]);
                assert_eq!(key.as_str().map(str::len), Some(15), "{made}");
                assert_eq!(secret.as_str().map(str::len), Some(27));
                assert_eq!(made.as_object().unwrap().len(), 1);
            }
        }
    }
}

// E5: version 2 tells errors as a list, in the same statuses
pub(crate) fn version_2_tells_errors_as_a_list(stage: Stage) {
    let (world, server, root) = site(stage);
    let ada = format!("token {}", world.keys("ada"));
    let path = |name: &str| format!("/api/v2/method/{name}");
    for (request, status, kind) in [
        (Request::get(&path(LOGGED_USER)), 403, "PermissionError"),
        (
            Request::get(&path(LOGGED_USER)).authorization("token a:b"),
            401,
            "AuthenticationError",
        ),
        (
            Request::get(&path("ping")).authorization("Bearer nope"),
            401,
            "AuthenticationError",
        ),
        (
            Request::get(&path(LOGGED_USER)).authorization("Basic x"),
            400,
            "InvalidAuthorizationToken",
        ),
        (
            Request::get(&path(LOGGED_USER)).header("Cookie", "sid=x"),
            401,
            "SessionExpired",
        ),
        (
            Request::post(&path(GENERATE))
                .authorization(&ada)
                .body(FORM, "user=ada"),
            403,
            "PermissionError",
        ),
        (
            Request::post(&path(GENERATE))
                .authorization(&root)
                .body(FORM, "user=no"),
            404,
            "DoesNotExistError",
        ),
        (
            Request::post(&path(GENERATE)).authorization(&root),
            417,
            "ValidationError",
        ),
        (Request::new("PUT", &path("ping")), 405, "PermissionError"),
        (
            Request::post(&path("login")).header("Origin", "null"),
            400,
            "CSRFTokenError",
        ),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.status, status, "{request:?}");
        let body = answer.json();
        let errors = body["errors"].as_array().expect("a list");
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0]["type"], kind, "{request:?}");
        let sentence = errors[0]["message"].as_str().unwrap_or_default();
        assert!(!sentence.is_empty() && !body.to_string().contains("Traceback"));
        let absent = |name: &str| body.get(name).is_none();
        assert!(absent("exc") && absent("exc_type") && absent("_server_messages"));
        // The same refusal in version 1, in its words.
        if status == 401 {
            assert!(!answer.challenges().is_empty());
        }
    }
}

// E4: `/api/v1/method/…` speaks as `/api/method/…` does
pub(crate) fn version_1_is_the_one_without_a_number(stage: Stage) {
    let (_, server, _) = site(stage);
    for name in ["ping", LOGGED_USER, GENERATE, "login", "logout"] {
        for method in ["GET", "POST", "PUT"] {
            let of = |prefix: &str| {
                server
                    .send(&Request::new(method, &format!("{prefix}/{name}")))
                    .comparable()
            };
            assert_eq!(of("/api/method"), of("/api/v1/method"), "{method} {name}");
        }
    }
}

// E13, K12: what is no method of ours is nowhere
pub(crate) fn what_is_no_method_is_nowhere(stage: Stage) {
    let (_, server, root) = site(stage);
    for path in [
        "/api/v3/method/ping",
        "/api/v2/ping",
        "/api/v2/method",
        "/api/v2/method/frappe.core.doctype.user.user",
        "/api/v2/method/ping/x",
        "/api/V2/method/ping",
    ] {
        assert_eq!(server.get_as(path, &root).status, 404, "{path}");
    }
}
