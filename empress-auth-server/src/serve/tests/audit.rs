//! What is changed over HTTP is in the audit log: what, of whom, by whom, with which credential, and from where. K-17.

use std::net::IpAddr;

use empress_auth_core::AuditAction::{
    self, KeysGenerated, KeysRevoked, PasswordSet, SessionCreated, SessionEnded, TokenCreated,
    TokenRevoked, TokenUpdated, UserCreated, UserDeleted, UserUpdated,
};
use empress_auth_core::{AuditEvent, AuditStore as _, NewUser, SYSTEM_MANAGER, Scopes};
use empress_auth_tests::{Answer, Cookie, Request, wait};
use serde_json::{Value, json};

use super::{Running, Setup};

/// Where the proxy says that the manager is.
const OFFICE: &str = "203.0.113.9";

fn events(running: &Running) -> Vec<AuditEvent> {
    wait(running.store.audit(0, 10_000)).unwrap()
}

/// What an answered request left in the log.
fn left_by(running: &Running, request: Request) -> (Answer, Vec<AuditEvent>) {
    let before = events(running).len();
    let answer = running.send(&request.header("X-Forwarded-For", OFFICE));
    let after = events(running).split_off(before);
    (answer, after)
}

fn json(method: &str, path: &str, body: &Value) -> Request {
    Request::new(method, path).body("application/json", body.to_string())
}

// K-17
#[test]
fn every_change_over_http_leaves_one_event_that_says_who_and_from_where() {
    let setup = Setup::with(|options| {
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    let running = setup.run();
    let new = NewUser::named("root").with_roles([SYSTEM_MANAGER]);
    let token = running.token_of(new, Scopes::all());
    let (bearer, acting) = (format!("Bearer {token}"), token[8..19].to_owned());
    let root = running.send(&Request::get("/api/v1/me").authorization(&bearer));
    let root = root.member("user");
    let made = json(
        "POST",
        "/api/v1/tokens",
        &json!({ "name": "ci", "user": "root" }),
    );
    let (made, _) = left_by(&running, made.authorization(&bearer));
    let id = made.member("id");
    let password = "correct horse battery staple";
    let changes: [(Request, u16, AuditAction); 12] = [
        (
            json("POST", "/api/v1/users", &json!({ "name": "ada" })),
            201,
            UserCreated,
        ),
        (
            json(
                "PATCH",
                "/api/v1/users/ada",
                &json!({ "email": "a@a.example" }),
            ),
            200,
            UserUpdated,
        ),
        (
            json(
                "PATCH",
                "/api/v1/users/ada",
                &json!({ "password": password }),
            ),
            200,
            PasswordSet,
        ),
        (Request::post("/api/v1/users/ada/keys"), 201, KeysGenerated),
        (
            Request::new("DELETE", "/api/v1/users/ada/keys"),
            204,
            KeysRevoked,
        ),
        (
            json(
                "POST",
                "/api/v1/tokens",
                &json!({ "name": "x", "user": "ada" }),
            ),
            201,
            TokenCreated,
        ),
        (
            json(
                "PATCH",
                &format!("/api/v1/tokens/{id}"),
                &json!({ "name": "y" }),
            ),
            200,
            TokenUpdated,
        ),
        (
            Request::new("DELETE", &format!("/api/v1/tokens/{id}")),
            204,
            TokenRevoked,
        ),
        (
            Request::new("DELETE", "/api/v1/tokens?user=ada"),
            200,
            TokenRevoked,
        ),
        (
            json("PATCH", "/api/v1/users/ada", &json!({ "enabled": false })),
            200,
            UserUpdated,
        ),
        (
            json("PATCH", "/api/v1/users/ada", &json!({ "enabled": true })),
            200,
            UserUpdated,
        ),
        (
            Request::new("DELETE", "/api/v1/users/ada"),
            204,
            UserDeleted,
        ),
    ];
    for (request, status, action) in changes {
        let what = format!("{request:?}");
        let (answer, left) = left_by(&running, request.authorization(&bearer));
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        let [event] = left.as_slice() else {
            panic!("{what}: {left:?}")
        };
        assert_eq!(event.action, action, "{what}");
        assert_eq!(event.actor_id.as_deref(), Some(&*root), "{what}");
        assert_eq!(
            event.actor_credential_id.as_deref(),
            Some(&*acting),
            "{what}"
        );
        assert_eq!(
            event.from,
            Some(OFFICE.parse::<IpAddr>().unwrap()),
            "{what}"
        );
    }
}

// K-17
#[test]
fn a_login_and_its_end_are_in_the_log_and_a_failed_one_is_no_change() {
    let setup = Setup::with(|options| {
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    let running = setup.run();
    let root = running.root();
    let password = "correct horse battery staple";
    let ada = json!({ "name": "ada", "password": password });
    let (ada, _) = left_by(
        &running,
        json("POST", "/api/v1/users", &ada).authorization(&root),
    );
    let id = ada.member("id");
    let login = |password| {
        let body = json!({ "usr": "ada", "pwd": password });
        left_by(&running, json("POST", "/api/method/login", &body))
    };
    let (refused, left) = login("a wrong one, of the same length");
    assert_eq!((refused.status, left.len()), (401, 0), "{left:?}");
    let (answer, left) = login(password);
    let session = Cookie::named("sid", &answer).value;
    let logout = Request::post("/api/method/logout")
        .header("Cookie", format!("sid={session}"))
        .header("Sec-Fetch-Site", "same-origin");
    let (ended, then_left) = left_by(&running, logout);
    assert_eq!((answer.status, ended.status), (200, 200), "{ended:?}");
    for (left, action) in [(left, SessionCreated), (then_left, SessionEnded)] {
        let [event] = left.as_slice() else {
            panic!("{action:?}: {left:?}")
        };
        assert_eq!((event.action, &*event.user_id), (action, &*id));
        assert_eq!(event.credential_id.as_deref(), Some(&session[7..18]));
        assert_eq!(event.from, Some(OFFICE.parse::<IpAddr>().unwrap()));
    }
}
