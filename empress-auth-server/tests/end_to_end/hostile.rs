//! Who means harm at the program: a client, a page in the user's browser, another user, and whoever found something.

use std::collections::BTreeMap;

use empress_auth_tests::{Answer, Callback, Cookie, Form, Request, Step, basic, encode, send_to};
use serde_json::{Value, json};

use crate::party::{CALLBACK, FORM, PASSWORD, Party, Tokens, assert_refused, program};
use crate::support::{Place, Serving};

/// Two users, each with a client; the clients' users are asked.
struct Town {
    place: Place,
    serving: Serving,
    ada: Party,
    eve: Party,
}

impl Town {
    fn new() -> Self {
        let (place, serving) = program();
        let create = ["user", "create", "eve", "--password-stdin"];
        place.run_with_input(&create, PASSWORD.as_bytes()).done();
        let ada = Party::at_program(&place, &serving, "ada");
        let eve = Party::at_program(&place, &serving, "eve");
        let asked = |party: &Party, name: &str| {
            let create = ["client", "create", name, "--redirect-uri", CALLBACK];
            let made = place.json(&create);
            let text = |member: &str| made[member].as_str().unwrap().to_owned();
            Party {
                id: text("client_id"),
                secret: text("client_secret"),
                ..party.clone()
            }
        };
        Self {
            ada: asked(&ada, "Ada's"),
            eve: asked(&eve, "<b>Eve's</b> \"'&"),
            place,
            serving,
        }
    }

    fn send(&self, request: &Request) -> Answer {
        send_to(self.serving.address, request)
    }
}

/// What a browser with this session sends, and from where.
fn from(party: &Party, request: Request, site: &str) -> Request {
    request
        .header("Cookie", &party.session)
        .header("Accept", "text/html")
        .header("Sec-Fetch-Site", site)
}

/// A form with another decision.
fn posting(form: &Form, more: &[(&str, &str)]) -> Request {
    let form = more
        .iter()
        .fold(form.clone(), |form, (name, value)| form.with(name, value));
    let fields = form.pairs();
    Request::post(&form.action).body(FORM, encode(&fields))
}

fn code_of(answer: &Answer) -> String {
    Callback::of(answer).code().to_owned()
}

// O-42, O-45, P-15: a page that was shown to one is no use to another, nor to a page of another site
#[test]
fn nobody_decides_for_somebody_else() {
    let town = Town::new();
    let (ada, eve) = (&town.ada, &town.eve);
    let evil = eve.authorize(&[("prompt", "consent")]);
    let page = ada.authorize(&[]);
    let (evil, form) = (Form::on(&evil), Form::on(&page));
    // Eve's request, made in her session, in ada's browser; with what eve can know of ada, and with what she cannot.
    for (request, who) in [
        (posting(&evil, &[("decision", "allow")]), ada),
        (
            posting(
                &evil,
                &[
                    ("decision", "allow"),
                    ("csrf_token", form.field("csrf_token")),
                ],
            ),
            ada,
        ),
        (posting(&form, &[("decision", "allow")]), eve),
        (
            posting(
                &form,
                &[
                    ("decision", "allow"),
                    ("csrf_token", evil.field("csrf_token")),
                ],
            ),
            eve,
        ),
    ] {
        for site in ["same-origin", "cross-site"] {
            let answer = town.send(&from(who, request.clone(), site));
            assert!(matches!(answer.status, 400 | 403), "{answer:?}");
            assert_eq!(answer.header("location"), None);
        }
    }
    // Ada's own form, sent by a page that somehow learnt it.
    let sent = from(ada, posting(&form, &[("decision", "allow")]), "cross-site");
    let answer = town.send(&sent.header("Origin", "https://evil.example"));
    assert_eq!(answer.header("location"), None, "{answer:?}");
    let allowed = town.send(&from(
        ada,
        posting(&form, &[("decision", "allow")]),
        "same-origin",
    ));
    let code = code_of(&allowed);
    assert_refused(&town.send(&eve.redeeming(&code)));
    assert_eq!(town.send(&ada.redeeming(&code)).status, 200);
}

