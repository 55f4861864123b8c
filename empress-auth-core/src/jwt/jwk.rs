//! Which key does this JWK describe, and may it verify signatures?
//!
//! Sources: [RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4),
//! [RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6),
//! [RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2).

use aws_lc_rs::signature;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::hmac_secret::HmacSecret;
use super::json::{Limits, Members, Object, Value};
use super::key::VerificationKey;
use super::key_error::{KeyError, KeyErrorKind};
use super::rsa;

/// What a JWK is for us.
pub(super) enum Loaded {
    Key(VerificationKey),
    /// A key for others to use, and why not for us.
    Unusable(&'static str),
}

/// The members that only whoever signs may know
/// ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6)).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// `x5c` and what issuers add of their own stay far below.
const LIMITS: Limits = Limits {
    depth: 8,
    members: 4_096,
};

pub(super) fn parse<'a>(json: &'a [u8], members: &'a mut Members) -> Result<Object<'a>, KeyError> {
    let text = std::str::from_utf8(json).ok();
    text.and_then(|text| Object::read(text, LIMITS, members).ok())
        .ok_or(not_jwk("this is no object in strict JSON"))
}

/// Loads a public key.
///
/// # Errors
///
/// [`KeyErrorKind::NotJwk`] without `kty`; [`KeyErrorKind::PrivateMember`] for a private or symmetric key, which does not
/// belong where everybody can read it.
pub(super) fn public_key(jwk: &Object<'_>) -> Result<Loaded, KeyError> {
    let kty = key_type(jwk)?;
    if kty == "oct" || PRIVATE_MEMBERS.iter().any(|member| jwk.has(member)) {
        let detail =
            "a private or symmetric key is among the public ones; its issuer should replace it";
        return Err(KeyError::new(KeyErrorKind::PrivateMember, detail));
    }
    Ok(usable(jwk, |stated| match kty.as_ref() {
        "RSA" => rsa_key(jwk, stated),
        "EC" => curve_key(jwk, stated),
        "OKP" => edwards_key(jwk, stated),
        _ => Err("its type is unknown"),
    }))
}

/// Loads a shared secret.
///
/// # Errors
///
/// [`KeyErrorKind::NotJwk`] without `kty`; [`KeyErrorKind::Mixed`] for a key of another type;
/// [`KeyErrorKind::WeakSecret`] for one that is too short.
pub(super) fn shared_secret(jwk: &Object<'_>) -> Result<Loaded, KeyError> {
    if key_type(jwk)? != "oct" {
        let detail = "a key of another type is among the shared secrets";
        return Err(KeyError::new(KeyErrorKind::Mixed, detail));
    }
    let secret = bytes(jwk, "k").map_err(not_jwk)?;
    let secret = HmacSecret::new(&secret)?;
    let mut too_short = None;
    let loaded = usable(jwk, |stated| {
        let made = match stated {
            Some(Algorithm::HS256) => Ok(VerificationKey::hs256(&secret)),
            Some(Algorithm::HS384) => VerificationKey::hs384(&secret),
            Some(Algorithm::HS512) => VerificationKey::hs512(&secret),
            _ => return Err("a shared secret must say its algorithm"),
        };
        made.map_err(|error| {
            too_short = Some(error);
            "it is too short"
        })
    });
    too_short.map_or(Ok(loaded), Err)
}

type Made = Result<VerificationKey, &'static str>;

/// Makes the key if it is for verifying signatures, and gives it its name.
fn usable(jwk: &Object<'_>, make: impl FnOnce(Option<Algorithm>) -> Made) -> Loaded {
    let made = check_use(jwk)
        .and_then(|()| stated_algorithm(jwk))
        .and_then(make)
        .and_then(|key| named(key, jwk));
    match made {
        Ok(key) => Loaded::Key(key),
        Err(reason) => Loaded::Unusable(reason),
    }
}

fn key_type<'a>(jwk: &Object<'a>) -> Result<std::borrow::Cow<'a, str>, KeyError> {
    match jwk.string("kty") {
        Ok(Some(kty)) => Ok(kty.decode()),
        _ => Err(not_jwk("a key does not say its type")),
    }
}

