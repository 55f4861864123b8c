//! Which keys does another issuer sign with, now?
//!
//! 1. Keys that are known are answered with from memory, whatever the issuer does.
//! 2. They are fetched anew in the background, before the age ends that the issuer gives them (between one minute and one
//!    hour, five minutes if it does not say).
//! 3. A token that names another key makes the issuer be asked: once for all who wait, at most once in 30 seconds, and
//!    not for the same key within two minutes. However many tokens name whatever keys, an issuer is asked twice a minute.
//! 4. If the issuer does not answer, or answers what is not a key set, the last good keys stay for 24 hours, and a token
//!    whose key is not among them is answered with 503, not with 401: nobody can tell whether it is good.
//! 5. Only the URL that the application gave is asked, and the `jwks_uri` that its metadata name: `https` alone, but for
//!    this machine; no redirect, no proxy, no cookie; 256 KiB and two seconds at most. What a token's header says of keys
//!    (`jku`, `x5u`, `jwk`, `x5c`) is not read.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use empress_auth_core::Clock;
use empress_auth_core::jwt::{KeySet, KeySource, KeySourceError};

mod absent;
mod address;
mod error;
mod fetch;
mod issuer;
mod max_age;
mod pace;
mod refresher;
mod roots;
mod state;
#[cfg(test)]
mod tests;

use self::address::Address;
pub use self::error::{RemoteJwksError, RemoteJwksErrorKind};
use self::issuer::Known;
use self::pace::Pace;
use self::refresher::{Config, Shared};
use self::roots::Roots;

/// The keys of another issuer, fetched from it and kept fresh; cheap to clone.
///
/// Give it to a `JwtVerifier`. Nothing is fetched before the first token comes or [`ready`](Self::ready) is called; both
/// need a tokio runtime, which actix-web has, too. What fetches in the background ends with the last clone.
///
/// # Examples
///
/// ```no_run
/// use empress_auth_core::jwt::JwtVerifier;
/// use empress_auth_oauth::remote_jwks::RemoteJwks;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = "https://keycloak.example/realms/shop";
/// let keys = RemoteJwks::discover(issuer)?;
/// // Not needed; tells at the start of a program that it is misconfigured.
/// keys.ready().await?;
/// let verifier = JwtVerifier::new(issuer, "https://api.example", keys);
/// # let _ = verifier;
/// # Ok(())
/// # }
/// ```
///
/// A URL that would be asked in clear text is refused:
///
/// ```
/// # use empress_auth_oauth::remote_jwks::{RemoteJwks, RemoteJwksErrorKind};
/// let refused = RemoteJwks::discover("http://keycloak.example/realms/shop");
/// assert_eq!(refused.unwrap_err().kind(), RemoteJwksErrorKind::Url);
/// ```
#[derive(Clone)]
pub struct RemoteJwks(Arc<Shared>);

impl RemoteJwks {
    /// The keys of `issuer`, where its metadata say.
    ///
    /// These lie at `…/.well-known/openid-configuration` ([OpenID Connect Discovery
    /// §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)) or at
    /// `/.well-known/oauth-authorization-server…` ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)), and
    /// must name the same issuer, byte for byte: with the slash at its end if there is one.
    ///
    /// # Errors
    ///
    /// [`RemoteJwksErrorKind::Url`] for what may not be asked.
    pub fn discover(issuer: &str) -> Result<Self, RemoteJwksError> {
        Address::parse_issuer(issuer).map(|issuer| Self::of(Known::Issuer(issuer)))
    }

    /// The keys that lie at this URL, for an issuer without metadata.
    ///
    /// # Errors
    ///
    /// [`RemoteJwksErrorKind::Url`] for what may not be asked.
    pub fn at(jwks_uri: &str) -> Result<Self, RemoteJwksError> {
        Address::parse(jwks_uri).map(|jwks_uri| Self::of(Known::JwksUri(jwks_uri)))
    }

    fn of(known: Known) -> Self {
        Self::from_config(Config {
            known,
            roots: Roots::default(),
            clock: Clock::system(),
            pace: Pace::default(),
        })
    }

    fn from_config(config: Config) -> Self {
        Self(Arc::new(Shared::new(config)))
    }

    /// Trusts the certificate authorities in this PEM text alone, instead of the system's: for an issuer with an
    /// authority of its own. To be called first: other clones know nothing of it.
    ///
    /// # Errors
    ///
    /// [`RemoteJwksErrorKind::Roots`] if it is not PEM, or holds no certificate.
    pub fn with_root_certificates(self, pem: &[u8]) -> Result<Self, RemoteJwksError> {
        let roots = Roots::from_pem(pem)?;
        Ok(Self::from_config(Config {
            roots,
            ..self.0.config().clone()
        }))
    }

    /// Takes the time from `clock`. To be called first: other clones know nothing of it.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self::from_config(Config {
            clock,
            ..self.0.config().clone()
        })
    }

    /// Waits until the keys are there: for the start of a program, which thus learns that its issuer is misconfigured.
    ///
    /// Each call asks the issuer anew if no keys are known. Without this call they are fetched for the first token.
    ///
    /// # Errors
    ///
    /// [`RemoteJwksError`] if the issuer does not answer, or with what cannot be used; a later call may succeed.
    pub async fn ready(&self) -> Result<(), RemoteJwksError> {
        self.0.ready().await
    }
}

#[async_trait]
impl KeySource for RemoteJwks {
    fn keys(&self) -> KeySet {
        self.0.keys()
    }

    async fn refresh(&self, kid: &str) -> Result<KeySet, KeySourceError> {
        let keys = self.0.keys_with(kid).await;
        keys.map_err(KeySourceError::unavailable)
    }
}

impl fmt::Debug for RemoteJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteJwks({:?})", self.0.config().known.as_str())
    }
}