// O-36, P-14: any page can send a browser somewhere
#[test]
fn a_page_elsewhere_ends_no_session_and_begins_none() {
    let town = Town::new();
    for request in [
        Request::get("/oauth/logout"),
        Request::get(&format!("/oauth/logout?client_id={}", town.eve.id)),
        Request::get("/oauth/logout?post_logout_redirect_uri=https://evil.example/"),
        Request::post("/oauth/logout").body(FORM, "state=x"),
        Request::get("/api/method/logout"),
    ] {
        let answer = town.send(&from(&town.ada, request, "cross-site"));
        assert_ne!(answer.header("location"), Some("https://evil.example/"));
        let me = Request::get("/api/v1/me").header("Cookie", &town.ada.session);
        assert_eq!(town.send(&me).status, 200, "{answer:?}");
    }
    let page = town.send(&Request::get("/login").header("Accept", "text/html"));
    let filled = [("username", "eve"), ("password", PASSWORD)];
    let form = Form::on(&page);
    let foreign = posting(&form, &filled).header("Sec-Fetch-Site", "cross-site");
    for request in [foreign.clone(), Cookie::send_back(&page, foreign)] {
        let answer = town.send(&request);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(
            Cookie::all(&answer)
                .iter()
                .all(|cookie| cookie.name != "sid")
        );
    }
}

// O-26, O-30, P-16, P-17, S32, AS-9700-10: what pages show, and to whom their URLs go
#[test]
fn no_page_runs_frames_leaks_or_believes_anything() {
    let town = Town::new();
    let eve = &town.eve;
    let state = "\"><script>alert(1)</script>\r\nSet-Cookie: a=b";
    let hint = ("login_hint", state);
    let shown = eve.authorize(&[("state", state), hint, ("prompt", "consent")]);
    assert!(
        shown.text().contains("Eve&#") || shown.text().contains("Eve&"),
        "{shown:?}"
    );
    let login = eve.authorize(&[("state", state), hint, ("prompt", "login")]);
    let path = login.header("location").unwrap();
    let path = path
        .strip_prefix(&format!("http://{}", eve.address))
        .unwrap_or(path);
    let login_page = town.send(&Request::get(path).header("Accept", "text/html"));
    let refused = eve.authorize(&[("redirect_uri", state)]);
    let posted = eve.authorize(&[
        ("response_mode", "form_post"),
        ("state", state),
        ("scope", "x"),
    ]);
    for page in [&shown, &login_page, &refused, &posted] {
        assert!(
            !page.text().contains("<script>") && !page.text().contains("<b>"),
            "{page:?}"
        );
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(page.header("x-frame-options"), Some("DENY"));
    }
    let back = eve.authorize(&[("state", state), ("scope", "x")]);
    for answer in [&shown, &login, &login_page, &refused, &posted, &back] {
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{answer:?}"
        );
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{answer:?}"
        );
        assert!(Cookie::all(answer).iter().all(|cookie| cookie.name != "a"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let callback = Callback::of(&back);
    assert_eq!(callback.get("state"), Some(state));
    // Only the client's own URL ever has a code in it.
    let form = Form::on(&shown);
    let allowed = town.send(&from(
        eve,
        posting(&form, &[("decision", "allow")]),
        "same-origin",
    ));
    let code = code_of(&allowed);
    assert!(allowed.body.is_empty() && Cookie::all(&allowed).is_empty());
    assert!(
        allowed
            .header("location")
            .unwrap()
            .starts_with(&format!("{CALLBACK}?code={code}"))
    );
}

// J-25, O-39, K-1: every secret is for one thing
#[test]
fn a_secret_is_good_in_its_own_place_alone() {
    let town = Town::new();
    let ada = Party::at_program(&town.place, &town.serving, "ada");
    let code = code_of(&ada.authorize(&[("scope", "all openid")]));
    let answer = town.send(&ada.redeeming(&code));
    let tokens = Tokens::of(&answer);
    let unused = ada.code();
    let form = Form::on(&town.ada.authorize(&[]));
    let pat = town.place.json(&["token", "create", "ada"]);
    let session = ada.session.trim_start_matches("sid=").to_owned();
    let secrets: BTreeMap<&str, String> = [
        ("access", tokens.access.clone()),
        ("refresh", tokens.refresh.clone()),
        ("id", answer.member("id_token")),
        ("code", unused),
        ("client", ada.secret.clone()),
        ("session", session),
        ("pat", pat["token"].as_str().unwrap().to_owned()),
        ("csrf", form.field("csrf_token").to_owned()),
        ("sealed", form.field("request").to_owned()),
    ]
    .into();
    let opens = |request: Request| town.send(&request).status == 200;
    let me = || Request::get("/api/v1/me");
    for (&kind, secret) in &secrets {
        let bearer = opens(me().authorization(format!("Bearer {secret}")));
        assert_eq!(bearer, ["access", "pat"].contains(&kind), "Bearer {kind}");
        let cookie = opens(me().header("Cookie", format!("sid={secret}")));
        assert_eq!(cookie, kind == "session", "cookie {kind}");
        for parameter in ["access_token", "token", "sid"] {
            let target = format!("/api/v1/me?{parameter}={secret}");
            assert!(!opens(Request::get(&target)), "{parameter}={kind}");
        }
        let post = |path: &str, fields: &[(&str, &str)]| town.send(&ada.asking(path, fields));
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &**secret),
        ];
        if kind != "refresh" {
            assert_refused(&post("/oauth/token", &refresh));
        }
        let redeem = [("grant_type", "authorization_code"), ("code", &**secret)];
        let redeem = [&redeem[..], &[("redirect_uri", CALLBACK)]].concat();
        if kind != "code" {
            assert_refused(&post("/oauth/token", &redeem));
        }
        let seen = post("/oauth/introspect", &[("token", &**secret)]).json();
        let is_token = ["access", "refresh"].contains(&kind);
        assert_eq!(seen["active"], json!(is_token), "introspected {kind}");
        if !is_token {
            assert_eq!(seen, json!({ "active": false }), "introspected {kind}");
            assert_eq!(post("/oauth/revoke", &[("token", &**secret)]).status, 200);
        }
        if kind != "client" {
            let request = Request::post("/oauth/introspect").body(FORM, "token=x");
            let request = request.authorization(basic(format!("{}:{secret}", ada.id)));
            assert_eq!(town.send(&request).status, 401, "client secret {kind}");
        }
    }
    // Revoking what is no token revoked nothing.
    assert!(ada.opens(&tokens.access));
    assert!(opens(me().header("Cookie", &ada.session)));
    let pat = format!("Bearer {}", secrets["pat"]);
    assert!(opens(me().authorization(pat)));
    assert_eq!(town.send(&ada.redeeming(&secrets["code"])).status, 200);
}

