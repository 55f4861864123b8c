//! What a browser session opens, and when it ends: L9 to L13; H-17, K-11, P-12, P-14, P-15.

use std::time::Duration;

use empress_auth_core::{NewToken, SYSTEM_MANAGER, UserChange};
use empress_auth_tests::{
    Answer, Connection, Cookie, Frame, PASSWORD, Request, SITE, Server, Stage, WebSocket, World,
};
use serde_json::json;

const LOGIN: &str = "/api/method/login";
const LOGOUT: &str = "/api/method/logout";
const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Joe and Boss, a System Manager, who have passwords; all endpoints, and the application beside them where there is one.
struct Site {
    world: World,
    server: Server,
    /// A route whose refusals are not in Frappe's shape: the application's, if there is one.
    plain: &'static str,
    /// Routes that take a POST.
    posts: &'static [&'static str],
}

fn site(stage: Stage) -> Site {
    let world = stage.world();
    world.user_with_password("joe");
    world.user_with_password("boss");
    let mut change = UserChange::default();
    change.roles = Some(vec![SYSTEM_MANAGER.into()]);
    let operator = empress_auth_core::Actor::assert_local_operator();
    empress_auth_tests::wait(world.accounts().update(operator, "boss", change)).unwrap();
    match stage {
        Stage::Application(adapter, _) => Site {
            server: adapter.serve_mounted(world.auth_with_sessions(), world.endpoints().all()),
            world,
            plain: "/",
            posts: &["/", LOGGED_USER],
        },
        Stage::Program => Site {
            server: stage.serve_endpoints(&world),
            world,
            plain: "/api/v1/me",
            posts: &[LOGGED_USER],
        },
    }
}

impl Site {
    /// What `name`'s login answers.
    fn log_in(&self, name: &str) -> Answer {
        let body = json!({ "usr": name, "pwd": PASSWORD }).to_string();
        let answer = self.server.send(&Request::post(LOGIN).body(JSON, body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    fn session(&self, name: &str) -> String {
        format!("sid={}", Cookie::named("sid", &self.log_in(name)).value)
    }

    fn get(&self, cookie: &str, path: &str) -> Answer {
        self.server
            .send(&Request::get(path).header("Cookie", cookie))
    }

    #[track_caller]
    fn assert_alive(&self, cookie: &str) {
        assert_eq!(self.get(cookie, LOGGED_USER).status, 200);
        assert_eq!(self.get(cookie, self.plain).status, 200);
    }

    /// Refused everywhere, and taken out of the browser.
    #[track_caller]
    fn assert_ended(&self, cookie: &str) {
        let answer = self.get(cookie, LOGGED_USER);
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert_eq!(answer.member("exc_type"), "SessionExpired");
        assert_eq!(answer.json()["session_expired"], 1);
        let plain = self.get(cookie, self.plain);
        assert_eq!(
            (plain.status, plain.member("code").as_str()),
            (401, "session_ended")
        );
        for answer in [answer, plain] {
            let cleared = Cookie::named("sid", &answer);
            assert!(cleared.is_cleared());
            assert_eq!(
                cleared.attributes,
                ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax"]
            );
            assert!(!answer.challenges().is_empty());
        }
    }
}

// L9 (differs: by POST alone), P-12, P-14
pub(crate) fn l9_a_logout_ends_the_session_at_once(stage: Stage) {
    let site = site(stage);
    for path in [LOGOUT, "/api/v1/method/logout", "/api/v2/method/logout/"] {
        let (mine, other) = (site.session("joe"), site.session("joe"));
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let answer = site
                .server
                .send(&Request::new(method, path).header("Cookie", &mine));
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, Some("POST, OPTIONS"))
            );
        }
        let logout = Request::post(path).header("Cookie", &mine);
        let foreign = logout.clone().header("Sec-Fetch-Site", "cross-site");
        assert_eq!(site.server.send(&foreign).status, 400);
        site.assert_alive(&mine);

        let answer = site.server.send(&logout);
        assert_eq!((answer.status, answer.text()), (200, "{}"));
        let cleared = Cookie::all(&answer);
        let names: Vec<&str> = cleared.iter().map(|cookie| &*cookie.name).collect();
        assert_eq!(names, ["sid", "user_id", "full_name", "system_user"]);
        assert!(cleared.iter().all(Cookie::is_cleared));
        site.assert_ended(&mine);
        site.assert_alive(&other);
        assert_eq!(site.server.send(&logout).status, 401);
    }
    let nobody = site.server.send(&Request::post(LOGOUT));
    assert_eq!((nobody.status, nobody.text()), (200, "{}"));
    assert_eq!(nobody.header("set-cookie"), None);
    // A browser keeps the session's cookie from another site's page, which must not take it for ended.
    let foreign = Request::post(LOGOUT).header("Sec-Fetch-Site", "cross-site");
    assert_eq!(site.server.send(&foreign).status, 400);
    // Nor is a wrong credential nobody's.
    let mine = site.session("joe");
    let wrong = Request::post(LOGOUT)
        .authorization("token wrong:wrong")
        .header("Cookie", &mine);
    assert_eq!(site.server.send(&wrong).status, 401);
    site.assert_alive(&mine);
    // Who comes with a key ends the session that is shown beside it: its cookie goes.
    let joes = site.session("joe");
    let pair = site.world.keys("joe");
    let keys = format!("token {pair}");
    let by_key = Request::post(LOGOUT)
        .authorization(&keys)
        .header("Cookie", &joes);
    let foreign = by_key.clone().header("Sec-Fetch-Site", "cross-site");
    assert_eq!(site.server.send(&foreign).status, 400);
    site.assert_alive(&joes);
    let basic = empress_auth_tests::basic(pair);
    let foreign = Request::post(LOGOUT)
        .authorization(&basic)
        .header("Sec-Fetch-Site", "cross-site");
    assert_eq!(site.server.send(&foreign).status, 400);
    assert_eq!(site.server.send(&by_key).status, 200);
    site.assert_ended(&joes);
    assert_eq!(site.server.get_as(LOGGED_USER, &keys).status, 200);
}

