//! The modules of the plan `oidcc-rp-initiated-logout-certification-test-plan`, and what an attacker would
//! make of a logout.

use empress_auth_core::{Actor, SessionIssuer};
use empress_auth_oauth::NewClient;
use empress_auth_tests::{
    Adapter, Answer, Browser, CALLBACK, Callback, Form, Op, OpClient, Request, SCOPES, SITE,
    encode, unverified_claims, wait,
};

use crate::signature;

const AFTER: &str = "https://client.example/after";

/// ada, logged in at a client, with her ID token.
struct LoggedIn<'o> {
    op: &'o Op,
    client: OpClient,
    browser: Browser<'o>,
    id_token: String,
    refresh_token: String,
}

fn client(op: &Op) -> OpClient {
    let new = NewClient::confidential("The Client")
        .with_redirect_uri(CALLBACK)
        .with_post_logout_redirect_uri(AFTER)
        .with_post_logout_redirect_uri("https://client.example/with?query=1")
        .with_scopes(SCOPES);
    op.make(new)
}

fn logged_in(op: &Op) -> LoggedIn<'_> {
    let client = client(op);
    let mut browser = op.browser_of("ada");
    let tokens = op.tokens_in(&mut browser, &client, &[]);
    let token = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    LoggedIn {
        op,
        client,
        browser,
        id_token: token("id_token"),
        refresh_token: token("refresh_token"),
    }
}

impl LoggedIn<'_> {
    fn log_out(&mut self, fields: &[(&str, &str)]) -> Answer {
        self.browser
            .get(&format!("/oauth/logout?{}", encode(fields)))
    }

    fn is_logged_in(&self) -> bool {
        // Without the browser's own jar, which a logout clears.
        let mut browser = self.browser.clone();
        let silent = [("prompt", "none")];
        let answer = browser.get(&self.client.request(&silent));
        let location = answer.header("location").expect("a redirect");
        !location.contains("error=login_required")
    }

    #[track_caller]
    fn assert_logged_in(&self) {
        assert!(self.is_logged_in(), "logged out");
    }

    /// §4: the session is over, `prompt=none` says so, and the cookie is gone.
    #[track_caller]
    fn assert_logged_out(&self) {
        assert!(!self.is_logged_in(), "still logged in");
        assert_eq!(self.browser.cookie("sid"), None);
    }

    /// A page that asks, and leads nowhere by itself.
    #[track_caller]
    fn assert_asks(&self, answer: &Answer) -> Form {
        assert_eq!((answer.status, answer.header("location")), (200, None));
        self.assert_logged_in();
        Form::on(answer)
    }

    #[track_caller]
    fn assert_refuses(&self, answer: &Answer) {
        assert_eq!((answer.status, answer.header("location")), (400, None));
        self.assert_logged_in();
    }
}

pub(crate) fn oidcc_rp_initiated_logout_discovery_endpoint_verification(adapter: Adapter) {
    let op = Op::start(adapter);
    let metadata = op.server.get("/.well-known/openid-configuration").json();
    assert_eq!(
        metadata["end_session_endpoint"],
        format!("{SITE}/oauth/logout")
    );
}

// OP-RPL-1, OP-RPL-2, OP-RPL-3
pub(crate) fn oidcc_rp_initiated_logout(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    let fields = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", AFTER),
        ("state", "a b&c"),
    ];
    let answer = ada.log_out(&fields);
    assert_eq!(answer.status, 302);
    assert_eq!(
        answer.header("location"),
        Some(&*format!("{AFTER}?state=a%20b%26c"))
    );
    ada.assert_logged_out();
    // By POST of the client's page, and to a URI that has a query.
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    let uri = "https://client.example/with?query=1";
    let fields = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", uri),
        ("client_id", &ada.client.id.clone()),
        ("state", "s"),
    ];
    let answer = ada.browser.post_from_elsewhere("/oauth/logout", &fields);
    assert_eq!(answer.status, 303);
    let again = answer.header("location").unwrap().to_owned();
    let answer = ada.browser.get(&again);
    assert_eq!(answer.header("location"), Some(&*format!("{uri}&state=s")));
    ada.assert_logged_out();
    // Once more, when there is no session any more.
    let answer = ada.log_out(&fields);
    assert_eq!(answer.header("location"), Some(&*format!("{uri}&state=s")));
}

