//! Wycheproof's signatures and tags, each as the third segment of a token whose first two are the message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wycheproof::{HashFunction, TestResult, ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

use super::*;

/// How many cases were tried, and how many of these opened.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    tried: usize,
    opened: usize,
}

impl Tally {
    const fn of(tried: usize, opened: usize) -> Self {
        Self { tried, opened }
    }

    #[track_caller]
    fn check(&mut self, opens: bool, expected: bool, what: &str) {
        assert_eq!(opens, expected, "{what}");
        self.tried += 1;
        self.opened += usize::from(opens);
    }
}

fn opens(keys: &KeySet, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    let header = encoded(format!(r#"{{"alg":"{algorithm}"}}"#).as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(signature);
    let token = Compact {
        signing_input: message,
        header: header.as_bytes(),
        payload: b"",
        signature: signature.as_bytes(),
    };
    check_signature(keys, token).is_ok()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn curve_key(crv: &str, point: &[u8]) -> KeySet {
    let (x, y) = point[1..].split_at(point.len() / 2);
    keys_of(&json!({"kty": "EC", "crv": crv, "x": encoded(x), "y": encoded(y)}))
}

fn rsa_key(algorithm: Algorithm, n: &[u8], e: &[u8]) -> KeySet {
    keys_of(&json!({"kty": "RSA", "alg": algorithm.as_str(), "n": encoded(n), "e": encoded(e)}))
}

// J-9: r and s of zero, beyond the order, of a wrong length; points at the edges
#[test]
fn ecdsa_with_two_numbers_of_fixed_length() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256P1363, EcdsaSecp384r1Sha384P1363};
    let mut tally = Tally::default();
    for (set, crv, algorithm) in [
        (EcdsaSecp256r1Sha256P1363, "P-256", Algorithm::ES256),
        (EcdsaSecp384r1Sha384P1363, "P-384", Algorithm::ES384),
        (
            ecdsa::TestName::EcdsaSecp521r1Sha512P1363,
            "P-521",
            Algorithm::ES512,
        ),
    ] {
        for group in ecdsa::TestSet::load(set).unwrap().test_groups {
            let keys = curve_key(crv, &group.key.key);
            assert_eq!(keys.len(), 1);
            for case in group.tests {
                let what = format!("{algorithm} {} {}", case.tc_id, case.comment);
                let opens = opens(&keys, algorithm, &case.msg, &case.sig);
                tally.check(opens, case.result == TestResult::Valid, &what);
            }
        }
    }
    assert_eq!(tally, Tally::of(860, 597));
}

// J-9: DER is another encoding, however good the signature
#[test]
fn ecdsa_in_der_opens_nothing() {
    use ecdsa::TestName::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, EcdsaSecp521r1Sha512};
    let mut tally = Tally::default();
    for (set, crv, algorithm) in [
        (EcdsaSecp256r1Sha256, "P-256", Algorithm::ES256),
        (EcdsaSecp384r1Sha384, "P-384", Algorithm::ES384),
        (EcdsaSecp521r1Sha512, "P-521", Algorithm::ES512),
    ] {
        for group in ecdsa::TestSet::load(set).unwrap().test_groups {
            let keys = curve_key(crv, &group.key.key);
            for case in group.tests {
                let opens = opens(&keys, algorithm, &case.msg, &case.sig);
                tally.check(opens, false, &format!("{algorithm} {}", case.tc_id));
            }
        }
    }
    assert!(tally.tried > 1_000, "{tally:?}");
}

// J-11: S beyond the order, garbage behind it, points of small order
#[test]
fn ed25519() {
    let mut tally = Tally::default();
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    for group in set.test_groups {
        let x = encoded(&group.key.pk);
        let keys = keys_of(&json!({"kty": "OKP", "crv": "Ed25519", "x": x}));
        assert_eq!(keys.len(), 1);
        for case in group.tests {
            let opens = opens(&keys, Algorithm::EdDSA, &case.msg, &case.sig);
            let what = format!("{} {}", case.tc_id, case.comment);
            tally.check(opens, case.result == TestResult::Valid, &what);
        }
    }
    assert_eq!(tally, Tally::of(151, 88));
}

