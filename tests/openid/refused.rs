//! What is refused, who is told, and how: by a page as long as nobody knows where an answer may go, by a redirect after
//! that.

use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::GrantType;
use empress_auth_tests::{
    Adapter, CALLBACK, Callback, Form, Op, OpClient, Request, SITE, STATE, Step, encode,
};

/// URIs that differ from what is registered, `https://client.example/callback` and
/// `https://client.example/with?query=1`, in every way that servers have been fooled by.
const OTHER_URIS: &[&str] = &[
    "https://client.example",
    "https://client.example/",
    "https://client.example/callbac",
    "https://client.example/callbackx",
    "https://client.example/callback/",
    "https://client.example/callback//",
    "https://client.example/callback/..",
    "https://client.example/callback/.",
    "https://client.example/./callback",
    "https://client.example/a/../callback",
    "https://client.example/callback/../../evil",
    "https://client.example/callback/%2e%2e/evil",
    "https://client.example/callback%2f..%2fevil",
    "https://client.example/callback%2F",
    "https://client.example/callback%00",
    "https://client.example/callback%20",
    "https://client.example/callback%0d%0aa:b",
    "https://client.example/callback?",
    "https://client.example/callback?a=b",
    "https://client.example/callback?code=x",
    "https://client.example/callback&a=b",
    "https://client.example/callback;a=b",
    "https://client.example/callback#",
    "https://client.example/callback#a",
    "https://client.example/callback%23a",
    "https://client.example/Callback",
    "https://client.example/CALLBACK",
    "https://client.example/c%61llback",
    "https://client.example//callback",
    "https://client.example\\callback",
    "https://client.example/callback\\",
    "https://CLIENT.example/callback",
    "HTTPS://client.example/callback",
    "Https://client.example/callback",
    "http://client.example/callback",
    "https:client.example/callback",
    "https:/client.example/callback",
    "https:///client.example/callback",
    "//client.example/callback",
    "/callback",
    "callback",
    "client.example/callback",
    "https://client.example:443/callback",
    "https://client.example:8443/callback",
    "https://client.example:/callback",
    "https://client.example:0443/callback",
    "https://client.example./callback",
    "https://client.example../callback",
    "https://.client.example/callback",
    "https://www.client.example/callback",
    "https://evil.client.example/callback",
    "https://client.example.evil.example/callback",
    "https://evilclient.example/callback",
    "https://client-example/callback",
    "https://clientXexample/callback",
    "https://*.example/callback",
    "https://client.example/*",
    "https://client.*/callback",
    "https://client.example@evil.example/callback",
    "https://client.example:a@evil.example/callback",
    "https://evil.example@client.example/callback",
    "https://user:pass@client.example/callback",
    "https://@client.example/callback",
    "https://client.example%40evil.example/callback",
    "https://client.example%2f@evil.example/callback",
    "https://client.example\\@evil.example/callback",
    "https://client.example#@evil.example/callback",
    "https://client.example?@evil.example/callback",
    "https://evil.example/https://client.example/callback",
    "https://evil.example?https://client.example/callback",
    "https://evil.example#https://client.example/callback",
    "https://evil.example/callback",
    "https://client.example %2fcallback",
    "https://client.example/ callback",
    " https://client.example/callback",
    "https://client.example/callback ",
    "\thttps://client.example/callback",
    "https://client.example/callback\n",
    "https://client.example/callback\r\nLocation: https://evil.example",
    "https://client.example/call\u{0}back",
    "https://client.example/callback\u{0}.evil",
    "https://client.example/callb\u{e4}ck",
    "https://client.ex\u{e4}mple/callback",
    "https://client.ex\u{430}mple/callback",
    "https://\u{441}lient.example/callback",
    "https://client\u{3002}example/callback",
    "https://client.example\u{ff0f}callback",
    "https://client.example\u{2044}callback",
    "https://client.example\u{200b}/callback",
    "https://xn--lient-cze.example/callback",
    "https://client.example/with",
    "https://client.example/with?",
    "https://client.example/with?query=2",
    "https://client.example/with?query=1&a=b",
    "https://client.example/with?a=b&query=1",
    "https://client.example/with?query=1&query=1",
    "https://client.example/with?query=%31",
    "https://client.example/with?Query=1",
    "https://client.example/with?query=1#",
    "https://client.example/with/?query=1",
    "https://localhost/callback",
    "http://localhost/callback",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:8080/callback",
    "http://[::1]/callback",
    "https://127.0.0.1/callback",
    "https://0.0.0.0/callback",
    "https://0/callback",
    "https://2130706433/callback",
    "https://[::ffff:127.0.0.1]/callback",
    "https://169.254.169.254/callback",
    "javascript:alert(1)",
    "javascript://client.example/callback%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "about:blank",
    "blob:https://client.example/callback",
    "view-source:https://client.example/callback",
    "client:/callback",
    "com.example.client:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "ws://client.example/callback",
    "ftp://client.example/callback",
    "https://client.example/callback,https://evil.example/",
    "https://client.example/callback https://evil.example/",
    "https://evil.example/ https://client.example/callback",
    "null",
    "undefined",
    "*",
    "0",
];

