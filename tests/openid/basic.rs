//! The modules of the plan `oidcc-basic-certification-test-plan`, in its order: what each of them asks of a provider.

use std::time::Duration;

use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::AuthMethod;
use empress_auth_tests::{
    Adapter, Answer, Browser, CALLBACK, CHALLENGE, Callback, Op, OpClient, Request, SCOPES, SITE,
    Step, encode, unverified_claims, unverified_header,
};
use serde_json::Value;

use crate::signature;

/// The way of most modules: through login and consent to tokens, all of which are what they should be.
fn happy(adapter: Adapter, more: &[(&str, &str)]) -> (Op, OpClient, Value) {
    let op = Op::start(adapter);
    let client = op.client();
    let tokens = op.tokens(&client, more);
    assert_tokens(&op, &client, &tokens);
    (op, client, tokens)
}

/// Access token and ID token, as every module looks at them (OP-CORE-10 to 14, AS-6749-22, 23).
#[track_caller]
fn assert_tokens(op: &Op, client: &OpClient, tokens: &Value) {
    assert_eq!(
        tokens["token_type"]
            .as_str()
            .map(str::to_lowercase)
            .as_deref(),
        Some("bearer")
    );
    let expires_in = tokens["expires_in"].as_u64().expect("a number");
    assert!((1..31_536_000).contains(&expires_in));
    let access_token = tokens["access_token"].as_str().expect("an access token");
    assert!(access_token.len() > 43);
    let id_token = tokens["id_token"].as_str().expect("an ID token");
    signature::assert_is_signed(&op.server, id_token);
    let claims = unverified_claims(id_token);
    assert_eq!(claims["iss"], SITE);
    assert!(claims["aud"] == client.id || claims["aud"] == serde_json::json!([client.id]));
    let sub = claims["sub"].as_str().expect("a subject");
    assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
    let (iat, exp) = (
        claims["iat"].as_u64().unwrap(),
        claims["exp"].as_u64().unwrap(),
    );
    assert!(exp > iat);
    if let Some(at_hash) = claims["at_hash"].as_str() {
        assert_eq!(at_hash, signature::half_hash(access_token));
    }
    for name in ["name", "email", "picture", "address", "phone_number"] {
        assert_eq!(claims.get(name), None, "{name} comes from userinfo");
    }
}

fn claims(tokens: &Value) -> Value {
    unverified_claims(tokens["id_token"].as_str().expect("an ID token"))
}

fn bearer(tokens: &Value) -> String {
    format!(
        "Bearer {}",
        tokens["access_token"].as_str().expect("an access token")
    )
}

fn userinfo(op: &Op, tokens: &Value) -> Value {
    let answer = op.server.get_as("/oauth/userinfo", bearer(tokens));
    assert_profile(&answer, tokens)
}

/// JSON with the ID token's subject and claims of the right types (OP-CORE-30 to 32).
#[track_caller]
fn assert_profile(answer: &Answer, tokens: &Value) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        answer
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
    let profile = answer.json();
    assert_eq!(profile["sub"], claims(tokens)["sub"]);
    for (name, value) in profile.as_object().unwrap() {
        assert!(!value.is_null() && value != "", "{name} is empty");
    }
    assert!(profile.get("email_verified").is_none_or(Value::is_boolean));
    assert!(profile.get("updated_at").is_none_or(Value::is_number));
    profile
}

#[track_caller]
fn back(answer: &Answer) -> Callback {
    match Step::of(answer) {
        Step::Back(callback) => callback,
        step @ (Step::LogIn(_) | Step::Go(_)) => panic!("not back: {step:?}"),
    }
}

// OP-CORE-2, OP-CORE-4, OP-CORE-10, OP-CORE-11, OP-CORE-13, OP-CORE-14, OP-CORE-26
pub(crate) fn oidcc_server(adapter: Adapter) {
    let (_, _, tokens) = happy(adapter, &[("nonce", "n-0S6_WzA2Mj")]);
    assert_eq!(claims(&tokens)["nonce"], "n-0S6_WzA2Mj");
}

// AS-6749-6
pub(crate) fn oidcc_response_type_missing(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let answer = op.browser().get(&client.request(&[("response_type", "")]));
    let callback = back(&answer);
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "invalid_request");
}

