//! Heads that hyper passes and we do not, and those that neither does: H-3, H-6, H-28.

use std::time::Duration;

use empress_auth_core::{NewUser, Scopes};
use empress_auth_tests::Request;
use tokio::time::Instant;

use super::Running;

#[track_caller]
fn status(running: &Running, bytes: impl AsRef<[u8]>) -> u16 {
    running.raw(bytes).map_or(0, |answer| answer.status)
}

// H-6, F-5
#[test]
fn a_host_that_is_not_one_host_is_a_400_whoever_asks() {
    let running = Running::start();
    let root = running.root();
    let good = format!("Authorization: {root}\r\n");
    for credential in ["", &good] {
        for (target, hosts, case) in [
            ("/api/v1/me", "", "none"),
            ("/api/v1/me", "Host: a\r\nHost: b\r\n", "two"),
            ("/api/v1/me", "Host: a\r\nHost: a\r\n", "the same twice"),
            ("/api/v1/me", "Host: a\r\nhOsT: a\r\n", "in other letters"),
            ("/api/v1/me", "Host: a, b\r\n", "a list"),
            ("/api/v1/me", "Host: a/b\r\n", "a path"),
            ("/api/v1/me", "Host: u@a\r\n", "a user"),
            ("/api/v1/me", "Host: a b\r\n", "a blank"),
            ("/api/v1/me", "Host: a\u{e9}\r\n", "no ASCII"),
            (
                "http://b.example/api/v1/me",
                "Host: a\r\n",
                "another target",
            ),
            ("http://a:80/api/v1/me", "Host: a\r\n", "another port"),
            (
                "http://u@a/api/v1/me",
                "Host: a\r\n",
                "a user in the target",
            ),
            ("ftp://a/api/v1/me", "Host: a\r\n", "another scheme"),
        ] {
            let request = format!("GET {target} HTTP/1.1\r\n{hosts}{credential}\r\n");
            assert_eq!(status(&running, &request), 400, "{case}");
        }
    }
    let absolute =
        format!("GET http://A.example/api/v1/me HTTP/1.1\r\nHost: a.example\r\n{good}\r\n");
    assert_eq!(status(&running, absolute), 200);
    let old = format!("GET /api/v1/me HTTP/1.0\r\n{good}\r\n");
    assert_eq!(status(&running, old), 200);
}

// H-6: no answer repeats what the client says of our name; metadata, redirects and links least of all
#[test]
fn no_answer_depends_on_the_host() {
    let running = Running::start();
    let root = running.root();
    let mut paths = super::routes::paths(&running);
    paths.retain(|path| !path.starts_with("/test"));
    assert!(
        paths
            .iter()
            .any(|path| path.ends_with("/openid-configuration"))
    );
    paths.push("/nope".to_owned());
    paths.push("/oauth/authorize?client_id=x&redirect_uri=https://x.example/".to_owned());
    paths.push("/login?redirect-to=/oauth/authorize".to_owned());
    let asked = paths
        .iter()
        .flat_map(|path| [("GET", path), ("POST", path)]);
    for (method, path) in asked {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: evil-canary.example\r\nX-Forwarded-Host: evil-canary.example\r\n\
             Forwarded: host=evil-canary.example\r\nX-Forwarded-Proto: https\r\nAuthorization: {root}\r\n\
             Content-Type: application/json\r\nContent-Length: 18\r\n\r\n{{\"name\":\"someone\"}}"
        );
        let answer = running.raw(head).unwrap();
        let shown = format!("{answer:?}");
        assert!(!shown.contains("evil-canary"), "{method} {path}: {shown}");
    }
}

// H-3
#[test]
fn bytes_that_no_head_may_have_are_a_400() {
    let running = Running::start();
    for (line, case) in [
        ("X: a\r\n b", "folded"),
        ("X: a\0b", "NUL"),
        ("X: a\rb", "bare CR"),
        ("X: a\x7f", "DEL"),
        ("X : a", "a blank before the colon"),
        ("X", "no colon"),
        (": a", "no name"),
        ("X\u{e9}: a", "a letter in the name"),
    ] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
        assert_eq!(status(&running, request), 400, "{case}");
    }
    for line in [
        "GET /healthz",
        "GET  /healthz HTTP/1.1",
        "GET /healthz HTTP/1.2",
        "GET /healthz HTTP/2.0",
        "GET /a b HTTP/1.1",
        "G\0T /healthz HTTP/1.1",
        "\u{16}\u{3}\u{1}",
        "PRI * HTTP/2.0",
    ] {
        let answered = running.raw(format!("{line}\r\nHost: a\r\n\r\n"));
        assert!(
            answered.is_none_or(|answer| answer.status >= 400),
            "{line:?}"
        );
    }
    assert!(
        running.metrics().contains("malformed_requests_total 1"),
        "they are counted"
    );
}

