//! Under which URL do people reach us?
//!
//! What a request says of its host is the client's word, and behind a proxy the proxy's. What depends on the answer, such
//! as a cookie's name and which `Origin` is our own, asks the configuration.

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The URL that stands in front of every path of ours: `https://auth.example`, or `https://example.com/auth`.
///
/// # Examples
///
/// ```
/// use empress_auth_core::PublicUrl;
///
/// let url: PublicUrl = "https://example.com/auth/".parse()?;
/// assert_eq!(url.as_str(), "https://example.com/auth");
/// assert_eq!(url.origin(), "https://example.com");
/// assert_eq!(url.path_prefix(), "/auth");
/// assert!(url.is_https());
/// assert!("example.com".parse::<PublicUrl>().is_err());
/// # Ok::<(), empress_auth_core::PublicUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: Box<str>,
    origin: Box<str>,
    path_prefix: Box<str>,
    is_https: bool,
}

impl PublicUrl {
    /// The URL as it was written, without a slash at its end.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        &self.text
    }

    /// What browsers send as `Origin` from pages of ours: small letters, no default port ([RFC 6454
    /// §6.2](https://www.rfc-editor.org/rfc/rfc6454#section-6.2)).
    #[must_use]
    pub const fn origin(&self) -> &str {
        &self.origin
    }

    /// What the paths of all routes begin with: empty, or `/auth`.
    #[must_use]
    pub const fn path_prefix(&self) -> &str {
        &self.path_prefix
    }

    /// Whether browsers reach us over TLS, which a proxy in front may terminate.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        // The parser drops a fragment without a word.
        let uri: Uri = text
            .parse()
            .ok()
            .filter(|_| !text.contains('#'))
            .ok_or(PublicUrlError(()))?;
        let (is_https, default_port) = match uri.scheme_str() {
            Some("https") => (true, 443),
            Some("http") => (false, 80),
            _ => return Err(PublicUrlError(())),
        };
        let authority = uri.authority().ok_or(PublicUrlError(()))?;
        let path_prefix = uri.path().trim_end_matches('/');
        // What is no host is a port, and nothing else: no user, no port beyond 65535.
        let is_host_alone = authority.as_str() == authority.host();
        let is_plain = uri.query().is_none()
            && !text.ends_with('?')
            && !authority.as_str().contains('@')
            && (is_host_alone || authority.port_u16().is_some())
            && path_prefix.split('/').skip(1).all(is_plain_segment);
        if !is_plain {
            return Err(PublicUrlError(()));
        }
        let scheme = if is_https { "https" } else { "http" };
        let host = authority.host().to_ascii_lowercase();
        let port = authority.port_u16().filter(|port| *port != default_port);
        let origin = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Ok(Self {
            text: text.trim_end_matches('/').into(),
            origin: origin.into(),
            path_prefix: path_prefix.into(),
            is_https,
        })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is no such URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public URL; write it like https://auth.example or https://example.com/auth")]
pub struct PublicUrlError(());

/// A segment that nobody can write in two ways: unreserved characters alone ([RFC 3986
/// §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)), no dot segment.
fn is_plain_segment(segment: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_would_send() {
        for (text, written, origin, prefix, is_https) in [
            (
                "https://a.example",
                "https://a.example",
                "https://a.example",
                "",
                true,
            ),
            (
                "https://a.example/",
                "https://a.example",
                "https://a.example",
                "",
                true,
            ),
            (
                "HTTPS://A.Example:443",
                "HTTPS://A.Example:443",
                "https://a.example",
                "",
                true,
            ),
            (
                "http://a.example:443",
                "http://a.example:443",
                "http://a.example:443",
                "",
                false,
            ),
            (
                "http://a.example:80/b/",
                "http://a.example:80/b",
                "http://a.example",
                "/b",
                false,
            ),
            (
                "http://[::1]:8000/a/b-c",
                "http://[::1]:8000/a/b-c",
                "http://[::1]:8000",
                "/a/b-c",
                false,
            ),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.as_str(), written);
            let parts = (url.origin(), url.path_prefix(), url.is_https());
            assert_eq!(parts, (origin, prefix, is_https), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "",
            "auth.example",
            "//auth.example",
            "/auth",
            "ftp://auth.example",
            "https://",
            "https:///auth",
            "https://auth.example:",
            "https://auth.example:99999",
            "https://user@auth.example",
            "https://auth.example?x=y",
            "https://auth.example/?",
            "https://auth.example/#top",
            "https://auth.example/a//b",
            "https://auth.example/../a",
            "https://auth.example/a%2fb",
            "https://auth.example/{a}",
            "https://auth.example/a b",
            "javascript:alert(1)",
        ] {
            assert!(text.parse::<PublicUrl>().is_err(), "{text:?}");
        }
    }
}