// P-12: sixteen requests at once across the logout; whoever asks after its answer is refused
pub(crate) fn p12_nobody_gets_in_after_the_logout_was_answered(stage: Stage) {
    use std::sync::atomic::{AtomicBool, Ordering};
    let site = site(stage);
    let address = site.server.address();
    for _ in 0..3 {
        let cookie = &*site.session("joe");
        let ended = &AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(move || {
                    let mut connection = Connection::open(address);
                    loop {
                        let is_late = ended.load(Ordering::SeqCst);
                        let request = Request::get(LOGGED_USER).header("Cookie", cookie);
                        connection.write(&request.to_bytes());
                        let status = connection.answer().expect("an answer").status;
                        assert!(status == 401 || (status == 200 && !is_late), "{status}");
                        if is_late {
                            return;
                        }
                    }
                });
            }
            let logout = Request::post(LOGOUT).header("Cookie", cookie);
            let answer = site.server.send(&logout);
            ended.store(true, Ordering::SeqCst);
            assert_eq!(answer.status, 200);
        });
    }
}

// K-11, P-12: what ends them all, and that nothing brings one back
pub(crate) fn k11_every_session_ends_with_the_password_and_the_user(stage: Stage) {
    let site = site(stage);
    let sessions = |name| [site.session(name), site.session(name)];
    let bystander = site.session("boss");

    let with_password = sessions("joe");
    site.assert_alive(&with_password[0]);
    site.world.set_password("joe");
    with_password
        .iter()
        .for_each(|cookie| site.assert_ended(cookie));

    let with_user = sessions("joe");
    site.assert_alive(&with_user[0]);
    site.world.disable("joe");
    with_user
        .iter()
        .for_each(|cookie| site.assert_ended(cookie));
    site.world.enable("joe");
    with_user
        .iter()
        .for_each(|cookie| site.assert_ended(cookie));

    let with_namesake = sessions("joe");
    site.assert_alive(&with_namesake[0]);
    site.world.delete("joe");
    with_namesake
        .iter()
        .for_each(|cookie| site.assert_ended(cookie));
    site.world.user_with_password("joe");
    with_namesake
        .iter()
        .for_each(|cookie| site.assert_ended(cookie));
    site.assert_alive(&bystander);
    site.assert_alive(&site.session("joe"));
}

