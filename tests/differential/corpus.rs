//! Tokens, most of which are wrong in one or two places; all but the last kind of change is signed.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use empress_auth_core::jwt::{Algorithm, HmacSecret, JwtVerifier, KeySet, VerificationKey};
use empress_auth_core::testing::TestIssuer;
use empress_auth_tests::Random;
use jsonwebtoken::{EncodingKey, crypto};
use serde_json::json;

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
pub(crate) const LEEWAY_SECS: u64 = 30;

/// Issuers of one name with a key each, for different algorithms.
pub(crate) struct Corpus {
    pub(crate) signers: Vec<Signer>,
    pub(crate) now: SystemTime,
}

pub(crate) struct Signer {
    pub(crate) algorithm: Algorithm,
    pub(crate) verifier: JwtVerifier,
    /// With secrets, because others must know them.
    pub(crate) jwk: serde_json::Value,
    /// `None` for the shared secret.
    issuer: Option<TestIssuer>,
}

/// A token, and which of the signers it is shown to.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) signer: usize,
    pub(crate) text: String,
}

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdefghijklmnopqrstuvwxyz";

impl Corpus {
    pub(crate) fn new(now: SystemTime) -> Self {
        let asymmetric = [
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::EdDSA,
            Algorithm::RS256,
            Algorithm::PS256,
        ];
        let mut signers: Vec<_> = asymmetric.into_iter().map(Signer::new).collect();
        signers.push(Signer::with_shared_secret());
        Self { signers, now }
    }

    pub(crate) fn token(&self, random: &mut Random) -> Token {
        let signer = random.below(self.signers.len());
        let signing = &self.signers[signer];
        let now = self.now.duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut header = members(&[
            ("typ", json!("at+jwt")),
            ("alg", json!(signing.algorithm.as_str())),
            ("kid", json!("test")),
        ]);
        let mut claims = members(&[
            ("iss", json!(ISSUER)),
            ("aud", json!(AUDIENCE)),
            ("sub", json!("ada")),
            ("exp", json!(now + 3_600)),
            ("iat", json!(now - 60)),
            ("jti", json!("1")),
        ]);
        for _ in 0..random.below(3) {
            if random.below(3) == 0 {
                change(random, &mut header, HEADER_NAMES, &header_value);
            } else {
                let value = |random: &mut Random| claim_value(random, now);
                change(random, &mut claims, CLAIM_NAMES, &value);
            }
        }
        let (header, claims) = (written(random, &header), written(random, &claims));
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let input = format!("{}.{}", encode(&header), encode(&claims));
        let text = match random.below(40) {
            // Another issuer of this name.
            0 => self.signers[(signer + 1) % self.signers.len()].sign(&input),
            // Two signed segments that are spelled in another way.
            1 => {
                let claims = STANDARD.encode(&claims);
                signing.sign(&format!("{}.{claims}", encode(&header)))
            }
            2 => signing.sign(&format!("{} .{}", encode(&header), encode(&claims))),
            3 => signing.sign(&format!("{}.{}", URL_SAFE.encode(&header), encode(&claims))),
            4 | 5 => spelled(random, &signing.sign(&input)),
            _ => signing.sign(&input),
        };
        Token { signer, text }
    }
}

impl Signer {
    fn new(algorithm: Algorithm) -> Self {
        let issuer = TestIssuer::new(ISSUER, algorithm);
        let jwks: serde_json::Value = serde_json::from_str(&issuer.jwks()).unwrap();
        Self {
            algorithm,
            verifier: issuer.verifier(AUDIENCE),
            jwk: jwks["keys"][0].clone(),
            issuer: Some(issuer),
        }
    }

    fn with_shared_secret() -> Self {
        let key = VerificationKey::hs256(&HmacSecret::new(SECRET).unwrap());
        let keys = KeySet::new([key.with_kid("test").unwrap()]).unwrap();
        let k = URL_SAFE_NO_PAD.encode(SECRET);
        Self {
            algorithm: Algorithm::HS256,
            verifier: JwtVerifier::new(ISSUER, AUDIENCE, keys),
            jwk: json!({"kty": "oct", "alg": "HS256", "kid": "test", "use": "sig", "k": k}),
            issuer: None,
        }
    }

