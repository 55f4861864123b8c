//! The claim policy: J-20 to J-24, J-28.

use super::*;

#[test]
fn a_good_token_says_who_it_speaks_of() {
    let claims = verifier()
        .verify(&ES256.access_token(good()), at(NOW))
        .unwrap();
    assert_eq!(claims.subject().as_deref(), Some("ada"));
    assert_eq!(claims.audiences(), [AUDIENCE]);
    assert_eq!(claims.text("jti").as_deref(), Some("1"));
    assert_eq!(claims.text("exp"), None);
    assert_eq!(claims.ends_at(), at(NOW + 300 + 30));
    assert_eq!(claims.deserialize::<Value>().unwrap(), good());
    assert!(format!("{claims:?}").len() < 20);
}

// J-20
#[test]
fn exp_is_a_number_from_0_to_2_to_the_53_and_required() {
    assert_eq!(fault_of(without("exp")), Some(Fault::Expiry));
    for wrong in [
        "\"1900000300\"",
        "\"\"",
        "null",
        "true",
        "false",
        "[]",
        "[1900000300]",
        "{}",
        "{\"exp\":1900000300}",
        "-1",
        "-0",
        "-0.0",
        "-1900000300",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "1e300",
        "1e17",
        "99999999999999999999999999",
        "-1e300",
        "9007199254740994.5",
    ] {
        assert_eq!(fault_of(with("exp", wrong)), Some(Fault::Expiry), "{wrong}");
    }
    // These are no numbers at all.
    for wrong in [
        "NaN",
        "Infinity",
        "1e400",
        "0x713fb4ac",
        "01900000300",
        "1900000300.",
    ] {
        assert_eq!(
            fault_of(with("exp", wrong)),
            Some(Fault::ClaimsJson),
            "{wrong}"
        );
    }
    for past in [
        "0",
        "0.0",
        "1",
        "1e0",
        "1899999970",
        "1899999970.999",
        "1.89999997e9",
    ] {
        assert_eq!(fault_of(with("exp", past)), Some(Fault::Expired), "{past}");
    }
    for good in [
        "9007199254740992",
        "1900000300.5",
        "1.9000003e9",
        "1900000300e0",
        "1899999971",
    ] {
        assert_eq!(fault_of(with("exp", good)), None, "{good}");
    }
}

// J-21
#[test]
fn nbf_and_iat_may_be_missing_and_not_be_wrong_or_in_the_future() {
    for (name, fault) in [("nbf", Fault::NotBefore), ("iat", Fault::IssuedAt)] {
        for wrong in [
            "\"1\"",
            "null",
            "true",
            "[]",
            "[1]",
            "{}",
            "-1",
            "-0",
            "1e300",
            "9007199254740993",
            "18446744073709551616",
            "1900000031",
            "1900000030.001",
            "1.900000031e9",
            "9007199254740992",
        ] {
            assert_eq!(fault_of(with(name, wrong)), Some(fault), "{name}: {wrong}");
        }
        for good in [
            "0",
            "0.5",
            "1900000000",
            "1900000030",
            "1900000029.5",
            "1.9e9",
        ] {
            assert_eq!(fault_of(with(name, good)), None, "{name}: {good}");
        }
    }
    assert_eq!(fault_of(without("iat")), None);
}

// J-22
#[test]
fn the_leeway_is_exact_to_the_second_and_a_minute_at_most() {
    let token = |name: &str, moment: u64| {
        let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 999});
        claims[name] = json!(moment);
        ES256.access_token(claims)
    };
    let (expiring, beginning) = (token("exp", NOW), token("nbf", NOW));
    for (asked, held) in [(0, 0), (5, 5), (30, 30), (60, 60), (61, 60), (3_600, 60)] {
        let verifier = verifier().leeway(Duration::from_secs(asked));
        let accepts = |token: &str, now| verifier.verify(token, now).is_ok();
        for off in 0..=61 {
            let late = at(NOW + off);
            assert_eq!(
                accepts(&expiring, late),
                off < held,
                "{asked}: {off} s late"
            );
            let sooner = late - Duration::from_millis(1);
            assert_eq!(
                accepts(&expiring, sooner),
                off <= held,
                "{asked}: {off} s late"
            );
            let early = at(NOW - off);
            assert_eq!(
                accepts(&beginning, early),
                off <= held,
                "{asked}: {off} s early"
            );
        }
    }
    let stored = verifier().stored();
    assert!(stored.verify(&expiring, at(NOW + 4)).is_ok());
    assert!(stored.verify(&expiring, at(NOW + 5)).is_err());
}

