//! Where are an issuer's keys, and what are they now?
//!
//! 1. The metadata say where, unless the application does: those of OpenID Connect first ([Discovery
//!    §4](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig)), and where there are none, those of
//!    OAuth ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)).
//! 2. They must speak of the very issuer that was asked for, byte for byte, or anybody's metadata would do.
//! 3. They are asked for again after a day, or when the keys were not where they said.

use std::time::Duration;

use empress_auth_core::jwt::KeySet;
use serde::Deserialize;

use super::address::Address;
use super::error::{RemoteJwksError, RemoteJwksErrorKind};
use super::fetch::{Answer, Document, Fetcher};
use super::pace::Pace;
use super::roots::Roots;

/// What the application knows of an issuer.
#[derive(Debug, Clone)]
pub(super) enum Known {
    Issuer(Address),
    JwksUri(Address),
}

impl Known {
    /// For the log.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Issuer(address) | Self::JwksUri(address) => address.as_str(),
        }
    }
}

/// An issuer, as far as it was asked.
pub(super) struct Issuer {
    known: Known,
    roots: Roots,
    pace: Pace,
    fetcher: Option<Fetcher>,
    metadata: Option<Metadata>,
}

struct Metadata {
    jwks_uri: Address,
    at: Duration,
}

/// The members that matter; whatever else there is does not.
#[derive(Deserialize)]
struct Members {
    issuer: String,
    jwks_uri: String,
}

/// The keys, and for how long they are said to be good.
pub(super) struct Keys {
    pub(super) set: KeySet,
    pub(super) max_age: Option<Duration>,
}

impl Issuer {
    pub(super) const fn new(known: Known, roots: Roots, pace: Pace) -> Self {
        Self {
            known,
            roots,
            pace,
            fetcher: None,
            metadata: None,
        }
    }

    /// What the keys are at the time `now`.
    pub(super) async fn keys(&mut self, now: Duration) -> Result<Keys, RemoteJwksError> {
        let jwks_uri = self.jwks_uri(now).await?;
        let keys = self.keys_at(&jwks_uri).await;
        if keys.is_err() {
            self.metadata = None;
        }
        keys
    }

    async fn keys_at(&mut self, jwks_uri: &Address) -> Result<Keys, RemoteJwksError> {
        let Document { body, max_age } = self.get(jwks_uri).await?.into_document(jwks_uri)?;
        let set = KeySet::from_json(&body).map_err(|error| {
            let detail = format!("{}: {error}", jwks_uri.as_str());
            RemoteJwksError::new(RemoteJwksErrorKind::Document, detail).with_source(error)
        })?;
        Ok(Keys { set, max_age })
    }

    async fn jwks_uri(&mut self, now: Duration) -> Result<Address, RemoteJwksError> {
        let issuer = match &self.known {
            Known::JwksUri(address) => return Ok(address.clone()),
            Known::Issuer(address) => address.clone(),
        };
        if let Some(metadata) = &self.metadata
            && now.saturating_sub(metadata.at) < self.pace.metadata
        {
            return Ok(metadata.jwks_uri.clone());
        }
        let jwks_uri = self.discover(&issuer).await?;
        self.metadata = Some(Metadata {
            jwks_uri: jwks_uri.clone(),
            at: now,
        });
        Ok(jwks_uri)
    }

    async fn discover(&mut self, issuer: &Address) -> Result<Address, RemoteJwksError> {
        let [openid, oauth] = well_known(issuer)?;
        let (address, document) = match self.get(&openid).await? {
            Answer::Found(document) => (openid, document),
            Answer::Missing(_) => (
                oauth.clone(),
                self.get(&oauth).await?.into_document(&oauth)?,
            ),
        };
        jwks_uri_of(issuer, &document.body).map_err(|(kind, why)| {
            RemoteJwksError::new(kind, format!("{}: {why}", address.as_str()))
        })
    }

    async fn get(&mut self, address: &Address) -> Result<Answer, RemoteJwksError> {
        if self.fetcher.is_none() {
            // The system's certificates are read from many files.
            let roots = self.roots.clone();
            let made = tokio::task::spawn_blocking(move || Fetcher::new(&roots)).await;
            let made = made.map_err(|error| {
                let detail = "the runtime ends";
                RemoteJwksError::new(RemoteJwksErrorKind::Runtime, detail).with_source(error)
            });
            self.fetcher = Some(made??);
        }
        match &self.fetcher {
            Some(fetcher) => fetcher.get(address, self.pace.timeout).await,
            None => Err(RemoteJwksError::new(
                RemoteJwksErrorKind::Runtime,
                "no client",
            )),
        }
    }
}