fn two_uris(op: &Op) -> OpClient {
    let new = NewClient::confidential("Two")
        .with_redirect_uri(CALLBACK)
        .with_redirect_uri("https://client.example/with?query=1")
        .with_post_logout_redirect_uri(CALLBACK)
        .with_post_logout_redirect_uri("https://client.example/with?query=1");
    op.make(new)
}

// O-1, O-3, AS-9700-1, AS-6749-5, A8, oidcc-ensure-registered-redirect-uri
pub(crate) fn nothing_but_a_registered_uri_is_redirected_to(adapter: Adapter) {
    assert!(OTHER_URIS.len() >= 120, "{}", OTHER_URIS.len());
    let op = Op::start(adapter);
    let client = two_uris(&op);
    let mut stranger = op.browser();
    let mut ada = op.browser_of("ada");
    let id_token = id_token(&op, &client);
    for uri in OTHER_URIS {
        let usual = client.query(&[("redirect_uri", uri)]);
        let erring = client.query(&[("redirect_uri", uri), ("scope", "none")]);
        let silent = client.query(&[("redirect_uri", uri), ("prompt", "none")]);
        for query in [&usual, &erring, &silent] {
            for browser in [&mut stranger, &mut ada] {
                let path = "/oauth/authorize";
                assert_is_page(&browser.get(&format!("{path}?{query}")), uri);
                assert_is_page(&browser.get(&format!("/oauth/approve?{query}")), uri);
                let form = "application/x-www-form-urlencoded";
                let posted = browser.send(Request::post(path).body(form, query));
                assert_is_page(&posted, uri);
            }
        }
        let query = encode(&[
            ("id_token_hint", &id_token),
            ("post_logout_redirect_uri", uri),
        ]);
        let answer = ada.get(&format!("/oauth/logout?{query}"));
        assert_eq!(answer.header("location"), None, "{uri}");
    }
    // Nothing of it logged ada out, and the registered ones still work.
    for uri in [CALLBACK, "https://client.example/with?query=1"] {
        let page = ada.get(&client.request(&[("redirect_uri", uri), ("prompt", "consent")]));
        let answer = ada.allow(&page);
        assert!(answer.header("location").unwrap().starts_with(uri));
    }
}

fn id_token(op: &Op, client: &OpClient) -> String {
    let tokens = op.tokens(client, &[]);
    tokens["id_token"].as_str().expect("an ID token").to_owned()
}

/// A page for people, which leads nowhere.
#[track_caller]
fn assert_is_page(answer: &empress_auth_tests::Answer, what: &str) {
    assert_eq!(answer.status, 400, "{what:?}: {}", answer.text());
    assert_eq!(answer.header("location"), None, "{what:?}");
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
}

