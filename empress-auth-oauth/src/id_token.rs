//! ID tokens: who logged in, told to one client ([OpenID Connect Core
//! §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
//!
//! What a token says follows from its fields alone. `aud` is the client and nobody else, so that `azp` is never due: it
//! tells which of several audiences asked.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::{MasterKey, TokenId};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::client::SigningAlg;
use crate::keys::{SigningKey, SigningKeyError, TokenType};

/// What an ID token says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IdToken<'a> {
    /// `iss`: the provider.
    pub issuer: &'a str,
    /// `sub`: the user's id, which is never another's.
    pub subject: &'a str,
    /// `aud`: the client.
    pub client_id: &'a str,
    /// `iat`.
    pub issued_at: SystemTime,
    /// `exp`.
    pub expires_at: SystemTime,
    /// `auth_time`: when the user proved who it is.
    pub auth_time: Option<SystemTime>,
    /// `nonce`: what the client sent, unchanged.
    pub nonce: Option<&'a str>,
    /// `acr`: the authentication context that was asked for and met.
    pub acr: Option<&'a str>,
    /// `sid`: names the browser session to clients ([`SessionNames`]).
    pub sid: Option<&'a str>,
    /// The access token that is answered beside it, for `at_hash`.
    pub access_token: Option<&'a str>,
    /// `roles`: the user's.
    pub roles: Option<&'a [Box<str>]>,
    /// What userinfo answers, too, where that is switched on; no claim of the token itself is replaced by it.
    pub userinfo: Option<&'a Map<String, Value>>,
}

impl<'a> IdToken<'a> {
    /// Tells `client_id` that `subject` logged in, from the first of the times to the second.
    #[must_use]
    pub const fn new(
        issuer: &'a str,
        subject: &'a str,
        client_id: &'a str,
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            issuer,
            subject,
            client_id,
            issued_at,
            expires_at,
            auth_time: None,
            nonce: None,
            acr: None,
            sid: None,
            access_token: None,
            roles: None,
            userinfo: None,
        }
    }

    /// The token, signed.
    ///
    /// # Errors
    ///
    /// `LifetimeTooLong` for more than 24 hours; `Unavailable` if the cryptography refuses to work.
    pub fn sign(&self, key: &SigningKey) -> Result<Zeroizing<String>, SigningKeyError> {
        let times = (self.issued_at, self.expires_at);
        key.sign(TokenType::Jwt, &self.claims(key.alg()), times)
    }

    fn claims(&self, alg: SigningAlg) -> Map<String, Value> {
        let mut claims = self.userinfo.cloned().unwrap_or_default();
        for own in OWN_CLAIMS {
            claims.remove(own);
        }
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                claims.insert(name.to_owned(), value);
            }
        };
        put("iss", Some(self.issuer.into()));
        put("sub", Some(self.subject.into()));
        put("aud", Some(self.client_id.into()));
        put("iat", Some(unix_seconds(self.issued_at).into()));
        put("exp", Some(unix_seconds(self.expires_at).into()));
        put(
            "auth_time",
            self.auth_time.map(|time| unix_seconds(time).into()),
        );
        put("nonce", self.nonce.map(Into::into));
        put("acr", self.acr.map(Into::into));
        put("sid", self.sid.map(Into::into));
        put(
            "at_hash",
            self.access_token.map(|token| at_hash(alg, token).into()),
        );
        put(
            "roles",
            self.roles
                .map(|roles| roles.iter().map(|role| &**role).collect()),
        );
        claims
    }
}

/// What userinfo never says in place of the token.
const OWN_CLAIMS: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "iat",
    "exp",
    "nbf",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "sid",
    "at_hash",
    "azp",
];

/// The left half of the hash that belongs to the algorithm
/// ([OpenID Connect Core §3.1.3.6](https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken)). Ed25519 hashes with
/// SHA-512.
fn at_hash(alg: SigningAlg, access_token: &str) -> String {
    let algorithm = match alg {
        SigningAlg::Rs256 | SigningAlg::Es256 | SigningAlg::Hs256 => &digest::SHA256,
        SigningAlg::EdDsa => &digest::SHA512,
    };
    let hash = digest::digest(algorithm, access_token.as_bytes());
    let (left, _) = hash.as_ref().split_at(hash.as_ref().len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

/// Whole seconds since 1970.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Names browser sessions to clients.
///
/// A session's id is a time and 23 bits, which a plain hash would not hide: it is hashed under a key. Two clients know one
/// session by two names.
#[derive(Debug, Clone)]
pub struct SessionNames(hmac::Key);

impl SessionNames {
    /// The same names on every node with this master key.
    #[must_use]
    pub fn new(master_key: &MasterKey) -> Self {
        let key = master_key.derive("session names");
        Self(hmac::Key::new(hmac::HMAC_SHA256, &*key))
    }

    /// What `client_id` knows the session by: `sid`.
    #[must_use]
    pub fn name(&self, session_id: TokenId, client_id: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&session_id.number().to_be_bytes());
        context.update(client_id.as_bytes());
        let name = context.sign();
        let (name, _) = name.as_ref().split_at(16);
        URL_SAFE_NO_PAD.encode(name)
    }
}

#[cfg(test)]
mod tests;
