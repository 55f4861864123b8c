use std::sync::Arc;
use std::time::UNIX_EPOCH;

use super::*;
use crate::client::AuthMethod;
use crate::redirect_uri::RegisteredRedirectUri;

fn target() -> Target {
    let mut client = Client::new("c", "C", UNIX_EPOCH);
    client.auth_methods.insert(AuthMethod::ClientSecretBasic);
    client.grants.insert(GrantType::AuthorizationCode);
    client.redirect_uris.push("https://app.example/cb".into());
    client.scopes = ["openid", "email", "all"].map(Into::into).into();
    Target {
        redirect_uri: RegisteredRedirectUri::of(&client, None).unwrap(),
        client: Arc::new(client),
        redirect_uri_was_sent: false,
    }
}

fn check(query: &str) -> Result<AuthorizationRequest, OAuthError> {
    let parameters = Parameters::parse(query.as_bytes()).unwrap();
    AuthorizationRequest::check(&parameters, target(), &[])
}

fn error(query: &str) -> &'static str {
    check(query).map_or_else(|error| error.code().as_str(), |_| "")
}

// AS-6749-2, AS-6749-3, AS-6749-4, AS-6749-6, AS-6749-10, AS-6749-17, AS-9101-1, O-4, O-24, OP-CORE-6, OP-CORE-22
#[test]
fn each_parameter_is_checked() {
    let good = "response_type=code";
    for (query, expected) in [
        ("", "invalid_request"),
        ("response_type=", "invalid_request"),
        ("response_type=token", "unsupported_response_type"),
        ("response_type=id_token", "unsupported_response_type"),
        ("response_type=code+id_token", "unsupported_response_type"),
        ("response_type=code+token", "unsupported_response_type"),
        ("response_type=id_token+token", "unsupported_response_type"),
        ("response_type=none", "unsupported_response_type"),
        ("response_type=CODE", "unsupported_response_type"),
        ("response_type=code&response_type=code", "invalid_request"),
        ("scope=openid", "invalid_request"),
    ] {
        assert_eq!(error(query), expected, "{query}");
    }
    for (more, expected) in [
        ("", ""),
        ("extra=foobar", ""),
        ("extra=a&extra=b", ""),
        ("scope=", ""),
        ("scope=openid", ""),
        ("scope=email+openid", ""),
        ("scope=openid+openid", ""),
        ("scope=openid&scope=openid", "invalid_request"),
        ("scope=write", "invalid_scope"),
        ("scope=openid+write", "invalid_scope"),
        ("scope=OpenID", "invalid_scope"),
        ("scope=openid%2520all", "invalid_scope"),
        ("scope=openid%09all", "invalid_scope"),
        ("response_mode=query", ""),
        ("response_mode=form_post", ""),
        ("response_mode=fragment", "invalid_request"),
        ("response_mode=jwt", "invalid_request"),
        ("request=e30.e30.", "request_not_supported"),
        (
            "request_uri=https://a.example/",
            "request_uri_not_supported",
        ),
        ("registration=%7B%7D", "registration_not_supported"),
        ("request=", ""),
        ("prompt=none", ""),
        ("prompt=none+login", "invalid_request"),
        ("prompt=other", "invalid_request"),
        ("max_age=0", ""),
        ("max_age=10000", ""),
        ("max_age=-1", "invalid_request"),
        ("max_age=%2B1", "invalid_request"),
        ("max_age=1.5", "invalid_request"),
        ("max_age=99999999999999999999", "invalid_request"),
        ("display=popup&ui_locales=de+en&claims_locales=se", ""),
        ("claims=%7B%22userinfo%22%3A%7B%7D%7D&login_hint=ada", ""),
        ("display=page&display=page", "invalid_request"),
        ("nonce=n&nonce=n", "invalid_request"),
        ("acr_values=1+2", ""),
    ] {
        assert_eq!(error(&format!("{good}&{more}")), expected, "{more}");
    }
}

// AS-6749-11, A14, OP-CORE-16
#[test]
fn without_a_scope_it_is_the_clients() {
    let scopes = |query: &str| check(query).unwrap().scopes.join(" ");
    assert_eq!(scopes("response_type=code"), "openid email all");
    assert_eq!(
        scopes("response_type=code&scope=email+openid"),
        "email openid"
    );
    assert_eq!(scopes("scope=++openid+&response_type=code"), "openid");
}

#[test]
fn a_client_without_the_grant_is_refused() {
    let mut target = target();
    Arc::make_mut(&mut target.client).grants.clear();
    let parameters = Parameters::parse(b"response_type=code").unwrap();
    let refused = AuthorizationRequest::check(&parameters, target, &[]).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::UnauthorizedClient);
}

// O-31
#[test]
fn a_state_is_given_back_or_refused() {
    let reply_to = |query: &str| {
        let parameters = Parameters::parse(query.as_bytes()).unwrap();
        check_reply_to(&parameters, &target()).map(|reply_to| reply_to.state)
    };
    assert_eq!(reply_to("").unwrap(), None);
    assert_eq!(reply_to("state=").unwrap(), None);
    let long = "a".repeat(MAX_STATE_BYTES);
    assert_eq!(
        reply_to(&format!("state={long}")).unwrap(),
        Some(long.as_str().into())
    );
    assert!(reply_to(&format!("state={long}a")).is_err());
    let odd = "%00%20%25%26+%2B%C3%A9%22";
    let decoded = "\0 %& +\u{e9}\"";
    assert_eq!(
        reply_to(&format!("state={odd}")).unwrap(),
        Some(decoded.into())
    );
}

// OP-CORE-24
#[test]
fn a_context_that_we_meet_is_named() {
    let acr = |values: &str| {
        check(&format!("response_type=code&acr_values={values}"))
            .unwrap()
            .acr
    };
    assert_eq!(acr("1").as_deref(), Some("1"));
    assert_eq!(acr("2+1").as_deref(), Some("1"));
    assert_eq!(acr("2+urn:a"), None);
}