/// Where the metadata lie, of OpenID Connect and of OAuth: the one puts its suffix behind the issuer's path, the other in
/// front of it.
fn well_known(issuer: &Address) -> Result<[Address; 2], RemoteJwksError> {
    let scheme = if issuer.is_https() { "https" } else { "http" };
    let (authority, path) = (issuer.authority(), issuer.path_prefix());
    Ok([
        Address::parse(&format!(
            "{scheme}://{authority}{path}/.well-known/openid-configuration"
        ))?,
        Address::parse(&format!(
            "{scheme}://{authority}/.well-known/oauth-authorization-server{path}"
        ))?,
    ])
}

/// Where an issuer's metadata say that its keys are.
fn jwks_uri_of(
    issuer: &Address,
    metadata: &[u8],
) -> Result<Address, (RemoteJwksErrorKind, String)> {
    let members: Members = serde_json::from_slice(metadata)
        .map_err(|error| (RemoteJwksErrorKind::Document, error.to_string()))?;
    // "MUST be identical" (RFC 8414 §3.3): no slash more or less, no other letter case.
    if members.issuer != issuer.as_str() {
        let why = format!(
            "it says {:?}, asked was {:?}",
            members.issuer,
            issuer.as_str()
        );
        return Err((RemoteJwksErrorKind::Issuer, why));
    }
    let jwks_uri = Address::parse(&members.jwks_uri)
        .map_err(|error| (error.kind(), format!("its jwks_uri: {error}")))?;
    if issuer.is_https() && !jwks_uri.is_https() {
        let why = "its jwks_uri leaves https".to_owned();
        return Err((RemoteJwksErrorKind::Url, why));
    }
    Ok(jwks_uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Address {
        Address::parse_issuer(text).unwrap()
    }

    #[test]
    fn the_metadata_lie_where_the_standards_say() {
        for (text, openid, oauth) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example:8443/realms/b/",
                "https://a.example:8443/realms/b/.well-known/openid-configuration",
                "https://a.example:8443/.well-known/oauth-authorization-server/realms/b",
            ),
        ] {
            let [first, second] = well_known(&issuer(text)).unwrap();
            assert_eq!((first.as_str(), second.as_str()), (openid, oauth));
        }
    }

    // RFC 8414 §3.3, OpenID Connect Discovery §4.3
    #[test]
    fn metadata_of_another_issuer_are_refused() {
        let asked = issuer("https://a.example/b");
        for said in [
            "https://a.example/b/",
            "https://a.example/B",
            "https://A.example/b",
            "http://a.example/b",
            "https://a.example:443/b",
            "https://a.example",
            "https://evil.example",
            "",
        ] {
            let metadata = format!(r#"{{"issuer":"{said}","jwks_uri":"https://a.example/keys"}}"#);
            let (kind, _) = jwks_uri_of(&asked, metadata.as_bytes()).unwrap_err();
            assert_eq!(kind, RemoteJwksErrorKind::Issuer, "{said:?}");
        }
        let metadata =
            br#"{"issuer":"https://a.example/b","jwks_uri":"https://keys.example/?v=1"}"#;
        let found = jwks_uri_of(&asked, metadata).unwrap();
        assert_eq!(found.as_str(), "https://keys.example/?v=1");
    }

    #[test]
    fn metadata_do_not_lead_off_https_or_into_this_machine() {
        let asked = issuer("https://a.example");
        for uri in [
            "http://a.example/keys",
            "http://127.0.0.1/keys",
            "file:///keys",
            "/keys",
            "",
        ] {
            let metadata = format!(r#"{{"issuer":"https://a.example","jwks_uri":"{uri}"}}"#);
            let (kind, _) = jwks_uri_of(&asked, metadata.as_bytes()).unwrap_err();
            assert_eq!(kind, RemoteJwksErrorKind::Url, "{uri:?}");
        }
    }

    #[test]
    fn what_is_no_metadata_is_refused() {
        let asked = issuer("https://a.example");
        for metadata in [
            "",
            "<html>",
            "[]",
            "null",
            "{}",
            r#"{"issuer":"https://a.example"}"#,
            r#"{"issuer":"https://a.example","jwks_uri":null}"#,
            r#"{"issuer":["https://a.example"],"jwks_uri":"https://a.example/keys"}"#,
            r#"{"issuer":"https://a.example","issuer":"https://b.example","jwks_uri":"https://a.example/keys"}"#,
            r#"{"issuer":"https://a.example","jwks_uri":"https://a.example/keys"} x"#,
        ] {
            let (kind, _) = jwks_uri_of(&asked, metadata.as_bytes()).unwrap_err();
            assert_eq!(kind, RemoteJwksErrorKind::Document, "{metadata}");
        }
    }
}