// L10 (as newer versions: 401): left alone for half a day, or a week old
pub(crate) fn l10_a_session_that_has_ended_says_so_and_is_cleared(stage: Stage) {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let site = site(stage);
    let (left_alone, used) = (site.session("joe"), site.session("joe"));
    site.world.clock.advance(HOUR * 11);
    site.assert_alive(&used);
    site.world.clock.advance(HOUR);
    site.assert_ended(&left_alone);
    for _ in 0..14 {
        site.assert_alive(&used);
        site.world.clock.advance(HOUR * 11);
    }
    site.assert_alive(&used);
    site.world.clock.advance(HOUR + HOUR);
    site.assert_ended(&used);

    for never in ["sid=emp_ss_wrong", "sid=Guest", "sid=x"] {
        site.assert_ended(never);
    }
    let api_token = site.world.token("joe");
    site.assert_ended(&format!("sid={api_token}"));
    // A page for everybody is no page for a credential that has ended; once it is cleared, it is.
    assert_eq!(site.get(&used, "/api/method/ping").status, 401);
    assert_eq!(site.get("user_id=joe", "/api/method/ping").status, 200);
}

// L11, P-15: the token of the session, in the header or where a form has it, and no other
pub(crate) fn l11_the_sessions_own_token_lets_a_page_write(stage: Stage) {
    let site = site(stage);
    let answer = site.log_in("joe");
    let token = answer.member("csrf_token");
    let others = site.log_in("joe").member("csrf_token");
    // A page whose origin is not ours to know: the token alone decides.
    let post = |path: &str| {
        let request = Request::post(path).header("Origin", "null");
        Cookie::send_back(&answer, request)
    };
    let wrong = [
        "",
        " ",
        "None",
        "null",
        "[]",
        &others,
        &token[1..],
        &token.to_uppercase(),
    ];
    for path in [LOGGED_USER, "/api/v2/method/frappe.auth.get_logged_user"] {
        let header = |value: &str| post(path).header("X-Frappe-CSRF-Token", value);
        assert_eq!(site.server.send(&header(&token)).status, 200);
        assert_eq!(site.server.send(&post(path)).status, 400);
        for wrong in wrong {
            let refused = site.server.send(&header(wrong));
            assert_eq!(refused.status, 400, "{wrong}");
            assert!(refused.text().contains("CSRFTokenError"));
            // Also where the page is ours: a token that is shown must be right.
            let own = Request::post(path)
                .header("Origin", SITE)
                .header("X-Frappe-CSRF-Token", wrong);
            assert_eq!(
                site.server.send(&Cookie::send_back(&answer, own)).status,
                400
            );
        }
        assert_eq!(
            site.server
                .send(&header(&token).header("X-Frappe-CSRF-Token", &token))
                .status,
            400
        );

        let multipart = |token: &str| {
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{token}\r\n--x--\r\n"
            )
        };
        for (content_type, right, wrong) in [
            (
                FORM,
                format!("csrf_token={token}"),
                format!("csrf_token={others}"),
            ),
            (
                FORM,
                format!("a=b&csrf_token={token}"),
                "csrf_token=".to_owned(),
            ),
            (
                FORM,
                format!("csrf_token={token}"),
                format!("csrf_token={token}&csrf_token={token}"),
            ),
            (
                FORM,
                format!("csrf_token={token}"),
                format!("csrf_token[]={token}"),
            ),
            (
                JSON,
                json!({ "csrf_token": token }).to_string(),
                json!({ "csrf_token": null }).to_string(),
            ),
            (
                JSON,
                json!({ "csrf_token": token }).to_string(),
                json!({ "csrf_token": [token] }).to_string(),
            ),
            (
                "multipart/form-data; boundary=x",
                multipart(&token),
                multipart(&others),
            ),
        ] {
            let right = site.server.send(&post(path).body(content_type, &right));
            assert_eq!(right.status, 200, "{content_type}: {}", right.text());
            let refused = site.server.send(&post(path).body(content_type, &wrong));
            assert_eq!(refused.status, 400, "{content_type}: {wrong}");
        }
        let in_query = format!("{path}?csrf_token={token}");
        assert_eq!(site.server.send(&post(&in_query)).status, 400);
    }
}