// AS-9700-2, FR-11, S30
pub(crate) fn an_app_on_the_users_device_may_listen_on_any_port(adapter: Adapter) {
    let op = Op::start(adapter);
    let new = NewClient::public("Native")
        .with_redirect_uri("http://127.0.0.1/cb")
        .with_redirect_uri("http://[::1]:1234/cb")
        .with_redirect_uri("http://localhost:1/cb")
        .with_redirect_uri("com.example.app:/cb");
    let client = op.make(new);
    let mut browser = op.browser_of("ada");
    for (uri, is_taken) in [
        ("http://127.0.0.1/cb", true),
        ("http://127.0.0.1:49152/cb", true),
        ("http://[::1]:9/cb", true),
        ("http://localhost:1/cb", true),
        ("com.example.app:/cb", true),
        ("http://localhost:2/cb", false),
        ("http://127.0.0.2:1/cb", false),
        ("http://127.0.0.1:1/cb/", false),
        ("http://127.0.0.1:1@evil.example/cb", false),
        ("http://127.0.0.1:99999/cb", false),
        ("https://127.0.0.1:1/cb", false),
        ("com.example.app:/cb2", false),
    ] {
        let page = browser.get(&client.request(&[("redirect_uri", uri)]));
        assert_eq!(page.status == 200, is_taken, "{uri}");
        if is_taken {
            let answer = browser.allow(&page);
            assert!(answer.header("location").unwrap().starts_with(uri), "{uri}");
        }
    }
}

// O-3, O-4, AS-6749-3, AS-6749-4, AS-6749-5, AS-6749-14; A5, A6, S4
pub(crate) fn who_asks_must_be_known_before_anybody_is_told(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = two_uris(&op);
    let only = op.client();
    let (id, uri) = (client.id.as_str(), ("redirect_uri", CALLBACK));
    let mut browser = op.browser_of("ada");
    for (fields, said) in [
        (&[][..], "Missing client_id parameter."),
        (&[uri], "Missing client_id parameter."),
        (&[("client_id", ""), uri], "Missing client_id parameter."),
        (&[("client_id[]", id), uri], "Missing client_id parameter."),
        (&[("Client_Id", id), uri], "Missing client_id parameter."),
        (
            &[("client_id", "zzz"), uri],
            "Invalid client_id parameter value.",
        ),
        (
            &[("client_id", &id.to_uppercase()), uri],
            "Invalid client_id parameter value.",
        ),
        (
            &[("client_id", "\u{0}"), uri],
            "Invalid client_id parameter value.",
        ),
        (
            &[("client_id", &"a".repeat(5_000)), uri],
            "Invalid client_id parameter value.",
        ),
        (
            &[("client_id", id), ("client_id", id), uri],
            "A parameter is repeated.",
        ),
        (
            &[("client_id", id), ("client_id", "zzz"), uri],
            "A parameter is repeated.",
        ),
        (&[("client_id", id), uri, uri], "A parameter is repeated."),
        (
            &[("client_id", id), uri, ("redirect_uri", "")],
            "A parameter is repeated.",
        ),
        (
            &[("client_id", id), ("redirect_uri[]", CALLBACK)],
            "Mismatching redirect URI.",
        ),
        (&[("client_id", id)], "Mismatching redirect URI."),
        (
            &[("client_id", id), ("redirect_uri", "")],
            "Mismatching redirect URI.",
        ),
        (
            &[("client_id", id), uri, ("state", &"a".repeat(4_097))],
            "The state is longer than 4096 bytes.",
        ),
    ] {
        let target = format!("/oauth/authorize?response_type=code&{}", encode(fields));
        let page = browser.get(&target);
        assert_is_page(&page, said);
        assert!(page.text().contains(said), "{}", page.text());
        // Who does not ask for HTML gets Frappe's members.
        let answer = op.server.get(&target);
        assert_eq!(answer.status, 400);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let json = answer.json();
        assert_eq!(json["error"], "invalid_request");
        assert_eq!(json["description"], said);
        assert_eq!(json["status_code"], 400);
    }
    // The same parameter in query and form stands twice.
    let form = "application/x-www-form-urlencoded";
    let both = Request::post(&format!("/oauth/authorize?client_id={id}"));
    assert_is_page(&browser.send(both.body(form, client.query(&[]))), "both");
    // What is no form at all.
    for query in ["client_id=%", "client_id=%ff", "client_id=%zz"] {
        assert_is_page(&browser.get(&format!("/oauth/authorize?{query}")), query);
    }
    // A client with one URI need not name it.
    let page = browser.get(&only.request(&[("redirect_uri", "")]));
    assert!(
        browser
            .allow(&page)
            .header("location")
            .unwrap()
            .starts_with(CALLBACK)
    );
}

