//! From the application's link to its tokens, by every way that there is.

use std::time::Duration;

use empress_auth_core::Actor;
use empress_auth_oauth::NewClient;
use empress_auth_oauth::store::ConsentStore as _;
use empress_auth_tests::{
    Adapter, CALLBACK, Callback, Form, Op, Request, SITE, STATE, Step, VERIFIER, decode, wait,
};

// SEED-F-4, AS-6749-1, AS-6749-7, AS-9207-1; A1, A2
pub(crate) fn a_stranger_logs_in_allows_and_the_client_gets_tokens(adapter: Adapter) {
    let op = Op::start(adapter);
    for client in [op.client(), op.public_client()] {
        let mut browser = op.browser();
        let target = client.request(&[]);
        let answer = browser.get(&target);
        assert_eq!(answer.status, 302);
        let Step::LogIn(return_to) = Step::of(&answer) else {
            panic!("no login: {answer:?}");
        };
        browser.log_in("ada");
        let page = browser.get(&return_to);
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("client.example"), "{}", page.text());
        assert!(page.text().contains("openid"));
        let answer = browser.allow(&page);
        assert_eq!(answer.status, 303);
        let Step::Back(callback) = Step::of(&answer) else {
            panic!("not back: {answer:?}");
        };
        callback.assert_is_for(&client);
        assert!(callback.code().starts_with("emp_ac_"));

        let verifier: &[(&str, &str)] = &[("code_verifier", VERIFIER)];
        let more = if client.secret.is_none() {
            verifier
        } else {
            &[]
        };
        let answer = op.exchange(&client, callback.code(), more);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let bearer = format!("Bearer {}", answer.member("access_token"));
        let profile = op.server.get_as("/oauth/userinfo", bearer);
        assert_eq!(profile.status, 200, "{}", profile.text());
    }
}

// AS-6749-9, SEED-F-4
pub(crate) fn a_user_who_denies_sends_the_client_an_error(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let page = browser.get(&client.request(&[]));
    let Step::Back(callback) = Step::of(&browser.deny(&page)) else {
        panic!("not back");
    };
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "access_denied");
    // Nothing was remembered.
    assert_eq!(browser.get(&client.request(&[])).status, 200);
}

// S31, OP-CORE-7, OP-CORE-8, OP-CORE-25
pub(crate) fn consent_is_remembered_for_clients_that_prove_who_they_are(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let scope = [("scope", "openid email")];
    let _ = browser.authorize(&client.request(&scope), "ada");
    for (more, is_asked) in [
        (&[("scope", "openid email")][..], false),
        (&[("scope", "email")], false),
        (&[("scope", "openid profile")], true),
        (&[("scope", "")], true),
        (&[("scope", "openid"), ("prompt", "consent")], true),
        (&[("scope", "openid"), ("prompt", "select_account")], true),
        (&[("scope", "openid"), ("prompt", "none")], false),
    ] {
        let answer = browser.get(&client.request(more));
        assert_eq!(answer.status == 200, is_asked, "{more:?}");
        if !is_asked {
            let Step::Back(callback) = Step::of(&answer) else {
                panic!("not back: {answer:?}");
            };
            callback.assert_is_for(&client);
            let _ = callback.code();
        }
    }
    // Another user and another client are asked.
    assert_eq!(
        op.browser_of("eve").get(&client.request(&scope)).status,
        200
    );
    assert_eq!(browser.get(&op.client().request(&scope)).status, 200);
}