// OP-CORE-10
pub(crate) fn oidcc_idtoken_signature(adapter: Adapter) {
    let (_, _, tokens) = happy(adapter, &[]);
    let header = unverified_header(tokens["id_token"].as_str().unwrap());
    assert_eq!(header["alg"], "RS256");
    assert!(header["kid"].is_string());
}

// AS-9700-20
/// Skipped by the suite, too, where `none` is not advertised; here that it is not.
pub(crate) fn oidcc_idtoken_unsigned(adapter: Adapter) {
    let op = Op::start(adapter);
    let metadata = op.server.get("/.well-known/openid-configuration").json();
    let algs = metadata["id_token_signing_alg_values_supported"]
        .as_array()
        .unwrap();
    assert!(!algs.contains(&Value::from("none")));
}

// OP-CORE-30, OP-CORE-31
pub(crate) fn oidcc_userinfo_get(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[]);
    let _ = userinfo(&op, &tokens);
}

// OP-CORE-31
pub(crate) fn oidcc_userinfo_post_header(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[]);
    let request = Request::post("/oauth/userinfo").authorization(bearer(&tokens));
    let _ = assert_profile(&op.server.send(&request), &tokens);
}

// RS-6750-9
/// A token in a form: an error is a warning to the suite, a crash a failure.
pub(crate) fn oidcc_userinfo_post_body(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[]);
    let token = tokens["access_token"].as_str().unwrap();
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("/oauth/userinfo").body(form, encode(&[("access_token", token)]));
    let answer = op.server.send(&request);
    if answer.status == 200 {
        let _ = assert_profile(&answer, &tokens);
    } else {
        assert!(matches!(answer.status, 400 | 401), "{}", answer.status);
    }
}

// OP-CORE-15
pub(crate) fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(adapter: Adapter) {
    let (_, _, tokens) = happy(adapter, &[("nonce", "")]);
    assert_eq!(claims(&tokens).get("nonce"), None);
}

pub(crate) fn oidcc_scope_profile(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[("scope", "openid profile")]);
    assert!(userinfo(&op, &tokens)["name"].is_string());
}

pub(crate) fn oidcc_scope_email(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[("scope", "openid email")]);
    let _ = userinfo(&op, &tokens);
}

pub(crate) fn oidcc_scope_address(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[("scope", "openid address")]);
    let _ = userinfo(&op, &tokens);
}

pub(crate) fn oidcc_scope_phone(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[("scope", "openid phone")]);
    let _ = userinfo(&op, &tokens);
}

// OP-CORE-32
pub(crate) fn oidcc_scope_all(adapter: Adapter) {
    let (op, _, tokens) = happy(adapter, &[("scope", "openid profile email address phone")]);
    assert!(userinfo(&op, &tokens)["name"].is_string());
}

// OP-CORE-16
/// Other words first, and the parameters the other way round.
pub(crate) fn oidcc_alternate_happy_flow(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let query = client.query(&[("scope", "email openid"), ("nonce", "n")]);
    let mut pieces: Vec<&str> = query.split('&').collect();
    pieces.reverse();
    let target = format!("/oauth/authorize?{}", pieces.join("&"));
    let callback = op.browser().authorize(&target, "ada");
    callback.assert_is_for(&client);
    let tokens = op.exchange(&client, callback.code(), &[]).json();
    assert_tokens(&op, &client, &tokens);
}

// OP-CORE-22
pub(crate) fn oidcc_display_page(adapter: Adapter) {
    let _ = happy(adapter, &[("display", "page")]);
}

pub(crate) fn oidcc_display_popup(adapter: Adapter) {
    let _ = happy(adapter, &[("display", "popup")]);
}

