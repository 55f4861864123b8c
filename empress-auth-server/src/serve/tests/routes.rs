//! Every route, written and asked in every way: H-20, H-22, H-23.

use empress_auth_tests::Request;

use super::Running;

const METHODS: [&str; 16] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND",
    "PURGE", "QUERY", "get", "Get", "FOO", "GETX",
];

/// A path of each route.
pub(super) fn paths(running: &Running) -> Vec<String> {
    let concrete = |template: Box<str>| {
        template
            .replace("{name}", "nobody")
            .replace("{id}", "00000000000")
    };
    let paths: Vec<String> = running.app.router.templates().map(concrete).collect();
    assert!(
        paths.len() > 10 && paths.iter().all(|path| !path.contains('{')),
        "{paths:?}"
    );
    paths
}

// H-22
#[test]
fn a_method_that_is_not_a_routes_is_a_405_that_says_which_are() {
    let running = Running::start();
    let root = running.root();
    for path in paths(&running) {
        let options = running.send(&Request::new("OPTIONS", &path));
        let allow = options.header("allow").unwrap_or_default().to_owned();
        assert!(allow.contains("OPTIONS"), "{path}: {options:?}");
        let allowed: Vec<&str> = allow.split(", ").collect();
        for method in METHODS {
            if allowed.contains(&method) || method == "CONNECT" {
                continue;
            }
            for credential in ["", &root] {
                let mut connection = running.connect();
                let request = Request::new(method, &path).authorization(credential);
                connection.write(&request.to_bytes());
                let answer = connection.answer_to(method).expect("an answer");
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(&*allow), "{method} {path}");
            }
        }
    }
}

// H-22: CONNECT has no path, whatever it is given
#[test]
fn connect_opens_nothing() {
    let running = Running::start();
    let root = running.root();
    for target in ["/api/v1/me", "127.0.0.1:22", "a:80", "http://a/api/v1/me"] {
        let head =
            format!("CONNECT {target} HTTP/1.1\r\nHost: a:80\r\nAuthorization: {root}\r\n\r\n");
        let mut connection = running.connect();
        connection.write(head.as_bytes());
        let answer = connection.answer();
        assert!(
            answer.is_none_or(|answer| (400..500).contains(&answer.status)),
            "{target}"
        );
    }
}

// H-22
#[test]
fn head_is_get_without_its_body() {
    let running = Running::start();
    let root = running.root();
    for path in paths(&running) {
        let options = running.send(&Request::new("OPTIONS", &path));
        if !options.header("allow").unwrap_or_default().contains("HEAD")
            || path.starts_with("/test")
        {
            continue;
        }
        for credential in ["", &root] {
            let get = running.send(&Request::get(&path).authorization(credential));
            let head = running.send(&Request::new("HEAD", &path).authorization(credential));
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(head.challenges(), get.challenges(), "{path}");
            assert_eq!(
                head.header("content-type"),
                get.header("content-type"),
                "{path}"
            );
            if path != "/metrics" {
                assert_eq!(
                    head.header("content-length"),
                    get.header("content-length"),
                    "{path}"
                );
            }
        }
    }
}

// H-22
#[test]
fn a_method_written_elsewhere_is_not_read() {
    let running = Running::start();
    let root = running.root();
    let before = running.send(&Request::get("/api/v1/users").authorization(&root));
    for name in [
        "X-HTTP-Method-Override",
        "X-HTTP-Method",
        "X-Method-Override",
        "_method",
    ] {
        for method in ["DELETE", "POST"] {
            let path = format!("/api/v1/users/root?_method={method}");
            let request = Request::get(&path)
                .authorization(&root)
                .header(name, method);
            assert_eq!(
                running.send(&request).member("name"),
                "root",
                "{name} {method}"
            );
        }
        let posted = Request::post("/api/v1/me")
            .authorization(&root)
            .header(name, "GET");
        assert_eq!(running.send(&posted).status, 405, "{name}");
    }
    let after = running.send(&Request::get("/api/v1/users").authorization(&root));
    assert_eq!(before.text(), after.text());
}