// J-23
#[test]
fn aud_is_required_and_names_the_service_byte_for_byte() {
    assert_eq!(fault_of(without("aud")), Some(Fault::Audience));
    for wrong in [
        "null",
        "true",
        "5",
        "{}",
        "{\"a\":\"https://api.example\"}",
        "{\"0\":\"https://api.example\"}",
        "[]",
        "\"\"",
        "[\"\"]",
        "[[\"https://api.example\"]]",
        "[null]",
        "[5,\"https://api.example\"]",
        "[\"https://api.example\",null]",
        "[\"https://api.example\",{}]",
        "\"https://api.example/\"",
        "\"https://api.example.\"",
        "\"https://api.example.evil\"",
        "\"HTTPS://api.example\"",
        "\"https://API.example\"",
        "\" https://api.example\"",
        "\"https://api.example \"",
        "\"https://api.example\\u0000\"",
        "\"https://other.example\"",
        "[\"https://other.example\"]",
        "\"https://api.example https://other.example\"",
        "\"https://api.example,https://other.example\"",
        "\"*\"",
    ] {
        assert_eq!(
            fault_of(with("aud", wrong)),
            Some(Fault::Audience),
            "{wrong}"
        );
    }
    for good in [
        "\"https://api.example\"",
        "[\"https://api.example\"]",
        "[\"https://other.example\",\"https://api.example\"]",
        "[\"https://api.example\",\"https://api.example\"]",
        "\"\\u0068ttps:\\/\\/api.example\"",
    ] {
        assert_eq!(fault_of(with("aud", good)), None, "{good}");
    }
    let both = verifier().or_audience("urn:api");
    assert_eq!(
        fault(&both, &ES256.access_token(with("aud", "\"urn:api\""))),
        None
    );
    assert_eq!(fault(&both, &ES256.access_token(good())), None);
}

// J-24
#[test]
fn iss_is_required_and_compared_byte_by_byte() {
    assert_eq!(fault_of(without("iss")), Some(Fault::Issuer));
    for wrong in [
        "null",
        "5",
        "[]",
        "[\"https://id.example\"]",
        "{}",
        "\"\"",
        "\"https://id.example/\"",
        "\"http://id.example\"",
        "\"https://ID.example\"",
        "\"HTTPS://id.example\"",
        "\"https://id.example:443\"",
        "\"https://id.example.evil\"",
        "\"https://id.example.\"",
        "\"https://\\u0456d.example\"",
        "\"https://id.example\\u0000\"",
        "\" https://id.example\"",
    ] {
        assert_eq!(fault_of(with("iss", wrong)), Some(Fault::Issuer), "{wrong}");
    }
}

// J-28
#[test]
fn of_a_wrong_signature_nothing_else_is_said() {
    let other = TestIssuer::new(ISSUER, Algorithm::ES256);
    for claims in [
        good(),
        without("exp"),
        without("aud"),
        without("iss"),
        json!({"exp": 1}),
        json!([]),
    ] {
        let forged = other.access_token(&claims);
        assert_eq!(
            fault(&verifier(), &forged),
            Some(Fault::Signature),
            "{claims}"
        );
    }
    let forged = other.sign(r#"{"alg":"ES256","kid":"test","typ":"JWT"}"#, "not JSON");
    assert_eq!(fault(&verifier(), &forged), Some(Fault::Signature));
    // Whatever it is, there is one kind for the caller.
    let invalid = verifier().verify(&forged, at(NOW)).unwrap_err();
    let expired = verifier()
        .verify(&ES256.access_token(good()), at(NOW + 9_999))
        .unwrap_err();
    assert_eq!(invalid.kind(), expired.kind());
}

#[test]
fn a_hint_may_have_expired_and_may_not_be_anything_but_an_id_token() {
    let id_token = |claims: &Value| ES256.sign(r#"{"alg":"ES256","kid":"test"}"#, claims);
    let late = at(NOW + 9_999_999);
    let hint = verifier()
        .verify_id_token_hint(&id_token(&good()), late)
        .unwrap();
    assert_eq!(hint.subject().as_deref(), Some("ada"));
    let for_a_client = id_token(&json!({"iss": ISSUER, "aud": ["client"], "exp": 5, "sub": "ada"}));
    let hint = verifier()
        .verify_id_token_hint(&for_a_client, late)
        .unwrap();
    assert_eq!(hint.audiences(), ["client"]);

    let other = TestIssuer::new(ISSUER, Algorithm::ES256);
    for wrong in [
        ES256.access_token(good()),
        id_token(&without("aud")),
        id_token(&without("exp")),
        id_token(&without("iss")),
        id_token(&json!({"iss": "https://other.example", "aud": "a", "exp": 5})),
        id_token(&json!({"iss": ISSUER, "aud": [], "exp": 5})),
        id_token(&json!({"iss": ISSUER, "aud": "a", "exp": 5, "events": {}})),
        other.sign(r#"{"alg":"ES256","kid":"test"}"#, good()),
    ] {
        assert!(
            verifier().verify_id_token_hint(&wrong, at(NOW)).is_err(),
            "{wrong}"
        );
    }
}

// J-37: neither joserfc nor PyJWT accepts such a token
#[test]
fn sub_and_jti_may_be_missing_and_not_be_wrong() {
    for (name, fault) in [("sub", Fault::Subject), ("jti", Fault::TokenId)] {
        assert_eq!(fault_of(without(name)), None, "{name}");
        for wrong in ["1", "null", "true", "[\"ada\"]", "{}"] {
            assert_eq!(fault_of(with(name, wrong)), Some(fault), "{name}: {wrong}");
        }
    }
}
