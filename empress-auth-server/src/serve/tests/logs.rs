//! What the log says, and what it must not: K-14, K-15.

use empress_auth_core::password::{Password, PasswordPool};
use empress_auth_core::{NewUser, Scopes};
use empress_auth_tests::{Answer, Request, basic, wait};

use super::{Running, Setup};
use crate::serve::AccessLog;

fn logging_all() -> Running {
    Setup::with(|options| options.access_log = AccessLog::All).run()
}

/// The lines about requests.
fn lines(running: &Running) -> Vec<serde_json::Value> {
    let log = running.log();
    let json = log.lines().map(|line| serde_json::from_str(line).unwrap());
    json.filter(|line: &serde_json::Value| line["message"] == "request")
        .collect()
}

#[test]
fn a_request_is_one_line() {
    let running = logging_all();
    let token = running.token_of(NewUser::named("ada"), Scopes::all());
    let answer = running
        .send(&Request::get("/api/v1/users/ada?x=y").authorization(format!("Bearer {token}")));
    let lines = lines(&running);
    let [line] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(line["http.route"], "/api/v1/users/{name}");
    assert_eq!(line["http.method"], "GET");
    assert_eq!(line["http.status"], 200);
    assert_eq!(line["user.name"], "ada");
    assert_eq!(line["client.address"], "127.0.0.1");
    assert_eq!(line["level"], "INFO");
    assert!(line["took_micros"].is_u64());
    assert_eq!(line["request.id"], answer.header("x-request-id").unwrap());
}

// H-7
#[test]
fn addresses_and_ids_come_from_trusted_proxies_alone() {
    let request = Request::get("/healthz")
        .header("X-Forwarded-For", "203.0.113.9")
        .header("X-Request-Id", "from-proxy");
    let trusting = Setup::with(|options| {
        options.access_log = AccessLog::All;
        options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    });
    for (running, client, id) in [
        (trusting.run(), "203.0.113.9", true),
        (logging_all(), "127.0.0.1", false),
    ] {
        running.send(&request);
        let line = &lines(&running)[0];
        assert_eq!(line["client.address"], client);
        assert_eq!(line["request.id"] == "from-proxy", id);
    }
}

// K-15
#[test]
fn a_name_cannot_forge_a_line() {
    let running = logging_all();
    for name in [
        "a\u{85}b",
        "\u{202e}ada",
        "a\"},{\"x\":\"",
        "ada\u{2028}INFO root logged in",
    ] {
        let token = running.token_of(NewUser::named(name), Scopes::all());
        running.send(&Request::get("/api/v1/me").authorization(format!("Bearer {token}")));
        let log = running.log();
        let last = log.lines().last().unwrap();
        assert!(
            last.chars()
                .all(|c| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}')),
            "{last}"
        );
        let line: serde_json::Value = serde_json::from_str(last).unwrap();
        assert_eq!(line["user.name"], name);
    }
}

#[test]
fn unless_told_only_our_own_failures_are_logged() {
    let running = Running::start();
    running.get("/healthz");
    running.get("/api/v1/me");
    running.get("/nope");
    assert!(lines(&running).is_empty());
    let answer = running.get("/test/panic");
    let lines = lines(&running);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(
        lines[0]["request.id"],
        answer.header("x-request-id").unwrap()
    );
    for _ in 0..100 {
        running.get("/test/panic");
    }
    let written = super::logs::lines(&running).len();
    assert!(
        (20..100).contains(&written),
        "an outage does not fill the disk: {written}"
    );
    let off = Setup::with(|options| options.access_log = AccessLog::Off).run();
    off.get("/test/panic");
    assert!(!off.log().contains("\"request\""));
}

const LOGIN: &str = r#"{"usr":"lovelace","pwd":"canary correct horse battery staple"}"#;

/// A user who can log in with [`LOGIN`].
fn make_lovelace(running: &Running) {
    wait(async {
        let password = Password::new("canary correct horse battery staple").unwrap();
        let hash = PasswordPool::new().hash(password).await.unwrap();
        let lovelace = NewUser::named("lovelace").with_password_hash(hash);
        running.store.create_user(lovelace).await.unwrap();
    });
}

