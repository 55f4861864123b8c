//! Frappe's login, row by row: L1 to L8; P-2, P-3, P-7 to P-11, P-14, P-26.

use empress_auth_core::client_address::ClientAddress;
use empress_auth_core::{NewUser, PublicUrl};
use empress_auth_tests::{Answer, Cookie, PASSWORD, Request, SITE, Server, Stage, World, send_to};
use serde_json::{Value, json};

const LOGIN: &str = "/api/method/login";
const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Joe, who has a password, and all endpoints.
fn joes(stage: Stage) -> (World, Server) {
    let world = stage.world();
    world.user_with_password("joe");
    let server = stage.serve_endpoints(&world);
    (world, server)
}

fn json_body(body: &Value) -> Request {
    Request::post(LOGIN).body(JSON, body.to_string())
}

fn login(username: &str, password: &str) -> Request {
    json_body(&json!({ "usr": username, "pwd": password }))
}

fn logged_user(server: &Server, cookie: &str) -> Answer {
    server.send(&Request::get(LOGGED_USER).header("Cookie", cookie))
}

#[track_caller]
fn assert_logged_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.member("message"), "Logged In");
    let cookie = Cookie::named("sid", answer);
    format!("sid={}", cookie.value)
}

#[track_caller]
fn assert_refused(answer: &Answer, message: &str, case: &str) {
    assert_eq!(answer.status, 401, "{case}: {}", answer.text());
    assert_eq!(answer.member("message"), message, "{case}");
    assert_eq!(answer.member("exc_type"), "AuthenticationError", "{case}");
    assert!(answer.member("exc").contains(message), "{case}");
    assert!(!answer.challenges().is_empty(), "{case}: RFC 9110 §15.5.2");
    assert_eq!(answer.all("set-cookie"), Vec::<&str>::new(), "{case}");
}

const INVALID: &str = "Invalid login credentials";
const INCOMPLETE: &str = "Incomplete login details";

// L1, E12: in any of three forms, under every prefix, with and without a slash
pub(crate) fn l1_a_password_is_answered_with_a_session(stage: Stage) {
    let (_, server) = joes(stage);
    let object = json!({ "usr": "joe", "pwd": PASSWORD, "device": "desktop" }).to_string();
    let form = "usr=joe&pwd=p%C3%A4ssword%3Awith+a+colon".to_owned();
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"usr\"\r\n\r\njoe\r\n\
         --x\r\nContent-Disposition: form-data; name=\"pwd\"\r\n\r\n{PASSWORD}\r\n--x--\r\n"
    );
    let mut values = Vec::new();
    for (content_type, body) in [
        (JSON, &object),
        (FORM, &form),
        ("multipart/form-data; boundary=x", &multipart),
    ] {
        for prefix in ["/api/method", "/api/v1/method", "/api/v2/method"] {
            for slash in ["", "/"] {
                let request = Request::post(&format!("{prefix}/login{slash}"));
                let answer = server.send(&request.body(content_type, body));
                let cookie = assert_logged_in(&answer);
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                let members = answer.json();
                assert_eq!(members["home_page"], "/", "{members}");
                assert_eq!(members["full_name"], "joe");
                assert_eq!(answer.member("csrf_token").len(), 64);
                assert_eq!(members.as_object().unwrap().len(), 4);
                let who = logged_user(&server, &cookie);
                assert_eq!(who.json(), json!({ "message": "joe" }));
                values.push(cookie);
            }
        }
    }
    // Each login has a session of its own.
    assert!(
        values
            .iter()
            .all(|value| logged_user(&server, value).status == 200)
    );
    let count = values.len();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), count);
}

// L1 (differs): by POST alone, H-22, and never with a password in the URL
pub(crate) fn l1_login_is_post_alone_and_reads_no_url(stage: Stage) {
    let (_, server) = joes(stage);
    let query = "usr=joe&pwd=p%C3%A4ssword%3Awith+a+colon";
    for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE"] {
        let request = Request::new(method, &format!("{LOGIN}?{query}"))
            .header("X-HTTP-Method-Override", "POST");
        let answer = server.send(&request);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"), "{method}");
        assert_eq!(answer.all("set-cookie"), Vec::<&str>::new());
    }
    let in_query = Request::post(&format!("{LOGIN}?{query}"));
    assert_refused(&server.send(&in_query), INCOMPLETE, "in the URL");
    let half = in_query.body(FORM, "usr=joe");
    assert_refused(&server.send(&half), INCOMPLETE, "half in the URL");
    let options = server.send(&Request::new("OPTIONS", LOGIN));
    assert_eq!(options.header("allow"), Some("POST, OPTIONS"));
}

