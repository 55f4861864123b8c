//! What a header may ask for: J-4 to J-7.

use super::*;

fn fault_with(parameters: &str) -> Option<Fault> {
    let header = format!(r#"{{"alg":"ES256","typ":"at+jwt",{parameters}}}"#);
    fault(&verifier(), &ES256.sign(header, good()))
}

// J-4, RS-9068-5
#[test]
fn an_extension_is_never_understood() {
    for critical in [
        r#""crit":["exp"]"#,
        r#""crit":["b64"]"#,
        r#""crit":["x"],"x":1"#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""crit":"exp""#,
        r#""crit":{}"#,
        r#""crit":0"#,
        r#""crit":true"#,
        r#""crit":false"#,
        r#""crit":["x","x"],"x":1"#,
        r#""crit":["alg"]"#,
        r#""crit":["kid","typ"]"#,
        r#""crit":["crit"]"#,
        r#""crit":[""]"#,
        r#""crit":[null]"#,
        r#""crit":["http://example.com/UNDEFINED"],"http://example.com/UNDEFINED":true"#,
        r#""crit":["absent"]"#,
        r#""cr\u0069t":["x"]"#,
        r#""crit":[["exp"]]"#,
    ] {
        assert_eq!(
            fault_with(&format!(r#"{critical},"kid":"test""#)),
            Some(Fault::Critical),
            "{critical}"
        );
    }
    assert_eq!(fault_with(r#""kid":"test","x":1,"Crit":["x"]"#), None);
}

// J-5
#[test]
fn a_payload_is_always_encoded_and_always_there() {
    for b64 in ["false", "true", "null", "\"false\""] {
        assert_eq!(
            fault_with(&format!(r#""kid":"test","b64":{b64}"#)),
            Some(Fault::Critical),
            "{b64}"
        );
    }
    let signed = ES256.access_token(good());
    let parts: Vec<_> = signed.split('.').collect();
    let detached = format!("{}..{}", parts[0], parts[2]);
    assert_eq!(fault(&verifier(), &detached), Some(Fault::Signature));
    let empty = ES256.sign(r#"{"alg":"ES256","kid":"test","typ":"at+jwt"}"#, "");
    assert_eq!(fault(&verifier(), &empty), Some(Fault::ClaimsJson));
}

// J-6
#[test]
fn a_key_that_a_token_brings_along_is_not_used() {
    let attacker = TestIssuer::new(ISSUER, Algorithm::ES256);
    let jwks = attacker.jwks();
    let jwk = jwks
        .trim_start_matches("{\"keys\":[")
        .trim_end_matches("]}");
    for brought in [
        format!(r#""jwk":{jwk}"#),
        r#""jku":"http://127.0.0.1:9/jwks.json""#.to_owned(),
        r#""x5u":"http://127.0.0.1:9/cert.pem""#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
    ] {
        for kid in [r#","kid":"test""#, r#","kid":"other""#, ""] {
            let header = format!(r#"{{"alg":"ES256","typ":"at+jwt",{brought}{kid}}}"#);
            let fault_found = fault(&verifier(), &attacker.sign(&header, good()));
            assert!(fault_found.is_some(), "{header}");
            // Issuers add their certificates to good tokens; they are not looked at.
            if kid.contains("test") {
                assert_eq!(
                    fault(&verifier(), &ES256.sign(&header, good())),
                    None,
                    "{header}"
                );
            }
        }
    }
}

// J-37: joserfc and jsonwebtoken do not read such a header
#[test]
fn what_a_header_brings_along_is_at_least_what_it_is_called() {
    for wrong in [
        r#""cty":5"#,
        r#""jku":null"#,
        r#""jku":"../../etc/passwd""#,
        r#""x5u":false"#,
        r#""x5u":"file:///etc/passwd""#,
        r#""x5t":[]"#,
        r#""x5t#S256":{}"#,
        r#""x5c":{}"#,
        r#""x5c":"MIIB""#,
        r#""x5c":["MIIB",1]"#,
        r#""jwk":5"#,
        r#""jwk":{}"#,
        r#""jwk":{"kty":1}"#,
    ] {
        let fault = fault_with(&format!(r#""kid":"test",{wrong}"#));
        assert_eq!(fault, Some(Fault::HeaderJson), "{wrong}");
    }
    let good =
        r#""kid":"test","cty":"JWT","jku":"https://x","x5u":"http://x","x5t":"x","x5c":["x"]"#;
    assert_eq!(fault_with(good), None);
}

// J-7
#[test]
fn a_kid_is_a_name_and_nothing_else() {
    let long = "k".repeat(129);
    for no_name in [
        "",
        "a b",
        "a\\u0000b",
        "a\\nb",
        "te\\\"st",
        "te\\\\st",
        "t\\u0435st",
        "\\ud83d\\ude00",
        "test\\u200b",
        &long,
        "kid\\u0000' OR 1=1 --",
    ] {
        assert_eq!(
            fault_with(&format!(r#""kid":"{no_name}""#)),
            Some(Fault::Kid),
            "{no_name}"
        );
    }
    for wrong in ["null", "5", "[\"test\"]", "{}", "true"] {
        assert_eq!(
            fault_with(&format!(r#""kid":{wrong}"#)),
            Some(Fault::HeaderJson),
            "{wrong}"
        );
    }
    for unknown in [
        "../../dev/null",
        "/etc/passwd",
        "__proto__",
        "constructor",
        "http://127.0.0.1:9/",
        "'OR'1'='1",
        "Test",
        "test.",
        "tes",
        "%74est",
        "..",
        "0",
    ] {
        assert_eq!(
            fault_with(&format!(r#""kid":"{unknown}""#)),
            Some(Fault::UnknownKey),
            "{unknown}"
        );
    }
    assert_eq!(fault_with(r#""kid":"\u0074est""#), None);
    let megabyte = format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(1 << 20));
    assert_eq!(
        fault(&verifier(), &ES256.sign(megabyte, good())),
        Some(Fault::TooLong)
    );
}

#[test]
fn without_a_kid_the_only_key_of_the_algorithm_is_meant() {
    let nameless = ES256.sign(r#"{"alg":"ES256","typ":"at+jwt"}"#, good());
    assert_eq!(fault(&verifier(), &nameless), None);

    let one = ES256.jwks();
    let other = TestIssuer::new(ISSUER, Algorithm::ES256)
        .jwks()
        .replace("\"test\"", "\"other\"");
    let of_another_algorithm = TestIssuer::new(ISSUER, Algorithm::EdDSA)
        .jwks()
        .replace("\"test\"", "\"other\"");
    let with = |other: &str| {
        let (one, other) = (
            one.trim_end_matches("]}"),
            other.trim_start_matches("{\"keys\":["),
        );
        let keys = KeySet::from_json(format!("{one},{other}").as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        JwtVerifier::new(ISSUER, AUDIENCE, keys)
    };
    assert_eq!(fault(&with(&of_another_algorithm), &nameless), None);
    assert_eq!(fault(&with(&other), &nameless), Some(Fault::AmbiguousKey));
    let named = ES256.access_token(good());
    assert_eq!(fault(&with(&other), &named), None);
}

#[test]
fn a_header_that_was_accepted_before_vouches_for_nothing_but_itself() {
    let other = TestIssuer::new(ISSUER, Algorithm::ES256);
    let usual = ES256.access_token(good());
    let verifier = verifier();
    assert_eq!(fault(&verifier, &usual), None);
    assert_eq!(fault(&verifier, &usual), None, "the second time, too");

    // The header that is known now, and anything else wrong.
    assert_eq!(
        fault(&verifier, &other.access_token(good())),
        Some(Fault::Signature)
    );
    assert_eq!(
        fault(&verifier, &ES256.access_token(without("exp"))),
        Some(Fault::Expiry)
    );
    let spoilt = usual.replacen('.', "A.", 1);
    assert_ne!(fault(&verifier, &spoilt), None);
    // Others with the same keys have their own mind on types and algorithms.
    let logout = verifier.clone().types(["logout+jwt"]);
    assert_eq!(fault(&logout, &usual), Some(Fault::Type));
    let only_rsa = verifier.clone().algorithms([Algorithm::RS256]);
    assert_eq!(fault(&only_rsa, &usual), Some(Fault::AlgorithmNotAccepted));
    // Headers that are not known are read as ever.
    let plain = ES256.sign(r#"{"typ":"at+jwt","alg":"ES256"}"#, good());
    assert_eq!(fault(&verifier, &plain), None);
    let untyped = ES256.sign(r#"{"alg":"ES256","kid":"test"}"#, good());
    assert_eq!(fault(&verifier, &untyped), Some(Fault::Type));
}

#[test]
fn a_header_is_learnt_from_an_accepted_token_alone() {
    let issuer = TestIssuer::new(ISSUER, Algorithm::ES256);
    let keys = issuer.keys();
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, keys.clone());
    let is_usual = |token: &str| {
        keys.find_usual(compact::Compact::split(token.as_bytes()).unwrap())
            .is_some()
    };

    let id_token = issuer.sign(r#"{"alg":"ES256","kid":"test","typ":"JWT"}"#, good());
    let expired = issuer.access_token(with("exp", "1"));
    for refused in [&id_token, &expired, &ES256.access_token(good())] {
        assert!(fault(&verifier, refused).is_some());
        assert!(!is_usual(refused));
    }
    let accepted = issuer.access_token(good());
    let shown = format!("{keys:?}");
    assert_eq!(fault(&verifier, &accepted), None);
    assert_eq!(
        format!("{keys:?}"),
        shown,
        "nothing of a token goes to logs"
    );
    assert!(is_usual(&accepted) && is_usual(&expired) && !is_usual(&id_token));
}