// OP-RPL-4
pub(crate) fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    for uri in [
        "https://evil.example/",
        CALLBACK,
        "//evil.example",
        "javascript:alert(1)",
    ] {
        let fields = [
            ("id_token_hint", id_token.as_str()),
            ("post_logout_redirect_uri", uri),
        ];
        let answer = ada.log_out(&fields);
        ada.assert_refuses(&answer);
    }
}

// OP-RPL-4
pub(crate) fn oidcc_rp_initiated_logout_modified_id_token_hint(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let unsigned = signature::without(&ada.id_token);
    let answer = ada.log_out(&[
        ("id_token_hint", &unsigned),
        ("post_logout_redirect_uri", AFTER),
    ]);
    ada.assert_refuses(&answer);
}

// OP-RPL-4, OP-RPL-5, OP-RPL-7
pub(crate) fn oidcc_rp_initiated_logout_no_id_token_hint(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let client_id = ada.client.id.clone();
    for fields in [
        &[("post_logout_redirect_uri", AFTER)][..],
        &[
            ("post_logout_redirect_uri", AFTER),
            ("client_id", &client_id),
        ],
    ] {
        let answer = ada.log_out(fields);
        let form = ada.assert_asks(&answer);
        let mut browser = ada.browser.clone();
        let answer = browser.submit(&form, "decision", "log_out");
        if fields.len() == 2 {
            assert_eq!((answer.status, answer.header("location")), (200, None));
            ada.browser = browser;
            ada.assert_logged_out();
        }
        if fields.len() == 1 {
            ada.browser.log_in("ada");
        }
    }
}

// OP-RPL-5, OP-RPL-7
pub(crate) fn oidcc_rp_initiated_logout_no_params(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let answer = ada.log_out(&[]);
    let form = ada.assert_asks(&answer);
    let answer = ada.browser.submit(&form, "decision", "log_out");
    assert_eq!((answer.status, answer.header("location")), (200, None));
    ada.assert_logged_out();
}

pub(crate) fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    let answer = ada.log_out(&[("id_token_hint", &id_token)]);
    assert_eq!((answer.status, answer.header("location")), (200, None));
    ada.assert_logged_out();
}

pub(crate) fn oidcc_rp_initiated_logout_no_state(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    let answer = ada.log_out(&[
        ("id_token_hint", &id_token),
        ("post_logout_redirect_uri", AFTER),
    ]);
    assert_eq!(answer.header("location"), Some(AFTER));
    ada.assert_logged_out();
}

pub(crate) fn oidcc_rp_initiated_logout_only_state(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let answer = ada.log_out(&[("state", "s")]);
    let _ = ada.assert_asks(&answer);
}

// OP-RPL-4
pub(crate) fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let id_token = ada.id_token.clone();
    let uri = format!("{AFTER}?a=b");
    let answer = ada.log_out(&[
        ("id_token_hint", &id_token),
        ("post_logout_redirect_uri", &uri),
    ]);
    ada.assert_refuses(&answer);
}

// OP-RPL-4
pub(crate) fn oidcc_rp_initiated_logout_bad_id_token_hint(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let bent = format!("{}AAAA", &ada.id_token[..ada.id_token.len() - 4]);
    for hint in [bent.as_str(), "a.b.c", "a", "\u{0}"] {
        let answer = ada.log_out(&[("id_token_hint", hint), ("post_logout_redirect_uri", AFTER)]);
        ada.assert_refuses(&answer);
    }
}