/// Ways of writing `/api/v1/me`, and of leaving it.
const WRITTEN: [&str; 46] = [
    "//api/v1/me",
    "/api//v1/me",
    "/api/v1//me",
    "///api/v1/me",
    "/./api/v1/me",
    "/api/./v1/me",
    "/api/v1/./me",
    "/../api/v1/me",
    "/x/../api/v1/me",
    "/api/v1/x/../me",
    "/api/v1/../v1/me",
    "/%2e/api/v1/me",
    "/%2e%2e/api/v1/me",
    "/x/%2e%2e/api/v1/me",
    "/x/..%2fapi/v1/me",
    "/x/..%5capi/v1/me",
    "/%2fapi/v1/me",
    "/api%2fv1%2fme",
    "/api/v1%2fme",
    "/%5capi/v1/me",
    "\\api\\v1\\me",
    "/\\api/v1/me",
    "/api/v1/me/",
    "/api/v1/me//",
    "/api/v1/me/.",
    "/api/v1/me/..",
    "/api/v1/me/../me",
    "/api/v1/me%2f",
    "/api/v1/me%00",
    "/api/v1/me%0a",
    "/api/v1/me%20",
    "/api/v1/me%09",
    "/api/v1/me.",
    "/api/v1/me.json",
    "/api/v1/me;x=y",
    "/api/v1/me;",
    "/;x=y/api/v1/me",
    "/api/v1;x/me",
    "/api/v1/me%3fx",
    "/api/v1/me%23x",
    "/API/v1/me",
    "/api/v1/ME",
    "/api/v1/m%65",
    "/%61pi/v1/me",
    "/api/v1/%256de",
    "/healthz/../api/v1/me",
];

// H-23: neither without a credential nor with one is there another spelling
#[test]
fn a_path_has_one_spelling() {
    let running = Running::start();
    let root = running.root();
    for path in WRITTEN {
        for target in [path.to_owned(), format!("http://app.example{path}")] {
            for credential in ["", &root] {
                let mut request = Request::get(&target);
                if !credential.is_empty() {
                    request = request.authorization(credential);
                }
                let status = running.send(&request).status;
                assert!(
                    matches!(status, 400 | 404),
                    "{target} with {credential:?}: {status}"
                );
            }
        }
    }
    for target in [
        "/api/v1/me",
        "/api/v1/me?",
        "/api/v1/me?x=/healthz",
        "http://app.example/api/v1/me",
    ] {
        assert_eq!(running.get(target).status, 401, "{target}");
        assert_eq!(
            running
                .send(&Request::get(target).authorization(&root))
                .status,
            200,
            "{target}"
        );
    }
    for target in [
        "*",
        "app.example:80",
        "http://app.example",
        "api/v1/me",
        "?x",
        "/api/v1/me#x",
        "",
    ] {
        let mut connection = running.connect();
        connection.write(&Request::get(target).authorization(&root).to_bytes());
        let opened = connection
            .answer()
            .is_some_and(|answer| answer.text().contains("username"));
        assert!(!opened || target == "/api/v1/me#x", "{target}");
    }
}

/// Other ways of writing a path, and of hiding it behind one that is open to all.
fn rewritten(path: &str) -> Vec<String> {
    let (parent, last) = path.trim_end_matches('/').rsplit_once('/').unwrap();
    let rest = path.trim_start_matches('/');
    let first = rest.split('/').next().unwrap();
    let mut written = Vec::new();
    for before in [
        "/",
        "//",
        "/.",
        "/..",
        "/x/..",
        "/%2e",
        "/%2e%2e",
        "/x/%2e%2e",
        "/x/..;",
        "/;x=y",
        "/%2f",
        "/%5c",
        "\\",
        "/\\",
        "/%00",
        "/%09",
        "/healthz/..",
        "/login/..",
        "/static/..;",
        "/.well-known/..",
        "/healthz%2f..",
        "/healthz;",
        "/healthz%00",
    ] {
        written.push(format!("{before}{path}"));
    }
    for behind in [
        "//",
        "/.",
        "/..",
        "/./",
        "%2f",
        "%00",
        "%0a",
        "%20",
        "%09",
        ".",
        ".json",
        ";",
        ";x=y",
        "%3fx",
        "%23x",
        "/../healthz",
        "/..;/healthz",
        "%2f..%2fhealthz",
    ] {
        written.push(format!("{path}{behind}"));
    }
    written.extend([
        format!("/{}", rest.replace('/', "%2f")),
        format!("/{}", rest.replace('/', "//")),
        format!("/{}", rest.replace('/', "/./")),
        format!("/{}", rest.replace('/', "\\")),
        format!(
            "/{}{}",
            first.to_uppercase(),
            rest.get(first.len()..).unwrap()
        ),
        format!("/%{:02x}{}", rest.as_bytes()[0], rest.get(1..).unwrap()),
        format!("/%25{:02x}{}", rest.as_bytes()[0], rest.get(1..).unwrap()),
        format!("{parent}/{}", last.to_uppercase()),
        format!(
            "{parent}/%{:02x}{}",
            last.as_bytes()[0],
            last.get(1..).unwrap()
        ),
        format!("{parent}/x/../{last}"),
        format!("{parent};x/{last}"),
    ]);
    written
}