    fn sign(&self, input: &str) -> String {
        if let Some(issuer) = &self.issuer {
            return issuer.sign_input(input);
        }
        let key = EncodingKey::from_secret(SECRET);
        let tag = crypto::sign(input.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
        format!("{input}.{tag}")
    }
}

/// Names and values as they are written, so that they can be wrong.
type Members = Vec<(String, String)>;

fn members(from: &[(&str, serde_json::Value)]) -> Members {
    let quoted = |name: &str| format!("\"{name}\"");
    from.iter()
        .map(|(name, value)| (quoted(name), value.to_string()))
        .collect()
}

/// Takes a member away, adds one, or writes another value; the name may be there already.
fn change(
    random: &mut Random,
    members: &mut Members,
    names: &[&str],
    value: &dyn Fn(&mut Random) -> String,
) {
    let place = random.below(members.len());
    match random.below(6) {
        0 => {
            members.remove(place);
        }
        1 => {
            let added = (format!("\"{}\"", random.pick(names)), value(random));
            members.insert(place, added);
        }
        _ => {
            let name = format!("\"{}\"", random.pick(names));
            let value = value(random);
            match members.iter_mut().find(|(known, _)| *known == name) {
                Some(found) => found.1 = value,
                None => members.push((name, value)),
            }
        }
    }
}

const HEADER_NAMES: &[&str] = &[
    "alg",
    "kid",
    "typ",
    "crit",
    "b64",
    "jku",
    "x5u",
    "x5c",
    "jwk",
    "zip",
    "enc",
    "cty",
    "x",
    "\\u0061lg",
    "ALG",
    "",
];

const CLAIM_NAMES: &[&str] = &[
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "sub",
    "jti",
    "iss",
    "aud",
    "exp",
    "nbf",
    "iat",
    "x",
    "scope",
    "roles",
    "client_id",
    "\\u0065xp",
    "EXP",
    "",
];

fn header_value(random: &mut Random) -> String {
    let values = [
        "\"at+jwt\"",
        "\"application/at+jwt\"",
        "\"AT+JWT\"",
        "\"JWT\"",
        "\"test\"",
        "\"other\"",
        "\"none\"",
        "\"None\"",
        "\"ES256\"",
        "\"ES384\"",
        "\"EdDSA\"",
        "\"RS256\"",
        "\"PS256\"",
        "\"HS256\"",
        "\"\"",
        "null",
        "true",
        "false",
        "0",
        "1",
        "[]",
        "[\"exp\"]",
        "[\"b64\"]",
        "[\"ES256\"]",
        "{}",
        "{\"kty\":\"oct\",\"k\":\"\"}",
        "\"https://evil.example/keys\"",
        "\"DEF\"",
        "\"../../etc/passwd\"",
        "\"a b\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "NaN",
        "1e400",
    ];
    (*random.pick(&values)).to_owned()
}

fn claim_value(random: &mut Random, now: u64) -> String {
    let values = [
        "null",
        "true",
        "false",
        "0",
        "1",
        "-1",
        "-0",
        "1e3",
        "1e300",
        "1e400",
        "NaN",
        "Infinity",
        "9007199254740993",
        "18446744073709551616",
        "01",
        "1.",
        "\"\"",
        "\"1\"",
        "[]",
        "[1]",
        "{}",
        "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
        "{\"a\":1,\"a\":2}",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"https://id.example\"",
        "\"https://id.example/\"",
        "\"HTTPS://ID.EXAMPLE\"",
        "[\"https://id.example\"]",
        "\"https://api.example\"",
        "\"https://api.example/\"",
        "[\"https://api.example\"]",
        "[\"https://api.example\",\"x\"]",
        "[\"x\",\"https://api.example\"]",
        "[\"https://api.example\",1]",
        "[null]",
        "[\"x\"]",
        "{\"https://api.example\":1}",
        "\"https:\\/\\/api.example\"",
        "\"ada\"",
        "\"x\"",
    ];
    // Farther from now than the run takes, with the leeway.
    let moments = [now - 86_400, now - 600, now + 3_600, now + 86_400];
    let moment = *random.pick(&moments);
    match random.below(12) {
        0 | 1 => moment.to_string(),
        2 => format!("{moment}.5"),
        3 => format!("{moment}e0"),
        4 => format!("\"{moment}\""),
        5 => format!("[{moment}]"),
        _ => (*random.pick(&values)).to_owned(),
    }
}

/// The text of an object, usually without blanks; sometimes no JSON.
fn written(random: &mut Random, members: &Members) -> String {
    let join = |colon: &str, comma: &str| {
        let members = members
            .iter()
            .map(|(name, value)| format!("{name}{colon}{value}"));
        members.collect::<Vec<_>>().join(comma)
    };
    match random.below(60) {
        0 => format!(" {{ {} }}\n", join(" : ", " ,\t")),
        1 => format!("\u{feff}{{{}}}", join(":", ",")),
        2 => format!("{{{}}} x", join(":", ",")),
        3 => format!("{{{},}}", join(":", ",")),
        4 => format!("{{{}", join(":", ",")),
        5 => format!("[{{{}}}]", join(":", ",")),
        6 => format!("{{{}}}{{}}", join(":", ",")),
        7 => format!("{{/**/{}}}", join(":", ",")),
        8 => format!("{{{}}}\0", join(":", ",")),
        _ => format!("{{{}}}", join(":", ",")),
    }
}

/// A good token with a byte, a segment or an alphabet changed.
fn spelled(random: &mut Random, token: &str) -> String {
    let (input, signature) = token.rsplit_once('.').unwrap();
    match random.below(10) {
        0 => format!("{token}="),
        1 => format!("{token}\n"),
        2 => format!(" {token}"),
        3 => format!("{input}."),
        4 => format!("{token}."),
        5 => format!("{token}.{signature}"),
        6 => {
            let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
            format!("{input}.{}", STANDARD.encode(bytes))
        }
        7 => format!("{input}.{}", signature.split_at(signature.len() / 2).0),
        _ => {
            let place = random.below(token.len());
            let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ";
            let mut bytes = token.as_bytes().to_vec();
            bytes[place] = *random.pick(digits);
            String::from_utf8(bytes).unwrap()
        }
    }
}
