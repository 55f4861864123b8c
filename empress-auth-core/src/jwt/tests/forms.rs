//! How a token is written: J-15 to J-19.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;
use crate::mutation::Mutation;

// J-15
#[test]
fn dots_are_counted_and_nothing_is_made_of_them() {
    for count in [0, 1, 3, 4, 100, 8_192] {
        assert_eq!(
            fault(&verifier(), &".".repeat(count)),
            Some(Fault::Segments),
            "{count}"
        );
    }
    for count in [8_193, 1 << 20] {
        assert_eq!(
            fault(&verifier(), &".".repeat(count)),
            Some(Fault::TooLong),
            "{count}"
        );
    }
    assert!(fault(&verifier(), "..").is_some());
}

// J-16
#[test]
fn longer_than_8192_bytes_is_not_looked_at() {
    let padded = |length: usize| {
        let mut pad = length;
        loop {
            let token = ES256.access_token(with("pad", &format!("\"{}\"", "x".repeat(pad))));
            if token.len() <= length {
                return token;
            }
            pad -= (token.len() - length).div_ceil(2);
        }
    };
    for length in [4_096, 8_192] {
        let token = padded(length);
        assert!(length - token.len() < 4, "{}", token.len());
        assert_eq!(fault(&verifier(), &token), None, "{length}");
    }
    let longer = ES256.access_token(with("pad", &format!("\"{}\"", "x".repeat(7_000))));
    assert!(longer.len() > 8_192);
    assert_eq!(fault(&verifier(), &longer), Some(Fault::TooLong));
    let huge = "a.".repeat(50 << 20);
    assert_eq!(fault(&verifier(), &huge), Some(Fault::TooLong));
}

// J-17
#[test]
fn a_name_twice_is_refused_in_header_and_claims_however_it_is_spelled() {
    for member in [
        r#""aud":"https://api.example""#,
        r#""\u0061ud":"https://api.example""#,
        r#""x":{"a":1,"a":1}"#,
        r#""x":[{"a":{"b":1,"\u0062":2}}]"#,
        r#""sub":"root""#,
        r#""ex\u0070":9999999999"#,
    ] {
        let claims = good().to_string();
        let claims = format!("{},{member}}}", claims.strip_suffix('}').unwrap());
        assert_eq!(fault_of(&claims), Some(Fault::ClaimsJson), "{claims}");
    }
    for header in [
        r#"{"alg":"ES256","alg":"ES256","kid":"test","typ":"at+jwt"}"#,
        r#"{"alg":"none","\u0061lg":"ES256","kid":"test","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","kid":"test","typ":"JWT","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","kid":"test","typ":"at+jwt","x":{"y":1,"y":1}}"#,
    ] {
        assert_eq!(
            fault(&verifier(), &ES256.sign(header, good())),
            Some(Fault::HeaderJson),
            "{header}"
        );
    }
}

/// Whether the suite's text is one that we must not read, although it is JSON.
const READ_IN_TWO_WAYS: [&str; 2] = [
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
];

// J-18
#[test]
fn the_json_test_suite_as_claims_and_in_a_claim() {
    let Some(folder) = crate::vectors::folder("json-test-suite/test_parsing") else {
        return;
    };
    let (mut read, mut refused) = (0, 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let bytes = std::fs::read(file.path()).unwrap();
        let header = r#"{"alg":"ES256","kid":"test","typ":"at+jwt"}"#;
        let signed = |payload: &[u8]| {
            let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
            ES256.sign_input(&format!(
                "{}.{}",
                encode(header.as_bytes()),
                encode(payload)
            ))
        };
        // Alone, and as the value of a claim of a good token.
        let claims = good().to_string();
        let claims = claims.strip_suffix('}').unwrap().as_bytes();
        let alone = fault(&verifier(), &signed(&bytes));
        let inside = fault(
            &verifier(),
            &signed(&[claims, b",\"x\":", &bytes, b"}"].concat()),
        );
        assert!(alone.is_some(), "{name}: it names no issuer");
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        match name.as_bytes()[0] {
            b'y' if READ_IN_TWO_WAYS.contains(&&*name) => {
                assert_eq!(inside, Some(Fault::ClaimsJson), "{name}")
            }
            b'y' => {
                assert_eq!(inside, None, "{name}");
                assert_eq!(alone != Some(Fault::ClaimsJson), is_object, "{name}");
                read += 1;
            }
            b'n' => {
                let is_long = bytes.len() > 5_000;
                let expected = if is_long {
                    Fault::TooLong
                } else {
                    Fault::ClaimsJson
                };
                assert_eq!(alone, Some(expected), "{name}");
                refused += 1;
            }
            _ => assert!(alone.is_some(), "{name}"),
        }
    }
    assert_eq!((read, refused), (93, 188));
}