// L1, P-26: exactly these attributes, and the prefix where there is https
pub(crate) fn l1_the_cookie_is_for_this_host_and_no_script(stage: Stage) {
    const WEEK: &str = "Max-Age=604800";
    let world = stage.world();
    world.user_with_password("joe");
    let full_name = "Ждана O'Neil; Domain=evil";
    world.user(NewUser::named("a@b.example").with_full_name(full_name));
    world.set_password("a@b.example");
    for (site, name, secure) in [
        (SITE, "sid", None),
        ("https://app.example/auth", "__Host-sid", Some("Secure")),
    ] {
        let public_url: PublicUrl = site.parse().unwrap();
        let auth = world.auth().sessions(&public_url);
        let server = stage
            .adapter()
            .serve_mounted(auth, world.endpoints().frappe());
        let answer = server.send(&login("a@b.example", PASSWORD));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.member("full_name"), full_name);
        let home_page = format!("{}/", public_url.path_prefix());
        assert_eq!(answer.member("home_page"), home_page);
        let cookies = Cookie::all(&answer);
        let quoted = "%D0%96%D0%B4%D0%B0%D0%BD%D0%B0%20O%27Neil%3B%20Domain%3Devil";
        let expected = [
            (name, None),
            ("user_id", Some("a%40b.example")),
            ("full_name", Some(quoted)),
            ("system_user", Some("yes")),
        ];
        assert_eq!(cookies.len(), expected.len());
        for (cookie, (name, value)) in cookies.iter().zip(expected) {
            assert_eq!(cookie.name, name);
            let mut attributes = vec![WEEK, "Path=/", "SameSite=Lax"];
            attributes.extend(secure);
            match value {
                Some(value) => assert_eq!(cookie.value, value),
                None => attributes.push("HttpOnly"),
            }
            attributes.sort_unstable();
            assert_eq!(cookie.attributes, attributes, "{name}");
        }
        assert!(cookies[0].value.starts_with("emp_ss_"));
        let cookie = format!("{name}={}", cookies[0].value);
        assert_eq!(logged_user(&server, &cookie).status, 200);
    }
}

// L2, L4 (differs, P-2): unknown, wrong, disabled, without a password
pub(crate) fn l2_l4_whoever_cannot_log_in_gets_one_answer(stage: Stage) {
    let (world, server) = joes(stage);
    world.user_with_password("gone");
    world.disable("gone");
    let first = server.send(&login("joe", "guess"));
    assert_refused(&first, INVALID, "wrong");
    for (username, password) in [
        ("nobody", "guess"),
        ("nobody", PASSWORD),
        ("gone", "guess"),
        ("gone", PASSWORD),
        ("ada", ""),
        ("ada", PASSWORD),
        ("a/b", "guess"),
        ("joe:x", "guess"),
        ("joe\0", PASSWORD),
        (&"x".repeat(10_000), "guess"),
    ] {
        if password.is_empty() {
            continue;
        }
        let answer = server.send(&login(username, password));
        assert_eq!(answer.comparable(), first.comparable(), "{username}");
    }
    assert_eq!(
        server
            .send(&Request::post("/api/v2/method/login").body(FORM, "usr=joe&pwd=x"))
            .json(),
        json!({
            "errors": [{
                "type": "AuthenticationError",
                "message": INVALID,
                "title": "Message",
                "indicator": "red",
            }],
            "message": INVALID,
        })
    );
}