// O-18, O-22: a client gets no more, and for no longer, than what it was granted
#[test]
fn a_grant_does_not_grow() {
    let town = Town::new();
    let ada = Party::at_program(&town.place, &town.serving, "ada");
    let bearing = |request: Request, tokens: &Tokens| {
        town.send(&request.authorization(format!("Bearer {}", tokens.access)))
    };
    let body = json!({ "name": "mine for ever" }).to_string();
    let create = Request::post("/api/v1/tokens").body("application/json", &body);

    let narrow = code_of(&ada.authorize(&[("scope", "openid")]));
    let narrow = Tokens::of(&town.send(&ada.redeeming(&narrow)));
    for request in [
        create.clone(),
        Request::get("/api/v1/tokens"),
        Request::get("/api/v1/users"),
        Request::new("DELETE", "/api/v1/tokens?user=ada"),
    ] {
        assert_eq!(bearing(request, &narrow).status, 403);
    }
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*narrow.refresh),
        ("scope", "openid all"),
    ];
    let refused = town.send(&ada.asking("/oauth/token", &wider));
    assert_eq!(refused.member("error"), "invalid_scope");

    // All that ada may; and nothing that would outlive the grant.
    let wide = ada.tokens();
    let made = bearing(create, &wide);
    assert_eq!(made.status, 403, "{made:?}");

    // What a front channel gives needs a person at a browser: a token is none.
    let query = encode(&[
        ("client_id", &*ada.id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "all"),
    ]);
    let asked = bearing(Request::get(&format!("/oauth/authorize?{query}")), &wide);
    assert!(matches!(Step::of(&asked), Step::LogIn(_)), "{asked:?}");

    // Whoever is disabled is out, whatever was granted; and what ended so does not come back.
    town.place.run(&["user", "disable", "ada"]).done();
    std::thread::sleep(std::time::Duration::from_secs(2));
    ada.assert_is_over(&wide);
    town.place.run(&["user", "enable", "ada"]).done();
    std::thread::sleep(std::time::Duration::from_secs(2));
    ada.assert_is_over(&wide);
}

