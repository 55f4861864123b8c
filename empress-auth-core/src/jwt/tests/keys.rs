//! Keys and sets of keys: J-10, J-31, J-32.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const EC: &str = r#""kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw""#;
const OKP: &str =
    r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

fn set(keys: &[&str]) -> Result<KeySet, KeyErrorKind> {
    let keys: Vec<_> = keys
        .iter()
        .map(|members| format!("{{{members}}}"))
        .collect();
    load(&format!(r#"{{"keys":[{}]}}"#, keys.join(",")))
}

fn load(jwks: &str) -> Result<KeySet, KeyErrorKind> {
    KeySet::from_json(jwks.as_bytes()).map_err(|error| error.kind())
}

fn rsa(bits: usize, e: &[u8]) -> String {
    let mut n = vec![0xc5; bits.div_ceil(8)];
    n[0] = match bits % 8 {
        0 => 0xff,
        over => (1 << over) - 1,
    };
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    format!(r#""kty":"RSA","n":"{}","e":"{}""#, encode(&n), encode(e))
}

// J-10
#[test]
fn an_rsa_key_has_2048_to_4096_bits_and_a_large_odd_exponent() {
    let f4 = [1, 0, 1];
    for (bits, e, is_good) in [
        (2_048, &f4[..], true),
        (3_072, &f4, true),
        (4_096, &f4, true),
        (2_048, &[0, 1, 0, 1], true),
        (2_048, &[1, 0, 0, 1], true),
        (512, &f4, false),
        (1_024, &f4, false),
        (2_047, &f4, false),
        (4_097, &f4, false),
        (8_192, &f4, false),
        (2_048, &[1], false),
        (2_048, &[3], false),
        (2_048, &[17], false),
        (2_048, &[1, 0, 0], false),
        (2_048, &[], false),
        (2_048, &[0], false),
        (2_048, &[1, 0, 0, 0, 0, 1], false),
    ] {
        let expected = if is_good {
            Ok(1)
        } else {
            Err(KeyErrorKind::NoUsableKey)
        };
        assert_eq!(
            set(&[&rsa(bits, e)]).map(|keys| keys.len()),
            expected,
            "{bits} bits, {e:?}"
        );
    }
}

// J-32
#[test]
fn what_only_the_signer_may_know_spoils_the_set() {
    for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for value in ["\"AQAB\"", "\"\"", "null", "[]"] {
            let leaked = format!(r#"{EC},"kid":"1","{private}":{value}"#);
            assert_eq!(
                set(&[OKP, &leaked]).unwrap_err(),
                KeyErrorKind::PrivateMember,
                "{leaked}"
            );
        }
    }
    let symmetric =
        r#""kty":"oct","alg":"HS256","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE""#;
    assert_eq!(
        set(&[EC, symmetric]).unwrap_err(),
        KeyErrorKind::PrivateMember
    );
    assert_eq!(set(&[symmetric]).unwrap_err(), KeyErrorKind::PrivateMember);
    let secrets =
        |json: &str| KeySet::from_secret_json(json.as_bytes()).map_err(|error| error.kind());
    assert!(secrets(&format!(r#"{{"keys":[{{{symmetric}}}]}}"#)).is_ok());
    assert_eq!(
        secrets(&format!(r#"{{"keys":[{{{symmetric}}},{{{EC}}}]}}"#)).unwrap_err(),
        KeyErrorKind::Mixed
    );
    let of_both = [
        VerificationKey::from_jwk(format!("{{{EC}}}").as_bytes()).unwrap(),
        VerificationKey::hs256(&HmacSecret::new(b"0123456789abcdef0123456789abcdef").unwrap()),
    ];
    assert_eq!(
        KeySet::new(of_both).unwrap_err().kind(),
        KeyErrorKind::Mixed
    );
}

// J-32
#[test]
fn a_set_in_which_a_key_is_meant_twice_is_none() {
    let named = |members: &str, kid: &str| format!(r#"{members},"kid":"{kid}""#);
    assert_eq!(
        set(&[&named(EC, "1"), &named(OKP, "1")]).unwrap_err(),
        KeyErrorKind::DuplicateKid
    );
    assert_eq!(set(&[EC, EC]).unwrap_err(), KeyErrorKind::DuplicateKid);
    assert_eq!(
        set(&[&named(EC, "1"), &named(OKP, "2"), &named(EC, "3")])
            .unwrap()
            .len(),
        3
    );
    assert_eq!(set(&[EC, OKP]).unwrap().len(), 2);
    // A key for encryption is none of ours: it may have the same name.
    assert_eq!(
        set(&[
            &named(EC, "1"),
            &named(&format!(r#"{EC},"use":"enc""#), "1")
        ])
        .unwrap()
        .len(),
        1
    );
}

// J-32
#[test]
fn keys_for_others_are_left_out() {
    for other in [
        r#","use":"enc""#,
        r#","use":"SIG""#,
        r#","use":null"#,
        r#","use":5"#,
        r#","key_ops":["encrypt"]"#,
        r#","key_ops":[]"#,
        r#","key_ops":["sign"]"#,
        r#","key_ops":"verify""#,
        r#","key_ops":null"#,
        r#","alg":"ECDH-ES""#,
        r#","alg":"ES384""#,
        r#","alg":"RS256""#,
        r#","alg":"HS256""#,
        r#","alg":"none""#,
        r#","alg":"EdDSA""#,
        r#","alg":null"#,
        r#","alg":5"#,
        r#","use":"sig","key_ops":["encrypt"]"#,
        r#","kid":5"#,
        r#","kid":"""#,
        r#","kid":"a b""#,
    ] {
        assert_eq!(
            set(&[OKP, &format!("{EC}{other}")]).unwrap().len(),
            1,
            "{other}"
        );
        assert_eq!(
            set(&[&format!("{EC}{other}")]).unwrap_err(),
            KeyErrorKind::NoUsableKey,
            "{other}"
        );
    }
    for ours in [
        r#","use":"sig""#,
        r#","key_ops":["verify"]"#,
        r#","use":"sig","key_ops":["sign","verify"],"alg":"ES256""#,
    ] {
        assert_eq!(set(&[&format!("{EC}{ours}")]).unwrap().len(), 1, "{ours}");
    }
    let x = "04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY";
    for wrong in [
        r#""kty":"XYZ""#.to_owned(),
        EC.replace("P-256", "P-384"),
        EC.replace("P-256", "secp256k1"),
        EC.replace("gmw", "gnw"),
        EC.replace(x, &x[..40]),
        EC.replace(x, ""),
        EC.replace(x, &format!("AA{x}")),
        EC.replace(x, &format!("{x}=")),
        EC.replace(x, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        EC.replace("\"crv\":\"P-256\",", ""),
        OKP.replace("Ed25519", "Ed448"),
        OKP.replace("Ed25519", "X25519"),
        OKP.replace("11qY", ""),
    ] {
        assert_eq!(
            set(&[&wrong]).unwrap_err(),
            KeyErrorKind::NoUsableKey,
            "{wrong}"
        );
    }
}

// J-18, J-32
#[test]
fn a_set_is_strict_json_of_a_bounded_size() {
    for wrong in [
        "",
        "{}",
        "[]",
        "null",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        r#"{"keys":[[]]}"#,
        r#"{"keys":[{}]}"#,
        r#"{"keys":[{"kty":5}]}"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[]}x"#,
        "\u{feff}{\"keys\":[]}",
    ] {
        assert_eq!(load(wrong).unwrap_err(), KeyErrorKind::NotJwk, "{wrong}");
    }
    let twice = format!(r#"{{"keys":[{{{EC},"\u0078":"1"}}]}}"#);
    assert_eq!(load(&twice).unwrap_err(), KeyErrorKind::NotJwk);
    assert_eq!(
        load(r#"{"keys":[]}"#).unwrap_err(),
        KeyErrorKind::NoUsableKey
    );
    let named: Vec<_> = (0..65)
        .map(|kid| format!(r#"{OKP},"kid":"{kid}""#))
        .collect();
    let named: Vec<_> = named.iter().map(String::as_str).collect();
    assert_eq!(set(&named[..64]).unwrap().len(), 64);
    assert_eq!(set(&named).unwrap_err(), KeyErrorKind::TooMany);
    let padded = format!(r#"{{"keys":[{{{OKP}}}],"x":"{}"}}"#, "x".repeat(512 * 1024));
    assert_eq!(load(&padded).unwrap_err(), KeyErrorKind::TooMany);
    assert!(
        load(&format!(
            r#"{{"issuer":"x","keys":[{{{OKP},"x5c":["MIIB"],"x5t":"x"}}]}}"#
        ))
        .is_ok()
    );
}

#[test]
fn the_types_of_jsonwebtoken_become_keys_by_the_same_rules() {
    let set = |json: &str| serde_json::from_str::<jsonwebtoken::jwk::JwkSet>(json).unwrap();
    let good = set(&format!(
        r#"{{"keys":[{{{EC},"kid":"1","use":"sig","alg":"ES256"}},{{{OKP},"kid":"2"}}]}}"#
    ));
    assert_eq!(KeySet::try_from(&good).unwrap().len(), 2);
    let verifier = JwtVerifier::new(
        ISSUER,
        AUDIENCE,
        KeySet::try_from(set(&ES256.jwks())).unwrap(),
    );
    assert_eq!(fault(&verifier, &ES256.access_token(super::good())), None);
    let secret = set(
        r#"{"keys":[{"kty":"oct","alg":"HS256","k":"-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE"}]}"#,
    );
    assert_eq!(
        KeySet::try_from(secret).unwrap_err().kind(),
        KeyErrorKind::PrivateMember
    );
}

// K-14
#[test]
fn no_key_shows_its_secret() {
    let secret = b"0123456789abcdef0123456789abcdef";
    let key = VerificationKey::hs256(&HmacSecret::new(secret).unwrap())
        .with_kid("1")
        .unwrap();
    let shown = format!(
        "{key:?} {:?} {:?}",
        KeySet::new([key.clone()]),
        HmacSecret::new(secret)
    );
    assert!(
        !shown.contains("0123") && !shown.contains("48, 49"),
        "{shown}"
    );
}