// O-18, O-26, AS-8707-3
pub(crate) fn consent_to_one_resource_is_none_to_another(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let at = |resource: &'static str| [("scope", "openid"), ("resource", resource)];
    let (one, two) = ("https://one.example/mcp", "https://two.example/");
    let page = browser.get(&client.request(&at(one)));
    assert!(page.text().contains(&format!("<li>{one}</li>")));
    let _ = browser.allow(&page);
    for (resource, is_asked) in [(one, false), (two, true), ("https://one.example/", true)] {
        let answer = browser.get(&client.request(&at(resource)));
        assert_eq!(answer.status == 200, is_asked, "{resource}");
    }
    // Nor to the provider's own, whether it is named or not; and that to all of these is one.
    let page = browser.get(&client.request(&[]));
    assert_eq!(page.status, 200, "the provider's own");
    let _ = browser.allow(&page);
    for (resource, is_asked) in [("", false), (SITE, false), (one, false), (two, true)] {
        let answer = browser.get(&client.request(&at(resource)));
        assert_eq!(answer.status == 200, is_asked, "{resource}");
    }
    let silent = [("prompt", "none"), ("resource", two)];
    let answer = browser.get(&client.request(&silent));
    assert_eq!(Callback::of(&answer).error(), "consent_required");
    // A code for the provider's own gives no token for another.
    let callback = browser.authorize(&client.request(&[]), "ada");
    let answer = op.exchange(&client, callback.code(), &[("resource", two)]);
    assert_eq!(
        (answer.status, &*answer.member("error")),
        (400, "invalid_target")
    );
}

// O-25, AS-6749-16
pub(crate) fn a_public_client_asks_every_time(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.public_client();
    let mut browser = op.browser_of("ada");
    let _ = browser.authorize(&client.request(&[]), "ada");
    assert_eq!(browser.get(&client.request(&[])).status, 200);
    let answer = browser.get(&client.request(&[("prompt", "none")]));
    let Step::Back(callback) = Step::of(&answer) else {
        panic!("not back: {answer:?}");
    };
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "consent_required");
    // An answer that never counts is not kept, or it would the day that the client gets a secret.
    let operator = Actor::assert_local_operator();
    let ada = wait(op.world.accounts().show(operator, "ada")).unwrap().id;
    assert_eq!(wait(op.store.consents(&ada)).unwrap(), []);
    let _ = browser.authorize(&op.client().request(&[]), "ada");
    assert_eq!(wait(op.store.consents(&ada)).unwrap().len(), 1);
}

// A3
pub(crate) fn a_client_that_may_skip_consent_is_answered_at_once(adapter: Adapter) {
    let op = Op::start(adapter);
    let mut new = NewClient::confidential("Ours").with_redirect_uri(CALLBACK);
    new.options.skip_consent = true;
    let client = op.make(new);
    let mut browser = op.browser_of("ada");
    let answer = browser.get(&client.request(&[]));
    let Step::Back(callback) = Step::of(&answer) else {
        panic!("not back: {answer:?}");
    };
    callback.assert_is_for(&client);
    let _ = callback.code();
    let asked = browser.get(&client.request(&[("prompt", "consent")]));
    assert_eq!(asked.status, 200);
}

// OP-CORE-1, AS-COOKIE-1; A4
pub(crate) fn a_request_by_post_is_answered_as_one_by_get(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let fields = decode(&client.query(&[]));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    // A stranger's parameters travel through the login.
    let mut browser = op.browser();
    let answer = browser.post("/oauth/authorize", &fields);
    assert_eq!(answer.status, 303);
    let Step::LogIn(return_to) = Step::of(&answer) else {
        panic!("no login: {answer:?}");
    };
    browser.log_in("ada");
    assert_eq!(browser.get(&return_to).status, 200);
    // Who is logged in is asked at once, also by a page of another site, whose POST comes without the cookie.
    assert_eq!(browser.post("/oauth/authorize", &fields).status, 200);
    let answer = browser.post_from_elsewhere("/oauth/authorize", &fields);
    assert_eq!(answer.status, 303);
    let Step::Go(again) = Step::of(&answer) else {
        panic!("not again: {answer:?}");
    };
    let page = browser.get(&again);
    let Step::Back(callback) = Step::of(&browser.allow(&page)) else {
        panic!("not back");
    };
    callback.assert_is_for(&client);
    let _ = callback.code();
    // What is no form is not read (#41544).
    let json = Request::post("/oauth/authorize").body("application/json", "{}");
    assert_eq!(op.server.send(&json).status, 415);
}