// ASVS 16.3.1: whichever requests are logged
#[test]
fn who_fails_to_log_in_leaves_a_trace_and_no_word_of_its_own() {
    let running = Running::start();
    make_lovelace(&running);
    let wrong = r#"{"usr":"lovelace","pwd":"canary wrong"}"#;
    let login = Request::post("/api/method/login").body("application/json", wrong);
    let failed = |said: &str, answer: &Answer| {
        let log = running.log();
        let line: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(line["message"], said);
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["client.address"], "127.0.0.1");
        assert!(line["request.id"].is_string());
        assert_eq!(answer.header("x-request-id"), None, "one answer for all");
        assert!(
            !log.contains("canary") && !log.contains("lovelace"),
            "{log}"
        );
    };
    let obtain = r#"{"username":"lovelace","password":"canary wrong"}"#;
    let obtain = Request::post("/api-token-auth/").body("application/json", obtain);
    for (wrong, status) in [(&login, 401), (&obtain, 400)] {
        let answer = running.send(wrong);
        assert_eq!(answer.status, status);
        failed("a login failed", &answer);
    }
    let mut answer = running.send(&login);
    for _ in 0..20 {
        answer = running.send(&login);
        if answer.status == 429 {
            break;
        }
    }
    assert_eq!(answer.status, 429, "{answer:?}");
    failed(
        "a login was not tried, because too many have failed",
        &answer,
    );
}

// K-14: at every level, the lines of our libraries included
#[test]
fn no_secret_and_nothing_that_may_be_one_is_in_the_log() {
    let running = logging_all();
    let root = running.root();
    make_lovelace(&running);
    let made = running.send(
        &Request::post("/api/v1/tokens")
            .authorization(&root)
            .body("application/json", r#"{"name":"canary-name"}"#),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.member("token");
    let keys = running.send(
        &Request::post("/api/v1/users/root/keys")
            .authorization(&root)
            .body("application/json", "{}"),
    );
    assert_eq!(keys.status, 201, "{keys:?}");
    let (key, secret) = (keys.member("api_key"), keys.member("api_secret"));
    let shown = [
        format!("Token {token}"),
        format!("Bearer {token}"),
        format!("token {key}:{secret}"),
        basic(format!("{key}:{secret}")),
        format!("Bearer {token}x"),
        format!("token {key}:{secret}x"),
        "Bearer canary-wrong".to_owned(),
        basic("canary-user:canary-password"),
        "Canary canary".to_owned(),
    ];
    for credential in &shown {
        for path in [
            "/api/v1/me",
            "/api/v1/canary-path?token=canary-query",
            "/api/method/frappe.auth.get_logged_user",
        ] {
            running.send(
                &Request::get(path)
                    .authorization(credential)
                    .header("Cookie", "sid=emp_ss_canary-cookie")
                    .header("User-Agent", "canary-agent")
                    .header("Referer", "https://canary.example/?code=canary"),
            );
        }
    }
    for (content_type, body) in [
        (
            "application/json",
            r#"{"username":"canary-login","password":"canary-password"}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "username=canary-login&password=canary-password",
        ),
        ("application/json", "{\"canary"),
        ("text/plain", "canary"),
    ] {
        for path in [
            "/api-token-auth/",
            "/api/v1/users",
            "/api/v1/tokens",
            "/api/method/login",
        ] {
            running.send(
                &Request::post(path)
                    .authorization(&root)
                    .body(content_type, body),
            );
            running.send(&Request::post(path).body(content_type, body));
        }
    }
    let login = Request::post("/api/method/login").body("application/json", LOGIN);
    let logged_in = running.send(&login);
    assert_eq!(logged_in.status, 200, "{logged_in:?}");
    let cookie = logged_in.all("set-cookie")[0].split(';').next().unwrap();
    let (_, session) = cookie.split_once('=').unwrap();
    running.send(&Request::get("/api/v1/me").header("Cookie", cookie));
    running.raw("GET /canary\0 HTTP/1.1\r\nHost: canary\r\n\r\n");
    running.raw("GET / HTTP/1.1\r\nHost: canary\r\nHost: canary\r\n\r\n");
    let log = running.log();
    assert!(
        log.contains("\"user.name\":\"root\""),
        "so that something was logged"
    );
    let bearer = root.trim_start_matches("Bearer ");
    for secret in [
        session,
        &*token,
        &*secret,
        bearer,
        "canary",
        &basic(format!("{key}:{secret}"))[6..],
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
    assert!(!running.metrics().contains("canary") && !running.metrics().contains(&*secret));
}