// L11: on the application's own routes the body is its own, and the header alone counts
pub(crate) fn l11_the_body_of_an_application_is_not_looked_into(stage: Stage) {
    let site = site(stage);
    let answer = site.log_in("joe");
    let token = answer.member("csrf_token");
    let post = |path: &str| {
        let request = Request::post(path).header("Origin", "null");
        Cookie::send_back(&answer, request)
    };
    let own = site.server.send(
        &post("/")
            .header("X-Frappe-CSRF-Token", &token)
            .body("text/plain", "x"),
    );
    assert_eq!((own.status, own.text()), (200, "joe 1"));
    let own = site
        .server
        .send(&post("/").body(FORM, format!("csrf_token={token}")));
    assert_eq!(
        (own.status, own.member("code").as_str()),
        (403, "csrf_failed")
    );
}

// L12, P-14, S24: what a browser says of the page decides; who says nothing is no browser
pub(crate) fn l12_a_cookie_writes_for_our_pages_and_for_no_browser(stage: Stage) {
    let site = site(stage);
    let cookie = site.session("joe");
    for (fields, allowed) in [
        (&[][..], true),
        (
            &[("User-Agent", "python-requests/2.32.5"), ("Accept", "*/*")],
            true,
        ),
        (&[("Sec-Fetch-Site", "same-origin")], true),
        (&[("Sec-Fetch-Site", "none")], true),
        (&[("Sec-Fetch-Site", "cross-site")], false),
        (&[("Sec-Fetch-Site", "same-site")], false),
        (
            &[
                ("Sec-Fetch-Site", "same-origin"),
                ("Sec-Fetch-Site", "cross-site"),
            ],
            false,
        ),
        (&[("Origin", SITE)], true),
        (&[("Origin", "https://app.example")], false),
        (&[("Origin", "http://app.example:8080")], false),
        (&[("Origin", "http://evil.example")], false),
        (&[("Origin", "null")], false),
        (&[("Origin", "")], false),
        (
            &[("Origin", SITE), ("Origin", "http://evil.example")],
            false,
        ),
        (&[("Referer", "http://app.example/page")], true),
        (
            &[("Referer", "http://evil.example/?http://app.example/")],
            false,
        ),
        (
            &[
                ("Origin", "http://evil.example"),
                ("Referer", "http://app.example/"),
            ],
            false,
        ),
        (
            &[
                ("Origin", "http://evil.example"),
                ("X-HTTP-Method-Override", "GET"),
            ],
            false,
        ),
        (
            &[
                ("Origin", "http://evil.example"),
                ("X-Forwarded-Host", "evil.example"),
            ],
            false,
        ),
    ] {
        for &path in site.posts {
            let request = Request::post(path).header("Cookie", &cookie);
            let request = fields.iter().fold(request, |request, (name, value)| {
                request.header(name, value)
            });
            let answer = site.server.send(&request.body("text/plain", "x"));
            let expected = match (allowed, path) {
                (true, _) => 200,
                (false, "/") => 403,
                (false, _) => 400,
            };
            assert_eq!(
                answer.status,
                expected,
                "{path} {fields:?}: {}",
                answer.text()
            );
        }
    }
}

// L12 (differs, S23), H-17: a credential in the field decides, and the cookie is not looked at
pub(crate) fn l12_a_credential_in_the_header_decides_over_the_session(stage: Stage) {
    let site = site(stage);
    let cookie = site.session("joe");
    let own = format!("token {}", site.world.keys("joe"));
    let boss = format!("Bearer {}", site.world.token("boss"));
    for &path in site.posts {
        for (value, status, who) in [
            (&*own, 200, "joe"),
            (&boss, 200, "boss"),
            ("token a:b", 401, ""),
            ("Bearer nope", 401, ""),
            ("Digest abc", 401, ""),
            ("Bearer", 401, ""),
        ] {
            for foreign in [false, true] {
                let request = Request::post(path)
                    .header("Cookie", &cookie)
                    .authorization(value);
                let request = if foreign {
                    request.header("Sec-Fetch-Site", "cross-site")
                } else {
                    request
                };
                let answer = site.server.send(&request.body("text/plain", "x"));
                assert_eq!(answer.status, status, "{path} {value}");
                assert!(answer.text().contains(who));
            }
        }
    }
}

// L13: a token alone needs no evidence, wherever the page lies
pub(crate) fn l13_a_token_alone_needs_no_evidence(stage: Stage) {
    let site = site(stage);
    let keys = format!("token {}", site.world.keys("joe"));
    for site_of_page in ["cross-site", "same-site", "same-origin"] {
        let request = Request::post(LOGGED_USER)
            .authorization(&keys)
            .header("Sec-Fetch-Site", site_of_page)
            .header("Origin", "http://evil.example");
        assert_eq!(site.server.send(&request).member("message"), "joe");
    }
}