// L3: what is missing, blank, no text, there twice or cannot be read
pub(crate) fn l3_incomplete_details_are_refused(stage: Stage) {
    let (_, server) = joes(stage);
    for body in [
        json!({}),
        json!({ "usr": "joe" }),
        json!({ "pwd": PASSWORD }),
        json!({ "usr": "", "pwd": PASSWORD }),
        json!({ "usr": "joe", "pwd": "" }),
        json!({ "usr": "joe", "pwd": null }),
        json!({ "usr": "joe", "pwd": 12_345_678 }),
        json!({ "usr": "joe", "pwd": [PASSWORD] }),
        json!({ "usr": { "$ne": "" }, "pwd": PASSWORD }),
        json!([{ "usr": "joe", "pwd": PASSWORD }]),
        json!("joe"),
    ] {
        assert_refused(
            &server.send(&json_body(&body)),
            INCOMPLETE,
            &body.to_string(),
        );
    }
    let good = "usr=joe&pwd=p%C3%A4ssword%3Awith+a+colon";
    for (content_type, body) in [
        (FORM, String::new()),
        (FORM, format!("{good}&usr=eve")),
        (FORM, format!("{good}&pwd=x")),
        (FORM, format!("{good}&x=%zz")),
        (JSON, "{\"usr\":\"joe\"".to_owned()),
        (
            JSON,
            format!("{{\"usr\":\"joe\",\"pwd\":\"{PASSWORD}\",\"usr\":\"eve\"}}"),
        ),
        ("text/plain", good.to_owned()),
        ("application/xml", "<usr>joe</usr>".to_owned()),
        ("", good.to_owned()),
    ] {
        let answer = server.send(&Request::post(LOGIN).body(content_type, &body));
        assert_refused(&answer, INCOMPLETE, &format!("{content_type}: {body}"));
    }
}

// L5, P-3: refused before anything is hashed
pub(crate) fn l5_a_password_that_is_too_long_is_refused_unhashed(stage: Stage) {
    let (_, server) = joes(stage);
    for _ in 0..20 {
        // Twenty do not count as guesses: nothing was looked at.
        let answer = server.send(&login("joe", &"x".repeat(4_097)));
        let message = "Password size exceeded the maximum allowed size";
        assert_refused(&answer, message, "4,097 bytes");
    }
    assert_refused(
        &server.send(&login("joe", &"x".repeat(4_096))),
        INVALID,
        "4,096 bytes",
    );
    let answer = server.send(&login("joe", &"x".repeat(100_000)));
    assert_eq!(answer.status, 413);
    assert_logged_in(&server.send(&login("joe", PASSWORD)));
}

// L6 (differs: 429, not 500), P-7, P-9: whichever way the name is written
pub(crate) fn l6_guessing_is_limited_and_says_until_when(stage: Stage) {
    let (world, server) = joes(stage);
    world.user_with_password("eve2");
    for name in [
        "joe", "JOE", "ｊoe", "Joe", "joe", "jOe", "joE", "joe", "JOe", "joe",
    ] {
        assert_refused(&server.send(&login(name, "guess")), INVALID, name);
    }
    for (name, password) in [("joe", "guess"), ("joe", PASSWORD), ("JOE", PASSWORD)] {
        let answer = server.send(&login(name, password));
        assert_eq!(answer.status, 429, "{name}");
        assert_eq!(answer.member("exc_type"), "TooManyRequestsError");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(answer.all("set-cookie"), Vec::<&str>::new());
    }
    assert_logged_in(&server.send(&login("eve2", PASSWORD)));
}

// L6, P-7: until there is room again
pub(crate) fn l6_after_a_minute_there_is_room_again(stage: Stage) {
    let (world, server) = joes(stage);
    for _ in 0..10 {
        assert_refused(&server.send(&login("joe", "guess")), INVALID, "joe");
    }
    assert_eq!(server.send(&login("joe", PASSWORD)).status, 429);
    world.clock.advance(std::time::Duration::from_secs(60));
    assert_logged_in(&server.send(&login("joe", PASSWORD)));
}

