//! What does the header ask for? ([RFC 7515 §4](https://www.rfc-editor.org/rfc/rfc7515#section-4))
//!
//! It chooses a key of the issuer by `kid`, and nothing else: `jwk`, `jku`, `x5u` and `x5c` bring keys of whoever wrote
//! them and are not looked at ([RFC 8725 §3.10](https://www.rfc-editor.org/rfc/rfc8725#section-3.10)).

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::error::Fault;
use super::json::{Limits, Object, Text, Value};
use super::segment::JsonRoom;

/// The parameters that matter.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<Text<'a>>,
    pub(super) typ: Option<Text<'a>>,
}

/// Longer ones carry certificates, which are not looked at; they go to the heap.
pub(super) type HeaderRoom = JsonRoom<256>;

/// Anybody can send a header: what it costs to read is bounded more tightly than what was signed.
const LIMITS: Limits = Limits {
    depth: 8,
    members: 32,
};

impl<'a> Header<'a> {
    pub(super) fn read(room: &'a mut HeaderRoom, token: Compact<'_>) -> Result<Self, Fault> {
        let header = room.read(token.header, LIMITS, Fault::HeaderJson)?;
        // "If any of the listed extension Header Parameters are not understood and supported by the recipient, then the
        // JWS is invalid" (RFC 7515 §4.1.11): none is, `b64` included.
        if header.has("crit") || header.has("b64") {
            return Err(Fault::Critical);
        }
        // What is encrypted or compressed is no business of a verifier of signatures.
        if header.has("enc") || header.has("zip") {
            return Err(Fault::HeaderJson);
        }
        if !is_well_typed(&header) {
            return Err(Fault::HeaderJson);
        }
        let string = |name| header.string(name).map_err(|_| Fault::HeaderJson);
        let algorithm = string("alg")?.and_then(|name| {
            Algorithm::ALL
                .into_iter()
                .find(|known| name.is(known.as_str()))
        });
        let kid = string("kid")?;
        if kid.is_some_and(|kid| !is_kid(&kid.decode())) {
            return Err(Fault::Kid);
        }
        Ok(Self {
            algorithm: algorithm.ok_or(Fault::Algorithm)?,
            kid,
            typ: string("typ")?,
        })
    }
}

/// Whether the registered parameters that are not looked at are what RFC 7515 §4.1 says.
///
/// Others read them, and do not accept what they cannot read.
fn is_well_typed(header: &Object<'_>) -> bool {
    let is_string = |name| header.string(name).is_ok();
    let is_url = |name| match header.string(name) {
        Ok(None) => true,
        Ok(Some(url)) => {
            let url = url.decode();
            url.starts_with("https://") || url.starts_with("http://")
        }
        Err(_) => false,
    };
    let is_key = match header.get("jwk") {
        None => true,
        Some(Value::Object(jwk)) => matches!(jwk.get("kty"), Some(Value::String(_))),
        Some(_) => false,
    };
    let are_certificates = match header.get("x5c") {
        None => true,
        Some(Value::Array(chain)) => chain.iter().all(|it| it.text().is_some()),
        Some(_) => false,
    };
    is_key
        && are_certificates
        && ["jku", "x5u"].into_iter().all(is_url)
        && ["cty", "x5t", "x5t#S256"].into_iter().all(is_string)
}

/// Whether this can be a `kid`: up to 128 visible ASCII characters but `"` and `\`.
///
/// It is only compared; but an unknown one goes to the source of the keys, and into logs.
pub(super) fn is_kid(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}
