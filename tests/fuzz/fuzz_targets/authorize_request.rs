//! An authorization request of a stranger: whatever it says, it ends at the login, at the client's own redirect URI with
//! the state that it sent, or at a page; never in an error of ours.

#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use empress_auth_core::endpoint::Dispatcher;
use empress_auth_core::form::parse_form;
use empress_auth_core::percent::encode_segment;
use empress_auth_core::{Actor, Authenticator, MasterKey, MemoryStore};
use empress_auth_oauth::pages::{
    ConsentPage, ErrorPage, FormPostPage, LoggedOutPage, LogoutPage, Pages,
};
use empress_auth_oauth::return_to::return_to;
use empress_auth_oauth::{NewClient, Provider};
use futures_util::FutureExt;
use http::Request;
use libfuzzer_sys::fuzz_target;

const CALLBACK: &str = "https://client.example/callback";

struct Target {
    authorize: Dispatcher,
    client_id: String,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let issuer = "https://auth.example".parse().expect("a URL");
    let store = MemoryStore::new();
    let provider = Provider::new(store.clone(), issuer, MasterKey::from_bytes([1; 32]));
    let new = NewClient::confidential("Client").with_redirect_uri(CALLBACK);
    let made = provider
        .clients()
        .create(Actor::assert_local_operator(), new)
        .now_or_never()
        .expect("a store in memory answers at once");
    let issuer = "https://auth.example".parse().expect("a URL");
    let auth = Authenticator::new(store).sessions(&issuer);
    let mut dispatchers = Dispatcher::group(provider.browser_routes(NoPages), &auth).into_iter();
    let (_, authorize) = dispatchers
        .find(|(path, _)| &**path == "/oauth/authorize")
        .expect("a route");
    Target {
        authorize,
        client_id: made.expect("a client").client().id.to_string(),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let target = &*TARGET;
    // What a URL may have as it is, and the rest of it encoded.
    let mut query = format!(
        "client_id={}&redirect_uri={}&",
        target.client_id,
        encode_segment(CALLBACK)
    );
    for byte in bytes {
        if byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(byte) {
            query.push(char::from(*byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
    }
    let Ok(request) = Request::get(format!("/oauth/authorize?{query}")).body(()) else {
        return;
    };
    let answer = target
        .authorize
        .respond(request, async |_| Ok(Bytes::new()))
        .now_or_never()
        .expect("an answer at once");
    match answer.status().as_u16() {
        200 | 400 => assert!(!answer.headers().contains_key("location")),
        302 => {
            let location = answer.headers()["location"]
                .to_str()
                .expect("visible ASCII");
            check(location, &query);
        }
        status => panic!("{status}"),
    }
});

fn check(location: &str, query: &str) {
    if let Some(login) = location.strip_prefix("/login?") {
        let fields = parse_form(login.as_bytes()).expect("a query");
        let back = fields.single("redirect-to").expect("one").expect("a path");
        assert!(back.len() > 30_000 || return_to(back).is_some(), "{back}");
        return;
    }
    let answer = location.strip_prefix(CALLBACK).expect("the client's own");
    let answer = parse_form(answer.strip_prefix('?').expect("a query").as_bytes()).expect("a form");
    assert!(answer.single("error").is_ok_and(|error| error.is_some()));
    assert_eq!(answer.single("code"), Ok(None));
    assert_eq!(answer.single("iss"), Ok(Some("https://auth.example")));
    let asked = parse_form(query.as_bytes()).expect("it was read");
    let sent = asked
        .single("state")
        .unwrap_or_default()
        .filter(|state| !state.is_empty());
    assert_eq!(answer.single("state"), Ok(sent));
}

struct NoPages;

impl Pages for NoPages {
    fn consent(&self, _: &ConsentPage) -> String {
        unreachable!("nobody is logged in")
    }

    fn error(&self, _: &ErrorPage) -> String {
        String::new()
    }

    fn log_out(&self, _: &LogoutPage) -> String {
        String::new()
    }

    fn logged_out(&self, _: &LoggedOutPage) -> String {
        String::new()
    }

    fn form_post(&self, _: &FormPostPage) -> String {
        String::new()
    }
}