// P-8: guesses at once are counted one by one; P-9: whoever guesses elsewhere shuts nobody out at home
pub(crate) fn l6_many_guesses_at_once_are_all_counted(stage: Stage) {
    let world = stage.world();
    world.user_with_password("joe");
    let proxied = ClientAddress::behind(["127.0.0.0/8".parse().unwrap()]).unwrap();
    let auth = world.auth_with_sessions().client_address(proxied);
    let server = stage
        .adapter()
        .serve_mounted(auth, world.endpoints().frappe());
    let from =
        |address: &str, password: &str| login("joe", password).header("X-Forwarded-For", address);
    assert_logged_in(&server.send(&from("192.0.2.1", PASSWORD)));
    let address = server.address();
    let statuses = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..40)
            .map(|number| {
                let request = from(&format!("203.0.113.{number}"), "guess");
                scope.spawn(move || send_to(address, &request).status)
            })
            .collect();
        let statuses = guesses.into_iter().map(|guess| guess.join().unwrap());
        statuses.collect::<Vec<_>>()
    });
    let tried = statuses.iter().filter(|status| **status == 401).count();
    let limited = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!((tried, limited), (10, 30), "{statuses:?}");
    assert_eq!(server.send(&from("198.51.100.7", PASSWORD)).status, 429);
    assert_logged_in(&server.send(&from("192.0.2.1", PASSWORD)));
}

// L8 (differs, S28), P-11: a session comes in the cookie alone, and a login takes nobody's word for one
pub(crate) fn l8_a_session_in_the_url_or_a_form_is_not_read(stage: Stage) {
    let (world, server) = joes(stage);
    let sid = world.session("joe");
    let stranger = server.get(LOGGED_USER);
    for query in [format!("sid={sid}"), format!("__Host-sid={sid}")] {
        let get = server.get(&format!("{LOGGED_USER}?{query}"));
        assert_eq!(get.comparable(), stranger.comparable());
        let post = server.send(&Request::post(LOGGED_USER).body(FORM, &query));
        assert_eq!(post.status, 403);
    }
    for header in ["sid", "X-Frappe-Sid", "Authorization"] {
        let request = Request::get(LOGGED_USER).header(header, &sid);
        assert_ne!(server.send(&request).status, 200, "{header}");
    }
    let planted = world.session("joe");
    let body = json!({ "usr": "joe", "pwd": PASSWORD, "sid": planted });
    let own = assert_logged_in(&server.send(&json_body(&body)));
    assert_ne!(own, format!("sid={planted}"));
    assert_eq!(logged_user(&server, &format!("sid={planted}")).status, 200);
}

// P-11: what was in the browser before the login is another session, and has ended after it
pub(crate) fn p11_a_planted_session_ends_at_the_login(stage: Stage) {
    let (world, server) = joes(stage);
    world.set_password("eve");
    let planted = format!("sid={}", world.session("eve"));
    assert_eq!(logged_user(&server, &planted).member("message"), "eve");
    let with_cookie = |cookie: &str| login("joe", PASSWORD).header("Cookie", cookie);
    let own = assert_logged_in(&server.send(&with_cookie(&planted)));
    assert_ne!(own, planted);
    assert_eq!(logged_user(&server, &planted).status, 401);
    assert_eq!(logged_user(&server, &own).member("message"), "joe");
    // One's own session before is not used again, either.
    let next = assert_logged_in(&server.send(&with_cookie(&own)));
    assert_eq!(logged_user(&server, &own).status, 401);
    // A login that fails ends nothing.
    let failed = login("joe", "guess").header("Cookie", &next);
    assert_refused(&server.send(&failed), INVALID, "wrong");
    assert_eq!(logged_user(&server, &next).status, 200);
    // What is no session of ours is no matter, nor is one whose secret nobody showed.
    let victim = world.session("eve");
    let (id, rest) = victim.split_at(18);
    let forged = format!("sid={id}{}", rest.chars().rev().collect::<String>());
    for nothing in [&*forged, "sid=Guest", "sid=", "sid=x; sid=y", "sid=\"\""] {
        assert_logged_in(&server.send(&with_cookie(nothing)));
    }
    assert_eq!(logged_user(&server, &format!("sid={victim}")).status, 200);
}

