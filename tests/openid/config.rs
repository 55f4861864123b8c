//! The one module of the plan `oidcc-config-certification-test-plan`.

use empress_auth_tests::{Adapter, Op, Request, SITE};
use serde_json::Value;

pub(crate) fn oidcc_discovery_endpoint_verification(adapter: Adapter) {
    let op = Op::start(adapter);
    let answer = op.server.get("/.well-known/openid-configuration");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], SITE);
    let list = |name: &str| -> Vec<String> {
        let values = metadata[name]
            .as_array()
            .unwrap_or_else(|| panic!("no {name}"));
        assert!(!values.is_empty(), "{name} is empty");
        let text = |value: &Value| value.as_str().expect("a string").to_owned();
        values.iter().map(text).collect()
    };
    assert_eq!(list("response_types_supported"), ["code"]);
    assert_eq!(list("subject_types_supported"), ["public"]);
    assert!(list("id_token_signing_alg_values_supported").contains(&"RS256".to_owned()));
    assert!(list("scopes_supported").contains(&"openid".to_owned()));
    assert!(list("grant_types_supported").contains(&"authorization_code".to_owned()));
    assert!(list("code_challenge_methods_supported").contains(&"S256".to_owned()));
    assert!(list("claims_supported").contains(&"sub".to_owned()));
    assert_eq!(
        metadata["authorization_response_iss_parameter_supported"],
        true
    );
    for absent in ["claims_locales_supported", "ui_locales_supported"] {
        assert_eq!(metadata.get(absent), None, "{absent}");
    }
    for name in [
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "claims_parameter_supported",
    ] {
        assert_ne!(metadata[name], true, "{name}");
    }
    // AS-8414-8. https in production; here the issuer's own scheme. Each of them answers.
    let endpoints = metadata
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri");
    let mut seen = Vec::new();
    for (name, url) in endpoints {
        let path = url.as_str().unwrap().strip_prefix(SITE).expect("ours");
        for method in ["GET", "POST"] {
            let answer = op.server.send(&Request::new(method, path));
            assert!(
                answer.status != 404 && answer.status < 500,
                "{method} {name}: {}",
                answer.status
            );
        }
        seen.push(name.as_str());
    }
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "end_session_endpoint",
        "jwks_uri",
    ] {
        assert!(seen.contains(&name), "{name}");
    }
    for name in metadata["response_modes_supported"].as_array().unwrap() {
        assert!(*name == "query" || *name == "form_post", "{name}");
    }
    let jwks = op.server.get("/.well-known/jwks.json").json();
    for key in jwks["keys"].as_array().expect("keys") {
        for name in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(name), None, "private");
        }
        assert_eq!(key["use"], "sig");
        assert!(key["kid"].is_string() && key["alg"].is_string());
    }
}
