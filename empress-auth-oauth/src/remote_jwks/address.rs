//! Which URLs may be asked for keys?
//!
//! 1. `https`, any host; or `http`, if the host is this machine, for development and tests.
//! 2. No user and no fragment: neither means anything here, and both serve to deceive a reader.
//! 3. An issuer has no query, either ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)).

use std::fmt;

use empress_auth_core::network::is_loopback_host;
use http::Uri;

use super::error::{RemoteJwksError, RemoteJwksErrorKind};

/// A URL that may be asked; keeps its text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address {
    text: Box<str>,
    uri: Uri,
}

impl Address {
    pub(super) fn parse(text: &str) -> Result<Self, RemoteJwksError> {
        let refuse = |why| RemoteJwksError::new(RemoteJwksErrorKind::Url, why);
        let uri: Uri = text.parse().map_err(|_| refuse("not a URL"))?;
        // The parser drops a fragment without a word.
        if text.contains('#') {
            return Err(refuse("it has a fragment"));
        }
        let authority = uri.authority().ok_or_else(|| refuse("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(refuse("it names a user"));
        }
        // What is no host is a port, and nothing else.
        if authority.as_str() != authority.host() && authority.port_u16().is_none() {
            return Err(refuse("its port is not a number"));
        }
        let is_allowed = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => is_loopback_host(authority.host()),
            _ => false,
        };
        if !is_allowed {
            return Err(refuse(
                "write it with https; http is for this machine alone, as in http://localhost:8080",
            ));
        }
        Ok(Self {
            text: text.into(),
            uri,
        })
    }

    /// An issuer: an address without a query.
    pub(super) fn parse_issuer(text: &str) -> Result<Self, RemoteJwksError> {
        let address = Self::parse(text)?;
        if text.contains('?') {
            let why = "an issuer has no query";
            return Err(RemoteJwksError::new(RemoteJwksErrorKind::Url, why));
        }
        Ok(address)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) const fn uri(&self) -> &Uri {
        &self.uri
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// The host with its port, as written.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |it| it.as_str())
    }

    /// The path without the slash at its end, which both discovery standards take away.
    pub(super) fn path_prefix(&self) -> &str {
        let path = self.uri.path();
        path.strip_suffix('/').unwrap_or(path)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({:?})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_on_this_machine_may_be_asked() {
        for text in [
            "https://issuer.example",
            "https://issuer.example:8443/realms/a/keys?v=2",
            "http://127.0.0.1:8080/keys",
            "http://127.9.9.9/",
            "http://[::1]:8080",
            "http://localhost:8080/realms/a",
            "HTTPS://issuer.example/",
        ] {
            assert_eq!(Address::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn whatever_else_is_refused() {
        for text in [
            "",
            "issuer.example",
            "/keys",
            "//issuer.example/keys",
            "https://",
            "https:///keys",
            "http://issuer.example",
            "http://10.0.0.1/keys",
            "http://169.254.169.254/latest/meta-data",
            "http://0.0.0.0/",
            "http://[::ffff:127.0.0.1]/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@issuer.example/",
            "https://user:password@issuer.example/",
            "https://issuer.example/#keys",
            "https://issuer.example:/",
            "https://issuer.example:99999/",
            "https://issuer.example/a b",
            "file:///etc/passwd",
            "ftp://issuer.example/keys",
            "unix:/run/docker.sock",
        ] {
            let refused = Address::parse(text);
            let kind = refused.map(|_| ()).map_err(|error| error.kind());
            assert_eq!(kind, Err(RemoteJwksErrorKind::Url), "{text:?}");
        }
    }

    #[test]
    fn an_issuer_has_no_query() {
        assert!(Address::parse_issuer("https://issuer.example/a/").is_ok());
        assert!(Address::parse_issuer("https://issuer.example/?a").is_err());
        assert!(Address::parse_issuer("https://issuer.example?").is_err());
    }
}
