//! Access tokens as JWTs, which a resource verifies by itself
//! ([RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).

use std::time::SystemTime;

use empress_auth_core::TokenId;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::id_token::unix_seconds;
use crate::keys::{SigningKey, SigningKeyError, TokenType};

/// What an access token says.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessJwt<'a> {
    /// `iss`: the provider.
    pub issuer: &'a str,
    /// `sub`: the user's id; the client's where it acts for itself (RFC 9068 §2.2).
    pub subject: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// `jti`: the token's row.
    pub id: TokenId,
    /// `aud`: the resources; the issuer if there are none, because none is not an audience (O-38).
    pub audience: &'a [Box<str>],
    /// `iat`.
    pub issued_at: SystemTime,
    /// `exp`.
    pub expires_at: SystemTime,
    /// `scope`; left out if there are none.
    pub scopes: &'a [Box<str>],
    /// `roles`: the user's (RFC 9068 §2.2.3.1); left out if there are none.
    pub roles: &'a [Box<str>],
    /// `auth_time`: when the user proved who it is.
    pub auth_time: Option<SystemTime>,
    /// `acr`: the authentication context that was asked for and met.
    pub acr: Option<&'a str>,
}

impl<'a> AccessJwt<'a> {
    /// Lets `client_id` act for `subject`, from the first of the times to the second.
    #[must_use]
    pub const fn new(
        issuer: &'a str,
        subject: &'a str,
        client_id: &'a str,
        id: TokenId,
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            issuer,
            subject,
            client_id,
            id,
            audience: &[],
            issued_at,
            expires_at,
            scopes: &[],
            roles: &[],
            auth_time: None,
            acr: None,
        }
    }

    /// The token, signed.
    ///
    /// # Errors
    ///
    /// `LifetimeTooLong` for more than 24 hours; `Unavailable` if the cryptography refuses to work.
    pub fn sign(&self, key: &SigningKey) -> Result<Zeroizing<String>, SigningKeyError> {
        let times = (self.issued_at, self.expires_at);
        key.sign(TokenType::AccessToken, &self.claims(), times)
    }

    fn claims(&self) -> Claims<'a> {
        Claims {
            iss: self.issuer,
            sub: self.subject,
            aud: match self.audience {
                [] => Audience::One(self.issuer),
                [one] => Audience::One(one),
                several => Audience::Several(several),
            },
            client_id: self.client_id,
            jti: self.id.to_string(),
            iat: unix_seconds(self.issued_at),
            exp: unix_seconds(self.expires_at),
            scope: (!self.scopes.is_empty()).then(|| self.scopes.join(" ")),
            roles: self.roles,
            auth_time: self.auth_time.map(unix_seconds),
            acr: self.acr,
        }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Audience<'a>,
    client_id: &'a str,
    jti: String,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    roles: &'a [Box<str>],
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [Box<str>]),
}

#[cfg(test)]
mod tests;