// H-23: however it is written, and with whichever method, no path that asks who is there opens to a stranger
#[test]
fn no_way_of_writing_any_path_lets_a_stranger_in() {
    let running = Running::start();
    let mut asked = 0;
    let mut protected = 0;
    for path in paths(&running) {
        let of = |method, target: &str| {
            let request = Request::new(method, target).header("Content-Length", "0");
            running.send(&request).status
        };
        for method in ["GET", "POST", "PATCH", "DELETE"] {
            if of(method, &path) != 401 {
                continue;
            }
            protected += 1;
            let mut connection = running.connect();
            for target in rewritten(&path) {
                let request = Request::new(method, &target).header("Content-Length", "0");
                connection.write(&request.to_bytes());
                let answer = connection.answer().unwrap_or_else(|| {
                    connection = running.connect();
                    connection.write(&request.to_bytes());
                    connection.answer().expect("an answer")
                });
                let status = answer.status;
                assert!(
                    matches!(status, 400 | 401 | 404 | 405),
                    "{method} {target}: {status}"
                );
                asked += 1;
                if answer.header("connection") == Some("close") {
                    connection = running.connect();
                }
            }
        }
    }
    assert!(
        protected >= 20 && asked >= 40 * protected,
        "{asked} of {protected}"
    );
    println!("{asked} ways of writing {protected} routes let nobody in");
}

// H-23: what is not there looks the same with a credential and without
#[test]
fn what_is_not_there_is_a_404_in_our_words() {
    let running = Running::start();
    let root = running.root();
    for path in [
        "/nope",
        "/api",
        "/api/v1",
        "/api/v2/nope",
        "/favicon.ico",
        "/.env",
        "/wp-login.php",
    ] {
        let anonymous = running.get(path);
        let known = running.send(&Request::get(path).authorization(&root));
        assert_eq!(anonymous.comparable(), known.comparable(), "{path}");
        assert_eq!(
            (anonymous.status, anonymous.member("code").as_str()),
            (404, "not_found")
        );
        assert_eq!(
            anonymous.header("content-type"),
            Some("application/problem+json")
        );
    }
}

// H-20
#[test]
fn no_answer_of_ours_is_kept_guessed_at_or_framed() {
    let running = Running::start();
    let root = running.root();
    let paths = paths(&running).into_iter().chain(["/nope".to_owned()]);
    for path in paths.filter(|path| !path.starts_with("/test")) {
        for (method, credential) in [
            ("GET", ""),
            ("GET", &*root),
            ("POST", &*root),
            ("TRACE", ""),
            ("OPTIONS", ""),
        ] {
            let answer = running.send(&Request::new(method, &path).authorization(credential));
            let field = |name| answer.header(name).unwrap_or_default();
            let is_public = path.contains("/.well-known/")
                || path.contains("/static/")
                || path.ends_with(".js")
                || path.contains("openid_configuration");
            let kept = field("cache-control");
            assert!(kept == "no-store" || is_public, "{method} {path}: {kept}");
            assert_eq!(
                field("x-content-type-options"),
                "nosniff",
                "{method} {path}"
            );
            assert!(
                field("content-security-policy").contains("frame-ancestors 'none'"),
                "{method} {path}"
            );
            assert_eq!(field("server"), "", "{method} {path}");
        }
    }
}

#[test]
fn the_path_of_the_public_url_comes_before_every_path() {
    let setup = super::Setup::with(|options| {
        options.public_url = Some("https://example.com/auth".parse().unwrap());
    });
    let running = setup.run();
    let root = running.root();
    let me = |path| {
        running
            .send(&Request::get(path).authorization(&root))
            .status
    };
    assert_eq!((me("/auth/api/v1/me"), me("/api/v1/me")), (200, 404));
    let user = running.send(&Request::get("/auth/api/v1/users/root").authorization(&root));
    assert_eq!(user.member("name"), "root");
    assert_eq!(running.get("/healthz").status, 200);
}