/// `use` and `key_ops`, each of which may be absent.
fn check_use(jwk: &Object<'_>) -> Result<(), &'static str> {
    let wrong = Err("it is not for signatures");
    match jwk.string("use") {
        Ok(None) => {}
        Ok(Some(purpose)) if purpose.is("sig") => {}
        _ => return wrong,
    }
    match jwk.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations))
            if operations
                .iter()
                .any(|it| matches!(it, Value::String(it) if it.is("verify"))) =>
        {
            Ok(())
        }
        Some(_) => wrong,
    }
}

fn stated_algorithm(jwk: &Object<'_>) -> Result<Option<Algorithm>, &'static str> {
    let unknown = "its algorithm is unknown";
    match jwk.string("alg").map_err(|_| unknown)? {
        None => Ok(None),
        Some(name) => Algorithm::from_name(&name.decode())
            .map(Some)
            .ok_or(unknown),
    }
}

fn named(key: VerificationKey, jwk: &Object<'_>) -> Made {
    let no_name = "its kid is no name";
    match jwk.string("kid").map_err(|_| no_name)? {
        None => Ok(key),
        Some(kid) => key.with_kid(&kid.decode()).map_err(|_| no_name),
    }
}

fn rsa_key(jwk: &Object<'_>, stated: Option<Algorithm>) -> Made {
    let algorithm = stated.unwrap_or(Algorithm::RS256);
    let verifies = match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256
        | Algorithm::ES384
        | Algorithm::ES512
        | Algorithm::EdDSA
        | Algorithm::HS256
        | Algorithm::HS384
        | Algorithm::HS512 => return Err(OTHER_TYPE),
    };
    let encoded = rsa::public_key_der(&bytes(jwk, "n")?, &bytes(jwk, "e")?)?;
    VerificationKey::public(algorithm, verifies, &encoded).ok_or("it is no RSA key")
}

/// RFC 7518 §6.2.1.2: each coordinate has the length of the field.
fn curve_key(jwk: &Object<'_>, stated: Option<Algorithm>) -> Made {
    let (algorithm, verifies, length) = match member(jwk, "crv")?.as_ref() {
        "P-256" => (Algorithm::ES256, &signature::ECDSA_P256_SHA256_FIXED, 32),
        "P-384" => (Algorithm::ES384, &signature::ECDSA_P384_SHA384_FIXED, 48),
        "P-521" => (Algorithm::ES512, &signature::ECDSA_P521_SHA512_FIXED, 66),
        _ => return Err("its curve is unknown"),
    };
    if stated.is_some_and(|stated| stated != algorithm) {
        return Err(OTHER_TYPE);
    }
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return Err("a coordinate has a wrong length");
    }
    const UNCOMPRESSED: u8 = 4;
    let point = [&[UNCOMPRESSED], x.as_slice(), y.as_slice()].concat();
    VerificationKey::public(algorithm, verifies, &point).ok_or("it is not on its curve")
}

fn edwards_key(jwk: &Object<'_>, stated: Option<Algorithm>) -> Made {
    if member(jwk, "crv")? != "Ed25519" {
        return Err("its curve is unknown");
    }
    if stated.is_some_and(|stated| stated != Algorithm::EdDSA) {
        return Err(OTHER_TYPE);
    }
    let x = bytes(jwk, "x")?;
    if x.len() != 32 {
        return Err("a coordinate has a wrong length");
    }
    VerificationKey::public(Algorithm::EdDSA, &signature::ED25519, &x)
        .ok_or("it is not on its curve")
}

const OTHER_TYPE: &str = "its algorithm is one of another type of key";

fn member<'a>(jwk: &Object<'a>, name: &str) -> Result<std::borrow::Cow<'a, str>, &'static str> {
    let text = jwk.string(name).ok().flatten();
    text.map(super::json::Text::decode)
        .ok_or("a member is missing")
}

/// `Base64urlUInt` and its like: strict, without padding.
fn bytes(jwk: &Object<'_>, name: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let text = member(jwk, name)?;
    let decoded = URL_SAFE_NO_PAD.decode(text.as_bytes());
    decoded
        .map(Zeroizing::new)
        .map_err(|_| "a member is not base64url")
}

const fn not_jwk(detail: &'static str) -> KeyError {
    KeyError::new(KeyErrorKind::NotJwk, detail)
}