// P-14: another site's page logs nobody in as somebody of its choice
pub(crate) fn p14_another_sites_page_logs_nobody_in(stage: Stage) {
    let (_, server) = joes(stage);
    for (name, value, allowed) in [
        ("Sec-Fetch-Site", "cross-site", false),
        ("Sec-Fetch-Site", "same-site", false),
        ("Origin", "http://evil.example", false),
        ("Origin", "https://app.example", false),
        ("Origin", "null", false),
        ("Referer", "http://evil.example/http://app.example/", false),
        ("Sec-Fetch-Site", "same-origin", true),
        ("Sec-Fetch-Site", "none", true),
        ("Origin", SITE, true),
        ("Referer", "http://app.example/login", true),
    ] {
        let answer = server.send(&login("joe", PASSWORD).header(name, value));
        if allowed {
            assert_logged_in(&answer);
        } else {
            assert_eq!(answer.status, 400, "{name}: {value}");
            assert_eq!(answer.member("exc_type"), "CSRFTokenError");
            assert_eq!(answer.all("set-cookie"), Vec::<&str>::new());
        }
    }
}

// L1: a stale cookie or header keeps nobody from logging in
pub(crate) fn l1_what_is_stale_keeps_nobody_from_logging_in(stage: Stage) {
    let (_, server) = joes(stage);
    for (name, value) in [
        ("Cookie", "sid=emp_ss_stale"),
        ("Authorization", "token a:b"),
        ("Authorization", "Basic !"),
        ("X-Frappe-CSRF-Token", "None"),
    ] {
        assert_logged_in(&server.send(&login("joe", PASSWORD).header(name, value)));
    }
}

// L1: `POST /` with `cmd=login`, byte for byte as the frappe-client of PyPI sends it, and what it does then
pub(crate) fn l1_an_older_client_logs_in_at_the_root(stage: Stage) {
    let (_, server) = joes(stage);
    let client = |request: Request| {
        request
            .header("User-Agent", "python-requests/2.32.5")
            .header("Accept-Encoding", "gzip, deflate")
            .header("Connection", "keep-alive")
    };
    let login = client(Request::post("/")).header("Accept", "application/json");
    let answer =
        server.send(&login.body(FORM, "cmd=login&usr=joe&pwd=p%C3%A4ssword%3Awith+a+colon"));
    assert_logged_in(&answer);
    // It sends its jar and nothing of a page: `get_api` and `post_api`.
    for request in [
        Request::get(&format!("{LOGGED_USER}/")),
        Request::post(&format!("{LOGGED_USER}/")).header("Content-Length", "0"),
    ] {
        let request = Cookie::send_back(&answer, client(request).header("Accept", "*/*"));
        assert_eq!(server.send(&request).member("message"), "joe");
    }
    for body in [
        "cmd=logout",
        "cmd=frappe.client.delete",
        "cmd=login&cmd=login",
        "",
        "usr=joe",
    ] {
        let answer = server.send(&client(Request::post("/")).body(FORM, body));
        assert_eq!(answer.status, 404, "{body}");
        assert!(
            !answer.member("exc").is_empty(),
            "the client sees errors by it"
        );
    }
    // Where there is a page at the root, it is a page.
    let (status, allow) = match stage {
        Stage::Application(..) => (405, Some("POST, OPTIONS")),
        Stage::Program => (200, None),
    };
    for request in [
        Request::get("/?cmd=logout"),
        Request::get("/?cmd=login&usr=joe&pwd=x"),
    ] {
        let read = server.send(&Cookie::send_back(&answer, client(request)));
        assert_eq!((read.status, read.header("allow")), (status, allow));
        assert_eq!(read.all("set-cookie"), Vec::<&str>::new());
        let who = server.send(&Cookie::send_back(&answer, Request::get(LOGGED_USER)));
        assert_eq!(who.member("message"), "joe");
    }
    let wrong = client(Request::post("/")).body(FORM, "cmd=login&usr=joe&pwd=x");
    assert_refused(&server.send(&wrong), INVALID, "at the root");
}

// Off unless it is switched on
pub(crate) fn without_sessions_there_is_no_login(stage: Stage) {
    let world = stage.world();
    world.user_with_password("joe");
    for auth in [world.auth(), world.auth().session_cookie("sid")] {
        let server = stage
            .adapter()
            .serve_mounted(auth, world.endpoints().frappe());
        for path in [LOGIN, "/api/method/logout", "/api/v2/method/login/"] {
            let request = Request::post(path).body(FORM, "usr=joe&pwd=x");
            assert!(matches!(server.send(&request).status, 401 | 404), "{path}");
        }
        assert_eq!(server.get("/api/method/ping").status, 200);
    }
}