// AS-6749-6, AS-6749-7, AS-6749-8, AS-6749-10, AS-6749-17, AS-7636-3, AS-7636-8, AS-7636-10, AS-9207-1, AS-9207-2, AS-9700-4, O-4, O-11,
// O-24, O-28, OP-CORE-5, OP-CORE-6, O-27
pub(crate) fn everything_else_goes_back_to_the_client(adapter: Adapter) {
    let op = Op::start(adapter);
    let confidential = op.client();
    let public = op.public_client();
    let mut stranger = op.browser();
    let mut ada = op.browser_of("ada");
    for (fields, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (
            &[("response_type", "code token")],
            "unsupported_response_type",
        ),
        (
            &[("response_type", "id_token")],
            "unsupported_response_type",
        ),
        (&[("response_mode", "fragment")], "invalid_request"),
        (&[("response_mode", "web_message")], "invalid_request"),
        (&[("scope", "openid \"<b>\"\\\r\n\u{e9}")], "invalid_scope"),
        (&[("scope", "write")], "invalid_scope"),
        (
            &[("scope", "openid"), ("scope", "email")],
            "invalid_request",
        ),
        (&[("nonce", "a"), ("nonce", "a")], "invalid_request"),
        (&[("prompt", "none login")], "invalid_request"),
        (&[("prompt", "maybe")], "invalid_request"),
        (&[("max_age", "soon")], "invalid_request"),
        (&[("request", "e30.e30.")], "request_not_supported"),
        (
            &[("request_uri", "https://client.example/r")],
            "request_uri_not_supported",
        ),
        (&[("registration", "{}")], "registration_not_supported"),
        (&[("resource", "/relative")], "invalid_target"),
        (&[("resource", "https://api.example/#a")], "invalid_target"),
        (
            &[
                ("code_challenge", "short"),
                ("code_challenge_method", "S256"),
            ],
            "invalid_request",
        ),
        (
            &[
                ("code_challenge", empress_auth_tests::VERIFIER),
                ("code_challenge_method", "plain"),
            ],
            "invalid_request",
        ),
        (
            &[
                ("code_challenge", empress_auth_tests::CHALLENGE),
                ("code_challenge_method", ""),
            ],
            "invalid_request",
        ),
        (&[("id_token_hint", "e30.e30.e30")], "invalid_request"),
    ] {
        for client in [&confidential, &public] {
            for browser in [&mut stranger, &mut ada] {
                let needs_session = fields.iter().any(|(name, _)| *name == "id_token_hint");
                if needs_session && browser.cookie("sid").is_none() {
                    continue;
                }
                let answer = browser.get(&client.request(fields));
                assert_eq!(answer.status, 302, "{fields:?}: {}", answer.text());
                let Step::Back(callback) = Step::of(&answer) else {
                    panic!("not back: {fields:?}");
                };
                callback.assert_is_for(client);
                assert_eq!(callback.error(), error, "{fields:?}");
                assert_describes(&callback);
            }
        }
    }
    for (fields, said) in [
        (
            &[("code_challenge", ""), ("code_challenge_method", "")][..],
            "code_challenge required",
        ),
        (
            &[("code_challenge", "")],
            "code_challenge required with code_challenge_method.",
        ),
    ] {
        let answer = ada.get(&public.request(fields));
        let Step::Back(callback) = Step::of(&answer) else {
            panic!("not back");
        };
        assert_eq!(callback.error(), "invalid_request");
        assert_eq!(callback.get("error_description"), Some(said));
    }
    let new = NewClient::confidential("Machine")
        .with_redirect_uri(CALLBACK)
        .with_grants([GrantType::ClientCredentials]);
    let machine = op.make(new);
    let Step::Back(callback) = Step::of(&ada.get(&machine.request(&[("scope", "")]))) else {
        panic!("not back");
    };
    assert_eq!(callback.error(), "unauthorized_client");
}

#[track_caller]
fn assert_describes(callback: &Callback) {
    let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    let description = callback.get("error_description").expect("a description");
    assert!(description.bytes().all(allowed), "{description}");
    let names: Vec<&str> = callback
        .parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["error", "error_description", "state", "iss"]);
}