// J-10: padding that is nearly right; what the set calls acceptable is refused; keys that we do not take
#[test]
fn rsa_with_pkcs1_padding() {
    use rsa_pkcs1_verify::TestName::*;
    let mut tally = Tally::default();
    let mut refused_keys = Tally::default();
    for (set, algorithm) in [
        (Rsa2048Sha256, Algorithm::RS256),
        (Rsa2048Sha384, Algorithm::RS384),
        (Rsa2048Sha512, Algorithm::RS512),
        (Rsa3072Sha256, Algorithm::RS256),
        (Rsa3072Sha384, Algorithm::RS384),
        (Rsa3072Sha512, Algorithm::RS512),
        (Rsa4096Sha256, Algorithm::RS256),
        (Rsa4096Sha384, Algorithm::RS384),
        (Rsa4096Sha512, Algorithm::RS512),
        (Rsa8192Sha256, Algorithm::RS256),
        (Rsa8192Sha384, Algorithm::RS384),
        (Rsa8192Sha512, Algorithm::RS512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
            let keys = rsa_key(algorithm, group.key.n.as_slice(), group.key.e.as_slice());
            let is_taken = is_taken(group.key_size, group.key.e.as_slice());
            assert_eq!(keys.len(), usize::from(is_taken), "{set:?}");
            for case in group.tests {
                let opens = opens(&keys, algorithm, &case.msg, &case.sig);
                let what = format!("{set:?} {} {}", case.tc_id, case.comment);
                if is_taken {
                    tally.check(opens, case.result == TestResult::Valid, &what);
                } else {
                    refused_keys.check(opens, false, &what);
                }
            }
        }
    }
    assert_eq!(
        (tally, refused_keys),
        (Tally::of(2_325, 63), Tally::of(781, 0))
    );
}

// J-10: the salt is as long as the digest (RFC 7518 §3.5), and both hashes are one
#[test]
fn rsa_with_pss_padding() {
    use rsa_pss_verify::TestName::*;
    let mut tally = Tally::default();
    let mut others = Tally::default();
    for set in [
        RsaPss2048Sha256Mgf1SaltLen0,
        RsaPss2048Sha256Mgf1SaltLen32,
        RsaPss2048Sha256Mgf1Sha1_20,
        RsaPss2048Sha384Mgf1SaltLen48,
        RsaPss3072Sha256Mgf1SaltLen32,
        RsaPss4096Sha256Mgf1SaltLen32,
        RsaPss4096Sha384Mgf1SaltLen48,
        RsaPss4096Sha512Mgf1SaltLen32,
        RsaPss4096Sha512Mgf1SaltLen64,
        RsaPssmisc,
    ] {
        for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "hashes that no algorithm uses"
            )]
            let (algorithm, digest_bytes) = match group.hash {
                HashFunction::Sha2_256 => (Algorithm::PS256, 32),
                HashFunction::Sha2_384 => (Algorithm::PS384, 48),
                HashFunction::Sha2_512 => (Algorithm::PS512, 64),
                _ => continue,
            };
            let keys = rsa_key(algorithm, group.key.n.as_slice(), group.key.e.as_slice());
            let is_taken = is_taken(group.key_size, group.key.e.as_slice());
            assert_eq!(keys.len(), usize::from(is_taken), "{set:?}");
            let is_ours =
                is_taken && group.salt_size == digest_bytes && group.mgf_hash == Some(group.hash);
            for case in group.tests {
                let opens = opens(&keys, algorithm, &case.msg, &case.sig);
                let what = format!("{set:?} {} {}", case.tc_id, case.comment);
                if is_ours {
                    tally.check(opens, case.result == TestResult::Valid, &what);
                } else {
                    // Wrong for its group, and right for us.
                    let is_right = is_taken
                        && group.mgf_hash == Some(group.hash)
                        && case.comment == format!("s_len changed to {digest_bytes}");
                    others.check(opens, is_right, &what);
                }
            }
        }
    }
    assert_eq!((tally, others), (Tally::of(788, 514), Tally::of(475, 1)));
}

/// From 2,048 to 4,096 bits, with an exponent of 65,537 or more.
fn is_taken(key_bits: usize, exponent: &[u8]) -> bool {
    let exponent: &[u8] = match exponent {
        [0, rest @ ..] => rest,
        all => all,
    };
    (2_048..=4_096).contains(&key_bits) && exponent.len() >= 3
}

// J-12: tags that are cut off or changed
#[test]
fn hmac() {
    let mut tally = Tally::default();
    let mut short_secrets = 0;
    for (set, algorithm, digest_bytes) in [
        (mac::TestName::HmacSha256, Algorithm::HS256, 32),
        (mac::TestName::HmacSha384, Algorithm::HS384, 48),
        (mac::TestName::HmacSha512, Algorithm::HS512, 64),
    ] {
        for group in mac::TestSet::load(set).unwrap().test_groups {
            for case in group.tests {
                let k = encoded(&case.key);
                let keys = keys_of(&json!({"kty": "oct", "alg": algorithm.as_str(), "k": k}));
                let is_long = case.key.len() >= digest_bytes;
                assert_eq!(keys.len(), usize::from(is_long), "{set:?}");
                short_secrets += usize::from(!is_long);
                let is_whole = group.tag_size == digest_bytes * 8;
                let expected = is_long && is_whole && case.result == TestResult::Valid;
                let opens = opens(&keys, algorithm, &case.msg, &case.tag);
                tally.check(opens, expected, &format!("{set:?} {}", case.tc_id));
            }
        }
    }
    assert_eq!((tally, short_secrets), (Tally::of(522, 90), 18));
}