// O-36, OP-RPL-5, OP-RPL-6
pub(crate) fn nobody_is_logged_out_for_another(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    // eve's ID token, one of another session of ada's, and one that was issued to another client.
    let mut eve = op.browser_of("eve");
    let callback = eve.authorize(&ada.client.request(&[]), "eve");
    let of_eve = op
        .exchange(&ada.client, callback.code(), &[])
        .member("id_token");
    assert_ne!(
        unverified_claims(&of_eve)["sub"],
        unverified_claims(&ada.id_token)["sub"]
    );
    let mut elsewhere = op.browser_of("ada");
    let tokens = op.tokens_in(&mut elsewhere, &ada.client.clone(), &[]);
    let of_elsewhere = tokens["id_token"].as_str().unwrap().to_owned();
    for hint in [of_eve, of_elsewhere] {
        let fields = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", AFTER),
        ];
        let answer = ada.log_out(&fields);
        let _ = ada.assert_asks(&answer);
    }
    let other = op.client().id;
    let id_token = ada.id_token.clone();
    let answer = ada.log_out(&[("id_token_hint", &id_token), ("client_id", &other)]);
    ada.assert_refuses(&answer);
    // One that has expired is as good as any, as long as its session is there.
    op.clock()
        .advance(std::time::Duration::from_secs(2 * 60 * 60));
    let answer = ada.log_out(&[
        ("id_token_hint", &id_token),
        ("post_logout_redirect_uri", AFTER),
    ]);
    assert_eq!(answer.header("location"), Some(AFTER));
    ada.assert_logged_out();
}

// OP-RPL-1, KY-1
pub(crate) fn a_session_that_is_older_than_a_rotation_ends_as_others_do(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let keys = op.provider.keys();
    let operator = Actor::assert_local_operator;
    wait(keys.rotate(operator())).unwrap();
    // In use all the time, so that it is not ended for being left alone.
    for _ in 0..6 {
        op.clock()
            .advance(std::time::Duration::from_secs(10 * 60 * 60));
        ada.assert_logged_in();
    }
    // Also where what is published no longer is swept.
    wait(keys.rotate(operator())).unwrap();
    let id_token = ada.id_token.clone();
    let silent = [("prompt", "none"), ("id_token_hint", &*id_token)];
    let answer = ada.browser.get(&ada.client.request(&silent));
    assert!(!Callback::of(&answer).code().is_empty());
    let fields = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", AFTER),
    ];
    let answer = ada.log_out(&fields);
    assert_eq!(answer.header("location"), Some(AFTER));
    ada.assert_logged_out();
}

// P-14, P-15, OP-RPL-7
pub(crate) fn the_page_needs_its_token(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let answer = ada.log_out(&[]);
    let form = ada.assert_asks(&answer);
    let mut eve = op.browser_of("eve");
    let of_eve = Form::on(&eve.get("/oauth/logout"));
    for wrong in ["", "null", of_eve.field("csrf_token")] {
        let bent = form.clone().with("csrf_token", wrong);
        let answer = ada.browser.submit(&bent, "decision", "log_out");
        assert_eq!(answer.status, 403, "{wrong}");
        ada.assert_logged_in();
    }
    for (name, wrong) in [("logout", of_eve.field("logout")), ("logout", "AAAA")] {
        let bent = form.clone().with(name, wrong);
        let answer = ada.browser.submit(&bent, "decision", "log_out");
        ada.assert_refuses(&answer);
    }
    let answer = ada.browser.submit(&form, "decision", "stay");
    ada.assert_refuses(&answer);
    // A link with the form's fields in it decides nothing.
    let fields = form.pairs();
    let link = format!("/oauth/logout?{}&decision=log_out", encode(&fields));
    let answer = ada.browser.get(&link);
    assert_eq!(answer.status, 403);
    ada.assert_logged_in();
}

// P-14: what such a browser says of a page is its origin; the cookie, which is Lax, stays behind or, in an old one, comes along
pub(crate) fn another_sites_page_logs_nobody_out_of_a_browser_without_fetch_metadata(
    adapter: Adapter,
) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    for path in ["/oauth/logout", "/oauth/logout?client_id=x"] {
        for (name, from) in [
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
            ("Referer", "https://evil.example/page"),
        ] {
            let post = Request::post(path).header(name, from);
            let answer = op.browser().send(post);
            assert_eq!(answer.status, 303, "{name}: {from}");
            assert!(answer.header("location").unwrap().contains("/oauth/logout"));
            assert_eq!(answer.all("set-cookie"), [""; 0], "{name}: {from}");
        }
    }
    let page = ada.browser.get("/oauth/logout");
    let form = ada.assert_asks(&page);
    let submit = |ada: &mut LoggedIn<'_>, origin: &str| {
        let mut fields = form.pairs();
        fields.push(("decision", "log_out"));
        let post = Request::post(&form.action).header("Origin", origin);
        ada.browser
            .send(post.body("application/x-www-form-urlencoded", encode(&fields)))
    };
    for origin in ["https://evil.example", "https://sub.auth.example", ""] {
        let answer = submit(&mut ada, origin);
        assert_eq!(answer.status, 403, "{origin}");
        ada.assert_logged_in();
    }
    // Our pages send no referrer, so that such a browser says `null` of them; the form has what no other page knows.
    let answer = submit(&mut ada, "null");
    assert_eq!(answer.status, 200, "{}", answer.text());
    ada.assert_logged_out();
}