// OP-CORE-8
pub(crate) fn oidcc_prompt_login(adapter: Adapter) {
    let (op, client, first) = happy(adapter, &[("max_age", "15000")]);
    let mut browser = op.browser_of("ada");
    op.clock().advance(Duration::from_secs(2));
    let target = client.request(&[("prompt", "login"), ("max_age", "15000")]);
    let Step::LogIn(return_to) = Step::of(&browser.get(&target)) else {
        panic!("no login");
    };
    // Coming back without a login, also with what another request was given, leads there again.
    assert!(matches!(Step::of(&browser.get(&return_to)), Step::LogIn(_)));
    assert!(matches!(Step::of(&browser.get(&target)), Step::LogIn(_)));
    op.clock().advance(Duration::from_secs(2));
    browser.log_in("ada");
    let answer = browser.get(&return_to);
    let callback = back(&answer);
    callback.assert_is_for(&client);
    let second = op.exchange(&client, callback.code(), &[]).json();
    assert_tokens(&op, &client, &second);
    let auth_time = |tokens: &Value| claims(tokens)["auth_time"].as_u64().expect("auth_time");
    assert!(auth_time(&second) > auth_time(&first));
    assert_eq!(claims(&second)["sub"], claims(&first)["sub"]);
    // What was given for this request is good for no other.
    let (_, marker) = return_to.rsplit_once('&').unwrap();
    op.clock().advance(Duration::from_secs(2));
    browser.log_in("ada");
    let other = client.request(&[("prompt", "login"), ("state", "other")]);
    assert!(matches!(
        Step::of(&browser.get(&format!("{other}&{marker}"))),
        Step::LogIn(_)
    ));
    for forged in ["login_asked=0", "login_asked=AAAA", "login_asked="] {
        assert!(matches!(
            Step::of(&browser.get(&format!("{target}&{forged}"))),
            Step::LogIn(_)
        ));
    }
}

// OP-CORE-5
pub(crate) fn oidcc_prompt_none_not_logged_in(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let state = "s".repeat(128);
    let fields = [("prompt", "none"), ("state", state.as_str())];
    let answer = op.browser().get(&client.request(&fields));
    let callback = back(&answer);
    assert_eq!(callback.error(), "login_required");
    assert_eq!(callback.get("state"), Some(state.as_str()));
}

// OP-CORE-7
pub(crate) fn oidcc_prompt_none_logged_in(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let first = op.tokens_in(&mut browser, &client, &[("max_age", "15000")]);
    op.clock().advance(Duration::from_secs(2));
    let more = [("prompt", "none"), ("max_age", "15000")];
    let callback = back(&browser.get(&client.request(&more)));
    let second = op.exchange(&client, callback.code(), &[]).json();
    assert_tokens(&op, &client, &second);
    for name in ["sub", "auth_time"] {
        assert_eq!(claims(&first)[name], claims(&second)[name], "{name}");
    }
}

// OP-CORE-19
pub(crate) fn oidcc_max_age_1(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let first = op.tokens_in(&mut browser, &client, &[]);
    op.clock().advance(Duration::from_secs(2));
    let Step::LogIn(return_to) = Step::of(&browser.get(&client.request(&[("max_age", "1")])))
    else {
        panic!("no login");
    };
    assert!(matches!(Step::of(&browser.get(&return_to)), Step::LogIn(_)));
    let silent = [("max_age", "1"), ("prompt", "none")];
    assert_eq!(
        back(&browser.get(&client.request(&silent))).error(),
        "login_required"
    );
    op.clock().advance(Duration::from_millis(5));
    browser.log_in("ada");
    let callback = back(&browser.get(&return_to));
    let second = op.exchange(&client, callback.code(), &[]).json();
    let auth_time = |tokens: &Value| claims(tokens)["auth_time"].as_u64();
    assert!(auth_time(&second).expect("auth_time") >= auth_time(&first).unwrap_or_default() + 2);
    // 0 asks for a login each time.
    let zero = client.request(&[("max_age", "0")]);
    assert!(matches!(Step::of(&browser.get(&zero)), Step::LogIn(_)));
}

// OP-CORE-12, OP-CORE-19
pub(crate) fn oidcc_max_age_10000(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let first = op.tokens_in(&mut browser, &client, &[("max_age", "15000")]);
    op.clock().advance(Duration::from_secs(2));
    let callback = back(&browser.get(&client.request(&[("max_age", "10000")])));
    let second = op.exchange(&client, callback.code(), &[]).json();
    assert!(claims(&first)["auth_time"].is_u64());
    assert_eq!(claims(&first)["auth_time"], claims(&second)["auth_time"]);
}

// AS-6749-2
pub(crate) fn oidcc_ensure_request_with_unknown_parameter_succeeds(adapter: Adapter) {
    let _ = happy(adapter, &[("extra", "foobar")]);
}