// H-28
#[test]
fn a_head_has_its_limits() {
    let running = Running::start();
    let many: String = (0..101)
        .map(|number| format!("X-{number}: x\r\n"))
        .collect();
    assert_eq!(
        status(&running, format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n")),
        431
    );
    for length in [70 * 1024, 400 * 1024] {
        let long = "a".repeat(length);
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n");
        assert_eq!(status(&running, request), 431, "{length}");
        let request = format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(matches!(status(&running, request), 414 | 431), "{length}");
    }
    // What fits is a matter of credentials.
    let long = format!("Bearer {}", "a".repeat(32 * 1024));
    let began = Instant::now();
    assert_eq!(
        running
            .send(&Request::get("/api/v1/me").authorization(long))
            .status,
        401
    );
    assert!(began.elapsed() < Duration::from_secs(10));
}

// H-24
#[test]
fn who_calls_itself_a_health_checker_is_no_one_else() {
    let running = Running::start();
    for agent in [
        "GoogleHC/1.0",
        "kube-probe/1.31",
        "ELB-HealthChecker/2.0",
        "Prometheus/3.0",
        "curl/8",
        "",
    ] {
        let request = Request::get("/api/v1/me").header("User-Agent", agent);
        assert_eq!(running.send(&request).status, 401, "{agent}");
    }
}

// H-7: what a stranger says of its address is not heard
#[test]
fn a_stranger_does_not_get_an_address_by_saying_so() {
    use empress_auth_core::{Actor, NewToken, TokenIssuer};
    use empress_auth_tests::wait;

    let running = Running::start();
    running.token_of(NewUser::named("ada"), Scopes::all());
    let network = "203.0.113.0/24".parse().unwrap();
    let issuer = TokenIssuer::new(running.store.clone());
    let token = NewToken::named("at the office").with_networks([network]);
    let made = wait(issuer.create(&Actor::assert_local_operator(), "ada", token)).unwrap();
    let bearer = format!("Bearer {}", made.expose_secret());
    for (name, value) in [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X_Forwarded_For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Real-IP", "203.0.113.9"),
        ("X-Client-IP", "203.0.113.9"),
        ("CF-Connecting-IP", "203.0.113.9"),
        ("True-Client-IP", "203.0.113.9"),
    ] {
        let request = Request::get("/api/v1/me")
            .authorization(&bearer)
            .header(name, value);
        assert_eq!(running.send(&request).status, 401, "{name}");
    }
    let behind =
        super::Setup::with(|options| options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()])
            .run();
    behind.token_of(NewUser::named("ada"), Scopes::all());
    let issuer = TokenIssuer::new(behind.store.clone());
    let token = NewToken::named("at the office").with_networks([network]);
    let made = wait(issuer.create(&Actor::assert_local_operator(), "ada", token)).unwrap();
    let request =
        Request::get("/api/v1/me").authorization(format!("Bearer {}", made.expose_secret()));
    let forwarded = |value: &str| {
        behind
            .send(&request.clone().header("X-Forwarded-For", value))
            .status
    };
    assert_eq!(forwarded("203.0.113.9"), 200);
    assert_eq!(
        forwarded("203.0.113.9, 192.0.2.1"),
        401,
        "the rightmost stranger counts"
    );
    assert_eq!(behind.send(&request).status, 401);
}