// J-18
#[test]
fn depth_is_bounded_and_text_is_utf_8() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(fault_of(with("x", &nested(15))), None);
    assert_eq!(fault_of(with("x", &nested(16))), Some(Fault::ClaimsJson));
    assert_eq!(fault_of(with("x", &nested(200))), Some(Fault::ClaimsJson));
    let bom = format!("\u{feff}{}", good());
    assert_eq!(fault_of(bom), Some(Fault::ClaimsJson));
    assert_eq!(
        fault_of(format!("{} {{}}", good())),
        Some(Fault::ClaimsJson)
    );
    assert_eq!(fault_of(format!(" \t\r\n{}\n", good())), None);
}

// J-19
#[test]
fn no_other_spelling_of_a_good_token_is_good() {
    let token = ES256.access_token(good());
    let parts: Vec<_> = token.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    let mut spelled = vec![
        format!("{token}="),
        format!("{token}=="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}==.{signature}"),
        format!(" {token}"),
        format!("{token} "),
        format!("{token}\n"),
        format!("{header}.{payload}\n.{signature}"),
        format!("{header}.\t{payload}.{signature}"),
        token.to_uppercase(),
        token.to_lowercase(),
        format!("{header}.{payload}.{signature}A"),
        format!("{header}.{payload}.{signature}AA"),
        format!("{header}.{payload}."),
        format!("{header}.{payload}.A"),
    ];
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    spelled.push(format!("{header}.{payload}.{}", STANDARD.encode(&bytes)));
    spelled.push(format!("{header}.{payload}.{}", URL_SAFE.encode(&bytes)));
    for spelled in spelled {
        assert!(
            spelled == token || fault(&verifier(), &spelled).is_some(),
            "{spelled:?}"
        );
    }
    // Every bit of every byte.
    for place in 0..token.len() {
        for bit in 0..8 {
            let mut changed = token.clone().into_bytes();
            changed[place] ^= 1 << bit;
            assert_refused(&changed);
        }
    }
    // Bits that count for nothing: the last digit's lower ones.
    for (segment, place) in [
        (header, header.len() - 1),
        (payload, token.rfind('.').unwrap() - 1),
        (signature, token.len() - 1),
    ] {
        for digit in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" {
            let mut changed = token.clone().into_bytes();
            if changed[place] != *digit {
                changed[place] = *digit;
                assert_refused(&changed);
            }
        }
        assert!(!segment.is_empty());
    }
}

// J-19, J-35
#[test]
fn no_damaged_token_is_good_and_none_panics() {
    let rounds =
        std::env::var("EMPRESS_MUTATIONS").map_or(20_000, |rounds| rounds.parse().unwrap());
    let secret = TestIssuer::new(ISSUER, Algorithm::HS256);
    let verifier = secret.verifier(AUDIENCE);
    let token = secret.access_token(good());
    Mutation::feed(rounds, &[token.as_bytes()], |damaged| {
        if damaged != token.as_bytes()
            && let Ok(damaged) = std::str::from_utf8(damaged)
        {
            assert!(verifier.verify(damaged, at(NOW)).is_err(), "{damaged}");
        }
    });
}

fn assert_refused(token: &[u8]) {
    if let Ok(token) = std::str::from_utf8(token) {
        assert!(fault(&verifier(), token).is_some(), "{token}");
    }
}