// OP-CORE-18
pub(crate) fn oidcc_id_token_hint(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser_of("ada");
    let first = op.tokens_in(&mut browser, &client, &[]);
    let hint = first["id_token"].as_str().unwrap();
    let more = [("prompt", "none"), ("id_token_hint", hint)];
    let callback = back(&browser.get(&client.request(&more)));
    let second = op.exchange(&client, callback.code(), &[]).json();
    assert_eq!(claims(&first)["sub"], claims(&second)["sub"]);
    // Another user's is an error, not a code for the wrong one; an expired one is as good as any.
    let mut eve = op.browser_of("eve");
    let _ = eve.authorize(&client.request(&[]), "eve");
    assert_eq!(
        back(&eve.get(&client.request(&more))).error(),
        "login_required"
    );
    op.clock().advance(Duration::from_secs(2 * 60 * 60));
    let _ = back(&browser.get(&client.request(&more))).code();
    let other = if hint.ends_with('A') { 'Q' } else { 'A' };
    let bent = format!("{}{other}", &hint[..hint.len() - 1]);
    for wrong in [
        bent.as_str(),
        "",
        "a.b.c",
        "e30.e30.",
        &signature::without(hint),
    ] {
        let more = [("prompt", "none"), ("id_token_hint", wrong)];
        let callback = back(&browser.get(&client.request(&more)));
        if !wrong.is_empty() {
            assert_eq!(callback.error(), "invalid_request", "{wrong}");
        }
    }
}

// OP-CORE-22
pub(crate) fn oidcc_login_hint(adapter: Adapter) {
    let _ = happy(adapter, &[("login_hint", "ada@example.com")]);
}

pub(crate) fn oidcc_ui_locales(adapter: Adapter) {
    let _ = happy(adapter, &[("ui_locales", "se")]);
}

pub(crate) fn oidcc_claims_locales(adapter: Adapter) {
    let _ = happy(adapter, &[("claims_locales", "se")]);
}

// OP-CORE-24
pub(crate) fn oidcc_ensure_request_with_acr_values_succeeds(adapter: Adapter) {
    let (_, _, tokens) = happy(adapter, &[("acr_values", "1 2")]);
    assert_eq!(claims(&tokens)["acr"], "1");
}

fn code(op: &Op, browser: &mut Browser<'_>, client: &OpClient) -> String {
    let callback = browser.authorize(&client.request(&[]), "ada");
    callback.assert_is_for(client);
    let _ = op;
    callback.code().to_owned()
}

// AS-6749-33
pub(crate) fn oidcc_codereuse(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let code = code(&op, &mut op.browser(), &client);
    assert_eq!(op.exchange(&client, &code, &[]).status, 200);
    let again = op.exchange(&client, &code, &[]);
    assert_eq!(
        (again.status, again.member("error").as_str()),
        (400, "invalid_grant")
    );
}

// AS-6749-33
pub(crate) fn oidcc_codereuse_30seconds(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let code = code(&op, &mut op.browser(), &client);
    let tokens = op.exchange(&client, &code, &[]).json();
    let _ = userinfo(&op, &tokens);
    op.clock().advance(Duration::from_secs(30));
    let again = op.exchange(&client, &code, &[]);
    assert_eq!(
        (again.status, again.member("error").as_str()),
        (400, "invalid_grant")
    );
    let answer = op.server.get_as("/oauth/userinfo", bearer(&tokens));
    assert_eq!(answer.status, 401, "the first token is revoked");
}

// AS-9700-1, OP-CORE-3
pub(crate) fn oidcc_ensure_registered_redirect_uri(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    for browser in [&mut op.browser(), &mut op.browser_of("ada")] {
        let uri = format!("{CALLBACK}/{}", "x".repeat(10));
        let answer = browser.get(&client.request(&[("redirect_uri", &uri)]));
        assert_eq!((answer.status, answer.header("location")), (400, None));
    }
}

// OP-CORE-1
pub(crate) fn oidcc_ensure_post_request_succeeds(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let mut browser = op.browser();
    let fields = empress_auth_tests::decode(&client.query(&[]));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let answer = browser.post_from_elsewhere("/oauth/authorize", &fields);
    let Step::Go(target) = Step::of(&answer) else {
        panic!("not on: {answer:?}");
    };
    let callback = browser.authorize(&target, "ada");
    callback.assert_is_for(&client);
    let tokens = op.exchange(&client, callback.code(), &[]).json();
    assert_tokens(&op, &client, &tokens);
}

