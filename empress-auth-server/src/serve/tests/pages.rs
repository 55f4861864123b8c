//! The login page over a socket.

use empress_auth_core::{Accounts, Actor, NewUser, password::Password};
use empress_auth_tests::{Answer, Request, wait};

use super::{Running, Setup};

const PASSWORD: &str = "correct horse battery staple";
const FORM: &str = "application/x-www-form-urlencoded";

fn with_ada(running: &Running) {
    let accounts = Accounts::new(running.store.clone());
    let password = Password::new(PASSWORD).unwrap();
    let ada = NewUser::named("ada");
    wait(accounts.create(Actor::assert_local_operator(), ada, Some(password))).unwrap();
}

fn log_in(body: &str) -> Request {
    Request::post("/login").body(FORM, body)
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

const RIGHT: &str = "username=ada&password=correct+horse+battery+staple";

/// P-16: what stands around every page.
fn assert_protected(answer: &Answer) {
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let policy = answer.header("content-security-policy").unwrap();
    for part in [
        "default-src 'none'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

// P-28, P-16
#[test]
fn the_form_is_one_that_people_and_password_managers_understand() {
    let running = Running::start();
    let answer = running.get("/login");
    assert_eq!(answer.status, 200);
    assert_protected(&answer);
    let page = text(&answer);
    for part in [
        "<label for=\"username\">",
        "<label for=\"password\">",
        "autocomplete=\"username\"",
        "autocomplete=\"current-password\"",
        "type=\"password\"",
        "<h1>Log in</h1>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(
        !page.contains("problem") && !page.contains("redirect-to"),
        "{page}"
    );
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("login=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
}

#[test]
fn the_style_sheet_lies_under_the_name_of_its_contents() {
    let running = Running::start();
    let page = text(&running.get("/login"));
    let (_, rest) = page.split_once("href=\"").unwrap();
    let (path, _) = rest.split_once('"').unwrap();
    let sheet = running.get(path);
    assert_eq!(sheet.status, 200, "{path}");
    assert_eq!(
        sheet.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert!(sheet.header("cache-control").unwrap().contains("immutable"));
    assert!(text(&sheet).contains("prefers-color-scheme: dark"));
}

// P-11, P-26
#[test]
fn a_right_password_begins_a_session_and_leads_on() {
    let running = Running::start();
    with_ada(&running);
    let answer = running.send(&log_in(RIGHT));
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("sid=emp_ss_"), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let session = cookie.split(';').next().unwrap();
    let me = running.send(&Request::get("/api/v1/me").header("Cookie", session));
    assert!(text(&me).contains("\"ada\""), "{me:?}");

    let again = running.send(&log_in(RIGHT).header("Cookie", session));
    assert_eq!(again.status, 303);
    assert_ne!(again.header("set-cookie"), Some(cookie));
    let old = running.send(&Request::get("/api/v1/me").header("Cookie", session));
    assert_eq!(old.status, 401, "the session that was shown has ended");
}

// P-19
#[test]
fn a_login_leads_to_a_path_of_ours_and_nowhere_else() {
    let running = Running::start();
    with_ada(&running);
    for (target, location) in [
        (
            "%2Foauth%2Fauthorize%3Fclient_id%3Da",
            "/oauth/authorize?client_id=a",
        ),
        ("%2Faccount", "/account"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/"),
        ("https%3A%2F%2Fevil.example", "/"),
        ("%2Fa%0D%0ALocation%3A%20https%3A%2F%2Fevil.example", "/"),
        ("%2Fa&redirect-to=%2Fb", "/"),
    ] {
        let page = text(&running.get(&format!("/login?redirect-to={target}")));
        let is_shown = page.contains("name=\"redirect-to\"");
        assert_eq!(is_shown, location != "/", "{target}: {page}");
        let answer = running.send(&log_in(&format!("{RIGHT}&redirect-to={target}")));
        assert_eq!(answer.header("location"), Some(location), "{target}");
    }
}

// P-2, P-3
#[test]
fn whoever_is_refused_learns_nothing_of_users() {
    let running = Running::start();
    with_ada(&running);
    let wrong = |name: &str| {
        let answer = running.send(&log_in(&format!("username={name}&password=wrong")));
        assert_protected(&answer);
        assert!(!answer.challenges().is_empty(), "RFC 9110 §15.5.2");
        // The name stands in the form again; the token is another in each.
        let page = text(&answer).replace(&format!("value=\"{name}\""), "");
        let (before, rest) = page.split_once("name=\"csrf_token\" value=\"").unwrap();
        (answer.status, before.to_owned(), rest[64..].to_owned())
    };
    assert_eq!(wrong("ada").0, 401);
    assert_eq!(wrong("ada"), wrong("eve"));
    assert!(
        wrong("ada")
            .1
            .contains("The user name or the password is wrong.")
    );
    for (body, status) in [
        ("", 400),
        ("username=ada", 400),
        ("password=x", 400),
        ("username=ada&password=x&password=y", 400),
        ("username=ada&username=ada&password=x", 400),
        ("%zz", 400),
    ] {
        let answer = running.send(&log_in(body));
        assert_eq!(answer.status, status, "{body}");
        assert_protected(&answer);
    }
    let long = "x".repeat(4_097);
    let answer = running.send(&log_in(&format!("username=ada&password={long}")));
    assert_eq!(answer.status, 400);
    assert!(!text(&answer).contains(&long));
}

// P-8, S26
#[test]
fn too_many_failures_are_told_to_wait() {
    let running = Running::start();
    with_ada(&running);
    for _ in 0..10 {
        assert_eq!(running.send(&log_in("username=ada&password=x")).status, 401);
    }
    let answer = running.send(&log_in(RIGHT));
    assert_eq!(answer.status, 429);
    assert!(
        answer
            .header("retry-after")
            .unwrap()
            .parse::<u32>()
            .unwrap()
            > 0
    );
    assert_protected(&answer);
    assert!(text(&answer).contains("Too many logins have failed."));
    // They are counted together, wherever somebody guesses.
    let rpc =
        Request::post("/api/method/login").body(FORM, "usr=ada&pwd=correct+horse+battery+staple");
    assert_eq!(running.send(&rpc).status, 429);
}

// P-14
#[test]
fn a_page_of_another_site_logs_nobody_in() {
    let running = Running::start();
    with_ada(&running);
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Referer", "https://evil.example/"),
    ] {
        let answer = running.send(&log_in(RIGHT).header(name, value));
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert_protected(&answer);
        let cookies = answer.all("set-cookie");
        assert!(
            cookies.iter().all(|cookie| !cookie.starts_with("sid")),
            "{cookies:?}"
        );
    }
}

// OpenID Connect Core §3.1.2.1, `login_hint`: anybody may write it
#[test]
fn who_it_probably_is_stands_in_the_form_already() {
    let running = Running::start();
    let long = "a".repeat(141);
    for (hint, shown) in [
        ("ada", "ada"),
        ("ada%40example.com", "ada@example.com"),
        ("%C3%A9milie", "\u{e9}milie"),
        ("a%22%3Eb", "a&#34;&#62;b"),
        ("a%0Ab", ""),
        ("a&login_hint=b", ""),
        (&*long, ""),
    ] {
        let page = text(&running.get(&format!("/login?login_hint={hint}")));
        let input = format!("name=\"username\" value=\"{shown}\"");
        assert!(page.contains(&input), "{hint}: {page}");
    }
}

// P-16: a login without a client leads to pages of ours
#[test]
fn a_login_form_leads_nowhere_else() {
    let running = Running::start();
    for target in ["/login", "/login?redirect-to=%2Faccount%3Fclient_id%3Dx"] {
        let answer = running.get(target);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.ends_with("; form-action 'self'"), "{policy}");
    }
}

// P-17
#[test]
fn what_is_typed_comes_back_as_text() {
    let running = Running::start();
    let payloads = include_str!("../../../tests/end_to_end/xss_payloads.txt");
    for payload in payloads.lines() {
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let hint = running.get(&format!(
            "/login?login_hint={encoded}&redirect-to={encoded}"
        ));
        // Refused before a password is looked at.
        let typed = running.send(&log_in(&format!(
            "username={encoded}&redirect-to={encoded}"
        )));
        for answer in [hint, typed] {
            let page = text(&answer);
            let is_markup = payload.contains(['<', '>', '"', '\'']);
            assert!(!is_markup || !page.contains(payload), "{payload}");
            assert_eq!(page.matches('<').count(), page.matches('>').count());
            let tags = page.matches("<input").count();
            assert_eq!(tags, 3, "{payload}: {page}");
        }
    }
}

#[test]
fn under_a_path_all_of_it_moves_there_over_https_with_other_cookies() {
    let setup = Setup::with(|options| {
        options.public_url = Some("https://example.com/auth".parse().unwrap());
    });
    let running = setup.run();
    with_ada(&running);
    assert_eq!(running.get("/login").status, 404);
    let answer = running.get("/auth/login?redirect-to=%2Fauth%2Faccount");
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-login=") && cookie.contains("; Secure"),
        "{cookie}"
    );
    let page = text(&answer);
    assert!(page.contains("action=\"/auth/login\""), "{page}");
    assert!(page.contains("href=\"/auth/static/pages."), "{page}");
    let request = Request::post("/auth/login").body(FORM, RIGHT);
    let answer = running.send(&request);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/auth/"))
    );
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-sid=") && cookie.contains("; Secure"),
        "{cookie}"
    );
}