// P-14, H-17: a session may what its user may, through every face; by POST with evidence, and GET changes nothing
pub(crate) fn a_session_does_what_its_user_may(stage: Stage) {
    let site = site(stage);
    let (joe, boss) = (site.session("joe"), site.session("boss"));
    let me = site.get(&joe, "/api/v1/me").json();
    assert_eq!(
        (&me["username"], &me["credential"]["kind"]),
        (&json!("joe"), &json!("session"))
    );
    let create = |cookie: &str| {
        Request::post("/api/v1/tokens")
            .header("Cookie", cookie)
            .header("Origin", SITE)
            .body(JSON, json!({ "name": "ci" }).to_string())
    };
    let made = site.server.send(&create(&joe));
    assert_eq!(made.status, 201, "{}", made.text());
    // It outlives the session that it was made in.
    assert_eq!(made.json()["expires_at"], json!(null));
    assert_eq!(made.json()["idle_timeout_secs"], json!(null));
    let token = format!("Bearer {}", made.member("token"));
    let logout = Request::post(LOGOUT).header("Cookie", &joe);
    assert_eq!(site.server.send(&logout).status, 200);
    assert_eq!(site.server.send(&create(&joe)).status, 401);
    assert!(
        site.server
            .get_as(site.plain, &token)
            .text()
            .contains("joe")
    );

    let generate = "/api/method/frappe.core.doctype.user.user.generate_keys";
    let post = |cookie: &str| {
        Request::post(generate)
            .header("Cookie", cookie)
            .header("Origin", SITE)
            .body(FORM, "user=joe")
    };
    assert_eq!(site.server.send(&post(&boss)).status, 200);
    assert_eq!(site.server.send(&post(&site.session("joe"))).status, 403);
    assert_eq!(site.get(&boss, &format!("{generate}?user=joe")).status, 403);
}

// Pages and Frappe's login set the same cookie, which the application's own routes read
pub(crate) fn the_applications_own_routes_know_the_session(stage: Stage) {
    let site = site(stage);
    let known = site.get(&site.session("joe"), "/whoami");
    assert!(
        known
            .text()
            .contains("user: joe\nroles: \nproof: session\n")
    );
}

// H-25, P-12: a socket ends with the session, and another site's page opens none
pub(crate) fn a_live_websocket_closes_at_the_logout(stage: Stage) {
    let site = site(stage);
    let cookie = site.session("joe");
    let request = || WebSocket::request("/ws").header("Cookie", &cookie);
    for (name, value) in [
        ("Origin", "http://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
    ] {
        let refused = WebSocket::open(&site.server, &request().header(name, value));
        assert_eq!(refused.expect_err("refused").status, 403);
    }
    let own = request().header("Origin", SITE);
    let mut socket = WebSocket::open(&site.server, &own).expect("a websocket");
    socket.send("who am I?");
    assert_eq!(socket.receive(), Some(Frame::Text("joe".to_owned())));
    let logout = Request::post(LOGOUT).header("Cookie", &cookie);
    assert_eq!(site.server.send(&logout).status, 200);
    assert!(matches!(socket.receive(), Some(Frame::Close) | None));
}

// H-16: a session's value opens nothing but through its cookie, and no other value is a session
pub(crate) fn a_session_is_no_token_and_a_token_no_session(stage: Stage) {
    let site = site(stage);
    let cookie = site.session("joe");
    let value = cookie.trim_start_matches("sid=");
    for field in [
        format!("Token {value}"),
        format!("Bearer {value}"),
        empress_auth_tests::basic(format!("{value}:")),
        empress_auth_tests::basic(format!("joe:{value}")),
    ] {
        assert_eq!(
            site.server.get_as(site.plain, &field).status,
            401,
            "{field}"
        );
    }
    let api_token = site.world.token_of("joe", NewToken::named("x"));
    site.assert_ended(&format!("sid={api_token}"));
    site.assert_ended(&format!("sid={}", value.replace("emp_ss_", "emp_pat_")));
    for tossed in [format!("{cookie}; {cookie}"), format!("sid=x; {cookie}")] {
        assert_eq!(site.get(&tossed, site.plain).status, 400);
    }
    site.assert_alive(&format!("a=b; {cookie}; c=d"));
}
