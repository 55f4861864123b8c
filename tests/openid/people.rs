//! What people are told, and who of them may.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use empress_auth_core::{Entropy, EntropyError};
use empress_auth_oauth::NewClient;
use empress_auth_tests::{Adapter, Answer, CALLBACK, Callback, Form, Op, Request, Step, encode};

fn back(answer: &Answer) -> Callback {
    match Step::of(answer) {
        Step::Back(callback) => callback,
        step @ (Step::LogIn(_) | Step::Go(_)) => panic!("not back: {step:?}"),
    }
}

// O-26, AS-6749-16, P-17
pub(crate) fn the_consent_page_says_who_asks_for_what(adapter: Adapter) {
    let op = Op::start(adapter);
    let new = NewClient::confidential("<b>Bank</b> of \"Anywhere\"")
        .with_redirect_uri("https://shop.example:8443/cb")
        .with_scopes(["openid", "email", "invoices:read"]);
    let client = op.make(new);
    let page = op.browser_of("ada").get(&client.request(&[("scope", "")]));
    let text = page.text();
    for said in [
        "&lt;b&gt;Bank&lt;/b&gt; of &quot;Anywhere&quot; at shop.example:8443",
        "ada for 7776000 s",
        "openid: Know who you are and which roles you have",
        "email: See your email address",
        "invoices:read: invoices:read",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https:"), "{policy}");
    assert!(
        !policy.contains("unsafe") && !policy.contains("script-src"),
        "{policy}"
    );
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}

pub(crate) fn another_user_can_take_over(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let page = browser.get(&client.request(&[]));
    let (_, link) = page.text().split_once("<a href=\"").unwrap();
    let (link, _) = link.split_once('"').unwrap();
    let Step::LogIn(return_to) = Step::of(&browser.get(&link.replace("&amp;", "&"))) else {
        panic!("no login");
    };
    op.clock().advance(Duration::from_secs(1));
    browser.log_in("eve");
    let page = browser.get(&return_to);
    assert!(page.text().contains("<p>eve for"), "{}", page.text());
    back(&browser.allow(&page)).assert_is_for(&client);
}

// allowed_roles; A5
pub(crate) fn a_client_can_be_for_some_roles_alone(adapter: Adapter) {
    let op = Op::start(adapter);
    let new = NewClient::confidential("For managers")
        .with_redirect_uri(CALLBACK)
        .with_allowed_roles(["Manager"]);
    let client = op.make(new);
    assert_eq!(op.browser_of("ada").get(&client.request(&[])).status, 200);
    for more in [&[][..], &[("prompt", "none")], &[("prompt", "consent")]] {
        let callback = back(&op.browser_of("eve").get(&client.request(more)));
        callback.assert_is_for(&client);
        assert_eq!(callback.error(), "access_denied");
    }
}

// A1, A11, H-15: nothing but a session is one
pub(crate) fn who_has_no_session_logs_in(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let target = client.request(&[]);
    let token = op.world.token("ada");
    let bearer = op.tokens(&client, &[])["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let session = op.world.session("ada");
    for request in [
        Request::get(&target),
        Request::get(&target).authorization(format!("token {token}")),
        Request::get(&target).authorization(format!("Bearer {bearer}")),
        Request::get(&target).authorization("nonsense"),
        Request::get(&target).header("Cookie", "sid="),
        Request::get(&target).header("Cookie", "sid=nonsense"),
        Request::get(&target).header("Cookie", format!("sid={token}")),
        Request::get(&target).header("Cookie", format!("sid={}", "a".repeat(5_000))),
        Request::get(&format!("{target}&sid={session}")),
    ] {
        let answer = op.server.send(&request);
        assert!(matches!(Step::of(&answer), Step::LogIn(_)), "{request:?}");
    }
    // OpenID Connect Core §3.1.2.1, `login_hint`: the login page learns who it is to be, if that can be a name.
    let long = "a".repeat(141);
    for (hint, expected) in [
        ("ada@example.com", Some("ada@example.com")),
        ("\"><b>&redirect-to=/", Some("\"><b>&redirect-to=/")),
        ("a\nb", None),
        (&long, None),
    ] {
        let answer = op.browser().get(&client.request(&[("login_hint", hint)]));
        assert!(matches!(Step::of(&answer), Step::LogIn(_)), "{hint}");
        let callback = Callback::parse(answer.header("location").unwrap());
        assert_eq!(callback.get("login_hint"), expected, "{hint}");
    }
    let good = Request::get(&target).header("Cookie", format!("sid={session}"));
    assert_eq!(back(&op.server.send(&good)).get("error"), None);
    let twice = good.clone().header("Cookie", "sid=tossed");
    assert_eq!(op.server.send(&twice).status, 400);
    // A session that has ended is none.
    op.clock().advance(Duration::from_secs(13 * 60 * 60));
    assert!(matches!(Step::of(&op.server.send(&good)), Step::LogIn(_)));
}

// O-42: of two tabs each decides about its own request
pub(crate) fn two_tabs_do_not_mix_up_what_they_ask(adapter: Adapter) {
    let op = Op::start(adapter);
    let (one, other) = (op.client(), op.public_client());
    let mut browser = op.browser_of("ada");
    let first = browser.get(&one.request(&[("state", "one")]));
    let second = browser.get(&other.request(&[("state", "two")]));
    let callback = back(&browser.allow(&first));
    assert_eq!(callback.get("state"), Some("one"));
    assert_eq!(op.exchange(&one, callback.code(), &[]).status, 200);
    let callback = back(&browser.deny(&second));
    assert_eq!(
        (callback.get("state"), callback.error()),
        (Some("two"), "access_denied")
    );
    // In another tab somebody else logged in: what was shown before is nothing now.
    let page = browser.get(&other.request(&[]));
    browser.log_in("eve");
    assert_eq!(
        browser.submit(&Form::on(&page), "decision", "allow").status,
        403
    );
}

// AS-6749-15
pub(crate) fn an_outage_is_told_the_client_once_it_is_known(adapter: Adapter) {
    let is_down = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&is_down);
    let entropy = Entropy::danger_from_fn(move |bytes| {
        if switch.load(Ordering::SeqCst) {
            return Err(EntropyError::new());
        }
        Entropy::system().fill(bytes)
    });
    let op = Op::start_with(adapter, |provider| provider.with_entropy(entropy));
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let _ = browser.authorize(&client.request(&[]), "ada");
    is_down.store(true, Ordering::SeqCst);
    let callback = back(&browser.get(&client.request(&[])));
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "temporarily_unavailable");
}

// AS-ROB-1: junk is never an error of ours
pub(crate) fn junk_is_a_page_or_a_redirect(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let many = vec![("a", "b"); 101];
    let mut browser = op.browser_of("ada");
    for query in [
        encode(&many),
        format!("{}&{}", client.query(&[]), encode(&many)),
        "%".to_owned(),
        "&&&===&&".to_owned(),
        "client_id=%00".to_owned(),
        client.query(&[("scope", &"a ".repeat(2_000))]),
        client.query(&[("nonce", &"n".repeat(1_025))]),
        client.query(&[("prompt", "\u{0}")]),
        client.query(&[("max_age", "\u{661}")]),
        client.query(&[("resource", &"a:b".repeat(900))]),
    ] {
        for path in ["/oauth/authorize", "/oauth/approve", "/oauth/logout"] {
            let got = browser.get(&format!("{path}?{query}"));
            let form = "application/x-www-form-urlencoded";
            let posted = browser.send(Request::post(path).body(form, &query));
            for answer in [got, posted] {
                assert!(
                    matches!(answer.status, 200 | 302 | 303 | 400),
                    "{}",
                    answer.status
                );
            }
        }
    }
}
