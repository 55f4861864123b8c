//! The verifiers of a layer: which one decides on a token, and who its caller is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::claims::{ClaimsBuffer, VerifiedClaims};
use super::compact::{Compact, is_compact};
use super::error::{Fault, JwtError, JwtErrorKind};
use super::json::Value;
use super::verifier::JwtVerifier;
use crate::credentials::Claim;
use crate::rejection::Refusal;
use crate::source::Source;
use crate::store::OwnedLookup;
use crate::stored::StoredCredential;
use crate::token_text::TokenId;

/// One verifier for each issuer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verifiers {
    list: Arc<[JwtVerifier]>,
    /// Of all of them; 0 for none.
    tag: u64,
    /// When an outage was last logged, in milliseconds since 1970.
    complained_at: Arc<AtomicU64>,
}

/// Anybody can make up tokens by the thousand: an outage is logged so often.
const COMPLAINS_EVERY_MILLIS: u64 = 10_000;

/// A good token's row, and what the token says besides.
pub(crate) struct FoundToken {
    pub(crate) row: StoredCredential,
    /// In milliseconds since 1970; `u64::MAX` if the row says it.
    pub(crate) ends_at: u64,
    /// Under which the store has the row.
    pub(crate) id: Option<TokenId>,
    /// If the verifier keeps them.
    pub(crate) claims: Option<Box<VerifiedClaims>>,
}

/// A good token, and where its row is.
enum Accepted {
    /// In the store, under the id that the token carries; the token ends at this moment in any case.
    InStore(TokenId, u64),
    /// Nowhere: the issuer's word is all there is.
    Foreign(StoredCredential),
}

impl Verifiers {
    /// Adds a verifier, in place of that of the same issuer.
    pub(crate) fn add(&mut self, verifier: &JwtVerifier) {
        let others = self
            .list
            .iter()
            .filter(|known| known.issuer() != verifier.issuer());
        self.list = others.cloned().chain([verifier.clone()]).collect();
        self.tag = self
            .list
            .iter()
            .fold(0, |tag, verifier| tag ^ verifier.tag());
    }

    /// Whether a JSON Web Token is shown, which a verifier decides on and nobody else.
    #[inline]
    pub(crate) fn decide_on(&self, claim: Claim, shown: &[u8]) -> bool {
        !self.list.is_empty() && claim == Claim::Bearer && is_compact(shown)
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Marks the digest of a token under which what these verifiers say of it is remembered.
    ///
    /// A layer on the same store that accepts none, or others, must not find it.
    #[inline(never)]
    pub(crate) fn mark(&self, claim: Claim, shown: &[u8], digest: &mut [u8; 32]) {
        if self.decide_on(claim, shown)
            && let [_, marked, ..] = digest.as_chunks_mut::<8>().0
        {
            *marked = (u64::from_ne_bytes(*marked) ^ self.tag).to_ne_bytes();
        }
    }

    /// Verifies a token, and asks the store for those that it must hold.
    pub(crate) async fn find(&self, source: &Source, token: &[u8]) -> Result<FoundToken, Refusal> {
        let now = source.clock.now_millis();
        let verified = self.verify(token, now).await;
        let (accepted, claims) = verified.map_err(|error| self.refusal(&error, now))?;
        match accepted {
            Accepted::Foreign(row) => Ok(FoundToken {
                row,
                ends_at: u64::MAX,
                id: None,
                claims,
            }),
            Accepted::InStore(id, ends_at) => {
                let found = source.store.find_owned(OwnedLookup::Token(id)).await;
                let found = found.map_err(|error| {
                    tracing::error!(error = %error, "the credential store did not answer");
                    Refusal::Unavailable
                })?;
                let row = found.filter(|row| row.digest.matches(token) == Some(true));
                let row = row.ok_or_else(|| self.refusal(&Fault::NotStored.into(), now))?;
                Ok(FoundToken {
                    row,
                    ends_at,
                    id: Some(id),
                    claims,
                })
            }
        }
    }

    async fn verify(
        &self,
        token: &[u8],
        now: u64,
    ) -> Result<(Accepted, Option<Box<VerifiedClaims>>), JwtError> {
        let verifier = self.select(token)?;
        let keys = verifier.keys_for(token).await?;
        let mut buffer = ClaimsBuffer::new();
        let claims = verifier.check(&mut buffer, token, &keys, now)?;
        let kept = verifier.keeps_claims().then(|| Box::new(claims.to_owned()));
        if verifier.is_stored() {
            let id = claims.text("jti").and_then(|jti| TokenId::parse(&jti));
            let id = id.ok_or(Fault::NotStored)?;
            return Ok((Accepted::InStore(id, claims.ends_at_millis()), kept));
        }
        let row = verifier
            .names()
            .credential(verifier.issuer(), &claims, token)?;
        Ok((Accepted::Foreign(row), kept))
    }

    /// The verifier of the issuer that the token claims to be from: one, and no other is tried.
    fn select(&self, token: &[u8]) -> Result<&JwtVerifier, Fault> {
        if let [only] = &*self.list {
            return Ok(only);
        }
        let mut buffer = ClaimsBuffer::new();
        let unverified = buffer.read(Compact::split(token)?)?;
        let Some(Value::String(issuer)) = unverified.get("iss") else {
            return Err(Fault::UnknownIssuer);
        };
        let mut verifiers = self.list.iter();
        verifiers
            .find(|verifier| issuer.is(verifier.issuer()))
            .ok_or(Fault::UnknownIssuer)
    }

    /// Logs why; the client is not told.
    fn refusal(&self, error: &JwtError, now: u64) -> Refusal {
        match error.kind() {
            JwtErrorKind::Invalid => {
                tracing::debug!(%error, "a JSON Web Token is refused");
                Refusal::Unknown
            }
            JwtErrorKind::Unavailable => {
                let last = self.complained_at.load(Ordering::Relaxed);
                if now.abs_diff(last) >= COMPLAINS_EVERY_MILLIS {
                    self.complained_at.store(now, Ordering::Relaxed);
                    tracing::error!(%error, "the keys of an issuer cannot be had");
                }
                Refusal::Unavailable
            }
        }
    }
}