// AS-6749-7, AS-6749-13, O-31, OP-CORE-4
pub(crate) fn a_state_comes_back_byte_for_byte(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = two_uris(&op);
    let mut ada = op.browser_of("ada");
    let states = [
        "a".to_owned(),
        " ".to_owned(),
        "a b+c%20d&e=f#g?h/i".to_owned(),
        "\"quoted\" \\ 'single' <script>alert(1)</script>".to_owned(),
        "\u{e9}\u{4e2d}\u{1f600}\u{202e}".to_owned(),
        "\r\nSet-Cookie: a=b\r\n\0\t".to_owned(),
        "0".repeat(128),
        "~".repeat(4_096),
        "%".repeat(2_000),
    ];
    for state in &states {
        for uri in [CALLBACK, "https://client.example/with?query=1"] {
            let fields = [
                ("state", state.as_str()),
                ("redirect_uri", uri),
                ("prompt", "consent"),
            ];
            let page = ada.get(&client.request(&fields));
            for answer in [ada.allow(&page), ada.deny(&page)] {
                let location = answer.header("location").unwrap();
                let callback = Callback::parse(location);
                assert_eq!(callback.get("state"), Some(state.as_str()));
                assert_eq!(callback.get("iss"), Some(SITE));
                let separator = if uri.contains('?') { '&' } else { '?' };
                assert!(
                    location.starts_with(&format!("{uri}{separator}")),
                    "{location}"
                );
            }
        }
    }
    // Without one, none comes back.
    let page = ada.get(&client.request(&[("state", ""), ("prompt", "consent")]));
    let callback = Callback::parse(ada.allow(&page).header("location").unwrap());
    assert_eq!(callback.get("state"), None);
}

// O-2, O-42, O-43, O-45, P-14, P-15, OP-CORE-9, AS-9700-15
pub(crate) fn a_decision_is_about_the_request_that_was_shown(adapter: Adapter) {
    let op = Op::start(adapter);
    let (client, other) = (op.client(), op.public_client());
    let mut ada = op.browser_of("ada");
    let page = ada.get(&client.request(&[]));
    let form = Form::on(&page);
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["request", "csrf_token"], "nothing in clear");
    assert!(!page.text().contains(STATE));

    // Whatever else is sent changes nothing.
    let mut bent = form.clone();
    for (name, value) in [
        ("redirect_uri", "https://evil.example/"),
        ("client_id", &other.id),
        ("scope", "all"),
        ("state", "other"),
        ("response_type", "token"),
        ("response_mode", "fragment"),
        ("nonce", "other"),
        ("code_challenge", "other"),
    ] {
        bent = bent.with(name, value);
    }
    let Step::Back(callback) = Step::of(&ada.submit(&bent, "decision", "allow")) else {
        panic!("not back");
    };
    callback.assert_is_for(&client);
    let tokens = op.exchange(&client, callback.code(), &[]);
    assert_eq!(tokens.member("scope"), "openid");

    // The CSRF token must be the session's.
    let right = form.field("csrf_token").to_owned();
    let mut eve = op.browser_of("eve");
    let of_eve = Form::on(&eve.get(&client.request(&[])))
        .field("csrf_token")
        .to_owned();
    for wrong in [
        "",
        " ",
        "null",
        "undefined",
        "0",
        &right[1..],
        &right.to_uppercase(),
        &of_eve,
    ] {
        let answer = ada.submit(&form.clone().with("csrf_token", wrong), "decision", "allow");
        assert_eq!(answer.status, 403, "{wrong}");
        assert_eq!(answer.header("location"), None);
    }
    let mut without = form.clone();
    without.fields.retain(|(name, _)| name != "csrf_token");
    assert_eq!(ada.submit(&without, "decision", "allow").status, 403);
    let twice = Form {
        action: form.action.clone(),
        fields: [form.fields.clone(), vec![("csrf_token".to_owned(), right)]].concat(),
    };
    assert_eq!(ada.submit(&twice, "decision", "allow").status, 403);

    // What ada was shown, eve cannot decide; nor ada, in another session.
    let answer = eve.submit(
        &form.clone().with("csrf_token", &of_eve),
        "decision",
        "allow",
    );
    assert_eq!((answer.status, answer.header("location")), (400, None));
    let mut again = op.browser_of("ada");
    let token = Form::on(&again.get(&other.request(&[])))
        .field("csrf_token")
        .to_owned();
    let answer = again.submit(
        &form.clone().with("csrf_token", &token),
        "decision",
        "allow",
    );
    assert_eq!((answer.status, answer.header("location")), (400, None));
    let answer = op.browser().submit(&form, "decision", "allow");
    assert_eq!((answer.status, answer.header("location")), (403, None));
    // Without the cookie, as another site's page sends it, too.
    let fields = form.pairs();
    let answer = ada.post_from_elsewhere("/oauth/approve", &fields);
    assert_eq!((answer.status, answer.header("location")), (403, None));

    // A bent, a foreign and a stale request are nothing; nor is another decision.
    let sealed = form.field("request").to_owned();
    for wrong in [
        &sealed[1..],
        &sealed[..sealed.len() - 1],
        "AAAA",
        "\u{e9}",
        &token,
    ] {
        let answer = ada.submit(&form.clone().with("request", wrong), "decision", "allow");
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, None),
            "{wrong}"
        );
    }
    for wrong in ["", "Allow", "yes", "allow deny"] {
        let answer = ada.submit(&form, "decision", wrong);
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, None),
            "{wrong}"
        );
    }
    op.clock().advance(std::time::Duration::from_secs(601));
    assert_eq!(ada.submit(&form, "decision", "allow").status, 400);
}