// AS-6749-17, O-30
pub(crate) fn an_answer_can_come_as_a_form(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let target = client.request(&[("response_mode", "form_post")]);
    let page = browser.get(&target);
    let sent = browser.allow(&page);
    assert_eq!(sent.header("cache-control"), Some("no-store"));
    let policy = sent.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("script-src {SITE}/oauth/form_post.js;")),
        "{policy}"
    );
    let form = Form::on(&sent);
    assert_eq!(form.action, CALLBACK);
    let callback = Callback {
        location: form.action,
        parameters: form.fields,
    };
    callback.assert_is_for(&client);
    assert_eq!(op.exchange(&client, callback.code(), &[]).status, 200);
    let script = op.server.get("/oauth/form_post.js");
    assert_eq!(script.status, 200);
    assert!(script.text().contains("submit"));
    // Errors go the same way.
    let refused = browser.get(&client.request(&[("response_mode", "form_post"), ("scope", "no")]));
    let form = Form::on(&refused);
    assert_eq!(
        (form.field("error"), form.field("state")),
        ("invalid_scope", STATE)
    );
}

// SEED-F-4, SEED-F-5; S5
pub(crate) fn frappes_paths_lead_the_same_way(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.public_client();
    let path = "/api/method/frappe.integrations.oauth2.";
    let query = client.query(&[("code_challenge_method", "s256")]);
    let mut browser = op.browser();
    let answer = browser.get(&format!("{path}authorize?{query}"));
    assert!(
        answer
            .header("location")
            .unwrap()
            .starts_with("/login?redirect-to=%2F")
    );
    browser.log_in("ada");
    // The link that Frappe's page followed, with or without a slash, decides nothing.
    for approve in ["approve", "approve/"] {
        let page = browser.get(&format!("{path}{approve}?{query}"));
        assert_eq!(page.status, 200);
        let form = Form::on(&page);
        assert_eq!(form.action, "/oauth/approve");
    }
    let page = browser.get(&format!("{path}authorize?{query}"));
    let mut form = Form::on(&page);
    form.action = format!("{path}approve");
    let Step::Back(callback) = Step::of(&browser.submit(&form, "decision", "allow")) else {
        panic!("not back");
    };
    callback.assert_is_for(&client);
    let answer = op.exchange(&client, callback.code(), &[("code_verifier", VERIFIER)]);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

// OP-CORE-19: the page was left open until the login was too old.
pub(crate) fn a_decision_counts_while_the_login_is_young_enough(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let operator = Actor::assert_local_operator;
    let ada = wait(op.world.accounts().show(operator(), "ada"))
        .unwrap()
        .id;
    let mut browser = op.browser_of("ada");
    let second = Duration::from_secs(1);
    op.clock().advance(595 * second);
    let page = browser.get(&client.request(&[("max_age", "600")]));
    assert_eq!(page.status, 200, "{}", page.text());
    op.clock().advance(6 * second);
    let Step::LogIn(return_to) = Step::of(&browser.allow(&page)) else {
        panic!("no login");
    };
    assert_eq!(wait(op.store.consents(&ada)).unwrap(), []);
    browser.log_in("ada");
    let page = browser.get(&return_to);
    assert_eq!(page.status, 200, "{}", page.text());
    let _ = Callback::of(&browser.allow(&page)).code();

    // Who logged in for this very request need not again, however long the page takes.
    for more in [("max_age", "1"), ("prompt", "login")] {
        op.clock().advance(5 * second);
        let more = [more, ("scope", "openid email")];
        let Step::LogIn(return_to) = Step::of(&browser.get(&client.request(&more))) else {
            panic!("no login");
        };
        op.clock().advance(second);
        browser.log_in("ada");
        let page = browser.get(&return_to);
        assert_eq!(page.status, 200, "{more:?}: {}", page.text());
        op.clock().advance(60 * second);
        let _ = Callback::of(&browser.allow(&page)).code();
        let grounds = operator().grounds(op.clock().now());
        let withdrawn = op.store.withdraw_consent(&ada, &client.id, &grounds);
        assert!(wait(withdrawn).unwrap());
    }
}