// O-31: from a stranger's POST through the login and back
#[test]
fn the_longest_state_survives_a_login() {
    let town = Town::new();
    let ada = &town.ada;
    for state in ["s".repeat(4096), "%".repeat(4096), "\u{e9}".repeat(2048)] {
        let fields = [
            ("client_id", &*ada.id),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "all"),
            ("state", &state),
        ];
        let request = Request::post("/oauth/authorize").body(FORM, encode(&fields));
        let sent = town.send(&request);
        let location = sent.header("location").unwrap();
        let path = location
            .strip_prefix(&format!("http://{}", ada.address))
            .unwrap_or(location);
        let page = town.send(&Request::get(path).header("Accept", "text/html"));
        assert_eq!(page.status, 200, "the login page, at {} bytes", path.len());
        let login = posting(
            &Form::on(&page),
            &[("username", "ada"), ("password", PASSWORD)],
        );
        let login = login.header("Sec-Fetch-Site", "same-origin");
        let back = town.send(&Cookie::send_back(&page, login));
        assert_eq!(back.status, 303, "{back:?}");
        let session = format!("sid={}", Cookie::named("sid", &back).value);
        let party = Party {
            session,
            ..ada.clone()
        };
        let target = back.header("location").unwrap();
        let consent = town.send(&from(&party, Request::get(target), "same-origin"));
        let form = Form::on(&consent);
        let denied = posting(&form, &[("decision", "deny")]);
        let answer = town.send(&from(&party, denied, "same-origin"));
        let callback = Callback::of(&answer);
        assert_eq!(callback.get("state"), Some(&*state));
    }
}

// P-8: it is one user, wherever the guesses come in
#[test]
fn guesses_on_the_page_and_by_calls_are_counted_together() {
    let town = Town::new();
    let guess = |number: usize| {
        if number.is_multiple_of(2) {
            let body = json!({ "usr": "ada", "pwd": "a wrong guess" }).to_string();
            let login = Request::post("/api/method/login");
            return town.send(&login.body("application/json", body)).status;
        }
        let page = town.send(&Request::get("/login").header("Accept", "text/html"));
        let filled = [("username", "ada"), ("password", "a wrong guess")];
        let login = posting(&Form::on(&page), &filled).header("Sec-Fetch-Site", "same-origin");
        town.send(&Cookie::send_back(&page, login)).status
    };
    let statuses: Vec<u16> = (0..40).map(guess).collect();
    let tried = statuses.iter().filter(|status| **status == 401).count();
    let refused = statuses.iter().filter(|status| **status == 429).count();
    assert_eq!(tried + refused, 40, "{statuses:?}");
    assert!(tried < 18, "{tried} were tried: {statuses:?}");
}

const USER: &str = "created_at email enabled full_name id roles";
const TOKEN: &str = "allowed_networks created_at created_by expires_at id idle_timeout_secs kind last4 \
                     last_used_at name scopes user";
const KEYS: &str = "api_key issued_at user";
const CLIENT: &str = "allowed_roles client_id client_name created_at danger_allow_missing_pkce \
                      danger_allow_plain_pkce danger_allow_short_verifier grant_types \
                      id_token_signed_response_alg introspect_any jwt_access_tokens \
                      post_logout_redirect_uris public redirect_uris scopes secret_issued_at skip_consent \
                      token_endpoint_auth_methods";
const SIGNING_KEY: &str = "alg created_at kid published_until signs_from signs_until state";

/// That a list, or what stands alone, has these members in each of its items and no others: a new one is looked at here.
#[track_caller]
fn assert_shows(listed: &Value, members: &str, name: &str) {
    let items = listed.get("items").unwrap_or(listed);
    let alone = std::slice::from_ref(items);
    let items = items.as_array().map_or(alone, Vec::as_slice);
    assert!(!items.is_empty(), "{listed}");
    for item in items {
        let shown = item.as_object().unwrap().keys().map(String::as_str);
        let mut shown: Vec<&str> = shown.collect();
        shown.sort_unstable();
        let mut expected: Vec<&str> = members.split_whitespace().collect();
        expected.extend((!name.is_empty()).then_some(name));
        expected.sort_unstable();
        assert_eq!(shown, expected);
    }
}