// P-14: the cookie may be one that a browser kept from the page that sends people here
pub(crate) fn who_shows_no_session_loses_none(adapter: Adapter) {
    let op = Op::start(adapter);
    let answer = op.browser().get("/oauth/logout");
    assert_eq!((answer.status, answer.all("set-cookie").len()), (200, 0));
    // One that has ended is cleared, so that the browser need not carry it on.
    let stale = Request::get("/oauth/logout").header("Cookie", "sid=emp_ss_stale");
    let answer = op.browser().send(stale);
    assert_eq!((answer.status, answer.all("set-cookie").len()), (200, 1));
}

// AS-9700-7
pub(crate) fn the_grants_of_the_session_end_with_it(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let client = ada.client.clone();
    let offline = [("scope", "openid offline_access"), ("prompt", "consent")];
    let kept = op.tokens_in(&mut ada.browser, &client, &offline);
    let mut elsewhere = op.browser_of("ada");
    let other = op.tokens_in(&mut elsewhere, &client, &[]);
    let id_token = ada.id_token.clone();
    let _ = ada.log_out(&[("id_token_hint", &id_token)]);
    ada.assert_logged_out();
    let refresh = |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        ada.op.token(&client, &fields).status
    };
    assert_eq!(refresh(&ada.refresh_token), 400);
    assert_eq!(refresh(kept["refresh_token"].as_str().unwrap()), 200);
    assert_eq!(refresh(other["refresh_token"].as_str().unwrap()), 200);
}

// O-22, AS-9700-7: whoever ends the session, and however.
pub(crate) fn every_logout_ends_what_was_granted_in_the_session(adapter: Adapter) {
    let op = Op::start(adapter);
    for everywhere in [false, true] {
        let mut ada = logged_in(&op);
        let client = ada.client.clone();
        let code = ada.browser.authorize(&client.request(&[]), "ada");
        let offline = [("scope", "openid offline_access"), ("prompt", "consent")];
        let kept = op.tokens_in(&mut ada.browser, &client, &offline);
        if everywhere {
            let operator = Actor::assert_local_operator();
            let sessions = SessionIssuer::new(op.store.clone()).with_clock(op.clock().clone());
            assert_eq!(wait(sessions.end_all(operator, "ada", None)).unwrap(), 1);
        } else {
            assert_eq!(ada.browser.post("/api/method/logout", &[]).status, 200);
        }
        let answer = op.exchange(&client, code.code(), &[]);
        assert_eq!(
            (answer.status, &*answer.member("error")),
            (400, "invalid_grant")
        );
        let refresh = |token: &str| {
            let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
            op.token(&client, &fields).status
        };
        assert_eq!(refresh(&ada.refresh_token), 400, "everywhere: {everywhere}");
        assert_eq!(refresh(kept["refresh_token"].as_str().unwrap()), 200);
    }
}

/// Who proves once more who it is stays logged in at the clients of before, until the logout that comes then.
pub(crate) fn a_login_in_place_of_another_ends_no_grant(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut ada = logged_in(&op);
    let client = ada.client.clone();
    ada.browser.log_in("ada");
    let again = op.tokens_in(&mut ada.browser, &client, &[]);
    let refresh = |token: &str| {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let answer = op.token(&client, &fields);
        (
            answer.status,
            answer.json()["refresh_token"].as_str().map(str::to_owned),
        )
    };
    let (status, refreshed) = refresh(&ada.refresh_token);
    assert_eq!(status, 200, "a grant of before the second login");
    let id_token = again["id_token"].as_str().unwrap();
    let _ = ada.log_out(&[("id_token_hint", id_token)]);
    ada.assert_logged_out();
    assert_eq!(refresh(&refreshed.unwrap()).0, 400);
}