// AS-6749-26
pub(crate) fn oidcc_server_client_secret_post(adapter: Adapter) {
    let op = Op::start(adapter);
    let new = NewClient::confidential("Posts")
        .with_redirect_uri(CALLBACK)
        .with_scopes(SCOPES)
        .with_auth_method(AuthMethod::ClientSecretPost);
    let client = op.make(new);
    let code = code(&op, &mut op.browser(), &client);
    let fields = encode(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("client_id", &client.id),
        ("client_secret", client.secret.as_deref().unwrap()),
    ]);
    let form = "application/x-www-form-urlencoded";
    let answer = op
        .server
        .send(&Request::post("/oauth/token").body(form, fields));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_tokens(&op, &client, &answer.json());
}

// AS-9101-1, OP-CORE-21
pub(crate) fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    adapter: Adapter,
) {
    let op = Op::start(adapter);
    let client = op.client();
    let more = [("request_uri", "https://client.example/request.jwt")];
    let callback = back(&op.browser().get(&client.request(&more)));
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "request_uri_not_supported");
}

// AS-9101-1, OP-CORE-20
pub(crate) fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    adapter: Adapter,
) {
    let op = Op::start(adapter);
    let client = op.client();
    let more = [("request", "eyJhbGciOiJub25lIn0.eyJzY29wZSI6Im9wZW5pZCJ9.")];
    let callback = back(&op.browser().get(&client.request(&more)));
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "request_not_supported");
}

// OP-CORE-23
pub(crate) fn oidcc_claims_essential(adapter: Adapter) {
    let _ = happy(
        adapter,
        &[("claims", r#"{"userinfo":{"name":{"essential":true}}}"#)],
    );
}

/// Skipped by the suite, too, where request objects are not supported; here that a URI inside of one is not read.
pub(crate) fn oidcc_ensure_request_object_with_redirect_uri(adapter: Adapter) {
    let op = Op::start(adapter);
    let client = op.client();
    let object =
        signature::unsigned(&serde_json::json!({ "redirect_uri": "https://evil.example/" }));
    let callback = back(&op.browser().get(&client.request(&[("request", &object)])));
    callback.assert_is_for(&client);
    assert_eq!(callback.error(), "request_not_supported");
}

// AS-6749-35, OP-CORE-17
pub(crate) fn oidcc_refresh_token(adapter: Adapter) {
    let op = Op::start(adapter);
    let (client, other) = (op.client(), op.client());
    let more = [("scope", "openid offline_access"), ("prompt", "consent")];
    let first = op.tokens(&client, &more);
    let of_other = op.tokens(&other, &more);
    op.clock().advance(Duration::from_secs(2));
    let refresh = |client: &OpClient, tokens: &Value| {
        let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token");
        op.token(
            client,
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ],
        )
    };
    let answer = refresh(&client, &first);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let second = answer.json();
    assert_ne!(second["access_token"], first["access_token"]);
    if second.get("id_token").is_some() {
        assert_tokens(&op, &client, &second);
        for name in ["iss", "sub", "aud", "auth_time", "azp"] {
            assert_eq!(
                claims(&first).get(name),
                claims(&second).get(name),
                "{name}"
            );
        }
        assert!(claims(&second)["iat"].as_u64() > claims(&first)["iat"].as_u64());
    }
    let stolen = refresh(&client, &of_other);
    assert_eq!(
        (stolen.status, stolen.member("error").as_str()),
        (400, "invalid_grant")
    );
}

// AS-7636-4, AS-7636-5, AS-7636-11
pub(crate) fn oidcc_ensure_request_with_valid_pkce_succeeds(adapter: Adapter) {
    let more = [
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let (op, client, _) = happy(adapter, &more);
    let callback = op
        .browser_of("ada")
        .authorize(&client.request(&more), "ada");
    for wrong in [&[][..], &[("code_verifier", CHALLENGE)]] {
        let answer = op.exchange(&client, callback.code(), wrong);
        assert_eq!(
            (answer.status, answer.member("error").as_str()),
            (400, "invalid_grant")
        );
    }
}