// O-41
#[test]
fn lists_show_what_they_may_and_no_secret() {
    let town = Town::new();
    let manager = town.place.json(&["token", "create", "Administrator"]);
    let manager = format!("Bearer {}", manager["token"].as_str().unwrap());
    let party = Party::at_program(&town.place, &town.serving, "ada");
    let tokens = party.tokens();
    let made = |command: &[&str], member: &str| {
        let made = town.place.json(command);
        made[member].as_str().unwrap().to_owned()
    };
    let secrets = [
        made(&["token", "create", "ada"], "token"),
        made(&["token", "create", "ada", "--drf"], "token"),
        made(&["keys", "generate", "ada"], "api_secret"),
        tokens.access,
        tokens.refresh,
        party.secret.clone(),
        party.session.trim_start_matches("sid=").to_owned(),
        PASSWORD.to_owned(),
        town.place.read("empress-auth.db.master-key"),
    ];
    let mut told = String::new();
    for (path, members, name) in [
        ("/api/v1/users", USER, "name"),
        ("/api/v1/users/ada", USER, "name"),
        ("/api/v1/users/ada/keys", KEYS, ""),
        ("/api/v1/tokens?user=ada", TOKEN, ""),
        ("/api/v1/me", "credential roles scopes user", "username"),
    ] {
        let answer = town.send(&Request::get(path).authorization(&manager));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_shows(&answer.json(), members, name);
        told.push_str(answer.text());
    }
    for (command, members, name) in [
        (&["user", "list"][..], USER, "username"),
        (&["user", "show", "ada"], USER, "username"),
        (&["keys", "show", "ada"], KEYS, ""),
        (&["token", "list"], TOKEN, ""),
        (&["token", "list", "ada"], TOKEN, ""),
        (&["client", "list"], CLIENT, ""),
        (&["client", "show", &party.id], CLIENT, ""),
        (&["signing-key", "list"], SIGNING_KEY, ""),
    ] {
        let listed = town.place.json(command);
        assert_shows(&listed, members, name);
        told.push_str(&listed.to_string());
        told.push_str(&town.place.run(command).done().stdout);
    }
    for secret in &secrets {
        let secret = secret.trim_end();
        // Neither the kind and the id before it nor the checksum behind it are secret; of DRF's token four digits are shown.
        let hidden = if secret.starts_with("emp_") {
            &secret[secret.len() - 33..secret.len() - 6]
        } else {
            &secret[..secret.len() - 4]
        };
        for piece in hidden.as_bytes().windows(10) {
            let piece = std::str::from_utf8(piece).unwrap();
            assert!(!told.contains(piece), "{piece} of a secret is told");
        }
    }
}

// SEED-F-4: an issuer with a path is one throughout
#[test]
fn an_issuer_with_a_path_works() {
    let (place, serving) = program();
    drop(serving);
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let serving =
        Serving::start(command.args(["--public-url", "http://127.0.0.1:1/auth"])).unwrap();
    let send = |request: &Request| send_to(serving.address, request);
    for path in [
        "/auth/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/auth",
        "/auth/api/method/frappe.integrations.oauth2.openid_configuration",
    ] {
        let metadata = send(&Request::get(path)).json();
        assert_eq!(metadata["issuer"], "http://127.0.0.1:1/auth", "{path}");
        let endpoint = metadata["authorization_endpoint"].as_str().unwrap();
        assert!(
            endpoint.starts_with("http://127.0.0.1:1/auth/"),
            "{endpoint}"
        );
    }
    let create = ["client", "create", "Shop", "--redirect-uri", CALLBACK];
    let made = place.json(&create);
    let text = |member: &str| made[member].as_str().unwrap();
    let query = encode(&[
        ("client_id", text("client_id")),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
    ]);
    let html = |request: Request| request.header("Accept", "text/html");
    let sent = send(&Request::get(&format!("/auth/oauth/authorize?{query}")));
    let login = sent.header("location").unwrap().to_owned();
    assert!(login.contains("/auth/login?"), "{login}");
    let path = login.strip_prefix("http://127.0.0.1:1").unwrap_or(&login);
    let page = send(&html(Request::get(path)));
    let filled = [("username", "ada"), ("password", PASSWORD)];
    let login = posting(&Form::on(&page), &filled).header("Sec-Fetch-Site", "same-origin");
    let back = send(&Cookie::send_back(&page, login));
    let session = Cookie::named("sid", &back);
    assert!(
        session
            .attributes
            .iter()
            .any(|attribute| attribute.starts_with("Path=/"))
    );
    let party = Party {
        address: serving.address,
        id: text("client_id").to_owned(),
        secret: text("client_secret").to_owned(),
        session: format!("sid={}", session.value),
    };
    let target = back.header("location").unwrap();
    assert!(target.starts_with("/auth/oauth/authorize?"), "{target}");
    let consent = send(&from(&party, Request::get(target), "same-origin"));
    let allowed = posting(&Form::on(&consent), &[("decision", "allow")]);
    let answer = send(&from(&party, allowed, "same-origin"));
    let callback = Callback::of(&answer);
    assert_eq!(callback.get("iss"), Some("http://127.0.0.1:1/auth"));
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", callback.code()),
        ("redirect_uri", CALLBACK),
    ];
    let tokens = send(&party.asking("/auth/oauth/token", &fields));
    let claims = empress_auth_tests::unverified_claims(&tokens.member("id_token"));
    assert_eq!(claims["iss"], "http://127.0.0.1:1/auth");
    assert_eq!(send(&party.asking("/oauth/token", &fields)).status, 404);
}
