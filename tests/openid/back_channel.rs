//! What clients call, over sockets: the life of a token from its grant to its end, and requests that no client should send.

use empress_auth_tests::{Adapter, Answer, Op, OpClient, Request, encode};

const FORM: &str = "application/x-www-form-urlencoded";

/// The standard path of an endpoint, and where Frappe's clients look for it.
const TOKEN: [&str; 3] = [
    "/oauth/token",
    "/api/method/frappe.integrations.oauth2.get_token",
    "/api/v2/method/frappe.integrations.oauth2.get_token/",
];
const INTROSPECT: [&str; 3] = [
    "/oauth/introspect",
    "/api/method/frappe.integrations.oauth2.introspect_token",
    "/api/v2/method/frappe.integrations.oauth2.introspect_token/",
];
const REVOKE: [&str; 3] = [
    "/oauth/revoke",
    "/api/method/frappe.integrations.oauth2.revoke_token",
    "/api/v2/method/frappe.integrations.oauth2.revoke_token/",
];
const USERINFO: [&str; 3] = [
    "/oauth/userinfo",
    "/api/method/frappe.integrations.oauth2.openid_profile",
    "/api/v2/method/frappe.integrations.oauth2.openid_profile/",
];

fn is_active(op: &Op, client: &OpClient, path: &str, token: &str) -> bool {
    let answer = op.call(client, path, &[("token", token)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let is_active = answer.json()["active"] == true;
    assert!(is_active || answer.text() == r#"{"active":false}"#);
    is_active
}

// AS-7009-6, AS-7009-7, AS-7662-5, AS-6749-35
pub(crate) fn a_token_lives_from_its_grant_to_its_end(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    for place in 0..3 {
        let first = op.tokens(&client, &[]);
        let text =
            |tokens: &serde_json::Value, name: &str| tokens[name].as_str().unwrap().to_owned();
        let refresh = text(&first, "refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
        let answer = op.call(&client, TOKEN[place], &form);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let (second, old) = (answer.json(), text(&first, "access_token"));
        let new = text(&second, "access_token");
        let bearer = format!("Bearer {new}");

        for token in [&old, &new, &text(&second, "refresh_token")] {
            assert!(is_active(&op, &client, INTROSPECT[place], token));
            assert!(!is_active(&op, &op.client(), INTROSPECT[place], token));
        }
        let profile = op.server.get_as(USERINFO[place], &bearer);
        assert_eq!(profile.status, 200, "{}", profile.text());
        assert_eq!(
            profile.member("sub"),
            op.server.get_as(USERINFO[0], &bearer).member("sub")
        );

        let revoked = op.call(&client, REVOKE[place], &[("token", &new)]);
        assert_eq!((revoked.status, revoked.text()), (200, "{}"));
        for token in [&old, &new, &text(&second, "refresh_token")] {
            assert!(!is_active(&op, &client, INTROSPECT[place], token));
        }
        // At once, though the layer remembered it.
        assert_eq!(op.server.get_as(USERINFO[place], &bearer).status, 401);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", second["refresh_token"].as_str().unwrap()),
        ];
        assert_eq!(
            op.call(&client, TOKEN[place], &form).member("error"),
            "invalid_grant"
        );
    }
}

// AS-6749-36, AS-6749-26
pub(crate) fn a_client_has_a_token_of_its_own(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let secret = client.secret.as_deref().unwrap();
    let own = [("grant_type", "client_credentials"), ("scope", "all")];
    let posted = [
        &own[..],
        &[("client_id", &client.id), ("client_secret", secret)],
    ]
    .concat();
    for path in TOKEN {
        let request = Request::post(path).body(FORM, encode(&posted));
        for answer in [op.call(&client, path, &own), op.server.send(&request)] {
            assert_eq!(answer.status, 200, "{}", answer.text());
            let names: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
            assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
            assert!(is_active(
                &op,
                &client,
                INTROSPECT[0],
                &answer.member("access_token")
            ));
        }
    }
}

fn error(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    (answer.status, answer.member("error"))
}

// AS-6749-3, AS-6749-20, AS-6749-21, AS-6749-25, AS-6749-28, AS-6749-29, AS-ROB-1, H-1
pub(crate) fn what_no_client_should_send_is_refused_alike(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let secret = client.secret.as_deref().unwrap();
    let basic = empress_auth_tests::basic(format!("{}:{secret}", client.id));
    let wrong = empress_auth_tests::basic(format!("{}:wrong", client.id));
    let own = "grant_type=client_credentials";
    for [token, introspect, revoke] in [0, 1, 2].map(|at| [TOKEN[at], INTROSPECT[at], REVOKE[at]]) {
        for path in [token, introspect, revoke] {
            let post = || Request::post(path).authorization(&basic);
            let json = post().body("application/json", r#"{"grant_type":"client_credentials"}"#);
            let invalid = (400, "invalid_request".to_owned());
            assert_eq!(error(&op.server.send(&json)), invalid, "{path}");
            let twice = post().body(FORM, format!("{own}&{own}"));
            assert_eq!(error(&op.server.send(&twice)), invalid, "{path}");
            let two_lines = post()
                .authorization(&basic)
                .body(FORM, format!("{own}&token=x"));
            assert_eq!(error(&op.server.send(&two_lines)), invalid, "{path}");
            let two_ways = post().body(FORM, format!("{own}&token=x&client_secret={secret}"));
            assert_eq!(error(&op.server.send(&two_ways)), invalid, "{path}");
            let broken = post().body(FORM, "token=%ff");
            assert_eq!(error(&op.server.send(&broken)), invalid, "{path}");

            let stranger = Request::post(path).authorization(&wrong);
            let answer = op
                .server
                .send(&stranger.body(FORM, format!("{own}&token=x")));
            assert_eq!(error(&answer), (401, "invalid_client".to_owned()), "{path}");
            assert!(answer.challenges().concat().starts_with("Basic "), "{path}");

            let got = op.server.get_as(&format!("{path}?{own}&token=x"), &basic);
            assert_eq!(
                (got.status, got.header("allow")),
                (405, Some("POST, OPTIONS")),
                "{path}"
            );
            let large = post().body(FORM, format!("{own}&token={}", "x".repeat(70_000)));
            assert_eq!(op.server.send(&large).status, 413, "{path}");
        }
        let in_url = Request::post(&format!("{token}?{own}")).authorization(&basic);
        let answer = op.server.send(&in_url.body(FORM, ""));
        assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
    }
}

// AS-9700-17
pub(crate) fn scripts_of_any_origin_may_call_what_no_cookie_opens(adapter: Adapter) {
    let op = Op::start(adapter);
    for path in [
        TOKEN[0],
        INTROSPECT[0],
        REVOKE[0],
        USERINFO[0],
        TOKEN[1],
        USERINFO[1],
    ] {
        let preflight = Request::new("OPTIONS", path)
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "authorization");
        let answer = op.server.send(&preflight);
        assert_eq!(answer.status, 204, "{path}");
        let refused = Request::post(path).header("Origin", "https://app.example");
        for answer in [answer, op.server.send(&refused.body(FORM, ""))] {
            assert_eq!(
                answer.header("access-control-allow-origin"),
                Some("*"),
                "{path}"
            );
            assert_eq!(
                answer.header("access-control-allow-credentials"),
                None,
                "{path}"
            );
        }
    }
    // A browser that is logged in is nobody here.
    let mut browser = op.browser_of("ada");
    assert_eq!(browser.get(USERINFO[0]).status, 401);
}

// H-1: in one place, and never in the URL
pub(crate) fn userinfo_takes_its_token_from_one_place(adapter: Adapter) {
    let op = Op::start(adapter);
    let tokens = op.tokens(&op.client(), &[]);
    let token = tokens["access_token"].as_str().unwrap();
    let (bearer, field) = (
        format!("Bearer {token}"),
        encode(&[("access_token", token)]),
    );
    for path in USERINFO {
        let post = || Request::post(path);
        for good in [
            Request::get(path).authorization(&bearer),
            post().authorization(&bearer),
            post().body(FORM, &field),
        ] {
            assert_eq!(op.server.send(&good).status, 200, "{path}");
        }
        let both = post().authorization(&bearer).body(FORM, &field);
        let status = op.server.send(&both).status;
        assert!(matches!(status, 400 | 401), "{path}: {status}");
        for nowhere in [
            Request::get(&format!("{path}?{field}")),
            post().body("text/plain", &field),
            post().body(
                "application/json",
                format!(r#"{{"access_token":"{token}"}}"#),
            ),
        ] {
            let status = op.server.send(&nowhere).status;
            assert!(matches!(status, 401 | 403), "{path}: {status}");
        }
    }
}
