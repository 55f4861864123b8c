//! The checks, in their order: form, header, key, signature, and only then the claims.

use std::borrow::Cow;

use super::JwtVerifier;
use crate::jwt::algorithm::Algorithm;
use crate::jwt::claims::{Claims, ClaimsBuffer};
use crate::jwt::compact::Compact;
use crate::jwt::error::{Fault, JwtError};
use crate::jwt::header::{Header, HeaderRoom};
use crate::jwt::json::Text;
use crate::jwt::key_set::{KeySet, Listed};

/// Who signed a token, and its `typ`.
type Signed<'h> = (&'h Listed, Option<Cow<'h, str>>);

impl JwtVerifier {
    pub(in crate::jwt) fn check<'b>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &[u8],
        keys: &KeySet,
        now_millis: u64,
    ) -> Result<Claims<'b>, Fault> {
        let token = Compact::split(token)?;
        let mut room = HeaderRoom::new();
        let (signer, typ) = self.check_signature(&mut room, token, keys)?;
        let claims = buffer.read(token)?;
        let ends_at = self.0.policy.check(typ.as_deref(), &claims, now_millis)?;
        signer.usual_header.learn(token, typ.as_deref());
        Ok(Claims::new(claims, ends_at))
    }

    pub(super) fn check_hint<'b>(
        &self,
        buffer: &'b mut ClaimsBuffer,
        token: &[u8],
        now_millis: u64,
    ) -> Result<Claims<'b>, Fault> {
        let token = Compact::split(token)?;
        let mut room = HeaderRoom::new();
        let keys = self.0.keys.keys();
        let (_, typ) = self.check_signature(&mut room, token, &keys)?;
        let claims = buffer.read(token)?;
        let ends_at = self
            .0
            .policy
            .check_hint(typ.as_deref(), &claims, now_millis)?;
        Ok(Claims::new(claims, ends_at))
    }

    fn check_signature<'h>(
        &self,
        room: &'h mut HeaderRoom,
        token: Compact<'_>,
        keys: &'h KeySet,
    ) -> Result<Signed<'h>, Fault> {
        let (signer, typ) = if let Some(signer) = keys.find_usual(token) {
            self.check_algorithm(signer.key.algorithm())?;
            (signer, signer.usual_header.typ().map(Cow::Borrowed))
        } else {
            let header = Header::read(room, token)?;
            self.check_algorithm(header.algorithm)?;
            (keys.find(&header)?, header.typ.map(Text::decode))
        };
        signer.key.check_signature(token)?;
        Ok((signer, typ))
    }

    fn check_algorithm(&self, algorithm: Algorithm) -> Result<(), Fault> {
        match &self.0.algorithms {
            Some(accepted) if !accepted.contains(&algorithm) => Err(Fault::AlgorithmNotAccepted),
            _ => Ok(()),
        }
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

/// The name of the key that the issuer has to be asked for; empty if the token names none.
fn unknown_kid(token: &[u8], keys: &KeySet) -> Option<String> {
    let token = Compact::split(token).ok()?;
    if keys.find_usual(token).is_some() {
        return None;
    }
    let mut room = HeaderRoom::new();
    let header = Header::read(&mut room, token).ok()?;
    let is_unknown = keys.find(&header).err() == Some(Fault::UnknownKey);
    is_unknown.then(|| {
        header
            .kid
            .map(|kid| kid.decode().into_owned())
            .unwrap_or_default()
    })
}
