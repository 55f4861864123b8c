//! The checks, in their order: form, header, key, signature, and only then the claims.

use super::JwtVerifier;
use crate::jwt::claims::{Claims, ClaimsBuffer, LIMITS};
use crate::jwt::compact::{Compact, Room};
use crate::jwt::error::{Fault, JwtError};
use crate::jwt::header::Header;
use crate::jwt::json::Object;
use crate::jwt::key_set::KeySet;

/// Longer headers carry certificates, which are not looked at; they go to the heap.
const USUAL_HEADER_BYTES: usize = 256;

/// A signature of RSA with 4,096 bits.
const USUAL_SIGNATURE_BYTES: usize = 516;

impl JwtVerifier {
    pub(in crate::jwt) fn check<'b>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &[u8],
        keys: &KeySet,
        now_millis: u64,
    ) -> Result<Claims<'b>, Fault> {
        let token = Compact::split(token)?;
        let mut room = Room::new();
        let header = self.check_signature(&mut room, token, keys)?;
        let (json, claims) = read_claims(buffer, token)?;
        let ends_at = self.0.policy.check(header.typ, &claims, now_millis)?;
        Ok(Claims::new(json, claims, ends_at))
    }

    pub(super) fn check_hint<'b>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &[u8],
        now_millis: u64,
    ) -> Result<Claims<'b>, Fault> {
        let token = Compact::split(token)?;
        let mut room = Room::new();
        let header = self.check_signature(&mut room, token, &self.0.keys.keys())?;
        let (json, claims) = read_claims(buffer, token)?;
        let ends_at = self.0.policy.check_hint(header.typ, &claims, now_millis)?;
        Ok(Claims::new(json, claims, ends_at))
    }

    fn check_signature<'h>(
        &self,
        room: &'h mut Room<USUAL_HEADER_BYTES>,
        token: Compact<'_>,
        keys: &KeySet,
    ) -> Result<Header<'h>, Fault> {
        let header = Header::read(room.decode(token.header)?)?;
        let accepted = self.0.algorithms.as_deref();
        if accepted.is_some_and(|accepted| !accepted.contains(&header.algorithm)) {
            return Err(Fault::AlgorithmNotAccepted);
        }
        check_signature(&header, token, keys)?;
        Ok(header)
    }

    /// The keys that are known; after asking for others, if the token means none of these.
    pub(in crate::jwt) async fn keys_for(&self, token: &[u8]) -> Result<KeySet, JwtError> {
        let keys = self.0.keys.keys();
        match unknown_kid(token, &keys) {
            None => Ok(keys),
            Some(kid) => Ok(self.0.keys.refresh(&kid).await?),
        }
    }
}

/// RFC 7515 §5.2: the signature over the two segments as they came.
pub(in crate::jwt) fn check_signature(
    header: &Header<'_>,
    token: Compact<'_>,
    keys: &KeySet,
) -> Result<(), Fault> {
    let key = keys.find(header)?;
    if key.algorithm() != header.algorithm {
        return Err(Fault::KeyOfOtherAlgorithm);
    }
    let mut room = Room::<USUAL_SIGNATURE_BYTES>::new();
    let signature = room.decode(token.signature)?;
    if key.verifies(token.signing_input, signature) {
        Ok(())
    } else {
        Err(Fault::Signature)
    }
}

/// Of whatever token: whether to believe it is for the caller to know.
pub(in crate::jwt) fn read_claims<'b>(
    buffer: &'b mut ClaimsBuffer,
    token: Compact<'_>,
) -> Result<(&'b str, Object<'b>), Fault> {
    let json = buffer.0.decode(token.payload)?;
    let json = std::str::from_utf8(json).map_err(|_| Fault::ClaimsJson)?;
    let claims = Object::read(json, LIMITS).map_err(|_| Fault::ClaimsJson)?;
    Ok((json, claims))
}

/// The name of the key that the issuer has to be asked for; empty if the token names none.
fn unknown_kid(token: &[u8], keys: &KeySet) -> Option<String> {
    let token = Compact::split(token).ok()?;
    let mut room = Room::<USUAL_HEADER_BYTES>::new();
    let header = Header::read(room.decode(token.header).ok()?).ok()?;
    let is_unknown = keys.find(&header).err() == Some(Fault::UnknownKey);
    is_unknown.then(|| {
        header
            .kid
            .map(|kid| kid.decode().into_owned())
            .unwrap_or_default()
    })
}
