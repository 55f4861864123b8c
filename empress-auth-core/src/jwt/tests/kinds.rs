//! Tokens of other kinds from the same issuer: J-25, RS-9068-1, RS-9068-4.

use super::*;

fn of_type(typ: &str, claims: &Value) -> String {
    ES256.sign(format!(r#"{{"alg":"ES256","kid":"test"{typ}}}"#), claims)
}

// J-25, RS-9068-1, RS-9068-4
#[test]
fn only_access_tokens_are_access_tokens() {
    for typ in [
        r#","typ":"at+jwt""#,
        r#","typ":"AT+JWT""#,
        r#","typ":"application/at+jwt""#,
        r#","typ":"Application/At+Jwt""#,
        r#","typ":"\u0061t+jwt""#,
    ] {
        assert_eq!(fault(&verifier(), &of_type(typ, &good())), None, "{typ}");
    }
    for typ in [
        "",
        r#","typ":"JWT""#,
        r#","typ":"jwt""#,
        r#","typ":"application/jwt""#,
        r#","typ":"logout+jwt""#,
        r#","typ":"dpop+jwt""#,
        r#","typ":"secevent+jwt""#,
        r#","typ":"client-authentication+jwt""#,
        r#","typ":"oauth-authz-req+jwt""#,
        r#","typ":"token-introspection+jwt""#,
        r#","typ":"""#,
        r#","typ":"at+jwt ""#,
        r#","typ":"text/at+jwt""#,
        r#","typ":"application/application/at+jwt""#,
        r#","typ":"at+jwt\u0000""#,
        r#","typ":"refresh+jwt""#,
        r#","typ":"vc+sd-jwt""#,
    ] {
        assert_eq!(
            fault(&verifier(), &of_type(typ, &good())),
            Some(Fault::Type),
            "{typ}"
        );
    }
    for typ in ["null", "5", "[\"at+jwt\"]"] {
        let token = of_type(&format!(r#","typ":{typ}"#), &good());
        assert_eq!(fault(&verifier(), &token), Some(Fault::HeaderJson), "{typ}");
    }
}

#[test]
fn other_types_are_accepted_where_they_are_listed() {
    let verifier = verifier().types(["application/logout+jwt"]);
    assert_eq!(
        fault(&verifier, &of_type(r#","typ":"logout+jwt""#, &good())),
        None
    );
    assert_eq!(
        fault(&verifier, &of_type(r#","typ":"at+jwt""#, &good())),
        Some(Fault::Type)
    );
}

// RS-9068-1
#[test]
fn where_untyped_tokens_are_accepted_those_that_show_another_kind_are_not() {
    let lenient = verifier().danger_allow_untyped();
    for typ in [
        "",
        r#","typ":"JWT""#,
        r#","typ":"jwt""#,
        r#","typ":"at+jwt""#,
    ] {
        assert_eq!(fault(&lenient, &of_type(typ, &good())), None, "{typ}");
    }
    for typ in [
        r#","typ":"logout+jwt""#,
        r#","typ":"dpop+jwt""#,
        r#","typ":"ID""#,
    ] {
        assert_eq!(
            fault(&lenient, &of_type(typ, &good())),
            Some(Fault::Type),
            "{typ}"
        );
    }
    for (name, value) in [
        ("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ("c_hash", json!("LDktKdoQak3Pk0cnXxCltA")),
        (
            "events",
            json!({"http://schemas.openid.net/event/backchannel-logout": {}}),
        ),
        ("htm", json!("POST")),
        ("htu", json!("https://api.example/")),
        ("typ", json!("ID")),
        ("typ", json!("Refresh")),
        ("typ", json!("Offline")),
        ("typ", json!("Logout")),
        ("typ", json!(5)),
        ("token_use", json!("id")),
        ("token_use", Value::Null),
    ] {
        let mut claims = good();
        claims[name] = value;
        assert_eq!(
            fault(&lenient, &of_type("", &claims)),
            Some(Fault::Type),
            "{claims}"
        );
    }
    for (name, value) in [("typ", "Bearer"), ("token_use", "access"), ("nonce", "x")] {
        let mut claims = good();
        claims[name] = json!(value);
        assert_eq!(fault(&lenient, &of_type("", &claims)), None, "{claims}");
    }
}