// O-2: the client may have changed since the page was shown
pub(crate) fn a_decision_is_checked_as_the_request_was(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut ada = op.browser_of("ada");
    let page = ada.get(&client.request(&[]));
    op.change_client(&client, |client| {
        client.allowed_roles = vec!["Manager".into()]
    });
    let _ = Callback::parse(ada.allow(&page).header("location").unwrap()).code();
    op.change_client(&client, |client| {
        client.allowed_roles = vec!["Other".into()]
    });
    let callback = Callback::parse(ada.allow(&page).header("location").unwrap());
    assert_eq!(callback.error(), "access_denied");
    op.change_client(&client, |client| client.scopes = vec!["email".into()]);
    let callback = Callback::parse(ada.allow(&page).header("location").unwrap());
    assert_eq!(callback.error(), "invalid_scope");
    op.change_client(&client, |client| client.redirect_uris = Vec::new());
    assert_is_page(&ada.allow(&page), "no redirect URI");
}

// O-40
pub(crate) fn a_flood_of_requests_stores_nothing(adapter: Adapter) {
    use empress_auth_core::AuditStore as _;
    use empress_auth_oauth::store::{ConsentStore as _, GrantStore as _};
    let op = Op::start(adapter);
    let client = op.client();
    let mut ada = op.browser_of("ada");
    let events = || {
        empress_auth_tests::wait(op.store.audit(0, 10_000))
            .unwrap()
            .len()
    };
    let before = events();
    for _ in 0..200 {
        let _ = op.server.get(&client.request(&[]));
        let _ = ada.get(&client.request(&[]));
    }
    assert_eq!(events(), before);
    let ada = empress_auth_tests::wait(
        op.world
            .accounts()
            .show(empress_auth_core::Actor::assert_local_operator(), "ada"),
    )
    .unwrap();
    let consents = empress_auth_tests::wait(op.store.consents(&ada.id)).unwrap();
    let grants = empress_auth_tests::wait(op.store.grants(&ada.id)).unwrap();
    assert!(consents.is_empty() && grants.is_empty());
}

// O-29, AS-9700-14, AS-9700-18, RS-9110-5
pub(crate) fn no_answer_repeats_a_post_and_no_script_may_read_it(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut ada = op.browser_of("ada");
    let form = "application/x-www-form-urlencoded";
    for path in ["/oauth/authorize", "/oauth/approve", "/oauth/logout"] {
        let get = Request::get(&format!("{path}?{}", client.query(&[])));
        let post = Request::post(path).body(form, client.query(&[]));
        for request in [get, post] {
            for answer in [
                op.server.send(&request),
                ada.send(request.clone().header("Origin", "https://client.example")),
            ] {
                assert!(
                    matches!(answer.status, 200 | 302 | 303 | 400),
                    "{}",
                    answer.status
                );
                assert!(
                    answer.all("access-control-allow-origin").is_empty(),
                    "{path}"
                );
            }
        }
        for method in ["HEAD", "PUT", "DELETE"] {
            let answer = ada.send(Request::new(method, path));
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    }
}
