//! Keys and algorithms: J-1 to J-3, J-8, J-13, J-14, J-26.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

static ALL: LazyLock<Vec<TestIssuer>> = LazyLock::new(|| {
    let issuers = Algorithm::ALL.into_iter();
    issuers
        .map(|algorithm| TestIssuer::new(ISSUER, algorithm))
        .collect()
});

fn header(alg: &str) -> String {
    format!(r#"{{"alg":{alg},"kid":"test","typ":"at+jwt"}}"#)
}

fn hmac_signed(algorithm: hmac::Algorithm, header: &str, secret: &[u8]) -> String {
    let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let input = format!("{}.{}", encode(header), encode(&good().to_string()));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[test]
fn each_algorithm_verifies_what_its_key_signed_and_nothing_else() {
    for issuer in &*ALL {
        let verifier = issuer.verifier(AUDIENCE);
        let token = issuer.access_token(good());
        assert_eq!(fault(&verifier, &token), None, "{issuer:?}");
        let again = TestIssuer::new(ISSUER, issuer.algorithm());
        if !matches!(
            issuer.algorithm(),
            Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS384 | Algorithm::PS512
        ) {
            assert_eq!(
                fault(&again.verifier(AUDIENCE), &token),
                Some(Fault::Signature),
                "{issuer:?}"
            );
        }
    }
}

// J-1
#[test]
fn no_spelling_of_none_is_an_algorithm() {
    let names = [
        "\"none\"",
        "\"None\"",
        "\"nOnE\"",
        "\"NONE\"",
        "\"\"",
        "null",
        "0",
        "1",
        "true",
        "false",
        "[]",
        "[\"none\"]",
        "[\"ES256\"]",
        "{}",
        "{\"alg\":\"ES256\"}",
        "\"none \"",
        "\" none\"",
        "\"non\\u0065\"",
        "\"es256\"",
        "\"ES256 \"",
        "\"ES256\\u0000\"",
        "\"ES256K\"",
        "\"HS1\"",
        "\"RS1\"",
        "\"HS256/64\"",
        "\"A256KW\"",
        "\"dir\"",
        "\"RSA1_5\"",
        "\"RSA-OAEP\"",
        "\"PBES2-HS256+A128KW\"",
        "\"Ed25519\"",
        "\"Ed448\"",
        "\"EDDSA\"",
        "\"ES521\"",
        "\"undefined\"",
        "\"null\"",
        "\"NoNe\"",
        "\"noNE\"",
        "\"-\"",
        "\"*\"",
    ];
    assert_eq!(names.len(), 40);
    for name in names {
        let signed = ES256.sign(header(name), good());
        let (input, _) = signed.rsplit_once('.').unwrap();
        for token in [
            signed.clone(),
            format!("{input}."),
            input.to_owned(),
            format!("{input}.."),
        ] {
            assert!(fault(&verifier(), &token).is_some(), "{name}: {token}");
        }
    }
    let missing = ES256.sign(r#"{"kid":"test","typ":"at+jwt"}"#, good());
    assert_eq!(fault(&verifier(), &missing), Some(Fault::Algorithm));
}

// J-2
#[test]
fn a_public_key_signs_nothing() {
    for issuer in &*ALL {
        let jwks = issuer.jwks();
        let jwk = jwks
            .trim_start_matches("{\"keys\":[")
            .trim_end_matches("]}");
        let jwk_value: Value = serde_json::from_str(jwk).unwrap_or_default();
        let member = |name: &str| jwk_value[name].as_str().unwrap_or_default().to_owned();
        let der = URL_SAFE_NO_PAD.decode(member("x")).unwrap();
        let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
        let pem = |kind: &str| format!("-----BEGIN {kind}-----\n{base64}\n-----END {kind}-----\n");
        let mut secrets: Vec<Vec<u8>> = vec![
            jwks.clone().into(),
            jwk.into(),
            der.clone(),
            [
                &[4],
                der.as_slice(),
                &URL_SAFE_NO_PAD.decode(member("y")).unwrap(),
            ]
            .concat(),
            URL_SAFE_NO_PAD.decode(member("n")).unwrap(),
            member("n").into(),
            member("x").into(),
            Vec::new(),
        ];
        for kind in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"] {
            let pem = pem(kind);
            let spelled = [
                pem.clone(),
                format!(" {pem}"),
                format!("\u{feff}{pem}"),
                pem.replace('\n', "\r\n"),
                pem.trim_end().to_owned(),
            ];
            secrets.extend(spelled.into_iter().map(String::into_bytes));
        }
        for secret in secrets {
            for (algorithm, name) in [
                (hmac::HMAC_SHA256, "\"HS256\""),
                (hmac::HMAC_SHA384, "\"HS384\""),
                (hmac::HMAC_SHA512, "\"HS512\""),
            ] {
                let forged = hmac_signed(algorithm, &header(name), &secret);
                assert!(
                    fault(&issuer.verifier(AUDIENCE), &forged).is_some(),
                    "{issuer:?}"
                );
            }
        }
    }
}

// J-3
#[test]
fn the_key_chooses_the_algorithm_and_the_header_does_not() {
    for issuer in &*ALL {
        for claimed in Algorithm::ALL {
            let token = issuer.sign(header(&format!("\"{claimed}\"")), good());
            let fault = fault(&issuer.verifier(AUDIENCE), &token);
            if claimed == issuer.algorithm() {
                assert_eq!(fault, None, "{claimed}");
            } else {
                assert_eq!(
                    fault,
                    Some(Fault::KeyOfOtherAlgorithm),
                    "{issuer:?}: {claimed}"
                );
            }
        }
    }
    let only_eddsa = verifier().algorithms([Algorithm::EdDSA]);
    assert_eq!(
        fault(&only_eddsa, &ES256.access_token(good())),
        Some(Fault::AlgorithmNotAccepted)
    );
    assert_eq!(
        fault(
            &verifier().algorithms([Algorithm::ES256]),
            &ES256.access_token(good())
        ),
        None
    );
}

// J-8
#[test]
fn an_unknown_key_is_no_empty_key() {
    let secret = TestIssuer::new(ISSUER, Algorithm::HS256);
    for kid in ["\"unknown\"", "\"\"", "null"] {
        let header = format!(r#"{{"alg":"HS256","kid":{kid},"typ":"at+jwt"}}"#);
        for guess in [&b""[..], b"\0", &[0; 32], &[0; 64]] {
            let forged = hmac_signed(hmac::HMAC_SHA256, &header, guess);
            assert!(
                fault(&secret.verifier(AUDIENCE), &forged).is_some(),
                "{kid}"
            );
            let nobody = JwtVerifier::new(ISSUER, AUDIENCE, KeySet::default());
            assert!(fault(&nobody, &forged).is_some(), "{kid}");
        }
    }
    for length in 0..32 {
        let bytes: Vec<u8> = (0..length).collect();
        assert!(HmacSecret::new(&bytes).is_err(), "{length}");
    }
}

// J-13
#[test]
fn what_is_encrypted_is_no_signed_token() {
    let token = ES256.access_token(good());
    for five in [
        "a.b.c.d.e".to_owned(),
        format!("{token}.x.y"),
        "....".to_owned(),
        format!("{token}."),
    ] {
        assert_eq!(fault(&verifier(), &five), Some(Fault::Segments), "{five}");
    }
    let encrypted = r#"{"alg":"ES256","enc":"A256GCM","kid":"test","typ":"at+jwt"}"#;
    assert_eq!(
        fault(&verifier(), &ES256.sign(encrypted, good())),
        Some(Fault::HeaderJson)
    );
    // A token in a token: its payload is no object.
    let nested = r#"{"alg":"ES256","cty":"JWT","kid":"test","typ":"at+jwt"}"#;
    assert_eq!(
        fault(&verifier(), &ES256.sign(nested, &token)),
        Some(Fault::ClaimsJson)
    );
}

// J-14
#[test]
fn nothing_is_inflated_and_no_work_factor_is_taken_from_a_header() {
    let zip = r#"{"alg":"ES256","zip":"DEF","kid":"test","typ":"at+jwt"}"#;
    assert_eq!(
        fault(&verifier(), &ES256.sign(zip, good())),
        Some(Fault::HeaderJson)
    );
    let costly = r#"{"alg":"PBES2-HS256+A128KW","p2c":2147483648,"p2s":"c2FsdA","enc":"A128GCM"}"#;
    assert!(fault(&verifier(), &ES256.sign(costly, good())).is_some());
}

// J-26
#[test]
fn a_token_of_another_issuer_is_refused_with_whatever_key() {
    let other = TestIssuer::new("https://other.example", Algorithm::ES256);
    let both =
        |issuer: &str| json!({"iss": issuer, "aud": AUDIENCE, "sub": "ada", "exp": NOW + 300});
    // Both call their key the same.
    for (token, expected) in [
        (ES256.access_token(both(ISSUER)), None),
        (
            ES256.access_token(both("https://other.example")),
            Some(Fault::Issuer),
        ),
        (other.access_token(both(ISSUER)), Some(Fault::Signature)),
        (
            other.access_token(both("https://other.example")),
            Some(Fault::Signature),
        ),
    ] {
        assert_eq!(fault(&verifier(), &token), expected);
    }
}
